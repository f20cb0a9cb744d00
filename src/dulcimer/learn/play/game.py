"""A game: the moves so far, one association after the other; any of them can be taken back, or saved as a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dulcimer._generated.fsm import Events
from dulcimer.learn.play.ends import PlayedAssociation
from dulcimer.learn.play.moves import USER_WORDS, MoveError, MoveKind, PlayMove
from dulcimer.trace.recording import TraceFile
from dulcimer.trace.records import ENDS, REQUESTOR, TraceRecord
from dulcimer.upper_layer import Observer


@dataclass(frozen=True, slots=True)
class PlayedMove:
    """A move, and what both machines did; `begins`: it is the first of an association."""

    move: PlayMove
    records: tuple[TraceRecord, ...]
    begins: bool = False


class Game:
    """Associations between two ends, made by moves. `observe` makes an observer for each end of each of them."""

    def __init__(self, moves: Iterable[PlayMove] = (), observe: Callable[[], Observer] | None = None) -> None:
        self._observe = observe
        self.moves: list[PlayMove] = []
        """What was played."""
        self.association = PlayedAssociation(observe)
        self.count = 1
        """How many associations there were."""
        for move in moves:
            self.play(move)

    def play(self, move: PlayMove) -> PlayedMove:
        """Make a move. Raises MoveError if it is not possible; then nothing has changed."""
        begins = self._begins(move)
        if begins and self.association.is_over:
            self.association = PlayedAssociation(self._observe)
            self.count += 1
        records = self.association.do(move)
        self.moves.append(move)
        return PlayedMove(move, tuple(records), begins)

    def undo(self) -> PlayMove:
        """Take the last move back. Raises MoveError if there is none."""
        if not self.moves:
            raise MoveError("There is no move to take back.")
        *before, last = self.moves
        again = Game(before)
        self.association, self.count, self.moves = again.association, again.count, again.moves
        return last

    def save(self, path: Path) -> None:
        """Write all moves as a trace, in which each end has recorded each association. Raises OSError.

        The associations of the requestor are the first, third and so on; those of the acceptor follow them.
        """
        path.open("ab").close()  # the recorder would only log that it cannot write
        if not self.moves:
            raise MoveError("Nothing was played yet: there is nothing to save.")
        file = TraceFile(path, title="dulcimer play")
        Game(self.moves, file)
        file.close()

    def choices(self) -> Iterator[PlayMove]:
        """The moves that are possible now, but for those that send a PDU by mistake."""
        possible = [PlayMove(MoveKind.ISSUE, end, event) for end in ENDS for event in USER_WORDS]
        possible += [PlayMove(kind, end) for kind in (MoveKind.RECEIVE, MoveKind.TIMEOUT) for end in ENDS]
        possible.append(PlayMove(MoveKind.CUT))
        return (move for move in possible if self.allows(move))

    def allows(self, move: PlayMove) -> bool:
        """Whether a move is possible now."""
        return self.association.allows(move) or (self._begins(move) and self.association.is_over)

    def _begins(self, move: PlayMove) -> bool:
        is_fresh = not self.moves or self.association.is_over
        return is_fresh and move == PlayMove(MoveKind.ISSUE, REQUESTOR, Events.EVT_1)
