"""The verdict on what follows: after the reaction of a case, and on several things in one segment.

What no state allows that the peer can be in is a deviation. How grave it is says the reaction that the catalogue
demands in the cell which the peer must have been in; where there are several, the mildest counts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import Alternative
from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer.conformance.catalogue import ways
from dulcimer.conformance.model.case import RANK, Case, Following, Result, Verdict
from dulcimer.conformance.model.oracle import Cell, PossibleStates
from dulcimer.conformance.model.seen import SILENCE, Seen
from dulcimer.conformance.play.conversation import Conversation

Send = Callable[[Events], Awaitable[None]]
"""Sends the PDU of an event."""

IMPOSSIBLE = "impossible"
"""The alternative where what is seen is held against the possible states, and no state allows it."""
WHY_IMPOSSIBLE = "no state the peer can be in allows it"
_BEFORE = "before"
"""The alternative where a case could not go on."""
_ABORT = PduType.A_ABORT.label
ENDING = (_ABORT, PduType.A_ASSOCIATE_RJ.label, PduType.A_RELEASE_RP.label)
GOOD = (Verdict.OK, Verdict.NON_STRICT)
SILENT = (Verdict.OK, Verdict.INFORMATIONAL, Verdict.INCONCLUSIVE)


class After:
    """What follows on one connection of a case."""

    def __init__(self, talk: Conversation, send: Send) -> None:
        self.talk = talk
        self.case: Case = talk.case
        self.send = send

    # ------------------------------------------------------------------ after a reaction

    async def go_on(self, reaction: Seen, result: Result) -> None:
        """Wait or send, as the case says, and let the result be what comes of that."""
        way = self.case.then
        if way in ways.AFTER_THE_END:
            if self._may_go_on(result, reaction.name in (*ENDING, SILENCE) and result.verdict in GOOD):
                await self._after_the_end(way, result)
        elif self._may_go_on(result, reaction.name == SILENCE and result.verdict in SILENT):
            await self._after_silence(way, result)

    def _may_go_on(self, result: Result, is_there: bool) -> bool:
        """A case that goes on is about what follows: what came before counts in the case it is made from."""
        base = self.case.id.removesuffix(f".{self.case.then}")
        if is_there:
            if result.verdict is not Verdict.OK:
                result.notes.append(f"what came before is {result.verdict}: see {base}")
            return True
        if result.verdict not in (Verdict.UNOBSERVABLE, Verdict.INCONCLUSIVE, Verdict.ERROR):
            result.why = f"the peer did not come to where the case goes on: see {base}, which is about that"
            result.verdict, result.alternative, result.severity = Verdict.UNOBSERVABLE, _BEFORE, self.case.severity
        return False

    async def _after_the_end(self, way: str, result: Result) -> None:
        talk = self.talk
        if not talk.states.possible:
            talk.states.assume(States.STA_13)
        seen = await talk.after_the_end()
        if seen.name != SILENCE and not seen.is_close:
            self._may_go_on(result, is_there=False)
            return
        if way == ways.ARTIM:
            seen = seen if seen.is_close else await talk.close_by_artim()
        elif not seen.is_close:
            await self.send(ways.AFTER_THE_END[way])
            seen = await talk.next(talk.timing.react)
        self._judge(self.case.follows[0], seen, result)
        result.lost_race = seen.is_close

    async def _after_silence(self, way: str, result: Result) -> None:
        talk, follow, slow = self.talk, self.case.follows[0], result.verdict is Verdict.INCONCLUSIVE
        await self.send(ways.AFTER_SILENCE[way])
        deadline = talk.connection.now + talk.timing.react
        while True:
            seen = await talk.next(max(deadline - talk.connection.now, 0.001))
            if seen.fits(_good(follow)) or not seen.fits(follow.skip):
                break
        if seen.name == SILENCE and _closes(follow.alternatives):
            seen = await talk.close_behind(seen)
        self._judge(follow, seen, result)
        result.retry |= slow  # the peer may have been kept from the answer

    def _judge(self, follow: Following, seen: Seen, result: Result) -> None:
        """The verdict that the alternatives, and behind them the possible states, give on what came then."""
        row = _fitting(follow.alternatives, seen)
        if row is None and self.talk.states.possible:
            row = Alternative("", str(Verdict.INFORMATIONAL), (), why="allowed, and not named by the case")
        self._set(result, row, f"{result.observed}, then {seen.label}")

    # ------------------------------------------------------------------ several things in one segment

    async def held(self) -> Result:
        """All that comes, up to silence and past ARTIM, held against the possible states."""
        result = Result(self.case, Verdict.OK, "")
        shown: list[str] = []
        to_send = list(ways.afterwards(self.case))
        while True:
            before = self.talk.states.copy()
            seen = await self.talk.next(self.talk.timing.react)
            if seen.name == SILENCE and to_send and before.observe_silence():
                self.talk.states = before
                shown.append(seen.label)
                await self.send(to_send.pop())
                continue
            if seen.name == SILENCE and (shown or not self.case.answer):
                await self._held_silence(seen, shown, result)
                return result
            if not shown and self.case.answer and not seen.fits((self.case.answer,)):
                result.observed = seen.label
                self._may_go_on(result, is_there=False)
                return result
            if not self.talk.states.possible:
                self._held_impossible(before, seen, shown, result)
            shown.append(seen.label)
            if seen.is_close and len(shown) == 1 and self._began_in(States.STA_13) and self.case.watch == "reaction":
                result.verdict, result.lost_race = Verdict.UNOBSERVABLE, True
                result.why = "the peer closed the connection, as ARTIM lets it at any time, before it could show more"
            result.observed = ", then ".join(shown)
            if seen.is_close or result.verdict is Verdict.FAILED:
                return result

    def _held_impossible(self, before: PossibleStates, seen: Seen, shown: Sequence[str], result: Result) -> None:
        """The table does not allow it. How grave is it, and how does it go on?"""
        row = self._mildest(before.due, seen)
        if row is None and seen.name == _ABORT and any(label.startswith(_ABORT) for label in shown):
            result.notes.append("one more A-ABORT")  # as after a reaction of the catalogue: harmless
        else:
            self._deviates(row, [*shown, seen.label], result)
        if before.observe(seen.name):  # an A-ABORT of another source
            self.talk.states = before
        else:
            self.talk.states.assume(States.STA_13)

    async def _held_silence(self, seen: Seen, shown: list[str], result: Result) -> None:
        """The peer is silent: may it be? If nothing but ARTIM holds the connection, that has to end it."""
        talk, due = self.talk, self.talk.states.due
        if talk.states.allows_silence():
            bounded = all((Events.EVT_18, state) in TABLE for state in talk.states.settled)
            if bounded and talk.timing.artim is not None:
                seen = await talk.close_by_artim()
                follow = next(row for row in self.case.follows if row.cell == (Events.EVT_18, States.STA_13))
                self._deviates(_fitting(follow.alternatives, seen), [*shown, seen.label], result)
        else:
            if any(_closes(row.alternatives) for row in self.case.follows if row.cell in due):
                seen = await talk.close_behind(seen)
            row = self._mildest(due, seen)
            nothing_yet = not shown and self._began_in(States.STA_6, States.STA_7)
            if row is not None and row.verdict == Verdict.FAILED and seen.label == SILENCE and nothing_yet:
                why = "the user of the peer may take any time to answer what came before"
                row = Alternative("", str(Verdict.INCONCLUSIVE), (), why=why)
            self._deviates(row, [*shown, seen.label], result)
            result.retry = True
        result.observed = ", then ".join((*shown, seen.label))

    def _began_in(self, *states: States) -> bool:
        return self.case.cell is not None and self.case.cell[1] in states

    def _mildest(self, due: Iterable[Cell], seen: Seen) -> Alternative | None:
        """The mildest that the reactions to what the peer has yet to take say of what was seen.

        That one of them allows silence is no excuse: all of it has to be taken.
        """
        wanted = frozenset(due)
        rows = (_fitting(row.alternatives, seen) for row in self.case.follows if row.cell in wanted)
        found = [row for row in rows if row is not None and not (seen.name == SILENCE and row.verdict == Verdict.OK)]
        return min(found, key=lambda row: RANK[Verdict(row.verdict)], default=None)

    def _deviates(self, row: Alternative | None, shown: Iterable[str], result: Result) -> None:
        """Take a deviation into account: the worst counts."""
        if row is None or RANK[Verdict(row.verdict)] > RANK[result.verdict]:
            self._set(result, row, ", then ".join(shown))

    def _set(self, result: Result, row: Alternative | None, observed: str) -> None:
        """The verdict of an alternative; without one, FAILED."""
        result.observed = observed
        row = row or Alternative(IMPOSSIBLE, str(Verdict.FAILED), (), why=WHY_IMPOSSIBLE)
        result.verdict, result.why, result.alternative = Verdict(row.verdict), row.why, row.name
        result.severity = row.severity or self.case.severity
        unsure = "rst" in observed or observed.endswith(SILENCE)  # a reset may have swept an A-ABORT away
        result.retry = result.verdict is Verdict.FAILED or (result.verdict is Verdict.NON_STRICT and unsure)


def _fitting(rows: Iterable[Alternative], seen: Seen) -> Alternative | None:
    return next((row for row in rows if seen.fits(row.on)), None)


def _good(follow: Following) -> tuple[str, ...]:
    return tuple(pattern for row in follow.alternatives if row.verdict == "OK" for pattern in row.on)


def _closes(rows: Iterable[Alternative]) -> bool:
    """Whether these are reactions in which a close is waited for."""
    return any("late-close(*)" in row.on for row in rows)
