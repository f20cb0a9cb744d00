"""Causes that a line of a log tells by itself, and waits that ran out."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer._generated.diagnosis import STACKS
from dulcimer.acse.wording import name_of
from dulcimer.diagnosis.causes.findings import CauseFinding, CauseWeight, end_of, names, point
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.evidence.conversations import SeenConnection
from dulcimer.diagnosis.evidence.facts import ConnectFailure, ForeignBytes, LogRemark, MessageSeen, RejectionSeen
from dulcimer.diagnosis.logs.naming import uid_of

_SAYS = {
    f"{stack.id}.{line.id}": (line.says, Sureness(line.sure))
    for stack in STACKS.values()
    for line in stack.lines
    if line.says
}
_LATE = {
    "late.answer": ("silent-acceptor", Sureness.LIKELY),
    "late.response": ("answer-too-late", Sureness.CERTAIN),
    "late.idle": ("idle-timeout", Sureness.CERTAIN),
    "onward.move": ("destination-not-reached", Sureness.CERTAIN),
    "onward.rejected": ("move-rejected-by-destination", Sureness.CERTAIN),
}
_NO_CONTEXT = ("dcmtk.no-context", "pynetdicom.no-context")
_REFUSED, _NOT_PROPOSED = "compressed-refused", "compressed-not-proposed"
_ENDINGS = ("late.response", "late.idle")


def remarks(one: SeenConnection) -> Iterator[CauseFinding]:
    """Causes that lines of a log tell."""
    told: set[str] = set()
    for remark in one.all(LogRemark):
        cause, sure = _SAYS.get(remark.line) or _LATE.get(remark.line) or ("", Sureness.POSSIBLE)
        if not cause and remark.line in _NO_CONTEXT:
            cause, sure = "sop-class-refused", Sureness.POSSIBLE
        if not cause or cause in told:
            continue
        if cause == "tls-to-plain" and one.first(ConnectFailure) is not None:
            continue
        told.add(cause)
        if cause == _REFUSED and _is_not_proposed(one, remark):
            cause, sure = _NOT_PROPOSED, Sureness.CERTAIN
        values = {**names(one), **_filled(remark), "sender": end_of(True)}
        destination = next((each.destination for each in one.all(MessageSeen) if each.destination), "")
        if destination:
            values.setdefault("destination", destination)
        yield CauseFinding(cause, sure, (point("the log says so", remark),), values, (one.number,))
        if remark.line in _NO_CONTEXT:
            yield CauseFinding(
                "transfer-syntaxes-refused",
                Sureness.POSSIBLE,
                (point("the log does not say why", remark),),
                values,
                (one.number,),
                CauseWeight.PART_OF_IT,
            )


def _is_not_proposed(one: SeenConnection, remark: LogRemark) -> bool:
    """Whether the log shows what was proposed, and the transfer syntax of the file is not there."""
    wanted, syntaxes = remark.value("syntax"), [context.syntaxes for context in one.contexts]
    uid = wanted if wanted[:1].isdigit() else uid_of(wanted)
    known = uid[:1].isdigit() and one.request is not None and bool(syntaxes) and all(syntaxes)
    return known and not any(uid in each for each in syntaxes)


def is_told(one: SeenConnection) -> bool:
    """Whether the log itself says why a conversation ended, so that its end needs no other cause."""
    lines = {remark.line for remark in one.all(LogRemark)}
    return bool(lines & (set(_ENDINGS) | set(_SAYS))) or any(
        one.first(kind) is not None for kind in (ForeignBytes, RejectionSeen)
    )


def _filled(remark: LogRemark) -> dict[str, str]:
    found = {
        name: value for name, value in remark.values if name in ("destination", "called", "calling") and value.strip()
    }
    for name in ("sop_class", "syntax"):
        if remark.value(name):
            found[name] = name_of(remark.value(name)) if remark.value(name)[0].isdigit() else remark.value(name)
    return found
