"""What observers get of a connection and of a rejected request, and the other protocol of a peer."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import isfunction, signature
from unittest.mock import Mock, call

import pytest
from hypothesis import example, given

from dulcimer._generated.fsm import States
from dulcimer.fsm.cells import build_machine
from dulcimer.fsm.machine import StateMachine
from dulcimer.fsm.primitives import (
    AssociateReject,
    PAbortIndication,
    PDataIndication,
    PDataRequest,
    ReleaseRequest,
    Request,
)
from dulcimer.upper_layer.observer import Observer, Observers, together
from dulcimer.upper_layer.provider import UpperLayer
from dulcimer.wire.codec import Deviation, decode_lenient, encode
from dulcimer.wire.model import Abort, AssociateRj, Buffer, PDataTf, Pdu, PresentationDataValue
from support.associations import RQ, provider_in
from support.wire_strategies import p_data_tfs, wrong_pdus


class Heard(Observer):
    def __init__(self) -> None:
        self.peers: list[object] = []
        self.requests: list[Request] = []
        self.refused: list[bytes] = []
        self.tolerated: list[Sequence[Deviation]] = []

    def opened(self, peer: tuple[str, int] | None) -> None:
        self.peers.append(peer)

    def requested(self, primitive: Request, now: float) -> None:
        self.requests.append(primitive)

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:
        self.tolerated.append(deviations)

    def pdu_refused(self, data: object, problem: str, now: float) -> None:
        self.refused.append(bytes(data))  # type: ignore[call-overload]  # bytes, or what becomes bytes


WATCHED = sorted(name for name, member in vars(Observer).items() if isfunction(member))


@pytest.mark.parametrize("name", WATCHED)
def test_all_observers_are_told_of_everything(name: str) -> None:
    first, second = Mock(spec=Observer), Mock(spec=Observer)
    arguments = range(len(signature(getattr(Observer, name)).parameters) - 1)
    getattr(Observers(first, second), name)(*arguments)
    for observer in (first, second):
        assert observer.method_calls == [getattr(call, name)(*arguments)]


def test_reason_of_a_rejection_is_heard_and_is_not_part_of_the_pdu() -> None:
    heard = Heard()
    layer = UpperLayer(is_requestor=False, observer=heard)
    layer.transport_connected(0.0)
    layer.receive_data(encode(RQ), 0.0)
    layer.send(AssociateReject(AssociateRj(1, 1, 1), "we do not know it"), 0.0)
    assert heard.requests == [AssociateReject(AssociateRj(1, 1, 1), "we do not know it")]
    assert b"".join(layer.data_to_send()) == encode(AssociateRj(1, 1, 1))


@pytest.mark.parametrize("is_requestor", [True, False])
@pytest.mark.parametrize("cut", range(1, 12))
def test_other_protocol_is_named_where_nothing_came_before(is_requestor: bool, cut: int) -> None:
    from dulcimer.fsm.primitives import AssociateRequest

    heard = Heard()
    layer = UpperLayer(is_requestor=is_requestor, observer=heard)
    if is_requestor:
        layer.send(AssociateRequest(RQ), 0.0)
    layer.transport_connected(0.0)
    data = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    layer.receive_data(data[:cut], 0.0)
    layer.receive_data(data[cut:], 0.0)
    assert layer.other_protocol is not None
    assert layer.other_protocol.name == "HTTP"
    assert heard.refused[0].startswith(b"HTTP/1")
    told = [layer.next_event() for _ in range(2)]
    assert not is_requestor or "an HTTP response" in next(i.problem for i in told if isinstance(i, PAbortIndication))


def test_unknown_type_is_no_other_protocol() -> None:
    layer = UpperLayer(is_requestor=False)
    layer.transport_connected(0.0)
    layer.receive_data(b"\x99\0\0\0\0\0", 0.0)
    assert layer.other_protocol is None


def test_text_behind_an_association_request_is_no_other_protocol() -> None:
    layer = UpperLayer(is_requestor=False)
    layer.transport_connected(0.0)
    layer.receive_data(encode(RQ) + b"HTTP/1.1 ", 0.0)
    assert layer.other_protocol is None


@given(p_data_tfs() | wrong_pdus().filter(lambda pdu: isinstance(pdu, PDataTf)))
@example(PDataTf((PresentationDataValue(2, 3, b"ab"),)))
@example(PDataTf((PresentationDataValue(1, 3, b"abc"),)))
def test_all_that_is_tolerated_in_a_p_data_tf_is_reported(pdu: PDataTf) -> None:
    heard = Heard()
    layer = provider_in(States.STA_6, is_requestor=True)
    layer.observer = heard
    data = encode(pdu)
    layer.receive_data(data, 0.0)
    decoded = decode_lenient(data)
    assert heard.tolerated == ([] if decoded.structural else [decoded.deviations])
    assert len(heard.refused) == (decoded.structural is not None)


class Told(Observer):
    """What is told of bytes, ARTIM and the end, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def pdu_bytes_received(self, data: Buffer, length: int, now: float) -> None:
        self.told.append(("bytes", bytes(data), length))

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:
        self.told.append(("pdu", type(pdu)))

    def pdu_sent(self, pdu: Pdu, now: float) -> None:
        self.told.append(("sent", type(pdu)))

    def artim_changed(self, seconds: float | None, now: float) -> None:
        self.told.append(("artim", seconds))

    def closing(self, now: float) -> None:
        self.told.append(("closing",))

    def closed(self, rest: Buffer, error: Exception | None, now: float) -> None:
        self.told.append(("closed", bytes(rest), error))

    def over(self, now: float) -> None:
        self.told.append(("over",))


