"""Seeds that have every node of every schema: with the usual ones, each operator can change something at each node.

They are as small as that allows. Their PDUs and messages follow the standard, but for elements of command sets that
their messages do not have, and an item of unknown type; receivers skip both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dulcimer._generated.codes import (
    APPLICATION_CONTEXT_NAME,
    AbortReason,
    AbortSource,
    ContextResult,
    PduType,
    RejectResult,
    RejectSource,
)
from dulcimer._generated.commands import CEchoRq, CEchoRsp, CFindRsp, CGetRsp, CommandField
from dulcimer._generated.statuses import PENDING, SUCCESS
from dulcimer.conformance.stimuli.dimse import STORED_CLASS, data_set
from dulcimer.conformance.stimuli.requests import CONTEXT_ID, VERIFICATION, Titles
from dulcimer.fuzz.corpus.associations import (
    ACCEPTED_CONTEXTS,
    RELEASE,
    RELEASE_ANSWERED,
    STUDY_ROOT_FIND,
    STUDY_ROOT_GET,
    SUB_ITEMS_OF_ACCEPTANCE,
    SUB_ITEMS_OF_REQUEST,
    acceptance_of_tester,
    default_titles,
    information_of_tester,
    proposed_context,
    request_of_tester,
    to_acceptor,
    to_requestor,
)
from dulcimer.fuzz.corpus.every_element import (
    ENCAPSULATED,
    EXPLICIT,
    IMPLICIT,
    encapsulated_instance,
    every_command_element,
    every_data_element,
)
from dulcimer.fuzz.corpus.messages import message_pdu
from dulcimer.fuzz.corpus.streams import sent
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, TargetRole
from dulcimer.wire.codec import encode
from dulcimer.wire.model import (
    Abort,
    ApplicationContext,
    AssociateAc,
    AssociateRj,
    PresentationContextAc,
    ScpScuRoleSelection,
    TransferSyntax,
    UnknownItem,
)

_FRAGMENT = 32
"""Bytes of a fragment, so that a C-ECHO has a few."""
_UNKNOWN = 0x60
"""A type of item that is not defined in a presentation context."""
_CALLING = "SYNTHETIC"
"""A title that is not the called one, so that the two can be swapped."""

_ECHO_ASKED = CEchoRq(affected_sop_class_uid=VERIFICATION, message_id=2)
_ECHO_ANSWERED = CEchoRsp(affected_sop_class_uid=VERIFICATION, message_id_being_responded_to=2, status=SUCCESS)
_FOUND = CFindRsp(affected_sop_class_uid=STUDY_ROOT_FIND, message_id_being_responded_to=1, status=SUCCESS)
_GOT = CGetRsp(
    affected_sop_class_uid=STUDY_ROOT_GET,
    message_id_being_responded_to=1,
    status=SUCCESS,
    number_of_completed_suboperations=1,
    number_of_failed_suboperations=0,
    number_of_warning_suboperations=0,
)
_REJECTION = RejectResult.REJECTED_TRANSIENT, RejectSource.UL_SERVICE_USER, 3
"""The calling AE title is not recognized (PS3.8 Table 9-21)."""
_ASKED = AwaitReply((PduType.P_DATA_TF.label,))


def wide_seeds(role: TargetRole, titles: Titles | None = None) -> dict[str, FuzzSequence]:
    """The seeds for a target in this role, by their names."""
    titles = titles or default_titles(role)
    return dict((_of_acceptor if role == "acceptor" else _of_requestor)(titles))


def _of_acceptor(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    """Instances that are stored, and PDUs that have every field."""
    contexts = tuple(
        proposed_context(number, STORED_CLASS, syntax)
        for number, syntax in zip((3, 5, 7), (EXPLICIT, IMPLICIT, ENCAPSULATED), strict=True)
    )
    request = request_of_tester(titles, contexts=contexts)
    command, echo = every_command_element(), message_pdu(CONTEXT_ID, _ECHO_ASKED, fragment=_FRAGMENT)
    for context in contexts:
        (syntax,) = context.transfer_syntaxes
        name, data = _data_set(syntax)
        pdu = message_pdu(context.presentation_context_id, command, data)
        yield f"every element {name}", to_acceptor(request, pdu, RELEASE)
    stored = message_pdu(contexts[-1].presentation_context_id, command, encapsulated_instance())
    yield "C-STORE and C-ECHO in P-DATA-TFs at once", to_acceptor(request, stored + echo, RELEASE)
    for name, pdu in _full_pdus(titles).items():
        yield f"{name} with every field first", to_acceptor(pdu)
        yield f"{name} with every field in an association", to_acceptor(request, pdu)


def _of_requestor(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    """Matches of a query, an instance of a retrieval, and PDUs that have every field."""
    command = every_command_element(CommandField.C_FIND_RSP, STUDY_ROOT_FIND, PENDING)
    context_id, other_id, *_ = ACCEPTED_CONTEXTS
    echo = message_pdu(other_id, _ECHO_ANSWERED, fragment=_FRAGMENT)
    end = (sent(message_pdu(context_id, _FOUND)), *RELEASE_ANSWERED)
    for syntax in (EXPLICIT, IMPLICIT):
        name, data = _data_set(syntax)
        begin = sent(acceptance_of_tester(titles, transfer_syntax=syntax)), _ASKED
        yield f"every element {name}", to_requestor(*begin, sent(message_pdu(context_id, command, data)), *end)
    name, data = _data_set(ENCAPSULATED)
    role = ScpScuRoleSelection(STORED_CLASS, 0, 1)
    begin = sent(acceptance_of_tester(titles, role, transfer_syntax=ENCAPSULATED)), _ASKED
    stored = sent(message_pdu(context_id, every_command_element(), data))
    got = sent(message_pdu(context_id, _GOT))
    yield f"every element {name}", to_requestor(*begin, stored, _ASKED, got, *RELEASE_ANSWERED)
    begin = sent(acceptance_of_tester(titles)), _ASKED
    yield "C-ECHO in fragments of one P-DATA-TF", to_requestor(*begin, sent(echo), *RELEASE_ANSWERED)
    found = message_pdu(context_id, command, data_set("identifier"))
    yield "C-FIND and C-ECHO in P-DATA-TFs at once", to_requestor(*begin, sent(found + echo), *end)
    for name, pdu in _full_pdus(titles).items():
        if name != PduType.A_ASSOCIATE_RJ.label:  # every rejection is among the usual seeds
            yield f"{name} with every field first", to_requestor(sent(pdu))
        yield f"{name} with every field in an association", to_requestor(begin[0], AwaitReply(), sent(pdu))


def _data_set(syntax: str) -> tuple[str, bytes]:
    """What a data set in this transfer syntax is called, and its bytes."""
    if syntax == ENCAPSULATED:
        return "and encapsulated pixel data", encapsulated_instance()
    return f"in {'Explicit' if syntax == EXPLICIT else 'Implicit'} VR", every_data_element(syntax)


def _full_pdus(titles: Titles) -> dict[str, bytes]:
    """PDUs with every item and sub-item, and with fields that differ from those beside them."""
    titles = replace(titles, calling=_CALLING)
    contexts = (proposed_context(3, STUDY_ROOT_FIND), proposed_context(5, STORED_CLASS))
    syntax = TransferSyntax(IMPLICIT)
    answers = (
        PresentationContextAc(1, ContextResult.ACCEPTANCE, (syntax, UnknownItem(_UNKNOWN, b"dulcimer"))),
        PresentationContextAc(3, ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED, (syntax,)),
    )
    information = information_of_tester(*SUB_ITEMS_OF_ACCEPTANCE)
    items = (ApplicationContext(APPLICATION_CONTEXT_NAME), *answers, information)
    return {
        PduType.A_ASSOCIATE_RQ.label: request_of_tester(titles, *SUB_ITEMS_OF_REQUEST, contexts=contexts),
        PduType.A_ASSOCIATE_AC.label: encode(AssociateAc(titles.called, titles.calling, items)),
        PduType.A_ASSOCIATE_RJ.label: encode(AssociateRj(*_REJECTION)),
        PduType.A_ABORT.label: encode(Abort(AbortSource.SERVICE_PROVIDER, AbortReason.UNRECOGNIZED_PDU)),
    }
