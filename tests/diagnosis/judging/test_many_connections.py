"""Captures of many connections: what is kept of all of them is bounded, and what is given up for that is said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dulcimer.captures.events import CapturedBytes, CaptureEvent
from dulcimer.captures.following import CaptureReader
from dulcimer.captures.pcapng import Packet, write
from dulcimer.captures.tcp import TcpConversation
from dulcimer.diagnosis.judging.judge import EventJudge, JudgeBounds, Judged
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, DoubtCause, OtherConnection, WireOutcome
from dulcimer.learn.labs.turns import (
    ABORT,
    ACCEPT,
    RELEASE,
    RELEASED,
    REQUEST,
    echo_request,
    echo_response,
    pdata,
    store_request,
    store_response,
)

CONNECTIONS = 60
BOUNDS = JudgeBounds(held=100_000, recognised=1 << 16)
STORE = store_request()
DATA = pdata((1, 0, bytes(7_000)), (1, 2, bytes(7_000)))
"""It is kept until it is whole, since it has two values."""
ECHOES = range(1, 41)
NOISE = bytes(range(8, 256)) * 50


def judged(packets: list[Packet]) -> tuple[list[Judged], int]:
    """The verdicts, and the most that was held after any event."""
    judge = EventJudge(BOUNDS)
    found, most = [], 0
    for event in CaptureReader(write(packets, application="test")):
        if (one := judge.take(event)) is not None:
            found.append(one)
        most = max(most, judge.held)
    assert judge.held == 0
    return found, most


def side_by_side(turns: int, *, opened: bool = True) -> Iterator[tuple[TcpConversation, int]]:
    """All connections, for each turn."""
    talks = [TcpConversation(("192.0.2.1", 50_000 + number)) for number in range(CONNECTIONS)]
    for talk in talks if opened else ():
        talk.open(1.0)
    for turn in range(turns):
        for talk in talks:
            yield talk, turn


def packets_of(turns: list[tuple[str, bytes]], *, opened: bool = True) -> list[Packet]:
    """All connections take the first turn, then all the second, and so on."""
    found: list[Packet] = []
    talks: dict[int, TcpConversation] = {}
    for talk, turn in side_by_side(len(turns), opened=opened):
        if id(talk) not in talks:
            talks[id(talk)] = talk
            found += talk.packets
            talk.packets.clear()
        sender, data = turns[turn]
        talk.send(2.0 + turn, talk.client if sender == "client" else talk.server, data)
        found += talk.packets
        talk.packets.clear()
    for talk in talks.values():
        talk.finish(9.0, talk.client)
        talk.finish(9.0, talk.server)
        found += talk.packets
    return found


def test_pdus_that_are_not_whole_on_many_connections_are_bounded_and_what_is_left_out_is_said() -> None:
    turns = [
        ("client", REQUEST),
        ("server", ACCEPT),
        ("client", STORE),
        ("client", DATA[:10_000]),
        ("client", DATA[10_000:]),
        ("server", store_response()),
        ("client", RELEASE),
        ("server", RELEASED),
    ]
    found, most = judged(packets_of(turns))
    assert most <= BOUNDS.held
    verdicts = [one for one in found if isinstance(one, AssociationVerdict)]
    assert len(verdicts) == CONNECTIONS
    assert {one.outcome for one in verdicts} <= {WireOutcome.CONSISTENT, WireOutcome.INCONCLUSIVE}
    hurt = [one for one in verdicts if one.outcome is WireOutcome.INCONCLUSIVE]
    assert len(hurt) >= CONNECTIONS - BOUNDS.held // 10_000 - 1
    assert {doubt.cause for one in hurt for doubt in one.client.doubts} == {DoubtCause.CUT_OFF}
    assert all("too much had to be kept" in doubt.text for one in hurt for doubt in one.client.doubts)


def test_a_violation_after_what_was_given_up_is_still_found() -> None:
    turns = [("client", REQUEST), ("server", ACCEPT), ("client", DATA[:10_000]), ("client", DATA[10_000:])]
    odd = pdata((1, 3, bytes(7)))
    found, _ = judged(packets_of([*turns, ("client", odd), ("client", ABORT)]))
    rules = [{one.rule for one in each.client.breaches} for each in found if isinstance(each, AssociationVerdict)]
    assert all("pdv.req.sender.even" in one for one in rules)
    assert len(rules) == CONNECTIONS


def test_what_waits_on_many_connections_is_judged_in_the_end_and_the_doubt_is_said() -> None:
    """Answers that were captured before what they acknowledge."""
    packets = packets_of(
        [
            ("client", REQUEST),
            ("server", ACCEPT),
            ("client", b"".join(map(echo_request, ECHOES))),
            ("server", b"".join(map(echo_response, ECHOES))),
            ("client", RELEASE),
            ("server", RELEASED),
        ]
    )
    late = [one for one in packets if echo_request(1) in one.frame]
    first = packets.index(late[0])
    rest = [one for one in packets[first:] if one not in late]
    answers = [one for one in rest if echo_response(1) in one.frame]
    swapped = [*packets[:first], *answers, *late, *(one for one in rest if one not in answers)]
    found, most = judged(swapped)
    assert most <= BOUNDS.held
    verdicts = [one for one in found if isinstance(one, AssociationVerdict)]
    assert not [breach.rule for one in verdicts for end in one.ends for breach in end.breaches]
    assert any(doubt.cause is DoubtCause.ORDER for one in verdicts for doubt in one.server.doubts)


@pytest.mark.parametrize("recognised", [1 << 16, 1 << 20])
def test_connections_of_which_nobody_knows_what_they_are_do_not_fill_the_memory(recognised: int) -> None:
    judge = EventJudge(JudgeBounds(BOUNDS.held, recognised))
    packets = packets_of([("client", NOISE), ("server", NOISE)] * 3, opened=False)
    others, most = [], 0
    for event in CaptureReader(write(packets, application="test")):
        if isinstance(found := judge.take(event), OtherConnection):
            others.append(found.name)
        most = max(most, judge.held)
    assert most <= BOUNDS.held
    assert len(others) == CONNECTIONS
    assert "unknown, not looked at to its end: too much had to be kept" in others


def test_what_is_held_is_counted_without_being_asked_for_each_frame() -> None:
    """Payload that is only counted changes nothing, and is most of a capture."""
    judge = EventJudge()
    packets = packets_of([("client", REQUEST), ("server", ACCEPT), ("client", pdata((1, 0, bytes(200_000))))])
    events: list[CaptureEvent] = list(CaptureReader(write(packets, application="test")))
    for event in events:
        judge.take(event)
        if isinstance(event, CapturedBytes):
            assert judge.held < 2000 * CONNECTIONS
