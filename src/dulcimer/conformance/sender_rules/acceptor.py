"""Rules for the messages of an acceptor that depend on what was negotiated."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer._generated.codes import PduType
from dulcimer._generated.commands import CommandField
from dulcimer._generated.headers import PDU_HEADER
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.seen import Seen
from dulcimer.conformance.sender_rules.common import NOT_CHECKED
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.sender_rules.negotiation import NegotiationCheck
from dulcimer.wire.model import AssociateAc, PDataTf, ScpScuRoleSelection

_RESPONSE = 0x8000
_NO_ROLE = frozenset((CommandField.N_EVENT_REPORT_RQ, CommandField.C_CANCEL_RQ))
"""A notification is sent by the SCP; who may cancel has asked before."""


class AcceptorCheck(NegotiationCheck):
    """Checks what an acceptor sends on one connection against the rules."""

    def __init__(self, case: Case, log: SenderLog) -> None:
        super().__init__(case, log)
        self._reversed: frozenset[str] = frozenset()

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


AcceptorCheck.checks = {
    **NegotiationCheck.checks,
    "request_role": AcceptorCheck._request_role,
}
