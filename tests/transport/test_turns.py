"""How connections share the time of a loop: the input of one is limited in each turn, and none is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.fsm import States
from dulcimer.fsm.primitives import Indication, PDataRequest
from dulcimer.transport import turns
from dulcimer.transport.driver import Driver
from dulcimer.transport.memory import MemoryStream, settle
from dulcimer.transport.turns import MOST_KEPT, SMALL_READ, TURN, LoopTime
from dulcimer.upper_layer import UpperLayer
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort, PDataTf, PresentationDataValue, UnknownItem
from support.associations import RQ
from support.driven import NumberClock, User, associated

TICK = TURN / 4
"""So much passes at each look at the clock: one turn has a handful of them."""
MOST_IN_A_TURN = 60
"""Messages of a driver in one turn that has a handful of looks at the clock, each after 8 of them."""


def message(number: int) -> bytes:
    return encode(PDataTf((PresentationDataValue(1, 3, number.to_bytes(4, "big")),)))


def messages(count: int) -> bytes:
    return b"".join(map(message, range(count)))


class Accepting:
    """An acceptor in an association, to which bytes are sent without its peer."""

    def __init__(self, clock: NumberClock) -> None:
        _, self.user, self.left, self.right, _ = associated(clock)

    @property
    def handled(self) -> int:
        return len(self.user.data) // 4

    @property
    def driver(self) -> Driver[Indication]:
        return self.user.driver


def test_one_turn_handles_a_bounded_number_of_messages_and_the_next_ones_go_on() -> None:
    clock = NumberClock(TICK)
    acceptor = Accepting(clock)
    acceptor.driver.data_received(messages(1000))
    counts = [acceptor.handled]
    while clock.turn():
        counts.append(acceptor.handled)
    assert acceptor.user.data == b"".join(number.to_bytes(4, "big") for number in range(1000))
    assert all(0 < after - before <= MOST_IN_A_TURN for before, after in zip([0, *counts], counts[:-1], strict=False))
    assert len(counts) > 1000 / MOST_IN_A_TURN


@pytest.mark.parametrize("others", [1, 50])
def test_who_sends_one_message_is_answered_at_once_however_much_others_sent(others: int) -> None:
    clock = NumberClock(TICK / others)
    greedy = [Accepting(clock) for _ in range(others)]
    modest = Accepting(clock)
    for one in greedy:
        one.driver.data_received(messages(5000))
    clock.turn()
    for number in range(10):
        modest.driver.data_received(message(number))
        turns = 0
        while modest.handled <= number:
            assert clock.turn()
            turns += 1
        assert turns <= 1
    assert all(one.handled < 5000 for one in greedy)


def test_all_who_wait_are_served_in_turn() -> None:
    clock = NumberClock(TICK)
    greedy = [Accepting(clock) for _ in range(20)]
    for one in greedy:
        one.driver.data_received(messages(200))
    for _ in range(15):
        clock.turn()
    counts = [one.handled for one in greedy]
    assert min(counts) > 0
    while clock.turn():
        pass
    assert [one.handled for one in greedy] == [200] * 20


@given(st.lists(st.integers(1, 40), min_size=1, max_size=20), st.floats(0, TURN))
def test_nothing_is_lost_or_changes_its_order(bursts: list[int], tick: float) -> None:
    clock = NumberClock(tick)
    requestor, acceptor, left, right, _ = associated(clock)
    number = 0
    for burst in bursts:
        requestor.driver.send_all(PDataRequest(((1, 3, n.to_bytes(4, "big")),)) for n in range(number, number + burst))
        number += burst
        right.deliver()
    while right.deliver() or clock.turn():
        pass
    assert acceptor.data == b"".join(n.to_bytes(4, "big") for n in range(number))
    settle(left, right)


def test_reading_is_paused_while_something_is_left_and_its_memory_is_counted() -> None:
    clock = NumberClock(TICK)
    acceptor = Accepting(clock)
    time = LoopTime.of(clock)
    data = messages(500)
    acceptor.driver.data_received(data)
    assert len(data) // 2 < time.kept < len(data)
    acceptor.left.write([message(500)])
    assert not acceptor.right.deliver()  # paused
    while clock.turn():
        pass
    assert time.kept == 0
    assert acceptor.right.deliver()
    assert acceptor.handled == 501


def test_bytes_that_come_although_reading_is_paused_are_kept_in_order() -> None:
    clock = NumberClock(TICK)
    acceptor = Accepting(clock)
    for number in range(0, 300, 100):
        acceptor.driver.data_received(b"".join(map(message, range(number, number + 100))))
    while clock.turn():
        pass
    assert acceptor.user.data == b"".join(number.to_bytes(4, "big") for number in range(300))


def test_what_is_left_is_forgotten_with_the_connection() -> None:
    clock = NumberClock(TICK)
    acceptor = Accepting(clock)
    acceptor.driver.data_received(messages(500))
    acceptor.driver.disconnected(None)
    handled = acceptor.handled
    while clock.turn():
        pass
    assert acceptor.handled == handled < 500
    assert LoopTime.of(clock).kept == 0


def test_nothing_is_handled_while_somebody_holds() -> None:
    clock = NumberClock()
    acceptor = Accepting(clock)
    acceptor.driver.hold("one")
    acceptor.driver.hold("two")
    acceptor.driver.data_received(messages(3))
    acceptor.driver.free("one")
    clock.turn()
    assert acceptor.handled == 0
    acceptor.driver.free("two")
    clock.turn()
    assert acceptor.handled == 3


def test_holding_in_the_middle_leaves_the_rest_for_later() -> None:
    clock = NumberClock()
    acceptor = Accepting(clock)
    hear = acceptor.driver._indicate

    def hear_one(indication: Indication) -> None:
        acceptor.driver.hold("enough")
        hear(indication)

    acceptor.driver._indicate = hear_one
    acceptor.driver.data_received(messages(100))
    first = acceptor.handled
    assert 0 < first <= MOST_IN_A_TURN
    clock.turn()
    assert acceptor.handled == first
    acceptor.driver.free("enough")
    clock.turn()
    assert first < acceptor.handled <= 2 * first


def test_a_fault_of_ours_in_a_round_closes_the_connection_and_no_other() -> None:
    clock = NumberClock(TICK)
    faulty, other = Accepting(clock), Accepting(clock)
    for one in (faulty, other):
        one.driver.data_received(messages(500))

    def fail(_: object) -> None:
        raise ZeroDivisionError

    faulty.driver._indicate = fail
    with pytest.raises(ZeroDivisionError):
        while True:
            clock.turn()
    assert faulty.right.closed
    while clock.turn():
        pass
    assert other.handled == 500


@pytest.mark.clause("PS3.8 Table 9-10")
def test_a_peer_that_sends_no_pdus_for_ever_gets_ten_aborts_and_is_not_listened_to() -> None:
    clock = NumberClock()
    left, right = MemoryStream.pair()
    acceptor = User(is_requestor=False, clock=clock)
    right.attach(acceptor.driver)
    for _ in range(100):
        left.write([bytes(60_000)])
        right.deliver()
    assert b"".join(left._arriving) == encode(Abort(0, 0)) + 9 * encode(Abort(2, 1))
    assert acceptor.upper_layer.state is States.STA_13
    clock.go_to(30.0)
    assert right.closed


def test_all_that_is_kept_is_counted() -> None:
    clock = NumberClock(TICK)
    time = LoopTime.of(clock)
    greedy = []
    data = messages(1 << 16)
    while time.kept < MOST_KEPT:
        greedy.append(Driver(UpperLayer(is_requestor=False), lambda _: None, clock=clock))
        greedy[-1].connected(MemoryStream())
        greedy[-1].hold("test")
        greedy[-1].data_received(data)
    assert time.kept == len(greedy) * len(data)
    for one in greedy:
        one.disconnected(None)
    assert time.kept == 0


def test_a_message_of_many_pdus_is_not_slowed_down_by_others_of_its_size() -> None:
    clock = NumberClock()  # no time passes: all is handled at once, nothing is kept
    acceptor = Accepting(clock)
    acceptor.driver.data_received(messages(1000))
    assert acceptor.handled == 1000


def test_those_who_ask_for_associations_delay_each_other_and_no_association() -> None:
    clock = NumberClock(TICK / 2)
    modest = Accepting(clock)
    asking = []
    for _ in range(200):
        stream = MemoryStream()
        asking.append(User(is_requestor=False, clock=clock))
        stream.attach(asking[-1].driver)
        asking[-1].driver.data_received(encode(RQ))
    answered = sum(bool(one.heard) for one in asking)
    assert answered <= MOST_IN_A_TURN
    for number in range(10):
        modest.driver.data_received(message(number))
        assert modest.handled == number + 1
        clock.turn()
        before, answered = answered, sum(bool(one.heard) for one in asking)
        assert 0 < answered - before <= MOST_IN_A_TURN
    while clock.turn():
        pass
    assert all(one.upper_layer.state is States.STA_6 for one in asking)


def test_unfinished_requests_of_many_take_a_bounded_memory_and_go_on_when_there_is_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "MOST_GATHERED", 50 * SMALL_READ)
    clock = NumberClock()
    time = LoopTime.of(clock)
    large = encode(replace(RQ, variable_items=(*RQ.variable_items, UnknownItem(0x77, bytes(60_000)))))
    peers = []
    for _ in range(50):
        left, right = MemoryStream.pair()
        right.attach(User(is_requestor=False, clock=clock).driver)
        peers.append((left, right))
    for start in range(
        0, len(large) - 1, SMALL_READ
    ):  # all but the last byte, in the smallest portions that streams read
        for left, right in peers:
            left.write([large[start : start + SMALL_READ][: len(large) - 1 - start]])
            right.deliver()
    assert time.gathered == 2 * len(peers) * SMALL_READ < len(peers) * len(large) / 1.5
    assert time.most_read == SMALL_READ
    modest = User(is_requestor=False, clock=clock)
    MemoryStream.pair()[0].attach(modest.driver)
    for byte in encode(RQ):
        modest.driver.data_received(bytes([byte]))
    assert modest.heard == ["AssociateIndication"]
    for left, _ in peers:
        left.write([large[-1:]])
    settle(*(right for _, right in peers))
    clock.go_to(29.9)
    assert time.gathered > 50 * SMALL_READ
    gone = peers[0][1]._user
    assert isinstance(gone, Driver)
    gone.expire()
    gone.disconnected(None)
    settle(*(right for _, right in peers[1:]))
    users = [right._user for _, right in peers[1:]]
    assert all(isinstance(user, Driver) and user.upper_layer.is_established for user in users)
    assert time.gathered == 0
    assert time.most_read > SMALL_READ
