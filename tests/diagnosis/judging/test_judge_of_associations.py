"""One association, judged: what is consistent, what is a violation of whom, and where the proof is."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from dulcimer.captures import pcapng
from dulcimer.diagnosis.judging.verdicts import WireOutcome
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.learn.labs.turns import (
    ABORT,
    ACCEPT,
    ECHO,
    REJECT,
    RELEASE,
    RELEASED,
    REQUEST,
    VERIFICATION,
    C,
    S,
    echo_request,
    echo_response,
    pdata,
    raw_command,
    store_request,
    store_response,
    us,
)
from support.captures.judged_captures import conversation, frame, judged, verdict, violations

ASKED = [(C, REQUEST), (S, ACCEPT)]
ECHOED = [*ASKED, (C, echo_request()), (S, echo_response())]
WHOLE = [*ECHOED, (C, RELEASE), (S, RELEASED)]


@pytest.mark.parametrize(
    "turns",
    [
        pytest.param(WHOLE, id="released by the client"),
        pytest.param([*ECHOED, (S, RELEASE), (C, RELEASED)], id="released by the server"),
        pytest.param([*ECHOED, (C, RELEASE), (S, RELEASE), (C, RELEASED), (S, RELEASED)], id="release collision"),
        pytest.param([(C, REQUEST), (S, REJECT)], id="rejected"),
        pytest.param([(C, REQUEST), (C, ABORT)], id="aborted by the client"),
        pytest.param([*ECHOED, (S, ABORT)], id="aborted by the server"),
        pytest.param([*ECHOED, (C, RELEASE), (S, echo_response(2)), (S, RELEASED)][:5], id="open when it ends"),
        pytest.param([*ECHOED, (C, RELEASE), (S, ABORT)], id="abort instead of a release"),
    ],
)
@pytest.mark.clause("PS3.8 9.2.3")
def test_what_table_9_10_allows_is_consistent(turns: list[tuple[bool, bytes]]) -> None:
    found = verdict(turns, closes=() if turns[-1] == (C, RELEASE) else (C, S))
    assert (found.outcome, violations(found)) == (WireOutcome.CONSISTENT, [])
    assert (found.calling, found.called) == ("DULCIMER", "ANY-SCP")


@pytest.mark.parametrize(
    ("turns", "end", "rule", "turn"),
    [
        ([(C, REQUEST), (C, ECHO), (S, ABORT)], LinkEnd.CLIENT, "ul.fsm.impossible", 1),
        ([(C, REQUEST), (S, RELEASED), (C, ABORT)], LinkEnd.SERVER, "ul.fsm.impossible", 1),
        ([*WHOLE, (S, ECHO)], LinkEnd.SERVER, "ul.fsm.impossible", 6),
        ([(C, REQUEST), (S, b"\x09\0\0\0\0\4abcd"), (C, ABORT)], LinkEnd.SERVER, "enc.sender.structure", 1),
        ([*ASKED, (C, echo_request(context=3)), (C, ABORT)], LinkEnd.CLIENT, "pdv.req.sender.context", 2),
        ([*ECHOED, (S, echo_response()), (C, ABORT)], LinkEnd.SERVER, "dimse.sender.once", 4),
        ([*ASKED, (C, pdata((1, 3, b"\0" * 7))), (C, ABORT)], LinkEnd.CLIENT, "pdv.req.sender.even", 2),
    ],
)
def test_a_violation_has_its_end_rule_and_frame(
    turns: list[tuple[bool, bytes]], end: LinkEnd, rule: str, turn: int
) -> None:
    found = verdict(turns)
    assert found.outcome is WireOutcome.VIOLATION
    first = next(one for one in violations(found) if one.rule == rule)
    assert (first.end, first.place.frames) == (end, (frame(turn),))
    assert first.clause
    assert first.requirement
    assert first.advice
    assert first.story[-1].frame == frame(turn)


@pytest.mark.clause("PS3.7 10.3")
@pytest.mark.parametrize("field", [0x110, 0x120, 0x130, 0x150])
def test_a_response_names_the_class_that_the_request_asked_for(field: int) -> None:
    asked = (3, VERIFICATION), (0x100, us(field)), (0x110, us(1)), (0x800, us(0x101)), (0x1001, b"1.2.3\0")
    action = ((0x1008, us(1)),) if field == 0x130 else ()
    numbers = (0x100, us(field | 0x8000)), (0x120, us(1)), (0x800, us(0x101)), (0x900, us(0))

    def judged_with(sop_class: bytes) -> list[str]:
        answered = (2, sop_class), *numbers, (0x1000, b"1.2.3\0"), *action
        turns = [*ASKED, (C, pdata((1, 3, raw_command(*asked, *action)))), (S, pdata((1, 3, raw_command(*answered))))]
        return [one.rule for one in violations(verdict([*turns, (C, ABORT)]))]

    assert judged_with(VERIFICATION) == []
    assert judged_with(b"1.2.840.10008.1.20.1") == ["dimse.sender.class"]


def test_the_other_end_is_not_blamed() -> None:
    found = verdict([(C, REQUEST), (C, ECHO), (S, ABORT)])
    assert found.server.outcome is WireOutcome.CONSISTENT


def test_an_answer_that_was_captured_before_its_question_is_explained_by_the_acknowledgement() -> None:
    packets = conversation(WHOLE).packets
    request, answer = frame(2) - 1, frame(3) - 1
    packets[request], packets[answer] = packets[answer], packets[request]
    (found,) = judged(pcapng.write(packets, application="test"))
    assert violations(found) == []


def test_what_is_missing_is_no_violation() -> None:
    packets = conversation([*WHOLE[:2], *ECHOED[2:] * 40, *WHOLE[4:]]).packets
    for lost in (3, frame(1) - 1, frame(2) - 1, frame(3) - 1, frame(20) - 1):
        (found,) = judged(pcapng.write([*packets[:lost], *packets[lost + 1 :]], application="test"))
        assert violations(found) == [], lost
        assert found.outcome is WireOutcome.INCONCLUSIVE


def test_what_waits_for_the_other_end_was_sent_before_what_is_missing() -> None:
    stored: list[tuple[bool, bytes]] = []
    for number in (1, 2):
        pieces = [(C, pdata((1, 0, bytes(20))))] * number
        stored += [(C, store_request(number)), *pieces, (C, pdata((1, 2, bytes(8)))), (S, store_response(number))]
    turns = [*ASKED, *stored, *WHOLE[4:]]
    packets = conversation(turns).packets
    answers = [number for number, (by_client, _) in enumerate(turns) if not by_client and number > 1]
    for answer, lost in product(answers, range(2, len(turns))):
        late = packets[frame(answer) - 1]
        found = [one for one in packets if one is not late and one is not packets[frame(lost) - 1]]
        for place in range(frame(answer) - 1, len(found), 2):
            (only,) = judged(pcapng.write([*found[:place], late, *found[place:]], application="test"))
            assert violations(only) == [], (answer, lost, place)


@pytest.mark.parametrize("answer", [ABORT, RELEASE], ids=["abort", "release"])
def test_what_is_told_at_the_end_of_a_capture_may_answer_what_is_missing(answer: bytes) -> None:
    request = store_request()
    turns = [*ASKED, (C, request[:40]), (C, request[40:]), (C, pdata((1, 0, bytes(20)))), (S, answer)]
    if answer is RELEASE:
        turns += [(C, pdata((1, 2, bytes(8)))), (C, RELEASED)]
    packets = conversation(turns, (S, C)).packets
    sent = [frame(turn) - 1 for turn in range(len(turns) + 2)]
    for lost in combinations(sent, 3):
        kept = [one for place, one in enumerate(packets) if place not in lost]
        for found in judged(pcapng.write(kept, application="test")):
            assert violations(found) == [], lost


def test_any_part_of_a_capture_has_no_violation() -> None:
    packets = conversation([*WHOLE[:2], *ECHOED[2:] * 3, *WHOLE[4:]]).packets
    for start in range(len(packets)):
        for found in judged(pcapng.write(packets[start:], application="test")):
            assert violations(found) == [], start


def test_no_data_set_and_no_secret_is_in_a_verdict() -> None:
    name = b"PATIENT^NAME"
    found = verdict([*ASKED, (C, pdata((1, 0, name), (5, 2, name))), (C, ABORT)])
    assert violations(found)
    assert name not in b"".join(one.place.data for one in violations(found))
    assert "PATIENT" not in repr(found)
