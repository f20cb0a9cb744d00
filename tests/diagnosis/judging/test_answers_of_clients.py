"""What a client answers is judged as what a server answers is: in a C-GET, and where an event is reported to it."""

from __future__ import annotations

import pytest

from dulcimer.diagnosis.judging.verdicts import WireOutcome
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.learn.labs.turns import (
    ACCEPT,
    RELEASE,
    RELEASED,
    REQUEST,
    VERIFICATION,
    C,
    S,
    Turn,
    pdata,
    raw_command,
    us,
)
from support.captures.judged_captures import frame, verdict, violations

_EVENT, _ANSWER = 0x0100, 0x8100
_BEFORE: list[Turn] = [(C, REQUEST), (S, ACCEPT)]
_AFTER: list[Turn] = [(C, RELEASE), (S, RELEASED)]


def reported(number: int = 1) -> bytes:
    fields = ((2, VERIFICATION), (0x100, us(_EVENT)), (0x110, us(number)), (0x800, us(0x101)))
    return pdata((1, 3, raw_command(*fields, (0x1000, b"1.2.3\0"), (0x1002, us(1)))))


def answered(number: int = 1, status: int = 0, name: bytes = VERIFICATION, field: int = _ANSWER) -> bytes:
    fields = ((2, name), (0x100, us(field)), (0x120, us(number)), (0x800, us(0x101)), (0x900, us(status)))
    return pdata((1, 3, raw_command(*fields, (0x1000, b"1.2.3\0"), (0x1002, us(1)))))


def test_lawful_answer_of_a_client_is_consistent() -> None:
    found = verdict([*_BEFORE, (S, reported()), (C, answered()), (S, reported(2)), (C, answered(2)), *_AFTER])
    assert violations(found) == []
    assert found.outcome is WireOutcome.CONSISTENT


@pytest.mark.parametrize(
    ("answers", "rule", "at"),
    [
        ([answered(7)], "dimse.sender.response", 0),
        ([answered(), answered()], "dimse.sender.once", 1),
        ([answered(status=0xFF00)], "dimse.sender.status", 0),
        ([answered(name=b"1.2.3.4\0")], "dimse.sender.class", 0),
    ],
    ids=["to nobody", "twice", "pending", "of another class"],
)
def test_answer_of_a_client_that_breaks_a_rule_is_named(answers: list[bytes], rule: str, at: int) -> None:
    found = verdict([*_BEFORE, (S, reported()), *((C, one) for one in answers), *_AFTER])
    (breach,) = violations(found)
    assert (breach.end, breach.rule) == (LinkEnd.CLIENT, rule)
    assert breach.story[-1].frame == frame(len(_BEFORE) + 1 + at)
    assert breach.advice
