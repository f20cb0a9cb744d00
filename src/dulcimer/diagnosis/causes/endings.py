"""Why an association that was accepted ended without release (questions 9, 13 and 19)."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer._generated.codes import AbortReason, AbortSource, describe_abort
from dulcimer._generated.commands import CommandField
from dulcimer.diagnosis.causes.findings import CauseFinding, CauseWeight, ProofPoint, end_of, names, point
from dulcimer.diagnosis.causes.operations import OperationSeen, operations_of
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.evidence.conversations import SeenConnection
from dulcimer.diagnosis.evidence.facts import (
    AbortSeen,
    BadPduSeen,
    ConnectionClosed,
    MessageSeen,
    PduForm,
    PduFormKind,
    ReleaseSeen,
    SeenFact,
)

_IDLE = 5.0
"""Seconds of silence that are called idle."""
_TINY = 1024
"""Bytes of a maximum length that is called tiny."""
_FORMS = {
    PduFormKind.TOGETHER: "command-and-data-together",
    PduFormKind.MANY: "many-pdvs",
    PduFormKind.ODD: "odd-fragment",
}
_MOST_ROLES = 8
_ABORTS_WITHOUT_RIGHT = "ORTHANC"


def endings(one: SeenConnection) -> Iterator[CauseFinding]:
    """Causes for an association that was aborted or whose connection was lost."""
    yield from _too_long(one)
    ending = _ending(one)
    if ending is None or one.acceptance is None:
        return
    by_client = ending.by_client
    values = names(one, sender=end_of(by_client))
    proof = point(_words(ending), ending)
    waiting = _unanswered(one)
    silence = ending.silence
    if silence is not None and silence >= _IDLE:
        yield from _after_silence(one, ending, waiting, values, proof)
        return
    fragile = list(_fragile(one, ending, proof))
    yield from fragile
    broken = any(form.kind is PduFormKind.TOO_LONG for form in one.all(PduForm))
    weight = CauseWeight.PART_OF_IT if fragile or broken else CauseWeight.FAILURE
    first = _aborted_first_request(one, ending, waiting)
    orthanc = one.acceptance.implementation.upper().startswith(_ABORTS_WITHOUT_RIGHT)
    if first is not None:
        asked = point("the first request, which gets no response", first)
        sure = Sureness.LIKELY if orthanc else Sureness.POSSIBLE
        part = weight if orthanc else CauseWeight.PART_OF_IT
        yield CauseFinding("operation-not-permitted", sure, (asked, proof), values, (one.number,), part)
        weight = CauseWeight.PART_OF_IT if orthanc else weight
    yield _plain(one, ending, values, proof, weight)


def _ending(one: SeenConnection) -> AbortSeen | ConnectionClosed | None:
    """How it ended, unless by a release."""
    released = False
    for fact in one.facts:
        if isinstance(fact, ReleaseSeen):
            released = True
        elif isinstance(fact, AbortSeen) or (isinstance(fact, ConnectionClosed) and not released):
            return fact
    return None


def _words(ending: AbortSeen | ConnectionClosed) -> str:
    if isinstance(ending, AbortSeen):
        if ending.source is None:
            return "A-ABORT"
        words = describe_abort(ending.source, ending.reason or 0).rstrip(".")
        return f"A-ABORT: {words[:1].lower()}{words[1:]}"
    who = end_of(ending.by_client)
    return f"{who} {'resets' if ending.by_reset else 'closes'} the connection"


def _unanswered(one: SeenConnection) -> list[OperationSeen]:
    return [
        operation
        for operation in operations_of(one)
        if operation.final is None and operation.request.command_field != CommandField.C_CANCEL_RQ
    ]


def _after_silence(
    one: SeenConnection,
    ending: AbortSeen | ConnectionClosed,
    waiting: list[OperationSeen],
    values: dict[str, str],
    proof: ProofPoint,
) -> Iterator[CauseFinding]:
    seconds = f"{ending.silence:.0f} s"
    values = {**values, "seconds": seconds}
    silent = ProofPoint(f"{proof.words}, after {seconds} of silence", proof.place)
    if waiting:
        request = waiting[-1].request
        asked = point("a request without a response", request)
        if request.by_client == ending.by_client or ending.by_client is None:
            yield CauseFinding("answer-too-late", Sureness.LIKELY, (asked, silent), values, (one.number,))
            return
        yield _plain(one, ending, values, silent, CauseWeight.FAILURE)
        return
    if isinstance(ending, ConnectionClosed) and ending.by_reset:
        yield CauseFinding("idle-connection-dropped", Sureness.LIKELY, (silent,), values, (one.number,))
        part = CauseWeight.PART_OF_IT
        yield CauseFinding("idle-timeout", Sureness.POSSIBLE, (silent,), values, (one.number,), part)
        return
    yield CauseFinding("idle-timeout", Sureness.LIKELY, (silent,), values, (one.number,))


def _aborted_first_request(
    one: SeenConnection, ending: AbortSeen | ConnectionClosed, waiting: list[OperationSeen]
) -> MessageSeen | None:
    """The first request of the requestor, if the acceptor aborts instead of answering it."""
    requests = [message for message in one.all(MessageSeen) if message.status is None]
    if ending.by_client or not isinstance(ending, AbortSeen) or len(requests) != 1 or not waiting:
        return None
    return requests[0] if requests[0].by_client is not False else None


def _plain(
    one: SeenConnection,
    ending: AbortSeen | ConnectionClosed,
    values: dict[str, str],
    proof: ProofPoint,
    weight: CauseWeight,
) -> CauseFinding:
    last = _last_before(one, ending)
    points = (point("the last thing before it", last), proof) if last is not None else (proof,)
    if isinstance(ending, ConnectionClosed):
        return CauseFinding("connection-lost", Sureness.LIKELY, points, values, (one.number,), weight)
    if ending.source == AbortSource.SERVICE_PROVIDER:
        if ending.reason:
            return CauseFinding("aborted-for-protocol", Sureness.CERTAIN, points, values, (one.number,), weight)
        return CauseFinding("aborted-without-reason", Sureness.CERTAIN, points, values, (one.number,), weight)
    return CauseFinding("aborted-by-user", Sureness.LIKELY, points, values, (one.number,), weight)


def _last_before(one: SeenConnection, ending: SeenFact) -> SeenFact | None:
    before = one.facts[: one.facts.index(ending)]
    return next((fact for fact in reversed(before) if isinstance(fact, MessageSeen | BadPduSeen)), None)


# Forms that break peers


def _too_long(one: SeenConnection) -> Iterator[CauseFinding]:
    """A breach of the standard: it counts whatever came of it, and comes first if the association failed."""
    for form in one.all(PduForm):
        if form.kind is PduFormKind.TOO_LONG:
            values = names(one, sender=end_of(form.by_client))
            weight = CauseWeight.FAILURE if _ending(one) else CauseWeight.HINT
            proof = (point("a P-DATA-TF that is longer than the other side allows", form),)
            yield CauseFinding("longer-than-maximum", Sureness.CERTAIN, proof, values, (one.number,), weight)


def _fragile(one: SeenConnection, ending: AbortSeen | ConnectionClosed, proof: ProofPoint) -> Iterator[CauseFinding]:
    """Legal forms of one end, where the other end aborts right after."""
    if isinstance(ending, AbortSeen) and ending.source == AbortSource.SERVICE_PROVIDER:
        told = ending.reason in (AbortReason.UNRECOGNIZED_PDU, AbortReason.UNRECOGNIZED_PDU_PARAMETER)
        if told:
            return
    forms = [form for form in one.all(PduForm) if form.kind in _FORMS and form.by_client is not ending.by_client]
    if not _answered_any(one, ending):
        for form in forms:
            values = names(one, sender=end_of(form.by_client))
            seen = point(f"the first PDU of this form: {form.kind}", form)
            yield CauseFinding(_FORMS[form.kind], Sureness.LIKELY, (seen, proof), values, (one.number,))
        yield from _lengths(one, ending, proof)
        yield from _roles(one, proof)


def _answered_any(one: SeenConnection, ending: AbortSeen | ConnectionClosed) -> bool:
    """Whether the end that ended it has answered anything: then it can read what the other end sends."""
    return any(message.status is not None and message.by_client is ending.by_client for message in one.all(MessageSeen))


def _lengths(one: SeenConnection, ending: AbortSeen | ConnectionClosed, proof: ProofPoint) -> Iterator[CauseFinding]:
    request, answer = one.request, one.acceptance
    if request is None or answer is None or one.stack:
        return
    for by_client, fact, length in ((True, request, request.maximum_length), (False, answer, answer.maximum_length)):
        if by_client is ending.by_client and ending.by_client is not None:
            continue
        values = names(one, sender=end_of(by_client))
        if length is not None and 0 < length < _TINY:
            seen = point(f"a maximum length of {length} bytes", fact)
            yield CauseFinding("maximum-length-tiny", Sureness.LIKELY, (seen, proof), values, (one.number,))
        elif not length:
            seen = point("no limit for the length of PDUs", fact)
            yield CauseFinding("maximum-length-unlimited", Sureness.POSSIBLE, (seen, proof), values, (one.number,))


def _roles(one: SeenConnection, proof: ProofPoint) -> Iterator[CauseFinding]:
    request = one.request
    if request is None or len(request.roles) < _MOST_ROLES:
        return
    classes = {context.abstract for context in request.contexts}
    if classes <= {sop_class for sop_class, _, _ in request.roles}:
        seen = point(f"{len(request.roles)} role selections, for all SOP classes", request)
        yield CauseFinding("roles-on-every-context", Sureness.POSSIBLE, (seen, proof), names(one), (one.number,))
