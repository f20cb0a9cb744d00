"""Scripts of the planner, played by our own provider in memory: its user does what the script waits for."""

from __future__ import annotations

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME
from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.engine.conversation import PduCutter
from dulcimer.fuzz.oracle.closing import UNTIMED, CloseTiming
from dulcimer.fuzz.oracle.referee import Judgement, Referee
from dulcimer.fuzz.oracle.verdicts import ReplyVerdict
from dulcimer.fuzz.sequences.moves import Act, Move, Script
from dulcimer.fuzz.sequences.rendering import BasePdus
from dulcimer.upper_layer import UpperLayer
from dulcimer.upper_layer.observer import Observer
from dulcimer.wire.model import AssociateRj, AssociateRq
from support.associations import REQUESTS

BASES = BasePdus()


class PathOfCells(Observer):
    """The cells that a provider goes through, in order."""

    def __init__(self) -> None:
        self.seen: list[Cell] = []

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:
        self.seen.append((event, state))


class ScriptedTalk:
    """A provider that plays a script, and a referee that watches from outside; in the end the tester closes.

    `seen`: the filled cells that the provider has gone through; `verdicts`: all that the referee has said.
    """

    def __init__(self, script: Script, judgement: Judgement, *, is_timed: bool) -> None:
        self.referee = Referee(judgement)
        self.verdicts: list[ReplyVerdict] = []
        self._script, self._is_timed = script, is_timed
        self._watch = PathOfCells()
        self._provider = UpperLayer(is_requestor=script.role == "requestor", refuse=_refuse, observer=self._watch)
        self._cutter = PduCutter()
        self._is_over = False
        self._play()

    @property
    def seen(self) -> set[Cell]:
        return {cell for cell in self._watch.seen if cell in TABLE}

    def _play(self) -> None:
        moves = self._script.moves
        for move, following in zip(moves, (*moves[1:], None), strict=True):
            self._do(move)
            if not (following is not None and following.act is Act.SEND and following.joined):
                self._show()
        if not self._is_over and self._provider.state is not States.STA_4:
            self._close()
            self._show()
            self._end()

    def _do(self, move: Move) -> None:
        provider = self._provider
        match move.act:
            case Act.LAUNCH | Act.USER:
                provider.send(REQUESTS[move.event], 0.0)
            case Act.CONNECT:
                self.referee.connected()
                provider.transport_connected(0.0)
            case Act.REFUSE:
                self.referee.refused()
                provider.transport_closed(0.0)
                self._is_over = True
            case Act.SEND:
                for data in BASES.pdus(self._script.role, move.event, move.kind):
                    if not self._is_over:
                        self.referee.sent(data)
                    provider.receive_data(data, 0.0)
            case Act.ARTIM:
                provider.expire(0.0)
            case Act.HALF_CLOSE:
                self._close()

    def _close(self) -> None:
        if not self._is_over:
            self.referee.closed()
        self._provider.transport_closed(0.0)

    def _show(self) -> None:
        """What has come out of the provider."""
        while self._provider.next_event() is not None:
            pass
        for pdu in self._cutter.cut(b"".join(map(bytes, self._provider.data_to_send()))):
            self.verdicts += self.referee.received(pdu)
        if self._provider.close_requested:
            self._end()

    def _end(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        waits = any(move.act is Act.ARTIM for move in self._script.moves)
        self.verdicts += self.referee.ended(timing=CloseTiming(True, waits) if self._is_timed else UNTIMED)


def _refuse(request: AssociateRq) -> AssociateRj | None:
    return None if request.application_context == APPLICATION_CONTEXT_NAME else AssociateRj(1, 1, 2)
