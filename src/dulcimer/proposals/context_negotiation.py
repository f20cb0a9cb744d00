"""Negotiation of contexts and roles (PS3.8 7.1.1.14, PS3.7 D.3.3.4); pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from dulcimer._generated.codes import ContextResult
from dulcimer._generated.services import WITHOUT_SERVICE
from dulcimer._generated.sop_classes import SERVICE_CLASS_OF, StorageServiceClass
from dulcimer.acse.negotiation import Context, prefer
from dulcimer.proposals.negotiation_items import SCP_SCU_RoleSelectionNegotiation
from dulcimer.proposals.presentation_context import PresentationContext
from dulcimer.values import lenient_uid

Roles: TypeAlias = tuple[bool | None, bool | None]
"""Whether the requestor is SCU, and whether it is SCP, of a SOP class; None where nothing is said."""
RoleType: TypeAlias = Mapping[str, Roles] | None
"""The role selection items that the peer sent, by SOP class UID."""

DEFAULT_ROLES = (True, False)
"""Without role selection the requestor is SCU and the acceptor is SCP (PS3.7 D.3.3.4)."""
_MEDIA = {row.uid for row in WITHOUT_SERVICE}


def agreed_roles(proposed: Roles | None, accepted: Roles | None) -> tuple[bool, bool]:
    """The requestor's roles: those that were proposed and accepted, the default ones if either end says nothing."""
    if proposed is None or accepted is None or None in accepted or proposed == (None, None):
        return DEFAULT_ROLES
    return bool(proposed[0] and accepted[0]), bool(proposed[1] and accepted[1])


def negotiate_as_acceptor(
    rq_contexts: Sequence[PresentationContext], ac_contexts: Sequence[PresentationContext], roles: RoleType = None
) -> tuple[list[PresentationContext], list[SCP_SCU_RoleSelectionNegotiation]]:
    """The answers to the contexts proposed, by ID, and the role selection items to send back, by SOP class UID.

    The order of the transfer syntaxes in `ac_contexts` decides which one is chosen. A role that the peer proposes
    for a context whose `scu_role` or `scp_role` is None gets no answer, so that the default roles apply.
    """
    supported = {str(context.abstract_syntax): context for context in ac_contexts}
    choose = prefer(Context(uid, tuple(context.transfer_syntax)) for uid, context in supported.items())
    answers: list[PresentationContext] = []
    replies: dict[str, SCP_SCU_RoleSelectionNegotiation] = {}
    for proposal in rq_contexts:
        uid = str(proposal.abstract_syntax)
        choice = choose(uid, proposal.transfer_syntax)
        if isinstance(choice, ContextResult):
            answers.append(_refused(proposal, choice))
            continue
        proposed = (roles or {}).get(uid)
        allowed = (supported[uid].scu_role, supported[uid].scp_role)
        agreed = agreed_roles(proposed, allowed)
        answers.append(_accepted(proposal, choice, agreed))
        if proposed is not None and None not in allowed and any(agreed):
            replies[uid] = _reply(uid, agreed)
    return _sorted(answers), [replies[uid] for uid in sorted(replies)]


def negotiate_unrestricted(
    rq_contexts: Sequence[PresentationContext], ac_contexts: Sequence[PresentationContext], roles: RoleType = None
) -> tuple[list[PresentationContext], list[SCP_SCU_RoleSelectionNegotiation]]:
    """As `negotiate_as_acceptor`, but every possible storage context is accepted with its first transfer syntax.

    These are the SOP classes of the storage service class, and abstract syntaxes of no service class.
    """
    others = [context for context in rq_contexts if not may_be_storage(str(context.abstract_syntax))]
    answers, replies = negotiate_as_acceptor(others, ac_contexts, roles)
    found = {str(reply.sop_class_uid): reply for reply in replies}
    for proposal in rq_contexts:
        uid = str(proposal.abstract_syntax)
        if not may_be_storage(uid):
            continue
        if not proposal.transfer_syntax:
            answers.append(_refused(proposal, ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED))
            continue
        proposed = (roles or {}).get(uid)
        agreed = agreed_roles(proposed, (True, True))
        answers.append(_accepted(proposal, proposal.transfer_syntax[0], agreed))
        if proposed is not None and any(agreed):
            found[uid] = _reply(uid, agreed)
    return _sorted(answers), [found[uid] for uid in sorted(found)]


def negotiate_as_requestor(
    rq_contexts: Sequence[PresentationContext], ac_contexts: Sequence[PresentationContext], roles: RoleType = None
) -> list[PresentationContext]:
    """The contexts proposed, by ID, each with the peer's result, its transfer syntax and the roles.

    A context that the peer leaves out, or accepts with a transfer syntax that was not proposed, counts as refused
    by the provider. Raises ValueError if nothing was proposed.
    """
    if not rq_contexts:
        raise ValueError("no presentation contexts were proposed")
    answers = {answer.context_id: answer for answer in ac_contexts}
    outcome = []
    for proposal in rq_contexts:
        answer = answers.get(proposal.context_id)
        if answer is None:
            outcome.append(_refused(proposal, ContextResult.NO_REASON))
            continue
        result = ContextResult.NO_REASON if answer.result is None else answer.result
        syntaxes = answer.transfer_syntax[:1]
        if result == ContextResult.ACCEPTANCE and not set(syntaxes) & set(proposal.transfer_syntax):
            result = ContextResult.NO_REASON
        roles_of = (proposal.scu_role, proposal.scp_role), (roles or {}).get(str(proposal.abstract_syntax))
        scu, scp = agreed_roles(*roles_of) if result == ContextResult.ACCEPTANCE else DEFAULT_ROLES
        outcome.append(proposal.answered(result, syntaxes, as_scu=scu, as_scp=scp))
    return _sorted(outcome)


def may_be_storage(uid: str) -> bool:
    """Whether this abstract syntax is a storage SOP class, or one of no service class."""
    return uid not in _MEDIA and SERVICE_CLASS_OF.get(uid, StorageServiceClass) is StorageServiceClass


def _refused(proposal: PresentationContext, result: ContextResult) -> PresentationContext:
    return proposal.answered(result, proposal.transfer_syntax[:1], as_scu=False, as_scp=False)


def _accepted(proposal: PresentationContext, syntax: str, agreed: tuple[bool, bool]) -> PresentationContext:
    """The context accepted, or rejected by the user if the requestor would have no role."""
    result = ContextResult.ACCEPTANCE if any(agreed) else ContextResult.USER_REJECTION
    requestor_scu, requestor_scp = agreed
    return proposal.answered(result, [lenient_uid(syntax)], as_scu=requestor_scp, as_scp=requestor_scu)


def _reply(uid: str, agreed: tuple[bool, bool]) -> SCP_SCU_RoleSelectionNegotiation:
    return SCP_SCU_RoleSelectionNegotiation.taken(
        sop_class_uid=lenient_uid(uid), scu_role=agreed[0], scp_role=agreed[1]
    )


def _sorted(contexts: list[PresentationContext]) -> list[PresentationContext]:
    return sorted(contexts, key=lambda context: context.context_id or 0)
