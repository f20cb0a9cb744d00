"""Rules for the messages of an acceptor that depend on the requests of the tester."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dulcimer._generated.codes import PduType
from dulcimer._generated.commands import CommandField, status_category
from dulcimer._generated.headers import PDU_HEADER
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.seen import Seen
from dulcimer.conformance.sender_rules.common import NOT_CHECKED, SentRequest
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.sender_rules.negotiation import NegotiationCheck
from dulcimer.dimse.command_set import CommandSet
from dulcimer.errors import DIMSEProcessingError
from dulcimer.wire.model import AssociateAc, PDataTf, ScpScuRoleSelection

_RESPONSE = 0x8000
_MANY_RESPONSES = frozenset(
    field | _RESPONSE for field in (CommandField.C_FIND_RQ, CommandField.C_GET_RQ, CommandField.C_MOVE_RQ)
)
"""Responses that may be pending or cancelled (PS3.7 9.1.2 to 9.1.4)."""
_MOST_OF_AN_ID = 2
_NO_ROLE = frozenset((CommandField.N_EVENT_REPORT_RQ, CommandField.C_CANCEL_RQ))
"""A notification is sent by the SCP; who may cancel has asked before."""


class AcceptorCheck(NegotiationCheck):
    """Checks what an acceptor sends on one connection against the rules."""

    def __init__(self, case: Case, log: SenderLog) -> None:
        super().__init__(case, log)
        self._answered: Counter[int] = Counter()
        self._reversed: frozenset[str] = frozenset()

    def _note_command(self, found: CommandSet, context_id: int) -> None:
        """Note a request; of those with one message ID only the last ones are kept, since there may be any number."""
        super()._note_command(found, context_id)
        number = found.value("message_id")
        asked = self._asked.get(number, []) if isinstance(number, int) else []
        if len(asked) > _MOST_OF_AN_ID and self._answered[number]:
            del asked[0]
            self._answered[number] -= 1

    def received(self, seen: Seen, *, is_clean: bool = False) -> list[str]:
        """The problems of a PDU of the peer."""
        if isinstance(seen.pdu, AssociateAc):
            roles = seen.pdu.user_information.all(ScpScuRoleSelection)
            self._reversed = frozenset(role.sop_class_uid for role in roles if role.scp_role)
        return super().received(seen, is_clean=is_clean)

    def _note_sent(self, data: bytes) -> None:
        """Note the requests: an A-ASSOCIATE-RQ may have other PDUs after it."""
        if len(data) >= PDU_HEADER.size and data[0] == PduType.A_ASSOCIATE_RQ:
            end = PDU_HEADER.size + PDU_HEADER.unpack_from(data)[1]
            super()._note_sent(data[:end])
            data = data[end:]
        if data:
            super()._note_sent(data)

    # ------------------------------------------------------------------ messages

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
        try:
            command.message()
        except DIMSEProcessingError as error:
            yield str(error)
        number = command.value("message_id_being_responded_to")
        if number not in self._asked:
            yield f"message ID {number} is answered, but no request has it"
        status = command.value("status")
        if not isinstance(status, int) or status_category(status) == "Unknown":
            yield f"the status {status} is not defined"

    def _request_role(self, seen: Seen) -> Iterator[str]:
        """Operations are for the SCU of a SOP class, which an acceptor is only if that was negotiated."""
        field = (seen.command.command_field if seen.command else None) or _RESPONSE
        if not self._lawful or field & _RESPONSE or field in _NO_ROLE or self._request is None:
            yield NOT_CHECKED
            return
        assert isinstance(seen.pdu, PDataTf)
        number = seen.pdu.presentation_data_value_items[-1].presentation_context_id
        sop_class = self.proposed.get(number)
        if number in self._accepted and sop_class not in self._reversed:
            yield f"{seen.label} on context {number}: no role of SCP was negotiated for {sop_class} at the requestor"

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


AcceptorCheck.checks = {
    **NegotiationCheck.checks,
    "once": AcceptorCheck._once,
    "context_of_class": AcceptorCheck._context_of_class,
    "same_context": AcceptorCheck._same_context,
    "request_message": AcceptorCheck._request_message,
    "request_role": AcceptorCheck._request_role,
    "response": AcceptorCheck._response,
    "statuses": AcceptorCheck._statuses,
    "answered_class": AcceptorCheck._answered_class,
}
