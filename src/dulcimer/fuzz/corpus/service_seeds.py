"""Seeds of the services on normalized instances and of cancelled ones, each under a SOP class that has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from pydicom.dataset import Dataset

from dulcimer._generated import sop_classes
from dulcimer._generated.codes import PduType
from dulcimer._generated.commands import (
    CCancelRq,
    CGetRq,
    CGetRsp,
    CMoveRq,
    CMoveRsp,
    MessageBase,
    NActionRq,
    NActionRsp,
    NCreateRq,
    NCreateRsp,
    NDeleteRq,
    NDeleteRsp,
    NEventReportRq,
    NEventReportRsp,
    NGetRq,
    NGetRsp,
    NSetRq,
    NSetRsp,
    Priority,
)
from dulcimer._generated.statuses import SUCCESS
from dulcimer.conformance.stimuli.dimse import data_set, instance_uid
from dulcimer.conformance.stimuli.requests import SERVICE_CONTEXT_ID, Titles
from dulcimer.fuzz.corpus.associations import (
    ACCEPTED_CONTEXTS,
    RELEASE,
    RELEASE_ANSWERED,
    STUDY_ROOT_GET,
    STUDY_ROOT_MOVE,
    acceptance_of_tester,
    default_titles,
    proposed_context,
    request_of_tester,
    to_acceptor,
    to_requestor,
)
from dulcimer.fuzz.corpus.every_element import data_set_with
from dulcimer.fuzz.corpus.messages import message_pdu
from dulcimer.fuzz.corpus.service_data_sets import (
    availability,
    commitment,
    film_box,
    in_implicit_vr,
    step_begun,
    step_completed,
    unified_step,
)
from dulcimer.fuzz.corpus.streams import sent
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, FuzzStep, TargetRole
from dulcimer.wire.model import ScpScuRoleSelection, UserDataSubItem

_Sent: TypeAlias = tuple[MessageBase, Dataset | None]

_STEP = str(sop_classes.ModalityPerformedProcedureStep)
_STEP_RETRIEVE = str(sop_classes.ModalityPerformedProcedureStepRetrieve)
_COMMITMENT = str(sop_classes.StorageCommitmentPushModel)
_PRINT = str(sop_classes.BasicGrayscalePrintManagementMeta)
_PRINTER, _FILM, _BOX = map(str, (sop_classes.Printer, sop_classes.BasicFilmSession, sop_classes.BasicFilmBox))
_UPS = str(sop_classes.UnifiedProcedureStepPush)
_AVAILABILITY = str(sop_classes.InstanceAvailabilityNotification)
_INSTANCES = {
    _COMMITMENT: str(sop_classes.StorageCommitmentPushModelInstance),
    _PRINTER: str(sop_classes.PrinterInstance),
    _STEP: instance_uid("performed procedure step"),
    _STEP_RETRIEVE: instance_uid("performed procedure step"),
    _FILM: instance_uid("film session"),
    _BOX: instance_uid("film box"),
    _UPS: instance_uid("unified procedure step"),
    _AVAILABILITY: instance_uid("instance availability"),
}
"""The instance of each SOP class that is worked on; all but the well-known ones are made up."""

_REQUEST_COMMITMENT, _COMMITTED = 1, 1
"""Action type and event type of Storage Commitment (PS3.4 J.3.2, J.3.3)."""
_PRINT_BOX = 1
"""Action type of a film box (PS3.4 H.4.2)."""
_REQUEST_CANCEL = 2
"""Action type of a Unified Procedure Step (PS3.4 CC.2.2)."""
_PRINTER_STATUS, _STEP_STATUS, _STEP_STATE = 0x21100010, 0x00400252, 0x00741000


def service_seeds(role: TargetRole, titles: Titles | None = None) -> dict[str, FuzzSequence]:
    """The seeds for a target in this role, by their names; C-CANCEL-RQ is for acceptors alone."""
    titles = titles or default_titles(role)
    return dict((_of_acceptor if role == "acceptor" else _of_requestor)(titles))


def _of_acceptor(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    begun, completed = (_create(_STEP), step_begun()), (_set(_STEP, 2), step_completed())
    yield "N-CREATE and N-SET of a performed procedure step", _associated(titles, _STEP, begun, completed)
    got = _get(_STEP_RETRIEVE, _STEP_STATUS), None
    yield "N-GET of a performed procedure step", _associated(titles, _STEP_RETRIEVE, got)
    yield "N-GET, N-CREATE, N-SET, N-ACTION and N-DELETE of films", _associated(titles, _PRINT, *_films())
    asked = _act(_COMMITMENT, _REQUEST_COMMITMENT), commitment()
    yield "N-ACTION of storage commitment", _associated(titles, _COMMITMENT, asked)
    as_scp = ScpScuRoleSelection(_COMMITMENT, 0, 1)
    reported = _report(), commitment()
    yield "N-EVENT-REPORT of storage commitment", _associated(titles, _COMMITMENT, reported, further=(as_scp,))
    step: tuple[_Sent, ...] = (
        (_create(_UPS), unified_step()),
        (_get(_UPS, _STEP_STATE, number=2), None),
        (_act(_UPS, _REQUEST_CANCEL, 3), data_set_with(ReasonForCancellation="synthetic")),
    )
    yield "N-CREATE, N-GET and N-ACTION of a unified procedure step", _associated(titles, _UPS, *step)
    available = _create(_AVAILABILITY), availability()
    yield "N-CREATE of an instance availability", _associated(titles, _AVAILABILITY, available)
    yield from _cancelled(titles)


def _films() -> tuple[_Sent, ...]:
    return (
        (_get(_PRINTER, _PRINTER_STATUS), None),
        (_create(_FILM, 2), data_set_with(NumberOfCopies="1", PrintPriority="LOW", MediumType="PAPER")),
        (_set(_FILM, 3), data_set_with(NumberOfCopies="2")),
        (_create(_BOX, 4), film_box(_INSTANCES[_FILM])),
        (_act(_BOX, _PRINT_BOX, 5), None),
        (NDeleteRq(**_requested(_FILM, 6)), None),
    )


def _cancelled(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    """Retrievals whose C-CANCEL-RQ comes at once, so that they still run."""
    keys = data_set("identifier")
    cancel = message_pdu(SERVICE_CONTEXT_ID, CCancelRq(message_id_being_responded_to=1))
    priority = Priority.MEDIUM
    move = CMoveRq(affected_sop_class_uid=STUDY_ROOT_MOVE, message_id=1, move_destination="DULCIMER", priority=priority)
    get = CGetRq(affected_sop_class_uid=STUDY_ROOT_GET, message_id=1, priority=priority)
    for name, message in (("C-MOVE", move), ("C-GET", get)):
        context = proposed_context(SERVICE_CONTEXT_ID, message.affected_sop_class_uid)
        asked = message_pdu(SERVICE_CONTEXT_ID, message, keys)
        yield f"{name}, cancelled", to_acceptor(request_of_tester(titles, contexts=(context,)), asked + cancel, RELEASE)


def _associated(
    titles: Titles, service: str, *messages: _Sent, further: tuple[UserDataSubItem, ...] = ()
) -> FuzzSequence:
    request = request_of_tester(titles, *further, contexts=(proposed_context(SERVICE_CONTEXT_ID, service),))
    pdus = [message_pdu(SERVICE_CONTEXT_ID, message, in_implicit_vr(data)) for message, data in messages]
    return to_acceptor(request, *pdus, RELEASE)


def _of_requestor(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    done = data_set_with(PerformedProcedureStepStatus="COMPLETED")
    answers: dict[str, _Sent] = {
        "C-GET": (CGetRsp(affected_sop_class_uid=STUDY_ROOT_GET, **_RETRIEVED), None),
        "C-MOVE": (CMoveRsp(affected_sop_class_uid=STUDY_ROOT_MOVE, **_RETRIEVED), None),
        "N-EVENT-REPORT": (NEventReportRsp(event_type_id=_COMMITTED, **_done(_COMMITMENT)), None),
        "N-GET": (NGetRsp(**_done(_STEP_RETRIEVE)), done),
        "N-SET": (NSetRsp(**_done(_STEP)), done),
        "N-ACTION": (NActionRsp(action_type_id=_REQUEST_COMMITMENT, **_done(_COMMITMENT)), None),
        "N-CREATE": (NCreateRsp(**_done(_STEP)), step_begun()),
        "N-DELETE": (NDeleteRsp(**_done(_FILM)), None),
    }
    begin = sent(acceptance_of_tester(titles)), AwaitReply((PduType.P_DATA_TF.label,))
    for context_id in ACCEPTED_CONTEXTS:
        for name, answer in answers.items():
            yield (
                f"{name} answered in context {context_id}",
                to_requestor(*begin, _answer(context_id, answer), *RELEASE_ANSWERED),
            )
        taken, reported = _answer(context_id, answers["N-ACTION"]), _answer(context_id, (_report(), commitment()))
        yield (
            f"N-ACTION answered and N-EVENT-REPORT in context {context_id}",
            to_requestor(*begin, taken, reported, begin[-1], *RELEASE_ANSWERED),
        )


def _answer(context_id: int, answer: _Sent) -> FuzzStep:
    message, data = answer
    return sent(message_pdu(context_id, message, in_implicit_vr(data)))


_RETRIEVED: dict[str, Any] = {
    "message_id_being_responded_to": 1,
    "status": SUCCESS,
    "number_of_completed_suboperations": 1,
    "number_of_failed_suboperations": 0,
    "number_of_warning_suboperations": 0,
}
"""What a response has after a retrieval of one instance."""


def _done(sop_class: str) -> dict[str, Any]:
    """What each response has after an operation on an instance."""
    return {
        "affected_sop_class_uid": sop_class,
        "message_id_being_responded_to": 1,
        "status": SUCCESS,
        "affected_sop_instance_uid": _INSTANCES[sop_class],
    }


def _create(sop_class: str, number: int = 1) -> MessageBase:
    return NCreateRq(
        affected_sop_class_uid=sop_class, message_id=number, affected_sop_instance_uid=_INSTANCES[sop_class]
    )


def _requested(sop_class: str, number: int) -> dict[str, Any]:
    return {
        "requested_sop_class_uid": sop_class,
        "message_id": number,
        "requested_sop_instance_uid": _INSTANCES[sop_class],
    }


def _set(sop_class: str, number: int) -> MessageBase:
    return NSetRq(**_requested(sop_class, number))


def _get(sop_class: str, *tags: int, number: int = 1) -> MessageBase:
    return NGetRq(**_requested(sop_class, number), attribute_identifier_list=tags)


def _act(sop_class: str, action_type: int, number: int = 1) -> MessageBase:
    return NActionRq(**_requested(sop_class, number), action_type_id=action_type)


def _report() -> MessageBase:
    return NEventReportRq(
        affected_sop_class_uid=_COMMITMENT,
        message_id=1,
        affected_sop_instance_uid=_INSTANCES[_COMMITMENT],
        event_type_id=_COMMITTED,
    )
