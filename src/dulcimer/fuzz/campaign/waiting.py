"""What waits for timers of the target: played beside the batches, on targets of its own, once in a campaign."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from dulcimer._generated.fsm import Events
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.errors import DulcimerError
from dulcimer.fuzz.findings.finding import FuzzFinding
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.findings.seen import SeenConversation
from dulcimer.fuzz.judging.artim import artim_of, drip_sequence, idle_sequence, kept_open
from dulcimer.fuzz.judging.session import Played, TargetSession
from dulcimer.fuzz.sequences.moves import Act
from dulcimer.fuzz.sequences.planner import Planner
from dulcimer.fuzz.sequences.rendering import BasePdus, sequence_of
from dulcimer.fuzz.sequences.steps import FuzzSequence

_LONGEST = 65.0
"""Seconds of ARTIM that are waited for."""
_MARGIN = 1.5
_TRIES = 3
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

    def __init__(self, open_session: Callable[[], TargetSession], titles: Titles, target: FuzzTarget) -> None:
        self._open_session, self._titles, self._target = open_session, titles, target
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
            for play in waiting_plays(session, self._titles, self._target):
                if self._is_over:
                    return
                self._done.put(play)
        except (DulcimerError, OSError):
            if not self._is_over:
                raise
        finally:
            session.close()


def waiting_plays(session: TargetSession, titles: Titles, target: FuzzTarget) -> Iterator[WaitingPlay]:
    """Play it all: an idle connection, each way to a cell that waits for ARTIM once, a request byte by byte.

    Nothing but the idle connection if the target does not end that. Raises TargetLostError.
    """
    idle = _play(session, idle_sequence(_LONGEST))
    yield idle
    artim = artim_of(idle.played.record)
    if artim is None:
        return
    bases = BasePdus(titles, artim=_MARGIN * artim + 1.0)
    for script in Planner(session.role).scripts.values():
        waits = [move for move in script.moves if move.act is Act.ARTIM]
        if len(waits) == 1 and not script.needs:
            yield _play(session, sequence_of(script, bases))
    (request,) = bases.pdus(session.role, Events.EVT_6)
    drip = _play(session, drip_sequence(request, artim))
    yield replace(drip, found=_confirmed(session, drip, artim, target))


def _play(session: TargetSession, sequence: FuzzSequence) -> WaitingPlay:
    return WaitingPlay(sequence, session.play(sequence))


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
