"""Rules for the A-ASSOCIATE-AC and -RJ of an acceptor that depend on the A-ASSOCIATE-RQ."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer._generated.codes import ContextResult, ItemType
from dulcimer.conformance.model.seen import Seen, rejection_is_legal
from dulcimer.conformance.sender_rules.common import ECHOED, NOT_CHECKED
from dulcimer.conformance.sender_rules.responses import RESPONSE_CHECKS, ResponseCheck
from dulcimer.counting import counted
from dulcimer.wire.model import (
    AssociateAc,
    AssociateRj,
    AsynchronousOperationsWindow,
    ImplementationClassUid,
    ImplementationVersionName,
    ScpScuRoleSelection,
    SopClassCommonExtendedNegotiation,
    SopClassExtendedNegotiation,
    UserIdentity,
    UserIdentityResponse,
)

_ANSWERED_ONLY_IF_PROPOSED = (
    (AsynchronousOperationsWindow, AsynchronousOperationsWindow),
    (ScpScuRoleSelection, ScpScuRoleSelection),
    (SopClassExtendedNegotiation, SopClassExtendedNegotiation),
    (UserIdentityResponse, UserIdentity),
)


class NegotiationCheck(ResponseCheck):
    """Checks the answer of an acceptor to an A-ASSOCIATE-RQ against the rules."""

    @property
    def proposed(self) -> dict[int, str | None]:
        """The abstract syntax of each presentation context that the tester proposed."""
        contexts = self._request.presentation_contexts if self._request else ()
        return {item.presentation_context_id: item.abstract_syntax for item in contexts}

    def _ac_echo(self, seen: Seen) -> Iterator[str]:
        if self._request is None:
            yield NOT_CHECKED
            return
        for number in range(ECHOED.start, ECHOED.stop):
            if seen.data[number] != self._request_bytes[number]:
                yield (
                    f"byte {number + 1} is {seen.data[number]:02X}H, and "
                    f"{self._request_bytes[number]:02X}H in the A-ASSOCIATE-RQ"
                )
                return

    def _contexts(self, seen: Seen) -> Iterator[str]:
        if self._request is None or not self._lawful:
            yield NOT_CHECKED
            return
        assert isinstance(seen.pdu, AssociateAc)
        asked = sorted(item.presentation_context_id for item in self._request.presentation_contexts)
        answered = sorted(item.presentation_context_id for item in seen.pdu.presentation_contexts)
        if asked != answered:
            yield f"contexts {_numbers(asked)} were proposed, {_numbers(answered)} are answered"
        for item in seen.pdu.presentation_contexts:
            if item.result_reason not in set(map(int, ContextResult)):
                yield f"context {item.presentation_context_id} has the reserved result {item.result_reason}"

    def _transfer_syntax(self, seen: Seen) -> Iterator[str]:
        if self._request is None or not self._lawful:
            yield NOT_CHECKED
            return
        assert isinstance(seen.pdu, AssociateAc)
        proposed = {item.presentation_context_id: item for item in self._request.presentation_contexts}
        for item in seen.pdu.presentation_contexts:
            if item.result_reason != ContextResult.ACCEPTANCE or item.presentation_context_id not in proposed:
                continue
            names = [one for one in item.sub_items if one.item_type == ItemType.TRANSFER_SYNTAX]
            if len(names) != 1:
                number = counted(len(names), "transfer syntax", "transfer syntaxes")
                yield f"context {item.presentation_context_id} has {number}"
            elif item.transfer_syntax not in proposed[item.presentation_context_id].transfer_syntaxes:
                yield f"context {item.presentation_context_id} has {item.transfer_syntax}, which was not proposed"

    def _user_unasked(self, seen: Seen) -> Iterator[str]:
        if self._request is None:
            yield NOT_CHECKED
            return
        assert isinstance(seen.pdu, AssociateAc)
        answer = seen.pdu.user_information
        for kind, asked in _ANSWERED_ONLY_IF_PROPOSED:
            if answer.all(kind) and not self._request.user_information.all(asked):
                yield f"{kind.__name__} was not requested"
        for never in (SopClassCommonExtendedNegotiation, UserIdentity):
            if answer.all(never):
                yield f"{never.__name__} is not for an A-ASSOCIATE-AC"

    def _rejection(self, seen: Seen) -> Iterator[str]:
        if isinstance(seen.pdu, AssociateRj) and not rejection_is_legal(seen.pdu):
            yield f"{seen.label} has a reserved value"

    def _window(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, AssociateAc)
        answer = seen.pdu.user_information.first(AsynchronousOperationsWindow)
        asked = self._request.user_information.first(AsynchronousOperationsWindow) if self._request else None
        if answer is None or asked is None:
            yield NOT_CHECKED
            return
        pairs = (
            ("invoked", asked.maximum_number_operations_invoked, answer.maximum_number_operations_invoked),
            ("performed", asked.maximum_number_operations_performed, answer.maximum_number_operations_performed),
        )
        for name, limit, given in pairs:
            if limit and (not given or given > limit):
                yield f"{given or 'unlimited'} operations {name} is more than the {limit} proposed"

    def _roles(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, AssociateAc)
        answers = seen.pdu.user_information.all(ScpScuRoleSelection)
        if not answers or self._request is None:
            yield NOT_CHECKED
            return
        asked = {role.sop_class_uid: role for role in self._request.user_information.all(ScpScuRoleSelection)}
        for answer in answers:
            role = asked.get(answer.sop_class_uid)
            if role is None:
                yield f"roles for {answer.sop_class_uid} were not proposed"
            elif (answer.scu_role and not role.scu_role) or (answer.scp_role and not role.scp_role):
                yield f"a role for {answer.sop_class_uid} is accepted that was not proposed"

    def _identity(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, AssociateAc)
        asked = self._request.user_information.first(UserIdentity) if self._request else None
        if asked is None:
            yield NOT_CHECKED
        elif seen.pdu.user_information.all(UserIdentityResponse) and not asked.positive_response_requested:
            yield "UserIdentityResponse is sent, but no positive response was requested"

    def _own_identity(self, seen: Seen) -> Iterator[str]:
        """The acceptor names its own implementation, not that of the tester."""
        assert isinstance(seen.pdu, AssociateAc)
        if self._request is None:
            yield NOT_CHECKED
            return
        answer, asked = seen.pdu.user_information, self._request.user_information
        uid, sent_uid = answer.first(ImplementationClassUid), asked.first(ImplementationClassUid)
        if uid is not None and uid == sent_uid:
            yield f"implementation class UID {uid.implementation_class_uid} is that of the requestor"
        name, sent_name = answer.first(ImplementationVersionName), asked.first(ImplementationVersionName)
        if name is not None and name == sent_name:
            yield f"implementation version name {name.implementation_version_name} is that of the requestor"


NegotiationCheck.checks = {
    **ResponseCheck.checks,
    **RESPONSE_CHECKS,
    "ac_echo": NegotiationCheck._ac_echo,
    "contexts": NegotiationCheck._contexts,
    "transfer_syntax": NegotiationCheck._transfer_syntax,
    "user_unasked": NegotiationCheck._user_unasked,
    "rejection": NegotiationCheck._rejection,
    "window": NegotiationCheck._window,
    "roles": NegotiationCheck._roles,
    "identity": NegotiationCheck._identity,
    "own_identity": NegotiationCheck._own_identity,
}


def _numbers(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"
