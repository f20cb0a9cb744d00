"""Takes a survey: requests one association after the other, and releases each at once."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter

from dulcimer import __version__
from dulcimer._generated.codes import RejectResult, UserIdentityType, describe_rejection
from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH, Context, PeerInformation
from dulcimer.ae.core.client import ClientAssociation, Timeouts, connect
from dulcimer.diagnosis.survey.planner import MOST_ASSOCIATIONS, SurveyPlan
from dulcimer.diagnosis.survey.proposals import ContextAnswer, SurveyAnswer, SurveyProposal, SurveyQuestion
from dulcimer.diagnosis.survey.result import AssociationNote, IdentityNote, SurveyedPeer, SurveyResult
from dulcimer.diagnosis.survey.scope import SurveyScope
from dulcimer.errors import AssociationError, AssociationRejected, DulcimerError, TransportError
from dulcimer.services.verification import VERIFICATION
from dulcimer.upper_layer.observer import Observer
from dulcimer.wire.model import AssociateAc, UserIdentity, UserIdentityResponse

_BUSY = (0.2, 1.0, 3.0)
"""Seconds to wait before the next try with a peer that is busy."""
_NOBODY = b"dulcimer-survey"
"""What is sent in place of a name, a password, a ticket, an assertion or a token."""


@dataclass(frozen=True, slots=True)
class SurveyTarget:
    """The peer of a survey, and how to reach it; as for `dulcimer.ae.core.client.connect`.

    `identity`: the user identity that is sent with each association.
    """

    host: str
    port: int
    called: str = "ANY-SCP"
    calling: str = "DULCIMER"
    timeouts: Timeouts = field(default_factory=Timeouts)
    maximum_length: int = DEFAULT_MAXIMUM_LENGTH
    tls: ssl.SSLContext | None = None
    server_hostname: str | None = None
    local_address: tuple[str, int] | None = None
    identity: UserIdentity | None = None
    observer: Callable[[], Observer | None] = lambda: None


class Surveyor:
    """Takes one survey. `heed` is called with each association when it is over."""

    def __init__(self, target: SurveyTarget, heed: Callable[[AssociationNote], None] = lambda _: None) -> None:
        self._target = target
        self._heed = heed
        self._notes: list[AssociationNote] = []
        self._first: tuple[PeerInformation, AssociateAc] | None = None
        self._is_confirmed = False

    async def survey(
        self,
        scope: SurveyScope,
        *,
        most_associations: int = MOST_ASSOCIATIONS,
        is_thorough: bool = False,
        with_identities: bool = False,
    ) -> SurveyResult:
        """Find out what the peer accepts.

        Raises the error of the first association if there is none at all, as `dulcimer.ae.core.client.connect` does.
        """
        begun, start = datetime.now(UTC).isoformat(timespec="seconds"), perf_counter()
        plan = SurveyPlan(scope, most_associations=most_associations, is_thorough=is_thorough)
        steps = plan.steps()
        answer: SurveyAnswer | None = None
        while True:
            try:
                proposal = next(steps) if answer is None else steps.send(answer)
            except StopIteration:
                break
            answer = await self._ask(proposal)
        identities = await self._identities(plan) if with_identities else self._own_identity()
        assert self._first is not None
        peer, pdu = self._first
        target = self._target
        return SurveyResult(
            SurveyedPeer(
                target.host,
                target.port,
                target.called,
                target.calling,
                target.tls is not None,
                peer.implementation_class_uid,
                peer.implementation_version_name,
                pdu.maximum_length,
            ),
            plan.classes(),
            scope.transfer_syntaxes,
            tuple(self._notes),
            plan.window,
            plan.choice(),
            tuple(identities),
            tuple(plan.notes),
            begun,
            perf_counter() - start,
            f"dulcimer {__version__}",
        )

    async def _ask(self, proposal: SurveyProposal) -> SurveyAnswer:
        """One association; the error of the first one is raised if a smaller one would not help."""
        start = perf_counter()
        try:
            answer = await self._patiently(proposal)
        except AssociationError as error:
            hopeless = isinstance(error, AssociationRejected) or len(proposal.questions) == 1
            if self._first is None and hopeless:
                raise
            answer = SurveyAnswer(error=error)
        except TransportError as error:
            if self._first is None:
                raise
            answer = SurveyAnswer(error=error)
        self._note(proposal, answer, perf_counter() - start)
        return answer

    async def _patiently(self, proposal: SurveyProposal) -> SurveyAnswer:
        """One association; again after a moment if the peer is busy, as it may be with the one before."""
        for seconds in (*(_BUSY if self._first is not None else ()), None):
            try:
                return await self._associate(proposal)
            except AssociationRejected as error:
                if seconds is None or error.result != RejectResult.REJECTED_TRANSIENT:
                    raise
                await asyncio.sleep(seconds)
        raise AssertionError("the last try returns or raises")

    def _note(self, proposal: SurveyProposal, answer: SurveyAnswer, seconds: float) -> None:
        accepted = sum(one.result == 0 for one in answer.contexts)
        outcome = str(answer.error) if answer.error else f"{accepted} accepted"
        note = AssociationNote(proposal.purpose, len(proposal.questions), outcome, seconds, answer.error is None)
        self._notes.append(note)
        self._heed(note)

    async def _associate(self, proposal: SurveyProposal, identity: UserIdentity | None = None) -> SurveyAnswer:
        """Request an association with these contexts, and release it. Raises as `connect` does."""
        contexts = [Context(one.sop_class, one.syntaxes) for one in proposal.questions]
        identity = identity or self._target.identity
        association = await self._connect(contexts, [*proposal.items, *([identity] if identity else ())])
        answers = _answers(association, len(contexts))
        pdu = association.answer
        if self._first is None:
            self._first = association.peer, pdu
        self._is_confirmed |= pdu.user_information.first(UserIdentityResponse) is not None
        try:
            await association.release()
        except DulcimerError:
            await association.abort()
        return SurveyAnswer(answers, pdu)

    async def _connect(self, contexts: Sequence[Context], items: Sequence[object]) -> ClientAssociation:
        target = self._target
        return await connect(
            target.host,
            target.port,
            contexts,
            calling_ae_title=target.calling,
            called_ae_title=target.called,
            timeouts=target.timeouts,
            maximum_length=target.maximum_length,
            tls=target.tls,
            server_hostname=target.server_hostname,
            local_address=target.local_address,
            user_items=items,  # type: ignore[arg-type]  # sub-items of the user information
            observer=target.observer(),
        )

    # ------------------------------------------------------------------ who asks

    def _own_identity(self) -> list[IdentityNote]:
        """What became of the identity that every association had."""
        identity = self._target.identity
        if identity is None:
            return []
        kind = _kind(identity.user_identity_type)
        if not identity.positive_response_requested:
            return [IdentityNote(kind, "accepted, or ignored: no confirmation was asked for")]
        outcome = "confirmed" if self._is_confirmed else "not confirmed: the peer may ignore it"
        return [IdentityNote(kind, outcome, self._is_confirmed)]

    async def _identities(self, plan: SurveyPlan) -> list[IdentityNote]:
        """Every kind of identity with a made-up value, one association each."""
        accepted = plan.knowledge.accepted_classes()
        question = next(
            (SurveyQuestion(one.uid, (one.chosen or min(one.accepted),)) for one in accepted),
            SurveyQuestion(VERIFICATION, tuple(plan.knowledge.scope.transfer_syntaxes)),
        )
        found = []
        for kind in UserIdentityType:
            secondary = _NOBODY if kind is UserIdentityType.USERNAME_AND_PASSCODE else b""
            identity = UserIdentity(int(kind), _NOBODY, secondary, 1)
            proposal = SurveyProposal(f"user identity: {_kind(int(kind))}", (question,))
            start = perf_counter()
            try:
                answer = await self._associate(proposal, identity)
            except (AssociationError, TransportError) as error:
                answer = SurveyAnswer(error=error)
            self._note(proposal, answer, perf_counter() - start)
            found.append(_identity_note(int(kind), answer))
        return found


def _identity_note(kind: int, answer: SurveyAnswer) -> IdentityNote:
    name = _kind(kind)
    if answer.pdu is not None:
        is_confirmed = answer.pdu.user_information.first(UserIdentityResponse) is not None
        outcome = "accepted and confirmed, a made-up one" if is_confirmed else "ignored: accepted, but not confirmed"
        return IdentityNote(name, outcome, is_confirmed)
    error = answer.error
    if isinstance(error, AssociationRejected):
        return IdentityNote(name, f"rejected: {describe_rejection(error.result, error.source, error.reason)}")
    return IdentityNote(name, f"no association: {error}")


def _kind(number: int) -> str:
    names = {int(kind): kind.description for kind in UserIdentityType}
    return names.get(number, f"type {number}")


def _answers(association: ClientAssociation, number: int) -> tuple[ContextAnswer, ...]:
    """The answers in the order of the contexts, whose IDs are 1, 3, 5 ..."""
    found = {one.context_id: ContextAnswer(0, one.transfer_syntax) for one in association.accepted_contexts}
    found |= {one.context_id: ContextAnswer(one.result, one.answered) for one in association.rejected_contexts}
    return tuple(found[2 * position + 1] for position in range(number))
