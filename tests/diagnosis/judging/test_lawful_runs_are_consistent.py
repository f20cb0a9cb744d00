"""Two providers that keep to Table 9-10: whatever crosses, and whatever the capture has lost, is no violation."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from dulcimer.captures import pcapng
from dulcimer.diagnosis.judging.verdicts import WireOutcome
from support.captures.judged_captures import judged
from support.captures.lawful_associations import RUNS, disturbed, played


@given(RUNS)
@example([0] * 120)
def test_a_lawful_run_is_consistent(numbers: list[int]) -> None:
    for found in judged(pcapng.write(played(numbers), application="test")):
        assert [(one.end, one.rule, one.observed) for end in found.ends for one in end.breaches] == []
        assert found.outcome is WireOutcome.CONSISTENT


@given(RUNS, st.randoms(use_true_random=False))
def test_a_capture_that_lost_or_swapped_frames_shows_no_violation(numbers: list[int], chance: object) -> None:
    packets = played(numbers)
    for found in judged(pcapng.write(disturbed(packets, chance), application="test")):
        assert [(one.end, one.rule, one.observed) for end in found.ends for one in end.breaches] == []
