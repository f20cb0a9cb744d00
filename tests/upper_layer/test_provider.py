"""The sans-IO provider: bytes and primitives in, primitives, bytes and deadlines out."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom._uid_dict import UID_dictionary

from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer.acse.negotiation import Context, request_pdu
from dulcimer.errors import EncodeError, LocalProtocolError
from dulcimer.fsm.effects import SendPData, SendPdu
from dulcimer.fsm.primitives import (
    AbortIndication,
    AbortRequest,
    AssociateAccept,
    AssociateConfirmation,
    AssociateIndication,
    AssociateRequest,
    PAbortIndication,
    PDataIndication,
    PDataRequest,
    ReleaseConfirmation,
    ReleaseIndication,
    ReleaseRequest,
    ReleaseResponse,
)
from dulcimer.upper_layer import Observer, Observers, UpperLayer, UpperLayerConfig
from dulcimer.wire.codec import Deviation, decode, encode
from dulcimer.wire.model import (
    Abort,
    AssociateRj,
    AssociateRq,
    Buffer,
    PDataTf,
    Pdu,
    PresentationDataValue,
    ReleaseRp,
    ReleaseRq,
    ScpScuRoleSelection,
    UnknownItem,
    UserIdentity,
)
from support.associations import AC, CAUSES, DATA, PDU_EVENTS, REQUESTS, RJ, RQ, machine_in, provider_in

P_DATA = PDataTf((PresentationDataValue(1, 3, b"\0\0"),))
REQUESTOR_STATES = [s for s in States if s not in (States.STA_2, States.STA_3, States.STA_10, States.STA_12)]
ACCEPTOR_STATES = [s for s in States if s not in (States.STA_4, States.STA_5, States.STA_9, States.STA_11)]
CONNECTED = [
    (state, is_requestor)
    for states, is_requestor in ((REQUESTOR_STATES, True), (ACCEPTOR_STATES, False))
    for state in states
    if state not in (States.STA_1, States.STA_4)
]
REACHABLE = [(s, True) for s in REQUESTOR_STATES] + [(s, False) for s in ACCEPTOR_STATES]


def name(value: object) -> str:
    if isinstance(value, bool):
        return "requestor" if value else "acceptor"
    return str(getattr(value, "label", value))


def sent(provider: UpperLayer) -> bytes:
    return b"".join(provider.data_to_send())


def indications(provider: UpperLayer) -> list[object]:
    return list(iter(provider.next_event, None))


@pytest.mark.parametrize(("state", "is_requestor"), CONNECTED, ids=name)
@pytest.mark.parametrize("event", PDU_EVENTS, ids=name)
def test_received_pdu_runs_the_cell_of_the_table(state: States, is_requestor: bool, event: Events) -> None:
    provider = provider_in(state, is_requestor=is_requestor)
    pdu = P_DATA if event is Events.EVT_10 else PDU_EVENTS[event]
    data = b"\x99\0\0\0\0\0" if event is Events.EVT_19 else encode(pdu)
    provider.receive_data(data, 1.0)
    machine = machine_in(state, is_requestor=is_requestor)
    machine.action(event, PDU_EVENTS[event])
    assert provider.state is machine.current_state
    assert (provider.next_deadline() is not None) is (provider.state in (States.STA_2, States.STA_13))
    assert provider.close_requested is (provider.state is States.STA_1)


USED = [(event, state, role) for event in REQUESTS for state, role in REACHABLE]


@pytest.mark.parametrize(("event", "state", "is_requestor"), [use for use in USED if use[:2] not in TABLE], ids=name)
def test_local_misuse_raises_and_changes_nothing(event: Events, state: States, is_requestor: bool) -> None:
    provider = provider_in(state, is_requestor=is_requestor)
    deadline = provider.next_deadline()
    assert not provider.allows(type(REQUESTS[event]))
    with pytest.raises(LocalProtocolError):
        provider.send(REQUESTS[event], 1.0)
    assert provider.state is state
    assert provider.next_deadline() == deadline
    assert sent(provider) == b""
    assert indications(provider) == []


@pytest.mark.parametrize(("event", "state", "is_requestor"), [use for use in USED if use[:2] in TABLE], ids=name)
def test_request_that_is_allowed_sends_its_pdu_and_moves_as_the_table_says(
    event: Events, state: States, is_requestor: bool
) -> None:
    provider = provider_in(state, is_requestor=is_requestor)
    assert provider.allows(type(REQUESTS[event]))
    provider.send(REQUESTS[event], 1.0)
    machine = machine_in(state, is_requestor=is_requestor)
    effects = machine.action(event, CAUSES.get(event))
    assert provider.state is machine.current_state
    pdus = [
        P_DATA if isinstance(effect, SendPData) else effect.pdu
        for effect in effects
        if isinstance(effect, SendPData | SendPdu)
    ]
    assert sent(provider) == b"".join(map(encode, pdus))
    assert len(pdus) == (event is not Events.EVT_1 and state is not States.STA_4)
    assert indications(provider) == []


@pytest.mark.parametrize("state", [States.STA_2, States.STA_13], ids=name)
def test_artim_expires_at_its_deadline_and_closes(state: States) -> None:
    provider = provider_in(state, is_requestor=False, artim=5.0)
    assert provider.next_deadline() == 5.0
    provider.handle_timeout(4.999)
    assert provider.state is state
    provider.handle_timeout(5.0)
    assert provider.state is States.STA_1
    assert provider.close_requested
    assert provider.next_deadline() is None
    assert sent(provider) == b""
    provider.handle_timeout(6.0)
    assert provider.state is States.STA_1


@pytest.mark.clause("PS3.8 9.1.5")
def test_half_a_pdu_does_not_stop_artim() -> None:
    provider = provider_in(States.STA_2, is_requestor=False, artim=5.0)
    for moment, byte in enumerate(encode(RQ)[:60]):
        provider.receive_data(bytes([byte]), moment / 20)
    assert provider.next_deadline() == 5.0
    provider.handle_timeout(5.0)
    assert provider.state is States.STA_1


def test_requestor_opens_the_transport_and_sends_its_request() -> None:
    provider = UpperLayer(is_requestor=True)
    provider.send(AssociateRequest(RQ), 0.0)
    assert provider.open_requested
    assert sent(provider) == b""
    provider.transport_connected(1.0)
    assert decode(sent(provider)) == RQ
    provider.receive_data(encode(AC), 2.0)
    assert indications(provider) == [AssociateConfirmation(AC)]
    assert provider.maximum_send_length == 16384
    assert provider.is_requestor


def test_failed_connect_is_a_provider_abort() -> None:
    provider = provider_in(States.STA_4, is_requestor=True)
    provider.transport_closed(1.0)
    assert indications(provider) == [PAbortIndication(None, "the transport connection closed")]
    assert provider.state is States.STA_1


def test_rejection_closes_the_transport() -> None:
    provider = provider_in(States.STA_5, is_requestor=True)
    provider.receive_data(encode(RJ), 1.0)
    assert indications(provider) == [AssociateConfirmation(RJ)]
    assert provider.close_requested


@pytest.mark.clause("PS3.8 9.3.2")
@pytest.mark.parametrize(("version", "supported"), [(1, True), (3, True), (0xFFFF, True), (0, False), (2, False)])
def test_only_bit_0_of_the_protocol_version_is_tested(version: int, supported: bool) -> None:
    provider = provider_in(States.STA_2, is_requestor=False)
    provider.receive_data(encode(RQ, {"protocol_version": version}), 1.0)
    if supported:
        assert provider.state is States.STA_3
        assert isinstance(provider.next_event(), AssociateIndication)
    else:
        assert provider.state is States.STA_13
        assert provider.next_event() is None
        assert decode(sent(provider)) == AssociateRj(1, 2, 2)
        assert provider.next_deadline() == 31.0


def test_provider_may_refuse_for_reasons_of_its_own() -> None:
    refusal = AssociateRj(2, 3, 2)
    provider = UpperLayer(is_requestor=False, refuse=lambda _: refusal)
    provider.transport_connected(0.0)
    provider.receive_data(encode(RQ), 0.0)
    assert decode(sent(provider)) == refusal


@pytest.mark.parametrize(
    ("data", "abort"),
    [
        (b"\x00\0\0\0\0\4abcd", Abort(2, 1)),
        (b"\xff\0\xff\xff\xff\xff", Abort(2, 1)),
        (b"\x07\0\0\0\0\5", Abort(2, 6)),
        (b"\x05\0\0\0\0\2\0\0", Abort(2, 6)),
        (b"\x04\0\0\0\0\0", Abort(2, 6)),
        (b"\x04\0\0\0\0\6\0\0\0\1\1\3", Abort(2, 6)),
        (b"\x04\0\x7f\xff\xff\xff", Abort(2, 6)),
        (b"\x02\0\0\0\0\4\0\1\0\0", Abort(2, 6)),
    ],
    ids=lambda value: value.hex() if isinstance(value, bytes) else None,
)
def test_invalid_pdu_is_answered_with_an_abort_that_says_why(data: bytes, abort: Abort) -> None:
    provider = provider_in(States.STA_6, is_requestor=True)
    provider.receive_data(data, 1.0)
    assert decode(sent(provider)) == abort
    (indication,) = indications(provider)
    assert isinstance(indication, PAbortIndication)
    assert indication.pdu == abort
    assert indication.problem
    assert provider.next_deadline() == 31.0


def test_pdu_behind_a_refused_one_is_found() -> None:
    provider = provider_in(States.STA_6, is_requestor=True)
    provider.receive_data(b"\x08\0\0\0\0\x05abc", 1.0)
    before = provider.state
    provider.receive_data(b"de" + encode(Abort(0, 0)), 1.0)
    assert (before, provider.state) == (States.STA_13, States.STA_1)


@pytest.mark.clause("PS3.8 D.1")
def test_pdu_longer_than_announced_is_refused_at_its_header() -> None:
    provider = provider_in(States.STA_6, is_requestor=True)
    provider.receive_data(b"\x04\0" + (16385).to_bytes(4, "big"), 1.0)
    assert provider.state is States.STA_13
    provider = provider_in(States.STA_6, is_requestor=True)
    provider.receive_data(b"\x04\0" + (16384).to_bytes(4, "big"), 1.0)
    assert provider.state is States.STA_6


def test_values_longer_than_the_peer_takes_are_not_sent() -> None:
    provider = provider_in(States.STA_6, is_requestor=True)
    longest = bytes(16384 - 6)
    provider.send(PDataRequest(((1, 0, longest),)), 1.0)
    assert len(sent(provider)) == 16384 + 6
    for wrong in (((1, 0, longest + b"\0"),), (), ((1, 256, b""),), ((-1, 0, b""),)):
        with pytest.raises(EncodeError):
            provider.send(PDataRequest(wrong), 1.0)
        assert sent(provider) == b""
    assert provider.state is States.STA_6


def test_request_that_cannot_be_written_is_not_sent() -> None:
    provider = UpperLayer(is_requestor=True)
    with pytest.raises(EncodeError):
        provider.send(AssociateRequest(type(RQ)("A" * 17, "B", ())), 0.0)
    assert provider.state is States.STA_1
    assert not provider.open_requested


@given(st.lists(st.tuples(st.sampled_from([1, 3, 255]), st.integers(0, 255), st.binary(max_size=40)), min_size=1))
def test_values_of_one_request_travel_in_one_pdu(values: list[tuple[int, int, bytes]]) -> None:
    provider = provider_in(States.STA_6, is_requestor=True)
    peer = provider_in(States.STA_6, is_requestor=False)
    provider.send(PDataRequest(values), 0.0)
    peer.receive_data(sent(provider), 0.0)
    (indication,) = indications(peer)
    assert isinstance(indication, PDataIndication)
    assert [(c, h, bytes(f)) for c, h, f in indication.values] == values


def test_data_is_received_until_the_release_is_confirmed() -> None:
    provider = provider_in(States.STA_7, is_requestor=True)
    provider.receive_data(encode(P_DATA) + encode(ReleaseRp()), 1.0)
    first, second = indications(provider)
    assert isinstance(first, PDataIndication)
    assert second == ReleaseConfirmation()
    assert provider.close_requested


def test_bytes_after_the_end_are_passed_over() -> None:
    provider = provider_in(States.STA_6, is_requestor=True)
    provider.receive_data(encode(Abort(0, 0)) + encode(P_DATA), 1.0)
    assert indications(provider) == [AbortIndication(Abort(0, 0))]
    provider.receive_data(encode(P_DATA), 1.0)
    assert indications(provider) == []


@pytest.mark.parametrize(("state", "is_requestor"), REACHABLE, ids=name)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_random_bytes_never_raise(state: States, is_requestor: bool, seed: int) -> None:
    """64 KiB of random bytes, cut anywhere, in any state."""
    source = random.Random(seed)
    data = source.randbytes(1 << 16)
    if seed % 2:
        data = bytes([source.choice([1, 2, 3, 4, 5, 6, 7]), 0, 0, 0, source.randrange(8), source.randrange(256)]) + data
    provider = provider_in(state, is_requestor=is_requestor)
    start = 0
    while start < len(data):
        end = start + source.choice([1, 2, 5, 6, 7, 100, 5000, 70000])
        provider.receive_data(data[start:end], 1.0)
        indications(provider)
        start = end
    assert len(sent(provider)) < 1 << 20
    assert (provider.next_deadline() is not None) is (provider.state in (States.STA_2, States.STA_13))


def answer(end: UpperLayer) -> bool:
    """Let the user of one end answer its indications; False if there were none."""
    heard = indications(end)
    for indication in heard:
        match indication:
            case AssociateIndication():
                end.send(AssociateAccept(AC), 0.0)
            case ReleaseIndication() if end.state in (States.STA_8, States.STA_9):
                end.send(ReleaseResponse(), 0.0)
            case ReleaseConfirmation() if end.state is States.STA_12:
                end.send(ReleaseResponse(), 0.0)
    return bool(heard)


def joined(requestor: UpperLayer, acceptor: UpperLayer, source: random.Random) -> None:
    """Carry bytes between two providers, cut and delayed at random, until nothing more happens."""
    wires = {requestor: bytearray(), acceptor: bytearray()}
    other = {requestor: acceptor, acceptor: requestor}
    moved = True
    while moved:
        moved = False
        for end in source.sample([requestor, acceptor], 2):
            moved |= answer(end)
            output, wire = sent(end), wires[end]
            wires[other[end]] += output
            moved |= bool(output)
            if wire:
                count = source.randint(1, len(wire))
                end.receive_data(bytes(wire[:count]), 0.0)
                del wire[:count]
                moved = True
            elif other[end].close_requested and end.state is not States.STA_1:
                end.transport_closed(0.0)
                moved = True


@given(st.randoms(use_true_random=False))
def test_two_providers_associate_and_release_whatever_the_cuts(source: random.Random) -> None:
    requestor, acceptor = UpperLayer(is_requestor=True), UpperLayer(is_requestor=False)
    requestor.send(AssociateRequest(RQ), 0.0)
    requestor.transport_connected(0.0)
    acceptor.transport_connected(0.0)
    joined(requestor, acceptor, source)
    assert [end.state for end in (requestor, acceptor)] == [States.STA_6, States.STA_6]
    for end in (requestor, acceptor):
        end.send(PDataRequest(DATA), 0.0)
    source.choice([requestor, acceptor]).send(ReleaseRequest(), 0.0)
    joined(requestor, acceptor, source)
    assert [end.state for end in (requestor, acceptor)] == [States.STA_1, States.STA_1]


@pytest.mark.clause("PS3.8 7.2.2.7")
@given(st.randoms(use_true_random=False))
def test_release_collision_ends_in_order_whatever_the_cuts(source: random.Random) -> None:
    requestor = provider_in(States.STA_6, is_requestor=True)
    acceptor = provider_in(States.STA_6, is_requestor=False)
    requestor.send(ReleaseRequest(), 0.0)
    acceptor.send(ReleaseRequest(), 0.0)
    joined(requestor, acceptor, source)
    assert [end.state for end in (requestor, acceptor)] == [States.STA_1, States.STA_1]


def test_release_collision_leaves_requestor_in_sta9_and_acceptor_in_sta10() -> None:
    for is_requestor, state in ((True, States.STA_9), (False, States.STA_10)):
        provider = provider_in(States.STA_7, is_requestor=is_requestor)
        provider.receive_data(encode(ReleaseRq()), 0.0)
        assert provider.state is state


@pytest.mark.parametrize("field", ["artim_timeout", "maximum_associate_length", "maximum_p_data_length"])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_limits_are_positive(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        UpperLayerConfig(**{field: value})  # type: ignore[arg-type]  # wrong on purpose


class Notebook(Observer):
    """Records all calls."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    def bytes_received(self, data: Buffer, now: float) -> None:
        self.seen.append(("bytes received", bytes(data)))

    def bytes_sent(self, data: Iterable[Buffer], now: float) -> None:
        self.seen.append(("bytes sent", b"".join(data)))

    def pdu_received(self, pdu: object, deviations: object, now: float) -> None:
        self.seen.append(("received", pdu if not isinstance(pdu, PDataTf) else "P-DATA-TF"))

    def pdu_refused(self, data: object, problem: str, now: float) -> None:
        self.seen.append(("refused", problem))

    def pdu_sent(self, pdu: object, now: float) -> None:
        self.seen.append(("sent", pdu if not isinstance(pdu, PDataTf) else "P-DATA-TF"))

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:
        self.seen.append(("transition", event.label, state.label, action, next_state.label))

    def requested(self, primitive: object, now: float) -> None:
        self.seen.append(("requested", type(primitive).__name__))

    def indicated(self, primitive: object, now: float) -> None:
        self.seen.append(("indicated", type(primitive).__name__))


