"""What the tester sees, with labels that the patterns of the specification match."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from dulcimer._generated.codes import (
    REJECT_REASONS,
    AbortReason,
    AbortSource,
    ContextResult,
    PduType,
    RejectResult,
    describe_abort,
    describe_rejection,
)
from dulcimer._generated.commands import MESSAGES, status_category
from dulcimer.conformance.model.oracle import CLOSE
from dulcimer.counting import counted
from dulcimer.dimse.command_set import CommandSet
from dulcimer.wire.model import (
    Abort,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    PDataTf,
    Pdu,
)

SILENCE = "silence"
ENDLESS = "endless"
"""How a connection ends if the peer does not stop sending: the tester closes it."""
STAYS_OPEN = "open-after-window"
"""The connection was not closed in the time allowed for a close without a timer."""
FRAGMENT = "fragment"
"""Label of a P-DATA-TF that does not complete a command set."""

_CONTEXTS_SHOWN = 8
_NAMES = {int(member): member.label for member in PduType}


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation: `t` in seconds since the connection was opened, `labels` with the most specific first.

    `name` is that of the PDU, `CLOSE` or `SILENCE`; `data` and `pdu` are those of a PDU (`pdu` None if it cannot
    be read); `command` is the command set that this P-DATA-TF completed.
    """

    t: float
    name: str
    labels: tuple[str, ...]
    data: bytes = b""
    pdu: Pdu | None = None
    command: CommandSet | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """The most specific label."""
        return self.labels[0]

    @property
    def source(self) -> int | None:
        """The Source field if this is an A-ABORT."""
        return self.pdu.source if isinstance(self.pdu, Abort) else None

    @property
    def is_close(self) -> bool:
        """Whether the connection ended."""
        return self.name == CLOSE

    @property
    def is_busy(self) -> bool:
        """Whether this is a rejection for lack of resources (A-ASSOCIATE-RJ of source 3), which may pass."""
        return isinstance(self.pdu, AssociateRj) and self.pdu.source == 3

    def fits(self, patterns: Iterable[str]) -> bool:
        """Whether one of these patterns, as in `spec/conformance/`, matches."""
        return any(self._fits(pattern) for pattern in patterns)

    def _fits(self, pattern: str) -> bool:
        macro = _MACROS.get(pattern)
        if macro is not None:
            return macro(self)
        return any(fnmatchcase(label, pattern) for label in self.labels)


def silence(t: float) -> Seen:
    """Nothing arrived."""
    return Seen(t, SILENCE, (SILENCE,))


def closed(t: float, how: str) -> Seen:
    """The peer closed the connection: `how` is fin, rst or rst-after-send; or the tester did: `ENDLESS`."""
    return Seen(t, CLOSE, (f"close({how})",))


def too_much(t: float, data: bytes) -> Seen:
    """A PDU with too many items to be decoded."""
    name = pdu_name(data)
    return Seen(t, name, (f"{name} of {len(data)} bytes with too many items to decode",))


def of_pdu(t: float, data: bytes, pdu: Pdu | None, command: CommandSet | None = None) -> Seen:
    """A PDU that arrived, and the command set that it completed."""
    name = pdu_name(data)
    fragment = (FRAGMENT,) if isinstance(pdu, PDataTf) and command is None else ()
    labels = (*_command_labels(command), *pdu_labels(pdu, name), *fragment)
    return Seen(t, name, labels, data, pdu, command)


def pdu_name(data: bytes) -> str:
    """The name of the PDU that begins with these bytes."""
    return (_NAMES.get(data[0]) if data else None) or f"PDU of type {data[:1].hex().upper()}H"


def pdu_labels(pdu: Pdu | None, name: str) -> tuple[str, ...]:
    """What a PDU is called in patterns."""
    match pdu:
        case AssociateAc():
            return f"{name}({_results(pdu)})", f"{name}<{pdu.application_context or ''}>"
        case AssociateRj():
            return (f"{name}({pdu.result},{pdu.source},{pdu.reason})",)
        case Abort():
            return (f"{name}({pdu.source},{pdu.reason})",)
        case None:
            return (f"{name} that cannot be read",)
        case _:
            return (name,)


