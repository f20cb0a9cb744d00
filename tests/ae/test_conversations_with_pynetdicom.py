"""Whole conversations with pynetdicom on the other side, in both roles."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dulcimer import AE, build_role, evt
from dulcimer.pdu_primitives import UserIdentityNegotiation
from dulcimer.sop_class import CTImageStorage, ModalityPerformedProcedureStep, PrintJob, Verification
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelMove as Move
from support.entities import ct, nothing_left, query

pytestmark = [pytest.mark.peer("pynetdicom")]
STEP = ModalityPerformedProcedureStep
ALL = (Verification, Find, Get, Move, STEP, PrintJob)


class Kit:
    """One of the two implementations: its entity, events and items."""

    AE: Any
    evt: Any
    role: Any
    identity: Any

    def __init__(self, name: str) -> None:
        if name == "dulcimer":
            self.AE, self.evt, self.role, self.identity = AE, evt, build_role, UserIdentityNegotiation
        else:
            import pynetdicom
            from pynetdicom.pdu_primitives import UserIdentityNegotiation as Identity

            self.AE, self.evt = pynetdicom.AE, pynetdicom.evt
            self.role, self.identity = pynetdicom.build_role, Identity


@pytest.fixture(params=[("dulcimer", "pynetdicom"), ("pynetdicom", "dulcimer")], ids=["as_scu", "as_scp"])
def kits(request: Any) -> Iterator[tuple[Kit, Kit]]:
    requestor, acceptor = request.param
    with nothing_left():
        yield Kit(requestor), Kit(acceptor)


@contextmanager
def conversation(kits: tuple[Kit, Kit], handlers: list[Any], **options: Any) -> Iterator[Any]:
    """An association between the two, with the acceptor's handlers named as in `evt`."""
    requesting, accepting = kits
    acceptor, requestor = accepting.AE("SCP"), requesting.AE("SCU")
    for uid in ALL:
        acceptor.add_supported_context(uid)
        requestor.add_requested_context(uid)
    acceptor.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
    requestor.add_requested_context(CTImageStorage)
    bound = [(getattr(accepting.evt, name), *rest) for name, *rest in handlers]
    server = acceptor.start_server(("127.0.0.1", 0), block=False, evt_handlers=bound)
    association = None
    try:
        association = requestor.associate("127.0.0.1", server.server_address[1], **options)
        assert association.is_established
        yield association
        association.release()
        assert association.is_released
    finally:
        if association is not None and not association.is_released:
            association.abort()
        server.shutdown()


def test_echo_and_store(kits: tuple[Kit, Kit]) -> None:
    seen: list[str] = []

    def store(event: Any) -> int:
        seen.append(event.dataset.SOPInstanceUID)
        return 0x0000

    with conversation(kits, [("EVT_C_STORE", store)]) as association:
        assert association.send_c_echo().Status == 0x0000
        assert association.send_c_store(ct("1.2.1")).Status == 0x0000
    assert seen == ["1.2.1"]


def test_find_and_cancel(kits: tuple[Kit, Kit]) -> None:
    pause = threading.Event()

    def find(event: Any) -> Iterator[Any]:
        number = 0
        while event.identifier.PatientID == "endless" or number < 3:
            if event.is_cancelled:  # pynetdicom is True only once
                yield 0xFE00, None
                return
            if number == 20:  # pynetdicom reads nothing, not even a cancel, while it has something to send
                pause.wait(0.01)
                continue
            number += 1
            yield 0xFF00, query(PatientID="P")

    with conversation(kits, [("EVT_C_FIND", find)]) as association:
        statuses = [status.Status for status, _ in association.send_c_find(query(PatientID="few"), Find)]
        assert statuses == [0xFF00, 0xFF00, 0xFF00, 0x0000]
        answers = association.send_c_find(query(PatientID="endless"), Find, msg_id=9)
        next(answers)
        association.send_c_cancel(9, query_model=Find)
        assert [status.Status for status, _ in answers][-1] == 0xFE00


def test_get(kits: tuple[Kit, Kit]) -> None:
    received: list[str] = []

    def get(event: Any) -> Iterator[Any]:
        yield 2
        yield 0xFF00, ct("1.2.1")
        yield 0xFF00, ct("1.2.2")

    def store(event: Any) -> int:
        received.append(event.dataset.SOPInstanceUID)
        return 0x0000

    role = kits[0].role(CTImageStorage, scu_role=True, scp_role=True)
    own = [(kits[0].evt.EVT_C_STORE, store)]
    with conversation(kits, [("EVT_C_GET", get)], ext_neg=[role], evt_handlers=own) as association:
        assert [status.Status for status, _ in association.send_c_get(query(), Get)] == [0xFF00, 0xFF00, 0x0000]
    assert received == ["1.2.1", "1.2.2"]


