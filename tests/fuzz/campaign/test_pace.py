"""How many cases a batch has, and what rate is shown."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dulcimer.fuzz.campaign.batch import BatchResult
from dulcimer.fuzz.campaign.pace import BatchPace, LateRate
from dulcimer.fuzz.campaign.plan import CampaignPlan


def pace_of(*played: tuple[int, float], aim: float = 5.0, lanes: int = 1) -> BatchPace:
    pace = BatchPace(aim)
    for number, (cases, seconds) in enumerate(played):
        pace.played(BatchResult(number, cases, seconds=seconds), lanes)
    return pace


def test_batches_follow_the_rate_of_late() -> None:
    fast, slow = (2000, 1.0), (2000, 20.0)
    assert pace_of(fast).cases(None, None) == 8000
    assert pace_of(fast, fast, (8000, 4.0)).cases(None, None) == 10_000
    assert pace_of(*[fast] * 10, *[slow] * 8).cases(None, None) == 500


def test_limits_make_batches_shorter() -> None:
    pace = pace_of((2000, 1.0))
    assert pace.cases(0.5, None) == 1000
    assert pace.cases(0.5, 30) == 30
    assert pace.cases(-1.0, None) == 1


@example([(20, 5e-324)], None)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.floats(0, 1e6)), max_size=5), st.none() | st.integers(1, 10**6))
def test_every_batch_has_a_case_and_not_too_many(played: list[tuple[int, float]], left: int | None) -> None:
    assert 1 <= pace_of(*played).cases(None, left) <= (left or 100_000)


def test_rate_is_that_of_all_workers_together() -> None:
    assert pace_of((100, 1.0), (100, 1.0), lanes=2).rate == 200
    assert pace_of().rate == 0


def test_rate_of_late_forgets_what_was_long_ago() -> None:
    rate = LateRate()
    for second in range(100):
        rate.measure(float(second), second * 1000)
    assert rate.measure(110.0, 99_000) == pytest.approx(0, abs=100)


def test_rate_of_late_is_never_negative() -> None:
    rate = LateRate()
    rate.measure(0.0, 0)
    rate.measure(1.0, 500)
    assert rate.measure(2.0, 100) == 50


@pytest.mark.parametrize(
    "wrong", [{}, {"limit_cases": -1}, {"limit_cases": 1, "batch_seconds": 0.0}, {"limit_seconds": 1.0, "overtime": -1}]
)
def test_plan_without_a_limit_or_with_wrong_numbers_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"limit|out of range"):
        CampaignPlan(1, **wrong)  # type: ignore[arg-type]  # wrong values are what is tested
