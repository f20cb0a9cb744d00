"""Notification and intervention events of associations between application entities."""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pydicom.dataset import Dataset

from dulcimer import evt
from dulcimer.events import INTERVENTION_EVENTS, NOTIFICATION_EVENTS
from dulcimer.pdu_primitives import A_ASSOCIATE, A_RELEASE
from dulcimer.sop_class import CTImageStorage, ModalityPerformedProcedureStep, UnifiedProcedureStepPull
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelMove as Move
from dulcimer.wire.model import AssociateAc, AssociateRq, PDataTf, ReleaseRp, ReleaseRq
from support.entities import PATIENCE, Seen, ct, nothing_left, query, scp, scu, serving


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


def test_there_are_as_many_events_as_documented() -> None:
    assert (len(NOTIFICATION_EVENTS), len(INTERVENTION_EVENTS)) == (17, 15)


def test_every_notification_has_its_attributes() -> None:
    here, there = Seen(), Seen()
    with serving(scp(), [(event, there) for event in NOTIFICATION_EVENTS]) as address:
        association = scu().associate(*address, evt_handlers=[(event, here) for event in NOTIFICATION_EVENTS])
        association.send_c_echo()
        association.release()
        there.until("EVT_CONN_CLOSE")
    told = {event.name for event in NOTIFICATION_EVENTS} - {"EVT_ABORTED", "EVT_REJECTED"}
    assert set(here.names) == set(there.names) == told
    for seen in (here, there):
        main = ("CONN_OPEN", "REQUESTED", "ACCEPTED", "ESTABLISHED", "RELEASED", "CONN_CLOSE")
        order = [name for name in seen.names if name.removeprefix("EVT_") in main]
        assert sorted(order[:2]) == ["EVT_CONN_OPEN", "EVT_REQUESTED"]
        assert order[2:] == ["EVT_ACCEPTED", "EVT_ESTABLISHED", "EVT_RELEASED", "EVT_CONN_CLOSE"]
    assert here.of("EVT_CONN_OPEN")[0].address == here.of("EVT_CONN_CLOSE")[0].address == tuple(address)
    assert there.of("EVT_CONN_OPEN")[0].address == there.of("EVT_CONN_CLOSE")[0].address
    told_of: list[Any] = [event.assoc for event in here.events]
    assert told_of == [association] * len(told_of)
    event = here.of("EVT_RELEASED")[0]
    assert event.description and event.timestamp and event.event is evt.EVT_RELEASED
    with pytest.raises(AttributeError, match="EVT_RELEASED has no attribute 'dataset'"):
        _ = event.dataset


def test_bytes_pdus_and_messages_come_whole_to_handlers_on_both_sides() -> None:
    here, there = Seen(), Seen()
    names = ("DATA_SENT", "DATA_RECV", "PDU_SENT", "PDU_RECV", "DIMSE_SENT", "DIMSE_RECV", "ACSE_SENT", "ACSE_RECV")
    events = [getattr(evt, f"EVT_{name}") for name in (*names, "CONN_CLOSE", "FSM_TRANSITION")]
    handlers = [(event, there) for event in events] + [(evt.EVT_C_STORE, lambda event: 0x0000)]
    with serving(scp(CTImageStorage, maximum_pdu_size=4096), handlers) as address:
        requestor = scu(CTImageStorage)
        association = requestor.associate(*address, evt_handlers=[(event, here) for event in events])
        assert association.send_c_store(ct(PatientComments="x" * 10_000)).Status == 0x0000
        association.release()
        there.until("EVT_CONN_CLOSE")
    for sender, receiver in ((here, there), (there, here)):
        data = [event.data for event in sender.of("EVT_DATA_SENT")]
        assert data == [event.data for event in receiver.of("EVT_DATA_RECV")]
        assert all(len(pdu) == 6 + int.from_bytes(pdu[2:6], "big") for pdu in data)
        pdus = [event.pdu for event in sender.of("EVT_PDU_SENT")]
        assert len(pdus) == len(data)
        assert pdus == [event.pdu for event in receiver.of("EVT_PDU_RECV")]
        sent = [event.message for event in sender.of("EVT_DIMSE_SENT")]
        received = [event.message for event in receiver.of("EVT_DIMSE_RECV")]
        assert [message.msg_type for message in sent] == [message.msg_type for message in received]
        assert [message.command_set for message in sent] == [message.command_set for message in received]
    kinds = [type(event.pdu) for event in here.of("EVT_PDU_SENT")]
    assert kinds[0] is AssociateRq and kinds[-1] is ReleaseRq and set(kinds[1:-1]) == {PDataTf}
    assert [type(event.pdu) for event in there.of("EVT_PDU_SENT")] == [AssociateAc, PDataTf, ReleaseRp]
    message = here.of("EVT_DIMSE_SENT")[0].message
    assert message.msg_type == "C-STORE-RQ"
    assert message.command_set.AffectedSOPInstanceUID == "1.2.3"
    assert b"x" * 10_000 in message.data_set.getvalue()
    for seen in (here, there):
        exchanged = [event.primitive for event in seen.events if "ACSE" in event.name]
        assert [type(primitive) for primitive in exchanged] == [A_ASSOCIATE] * 2 + [A_RELEASE] * 2
        assert [primitive.result for primitive in exchanged] == [None, 0, None, "affirmative"]
    first = here.of("EVT_FSM_TRANSITION")[0]
    assert (first.current_state, first.fsm_event, first.action, first.next_state) == ("Sta1", "Evt1", "AE-1", "Sta4")


