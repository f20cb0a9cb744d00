"""Presentation contexts and user information, proposed and answered (PS3.8 7.1.1, PS3.7 D); pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from dulcimer import __version__
from dulcimer._generated.codes import (
    APPLICATION_CONTEXT_NAME,
    ContextResult,
    RejectReasonUser,
    RejectResult,
    RejectSource,
)
from dulcimer.wire.fields import is_lawful_uid, unpadded
from dulcimer.wire.model import (
    AbstractSyntax,
    ApplicationContext,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    AsynchronousOperationsWindow,
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    PresentationContextAc,
    PresentationContextRq,
    ScpScuRoleSelection,
    UserDataSubItem,
    UserInformation,
)

IMPLEMENTATION_CLASS_UID = "2.25.243412703526951893391846290178905541187"
IMPLEMENTATION_VERSION_NAME = f"DULCIMER_{__version__}"
DEFAULT_MAXIMUM_LENGTH = 256 * 1024
"""Maximum length received that we announce, in bytes; large PDUs need the fewest turns."""
MOST_CONTEXTS = 128
"""Presentation contexts in one association: the odd IDs from 1 to 255 (PS3.8 9.3.2.2)."""
IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"


@dataclass(frozen=True, slots=True)
class Context:
    """An abstract syntax with transfer syntaxes, which a requestor proposes or an acceptor supports.

    If `context_id` is None, the request chooses the ID.
    """

    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]
    context_id: int | None = None


@dataclass(frozen=True, slots=True)
class Implementation:
    """How an end names its implementation (PS3.7 D.3.3.2); a version name of None is not sent."""

    class_uid: str = IMPLEMENTATION_CLASS_UID
    version_name: str | None = IMPLEMENTATION_VERSION_NAME


THIS_IMPLEMENTATION = Implementation()


@dataclass(frozen=True, slots=True)
class AcceptedContext:
    """A presentation context that both ends use."""

    context_id: int
    abstract_syntax: str
    transfer_syntax: str
    as_scu: bool = True
    """Whether this end may request the operations of the SOP class (PS3.7 D.3.3.4)."""
    as_scp: bool = False
    """Whether this end performs the operations of the SOP class (PS3.7 D.3.3.4)."""


@dataclass(frozen=True, slots=True)
class RefusedContext:
    """A presentation context that was proposed and cannot be used.

    `result` is as in PS3.8 Table 9-18: 1 to 4 refuse it, 0 accepts it with a transfer syntax that was not proposed;
    None if the answer leaves it out. `answered` is the transfer syntax of the answer.
    """

    context_id: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]
    result: int | None
    answered: str = ""

    @property
    def is_invalid_answer(self) -> bool:
        """Whether the answer breaks the standard (PS3.8 9.3.3.2)."""
        return self.result is None or self.result == ContextResult.ACCEPTANCE

    @property
    def why(self) -> str:
        """What the peer answered, in words."""
        if self.result is None:
            return "the peer's answer leaves it out, a fault of the peer (PS3.8 9.3.3.2)"
        if self.result == ContextResult.ACCEPTANCE:
            syntax = repr(self.answered) if self.answered else "no transfer syntax"
            return f"the peer accepted it with {syntax}, which was not proposed: a fault of the peer (PS3.8 9.3.3.2)"
        return f"the peer refused it: {reason_of(self.result)}"


def reason_of(result: int) -> str:
    """The Result/Reason of a refused context in a few words (PS3.8 Table 9-18)."""
    known = result in list(ContextResult)
    return f"{ContextResult(result).description if known else 'a reserved value'} (result {result})"


@dataclass(frozen=True, slots=True)
class PeerInformation:
    """What the peer says about itself; empty where it says nothing. `maximum_length` in bytes, 0 is no limit."""

    ae_title: str
    implementation_class_uid: str
    implementation_version_name: str
    maximum_length: int

    @classmethod
    def of(cls, pdu: AssociateRq | AssociateAc) -> PeerInformation:
        """Read it from the peer's A-ASSOCIATE-RQ or -AC."""
        information = pdu.user_information
        uid = information.first(ImplementationClassUid)
        name = information.first(ImplementationVersionName)
        title = pdu.calling_ae_title if isinstance(pdu, AssociateRq) else pdu.called_ae_title
        return cls(
            title.strip(" "),
            unpadded(uid.implementation_class_uid) if uid else "",
            name.implementation_version_name if name else "",
            pdu.maximum_length or 0,
        )


