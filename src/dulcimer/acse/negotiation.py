"""Presentation contexts and user information, proposed and answered (PS3.8 7.1.1, PS3.7 D); pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dulcimer import __version__
from dulcimer._generated.codes import (
    APPLICATION_CONTEXT_NAME,
    ContextResult,
    RejectReasonUser,
    RejectResult,
    RejectSource,
    describe_context_result,
)
from dulcimer.wire.model import (
    AbstractSyntax,
    ApplicationContext,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    PresentationContextAc,
    PresentationContextRq,
    UserInformation,
)

IMPLEMENTATION_CLASS_UID = "2.25.243412703526951893391846290178905541187"
IMPLEMENTATION_VERSION_NAME = f"DULCIMER_{__version__}"
DEFAULT_MAXIMUM_LENGTH = 256 * 1024
"""Maximum length received that is announced, in bytes; large PDUs cost the fewest turns."""
MOST_CONTEXTS = 128
"""Presentation contexts in one association: the odd IDs from 1 to 255 (PS3.8 9.3.2.2)."""
IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"


@dataclass(frozen=True, slots=True)
class Context:
    """What the requestor offers or the acceptor supports: an abstract syntax with transfer syntaxes."""

    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AcceptedContext:
    """A presentation context that both ends use."""

    context_id: int
    abstract_syntax: str
    transfer_syntax: str


@dataclass(frozen=True, slots=True)
class RefusedContext:
    """A presentation context that was turned down; `result` as in PS3.8 Table 9-18."""

    context_id: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]
    result: int

    @property
    def why(self) -> str:
        """The reason in words."""
        return describe_context_result(self.result)


@dataclass(frozen=True, slots=True)
class PeerInformation:
    """What the peer says of itself; empty where it says nothing. `maximum_length` in bytes, 0 is no limit."""

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
            title.strip(),
            uid.implementation_class_uid if uid else "",
            name.implementation_version_name if name else "",
            pdu.maximum_length or 0,
        )


TransferSyntaxChoice: TypeAlias = Callable[[str, Sequence[str]], str | ContextResult]
"""From an abstract syntax and the transfer syntaxes proposed, the one to use, or the result that refuses."""


def request_pdu(
    contexts: Sequence[Context],
    *,
    calling_ae_title: str,
    called_ae_title: str,
    maximum_length: int = DEFAULT_MAXIMUM_LENGTH,
) -> AssociateRq:
    """The A-ASSOCIATE-RQ that proposes `contexts` with IDs 1, 3, 5 ...

    Raises ValueError for no context, more than 128, or one without a transfer syntax.
    """
    if not 1 <= len(contexts) <= MOST_CONTEXTS:
        raise ValueError(
            f"1 to {MOST_CONTEXTS} presentation contexts fit into one association, not {len(contexts)} "
            "(PS3.8 9.3.2.2): propose fewer, or open several associations"
        )
    items = []
    for index, context in enumerate(contexts):
        if not context.transfer_syntaxes:
            raise ValueError(f"no transfer syntax is proposed for {context.abstract_syntax} (PS3.8 9.3.2.2)")
        items.append(PresentationContextRq.of(2 * index + 1, context.abstract_syntax, *context.transfer_syntaxes))
    return AssociateRq(
        called_ae_title,
        calling_ae_title,
        (ApplicationContext(APPLICATION_CONTEXT_NAME), *items, _user_information(maximum_length)),
    )


def outcome(
    request: AssociateRq, answer: AssociateAc
) -> tuple[tuple[AcceptedContext, ...], tuple[RefusedContext, ...]]:
    """What became of the contexts proposed. One that the answer leaves out, or accepts with a transfer
    syntax that was not proposed, counts as refused by the provider.
    """
    answers = {item.presentation_context_id: item for item in answer.presentation_contexts}
    accepted: list[AcceptedContext] = []
    refused: list[RefusedContext] = []
    for item in request.presentation_contexts:
        context_id, abstract_syntax = item.presentation_context_id, item.abstract_syntax or ""
        reply = answers.get(context_id)
        result = reply.result_reason if reply else ContextResult.NO_REASON
        chosen = _uid(reply.transfer_syntax or "") if reply else ""
        if result == ContextResult.ACCEPTANCE and chosen in item.transfer_syntaxes:
            accepted.append(AcceptedContext(context_id, abstract_syntax, chosen))
        else:
            result = result or ContextResult.NO_REASON
            refused.append(RefusedContext(context_id, abstract_syntax, item.transfer_syntaxes, result))
    return tuple(accepted), tuple(refused)


def refusal(request: AssociateRq) -> AssociateRj | None:
    """The A-ASSOCIATE-RJ for a request that no acceptor can support, None if there is nothing against it."""
    name = request.application_context
    if name is None or _uid(name) != APPLICATION_CONTEXT_NAME:
        return reject(RejectReasonUser.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED)
    if not request.called_ae_title.strip():
        return reject(RejectReasonUser.CALLED_AE_TITLE_NOT_RECOGNIZED)
    if not request.calling_ae_title.strip():
        return reject(RejectReasonUser.CALLING_AE_TITLE_NOT_RECOGNIZED)
    ids = [item.presentation_context_id for item in request.presentation_contexts]
    if not ids or len(set(ids)) < len(ids) or not all(context_id & 1 for context_id in ids):
        return reject(RejectReasonUser.NO_REASON_GIVEN)
    return None


def reject(reason: RejectReasonUser, result: RejectResult = RejectResult.REJECTED_PERMANENT) -> AssociateRj:
    """The A-ASSOCIATE-RJ of the service-user (PS3.8 Table 9-21)."""
    return AssociateRj(result, RejectSource.UL_SERVICE_USER, reason)


def answer_pdu(
    request: AssociateRq, choose: TransferSyntaxChoice, *, maximum_length: int = DEFAULT_MAXIMUM_LENGTH
) -> tuple[AssociateAc, tuple[AcceptedContext, ...]]:
    """The A-ASSOCIATE-AC that answers each context proposed as `choose` says, and the contexts accepted.

    Bytes 11 to 74 echo the request (PS3.8 Table 9-17).
    """
    items: list[PresentationContextAc] = []
    accepted: list[AcceptedContext] = []
    for item in request.presentation_contexts:
        context_id = item.presentation_context_id
        chosen = _choose(item, choose)
        if isinstance(chosen, ContextResult):
            proposed = item.transfer_syntaxes[0] if item.transfer_syntaxes else IMPLICIT_VR_LITTLE_ENDIAN
            items.append(PresentationContextAc.of(context_id, chosen, proposed))
        else:
            items.append(PresentationContextAc.of(context_id, ContextResult.ACCEPTANCE, chosen))
            accepted.append(AcceptedContext(context_id, _uid(item.abstract_syntax or ""), _uid(chosen)))
    answer = AssociateAc(
        request.called_ae_title,
        request.calling_ae_title,
        (ApplicationContext(APPLICATION_CONTEXT_NAME), *items, _user_information(maximum_length)),
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
        names = {_uid(name): name for name in reversed(proposed)}
        best = next((name for name in order if name in names), None)
        return ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED if best is None else names[best]

    return choose


def _choose(item: PresentationContextRq, choose: TransferSyntaxChoice) -> str | ContextResult:
    names = [sub_item for sub_item in item.sub_items if isinstance(sub_item, AbstractSyntax)]
    if len(names) != 1:
        return ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED
    return choose(_uid(names[0].abstract_syntax_name), item.transfer_syntaxes)


def _user_information(maximum_length: int) -> UserInformation:
    return UserInformation(
        (
            MaximumLength(maximum_length),
            ImplementationClassUid(IMPLEMENTATION_CLASS_UID),
            ImplementationVersionName(IMPLEMENTATION_VERSION_NAME),
        )
    )


def _uid(name: str) -> str:
    """A UID without the padding that Annex F forbids and some peers send."""
    return name.rstrip("\0 ")