def test_rejection_and_abort_are_events_on_both_sides() -> None:
    here, there = Seen(), Seen()
    own = [(event, here) for event in (evt.EVT_REJECTED, evt.EVT_ABORTED)]
    handlers = [(event, there) for event in (evt.EVT_REJECTED, evt.EVT_ABORTED)]
    with serving(scp(require_called_aet=True), handlers) as address:
        scu().associate(*address, evt_handlers=own)
        there.until("EVT_REJECTED")
        scu().associate(*address, ae_title="SCP", evt_handlers=own).abort()
        there.until("EVT_ABORTED")
    assert here.names == there.names == ["EVT_REJECTED", "EVT_ABORTED"]


def test_handlers_are_bound_and_unbound_while_an_association_is_open() -> None:
    first, second, here = Seen(), Seen(), Seen()
    acceptor = scp()
    server = acceptor.start_server(("127.0.0.1", 0), block=False)
    assert server is not None
    with scu().associate(*server.server_address) as association:
        association.send_c_echo()
        server.bind(evt.EVT_C_ECHO, lambda event: 0x0210)
        server.bind(evt.EVT_DIMSE_RECV, first)
        server.bind(evt.EVT_DIMSE_RECV, second)
        association.bind(evt.EVT_DIMSE_RECV, here, [])
        assert association.get_handlers(evt.EVT_DIMSE_RECV) == [(here, None)]
        assert association.get_events() == [evt.EVT_DIMSE_RECV]
        assert server.get_events() == [evt.EVT_DIMSE_RECV, evt.EVT_C_ECHO]
        assert association.send_c_echo().Status == 0x0210
        first.until("EVT_DIMSE_RECV")
        server.unbind(evt.EVT_DIMSE_RECV, first)
        handler, _ = server.get_handlers(evt.EVT_C_ECHO)
        server.unbind(evt.EVT_C_ECHO, handler)
        assert server.get_handlers(evt.EVT_C_ECHO) == (None, None)
        association.unbind(evt.EVT_DIMSE_RECV, here)
        assert association.send_c_echo().Status == 0x0000
        with scu().associate(*server.server_address) as another:
            assert another.send_c_echo().Status == 0x0000
    server.shutdown()
    assert (len(first.names), len(second.names), len(here.names)) == (1, 3, 1)
    with pytest.raises(ValueError, match="is not an event"):
        association.bind("EVT_C_ECHO", first)  # type: ignore[arg-type]  # wrong on purpose


def test_notification_handler_that_fails_is_logged_and_the_others_hear_of_it(caplog: Any) -> None:
    told = Seen()

    def fail(event: evt.Event) -> None:
        raise ZeroDivisionError("from the handler")

    handlers = [(evt.EVT_ESTABLISHED, fail), (evt.EVT_ESTABLISHED, told)]
    with caplog.at_level(logging.ERROR), serving(scp(), handlers) as address:
        with scu().associate(*address) as association:
            assert association.send_c_echo().Status == 0x0000
    assert told.names == ["EVT_ESTABLISHED"]
    assert "a handler of EVT_ESTABLISHED failed" in caplog.text
    assert "from the handler" in caplog.text


def fail(event: evt.Event) -> Any:
    raise ZeroDivisionError("from the handler")


def fail_later(event: evt.Event) -> Iterator[Any]:
    yield 0xFF00, query(PatientID="1")
    raise ZeroDivisionError("from the handler")


def status_of(association: Any, name: str) -> int:
    step, instance = ModalityPerformedProcedureStep, "1.2.3"
    match name:
        case "C_ECHO":
            return int(association.send_c_echo().Status)
        case "C_STORE":
            return int(association.send_c_store(ct()).Status)
        case "C_FIND":
            return int([status for status, _ in association.send_c_find(query(), Find)][-1].Status)
        case "C_GET":
            return int([status for status, _ in association.send_c_get(query(), Get)][-1].Status)
        case "C_MOVE":
            return int([status for status, _ in association.send_c_move(query(), "X", Move)][-1].Status)
        case "N_ACTION":
            return int(association.send_n_action(None, 1, UnifiedProcedureStepPull, instance)[0].Status)
        case "N_CREATE":
            return int(association.send_n_create(query(), step, instance)[0].Status)
        case "N_SET":
            return int(association.send_n_set(query(), step, instance)[0].Status)
        case "N_GET":
            return int(association.send_n_get([], step, instance)[0].Status)
        case "N_EVENT_REPORT":
            return int(association.send_n_event_report(None, 1, step, instance)[0].Status)
    return int(association.send_n_delete("1.2.840.10008.5.1.1.14", instance).Status)


