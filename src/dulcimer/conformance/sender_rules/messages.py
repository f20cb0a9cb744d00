"""Rules for the messages of a peer of either role: what a command and its data set look like as fragments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dulcimer._generated.commands import MESSAGES
from dulcimer._generated.conformance import SENDER_RULES, SenderRule
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.seen import Seen
from dulcimer.conformance.sender_rules.common import NOT_CHECKED, SenderCheck
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.dimse.command_set import CommandSet
from dulcimer.errors import DIMSEProcessingError
from dulcimer.wire.model import PDataTf, PresentationDataValue

_RESPONSE = 0x8000


def lacking(command: CommandSet) -> Iterator[str]:
    """Why a command set is no message of PS3.7 with its mandatory elements, if it is none."""
    try:
        command.message()
    except DIMSEProcessingError as error:
        yield str(error)


class MessageCheck(SenderCheck):
    """Checks the messages of a peer, fragment by fragment."""

    def __init__(self, case: Case, log: SenderLog, rules: Sequence[SenderRule] = SENDER_RULES) -> None:
        super().__init__(case, log, rules)
        self._context_of_message = 0
        self._awaits_data: bool | None = False

    def loses_sight(self) -> None:
        """Also which message is under way."""
        super().loses_sight()
        self._context_of_message, self._awaits_data = 0, None

    def _messages(self, seen: Seen) -> Iterator[str]:
        """Commands before data sets, one message at a time, in one context, one message in a P-DATA-TF."""
        assert isinstance(seen.pdu, PDataTf)
        if self._announces_data(seen) and _has_no_data_set(seen):
            yield f"{seen.label} announces a data set, but this message never has one"
        ended = False
        for value in seen.pdu.presentation_data_value_items:
            if ended:
                yield "PDVs of two messages share a P-DATA-TF"
            problem = self._fits(value)
            if problem:
                yield problem
            ended = value.is_last and (not value.is_command or not self._announces_data(seen))
            if ended:
                self._context_of_message, self._awaits_data = 0, False
            elif value.is_last:
                self._awaits_data = True

    def _fits(self, value: PresentationDataValue) -> str:
        number = value.presentation_context_id
        first, self._context_of_message = self._context_of_message, self._context_of_message or number
        if first and first != number:
            return f"a message changes from context {first} to {number}"
        if value.is_command == self._awaits_data:
            return (
                "a data set without a command" if self._awaits_data is False else "a command before the data set ended"
            )
        return ""

    def _announces_data(self, seen: Seen) -> bool:
        return seen.command is not None and bool(seen.command.has_data_set)

    def _request_message(self, seen: Seen) -> Iterator[str]:
        """A request is a message of PS3.7 with its mandatory elements."""
        command = seen.command
        if command is None or (command.command_field or 0) & _RESPONSE:
            yield NOT_CHECKED
            return
        yield from lacking(command)


MessageCheck.checks = {
    **SenderCheck.checks,
    "messages": MessageCheck._messages,
    "request_message": MessageCheck._request_message,
}


def _has_no_data_set(seen: Seen) -> bool:
    """Whether this is a message that never has a data set."""
    info = MESSAGES.get((seen.command.command_field if seen.command else None) or 0)
    return info is not None and info.data_set == "none"