Roles: TypeAlias = tuple[bool, bool]
"""Whether the association-requestor is SCU, and whether it is SCP, of a SOP class (PS3.7 D.3.3.4)."""

RoleChoice: TypeAlias = Callable[[str, Roles], Roles | None]
"""From a SOP class and the roles that the requestor proposes, those to accept; None leaves the proposal unanswered,
so that the default roles apply: the requestor is SCU only."""

TransferSyntaxChoice: TypeAlias = Callable[[str, Sequence[str]], str | ContextResult]
"""From an abstract syntax and the transfer syntaxes proposed, the one to use, or the result that refuses.

Names are not padded, as in `names_in`."""


def request_pdu(
    contexts: Sequence[Context],
    *,
    calling_ae_title: str,
    called_ae_title: str,
    maximum_length: int = DEFAULT_MAXIMUM_LENGTH,
    implementation: Implementation = THIS_IMPLEMENTATION,
    user_items: Sequence[UserDataSubItem] = (),
) -> AssociateRq:
    """The A-ASSOCIATE-RQ that proposes `contexts`, with `user_items` added to the usual ones.

    Contexts without an ID get the smallest free IDs of 1, 3, 5 ... Raises ValueError for no context, more
    than 128, one without a transfer syntax, or two with the same ID.
    """
    if not 1 <= len(contexts) <= MOST_CONTEXTS:
        raise ValueError(
            f"1 to {MOST_CONTEXTS} presentation contexts fit into one association, not {len(contexts)} "
            "(PS3.8 9.3.2.2): propose fewer, or open several associations"
        )
    given = [context.context_id for context in contexts if context.context_id is not None]
    if len(set(given)) < len(given):
        raise ValueError("two presentation contexts have the same ID (PS3.8 9.3.2.2)")
    free = (number for number in range(1, 256, 2) if number not in given)
    items = []
    for context in contexts:
        if not context.transfer_syntaxes:
            raise ValueError(f"no transfer syntax is proposed for {context.abstract_syntax} (PS3.8 9.3.2.2)")
        number = next(free) if context.context_id is None else context.context_id
        items.append(PresentationContextRq.of(number, context.abstract_syntax, *context.transfer_syntaxes))
    return AssociateRq(
        called_ae_title,
        calling_ae_title,
        (
            ApplicationContext(APPLICATION_CONTEXT_NAME),
            *items,
            _user_information(maximum_length, implementation, user_items),
        ),
    )


def outcome(
    request: AssociateRq, answer: AssociateAc
) -> tuple[tuple[AcceptedContext, ...], tuple[RefusedContext, ...]]:
    """The proposed contexts, accepted and refused. One that the answer leaves out, or accepts with a transfer syntax
    that was not proposed, counts as refused.
    """
    answers = {item.presentation_context_id: item for item in answer.presentation_contexts}
    proposed, accepted_roles = roles_in(request), roles_in(answer)
    accepted: list[AcceptedContext] = []
    refused: list[RefusedContext] = []
    for item in request.presentation_contexts:
        context_id, abstract_syntax = item.presentation_context_id, item.abstract_syntax or ""
        reply = answers.get(context_id)
        result = None if reply is None else reply.result_reason
        chosen = unpadded(reply.transfer_syntax or "") if reply else ""
        proposed_syntaxes = item.transfer_syntaxes
        if result == ContextResult.ACCEPTANCE and chosen in proposed_syntaxes:
            scu, scp = _agreed(proposed.get(abstract_syntax), accepted_roles.get(abstract_syntax))
            accepted.append(AcceptedContext(context_id, abstract_syntax, chosen, scu, scp))
        else:
            refused.append(RefusedContext(context_id, abstract_syntax, proposed_syntaxes, result, chosen))
    return tuple(accepted), tuple(refused)


