"""Two providers that keep to Table 9-10: whatever crosses, and whatever the capture has lost, is no violation."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from dulcimer.captures import pcapng
from dulcimer.diagnosis.judging.verdicts import DoubtCause, WireOutcome
from dulcimer.fuzz.oracle.ends import LinkEnd
from support.captures.judged_captures import judged
from support.captures.lawful_associations import RUNS, disturbed, played


@given(RUNS)
@example([0] * 120)
def test_a_lawful_run_is_consistent(numbers: list[int]) -> None:
    run = played(numbers)
    for found in judged(pcapng.write(run.packets, application="test")):
        assert [(one.end, one.rule, one.observed) for end in found.ends for one in end.breaches] == []
        for end in found.ends:
            assert {one.cause for one in end.doubts} <= {DoubtCause.ARTIM}
            # ARTIM is doubted only where it has expired, or where nothing has happened for very long.
            assert not end.doubts or run.paused or (end.end is LinkEnd.CLIENT) in run.expired
        if not run.expired:
            assert found.outcome is WireOutcome.CONSISTENT


@given(RUNS, st.randoms(use_true_random=False))
def test_a_capture_that_lost_or_swapped_frames_shows_no_violation(numbers: list[int], chance: object) -> None:
    packets = played(numbers).packets
    for found in judged(pcapng.write(disturbed(packets, chance), application="test")):
        assert [(one.end, one.rule, one.observed) for end in found.ends for one in end.breaches] == []
