"""Faults on purpose: their effect on PDUs, the same faults from the same bytes, and nothing breaks."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dulcimer import (
    AE,
    QRLevel,
    ServiceProviderParams,
    ServiceUser,
    fuzz_fault_injector,
    run_provider_for_conn,
    set_provider_fault_injector,
    set_user_fault_injector,
)
from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import Events, States
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.errors import DulcimerError, LocalProtocolError
from dulcimer.fsm.primitives import (
    AbortIndication,
    AssociateAccept,
    AssociateConfirmation,
    AssociateIndication,
    AssociateRequest,
    PDataIndication,
    PDataRequest,
    ReleaseIndication,
    ReleaseRequest,
    ReleaseResponse,
)
from dulcimer.sop_class import CTImageStorage, Verification
from dulcimer.upper_layer import UpperLayer, UpperLayerConfig
from dulcimer.upper_layer.fault_injection import (
    Disconnect,
    Drop,
    Duplicate,
    Fault,
    FaultInjector,
    FaultyUpperLayer,
    Flip,
    FuzzFaultInjector,
    Overwrite,
    Replace,
    Split,
    Truncate,
    pieces,
    upper_layer_of,
)
from dulcimer.wire.codec import decode, encode
from dulcimer.wire.model import Abort, AssociateRq, ReleaseRq
from support.associations import AC, DATA, RQ
from support.entities import PATIENCE, ct, nothing_left, query

PDU = b"abcdef"
ARTIM = 5.0


class Faults(FaultInjector):
    """Injects given faults, by type of PDU or by event, and records the calls."""

    def __init__(
        self,
        *,
        send: dict[PduType, Fault] | None = None,
        receive: dict[PduType, Fault] | None = None,
        before: dict[Events, Any] | None = None,
        after: dict[Events, Any] | None = None,
    ) -> None:
        self._send, self._receive, self._before, self._after = send or {}, receive or {}, before or {}, after or {}
        self.sent: list[bytes] = []
        self.received: list[bytes] = []
        self.transitions: list[tuple[Events, States, str, States]] = []

    def on_send(self, data: bytes) -> Fault | None:
        self.sent.append(data)
        return self._send.get(PduType(data[0]))

    def on_receive(self, data: bytes) -> Fault | None:
        self.received.append(data)
        return self._receive.get(PduType(data[0]))

    def before_event(self, event: Events, state: States) -> Drop | Disconnect | None:
        return self._before.get(event)

    def after_event(self, event: Events, state: States, action: str, next_state: States) -> Disconnect | None:
        self.transitions.append((event, state, action, next_state))
        return self._after.get(event)


class End:
    """One end of an association in memory: it answers according to its role, and records indications."""

    def __init__(self, injector: FaultInjector | None, *, is_requestor: bool) -> None:
        self.layer = upper_layer_of(
            is_requestor=is_requestor, injector=injector, config=UpperLayerConfig(artim_timeout=ARTIM)
        )
        self.heard: list[str] = []
        self.data: list[bytes] = []
        self.written: list[bytes] = []
        self.closed = False
        self.told = False

    def turn(self, now: float) -> None:
        """Do what the provider says, as a driver does."""
        while (indication := self.layer.next_event()) is not None:
            self.heard.append(type(indication).__name__)
            match indication:
                case AssociateIndication():
                    self.send(now, AssociateAccept(AC))
                case AssociateConfirmation():
                    self.send(now, *(PDataRequest(DATA) for _ in range(3)), ReleaseRequest())
                case ReleaseIndication():
                    self.send(now, ReleaseResponse())
                case PDataIndication(values):
                    self.data += [bytes(fragment) for _, _, fragment in values]
        output = b"".join(self.layer.data_to_send())
        if output and not self.closed:
            self.written.append(output)
        if self.layer.close_requested:
            self.layer.close_requested = False
            self.closed = True

    def send(self, now: float, *primitives: Any) -> None:
        for primitive in primitives:
            try:
                self.layer.send(primitive, now)
            except LocalProtocolError:
                return


def conversation(user: FaultInjector | None, provider: FaultInjector | None) -> tuple[End, End]:
    """Associate, send data three times and release, until no timer runs; then the network fails."""
    left, right = End(user, is_requestor=True), End(provider, is_requestor=False)
    now = 0.0
    left.send(now, AssociateRequest(RQ))
    left.turn(now)
    for end in (left, right):
        end.layer.transport_connected(now)
        end.turn(now)
    for _ in range(100):
        moved = False
        for here, there in ((left, right), (right, left)):
            while here.written and not there.closed:
                there.layer.receive_data(here.written.pop(0), now)
                there.turn(now)
                moved = True
            if (here.closed or there.closed) and not there.told and not here.written:
                there.told = there.closed = True
                there.layer.transport_closed(now)
                there.turn(now)
                moved = True
        deadlines = [end.layer.next_deadline() for end in (left, right)]
        due = [deadline for deadline in deadlines if deadline is not None]
        if not moved and due:
            now = max(now, min(due))
            for end in (left, right):
                end.layer.handle_timeout(now)
                end.turn(now)
        elif not moved:
            break
    else:
        raise AssertionError("the conversation has no end")
    for end in (left, right):
        end.layer.transport_closed(now)
        end.turn(now)
    return left, right


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        (None, [PDU]),
        (Drop(), []),
        (Disconnect(), []),
        (Replace(b"xy"), [b"xy"]),
        (Replace(b""), []),
        (Overwrite(1, b"xy"), [b"axydef"]),
        (Overwrite(5, b"xy"), [b"abcdex"]),
        (Overwrite(6, b"xy"), [PDU]),
        (Flip(0, 0x03), [b"bbcdef"]),
        (Flip(5, 0x102), [b"abcded"[:5] + b"d"]),
        (Flip(6), [PDU]),
        (Flip(-1), [PDU]),
        (Duplicate(), [PDU, PDU]),
        (Truncate(4), [b"abcd"]),
        (Truncate(9), [PDU]),
        (Truncate(0), []),
        (Truncate(-1), []),
        (Split(2), [b"ab", b"cdef"]),
        (Split(0), [PDU]),
        (Split(6), [PDU]),
        (Split(-1), [PDU]),
    ],
    ids=str,
)
def test_each_fault_leaves_of_a_pdu_what_it_says(fault: Fault | None, left: list[bytes]) -> None:
    assert pieces(fault, PDU) == left


def test_an_injector_that_decides_nothing_spoils_nothing() -> None:
    left, right = conversation(FaultInjector(), FaultInjector())
    plain_left, plain_right = conversation(None, None)
    assert (left.heard, right.heard, right.data) == (plain_left.heard, plain_right.heard, plain_right.data)
    assert right.heard == ["AssociateIndication", *["PDataIndication"] * 3, "ReleaseIndication"]
    assert left.heard == ["AssociateConfirmation", "ReleaseConfirmation"]


def test_every_pdu_is_asked_about_once_in_each_direction() -> None:
    user, provider = Faults(), Faults()
    conversation(user, provider)
    assert user.sent == provider.received
    assert provider.sent == user.received
    assert [PduType(pdu[0]).label for pdu in user.sent] == ["A-ASSOCIATE-RQ", *["P-DATA-TF"] * 3, "A-RELEASE-RQ"]
    assert (Events.EVT_12, States.STA_6, "AR-2", States.STA_8) in provider.transitions


@given(st.data())
def test_pdus_are_asked_about_whole_wherever_the_network_cuts_them(data: st.DataObject) -> None:
    faults = Faults()
    layer = FaultyUpperLayer(faults, is_requestor=False)
    layer.transport_connected(0.0)
    pdus = [encode(RQ), encode(ReleaseRq())]
    stream = b"".join(pdus)
    while stream:
        count = data.draw(st.integers(1, len(stream)))
        layer.receive_data(stream[:count], 0.0)
        stream = stream[count:]
    assert faults.received == pdus[: len(faults.received)]
    assert len(faults.received) == 2


def test_pdu_that_was_sent_is_dropped_and_the_rest_goes_on() -> None:
    left, right = conversation(Faults(send={PduType.P_DATA_TF: Drop()}), None)
    assert right.data == []
    assert left.heard == ["AssociateConfirmation", "ReleaseConfirmation"]


def test_pdu_that_came_twice_is_answered_by_the_table() -> None:
    _, right = conversation(None, Faults(receive={PduType.A_ASSOCIATE_RQ: Duplicate()}))
    assert right.heard == ["AssociateIndication", "PAbortIndication"]


def test_replaced_pdu_is_what_the_peer_gets() -> None:
    left, right = conversation(Faults(send={PduType.P_DATA_TF: Replace(encode(Abort(0, 0)))}), None)
    assert right.heard == ["AssociateIndication", AbortIndication.__name__]
    assert left.layer.state is States.STA_1


def test_split_pdu_is_sent_in_two_writes_at_the_same_time() -> None:
    layer = FaultyUpperLayer(Faults(send={PduType.A_ASSOCIATE_RQ: Split(10)}), is_requestor=True)
    layer.send(AssociateRequest(RQ), 7.0)
    layer.transport_connected(7.0)
    assert layer.data_to_send() == [encode(RQ)[:10]]
    assert layer.next_deadline() == 7.0
    layer.handle_timeout(7.0)
    assert layer.data_to_send() == [encode(RQ)[10:]]
    assert layer.next_deadline() is None


def test_split_pdu_leaves_whole_before_the_connection_is_closed() -> None:
    closing = Faults(send={PduType.P_DATA_TF: Split(3)}, after={Events.EVT_11: Disconnect()})
    left, right = conversation(closing, None)
    assert right.data == [DATA[0][2]] * 3
    assert right.heard[-1] == "ReleaseIndication"
    assert left.closed


def test_split_beyond_the_end_is_none() -> None:
    left, right = conversation(Faults(send={PduType.P_DATA_TF: Split(1000)}), None)
    assert right.data == [DATA[0][2]] * 3
    assert left.heard[-1] == "ReleaseConfirmation"


def test_nothing_is_sent_and_nothing_received_after_a_disconnect() -> None:
    user = Faults(receive={PduType.A_ASSOCIATE_AC: Disconnect()})
    left, right = conversation(user, None)
    assert left.heard == ["PAbortIndication"]
    assert right.heard == ["AssociateIndication", "PAbortIndication"]
    layer = FaultyUpperLayer(Faults(send={PduType.A_ASSOCIATE_RQ: Disconnect()}), is_requestor=True)
    layer.send(AssociateRequest(RQ), 0.0)
    layer.transport_connected(0.0)
    assert layer.close_requested
    layer.receive_data(encode(AC), 0.0)
    assert layer.state is States.STA_5
    assert layer.data_to_send() == []


def test_what_is_refused_at_its_header_passes_unasked_and_is_answered() -> None:
    faults = Faults()
    layer = FaultyUpperLayer(faults, is_requestor=False)
    layer.transport_connected(0.0)
    for chunk in (b"\x99\0\0\0", b"\0\x04ab", b"c", b"d" + encode(RQ)):
        layer.receive_data(chunk, 0.0)
    assert {PduType(pdu[0]) for pdu in faults.sent} == {PduType.A_ABORT}
    assert faults.received == [encode(RQ)]
    assert layer.state is States.STA_13


def test_event_of_a_pdu_is_dropped_but_no_other() -> None:
    faults = Faults(before={Events.EVT_10: Drop(), Events.EVT_17: Drop(), Events.EVT_12: None})
    _, right = conversation(None, faults)
    assert right.data == []
    assert right.layer.state is States.STA_1
    assert Events.EVT_10 not in {event for event, *_ in faults.transitions}
    assert Events.EVT_17 in {event for event, *_ in faults.transitions}


def test_disconnect_before_an_event_lets_it_happen_in_silence() -> None:
    _, right = conversation(None, Faults(before={Events.EVT_6: Disconnect()}))
    assert right.heard[0] == "AssociateIndication"
    assert right.closed
    left, _ = conversation(None, Faults(before={Events.EVT_6: Disconnect()}))
    assert left.heard == ["PAbortIndication"]


def test_settings_of_the_upper_layer_hold_with_faults_too() -> None:
    layer = upper_layer_of(is_requestor=False, injector=FaultInjector(), config=UpperLayerConfig(artim_timeout=3.0))
    assert isinstance(layer, FaultyUpperLayer)
    layer.transport_connected(1.0)
    assert layer.next_deadline() == 4.0


def test_injectors_hold_for_their_side_until_they_are_taken_back() -> None:
    try:
        set_user_fault_injector(FaultInjector())
        assert type(upper_layer_of(is_requestor=True)) is FaultyUpperLayer
        assert type(upper_layer_of(is_requestor=False)) is UpperLayer
        set_provider_fault_injector(FaultInjector())
        assert type(upper_layer_of(is_requestor=False)) is FaultyUpperLayer
    finally:
        set_user_fault_injector(None)
        set_provider_fault_injector(None)
    assert type(upper_layer_of(is_requestor=True)) is UpperLayer
    assert type(upper_layer_of(is_requestor=False)) is UpperLayer


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", None),
        (b"\xbf", None),
        (b"\xc0\x03\0\x05\x0f", Flip(5, 0x0F)),
        (b"\xd7\x03\0\x05\0", Flip(5, 0xFF)),
        (b"\xd8\x03\0\x01wxyz", Overwrite(1, b"wxyz")),
        (b"\xe0\x03\0\x04", Split(4)),
        (b"\xe8", Duplicate()),
        (b"\xec\x02\0\x03", Truncate(3)),
        (b"\xf0", Drop()),
        (b"\xf8", Disconnect()),
        (b"\xc0\x03\0\x05", None),
        (b"\xd8\x03\0\x05xyz", None),
        (b"\xe0\x03\0", None),
    ],
    ids=lambda value: value.hex() if isinstance(value, bytes) else None,
)
def test_bytes_say_which_fault_and_too_few_say_none(data: bytes, fault: Fault | None) -> None:
    injector = fuzz_fault_injector(data)
    assert injector.on_send(b"\x01" + bytes(9)) == fault
    assert injector.is_exhausted
    assert injector.on_receive(b"\x01" + bytes(9)) is None
    assert [made.fault for made in injector.injected] == ([] if fault is None else [fault])


def test_injector_says_what_it_did() -> None:
    injector = fuzz_fault_injector(b"\xf0\xe8")
    assert str(injector) == "no faults"
    injector.on_send(encode(RQ))
    injector.on_receive(b"\x99\0\0\0\0\0")
    assert str(injector) == "send A-ASSOCIATE-RQ: Drop(); receive type 99H: Duplicate()"


@given(st.binary(max_size=40), st.binary(max_size=40))
@example(b"\xf8", b"")
@settings(max_examples=200)
def test_whatever_the_faults_both_ends_come_to_their_end_and_the_same_way_again(user: bytes, provider: bytes) -> None:
    def run() -> tuple[Any, ...]:
        injectors: list[FuzzFaultInjector] = [fuzz_fault_injector(user), fuzz_fault_injector(provider)]
        ends = conversation(*injectors)
        return [injector.injected for injector in injectors], [(e.heard, e.data, e.layer.state) for e in ends]

    first = run()
    assert [state for _, _, state in first[1]] == [States.STA_1, States.STA_1]
    assert run() == first


def test_faults_end_with_their_bytes() -> None:
    injector = fuzz_fault_injector(b"\xf8")
    left, _ = conversation(injector, None)
    assert left.heard == ["PAbortIndication"]
    assert injector.is_exhausted
    left, _ = conversation(injector, None)
    assert left.heard == ["AssociateConfirmation", "ReleaseConfirmation"]


def test_flipped_bit_is_in_the_pdu_that_arrives() -> None:
    provider = Faults()
    conversation(Faults(send={PduType.A_ASSOCIATE_RQ: Flip(10, 0x20)}), provider)
    request = decode(provider.received[0])
    assert isinstance(request, AssociateRq)
    assert request.called_ae_title.strip() == "cALLED"


# Whole associations over sockets


SHORT = Timeouts(acse=0.3, dimse=0.3, network=0.3, connect=0.3)
WANTED = [Verification, CTImageStorage, QRLevel.STUDY.find, QRLevel.STUDY.get]


class Complaints(logging.Handler):
    """The errors that asyncio and our tasks reported."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "asyncio" or "a task of" in record.getMessage():
            self.records.append(self.format(record))