def test_observer_sees_bytes_pdus_transitions_and_primitives() -> None:
    notes = Notebook()
    provider = UpperLayer(is_requestor=True, observer=Observers(Observer(), notes))
    provider.send(AssociateRequest(RQ), 0.0)
    provider.transport_connected(0.0)
    provider.receive_data(encode(AC), 0.0)
    provider.send(PDataRequest(DATA), 0.0)
    provider.receive_data(encode(P_DATA), 0.0)
    provider.receive_data(b"\x99\0\0\0\0\0", 0.0)
    assert [note for note in notes.seen if not note[0].startswith("bytes")] == [
        ("requested", "AssociateRequest"),
        ("transition", "Evt1", "Sta1", "AE-1", "Sta4"),
        ("transition", "Evt2", "Sta4", "AE-2", "Sta5"),
        ("sent", RQ),
        ("received", AC),
        ("transition", "Evt3", "Sta5", "AE-3", "Sta6"),
        ("indicated", "AssociateConfirmation"),
        ("requested", "PDataRequest"),
        ("transition", "Evt9", "Sta6", "DT-1", "Sta6"),
        ("sent", "P-DATA-TF"),
        ("received", "P-DATA-TF"),
        ("transition", "Evt10", "Sta6", "DT-2", "Sta6"),
        ("indicated", "PDataIndication"),
        ("refused", "PDU type 99H is not defined"),
        ("transition", "Evt19", "Sta6", "AA-8", "Sta13"),
        ("sent", Abort(2, 1)),
        ("indicated", "PAbortIndication"),
    ]
    received = b"".join(note[1] for note in notes.seen if note[0] == "bytes received")
    assert received == encode(AC) + encode(P_DATA) + b"\x99\0\0\0\0\0"
    assert b"".join(note[1] for note in notes.seen if note[0] == "bytes sent") == sent(provider)


