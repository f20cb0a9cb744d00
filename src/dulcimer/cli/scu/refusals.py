"""What a peer does not accept, and what it would accept instead, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydicom.uid import UID, AllTransferSyntaxes

from dulcimer._generated.codes import ContextResult
from dulcimer._generated.services import TRANSFER_SYNTAXES
from dulcimer.acse.negotiation import MOST_CONTEXTS, AcceptedContext, Context, RefusedContext
from dulcimer.acse.wording import name_of
from dulcimer.acse.wording import why_not as why_refused
from dulcimer.cli.failures.likely_cause import cause_row
from dulcimer.cli.options.peer import PeerOptions
from dulcimer.cli.scu.association import associate
from dulcimer.errors import DulcimerError
from dulcimer.services.instance_file import InstanceFile

_MOST_PROBES = 3
"""Maximum number of associations to find out what a peer accepts."""


def why_not(instance: InstanceFile, accepted: Iterable[AcceptedContext], refused: Iterable[RefusedContext]) -> str:
    """Why no context fits an instance."""
    sop_class, syntax = name_of(instance.sop_class_uid), name_of(instance.transfer_syntax)
    others = sorted({name_of(c.transfer_syntax) for c in accepted if c.abstract_syntax == instance.sop_class_uid})
    results = [c for c in refused if c.abstract_syntax == instance.sop_class_uid]
    own = [c for c in results if instance.transfer_syntax in c.transfer_syntaxes] or results
    if not own:
        return f"{sop_class} in {syntax} was not proposed on this association"
    if own[0].result is None or own[0].result == ContextResult.ACCEPTANCE:
        return f"{sop_class} in {syntax}: {own[0].why}"
    words = f"the peer does not accept {sop_class} in {syntax} ({why_refused(own[0])})"
    return words + (f", only in {', '.join(others)}" if others else "")


class Refusals:
    """The SOP classes and transfer syntaxes that a peer refused, and advice on them."""

    def __init__(self) -> None:
        self._syntaxes: dict[str, set[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._syntaxes)

    def note(self, instance: InstanceFile, refused: Iterable[RefusedContext]) -> None:
        """Record an instance that could not be sent because no context fits.

        If the answer of the peer breaks the standard, asking it again is useless.
        """
        if not any(context.abstract_syntax == instance.sop_class_uid and not context.result for context in refused):
            self._syntaxes.setdefault(instance.sop_class_uid, set()).add(instance.transfer_syntax)

    async def advice(self, peer: PeerOptions) -> list[str]:
        """Ask the peer on new associations which transfer syntaxes it accepts; returns advice.

        The result of a refused context is not enough: some peers say that they do not support the abstract syntax
        when they mean the transfer syntax.
        """
        lines = []
        taken = await _accepted_syntaxes(peer, sorted(self._syntaxes))
        if nothing := sorted(name_of(uid) for uid, syntaxes in taken.items() if not syntaxes):
            names = ", ".join(nothing)
            change = cause_row("sop-class-refused").acceptor
            lines.append(f"The peer does not accept {names} in any transfer syntax. In its configuration: {change}.")
        decompress = False
        for uid, syntaxes in taken.items():
            if syntaxes:
                lines.append(f"The peer accepts {name_of(uid)} in: {', '.join(map(name_of, syntaxes))}.")
                decompress |= any(map(_is_compressed, self._syntaxes[uid])) and not all(map(_is_compressed, syntaxes))
        if decompress:
            row = cause_row("compressed-refused")
            lines.append(f"dulcimer does not decompress pixels: {row.requestor}. At the peer: {row.acceptor}.")
        return lines


def _is_compressed(syntax: str) -> bool:
    return syntax in AllTransferSyntaxes and UID(syntax).is_compressed


async def _accepted_syntaxes(peer: PeerOptions, classes: Sequence[str]) -> dict[str, list[str]]:
    """The transfer syntaxes that the peer accepts for each class, without classes that could not be asked for."""
    found: dict[str, list[str]] = {}
    at_once = MOST_CONTEXTS // len(TRANSFER_SYNTAXES)
    for start in range(0, min(len(classes), at_once * _MOST_PROBES), at_once):
        some = classes[start : start + at_once]
        contexts = [Context(uid, (syntax,)) for uid in some for syntax in TRANSFER_SYNTAXES]
        try:
            async with await associate(peer, contexts) as association:
                for uid in some:
                    found[uid] = [
                        context.transfer_syntax
                        for context in association.accepted_contexts
                        if context.abstract_syntax == uid
                    ]
        except DulcimerError:
            return found
    return found
