"""Campaigns end when they should, go on where they were, and count each batch once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from dulcimer.fuzz.campaign.audit import audit
from dulcimer.fuzz.campaign.batch import BatchOrder
from dulcimer.fuzz.campaign.coordinator import CampaignTools, Coordinator, WorkersFailedError
from dulcimer.fuzz.campaign.executors.executor import BatchEvent, BatchHeard, BatchLost, BatchPlayed, TargetLost
from dulcimer.fuzz.campaign.plan import CampaignPlan
from dulcimer.fuzz.campaign.result import LATE_LOSS, CampaignEnd, CampaignProgress, CampaignResult
from dulcimer.fuzz.campaign.standing import CampaignStanding
from dulcimer.fuzz.campaign.store import CampaignStore
from dulcimer.fuzz.corpus.directory import CorpusDirectory
from dulcimer.fuzz.sequences.steps import FuzzSequence, Pause
from support.fuzz_workers import RATE, SUBJECT, fake_result

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
PLAN = CampaignPlan(7, limit_cases=600, batch_seconds=0.1)
GIVEN = (FuzzSequence("acceptor", (Pause(1.0),)), FuzzSequence("acceptor"))


class Desk:
    """An executor and its clock: batches take the time that their results say, `lanes` of them side by side."""

    def __init__(self, lanes: int = 1, losses: Sequence[int] = (), target_lost: int | None = None) -> None:
        self.lanes = lanes
        self.now = 0.0
        self.orders: list[BatchOrder] = []
        self.under_way: list[BatchOrder] = []
        self.losses = list(losses)
        self.target_lost = target_lost
        self.closed = 0
        self.on_order: Callable[[BatchOrder], None] = lambda _: None
        self.is_stuck = False

    def clock(self) -> float:
        return self.now

    def submit(self, order: BatchOrder) -> None:
        assert len(self.under_way) < self.lanes
        self.orders.append(order)
        self.under_way.append(order)
        self.on_order(order)

    def wait(self, seconds: float) -> Sequence[BatchEvent]:
        if not self.under_way or self.is_stuck:
            self.now += seconds
            return [BatchHeard(order.number, "shrinking", 1) for order in self.under_way]
        # The last one first: results do not come in the order of their numbers.
        order = self.under_way.pop()
        self.now += order.cases / RATE
        if order.number in self.losses:
            self.losses.remove(order.number)
            return [BatchLost(order.number, "Traceback:\n  it died")]
        if order.number == self.target_lost:
            return [TargetLost(order.number, "it does not start")]
        result = fake_result(order.seed, order.number, order.cases)
        return [BatchHeard(order.number, "playing", order.cases), BatchPlayed(result), BatchPlayed(result)]

    def close(self, seconds: float = 1.0) -> None:
        self.now += seconds
        self.closed += 1


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "campaign.sqlite3"


def coordinator(place: Path, desk: Desk, plan: CampaignPlan = PLAN, **tools: object) -> Coordinator:
    return Coordinator(plan, SUBJECT, CampaignTools(CampaignStore(place), desk, GIVEN, clock=desk.clock, **tools))  # type: ignore[arg-type]  # tests name only fields that there are


def stop_after(one: Coordinator, desk: Desk, count: int) -> Callable[[BatchOrder], None]:
    return lambda _: one.stop() if len(desk.orders) > count else None


def played(place: Path, desk: Desk, plan: CampaignPlan = PLAN) -> CampaignResult:
    return coordinator(place, desk, plan).run()


def without_times(result: CampaignResult) -> CampaignResult:
    return replace(result, seconds=0, began=BEGAN, curve=(), workers=0, rate=0)


def test_campaign_ends_with_exactly_the_cases_that_were_asked_for(place: Path) -> None:
    desk = Desk()
    result = played(place, desk)
    assert (result.end, result.cases, desk.closed) == (CampaignEnd.CASES, 600, 1)
    assert sum(order.cases for order in desk.orders) == 600
    assert [order.number for order in desk.orders] == list(range(len(desk.orders)))


def test_batches_begin_small_and_grow_to_the_time_that_they_should_take(place: Path) -> None:
    desk = Desk()
    played(place, desk)
    assert [order.cases for order in desk.orders][:4] == [20, 80, 100, 100]
    assert PLAN.batch_seconds * RATE == 100


def test_campaign_ends_in_its_time(place: Path) -> None:
    desk = Desk()
    result = played(place, desk, CampaignPlan(7, limit_seconds=1.05, batch_seconds=0.1))
    assert result.end is CampaignEnd.TIME
    assert desk.now - 1.0 == pytest.approx(1.05, abs=0.03)
    assert result.rate == pytest.approx(RATE)


def test_results_are_merged_and_stored(place: Path) -> None:
    desk = Desk(lanes=3)
    result = played(place, desk)
    expected = [fake_result(order.seed, order.number, order.cases) for order in desk.orders]
    assert result.pdus == sum(one.pdus for one in expected)
    assert result.restarts == len(expected)
    assert {found.key for found in result.findings} == {found.key for one in expected for found in one.found}
    assert sum(result.unconfirmed.values()) == sum(sum(one.unconfirmed.values()) for one in expected)
    assert [point.cases for point in result.curve][-1] == 600
    assert len(result.curve) == len(expected)
    assert (result.drivable, result.watched, result.calibration) == (
        SUBJECT.drivable,
        SUBJECT.watched,
        SUBJECT.calibration,
    )
    store = CampaignStore(place)
    assert audit(store) == ()
    assert CampaignStanding.of(store).result() == result


def test_orders_have_what_was_merged_when_they_were_handed_out(place: Path) -> None:
    desk = Desk(lanes=2)
    played(place, desk)
    first, second, third = desk.orders[:3]
    given = sorted(GIVEN, key=lambda sequence: sequence.digest)
    assert [*first.corpus] == [*second.corpus] == given
    assert (first.cell_hits, second.pair_hits) == ({}, {})
    merged = fake_result(7, second.number, second.cases)
    assert third.pair_hits == merged.pairs
    assert sum(third.cell_hits.values()) == sum(merged.certain.values()) + sum(merged.possible.values())
    assert third.causes == merged.causes
    assert set(third.corpus) == {*given, *merged.additions}


def test_resumed_campaign_is_the_same_as_one_that_was_never_stopped(place: Path, tmp_path: Path) -> None:
    whole = played(tmp_path / "whole.sqlite3", Desk())
    numbers = []
    for after in (1, 2, 1000):
        desk = Desk()
        one = coordinator(place, desk)
        desk.on_order = stop_after(one, desk, after)
        result = one.run()
        numbers += [order.number for order in desk.orders]
    assert result.end is CampaignEnd.CASES
    assert len(numbers) == len(set(numbers))
    assert without_times(result) == without_times(whole)
    assert audit(CampaignStore(place)) == ()


def test_stopped_campaign_drops_what_does_not_end_and_hands_it_out_again(place: Path) -> None:
    desk = Desk(lanes=2)
    one = coordinator(place, desk)
    one.stop()
    assert one.run().cases == 0
    desk = Desk(lanes=2)
    one = coordinator(place, desk)
    desk.is_stuck = True
    desk.on_order = lambda _: one.stop()
    result = one.run()
    assert (result.end, result.cases) == (CampaignEnd.INTERRUPTED, 0)
    assert desk.now <= 3
    assert [order.number for order in desk.orders] == [0, 1]
    again = Desk()
    assert played(place, again).cases == 600
    assert again.orders[0].number == 0


def test_seconds_and_limits_count_on(place: Path) -> None:
    first = played(place, Desk(), CampaignPlan(7, limit_cases=100, batch_seconds=0.1))
    longer = CampaignPlan(7, limit_cases=300, batch_seconds=0.1)
    second = played(place, Desk(), longer)
    assert (first.cases, second.cases) == (100, 300)
    assert second.seconds > first.seconds > 0
    assert [point.seconds for point in second.curve] == sorted(point.seconds for point in second.curve)
    nothing = Desk()
    assert played(place, nothing, longer).cases == 300
    assert nothing.orders == []


def test_lost_batch_is_handed_out_again_as_it_was(place: Path, tmp_path: Path) -> None:
    desk = Desk(losses=(1, 1, 3))
    result = played(place, desk)
    assert [order.number for order in desk.orders[:5]] == [0, 1, 1, 1, 2]
    assert desk.orders[1] == desk.orders[2]
    assert without_times(result) == without_times(played(tmp_path / "whole.sqlite3", Desk()))


def test_batch_that_nobody_can_play_is_abandoned_and_reported(place: Path) -> None:
    desk = Desk(losses=(1, 1, 1))
    result = played(place, desk)
    assert result.cases == 600
    assert [line for line in result.not_tried if line.startswith("Batch 1,") and "it died" in line]
    assert audit(CampaignStore(place)) == ()


def test_campaign_gives_up_when_nobody_can_play_anything(place: Path) -> None:
    desk = Desk(losses=[number for number in range(3) for _ in range(3)])
    with pytest.raises(WorkersFailedError, match="it died"):
        played(place, desk)
    assert desk.closed == 1
    assert len(desk.orders) == 9


def test_lost_target_ends_the_campaign(place: Path) -> None:
    result = played(place, Desk(target_lost=2))
    assert result.end is CampaignEnd.LOST
    assert "it does not start" in result.not_tried[-1]
    assert played(place, Desk()).end is CampaignEnd.CASES


def test_target_that_is_lost_after_the_time_was_used_up_is_told_of_as_that(place: Path) -> None:
    desk = Desk(target_lost=0)
    one = coordinator(place, desk, CampaignPlan(7, limit_seconds=1.0, batch_seconds=0.1, overtime=30.0))
    desk.is_stuck = True
    wait = desk.wait

    def late(seconds: float) -> Sequence[BatchEvent]:
        desk.is_stuck = desk.now < 2.0
        return wait(seconds)

    desk.wait = late  # type: ignore[method-assign]  # the target is lost in the last batch
    result = one.run()
    assert result.end is CampaignEnd.TIME
    assert result.not_tried[-1] == f"{LATE_LOSS}it does not start"


def test_pairs_are_counted_as_those_that_there_are(place: Path) -> None:
    """The same number everywhere; the pairs of other PDUs are none of them."""
    shown: list[CampaignProgress] = []
    result = coordinator(place, Desk(), show=shown.append).run()
    known = len(SUBJECT.all_pairs.intersection(result.pairs)) if SUBJECT.all_pairs else len(result.pairs)
    assert result.curve[-1].pairs == known
    assert all(one.pairs <= known for one in shown)


def test_campaign_with_a_broken_target_ends_without_a_batch(place: Path) -> None:
    desk = Desk()
    result = coordinator(place, desk).conclude(CampaignEnd.BROKEN)
    assert (result.end, desk.orders, desk.closed) == (CampaignEnd.BROKEN, [], 1)
    assert CampaignStore(place).read().end is CampaignEnd.BROKEN


def test_last_batches_may_confirm_what_they_found(place: Path) -> None:
    desk = Desk()
    one = coordinator(place, desk, CampaignPlan(7, limit_seconds=1.0, batch_seconds=0.1, overtime=30.0))
    desk.is_stuck = True
    assert one.run().end is CampaignEnd.TIME
    assert desk.now == pytest.approx(31, abs=1.3)


def test_progress_is_shown_a_few_times_a_second(place: Path) -> None:
    desk = Desk()
    shown: list[tuple[float, CampaignProgress]] = []
    plan = CampaignPlan(7, limit_seconds=10.0, limit_cases=100_000, batch_seconds=0.05)
    coordinator(place, desk, plan, show=lambda progress: shown.append((desk.now, progress))).run()
    times = [at for at, _ in shown]
    assert min(after - before for before, after in pairwise(times)) > 0.19
    last = shown[-1][1]
    assert last.rate == pytest.approx(RATE, rel=0.1)
    assert (last.limit_cases, last.drivable, last.all_pairs) == (100_000, 60, 2)
    assert last.findings[0].startswith("exit in Evt1-Sta1: It ended.")
    assert last.vitals is not None


def test_error_of_the_display_ends_the_workers(place: Path) -> None:
    def fail(_: CampaignProgress) -> None:
        raise RuntimeError("no terminal")

    desk = Desk()
    with pytest.raises(RuntimeError, match="no terminal"):
        coordinator(place, desk, show=fail).run()
    assert desk.closed == 1


def test_corpus_is_kept_in_a_directory_too(place: Path, tmp_path: Path) -> None:
    directory = CorpusDirectory(tmp_path / "corpus")
    own = FuzzSequence("acceptor", (Pause(3.0),))
    directory.add(own)
    result = coordinator(place, Desk(), directory=directory).run()
    there = set(directory.sequences())
    assert {own, *GIVEN} < there
    assert len(there) == result.corpus
    assert there == set(CampaignStore(place).corpus())
