"""Playing an extended case against a peer that accepts associations."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import EVENTS, Events
from dulcimer.conformance.catalogue import ways
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.steps import Send, Step
from dulcimer.conformance.play.acceptor import Play
from dulcimer.conformance.play.acceptor_talk import Talk
from dulcimer.conformance.play.after import After
from dulcimer.conformance.play.target import Target
from dulcimer.conformance.sender_rules.log import SenderLog

_DATA = PduType.P_DATA_TF.label


def play_of(case: Case, target: Target, log: SenderLog) -> Play:
    """One run of a case of the catalogue, or of an extended case."""
    return (ThoroughPlay if case.then else Play)(case, target, log)


class ThoroughPlay(Play):
    """One run of an extended case."""

    after: ClassVar[type[After]] = After
    """Plays what follows."""

    async def _once(self, talk: Talk) -> None:
        case, titles = self.case, self.target.titles
        await self._reach(talk)
        for step in case.injection.steps:
            await self._inject(talk, with_more(step, case, ways.same_pdus(case, titles)))

        async def send(event: Events) -> None:
            await talk.send(Send(extended_label(case, event), ways.pdu(event, titles), (event,)))

        after = self.after(talk, send)
        if self._is_held:
            await after.held()
        else:
            if case.opening.answer:
                await talk.provoked((_DATA,))
            talk.reacted(await talk.watch(), talk.passed)
            await after.go_on()
        talk.ended("peer" if talk.connection.ended else "tester")

    @property
    def _is_held(self) -> bool:
        return self.case.then in ways.HELD


def with_more(step: Step, case: Case, more: bytes) -> Step:
    """The stimulus of a case, with the PDUs that are sent in the same segment."""
    if case.then not in ways.HELD or not isinstance(step, Send):
        return step
    events = ways.same_segment(case)
    data, label = step.data, step.label
    if case.then in ways.NO_MESSAGES:
        data, label = ways.no_message(), f"{_DATA} that is not a message"
    if events:
        label = f"{label}, and {', '.join(EVENTS[event].subject for event in events)} in the same segment"
    return replace(step, label=label, data=data + more, events=(*step.events, *events))


def extended_label(case: Case, event: Events) -> str:
    """The label of what an extended case sends; by the id in it, the report knows what the case is about."""
    return f"{EVENTS[event].subject} ({case.id})"