def test_observers_come_and_go() -> None:
    notes = Notebook()
    observers = Observers()
    provider = UpperLayer(is_requestor=False, observer=observers)
    observers.add(notes)
    provider.transport_connected(0.0)
    assert notes.seen == [("transition", "Evt5", "Sta1", "AE-5", "Sta2")]
    observers.remove(notes)
    provider.transport_closed(0.0)
    assert len(notes.seen) == 1
    with pytest.raises(ValueError, match="not in list"):
        observers.remove(notes)


def test_abort_request_sends_source_service_user() -> None:
    provider = provider_in(States.STA_6, is_requestor=True)
    provider.send(AbortRequest(), 0.0)
    assert decode(sent(provider)) == Abort(0, 0)


@pytest.mark.clause("PS3.8 Table 9-26")
def test_abort_request_in_the_name_of_the_provider_sends_what_it_says() -> None:
    provider = provider_in(States.STA_6, is_requestor=True)
    with pytest.raises(EncodeError):
        provider.send(AbortRequest(Abort(2, 256)), 0.0)
    assert provider.state is States.STA_6
    provider.send(AbortRequest(Abort(2, 6)), 0.0)
    assert decode(sent(provider)) == Abort(2, 6)


@pytest.mark.clause("PS3.8 E.1")
@pytest.mark.parametrize(("count", "taken"), [(128, True), (129, False), (2700, False)])
def test_a_pdu_of_more_values_than_anybody_needs_is_invalid(count: int, taken: bool) -> None:
    provider = provider_in(States.STA_6, is_requestor=False)
    provider.receive_data(encode(PDataTf((PresentationDataValue(1, 1, b""),) * count)), 1.0)
    if taken:
        assert len(indications(provider)) == 1
        assert provider.state is States.STA_6
    else:
        problem = "has more items than the limit of 128"
        assert indications(provider) == [PAbortIndication(Abort(2, 6), problem)]
        assert sent(provider) == encode(Abort(2, 6))


