"""What waits for timers of the target: played beside the batches, on targets of its own, once in a campaign."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import Events
from dulcimer.errors import DulcimerError
from dulcimer.fuzz.campaign.visiting import watched
from dulcimer.fuzz.engine.conversation import ConnectionRecord, Received
from dulcimer.fuzz.engine.settle import PATIENT
from dulcimer.fuzz.findings.finding import FuzzFinding
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.findings.seen import SeenConversation
from dulcimer.fuzz.judging.artim import artim_of, drip_sequence, idle_sequence, kept_open
from dulcimer.fuzz.judging.session import Played, TargetSession
from dulcimer.fuzz.sequences.moves import Script
from dulcimer.fuzz.sequences.planner import Planner
from dulcimer.fuzz.sequences.rendering import BasePdus, sequence_of
from dulcimer.fuzz.sequences.steps import FuzzSequence

_LONGEST = 65.0
"""Seconds of ARTIM, or of an idle association, that are waited for."""
_MARGIN = 1.5
_TRIES = 3
_ROUNDS, _SHORT = 3, 5.0
"""How often a cell is tried, by other ways if there are some, if that takes no more than so many seconds."""
_TO_END = 2.0
"""Seconds for the thread once its target is gone."""


@dataclass(frozen=True, slots=True)
class WaitingPlay:
    """One connection of the lane, and the finding that it showed, if any."""

    sequence: FuzzSequence
    played: Played
    found: Reproducer | None = None


class WaitingLane:
    """A thread with a target of its own, which `open_session` starts."""

    def __init__(self, open_session: Callable[[], TargetSession], bases: BasePdus, target: FuzzTarget) -> None:
        self._open_session, self._bases, self._target = open_session, bases, target
        self._done: queue.SimpleQueue[WaitingPlay] = queue.SimpleQueue()
        self._is_over = False
        self._session: TargetSession | None = None
        self._thread = threading.Thread(target=self._run, name="dulcimer-fuzz-waiting", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def taken(self) -> list[WaitingPlay]:
        """What was played since the last call."""
        found = []
        while not self._done.empty():
            found.append(self._done.get())
        return found

    def close(self) -> None:
        """End its target, and with it the thread."""
        self._is_over = True
        if self._session is not None:
            self._session.close()
        if self._thread.ident is not None:
            self._thread.join(_TO_END)

    # ------------------------------------------------------------------ in the thread

    def _run(self) -> None:
        try:
            self._session = session = self._open_session()
        except DulcimerError:
            return
        try:
            for play in waiting_plays(session, self._bases, self._target):
                if self._is_over:
                    return
                self._done.put(play)
        except (DulcimerError, OSError):
            if not self._is_over:
                raise
        finally:
            session.close()


def waiting_plays(session: TargetSession, bases: BasePdus, target: FuzzTarget) -> Iterator[WaitingPlay]:
    """Play it all. Raises TargetLostError.

    - At a server, an idle connection, which shows how long ARTIM is; then each way to a cell that waits for ARTIM once,
      and a request byte by byte. Nothing of that if the idle connection is not ended.
    - At a client, the ways to cells that wait for ARTIM.
    - Each cell that a server comes to when it requests the release of an idle association, if it does that.
    """
    scripts = [script for script in Planner(session.role).scripts.values() if script.waits_for_timers]
    timed = [script for script in scripts if not script.needs]
    if session.role == "requestor":
        for script in timed:
            yield _play(session, watched(script, bases.timed(_LONGEST, _LONGEST)))
        return
    idle = _play(session, idle_sequence(_LONGEST))
    yield idle
    artim = artim_of(idle.played.record)
    if artim is not None:
        bases = bases.timed(_MARGIN * artim + 1.0, _LONGEST)
        for script in timed:
            yield _play(session, sequence_of(script, bases))
        (request,) = bases.pdus(session.role, Events.EVT_6)
        drip = _play(session, drip_sequence(request, artim))
        yield replace(drip, found=_confirmed(session, drip, artim, target))
    yield from _released(session, bases, [script for script in scripts if script.needs])


def _released(session: TargetSession, bases: BasePdus, scripts: Sequence[Script]) -> Iterator[WaitingPlay]:
    """The cells after a release that the server requests; the first of them shows after how long it does."""
    first, *others = sorted(scripts, key=lambda script: script.cost)
    seen = _play(session, watched(first, bases.timed(bases.artim, _LONGEST)))
    yield seen
    seconds = released_after(seen.played.record)
    if seconds is None:
        return
    bases = bases.timed(bases.artim, _MARGIN * seconds + 1.0)
    planner, certain = Planner(session.role), set(seen.played.review.certain)
    for number in range(_ROUNDS if seconds < _SHORT else 1):
        for script in others:
            ways = planner.ways(script.cell)
            if script.cell not in certain:
                play = _play(session, watched(ways[number % len(ways)], bases))
                certain |= play.played.review.certain
                yield play


def released_after(record: ConnectionRecord) -> float | None:
    """Seconds after which the target has requested the release of an idle association; None if it has not."""
    accepted = None
    for entry in record.entries:
        if isinstance(entry, Received) and entry.data[0] == PduType.A_ASSOCIATE_AC:
            accepted = entry.at
        if isinstance(entry, Received) and entry.data[0] == PduType.A_RELEASE_RQ and accepted is not None:
            return entry.at - accepted
    return None


def _play(session: TargetSession, sequence: FuzzSequence) -> WaitingPlay:
    return WaitingPlay(sequence, session.play(sequence, timing=PATIENT))


def _confirmed(session: TargetSession, drip: WaitingPlay, artim: float, target: FuzzTarget) -> Reproducer | None:
    """The finding, if the connection is kept open each time."""
    suspicion = kept_open(drip.played.record, artim)
    if suspicion is None:
        return None
    if not all(kept_open(session.play(drip.sequence).record, artim) for _ in range(_TRIES)):
        return None
    finding = FuzzFinding(
        suspicion.oracle,
        suspicion.verdict,
        suspicion.confidence,
        suspicion.clause,
        suspicion.cell,
        times=_TRIES,
        tries=_TRIES,
    )
    seen = SeenConversation.of(drip.played.record, True)
    return Reproducer(finding, drip.sequence, seen, ("close",), target=target)