class Rejection(NamedTuple):
    """An A-ASSOCIATE-RJ, and the reason in words, for the PDU can carry only a few reasons."""

    pdu: AssociateRj
    why: str


def refusal(request: AssociateRq) -> AssociateRj | None:
    """The A-ASSOCIATE-RJ for a request that no acceptor can accept; None if there is no objection."""
    rejection = objection(request)
    return None if rejection is None else rejection.pdu


def objection(request: AssociateRq) -> Rejection | None:
    """Why no acceptor can accept a request; None if there is no objection."""
    name = request.application_context
    if name is None or unpadded(name) != APPLICATION_CONTEXT_NAME:
        problem = "it has no application context name" if name is None else f"its application context is {name!r}"
        why = f"{problem}, not {APPLICATION_CONTEXT_NAME} (PS3.8 9.3.2.1)"
        return Rejection(reject(RejectReasonUser.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED), why)
    if not request.called_ae_title.strip(" "):
        why = "its called AE title is empty (PS3.8 9.3.2)"
        return Rejection(reject(RejectReasonUser.CALLED_AE_TITLE_NOT_RECOGNIZED), why)
    if not request.calling_ae_title.strip(" "):
        why = "its calling AE title is empty (PS3.8 9.3.2)"
        return Rejection(reject(RejectReasonUser.CALLING_AE_TITLE_NOT_RECOGNIZED), why)
    ids = [item.presentation_context_id for item in request.presentation_contexts]
    if not ids:
        return Rejection(reject(RejectReasonUser.NO_REASON_GIVEN), "it proposes no presentation context (PS3.8 9.3.2)")
    even = next((number for number in ids if not number & 1), None)
    if even is not None:
        why = f"presentation context ID {even} is not odd (PS3.8 9.3.2.2)"
        return Rejection(reject(RejectReasonUser.NO_REASON_GIVEN), why)
    if len(set(ids)) < len(ids):
        twice = next(number for number, count in Counter(ids).items() if count > 1)
        why = f"presentation context ID {twice} is used twice (PS3.8 9.3.2.2)"
        return Rejection(reject(RejectReasonUser.NO_REASON_GIVEN), why)
    return None


def reject(reason: RejectReasonUser, result: RejectResult = RejectResult.REJECTED_PERMANENT) -> AssociateRj:
    """The A-ASSOCIATE-RJ of the service-user (PS3.8 Table 9-21)."""
    return AssociateRj(result, RejectSource.UL_SERVICE_USER, reason)


def answer_pdu(
    request: AssociateRq,
    choose: TransferSyntaxChoice,
    *,
    maximum_length: int = DEFAULT_MAXIMUM_LENGTH,
    choose_roles: RoleChoice = lambda _uid, _roles: None,
    implementation: Implementation = THIS_IMPLEMENTATION,
    user_items: Sequence[UserDataSubItem] = (),
) -> tuple[AssociateAc, tuple[AcceptedContext, ...]]:
    """The A-ASSOCIATE-AC that answers each context proposed as `choose` says, and the contexts accepted.

    Roles that are proposed are answered as `choose_roles` says for SOP classes with an accepted context,
    never with more than was proposed (PS3.7 D.3.3.4). Names are answered without padding.
    `user_items` are added to the usual ones. Bytes 11 to 74 echo the request (PS3.8 Table 9-17).
    """
    proposed = roles_in(request)
    answered_roles: dict[str, Roles] = {}
    for uid, (scu, scp) in proposed.items():
        if (roles := choose_roles(uid, (scu, scp))) is not None:
            answered_roles[uid] = scu and roles[0], scp and roles[1]
    items: list[PresentationContextAc] = []
    accepted: list[AcceptedContext] = []
    for item in request.presentation_contexts:
        context_id = item.presentation_context_id
        chosen = _choose(item, choose)
        if isinstance(chosen, ContextResult):
            # Which name it is means nothing (PS3.8 9.3.3.2), but it has to be one.
            name = next(filter(is_lawful_uid, names_in(item)[1]), IMPLICIT_VR_LITTLE_ENDIAN)
            items.append(PresentationContextAc.of(context_id, chosen, name))
        else:
            items.append(PresentationContextAc.of(context_id, ContextResult.ACCEPTANCE, chosen))
            abstract_syntax, _ = names_in(item)
            peer_scu, peer_scp = _agreed(proposed.get(abstract_syntax), answered_roles.get(abstract_syntax))
            accepted.append(AcceptedContext(context_id, abstract_syntax, chosen, peer_scp, peer_scu))
    used = {context.abstract_syntax for context in accepted if is_lawful_uid(context.abstract_syntax)}
    role_items = [
        ScpScuRoleSelection(uid, int(scu), int(scp)) for uid, (scu, scp) in answered_roles.items() if uid in used
    ]
    answer = AssociateAc(
        request.called_ae_title,
        request.calling_ae_title,
        (
            ApplicationContext(APPLICATION_CONTEXT_NAME),
            *items,
            _user_information(maximum_length, implementation, (*role_items, *user_items)),
        ),
        reserved_43_74=request.reserved_43_74,
    )
    return answer, tuple(accepted)


