"""What waits for timers: which connections are played, what is found, and that nothing of it outlives its lane."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from dulcimer._generated.fsm import Events, States
from dulcimer.fuzz.campaign.waiting import WaitingLane, WaitingPlay, waiting_plays
from dulcimer.fuzz.engine.conversation import ConnectionRecord, Ended, EndKind, Entry, Sent
from dulcimer.fuzz.engine.settle import SettleTiming
from dulcimer.fuzz.findings.finding import FindingOracle
from dulcimer.fuzz.findings.reproducer import FuzzTarget
from dulcimer.fuzz.judging.meanwhile import Meanwhile
from dulcimer.fuzz.judging.session import Played, TargetLostError
from dulcimer.fuzz.sequences.planner import Planner
from dulcimer.fuzz.sequences.rendering import BasePdus
from dulcimer.fuzz.sequences.steps import AwaitReply, Chunks, FuzzSequence, Pause, SendBytes
from dulcimer.wire.codec import encode
from support.associations import RQ
from support.fuzz_own_stack import IDLE, OwnStackSession
from support.fuzz_sessions import MemorySession

ARTIM = 3.0
TARGET = FuzzTarget("a server", "1.0")
ARTIM_CELL = (Events.EVT_18, States.STA_2)
RELEASED = {cell for cell, script in Planner("acceptor").scripts.items() if script.waits_for_timers and script.needs}
"""The cells that a server comes to when it requests the release of what is idle."""


class TimedSession(MemorySession):
    """A server with this ARTIM, None for none; drip number `closes_from` and all later ones are closed in time."""

    def __init__(self, artim: float | None = ARTIM, closes_from: int = 0) -> None:
        super().__init__()
        self.artim = artim
        self._drips_left = closes_from

    def play(
        self, sequence: FuzzSequence, *, timing: SettleTiming | None = None, meanwhile: Meanwhile | None = None
    ) -> Played:
        played = super().play(sequence, timing=timing)
        return Played(self._record(sequence), played.review)

    def _record(self, sequence: FuzzSequence) -> ConnectionRecord:
        drip = next((step for step in sequence.steps if isinstance(step, Chunks)), None)
        if self.artim is None:
            return ConnectionRecord((Ended(65.0, EndKind.OPEN),))
        if drip is None:
            sent = tuple(Sent(0.0, 0, step.data) for step in sequence.steps if isinstance(step, SendBytes))
            return ConnectionRecord((*sent, Ended(self.artim, EndKind.FIN)))
        self._drips_left -= 1
        pieces = len(drip.data) if self._drips_left >= 0 else int(self.artim / drip.seconds) + 1
        entries: list[Entry] = [Sent(number * drip.seconds, 0, drip.data[number:][:1]) for number in range(pieces)]
        return ConnectionRecord((*entries, Ended(pieces * drip.seconds, EndKind.FIN)))


def plays_of(session: MemorySession) -> list[WaitingPlay]:
    return list(waiting_plays(session, BasePdus(), TARGET))


def pauses(sequence: FuzzSequence) -> list[float]:
    return [step.seconds for step in sequence.steps if isinstance(step, Pause)]


def longest_wait(sequence: FuzzSequence) -> float:
    return max((step.seconds for step in sequence.steps if isinstance(step, AwaitReply | Pause)), default=0.0)


def test_target_without_artim_that_never_releases_is_waited_for_twice() -> None:
    idle, release = plays_of(TimedSession(None))
    assert (idle.sequence.cell, release.sequence.cell) == (ARTIM_CELL, (Events.EVT_11, States.STA_6))
    assert longest_wait(idle.sequence) == longest_wait(release.sequence) == 65.0
    assert idle.found is None


def test_cells_after_a_release_by_the_server_wait_a_little_longer_than_it_took() -> None:
    session = OwnStackSession("acceptor")
    after = [play for play in waiting_plays(session, BasePdus(), TARGET) if play.sequence.cell in RELEASED]
    first, *others = after
    assert longest_wait(first.sequence) == 65.0
    assert all(longest_wait(play.sequence) == pytest.approx(1.5 * IDLE + 1.0, rel=0.05) for play in others)
    assert len(after) > len(RELEASED) / 2
    assert not RELEASED - session.cells


def test_client_is_waited_for_in_sta13() -> None:
    (play,) = waiting_plays(OwnStackSession("requestor"), BasePdus(request=encode(RQ)), TARGET)
    assert play.sequence.cell == (Events.EVT_18, States.STA_13)
    assert play.sequence.cell in play.played.review.certain


def test_ways_to_all_cells_of_artim_wait_a_little_longer_than_it() -> None:
    idle, *ways, drip, _ = plays_of(TimedSession(closes_from=0))
    assert idle.sequence.cell == drip.sequence.cell == ARTIM_CELL
    cells = {play.sequence.cell for play in ways}
    assert {ARTIM_CELL, (Events.EVT_18, States.STA_13)} <= cells
    assert len(cells) == len(ways)
    for play in ways:
        (longest,) = (seconds for seconds in pauses(play.sequence) if seconds > ARTIM)
        assert longest == pytest.approx(1.5 * ARTIM + 1.0)
    assert drip.found is None


def test_server_that_starts_artim_again_for_every_byte_is_found_with_four_connections() -> None:
    session = TimedSession(closes_from=4)
    *others, drip, _ = plays_of(session)
    assert not any(play.found for play in others)
    assert drip.found is not None
    finding = drip.found.finding
    assert (finding.oracle, finding.cell, finding.times, finding.tries) == (FindingOracle.ARTIM, ARTIM_CELL, 3, 3)
    assert drip.found.target == TARGET
    assert session.all.count(drip.sequence) == 4


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_drip_that_is_not_kept_open_each_time_is_no_finding(kept: int) -> None:
    session = TimedSession(closes_from=kept)
    *_, drip, _ = plays_of(session)
    assert drip.found is None
    assert session.all.count(drip.sequence) == kept + 1


# ---------------------------------------------------------------------- the thread


class WatchedSession(TimedSession):
    """Says when it is closed; `meanwhile` is called for each connection."""

    def __init__(self, meanwhile: Callable[[WatchedSession], None] = lambda _: None) -> None:
        super().__init__()
        self.ended = threading.Event()
        self._meanwhile = meanwhile

    def play(
        self, sequence: FuzzSequence, *, timing: SettleTiming | None = None, meanwhile: Meanwhile | None = None
    ) -> Played:
        self._meanwhile(self)
        return super().play(sequence, timing=timing)

    def close(self) -> None:
        super().close()
        self.ended.set()


def test_lane_gives_each_connection_once_and_ends_its_target() -> None:
    session = WatchedSession()
    lane = WaitingLane(lambda: session, BasePdus(), TARGET)
    lane.start()
    session.ended.wait()
    taken = lane.taken()
    assert [play.sequence for play in taken] == [play.sequence for play in plays_of(TimedSession())]
    assert lane.taken() == []
    lane.close()


def test_lane_that_is_closed_takes_its_target_from_what_waits() -> None:
    waits = threading.Event()

    def wait(session: WatchedSession) -> None:
        waits.set()
        session.ended.wait()
        raise TargetLostError("it was closed")

    session = WatchedSession(wait)
    lane = WaitingLane(lambda: session, BasePdus(), TARGET)
    lane.start()
    waits.wait()
    lane.close()
    assert not any(thread.name == "dulcimer-fuzz-waiting" for thread in threading.enumerate())
    assert lane.taken() == []


def test_lane_whose_target_does_not_start_has_nothing_to_give() -> None:
    asked: list[None] = []

    def fail() -> MemorySession:
        asked.append(None)
        raise TargetLostError("the port is taken")

    lane = WaitingLane(fail, BasePdus(), TARGET)
    lane.start()
    lane.close()
    assert asked == [None]
    assert lane.taken() == []


def test_lane_that_was_never_started_can_be_closed() -> None:
    WaitingLane(MemorySession, BasePdus(), TARGET).close()