def _results(pdu: AssociateAc) -> str:
    results = sorted((item.presentation_context_id, item.result_reason) for item in pdu.presentation_contexts)
    if len(results) > _CONTEXTS_SHOWN:
        accepted = sum(1 for _, result in results if result == ContextResult.ACCEPTANCE)
        return f"{len(results)} contexts, {accepted} accepted"
    return ",".join(f"{number}={result}" for number, result in results)


def _command_labels(command: CommandSet | None) -> tuple[str, ...]:
    if command is None:
        return ()
    number = command.command_field
    info = MESSAGES.get(number) if number is not None else None
    name = info.name if info else "message without command field" if number is None else f"message {number:04X}H"
    status = command.value("status")
    return (f"{name}({status:04X}H)",) if isinstance(status, int) else (name,)


@functools.cache
def _legal_reasons() -> dict[int, frozenset[int]]:
    return {source: frozenset(int(member) for member in kind) for source, kind in REJECT_REASONS.items()}


def rejection_is_legal(pdu: AssociateRj) -> bool:
    """Whether no value of an A-ASSOCIATE-RJ is reserved (PS3.8 Table 9-21)."""
    return pdu.result in set(map(int, RejectResult)) and pdu.reason in _legal_reasons().get(pdu.source, frozenset())


def abort_is_legal(pdu: Abort) -> bool:
    """Whether no value of an A-ABORT is reserved (PS3.8 Table 9-26); with source 0 the reason has no meaning."""
    if pdu.source == AbortSource.SERVICE_USER:
        return True
    return pdu.source in set(map(int, AbortSource)) and pdu.reason in set(map(int, AbortReason))


def _is_p_abort(seen: Seen) -> bool:
    return isinstance(seen.pdu, Abort) and seen.pdu.source == AbortSource.SERVICE_PROVIDER and abort_is_legal(seen.pdu)


def _is_legal_rejection(seen: Seen) -> bool:
    return isinstance(seen.pdu, AssociateRj) and rejection_is_legal(seen.pdu)


def _is_acceptance(seen: Seen) -> bool:
    return isinstance(seen.pdu, AssociateAc) and any(
        item.result_reason == ContextResult.ACCEPTANCE for item in seen.pdu.presentation_contexts
    )


def _is_failure(seen: Seen) -> bool:
    status = seen.command.value("status") if seen.command else None
    return isinstance(status, int) and status_category(status) == "Failure"


_MACROS: dict[str, Callable[[Seen], bool]] = {
    "@p-abort": _is_p_abort,
    "@rj": _is_legal_rejection,
    "@accept": _is_acceptance,
    "@failure": _is_failure,
}

_MACRO_WORDS = {
    "@p-abort": "A-ABORT(2,r)",
    "@rj": "A-ASSOCIATE-RJ with defined values",
    "@accept": "A-ASSOCIATE-AC with an accepted context",
    "@failure": "response with a failure status",
    "close(*)": "the connection closed",
    "silence": "nothing sent",
    "gone": "the peer still serves others",
}


def pattern_in_words(pattern: str) -> str:
    """A pattern for a reader."""
    return _MACRO_WORDS.get(pattern, pattern)


def summary(data: bytes, pdu: Pdu | None) -> str:
    """One line about a PDU: its name and what its codes mean."""
    name = pdu_name(data)
    match pdu:
        case AssociateRq():
            contexts = counted(len(pdu.presentation_contexts), "context")
            return f"{name} {pdu.calling_ae_title.strip()!r} to {pdu.called_ae_title.strip()!r}, {contexts}"
        case AssociateAc():
            return pdu_labels(pdu, name)[0]
        case AssociateRj():
            return f"{pdu_labels(pdu, name)[0]}: {describe_rejection(pdu.result, pdu.source, pdu.reason)}"
        case Abort():
            return f"{pdu_labels(pdu, name)[0]}: {describe_abort(pdu.source, pdu.reason)}"
        case PDataTf():
            values = pdu.presentation_data_value_items
            parts = [
                f"context {value.presentation_context_id}, {'command' if value.is_command else 'data set'}"
                f"{' (last)' if value.is_last else ''}, {counted(len(value.fragment), 'byte')}"
                for value in values[:4]
            ]
            return f"{name} {'; '.join(parts)}{' ...' if len(values) > 4 else ''}"
        case None:
            return f"{name}, {counted(len(data), 'byte')} that cannot be read"
        case _:
            return name
