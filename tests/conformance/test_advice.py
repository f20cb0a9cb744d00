"""What a report tells the maker of a peer to do."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from dulcimer._generated.conformance import SENDER_RULES
from dulcimer._generated.fsm import Events, States
from dulcimer._generated.requestor import RULES as REQUESTOR_RULES
from dulcimer.conformance.advice import VIOLATED, advice
from dulcimer.conformance.case import Case, Verdict
from dulcimer.conformance.catalogue import acceptor_cases
from dulcimer.conformance.oracle import Cell
from dulcimer.conformance.requestor.catalogue import requestor_cases
from dulcimer.conformance.requests import Titles

CASES: tuple[Case, ...] = (*acceptor_cases(Titles()), *requestor_cases())
VERSION = "r.ps3_8.9_3_2.version-bit-0-tested"
LENGTHS = "r.ps3_8.9_3_1.lengths-exact"


@dataclass(frozen=True)
class About:
    rules: tuple[str, ...] = ()
    role: str = "acceptor"
    cell: Cell | None = None


def failed(alternative: str, about: About) -> str:
    return advice(Verdict.FAILED, alternative, about)


def test_each_way_to_fail_tells_more_than_to_read_the_clause() -> None:
    for case in CASES:
        for row in case.alternatives:
            if row.verdict == Verdict.FAILED:
                told = advice(Verdict.FAILED, row.name, case)
                assert told, case.id
                assert "with the clause" not in told, case.id


def test_rule_is_told_to_the_end_that_it_binds() -> None:
    assert failed("not-accepted", About((VERSION,))).startswith("test the protocol version with a mask")
    assert "mask" not in failed(VIOLATED, About((VERSION,), "requestor"))


def test_end_that_meets_a_breach_is_told_what_to_do_with_it() -> None:
    assert failed("silence", About((LENGTHS,))).startswith("compare each length")
    assert failed(VIOLATED, About((LENGTHS,))).startswith("count the bytes behind each length field")


def test_cell_is_named_with_its_action_and_where_to_read_of_it() -> None:
    told = failed("silence", About(cell=(Events.EVT_19, States.STA_6)))
    assert "Evt19 in Sta6 is AA-8 (dulcimer explain Sta6 Evt19)" in told


@pytest.mark.parametrize("alternative", ["reserved-abort", "reserved-values", "stops-serving"])
def test_what_is_wrong_in_itself_is_all_that_is_told(alternative: str) -> None:
    about = About((LENGTHS,), cell=(Events.EVT_19, States.STA_6))
    assert failed(alternative, about) == failed(alternative, About())


def test_unknown_rule_of_another_version_leads_to_the_clause() -> None:
    assert failed("", About(("r.ps3_8.0.gone",))) == "compare what the peer does with the clause"


@pytest.mark.parametrize("verdict", [Verdict.OK, Verdict.INFORMATIONAL])
def test_nothing_is_told_where_nothing_is_to_be_done(verdict: Verdict) -> None:
    assert advice(verdict, "", About((VERSION,))) == ""


def test_what_a_peer_sends_wrong_is_told_by_its_rule_unless_there_are_many() -> None:
    for role, rows in (("acceptor", SENDER_RULES), ("requestor", REQUESTOR_RULES)):
        for row in rows:
            told = failed(VIOLATED, About(row.rules, role))
            assert told, row.id
            assert len(row.rules) > 2 or "look at the bytes" not in told, row.id
