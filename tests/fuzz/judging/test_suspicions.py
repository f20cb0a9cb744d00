"""Which suspicions are the same, and what they keep of a finding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.fsm import Events, States
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle, FuzzFinding
from dulcimer.fuzz.judging.suspicion import Suspicion, of_deviations
from dulcimer.fuzz.oracle.review import Review
from dulcimer.fuzz.oracle.verdicts import Oddity, Unexplained
from support.fuzz_findings import findings

SOMEWHERE, ELSEWHERE = (Events.EVT_10, States.STA_6), (Events.EVT_13, States.STA_6)


@given(findings())
def test_a_finding_is_what_its_replay_has_to_show(finding: FuzzFinding) -> None:
    wanted = Suspicion.of(finding)
    assert (wanted.oracle, wanted.verdict, wanted.cell) == (finding.oracle, finding.verdict, finding.cell)
    assert (wanted.clause, wanted.frames, wanted.confidence) == (finding.clause, finding.frames, finding.confidence)
    assert wanted.is_same(Suspicion.of(finding))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The target ended with status 3", "The target ended with status 12"),
        ("A-ABORT(0) where A-ABORT(2) is expected (PS3.8 x)", "A-ABORT(0) where nothing is expected (PS3.8 y)"),
        ("a read at 7F00A1H", "a read at 12H"),
        ("P-DATA-TF: pdu.length: 3 is too long (PS3.8 9.3.1)", "P-DATA-TF: pdu.length: 4 is too long (PS3.8 9.3.5)"),
    ],
)
def test_numbers_expectations_and_clauses_make_no_difference(one: str, other: str) -> None:
    assert Suspicion(FindingOracle.EXIT, one).is_same(Suspicion(FindingOracle.EXIT, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Suspicion(FindingOracle.EXIT, "died of SIGSEGV"), Suspicion(FindingOracle.EXIT, "died of SIGABRT")),
        (Suspicion(FindingOracle.EXIT, "it died"), Suspicion(FindingOracle.CHILD, "it died")),
        (
            Suspicion(FindingOracle.SANITIZER, "overflow", frames=("parse", "main")),
            Suspicion(FindingOracle.SANITIZER, "overflow", frames=("read", "main")),
        ),
    ],
)
def test_what_happened_and_the_innermost_frame_make_a_difference(one: Suspicion, other: Suspicion) -> None:
    assert not one.is_same(other)


@given(st.sampled_from([FindingOracle.HANG, FindingOracle.REFUSAL, FindingOracle.FILE]), st.text(), st.text())
def test_these_are_the_same_whatever_is_said_of_them(oracle: FindingOracle, one: str, other: str) -> None:
    assert Suspicion(oracle, one).is_same(Suspicion(oracle, other))


def test_cause_differs_by_cell_and_the_fault_does_not() -> None:
    one = Suspicion(FindingOracle.DEVIATION, "close", "clause", SOMEWHERE)
    other = Suspicion(FindingOracle.DEVIATION, "close", "clause", ELSEWHERE)
    assert one.is_same(other)
    assert one.cause != other.cause


def unexplained(oddity: Oddity, *cells: tuple[Events, States], sure: bool = True) -> Unexplained:
    return Unexplained(oddity, "A-ABORT(0)", ("A-ABORT(2)",), frozenset(cells), "PS3.8", sure)


def reviewed(*found: Unexplained) -> Review:
    return Review(tuple(enumerate(found)), frozenset(), frozenset())


def test_cell_of_a_deviation_is_the_only_one_or_the_one_that_was_meant() -> None:
    review = reviewed(
        unexplained(Oddity.ABORT, SOMEWHERE),
        unexplained(Oddity.ABORT, SOMEWHERE, ELSEWHERE),
        unexplained(Oddity.ABORT),
    )
    assert [found.cell for found in of_deviations(review)] == [SOMEWHERE, None, None]
    assert [found.cell for found in of_deviations(review, ELSEWHERE)] == [SOMEWHERE, ELSEWHERE, None]


def test_confidence_follows_from_what_the_standard_leaves_open() -> None:
    review = reviewed(unexplained(Oddity.IMPOSSIBLE), unexplained(Oddity.ABORT, sure=False))
    sure, common = of_deviations(review)
    assert (sure.confidence, common.confidence) == (Confidence.DEVIATION, Confidence.COMMON)
    assert sure.oracle is FindingOracle.DEVIATION
    assert sure.expected == ("A-ABORT(2)",)


def test_wrong_bytes_are_told_apart_and_those_that_a_reset_has_cut_are_not_told() -> None:
    review = reviewed(unexplained(Oddity.MALFORMED), unexplained(Oddity.MALFORMED, sure=False))
    (found,) = of_deviations(review)
    assert found.oracle is FindingOracle.PEER_BYTES