@pytest.mark.clause("PS3.8 Table 9-10")
@pytest.mark.parametrize("left", [1, 3, 10])
def test_offences_are_answered_so_often_and_then_passed_over_until_the_end(left: int) -> None:
    config = UpperLayerConfig(maximum_aborts=left)
    provider = UpperLayer(is_requestor=False, config=config)
    provider.transport_connected(0.0)
    provider.receive_data(b"\x63\0\0\0\0\0" * 1000, 1.0)
    aborts = sent(provider)
    assert len(aborts) == left * 10
    assert provider.pending == 0
    for data in (b"\x63\0\0\0\0\0", encode(RQ), encode(Abort(0, 0)), b"\1\0\0\0"):
        assert provider.extent(data * 100, 1, 1) == 100 * len(data)
        provider.receive_data(data, 2.0)
    assert not sent(provider)
    assert provider.pending == 0
    assert provider.state is States.STA_13
    assert provider.next_deadline() == 31.0
    provider.handle_timeout(31.0)
    assert provider.close_requested


@pytest.mark.clause("PS3.8 Table 9-10")
def test_offences_that_are_answered_leave_the_other_cells_of_sta13_as_they_are() -> None:
    provider = provider_in(States.STA_13, is_requestor=False)
    for _ in range(9):
        provider.receive_data(b"\x63\0\0\0\0\0", 1.0)
        assert sent(provider) == encode(Abort(2, 1))
        provider.receive_data(encode(ReleaseRq()), 1.0)
        assert not sent(provider)
    provider.receive_data(encode(Abort(0, 0)), 1.0)
    assert provider.close_requested


