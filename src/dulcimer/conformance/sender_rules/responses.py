"""Rules for the responses of a peer of either role, which depend on the requests that it was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dulcimer._generated.commands import CommandField, status_category
from dulcimer._generated.conformance import SENDER_RULES, SenderRule
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.seen import Seen
from dulcimer.conformance.sender_rules.common import NOT_CHECKED, Check, SentRequest
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.sender_rules.messages import MessageCheck, lacking
from dulcimer.dimse.command_set import CommandSet
from dulcimer.wire.model import PDataTf

_RESPONSE = 0x8000
_MANY_RESPONSES = frozenset(
    field | _RESPONSE for field in (CommandField.C_FIND_RQ, CommandField.C_GET_RQ, CommandField.C_MOVE_RQ)
)
"""Responses that may be pending or cancelled (PS3.7 9.1.2 to 9.1.4)."""
_MOST_OF_AN_ID = 2


class ResponseCheck(MessageCheck):
    """Checks the responses of a peer against the requests that it was sent."""

    def __init__(self, case: Case, log: SenderLog, rules: Sequence[SenderRule] = SENDER_RULES) -> None:
        super().__init__(case, log, rules)
        self._answered: Counter[int] = Counter()

    @property
    def proposed(self) -> Mapping[int, str | None]:
        """The abstract syntax of each presentation context that was proposed, as far as that is known."""
        return {}

    def _note_command(self, found: CommandSet, context_id: int) -> None:
        """Note a request; of those with one message ID only the last ones are kept, since there may be any number."""
        super()._note_command(found, context_id)
        number = found.value("message_id")
        asked = self._asked.get(number, []) if isinstance(number, int) else []
        if len(asked) > _MOST_OF_AN_ID and self._answered[number]:
            del asked[0]
            self._answered[number] -= 1

    def _of_request(self, seen: Seen) -> tuple[int, list[SentRequest]]:
        """The message ID that a response names, and the requests of the tester that had it."""
        number = seen.command.value("message_id_being_responded_to") if seen.command else None
        field = (seen.command.command_field if seen.command else None) or 0
        if not self._lawful or not field & _RESPONSE or not isinstance(number, int):
            return 0, []
        return number, self._asked.get(number, [])

    def _once(self, seen: Seen) -> Iterator[str]:
        """One final response to each request, and nothing after it."""
        number, asked = self._of_request(seen)
        status = seen.command.value("status") if seen.command else None
        if not asked:
            yield NOT_CHECKED
            return
        if self._answered[number] >= len(asked):
            yield f"{seen.label} for message ID {number}, which already has its final response"
        if not isinstance(status, int) or status_category(status) != "Pending":
            self._answered[number] += 1

    def _context_of_class(self, seen: Seen) -> Iterator[str]:
        yield from self._context_of_answer(seen, same_class=False)

    def _same_context(self, seen: Seen) -> Iterator[str]:
        yield from self._context_of_answer(seen, same_class=True)

    def _context_of_answer(self, seen: Seen, *, same_class: bool) -> Iterator[str]:
        """Whether a response is on the context of its request or on another one, of the same SOP class or not."""
        assert isinstance(seen.pdu, PDataTf)
        _, asked = self._of_request(seen)
        ids = [value.presentation_context_id for value in seen.pdu.presentation_data_value_items if value.is_command]
        if not asked or not ids or ids[-1] not in self._accepted:
            yield NOT_CHECKED
            return
        given, wanted = ids[-1], asked[0].context_id
        if given in {one.context_id for one in asked}:
            return
        classes = self.proposed
        if (classes.get(given) == classes.get(wanted)) == same_class:
            yield f"{seen.label} is on context {given} ({classes.get(given)}), its request was on context {wanted}"

    def _response(self, seen: Seen) -> Iterator[str]:
        command = seen.command
        if command is None or not self._lawful or not (command.command_field or 0) & _RESPONSE:
            yield NOT_CHECKED
            return
        yield from lacking(command)
        number = command.value("message_id_being_responded_to")
        if number not in self._asked:
            yield f"message ID {number} is answered, but no request has it"
        status = command.value("status")
        if not isinstance(status, int) or status_category(status) == "Unknown":
            yield f"the status {status} is not defined"

    def _statuses(self, seen: Seen) -> Iterator[str]:
        field = seen.command.command_field if seen.command else None
        status = seen.command.value("status") if seen.command else None
        if field is None or not field & _RESPONSE or not isinstance(status, int):
            yield NOT_CHECKED
        elif status_category(status) in ("Pending", "Cancel") and field not in _MANY_RESPONSES:
            yield f"{seen.label}: this operation has one response, which is neither pending nor cancelled"

    def _answered_class(self, seen: Seen) -> Iterator[str]:
        number = seen.command.value("message_id_being_responded_to") if seen.command else None
        given = seen.command.value("affected_sop_class_uid") if seen.command else None
        if given is None or not self._lawful or not isinstance(number, int) or number not in self._asked:
            yield NOT_CHECKED
            return
        classes = [asked.sop_class for asked in self._asked[number]]
        if given not in classes and all(classes):
            yield f"the response names SOP class {given}, the request {classes[0]}"


RESPONSE_CHECKS: Final[Mapping[str, Check]] = {
    "once": ResponseCheck._once,
    "context_of_class": ResponseCheck._context_of_class,
    "same_context": ResponseCheck._same_context,
    "response": ResponseCheck._response,
    "statuses": ResponseCheck._statuses,
    "answered_class": ResponseCheck._answered_class,
}
RESPONSE_RULES: Final = tuple(rule for rule in SENDER_RULES if rule.check in RESPONSE_CHECKS)
"""The rules for responses, whichever end sends them."""
