"""Our own seeds for targets that request associations: what a server may answer, nothing of it wrong."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME, REJECT_REASONS, PduType, RejectResult
from dulcimer._generated.commands import CEchoRsp, CFindRsp, CStoreRsp, MessageBase
from dulcimer._generated.statuses import PENDING, SUCCESS
from dulcimer.conformance.stimuli.dimse import STORED_CLASS, data_set
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import (
    IMPLICIT_VR_LITTLE_ENDIAN,
    VERIFICATION,
    Titles,
)
from dulcimer.fuzz.corpus.messages import message_pdu
from dulcimer.fuzz.corpus.seeds import STUDY_ROOT_FIND, information_of_tester
from dulcimer.fuzz.corpus.streams import sent
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, FuzzStep, HalfClose
from dulcimer.wire.codec import encode
from dulcimer.wire.model import (
    ApplicationContext,
    AssociateAc,
    AssociateRj,
    AsynchronousOperationsWindow,
    PresentationContextAc,
    ReleaseRp,
    ScpScuRoleSelection,
    SopClassExtendedNegotiation,
    UserDataSubItem,
    UserIdentityResponse,
    VariableItem,
)

_CONTEXTS = (1, 3, 5)
"""IDs of the contexts that are accepted; clients mostly begin with 1."""
_REQUEST = AwaitReply((PduType.A_ASSOCIATE_RQ.label,))
_RELEASED = (AwaitReply((PduType.A_RELEASE_RQ.label, PduType.A_ABORT.label)), sent(encode(ReleaseRp())))


def requestor_seeds(titles: Titles | None = None) -> dict[str, FuzzSequence]:
    """The seeds by their names. `called` of the titles is the one that the client calls us by."""
    titles = titles or Titles(calling="DULCIMER", called="DULCIMER")
    return dict([*_single_pdus(titles), *_negotiations(titles), *_services(titles)])


def _single_pdus(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    """Each of the seven PDUs as the first answer, and in an association."""
    accepted = sent(_acceptance(titles))
    for kind in PduType:
        step = sent(encode(plain_pdu(kind.label, titles)))
        yield f"{kind.label} first", _sequence(step)
        yield f"{kind.label} in an association", _sequence(accepted, AwaitReply(), step)
    yield "released at once", _sequence(accepted, *_RELEASED)
    yield "half-closed in an association", _sequence(accepted, AwaitReply(), HalfClose())


def _negotiations(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    first = encode(plain_pdu(PduType.A_ASSOCIATE_RJ.label, titles))
    for result in RejectResult:
        for source, reasons in REJECT_REASONS.items():
            for reason in reasons:
                rejection = encode(AssociateRj(result, source, reason))
                if rejection != first:
                    yield f"rejected ({result.value},{source},{int(reason)})", _sequence(sent(rejection))
    for refusal in (1, 2, 3, 4):
        yield f"contexts refused with {refusal}", _sequence(sent(_acceptance(titles, result=refusal)), *_RELEASED)
    every = (
        AsynchronousOperationsWindow(3, 2),
        ScpScuRoleSelection(STORED_CLASS, 1, 1),
        SopClassExtendedNegotiation(STUDY_ROOT_FIND, b"\1\1\1"),
        UserIdentityResponse(b"synthetic"),
    )
    yield "every sub-item", _sequence(sent(_acceptance(titles, *every)), *_RELEASED)


def _services(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    keys = data_set("identifier")
    answers: dict[str, list[tuple[MessageBase, bytes]]] = {
        "C-ECHO": [(_echo(), b"")],
        "C-STORE": [(CStoreRsp(message_id_being_responded_to=1, status=SUCCESS), b"")],
        "C-FIND": [(_found(PENDING), keys), (_found(PENDING), keys), (_found(SUCCESS), b"")],
    }
    for name, messages in answers.items():
        for context_id in _CONTEXTS:
            pdus = [sent(message_pdu(context_id, message, data)) for message, data in messages]
            started = (sent(_acceptance(titles)), AwaitReply((PduType.P_DATA_TF.label,)))
            yield f"{name} answered in context {context_id}", _sequence(*started, *pdus, *_RELEASED)


def _sequence(*steps: FuzzStep) -> FuzzSequence:
    return FuzzSequence("requestor", (_REQUEST, *steps))


def _acceptance(titles: Titles, *further: UserDataSubItem, result: int = 0) -> bytes:
    items: tuple[VariableItem, ...] = (
        ApplicationContext(APPLICATION_CONTEXT_NAME),
        *(PresentationContextAc.of(number, result, IMPLICIT_VR_LITTLE_ENDIAN) for number in _CONTEXTS),
        information_of_tester(*further),
    )
    return encode(AssociateAc(titles.called, titles.calling, items))


def _echo() -> MessageBase:
    return CEchoRsp(affected_sop_class_uid=VERIFICATION, message_id_being_responded_to=1, status=SUCCESS)


def _found(status: int) -> MessageBase:
    return CFindRsp(affected_sop_class_uid=STUDY_ROOT_FIND, message_id_being_responded_to=1, status=status)