def test_bytes_of_a_p_data_tf_that_cannot_be_read_are_told_before_it_is_refused() -> None:
    told = Told()
    layer = provider_in(States.STA_6, is_requestor=True)
    layer.observer = told
    data = bytes.fromhex("04 00 00000006 00000063 0103")  # its PDV says that it is longer than the PDU
    layer.receive_data(data, 0.0)
    assert told.told[0] == ("bytes", data, len(data))
    assert ("sent", Abort) in told.told


def test_bytes_artim_and_the_end_are_told_in_their_order() -> None:
    first, second = Told(), Told()
    layer = UpperLayer(is_requestor=False, observer=Observers(first, second))
    error = ConnectionResetError("gone")
    layer.transport_connected(0.0)
    layer.receive_data(b"\x99\0\0\0\0\2ab", 0.0)
    layer.receive_data(b"\4\0\0", 0.0)
    layer.transport_closed(1.0, error)
    artim = layer.config.artim_timeout
    assert first.told == second.told
    assert first.told == [
        ("artim", artim),
        ("bytes", b"\x99\0\0\0\0\2ab", 8),
        ("sent", Abort),
        ("artim", artim),
        ("closed", b"\4\0\0", error),
        ("artim", None),
        ("over",),
    ]


class Brief(Told):
    """Is told of data in Sta6 by one call."""

    def data_sent(self, primitive: PDataRequest, data: Sequence[Buffer], now: float) -> None:
        self.told.append(("data sent", b"".join(data), tuple(primitive.values)))

    def data_received(
        self, primitive: PDataIndication, data: Buffer, deviations: Sequence[Deviation], now: float
    ) -> None:
        self.told.append(("data received", bytes(data), len(deviations)))


def test_data_is_told_by_one_call_in_sta6_and_by_its_parts_elsewhere() -> None:
    one, parts = Brief(), Told()
    layer = provider_in(States.STA_6, is_requestor=True)
    layer.observer = Observers(one, parts)
    usual, odd = ((1, 2, b"ab"),), ((2, 2, b"ab"),)
    data, odd_data = (encode(PDataTf((PresentationDataValue(*values[0]),))) for values in (usual, odd))
    layer.send(PDataRequest(usual), 0.0)
    layer.receive_data(data + odd_data, 0.0)
    assert one.told == [("data sent", data, usual), ("data received", data, 0), ("data received", odd_data, 1)]
    assert [what for what, *_ in parts.told] == ["sent", "bytes", "pdu", "bytes", "pdu"]
    one.told.clear()
    layer.send(ReleaseRequest(), 0.0)
    layer.receive_data(data, 0.0)
    assert [what for what, *_ in one.told] == ["sent", "bytes", "pdu"]


@pytest.mark.parametrize("is_usual", [True, False])
def test_parts_of_data_are_told_in_the_same_order_whatever_the_machine(is_usual: bool) -> None:
    told: list[str] = []

    class Ordered(Observer):
        def __getattribute__(self, name: str) -> object:
            if name in WATCHED and not name.startswith("data_"):
                return lambda *_: told.append(name)
            return super().__getattribute__(name)

    machine = StateMachine(is_requestor=True) if is_usual else StateMachine(is_requestor=True, machine=build_machine())
    machine.state = States.STA_6.label
    layer = UpperLayer(is_requestor=True, machine=machine, observer=Ordered())
    layer.send(PDataRequest(((1, 2, b"ab"),)), 0.0)
    layer.receive_data(encode(PDataTf((PresentationDataValue(1, 2, b"ab"),))), 0.0)
    assert told == [
        *("requested", "transition", "pdu_sent", "bytes_sent"),
        *("bytes_received", "pdu_bytes_received", "pdu_received", "transition", "indicated"),
    ]


def test_observers_together_are_one() -> None:
    told = Told()
    assert together(None, told, None) is told
    assert together(None) is None