@pytest.mark.clause("PS3.8 9.1.5")
def test_artim_can_be_made_to_expire_before_its_time() -> None:
    provider = provider_in(States.STA_6, is_requestor=False)
    provider.expire(1.0)
    assert provider.state is States.STA_6
    provider = provider_in(States.STA_2, is_requestor=False)
    provider.expire(1.0)
    assert provider.state is States.STA_1
    assert provider.close_requested


def test_data_is_cut_into_portions_of_whole_pdus() -> None:
    provider = provider_in(States.STA_6, is_requestor=False)
    data = encode(P_DATA)
    assert provider.extent(data * 10, 3, 1000) == 3 * len(data)
    assert provider.extent(data * 10, 5, len(data) + 1) == 2 * len(data)
    provider.receive_data(data[:5], 1.0)
    assert provider.pending == 5
    assert provider.extent(data[5:] + data, 1, 1) == len(data) - 5


def large_request(contexts: int, transfer_syntaxes: list[str], *more: Any) -> AssociateRq:
    """A request with this many contexts, all these transfer syntaxes, and `more` user information."""
    offered = [Context(f"1.2.840.10008.5.1.4.1.1.88.{number}", tuple(transfer_syntaxes)) for number in range(contexts)]
    return request_pdu(offered, calling_ae_title="CALLING", called_ae_title="CALLED", user_items=more)


