"""What observers get of a connection and of a rejected request, and the other protocol of a peer."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import isfunction, signature
from unittest.mock import Mock, call

import pytest
from hypothesis import example, given

from dulcimer._generated.fsm import States
from dulcimer.fsm.primitives import AssociateReject, PAbortIndication, PDataRequest, Request
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

    sees_values = False

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


def test_values_of_data_are_told_to_those_who_see_them_and_deviations_to_all() -> None:
    told, seeing = Told(), Observer()
    layer = provider_in(States.STA_6, is_requestor=True)
    layer.observer = told
    layer.receive_data(encode(PDataTf((PresentationDataValue(1, 2, b"ab"),))), 0.0)
    assert [kind for kind, *_ in told.told] == ["bytes"]
    layer.receive_data(encode(PDataTf((PresentationDataValue(2, 2, b"ab"),))), 0.0)
    assert [kind for kind, *_ in told.told] == ["bytes", "bytes", "pdu"]
    layer.send(PDataRequest(((1, 2, b"ab"),)), 0.0)
    assert [kind for kind, *_ in told.told] == ["bytes", "bytes", "pdu"]
    several = Observers(told)
    seen = [several.sees_values]
    for change in (several.add, several.remove):
        change(seeing)
        seen.append(several.sees_values)
    assert seen == [False, True, False]
    assert together(None, told, None) is told
    assert together(None) is None
