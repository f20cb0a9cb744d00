"""Playing an extended case against a peer that requests associations."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from dulcimer._generated.fsm import Events
from dulcimer.conformance.catalogue import ways
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.steps import Send
from dulcimer.conformance.play.after import After, Sending
from dulcimer.conformance.play.extended_acceptor import extended_label, with_more
from dulcimer.conformance.play.requestor import RequestorPlay
from dulcimer.conformance.play.requestor_talk import RequestorTalk
from dulcimer.conformance.play.stage import Stage
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.stimuli.requests import Titles

_TITLES = Titles()


def play_of(case: RequestorCase, stage: Stage, log: SenderLog) -> RequestorPlay:
    """One run of a case of the catalogue, or of an extended case."""
    return (ThoroughRequestorPlay if case.then else RequestorPlay)(case, stage, log)


class ThoroughRequestorPlay(RequestorPlay):
    """One run of an extended case."""

    after: ClassVar[type[After]] = After
    """Plays what follows."""

    async def _react(self, talk: RequestorTalk) -> None:
        if not self._is_held:
            await super()._react(talk)
            return
        more = ways.same_pdus(self.case, _TITLES)
        for step in self.case.injection.steps:
            assert isinstance(step, Send)
            whole = replace(step, made=None, data=step.data + talk.made(step))
            made = with_more(whole, self.case, more)
            assert isinstance(made, Send)
            await talk.send(made)
        await self.after(talk, self._sending(talk)).held()
        talk.ended("peer" if talk.connection.ended else "tester")

    async def _end(self, talk: RequestorTalk) -> None:
        await self.after(talk, self._sending(talk)).go_on()
        talk.ended("peer" if talk.connection.ended else "tester")

    @property
    def _is_held(self) -> bool:
        return self.case.then in ways.HELD

    def _sending(self, talk: RequestorTalk) -> Sending:
        async def send(event: Events) -> None:
            await talk.send(Send(extended_label(self.case, event), ways.pdu(event, _TITLES), (event,)))

        return send
