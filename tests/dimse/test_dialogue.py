"""DIMSE in memory, with a number for the clock: no sockets, no event loop, no tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.commands import CCancelRq, CEchoRq, CEchoRsp, CFindRq, CGetRq, CGetRsp, status_category
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.dialogue import Dialogue
from dulcimer.dimse.dialogue_events import (
    Asked,
    DialogueEvent,
    Failure,
    MayBegin,
    MayRelease,
    MustAbort,
    MustRefuse,
    Responded,
)
from dulcimer.dimse.messages import COMMAND, LAST, MemorySink, fragments
from dulcimer.errors import AssociationTimeout
from dulcimer.fsm.primitives import Pdv

CLASS = "1.2.840.10008.1.1"


@dataclass
class Terms:
    """What was negotiated."""

    accepted_contexts: tuple[int, ...] = (1, 3)
    invoke_window: int = 1
    perform_window: int = 1


@dataclass
class Request:
    """An operation of this end."""

    request: Any

    def is_final(self, status: int) -> bool:
        return status_category(status) != "Pending"


def echo(message_id: int) -> CEchoRq:
    return CEchoRq(affected_sop_class_uid=CLASS, message_id=message_id)


def echoed(message_id: int, status: int = 0) -> CEchoRsp:
    return CEchoRsp(message_id_being_responded_to=message_id, status=status)


def values(*messages: Any, data: bytes | None = None) -> list[Pdv]:
    """The P-DATA of messages, in context 1."""
    return [value for message in messages for request in fragments(1, message, data, 0) for value in request.values]


def events(dialogue: Dialogue) -> Iterator[DialogueEvent]:
    while (event := dialogue.next_event()) is not None:
        yield event


def came(dialogue: Dialogue, *messages: Any, now: float = 0.0) -> list[DialogueEvent]:
    dialogue.receive(values(*messages), now)
    return list(events(dialogue))


@pytest.mark.clause("PS3.7 D.3.3.3")
@given(st.integers(1, 4), st.permutations(range(1, 9)))
def test_responses_come_to_their_requests_in_any_order_and_the_window_is_kept(window: int, order: list[int]) -> None:
    dialogue = Dialogue(Terms(invoke_window=window))
    operations = {number: Request(echo(number)) for number in range(1, 9)}
    sent = {number for number, operation in operations.items() if dialogue.own.begin(operation)}
    assert sent == set(range(1, window + 1))
    answered: set[int] = set()
    while len(answered) < len(operations):
        number = next(number for number in order if number in sent - answered)
        for event in came(dialogue, echoed(number)):
            match event:
                case Responded(operation, message):
                    assert operation is operations[number]
                    assert message.command_set.value("status") == 0
                case MayBegin(operation):
                    sent.add(operation.request.message_id)
                case _:
                    raise AssertionError(event)
        answered.add(number)
        assert len(sent - answered) <= window
        dialogue.own.finish(number)
    assert dialogue.own.outstanding == {}


def test_operation_that_waits_for_its_place_can_be_given_up() -> None:
    dialogue = Dialogue(Terms())
    first, second, third = (Request(echo(number)) for number in (1, 2, 3))
    assert dialogue.own.begin(first)
    assert not dialogue.own.begin(second)
    assert not dialogue.own.begin(third)
    dialogue.own.finish(2)
    dialogue.own.finish(1)
    assert list(events(dialogue)) == [MayBegin(third)]


def test_response_to_no_request_is_ignored_and_one_without_a_number_breaks_the_dialogue() -> None:
    dialogue = Dialogue(Terms())
    assert came(dialogue, echoed(7)) == []
    dialogue.own.begin(Request(echo(1)))
    nameless = CommandSet({0x0100: 0x8030, 0x0800: 0x0101, 0x0900: 0})
    dialogue.receive([(1, COMMAND | LAST, _encoded(nameless)), *values(echo(2))], 0.0)
    (event,) = events(dialogue)
    assert isinstance(event, MustAbort)
    assert "without Message ID Being Responded To" in str(event.error)


def _encoded(command: CommandSet) -> bytes:
    return b"".join(
        (0).to_bytes(2, "little") + tag.to_bytes(2, "little") + (2).to_bytes(4, "little") + value.to_bytes(2, "little")
        for tag, value in command.values.items()
    )


@pytest.mark.clause("PS3.8 E.1")
@given(st.data())
def test_what_is_no_message_ends_the_dialogue_with_one_event_and_nothing_behind_it(data: st.DataObject) -> None:
    dialogue = Dialogue(Terms())
    good = values(echo(1))
    bad: list[Pdv] = [data.draw(st.sampled_from([(9, COMMAND | LAST, b"\0"), (1, LAST, b"\0\0"), (1, 3, b"\1")]))]
    dialogue.receive(good + bad + values(echo(2)), 0.0)
    first, second = events(dialogue)
    assert isinstance(first, Asked)
    assert isinstance(second, MustAbort)


def test_message_cut_into_many_fragments_is_one_and_goes_to_its_sink() -> None:
    dialogue = Dialogue(Terms(), lambda _id, _command: MemorySink())
    find = CFindRq(affected_sop_class_uid=CLASS, message_id=1, priority=0)
    command, whole = values(find, data=b"abcdef")
    for context_id, header, fragment in (command, (1, 0, b"abc"), (1, 0, b""), (1, LAST, b"def")):
        dialogue.receive([(context_id, header, fragment)], 0.0)
        found = list(events(dialogue))
    (asked,) = found
    assert isinstance(asked, Asked)
    assert asked.request == find
    assert isinstance(asked.message.data, MemorySink)
    assert asked.message.data.getvalue() == b"abcdef" == bytes(whole[2])


def test_requests_beyond_the_window_wait_until_one_is_performed() -> None:
    dialogue = Dialogue(Terms(perform_window=2))
    found = came(dialogue, *(echo(number) for number in range(1, 6)))
    assert [event.request.message_id for event in found if isinstance(event, Asked)] == [1, 2]
    first = found[1]
    assert isinstance(first, Asked)
    dialogue.peer.performed(first.message)
    (third,) = events(dialogue)
    assert isinstance(third, Asked)
    assert third.request.message_id == 3


def test_peer_that_sends_too_many_requests_is_not_to_be_read_from() -> None:
    dialogue = Dialogue(Terms())
    (first,) = came(dialogue, echo(1))
    for number in range(2, 10):
        assert not dialogue.peer.is_crowded
        assert came(dialogue, echo(number)) == []
    assert dialogue.peer.is_crowded
    assert isinstance(first, Asked)
    dialogue.peer.performed(first.message)
    assert not dialogue.peer.is_crowded


def test_peer_whose_waiting_requests_are_long_is_not_to_be_read_from() -> None:
    dialogue = Dialogue(Terms())
    find = CFindRq(affected_sop_class_uid=CLASS, message_id=2, priority=0)
    (first,) = came(dialogue, echo(1))
    dialogue.receive(values(find, data=bytes(80_000)), 0.0)
    assert list(events(dialogue)) == []
    assert dialogue.peer.is_crowded
    assert isinstance(first, Asked)
    dialogue.peer.performed(first.message)
    assert not dialogue.peer.is_crowded


@pytest.mark.clause("PS3.7 C.5.15")
def test_number_of_an_operation_under_way_is_refused_and_free_again_behind_it() -> None:
    dialogue = Dialogue(Terms(perform_window=0))
    first, second = came(dialogue, echo(1), echo(1))
    assert isinstance(first, Asked)
    assert isinstance(second, MustRefuse)
    assert second.failure == Failure(0x8030, 1, 0x0210)
    dialogue.peer.performed(second.message)
    dialogue.peer.performed(first.message)
    (again,) = came(dialogue, echo(1))
    assert isinstance(again, Asked)


@pytest.mark.clause("PS3.7 9.3.2.3")
def test_cancel_is_kept_while_its_operation_is_under_way() -> None:
    dialogue = Dialogue(Terms())
    dialogue.peer.cancelled.append(5)  # of an earlier operation
    find = CFindRq(affected_sop_class_uid=CLASS, message_id=5, priority=0)
    dialogue.receive(values(find, data=b"ab"), 0.0)
    (asked,) = events(dialogue)
    assert isinstance(asked, Asked)
    assert list(dialogue.peer.cancelled) == []
    assert came(dialogue, CCancelRq(message_id_being_responded_to=5)) == []
    assert list(dialogue.peer.cancelled) == [5]
    dialogue.peer.performed(asked.message)
    assert list(dialogue.peer.cancelled) == []
    for number in range(20):
        came(dialogue, CCancelRq(message_id_being_responded_to=number))
    assert list(dialogue.peer.cancelled) == list(range(10, 20))


@pytest.mark.clause("PS3.7 9.3.2.3")
def test_cancel_of_a_request_that_waits_is_there_when_it_is_performed() -> None:
    dialogue = Dialogue(Terms())
    (first,) = came(dialogue, echo(1), echo(2), CCancelRq(message_id_being_responded_to=2))
    assert isinstance(first, Asked)
    dialogue.peer.performed(first.message)
    (second,) = events(dialogue)
    assert isinstance(second, Asked)
    assert list(dialogue.peer.cancelled) == [2]
    dialogue.peer.performed(second.message)
    assert list(dialogue.peer.cancelled) == []


def test_request_that_lacks_what_it_must_have_is_refused_or_where_it_has_no_number_is_the_end() -> None:
    dialogue = Dialogue(Terms())
    for elements, status in (({0x0100: 0x0030, 0x0110: 5}, 0x0212), ({0x0100: 0x0131, 0x0110: 6}, 0x0211)):
        dialogue.receive([(1, COMMAND | LAST, _encoded(CommandSet({**elements, 0x0800: 0x0101})))], 0.0)
        (event,) = events(dialogue)
        assert isinstance(event, MustRefuse)
        assert event.failure.status == status
        assert event.failure.message_id_being_responded_to == elements[0x0110]
        dialogue.peer.performed(event.message)
    dialogue.receive([(1, COMMAND | LAST, _encoded(CommandSet({0x0100: 0x0030, 0x0800: 0x0101})))], 0.0)
    assert list(events(dialogue)) == [MustAbort(None)]


def test_what_is_not_right_about_elements_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "dulcimer.dimse")
    dialogue = Dialogue(Terms(perform_window=0))
    command = _encoded(CommandSet({0x0100: 0x0FFF, 0x0110: 1, 0x0800: 0x0101})) + bytes(
        [0, 0, 0, 9, 3, 0, 0, 0, 1, 2, 3]
    )
    for _ in range(3):
        dialogue.receive([(1, COMMAND | LAST, command)], 0.0)
        assert list(events(dialogue)) == []
    assert sum("(0000,0900)" in record.getMessage() for record in caplog.records) == 1


def test_cancel_that_names_no_message_is_ignored() -> None:
    dialogue = Dialogue(Terms())
    dialogue.receive([(1, COMMAND | LAST, _encoded(CommandSet({0x0100: 0x0FFF, 0x0800: 0x0101})))], 0.0)
    assert list(events(dialogue)) == []
    assert list(dialogue.peer.cancelled) == []


@pytest.mark.clause("PS3.8 9.2.3")
def test_release_waits_until_all_is_performed() -> None:
    dialogue = Dialogue(Terms())
    (first,) = came(dialogue, echo(1), echo(2))
    dialogue.peer.ask_release()
    assert list(events(dialogue)) == []
    assert isinstance(first, Asked)
    dialogue.peer.performed(first.message)
    (second,) = events(dialogue)
    assert isinstance(second, Asked)
    dialogue.peer.performed(second.message)
    assert list(events(dialogue)) == [MayRelease()]
    (third,) = came(dialogue, echo(3))  # the peer should not do that, and gets no second confirmation
    assert isinstance(third, Asked)
    dialogue.peer.performed(third.message)
    assert list(events(dialogue)) == []


def test_response_that_is_overdue_ends_the_association() -> None:
    dialogue = Dialogue(Terms(), dimse_timeout=10.0)
    operation = Request(echo(1))
    dialogue.own.begin(operation)
    assert dialogue.next_deadline() is None
    dialogue.own.await_response(operation, 100.0)
    assert dialogue.own.waiting_for == (operation.request, 100.0)
    assert dialogue.next_deadline() == 110.0
    dialogue.handle_timeout(109.9)
    assert list(events(dialogue)) == []
    dialogue.handle_timeout(110.0)
    (event,) = events(dialogue)
    assert isinstance(event, MustAbort)
    assert isinstance(event.error, AssociationTimeout)
    assert event.error.seconds == 10.0


def test_time_of_a_response_that_has_come_means_nothing_any_more() -> None:
    dialogue = Dialogue(Terms(invoke_window=0), dimse_timeout=10.0)
    first, second = Request(echo(1)), Request(echo(2))
    for operation, now in ((first, 100.0), (second, 105.0)):
        dialogue.own.begin(operation)
        dialogue.own.await_response(operation, now)
    assert came(dialogue, echoed(1), now=106.0)
    dialogue.handle_timeout(110.0)
    assert list(events(dialogue)) == []
    assert dialogue.next_deadline() == 115.0


def test_nobody_waits_for_an_operation_that_was_given_up() -> None:
    dialogue = Dialogue(Terms(), dimse_timeout=10.0)
    operation = Request(echo(1))
    dialogue.own.begin(operation)
    dialogue.own.await_response(operation, 100.0)
    dialogue.own.finish(1)
    assert dialogue.own.waiting_for is None
    assert dialogue.next_deadline() is None
    dialogue.handle_timeout(110.0)
    assert list(events(dialogue)) == []


@pytest.mark.clause("PS3.7 9.3.3")
def test_response_to_a_get_has_time_while_its_instances_come() -> None:
    dialogue = Dialogue(Terms(invoke_window=0), dimse_timeout=10.0)
    get = Request(CGetRq(affected_sop_class_uid=CLASS, message_id=1, priority=0))
    dialogue.own.begin(get)
    dialogue.own.await_response(get, 100.0)
    (asked,) = came(dialogue, echo(9), now=108.0)
    dialogue.handle_timeout(110.0)
    assert list(events(dialogue)) == []
    assert dialogue.next_deadline() == 118.0
    dialogue.handle_timeout(118.0)
    assert [type(event) for event in events(dialogue)] == [MustAbort]
    assert isinstance(asked, Asked)


def test_final_response_frees_the_place_and_a_pending_one_does_not() -> None:
    dialogue = Dialogue(Terms())
    get, waiting = Request(CGetRq(affected_sop_class_uid=CLASS, message_id=1, priority=0)), Request(echo(2))
    dialogue.own.begin(get)
    assert not dialogue.own.begin(waiting)
    pending = CGetRsp(message_id_being_responded_to=1, status=0xFF00)
    assert [type(event) for event in came(dialogue, pending)] == [Responded]
    final = CGetRsp(message_id_being_responded_to=1, status=0)
    assert [type(event) for event in came(dialogue, final)] == [Responded, MayBegin]


@pytest.mark.parametrize(
    ("sizes", "progress"), [([0, 2, 0], False), ([4096], True), ([2048, 2048], True), ([4096, 2048], False)]
)
def test_peer_gets_further_by_whole_messages_or_by_much_of_one(sizes: list[int], progress: bool) -> None:
    dialogue = Dialogue(Terms())
    command, _ = values(CFindRq(affected_sop_class_uid=CLASS, message_id=1, priority=0), data=b"ab")
    dialogue.receive([command], 0.0)
    assert list(events(dialogue)) == []
    assert not dialogue.progressed
    dialogue._came = 0
    for size in sizes:
        dialogue.receive([(1, 0, bytes(size))], 0.0)
        assert list(events(dialogue)) == []
    assert dialogue.progressed is progress
    dialogue.receive([(1, LAST, b"")], 0.0)
    assert [type(event) for event in events(dialogue)] == [Asked]
    assert dialogue.progressed


def test_after_the_end_nothing_is_reported_and_what_waited_is_dropped() -> None:
    dropped: list[bool] = []

    class Sink:
        def write(self, fragment: Any) -> None: ...

        def discard(self) -> None:
            dropped.append(True)

    dialogue = Dialogue(Terms(), lambda _id, _command: Sink())
    find = CFindRq(affected_sop_class_uid=CLASS, message_id=1, priority=0)
    dialogue.receive(values(find, data=b"ab") + values(find, data=b"ab") + values(find, data=b"ab")[:1], 0.0)
    assert len(list(events(dialogue))) == 1
    dialogue.stop()
    assert dropped == [True, True]  # one that waited, one that was not complete
    assert list(events(dialogue)) == []
    assert dialogue.own.begin(Request(echo(1)))
    assert dialogue.own.begin(Request(echo(2)))  # no wait for the window: sending fails, as it is over
