"""Playing what follows: after the reaction of a case, and after several PDUs in one segment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from enum import StrEnum

from dulcimer._generated.conformance import Alternative
from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer.conformance.catalogue import ways
from dulcimer.conformance.judge.following import may_go_on
from dulcimer.conformance.judge.judge import judge, judge_so_far
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.observation import Followed, Shown, Standing
from dulcimer.conformance.model.oracle import PossibleStates
from dulcimer.conformance.model.parts import Following, Way
from dulcimer.conformance.model.seen import SILENCE, Seen
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.conversation import Conversation

Sending = Callable[[Events], Awaitable[None]]
"""Sends the PDU of an event."""


class After:
    """What follows on one connection of a case."""

    def __init__(self, talk: Conversation, send: Sending) -> None:
        self.talk = talk
        self.case: Case = talk.case
        self.send = send

    # ------------------------------------------------------------------ after a reaction

    async def go_on(self) -> None:
        """Wait or send, as the case says, if it can continue after the reaction."""
        talk, way = self.talk, self.case.then
        assert way is not None
        if not may_go_on(self.case, talk.reaction, judge_so_far(self.case, talk.observed)):
            return
        if way in ways.AFTER_THE_END:
            self._followed(await self._after_the_end(way))
        else:
            self._followed(Followed(await self._after_silence(way), talk.states.possible))

    def _followed(self, followed: Followed) -> None:
        self.talk.observed = replace(self.talk.observed, followed=followed)

    async def _after_the_end(self, way: StrEnum) -> Followed:
        talk = self.talk
        if not talk.states.possible:
            talk.states.assume(States.STA_13)
        seen = await talk.after_the_end()
        if seen.name != SILENCE and not seen.is_close:
            return Followed(seen, reached=False)
        if way == Way.ARTIM:
            seen = seen if seen.is_close else await talk.close_by_artim()
        elif not seen.is_close:
            await self.send(ways.AFTER_THE_END[way])
            seen = await talk.next(talk.timing.react)
        return Followed(seen, talk.states.possible)

    async def _after_silence(self, way: StrEnum) -> Seen:
        talk, follow = self.talk, self.case.follows[0]
        await self.send(ways.AFTER_SILENCE[way])
        deadline = talk.connection.now + talk.timing.react
        while True:
            seen = await talk.next(max(deadline - talk.connection.now, 0.001))
            if seen.fits(_good(follow)) or not seen.fits(follow.skip):
                break
        return await talk.close_due_at_once(seen) if seen.name == SILENCE and _closes(follow.alternatives) else seen

    # ------------------------------------------------------------------ several PDUs in one segment

    async def held(self) -> None:
        """Record everything that comes, until silence or the close by ARTIM, and whether a possible state allows it."""
        talk, to_send = self.talk, list(ways.afterwards(self.case))
        while True:
            before = talk.states.copy()
            seen = await talk.next(talk.timing.react)
            nothing_yet = not talk.observed.shown
            if seen.name == SILENCE and to_send and before.observe_silence():
                talk.states = before
                self.show(Shown(seen))
                await self.send(to_send.pop())
            elif nothing_yet and self.case.opening.answer and not seen.fits((self.case.opening.answer,)):
                self.show(Shown(seen, Standing.ELSEWHERE))
                return
            elif seen.name == SILENCE:
                self.show(await self._silence(seen))
                return
            elif talk.states.possible:
                self.show(Shown(seen))
            else:
                self.show(Shown(seen, Standing.IMPOSSIBLE, before.due))
                self._resume(before, seen)
                if judge(self.case, talk.observed).verdict is Verdict.FAILED:
                    return
            if seen.is_close:
                return

    def show(self, shown: Shown) -> None:
        """Record one observation."""
        self.talk.observed = replace(self.talk.observed, shown=(*self.talk.observed.shown, shown))

    def _resume(self, before: PossibleStates, seen: Seen) -> None:
        """Choose the possible states after something that the table does not allow."""
        if before.observe(seen.name):  # an A-ABORT of another source
            self.talk.states = before
        else:
            self.talk.states.assume(States.STA_13)

    async def _silence(self, seen: Seen) -> Shown:
        """The peer is silent: may it be? If only ARTIM bounds the connection, its expiry has to end it."""
        talk, due = self.talk, self.talk.states.due
        if talk.states.allows_silence():
            bounded = all((Events.EVT_18, state) in TABLE for state in talk.states.settled)
            if not bounded or talk.timing.artim is None:
                return Shown(seen)
            return Shown(await talk.close_by_artim(), Standing.UNDER_ARTIM)
        if any(_closes(row.alternatives) for row in self.case.follows if row.cell in due):
            seen = await talk.close_due_at_once(seen)
        return Shown(seen, Standing.OVERDUE, due)


def _good(follow: Following) -> tuple[str, ...]:
    return tuple(pattern for row in follow.alternatives if row.verdict == "OK" for pattern in row.on)


def _closes(rows: Iterable[Alternative]) -> bool:
    """Whether a close is among these reactions."""
    return any("late-close(*)" in row.on for row in rows)