SERVICES = [event.name.removeprefix("EVT_") for event in INTERVENTION_EVENTS if event.name[4:6] in ("C_", "N_")]
SYNTAXES = (
    CTImageStorage,
    Find,
    Get,
    Move,
    ModalityPerformedProcedureStep,
    UnifiedProcedureStepPull,
    "1.2.840.10008.5.1.1.14",
)
FAILED = {"C_STORE": 0xC211, "C_FIND": 0xC311, "C_GET": 0xC411, "C_MOVE": 0xC511}


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("bound", [True, False], ids=["fails", "unbound"])
def test_handler_that_fails_or_is_missing_gives_the_documented_status(name: str, bound: bool, caplog: Any) -> None:
    handlers = [(getattr(evt, f"EVT_{name}"), fail)] if bound else []
    with caplog.at_level(logging.WARNING), serving(scp(*SYNTAXES), handlers) as address:
        with scu(*SYNTAXES).associate(*address) as association:
            expected = 0x0000 if name == "C_ECHO" and not bound else FAILED.get(name, 0x0110)
            assert status_of(association, name) == expected
            assert association.is_established
    if expected:
        assert ("from the handler" if bound else f"no handler is bound to EVT_{name}") in caplog.text


def test_generator_that_fails_later_ends_with_a_failure() -> None:
    with serving(scp(Find), [(evt.EVT_C_FIND, fail_later)]) as address:
        with scu(Find).associate(*address) as association:
            statuses = [status.Status for status, _ in association.send_c_find(query(), Find)]
    assert statuses == [0xFF00, 0xC311]


@pytest.mark.parametrize(("answer", "status"), [("no status", 0xC002), (Dataset(), 0xC001), (None, 0xC002)])
def test_what_is_no_status_gives_the_documented_failure(answer: Any, status: int) -> None:
    with serving(scp(CTImageStorage), [(evt.EVT_C_STORE, lambda event: answer)]) as address:
        with scu(CTImageStorage).associate(*address) as association:
            assert association.send_c_store(ct()).Status == status


def test_handlers_see_the_context_variables_of_who_opened_the_association_or_the_server() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")
    seen: list[str] = []

    def look(event: evt.Event, where: str) -> int:
        seen.append(f"{where} {variable.get()}")
        return 0x0000

    variable.set("server")
    with serving(scp(), [(evt.EVT_C_ECHO, look, ["there"])]) as address:
        variable.set("requestor")
        with scu().associate(*address, evt_handlers=[(evt.EVT_ESTABLISHED, look, ["here"])]) as association:
            variable.set("later")
            association.send_c_echo()
    assert seen == ["here requestor", "there server"]


def test_requested_handler_hears_before_anything_is_answered() -> None:
    seen: list[Any] = []

    def requested(event: evt.Event) -> None:
        seen.append((event.assoc.requestor.ae_title, event.assoc.is_established, event.assoc.acceptor.ae_title))
        seen.append(event.assoc.requestor.called_ae_title)
        event.assoc.ae.require_called_aet = True

    with serving(scp(), [(evt.EVT_REQUESTED, requested)]) as address:
        association = scu().associate(*address, ae_title="OTHER")
        association.join(PATIENCE)
        assert association.is_rejected
    assert seen == [("SCU", False, "SCP"), "OTHER"]


def test_request_returns_when_handlers_have_run_for_its_response() -> None:
    gate, told = threading.Event(), Seen()

    def note(event: Any) -> None:
        gate.wait(PATIENCE)
        told(event)

    with serving(scp()) as address:
        association = scu().associate(*address)
        association.bind(evt.EVT_DIMSE_RECV, note)
        caller = threading.Thread(target=association.send_c_echo)
        caller.start()
        caller.join(0.2)
        assert caller.is_alive()
        gate.set()
        caller.join(PATIENCE)
        assert told.names == ["EVT_DIMSE_RECV"]
        association.release()


def test_handlers_have_run_for_each_response_before_it_is_seen() -> None:
    there = Seen()

    def answers(_: Any) -> Iterator[tuple[int, Dataset | None]]:
        for number in range(5):
            yield 0xFF00, query(PatientName=str(number))

    with serving(scp(Find), [(evt.EVT_C_FIND, answers)]) as address:
        association = scu(Find).associate(*address, evt_handlers=[(evt.EVT_DIMSE_RECV, there)])
        counts = [len(there.names) for _ in association.send_c_find(query(PatientName=""), Find)]
        association.release()
    assert len(counts) == 6
    assert all(count > number for number, count in enumerate(counts))


def test_handler_may_make_requests_on_its_association() -> None:
    statuses: list[int] = []

    def ask(event: Any) -> None:
        event.assoc.unbind(evt.EVT_DIMSE_RECV, ask)
        statuses.append(event.assoc.send_c_echo().Status)

    with serving(scp()) as address:
        association = scu().associate(*address, evt_handlers=[(evt.EVT_DIMSE_RECV, ask)])
        statuses.append(association.send_c_echo().Status)
        association.release()
    assert statuses == [0x0000, 0x0000]