def test_the_largest_request_that_anybody_needs_is_taken() -> None:
    syntaxes = [uid for uid, entry in UID_dictionary.items() if entry[1] == "Transfer Syntax"]
    assert len(syntaxes) > 50
    roles = [ScpScuRoleSelection(f"1.2.840.10008.5.1.4.1.1.88.{number}", 1, 1) for number in range(128)]
    request = large_request(128, syntaxes, *roles, UserIdentity(user_identity_type=4, primary_field=bytes(58_000)))
    provider = provider_in(States.STA_2, is_requestor=False)
    provider.receive_data(encode(request), 1.0)
    assert indications(provider) == [AssociateIndication(request)]


@pytest.mark.parametrize("is_requestor", [False, True], ids=["acceptor", "requestor"])
@pytest.mark.parametrize(("limit", "taken"), [(8, False), (9, True)])
def test_items_of_an_association_pdu_are_counted_with_those_inside_of_them(
    is_requestor: bool, limit: int, taken: bool
) -> None:
    """Nine in the request: five, two of the context, two of the user; the answer's context has one less."""
    config = UpperLayerConfig(maximum_associate_items=limit - is_requestor)
    provider = UpperLayer(is_requestor=is_requestor, config=config)
    if is_requestor:
        provider.send(AssociateRequest(RQ), 0.0)
    provider.transport_connected(0.0)
    sent(provider)
    unknown = UnknownItem(0x77, b"")
    pdu = AC if is_requestor else RQ
    provider.receive_data(encode(replace(pdu, variable_items=(*pdu.variable_items, unknown, unknown))), 1.0)
    assert (provider.state is not States.STA_13) is taken
    if not taken:
        assert decode(sent(provider)).pdu_type == 7


def test_deviations_of_an_association_request_are_tolerated_however_many_and_the_first_hundred_reported() -> None:
    class Counter(Observer):
        told = 0

        def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:
            self.told = len(deviations)

    observer = Counter()
    provider = UpperLayer(is_requestor=False, observer=observer)
    provider.transport_connected(0.0)
    padded = large_request(128, [f"1.2.{number}\0" for number in range(40)])
    provider.receive_data(encode(padded), 1.0)
    assert provider.state is States.STA_3
    assert observer.told == 100