@contextmanager
def no_complaints() -> Iterator[None]:
    handler = Complaints()
    loggers = [logging.getLogger(name) for name in ("asyncio", "dulcimer")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
    assert handler.records == []


def _find(*_: Any) -> Iterator[Any]:
    yield from (query(PatientID=str(number)) for number in range(3))


def _get(*_: Any) -> Iterator[Any]:
    yield from (ct("1.2.1"), ct("1.2.2"))


def use(user: ServiceUser, seen: list[Any]) -> None:
    seen.append(user.c_echo())
    seen.append(user.c_store(ct("1.2.3", PatientComments="x" * 5000)))
    seen.append([match.PatientID for match in user.c_find(QRLevel.STUDY, {"PatientID": ""})])
    seen.append(user.c_get(QRLevel.STUDY, {"PatientID": "1"}, lambda *_: None).completed)


def association(params: ServiceProviderParams, faults: FaultInjector | None, work: Callable[..., None]) -> list[Any]:
    """One association over a pair of sockets; returns the events, and the documented error that ended it."""
    ours, theirs = socket.socketpair()
    serving = threading.Thread(target=run_provider_for_conn, args=(theirs, params))
    serving.start()
    seen: list[Any] = []
    try:
        with ServiceUser(WANTED, timeouts=params.timeouts, fault_injector=faults) as user:
            user.set_conn(ours)
            work(user, seen)
    except DulcimerError as error:
        seen.append(type(error).__name__)
    finally:
        serving.join(PATIENCE)
    assert not serving.is_alive(), "the provider hangs"
    return seen


@given(st.binary(max_size=24), st.binary(max_size=24))
@example(b"\xf8", b"")
@example(b"\0\xf0", b"")
@example(b"", b"\0\xec\x02\0\x03")
@settings(max_examples=25)
def test_fuzzed_associations_end_in_documented_ways_and_leave_nothing_behind(user: bytes, provider: bytes) -> None:
    params = ServiceProviderParams(
        c_store=lambda *_: None, c_find=_find, c_get=_get, timeouts=SHORT, fault_injector=fuzz_fault_injector(provider)
    )
    with nothing_left(), no_complaints():
        seen = association(params, fuzz_fault_injector(user), use)
    assert seen


def test_injector_of_all_users_spoils_a_service_user_until_it_is_taken_back() -> None:
    params = ServiceProviderParams()
    try:
        set_user_fault_injector(fuzz_fault_injector(b"\xf8"))
        assert association(params, None, use) == ["AssociationAborted"]
    finally:
        set_user_fault_injector(None)
    with nothing_left():
        assert association(params, None, lambda user, seen: seen.append(user.c_echo())) == [0]


def test_injectors_of_an_entity_spoil_its_own_associations_only() -> None:
    requestor, acceptor = AE("SCU"), AE("SCP")
    requestor.add_requested_context(Verification)
    acceptor.add_supported_context(Verification)
    with nothing_left():
        running = acceptor.start_server(("127.0.0.1", 0), block=False)
        assert running is not None
        requestor.user_fault_injector = fuzz_fault_injector(b"\xf8")
        assert requestor.associate(*running.server_address).is_aborted
        requestor.user_fault_injector = None
        acceptor.provider_fault_injector = fuzz_fault_injector(b"\0\xf8")
        assert requestor.associate(*running.server_address).is_aborted
        association = requestor.associate(*running.server_address)
        assert association.send_c_echo().Status == 0x0000
        association.release()
        running.shutdown()


def test_split_pdus_over_a_socket_change_nothing() -> None:
    halves = Faults(send={kind: Split(7) for kind in PduType}, receive={kind: Split(9) for kind in PduType})
    params = ServiceProviderParams(c_store=lambda *_: None, c_find=_find, c_get=_get, fault_injector=halves)
    assert association(params, halves, use) == [0, 0, ["0", "1", "2"], 2]
