"""After the reaction of a requestor: how the connection ends, and whether the association still works."""

from __future__ import annotations

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.judge.judge import judge_so_far
from dulcimer.conformance.model.observation import Sequel
from dulcimer.conformance.model.parts import Settle, WatchFor
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.seen import SILENCE
from dulcimer.conformance.model.steps import Send
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.requestor_talk import RequestorTalk
from dulcimer.wire.codec import encode
from dulcimer.wire.model import ReleaseRp

_ABORT, _RP = PduType.A_ABORT.label, PduType.A_RELEASE_RP.label
_DATA, _RELEASE_RQ = PduType.P_DATA_TF.label, PduType.A_RELEASE_RQ.label
_ENDING = (_ABORT, _RP)


class RequestorSettlement:
    """What follows the reaction on one connection. `releases`: the peer releases its associations at other times."""

    def __init__(self, talk: RequestorTalk, case: RequestorCase, *, releases: bool) -> None:
        self._talk = talk
        self._case = case
        self._releases = releases

    async def end(self) -> None:
        """End the connection, and record how it ended."""
        talk, case = self._talk, self._case
        reaction = talk.reaction
        if case.expectation.watch is WatchFor.GONE:
            talk.ended("tester")
        elif reaction.is_close or talk.connection.ended:
            talk.ended(reaction.label if reaction.is_close else "peer")
        elif reaction.name == _RP and case.closing.settle is Settle.RELEASE:
            await self._release()
        elif reaction.name in _ENDING:
            await self._end_of_association()
        elif case.serves and reaction.name in (_DATA, _RELEASE_RQ):
            await self._serve()
        elif case.closing.settle is Settle.RELEASE and reaction.name == SILENCE and self._is_right():
            await self._release()
        else:
            talk.ended("tester")

    def _is_right(self) -> bool:
        return judge_so_far(self._case, self._talk.observed).verdict is Verdict.OK

    async def _end_of_association(self) -> None:
        """The peer waits for the tester to close, or closes early; it may send nothing more."""
        talk = self._talk
        if not talk.states.possible:
            talk.states.assume(States.STA_13)
        seen = await talk.after_the_end()
        if seen.name != SILENCE and not seen.is_close and not talk.states.possible:
            talk.came_after(Sequel.AFTER_THE_END, seen)
        talk.ended(f"early-{seen.label}" if seen.is_close else "tester")

    async def _release(self) -> None:
        """Answer the release request of the peer; AR-3 then closes the connection."""
        talk = self._talk
        await talk.send(Send(_RP, encode(ReleaseRp()), (Events.EVT_13,)))
        seen = await talk.next(talk.timing.react)
        if seen.name == SILENCE:
            seen = await talk.close_due_at_once(seen)
        talk.ended(seen.label)
        if not seen.is_close and not talk.still_open:
            talk.came_after(Sequel.INSTEAD_OF_RELEASE, seen)

    async def _serve(self) -> None:
        """Answer requests, and the release request, until the association is over."""
        talk = self._talk
        seen = talk.reaction
        while True:  # ends, as the connection reads only so much
            if seen.name == _DATA:
                await talk.answer()
            elif seen.name == _RELEASE_RQ:
                await self._release()
                return
            else:
                break
            seen = await talk.next(talk.timing.react)
        talk.ended(seen.label)
        if seen.name == SILENCE:
            talk.notes.append("the peer neither continued nor released the association in the time watched")
        elif seen.is_close and not self._releases:
            talk.notes.append("the peer closed the connection without a release, as it always does")
        elif not seen.fits((f"{_ABORT}(0,0)",)) and self._case.closing.settle is Settle.RELEASE:
            talk.came_after(Sequel.INSTEAD_OF_WORK, seen)