def test_move_to_the_other_implementation(kits: tuple[Kit, Kit]) -> None:
    received: list[Any] = []

    def store(event: Any) -> int:
        received.append((event.dataset.SOPInstanceUID, event.request.MoveOriginatorApplicationEntityTitle))
        return 0x0000

    destination = kits[0].AE("THERE")
    destination.add_supported_context(CTImageStorage)
    there = destination.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(kits[0].evt.EVT_C_STORE, store)])
    sender = kits[1].AE()
    sender.add_requested_context(CTImageStorage)

    def move(event: Any) -> Iterator[Any]:
        yield "127.0.0.1", there.server_address[1], {"contexts": sender.requested_contexts}
        yield 1
        yield 0xFF00, ct("1.2.1")

    try:
        with conversation(kits, [("EVT_C_MOVE", move)]) as association:
            answers = [status.Status for status, _ in association.send_c_move(query(), "THERE", Move)]
            assert answers == [0xFF00, 0x0000]
    finally:
        there.shutdown()
    # The originator is who invoked the C-MOVE (PS3.7 9.1.1.1.7); pynetdicom names itself.
    assert received == [("1.2.1", "SCP" if kits[1].AE is not AE else "SCU")]


def test_n_services(kits: tuple[Kit, Kit]) -> None:
    def answer(event: Any, name: str) -> Any:
        assert getattr(event, name).PatientID == "question"
        return 0x0000, query(PatientID="answer")

    def get(event: Any) -> Any:
        assert [int(tag) for tag in event.attribute_identifiers] == [0x00100020]
        return 0x0000, query(PatientID="answer")

    given = query(PatientID="question")
    handlers = [
        ("EVT_N_CREATE", answer, ["attribute_list"]),
        ("EVT_N_SET", answer, ["modification_list"]),
        ("EVT_N_GET", get),
        ("EVT_N_EVENT_REPORT", answer, ["event_information"]),
        ("EVT_N_DELETE", lambda event: 0x0000),
    ]
    with conversation(kits, handlers) as association:
        answers = [
            association.send_n_create(given, STEP, "1.2.3"),
            association.send_n_set(given, STEP, "1.2.3"),
            association.send_n_get([0x00100020], PrintJob, "1.2.3"),
            association.send_n_event_report(given, 1, PrintJob, "1.2.3"),
        ]
        assert [(status.Status, data.PatientID) for status, data in answers] == [(0x0000, "answer")] * 4


@pytest.mark.parametrize("kind", [1, 2, 3, 4, 5])
def test_user_identity(kits: tuple[Kit, Kit], kind: int) -> None:
    seen: list[Any] = []

    def identify(event: Any) -> Any:
        seen.append((event.user_id_type, event.primary_field, event.secondary_field or None))
        return True, b"welcome" if kind > 2 else None

    item = kits[0].identity()
    item.user_identity_type = kind
    item.primary_field = b"somebody"
    if kind == 2:
        item.secondary_field = b"secret"
    item.positive_response_requested = True
    with conversation(kits, [("EVT_USER_ID", identify)], ext_neg=[item]) as association:
        response = association.acceptor.user_identity
        if kind > 2:
            assert response.server_response == b"welcome"
    assert seen == [(kind, b"somebody", b"secret" if kind == 2 else None)]


def test_rejection_is_reported(kits: tuple[Kit, Kit]) -> None:
    acceptor, requestor = kits[1].AE("SCP"), kits[0].AE("SCU")
    acceptor.add_supported_context(Verification)
    acceptor.require_called_aet = True
    requestor.add_requested_context(Verification)
    server = acceptor.start_server(("127.0.0.1", 0), block=False)
    try:
        for _ in range(5):
            association = requestor.associate("127.0.0.1", server.server_address[1], ae_title="OTHER")
            if association.is_rejected:  # as requestor pynetdicom sometimes aborts after it has read the rejection
                break
        assert association.is_rejected
        assert not association.is_established
        primitive = association.acceptor.primitive
        assert (primitive.result, primitive.result_source, primitive.diagnostic) == (1, 1, 7)
    finally:
        server.shutdown()