def prefer(supported: Iterable[Context]) -> TransferSyntaxChoice:
    """Choose by the acceptor's own order of transfer syntaxes (PS3.8 7.1.1.14)."""
    orders = {context.abstract_syntax: context.transfer_syntaxes for context in supported}

    def choose(abstract_syntax: str, proposed: Sequence[str]) -> str | ContextResult:
        order = orders.get(abstract_syntax)
        if order is None:
            return ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED
        names = set(map(unpadded, proposed))
        best = next((name for name in order if name in names), None)
        return ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED if best is None else best

    return choose


def _choose(item: PresentationContextRq, choose: TransferSyntaxChoice) -> str | ContextResult:
    if sum(isinstance(sub_item, AbstractSyntax) for sub_item in item.sub_items) != 1:
        return ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED
    return choose(*names_in(item))


def names_in(item: PresentationContextRq) -> tuple[str, tuple[str, ...]]:
    """The abstract syntax of a context that is proposed, and its transfer syntaxes, without padding.

    An answer repeats a name, and padded it would be as wrong as the request (PS3.8 Annex F).
    """
    return unpadded(item.abstract_syntax or ""), tuple(map(unpadded, item.transfer_syntaxes))


def windows(answer: AssociateAc) -> tuple[int, int]:
    """Operations that the requestor may invoke and perform side by side, 0 for any number (PS3.7 D.3.3.3)."""
    window = answer.user_information.first(AsynchronousOperationsWindow)
    if window is None:
        return 1, 1
    return window.maximum_number_operations_invoked, window.maximum_number_operations_performed


def roles_in(pdu: AssociateRq | AssociateAc) -> dict[str, Roles]:
    """The roles that are proposed or answered, by SOP class UID (PS3.7 D.3.3.4)."""
    items = pdu.user_information.all(ScpScuRoleSelection)
    return {unpadded(item.sop_class_uid): (bool(item.scu_role), bool(item.scp_role)) for item in items}


def _agreed(proposed: Roles | None, answered: Roles | None) -> Roles:
    """The roles of the requestor; the default roles apply unless both ends name others."""
    if proposed is None or answered is None:
        return True, False
    return proposed[0] and answered[0], proposed[1] and answered[1]


def _user_information(
    maximum_length: int, implementation: Implementation, more: Sequence[UserDataSubItem]
) -> UserInformation:
    """The sub-items in ascending order of their types, which old receivers expect (PS3.8 9.3.2.3)."""
    items: list[UserDataSubItem] = [
        MaximumLength(maximum_length),
        ImplementationClassUid(implementation.class_uid),
        *more,
    ]
    if implementation.version_name:
        items.append(ImplementationVersionName(implementation.version_name))
    return UserInformation(tuple(sorted(items, key=lambda item: item.item_type)))
