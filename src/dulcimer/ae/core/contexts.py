"""The presentation contexts of an application entity: those it requests and those it supports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy

from pydicom.uid import UID

from dulcimer.acse.negotiation import MOST_CONTEXTS, Context
from dulcimer.presentation import build_context
from dulcimer.proposals.presentation_context import PresentationContext

TransferSyntaxes = str | Sequence[str] | None


class Contexts:
    """Presentation contexts, added and removed one by one or set together."""

    def __init__(self) -> None:
        self._requested: list[PresentationContext] = []
        self._supported: dict[str, PresentationContext] = {}

    @property
    def requested_contexts(self) -> list[PresentationContext]:
        """The contexts that `associate` proposes, at most 128; set them as a list."""
        return self._requested

    @requested_contexts.setter
    def requested_contexts(self, contexts: Sequence[PresentationContext]) -> None:
        self._requested = [_independent(context) for context in checked(contexts)]

    @property
    def supported_contexts(self) -> list[PresentationContext]:
        """The contexts that servers accept, by abstract syntax; set them as a list."""
        return [self._supported[uid] for uid in sorted(self._supported)]

    @supported_contexts.setter
    def supported_contexts(self, contexts: Sequence[PresentationContext]) -> None:
        self._supported = {}
        for context in contexts:
            if not isinstance(context, PresentationContext):
                raise ValueError(f"'supported_contexts' must be a list of PresentationContext, not of {context!r}")
            self.add_supported_context(
                str(context.abstract_syntax), context.transfer_syntax, context.scu_role, context.scp_role
            )

    def add_requested_context(self, abstract_syntax: str, transfer_syntax: TransferSyntaxes = None) -> None:
        """Propose one more context, with one or several transfer syntaxes; by default those without compression.

        Raises ValueError if there are 128 already (PS3.8 9.3.2.2), or for what is not a UID (PS3.8 Annex F).
        """
        if len(self._requested) >= MOST_CONTEXTS:
            raise ValueError(f"{MOST_CONTEXTS} contexts are requested already, which is the maximum (PS3.8 9.3.2.2)")
        self._requested.append(build_context(_uid(abstract_syntax), _listed(transfer_syntax)))

    def add_supported_context(
        self,
        abstract_syntax: str,
        transfer_syntax: TransferSyntaxes = None,
        scu_role: bool | None = None,
        scp_role: bool | None = None,
    ) -> None:
        """Accept a context, or one more transfer syntax of it.

        `scu_role` and `scp_role` say which roles a requestor that proposes roles may have; None leaves such a proposal
        unanswered (PS3.7 D.3.3.4).
        """
        added = build_context(_uid(abstract_syntax), _listed(transfer_syntax))
        context = self._supported.setdefault(str(abstract_syntax), added)
        for syntax in added.transfer_syntax:
            context.add_transfer_syntax(syntax)
        context.scu_role = scu_role
        context.scp_role = scp_role

    def remove_requested_context(self, abstract_syntax: str, transfer_syntax: TransferSyntaxes = None) -> None:
        """Remove these transfer syntaxes, by default all, from the contexts requested for an abstract syntax."""
        self._requested = [
            context
            for context in self._requested
            if context.abstract_syntax != abstract_syntax or _keeps_some(context, transfer_syntax)
        ]

    def remove_supported_context(self, abstract_syntax: str, transfer_syntax: TransferSyntaxes = None) -> None:
        """Remove these transfer syntaxes, by default all, from the context supported for an abstract syntax."""
        context = self._supported.get(str(abstract_syntax))
        if context is not None and not _keeps_some(context, transfer_syntax):
            del self._supported[str(abstract_syntax)]


def checked(contexts: Sequence[PresentationContext], most: int | None = MOST_CONTEXTS) -> list[PresentationContext]:
    """Contexts to propose; ValueError for more than `most`, or for what is not a presentation context."""
    if most is not None and len(contexts) > most:
        raise ValueError(f"{MOST_CONTEXTS} contexts fit into one association, not {len(contexts)} (PS3.8 9.3.2.2)")
    for context in contexts:
        if not isinstance(context, PresentationContext):
            raise ValueError(f"'contexts' must be a list of PresentationContext, not of {context!r}")
    return list(contexts)


def proposal(contexts: Iterable[PresentationContext]) -> list[Context]:
    """The contexts as they are proposed: their own IDs where all are different, otherwise 1, 3, 5 ..."""
    listed = list(contexts)
    given = [context.context_id for context in listed if context.context_id is not None]
    keep = len(set(given)) == len(given)
    return [
        Context(
            str(context.abstract_syntax or ""),
            tuple(map(str, context.transfer_syntax)),
            context.context_id if keep else None,
        )
        for context in listed
    ]


def _independent(context: PresentationContext) -> PresentationContext:
    """A copy that can be changed: the lists for each service class are shared."""
    own = copy(context)
    own.transfer_syntax = list(context.transfer_syntax)
    return own


def _uid(text: str) -> str:
    """`text`, unless it has characters that no UID has."""
    if isinstance(text, str) and text.strip("0123456789.\0 "):
        names = "SOP classes by name are in dulcimer.sop_class, transfer syntaxes in pydicom.uid"
        raise ValueError(f"{text!r} is not a UID, which has digits and dots alone (PS3.8 Annex F); {names}")
    return text


def _listed(syntaxes: TransferSyntaxes) -> list[UID] | None:
    if syntaxes is None:
        return None
    return [UID(_uid(syntax)) for syntax in ([syntaxes] if isinstance(syntaxes, str) else syntaxes)]


def _keeps_some(context: PresentationContext, syntaxes: TransferSyntaxes) -> bool:
    for syntax in _listed(syntaxes) or ():
        context.remove_transfer_syntax(syntax)
    return syntaxes is not None and bool(context.transfer_syntax)
