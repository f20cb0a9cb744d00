"""Findings that are the same count once, whoever found them and in whatever order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer.fuzz.findings.finding import Confidence, FindingOracle, FuzzFinding, without_values
from dulcimer.fuzz.findings.found import FindingSet, FoundOnce
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.sequences.steps import FuzzSequence, Pause
from support.fuzz_findings import findings
from support.fuzz_sequences import sequences

SMALL = sequences(st.binary(max_size=4), most=2)
REPRODUCERS = st.lists(
    st.builds(Reproducer, findings(), SMALL, before=st.lists(SMALL, max_size=2).map(tuple), rounds=st.integers(1, 100)),
    max_size=5,
)


def content(found: FindingSet) -> list[FoundOnce]:
    return list(found)


def as_set(some: list[Reproducer]) -> FindingSet:
    return FindingSet(map(FoundOnce.of, some))


@settings(max_examples=40)
@given(REPRODUCERS, REPRODUCERS)
def test_sets_are_merged_in_any_order_and_any_number_of_times(some: list[Reproducer], others: list[Reproducer]) -> None:
    whole = as_set([*some, *others])
    one, other = as_set(others), as_set([*reversed(some)])
    one.merge(other)
    assert content(one) == content(whole)
    one.merge(other)
    one.merge(whole)
    assert content(one) == content(whole)


@settings(max_examples=40)
@given(REPRODUCERS)
def test_each_key_is_there_once_and_with_one_of_its_smallest(some: list[Reproducer]) -> None:
    found = as_set(some)
    assert len(found) == len({one.finding.key for one in some})
    for once in found:
        alike = [one for one in some if one.finding.key == once.key]
        assert once.reproducer in alike
        assert set(once.shown_by) == {one.sequence.digest for one in alike}
        connections = [(len(one.before) + 1) * one.rounds for one in alike]
        assert (len(once.reproducer.before) + 1) * once.reproducer.rounds == min(connections)


def test_add_says_what_is_new() -> None:
    finding = FuzzFinding(FindingOracle.HANG, "It does not answer.")
    long = Reproducer(finding, FuzzSequence("acceptor", (Pause(1.0), Pause(2.0))))
    short = Reproducer(replace(finding, verdict="in other words"), FuzzSequence("acceptor", (Pause(1.0),)))
    found = FindingSet()
    assert found.add(long)
    assert not found.add(short)
    (once,) = found
    assert once.reproducer == short
    assert len(once.shown_by) == 2


def test_of_equally_small_ones_the_same_is_kept_in_any_order() -> None:
    sequence = FuzzSequence("acceptor")
    some = [Reproducer(FuzzFinding(FindingOracle.HANG, verdict), sequence) for verdict in ("one", "another", "a third")]
    assert content(as_set(some)) == content(as_set(some[::-1])) == content(as_set([some[1], some[0], some[2]]))


def test_facts_come_first() -> None:
    sequence = FuzzSequence("acceptor")
    deviation = FuzzFinding(FindingOracle.ARTIM, "", Confidence.DEVIATION, "PS3.8 9.2")
    found = FindingSet([FoundOnce.of(Reproducer(deviation, sequence))])
    found.add(Reproducer(FuzzFinding(FindingOracle.HANG, ""), sequence))
    assert [once.key.oracle for once in found] == ["hang", "artim"]


@given(findings(), st.integers(0, 9), st.text(max_size=5))
def test_key_does_not_depend_on_indices_values_order_or_words(finding: FuzzFinding, number: int, text: str) -> None:
    operators = [f"{without_values(one)}: {text}" for one in finding.operators]
    other = replace(
        finding, verdict=text, operators=tuple(reversed(operators)), times=0, frames=(*finding.frames[:3], "main")[:4]
    )
    assert (other.key == finding.key) == (other.frames[:3] == finding.frames[:3])
    assert without_values(f"A-ABORT/a[{number}]/b[{number + 9}]/c[0]: {text}") == "A-ABORT/a/b/c"


def test_other_operator_other_oracle_or_other_frames_are_another_finding() -> None:
    finding = FuzzFinding(FindingOracle.EXIT, "", operators=("A-ABORT/source: 0 -> 1",), frames=("a", "b"))
    others = [
        replace(finding, oracle=FindingOracle.CHILD),
        replace(finding, operators=("A-ABORT/reason: 0 -> 1",)),
        replace(finding, operators=()),
        replace(finding, frames=("b", "a")),
    ]
    assert len({one.key for one in (finding, *others)}) == 5


@pytest.mark.parametrize(
    "wrong", [{"confidence": Confidence.DEVIATION}, {"times": 2, "tries": 1}, {"times": -1}], ids=str
)
def test_finding_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        FuzzFinding(FindingOracle.EXIT, "", **wrong)  # type: ignore[arg-type]  # names and values of one row
