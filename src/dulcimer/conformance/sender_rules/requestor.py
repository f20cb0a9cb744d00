"""Rules for everything that a requestor sends, checked in every case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME, ContextResult, PduType
from dulcimer._generated.commands import status_category
from dulcimer._generated.conformance import SenderRule
from dulcimer._generated.requestor import RULES
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.seen import Seen
from dulcimer.conformance.sender_rules.common import NOT_CHECKED
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.sender_rules.messages import MessageCheck
from dulcimer.counting import counted
from dulcimer.dimse.command_set import CommandSet
from dulcimer.wire.codec import decode_lenient
from dulcimer.wire.model import (
    AbstractSyntax,
    ApplicationContext,
    AssociateAc,
    AssociateRq,
    AsynchronousOperationsWindow,
    ImplementationVersionName,
    ScpScuRoleSelection,
    SopClassCommonExtendedNegotiation,
    SopClassExtendedNegotiation,
    UserIdentity,
    UserIdentityResponse,
)

_TITLES = {"called": slice(10, 26), "calling": slice(26, 42)}
_MOST_CONTEXTS = 128
_MOST_ID = 255
_MOST_OUTSTANDING = 65_536
_ONCE = (AsynchronousOperationsWindow, ImplementationVersionName, UserIdentity)
_ONCE_PER_CLASS: tuple[
    type[ScpScuRoleSelection | SopClassExtendedNegotiation | SopClassCommonExtendedNegotiation], ...
] = (ScpScuRoleSelection, SopClassExtendedNegotiation, SopClassCommonExtendedNegotiation)


class RequestorCheck(MessageCheck):
    """Checks what a requestor sends on one connection against the rules.

    `called` is the AE title that it has to call, "" if that is not known.
    """

    def __init__(
        self, case: RequestorCase, log: SenderLog, called: str = "", rules: Sequence[SenderRule] = RULES
    ) -> None:
        super().__init__(case, log, rules)
        self._called = called
        self._announced: int | None = None
        self._outstanding: set[int] = set()

    def loses_sight(self) -> None:
        """Also which operations are outstanding."""
        super().loses_sight()
        self._outstanding.clear()

    def _note_command(self, found: CommandSet, context_id: int) -> None:
        """Note the answers, too: with any but a pending one an operation is over."""
        super()._note_command(found, context_id)
        number, status = found.value("message_id_being_responded_to"), found.value("status")
        if isinstance(number, int) and isinstance(status, int) and status_category(status) != "Pending":
            self._outstanding.discard(number)

    def _note_sent(self, data: bytes) -> None:
        """Note which contexts the tester accepts, the maximum length that it announces, and its answers."""
        if data[:1] != bytes([PduType.A_ASSOCIATE_AC]):
            super()._note_sent(data)
            return
        pdu = decode_lenient(data).pdu
        if isinstance(pdu, AssociateAc):
            self._announced, self._is_accepted = pdu.maximum_length, True
            self._accepted = {
                item.presentation_context_id
                for item in pdu.presentation_contexts
                if item.result_reason == ContextResult.ACCEPTANCE
            }

    @property
    def limit(self) -> int:
        """What the A-ASSOCIATE-AC has announced."""
        return self._announced or 0

    # ------------------------------------------------------------------ A-ASSOCIATE-RQ

    def _ae_titles(self, seen: Seen) -> Iterator[str]:
        for name, place in _TITLES.items():
            title = seen.data[place]
            if any(not 0x20 <= octet < 0x7F or octet == ord("\\") for octet in title):
                yield f"the {name} AE title is {title!r}"
            elif not title.strip():
                yield f"the {name} AE title is all spaces"

    def _called_ae_title(self, seen: Seen) -> Iterator[str]:
        if not self._called:
            yield NOT_CHECKED
            return
        assert isinstance(seen.pdu, AssociateRq)
        if seen.pdu.called_ae_title.strip() != self._called:
            yield f"{seen.pdu.called_ae_title.strip()!r} is called, not {self._called!r}"

    def _application_context(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, AssociateRq)
        names = [
            item.application_context_name for item in seen.pdu.variable_items if isinstance(item, ApplicationContext)
        ]
        if names != [APPLICATION_CONTEXT_NAME]:
            yield f"the application contexts are {', '.join(names) or 'none'}"

    def _contexts(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, AssociateRq)
        numbers = [item.presentation_context_id for item in seen.pdu.presentation_contexts]
        if not 1 <= len(numbers) <= _MOST_CONTEXTS:
            yield f"the number of presentation contexts proposed is {len(numbers)}"
        for number in numbers:
            if not number & 1 or not 1 <= number <= _MOST_ID:
                yield f"a presentation context has the ID {number}"
        if len(set(numbers)) != len(numbers):
            yield "two presentation contexts have the same ID"

    def _syntaxes(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, AssociateRq)
        for item in seen.pdu.presentation_contexts:
            abstract = sum(isinstance(one, AbstractSyntax) for one in item.sub_items)
            if abstract != 1 or not item.transfer_syntaxes:
                names = counted(abstract, "abstract syntax", "abstract syntaxes")
                ways = counted(len(item.transfer_syntaxes), "transfer syntax", "transfer syntaxes")
                yield f"context {item.presentation_context_id} has {names} and {ways}"

    def _user_negotiation(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, AssociateRq)
        user = seen.pdu.user_information
        for kind in _ONCE:
            if len(user.all(kind)) > 1:
                yield f"{kind.__name__} is sent {counted(len(user.all(kind)), 'time')}"
        for each in _ONCE_PER_CLASS:
            classes = [item.sop_class_uid for item in user.all(each)]
            for uid in sorted({uid for uid in classes if classes.count(uid) > 1}):
                yield f"{each.__name__} is sent {counted(classes.count(uid), 'time')} for {uid}"
        if user.all(UserIdentityResponse):
            yield f"{UserIdentityResponse.__name__} is not for an A-ASSOCIATE-RQ"

    # ------------------------------------------------------------------ P-DATA-TF

    def _maximum_length(self, seen: Seen) -> Iterator[str]:
        if self._announced is None:  # some cases announce none, and then the standard sets no limit
            yield NOT_CHECKED
        else:
            yield from super()._maximum_length(seen)

    def _message_ids(self, seen: Seen) -> Iterator[str]:
        """No two outstanding operations have the same message ID."""
        number = seen.command.value("message_id") if seen.command else None
        if not self._lawful or not isinstance(number, int):
            yield NOT_CHECKED
            return
        if number in self._outstanding:
            yield f"{seen.label} has message ID {number}, as an operation has that was not answered yet"
        elif len(self._outstanding) < _MOST_OUTSTANDING:
            self._outstanding.add(number)


RequestorCheck.checks = {
    **MessageCheck.checks,
    "ae_titles": RequestorCheck._ae_titles,
    "called_ae_title": RequestorCheck._called_ae_title,
    "application_context": RequestorCheck._application_context,
    "contexts": RequestorCheck._contexts,
    "syntaxes": RequestorCheck._syntaxes,
    "user_negotiation": RequestorCheck._user_negotiation,
    "maximum_length": RequestorCheck._maximum_length,
    "message_ids": RequestorCheck._message_ids,
}


def requestor_log() -> SenderLog:
    """The log of the rules for a requestor."""
    return SenderLog(RULES, "requestor")
