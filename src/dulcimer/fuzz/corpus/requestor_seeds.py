"""Our own seeds for targets that request associations: what a server may answer, nothing of it wrong."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer._generated.codes import REJECT_REASONS, PduType, RejectResult
from dulcimer._generated.commands import CEchoRsp, CFindRsp, CStoreRsp, MessageBase
from dulcimer._generated.statuses import PENDING, SUCCESS
from dulcimer.conformance.stimuli.dimse import data_set
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import VERIFICATION, Titles
from dulcimer.fuzz.corpus.associations import (
    ACCEPTED_CONTEXTS,
    RELEASE_ANSWERED,
    STUDY_ROOT_FIND,
    SUB_ITEMS_OF_ACCEPTANCE,
    acceptance_of_tester,
    default_titles,
    to_requestor,
)
from dulcimer.fuzz.corpus.messages import message_pdu
from dulcimer.fuzz.corpus.streams import sent
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, HalfClose
from dulcimer.wire.codec import encode
from dulcimer.wire.model import AssociateRj


def requestor_seeds(titles: Titles | None = None) -> dict[str, FuzzSequence]:
    """The seeds by their names. `called` of the titles is the one that the client calls us by."""
    titles = titles or default_titles("requestor")
    return dict([*_single_pdus(titles), *_negotiations(titles), *_services(titles)])


def _single_pdus(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    """Each of the seven PDUs as the first answer, and in an association."""
    accepted = sent(acceptance_of_tester(titles))
    for kind in PduType:
        step = sent(encode(plain_pdu(kind.label, titles)))
        yield f"{kind.label} first", to_requestor(step)
        yield f"{kind.label} in an association", to_requestor(accepted, AwaitReply(), step)
    yield "released at once", to_requestor(accepted, *RELEASE_ANSWERED)
    yield "half-closed in an association", to_requestor(accepted, AwaitReply(), HalfClose())


def _negotiations(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    first = encode(plain_pdu(PduType.A_ASSOCIATE_RJ.label, titles))
    for result in RejectResult:
        for source, reasons in REJECT_REASONS.items():
            for reason in reasons:
                rejection = encode(AssociateRj(result, source, reason))
                if rejection != first:
                    yield f"rejected ({result.value},{source},{int(reason)})", to_requestor(sent(rejection))
    for refusal in (1, 2, 3, 4):
        yield (
            f"contexts refused with {refusal}",
            to_requestor(sent(acceptance_of_tester(titles, result=refusal)), *RELEASE_ANSWERED),
        )
    yield (
        "every sub-item",
        to_requestor(sent(acceptance_of_tester(titles, *SUB_ITEMS_OF_ACCEPTANCE)), *RELEASE_ANSWERED),
    )


def _services(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    keys = data_set("identifier")
    answers: dict[str, list[tuple[MessageBase, bytes]]] = {
        "C-ECHO": [(_echo(), b"")],
        "C-STORE": [(CStoreRsp(message_id_being_responded_to=1, status=SUCCESS), b"")],
        "C-FIND": [(_found(PENDING), keys), (_found(PENDING), keys), (_found(SUCCESS), b"")],
    }
    for name, messages in answers.items():
        for context_id in ACCEPTED_CONTEXTS:
            pdus = [sent(message_pdu(context_id, message, data)) for message, data in messages]
            started = (sent(acceptance_of_tester(titles)), AwaitReply((PduType.P_DATA_TF.label,)))
            yield f"{name} answered in context {context_id}", to_requestor(*started, *pdus, *RELEASE_ANSWERED)


def _echo() -> MessageBase:
    return CEchoRsp(affected_sop_class_uid=VERIFICATION, message_id_being_responded_to=1, status=SUCCESS)


def _found(status: int) -> MessageBase:
    return CFindRsp(affected_sop_class_uid=STUDY_ROOT_FIND, message_id_being_responded_to=1, status=status)
