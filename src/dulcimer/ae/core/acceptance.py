"""How a server answers association requests: who is accepted, in which contexts, with which further negotiation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dulcimer import events as evt
from dulcimer._generated.codes import (
    ContextResult,
    RejectReasonAcse,
    RejectReasonPresentation,
    RejectReasonUser,
    RejectResult,
    RejectSource,
)
from dulcimer.acse import wording
from dulcimer.acse.negotiation import (
    Context,
    Implementation,
    Rejection,
    RoleChoice,
    Roles,
    TransferSyntaxChoice,
    answer_pdu,
    names_in,
    objection,
    prefer,
    reject,
    roles_in,
)
from dulcimer.ae.core.session import Session
from dulcimer.errors import DulcimerError
from dulcimer.fsm.primitives import AssociateAccept
from dulcimer.logging_setup import HANDLER_FAULTS, handler_failed
from dulcimer.proposals.context_negotiation import agreed_roles, may_be_storage
from dulcimer.proposals.presentation_context import PresentationContext
from dulcimer.services.calls import NoHandlerError
from dulcimer.values import peer_text
from dulcimer.wire.fields import is_lawful_uid, unpadded
from dulcimer.wire.model import (
    AssociateRj,
    AssociateRq,
    AsynchronousOperationsWindow,
    SopClassCommonExtendedNegotiation,
    SopClassExtendedNegotiation,
    UserDataSubItem,
    UserIdentity,
    UserIdentityResponse,
)

IDENTITY_REFUSED = AssociateRj(
    RejectResult.REJECTED_PERMANENT, RejectSource.SERVICE_PROVIDER_ACSE, RejectReasonAcse.NO_REASON_GIVEN
)
"""Sent to a requestor whose identity is not accepted (PS3.7 D.3.3.7.3)."""

CONGESTED = AssociateRj(
    RejectResult.REJECTED_TRANSIENT,
    RejectSource.SERVICE_PROVIDER_PRESENTATION,
    RejectReasonPresentation.TEMPORARY_CONGESTION,
)
"""Sent to a requestor whose identity cannot be checked now (PS3.8 Table 9-21)."""


class Congestion(DulcimerError):
    """Raised by a handler of EVT_USER_ID that is overloaded: the requestor may try again later."""


_DECIDED_BY_HANDLERS: tuple[tuple[evt.InterventionEvent, type[UserDataSubItem]], ...] = (
    (evt.EVT_USER_ID, UserIdentity),
    (evt.EVT_SOP_EXTENDED, SopClassExtendedNegotiation),
    (evt.EVT_SOP_COMMON, SopClassCommonExtendedNegotiation),
    (evt.EVT_ASYNC_OPS, AsynchronousOperationsWindow),
)
"""Events whose handlers decide on a sub-item, if a request has it."""
_WITHOUT_DATA = (1, 2)
"""User identity types that are confirmed by an empty response: user name, without and with passcode."""


@dataclass(frozen=True, slots=True)
class AcceptancePolicy:
    """What a server requires of requestors and announces to them; `maximum_length` in bytes."""

    ae_title: str
    require_called: bool
    require_calling: Sequence[str]
    maximum_length: int
    implementation: Implementation

    def announcing(self, maximum_length: int | None = None, **implementation: Any) -> AcceptancePolicy:
        """The same, with another maximum length, `implementation_class_uid` or `implementation_version_name`."""
        if maximum_length is None and not implementation:
            return self
        other = Implementation(
            str(implementation.get("implementation_class_uid", self.implementation.class_uid)),
            implementation.get("implementation_version_name", self.implementation.version_name),
        )
        length = self.maximum_length if maximum_length is None else maximum_length
        return replace(self, maximum_length=length, implementation=other)


class Acceptance:
    """Answers association requests for one server; `policy` is called for each request."""

    def __init__(
        self,
        policy: Callable[[], AcceptancePolicy],
        contexts: Iterable[Context],
        roles: dict[str, tuple[bool | None, bool | None]],
    ) -> None:
        self._policy = policy
        self._choose = prefer(contexts)
        self._roles = roles

    def answer(self, session: Session, request: AssociateRq) -> None:
        """Accept or reject a request: at once, or after its handlers have decided."""
        session.requestor.pdu = request
        session.locate()
        if session.calls.wants(evt.EVT_REQUESTED) or any(
            session.calls.handlers.intervention_handler(event) is not None
            and request.user_information.first(kind) is not None
            for event, kind in _DECIDED_BY_HANDLERS
        ):
            session.spawn(self._consult(session, request))
        else:
            self._conclude(session, request, self._refusal(request), ())

    async def _consult(self, session: Session, request: AssociateRq) -> None:
        session.calls.notify(evt.EVT_REQUESTED)
        await session.calls.settled()
        refused = self._refusal(request)
        items: list[UserDataSubItem] = []
        if refused is None:
            try:
                accepted, response = await self._identity(session, request)
                items += response
                refused = None if accepted else Rejection(IDENTITY_REFUSED, "its user identity is not accepted")
            except Congestion as error:
                refused = Rejection(CONGESTED, str(error))
        if refused is None:
            items += await self._extended(session)
            await self._common(session)
            items += await self._window(session, request)
        if session.association.allows(AssociateAccept):  # not if the peer has closed, or a handler has aborted
            self._with_contexts_of_handlers(session)._conclude(session, request, refused, items)

    def _with_contexts_of_handlers(self, session: Session) -> Acceptance:
        """The same with the supported contexts that a handler has set for the association."""
        contexts = session.acceptor.own_contexts
        if contexts is None:
            return self
        try:
            return Acceptance(self._policy, *supported(contexts))
        except ValueError as error:
            HANDLER_FAULTS.error("a handler has set supported contexts that are not valid: %s", error)
            return self

    def _refusal(self, request: AssociateRq) -> Rejection | None:
        policy = self._policy()
        against = objection(request)
        if against is not None:
            return against
        # Only spaces around a title are not significant (PS3.5 6.2).
        called, calling = peer_text(request.called_ae_title).strip(" "), peer_text(request.calling_ae_title).strip(" ")
        if policy.require_called and called != policy.ae_title.strip(" "):
            why = f"it calls {wording.title_of(called)}, and we are {policy.ae_title.strip(' ')}"
            return Rejection(reject(RejectReasonUser.CALLED_AE_TITLE_NOT_RECOGNIZED), why)
        if policy.require_calling and calling not in {title.strip(" ") for title in policy.require_calling}:
            why = f"{wording.title_of(calling)} is not among the calling AE titles that are accepted"
            return Rejection(reject(RejectReasonUser.CALLING_AE_TITLE_NOT_RECOGNIZED), why)
        return None

    def _conclude(
        self, session: Session, request: AssociateRq, refused: Rejection | None, items: Sequence[UserDataSubItem]
    ) -> None:
        calling = wording.title_of(request.calling_ae_title)
        if refused is not None:
            session.log("association from %s rejected: %s", calling, refused.why)
            session.acceptor.pdu = refused.pdu
            session.association.reject(refused.pdu, refused.why)
            return
        party = session.acceptor
        policy = self._policy().announcing(**party.announced)
        unrestricted = session.terms.switches.unrestricted_storage_service
        pdu, accepted = answer_pdu(
            request,
            self._chooser(request, unrestricted),
            maximum_length=policy.maximum_length,
            choose_roles=self._role_chooser(request, unrestricted),
            implementation=policy.implementation,
            user_items=[*items, *party.added_items],
        )
        session.association.accept(pdu, accepted, request)
        words = "association from %s accepted with %d of %d presentation contexts"
        session.log(words, calling, len(accepted), len(request.presentation_contexts))
        session.established(pdu)

    # Contexts and roles

    def _chooser(self, request: AssociateRq, unrestricted: bool) -> TransferSyntaxChoice:
        """Refuse a context that leaves the requestor without a role; accept any storage if `unrestricted`."""
        proposed = roles_in(request)
        if not proposed and not unrestricted:
            return self._choose

        def choose(uid: str, syntaxes: Sequence[str]) -> str | ContextResult:
            choice = self._choice(uid, syntaxes, unrestricted)
            if isinstance(choice, ContextResult) or uid not in proposed:
                return choice
            has_role = any(agreed_roles(proposed[uid], self._allowed(uid, unrestricted)))
            return choice if has_role else ContextResult.USER_REJECTION

        return choose

    def _role_chooser(self, request: AssociateRq, unrestricted: bool) -> RoleChoice:
        """Answer the roles of the SOP classes with an accepted context."""
        contexts = request.presentation_contexts if roles_in(request) else ()
        accepted = {
            uid
            for uid, syntaxes in map(names_in, contexts)
            if not isinstance(self._choice(uid, syntaxes, unrestricted), ContextResult)
        }

        def choose(uid: str, proposed: Roles) -> Roles | None:
            scu, scp = self._allowed(uid, unrestricted)
            if scu is None or scp is None or not any(agreed_roles(proposed, (scu, scp))):
                return None
            return (scu, scp) if uid in accepted else None

        return choose

    def _choice(self, uid: str, syntaxes: Sequence[str], unrestricted: bool) -> str | ContextResult:
        if unrestricted and may_be_storage(uid) and (lawful := [one for one in syntaxes if is_lawful_uid(one)]):
            return lawful[0]
        return self._choose(uid, syntaxes)

    def _allowed(self, uid: str, unrestricted: bool) -> tuple[bool | None, bool | None]:
        if unrestricted and may_be_storage(uid):
            return True, True
        return self._roles.get(uid, (None, None))

    # Intervention events

    async def _identity(self, session: Session, request: AssociateRq) -> tuple[bool, list[UserDataSubItem]]:
        """EVT_USER_ID: (accepted, response in bytes or None). Without a handler any identity is accepted."""
        item = request.user_information.first(UserIdentity)
        if item is None:
            return True, []
        try:
            accepted, response = await session.calls.ask(
                evt.EVT_USER_ID,
                user_id_type=item.user_identity_type,
                primary_field=item.primary_field,
                secondary_field=item.secondary_field or None,
            )
        except NoHandlerError:
            return True, []
        except Congestion:
            raise
        except Exception as error:
            handler_failed("the association is rejected: the handler of EVT_USER_ID", error)
            return False, []
        if item.user_identity_type in _WITHOUT_DATA:
            response = b""
        if not accepted or not item.positive_response_requested or response is None:
            return bool(accepted), []
        return True, [UserIdentityResponse(bytes(response))]

    async def _extended(self, session: Session) -> list[UserDataSubItem]:
        """EVT_SOP_EXTENDED: the service class application information of the answer, by SOP class."""
        proposed = session.requestor.sop_class_extended
        if not proposed:
            return []
        answer = await self._asked(session, evt.EVT_SOP_EXTENDED, {}, app_info=proposed)
        try:
            return [
                SopClassExtendedNegotiation(unpadded(str(uid)), bytes(value)) for uid, value in (answer or {}).items()
            ]
        except (AttributeError, TypeError):
            HANDLER_FAULTS.error("the handler of EVT_SOP_EXTENDED returned %r, not bytes by SOP class UID", answer)
            return []

    async def _common(self, session: Session) -> None:
        """EVT_SOP_COMMON: the items that are accepted, by SOP class; they are not answered (PS3.7 D.3.3.6)."""
        proposed = session.requestor.sop_class_common_extended
        if not proposed:
            return
        answer = await self._asked(session, evt.EVT_SOP_COMMON, {}, items=proposed)
        try:
            session.acceptor.accepted_common_extended = {
                uid: (item.service_class_uid, item.related_general_sop_class_identification)
                for uid, item in (answer or {}).items()
            }
        except AttributeError:
            HANDLER_FAULTS.error("the handler of EVT_SOP_COMMON returned %r, not items by SOP class UID", answer)

    async def _window(self, session: Session, request: AssociateRq) -> list[UserDataSubItem]:
        """EVT_ASYNC_OPS: (invoked, performed) of the requestor, no more than it proposes; without a handler (1, 1)."""
        item = request.user_information.first(AsynchronousOperationsWindow)
        if item is None or session.calls.handlers.intervention_handler(evt.EVT_ASYNC_OPS) is None:
            return []
        proposed = item.maximum_number_operations_invoked, item.maximum_number_operations_performed
        answer = await self._asked(session, evt.EVT_ASYNC_OPS, (1, 1), nr_invoked=proposed[0], nr_performed=proposed[1])
        try:
            invoked, performed = (_within(int(value), limit) for value, limit in zip(answer, proposed, strict=True))
        except (TypeError, ValueError):
            HANDLER_FAULTS.error("the handler of EVT_ASYNC_OPS returned %r, not two numbers from 0 to 65535", answer)
            invoked, performed = 1, 1
        return [AsynchronousOperationsWindow(invoked, performed)]

    async def _asked(self, session: Session, event: evt.InterventionEvent, otherwise: Any, **attributes: Any) -> Any:
        try:
            return await session.calls.ask(event, **attributes)
        except NoHandlerError:
            return otherwise
        except Exception as error:
            handler_failed(f"the handler of {event.name}", error)
            return otherwise


def supported(
    contexts: Iterable[PresentationContext],
) -> tuple[list[Context], dict[str, tuple[bool | None, bool | None]]]:
    """The contexts that a server supports, and the roles that it allows requestors, by abstract syntax.

    Raises ValueError if only one of the two roles is None.
    """
    found: list[Context] = []
    roles: dict[str, tuple[bool | None, bool | None]] = {}
    for context in contexts:
        uid = str(context.abstract_syntax)
        if (context.scu_role is None) != (context.scp_role is None):
            raise ValueError(f"the contexts supported for {uid} have one of scu_role and scp_role None, not both")
        found.append(Context(uid, tuple(map(str, context.transfer_syntax))))
        roles[uid] = context.scu_role, context.scp_role
    return found, roles


def _within(value: int, limit: int) -> int:
    """A number of operations, 0 for any number, within the limit that the requestor set."""
    if not 0 <= value <= 0xFFFF:
        raise ValueError(value)
    return min(value, limit) if value and limit else value or limit
