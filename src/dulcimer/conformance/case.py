"""A conformance case as data, and the verdict on it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dulcimer._generated.conformance import Alternative
from dulcimer._generated.fsm import Events
from dulcimer.conformance.oracle import Cell
from dulcimer.conformance.seen import pattern_in_words


class Verdict(StrEnum):
    """What a case says about the peer, from good to bad."""

    OK = "OK"
    NON_STRICT = "NON-STRICT"
    INFORMATIONAL = "INFORMATIONAL"
    UNIMPLEMENTED = "UNIMPLEMENTED"
    UNOBSERVABLE = "UNOBSERVABLE"
    INCONCLUSIVE = "INCONCLUSIVE"
    FAILED = "FAILED"
    ERROR = "ERROR"


MEANINGS = {
    Verdict.OK: "as the standard demands",
    Verdict.NON_STRICT: "a deviation that does no harm",
    Verdict.INFORMATIONAL: "the standard leaves it open; noted",
    Verdict.UNIMPLEMENTED: "the peer does not offer what the case needs",
    Verdict.UNOBSERVABLE: "the peer left the state before it could be tested",
    Verdict.INCONCLUSIVE: "not decided in the time watched",
    Verdict.FAILED: "the standard does not allow this",
    Verdict.ERROR: "the tester or the network failed",
}

CONCLUSIVE = frozenset({Verdict.OK, Verdict.NON_STRICT, Verdict.INFORMATIONAL, Verdict.FAILED})
"""Verdicts that say something about the peer."""

RANK = {verdict: number for number, verdict in enumerate(Verdict)}
"""From good to bad."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the tester does: connect, send, expect, fin, rst, half-close.

    `data` is sent, after the first `split` bytes with a pause, or octet by octet; the peer takes it as `events`.
    `pattern` is what `expect` waits for.
    """

    action: str
    label: str = ""
    data: bytes = field(default=b"", repr=False)
    events: tuple[Events, ...] = ()
    pattern: str = ""
    split: int = 0
    octets: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One case: how to get there, what to do, what may follow.

    - `watch`: what the reaction is: "reaction" (the first PDU that is not skipped, or the close), "close" (an
      A-ABORT was sent), "artim" (nothing is sent; the peer closes by itself), "gone" (the tester left).
    - `answer`: pattern of what the peer does first with a PDU that provokes the state.
    - `close`: how the connection is expected to end: "tester", "peer" or "open".
    - `settle`: what proves that the association still works: "echo", "release" or "none".
    - `exclusive`: no other case runs at the same time. `repeat`: how often drive and inject are done.
    - `drip`: bytes to send one at a time meanwhile. `best`: the most exact A-ABORT reason, -1 if there is none.
    - `open`: why the standard does not settle the reaction; what would be FAILED is then INFORMATIONAL.
    - `lawful`: whether the tester itself keeps to the encoding rules, so that the answer can be held against them.
    - `maximum_length`: what the tester announces, in bytes.
    """

    id: str
    rev: str
    clause: str
    requirement: str
    severity: str
    role: str
    drive: tuple[Step, ...]
    inject: tuple[Step, ...]
    alternatives: tuple[Alternative, ...]
    level: str = "shall"
    needs: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    watch: str = "reaction"
    answer: str = ""
    close: str = "open"
    settle: str = "none"
    cell: Cell | None = None
    open: str = ""
    best: int = -1
    exclusive: bool = False
    repeat: int = 1
    answers: int = 1
    drip: bytes = field(default=b"", repr=False)
    maximum_length: int = 16384
    lawful: bool = True

    @property
    def expected(self) -> str:
        """The reactions that are OK, in words."""
        patterns = [pattern for row in self.alternatives if row.verdict == "OK" for pattern in row.on]
        return " or ".join(dict.fromkeys(map(pattern_in_words, patterns)))


def revision(*parts: object) -> str:
    """A short digest of what a case does and expects; it changes when the case changes."""
    return hashlib.sha256("\n".join(map(repr, parts)).encode()).hexdigest()[:8]


@dataclass(slots=True)
class Result:
    """What came of a case.

    `close`: how the connection ended. `alternative`: the name of the reaction that was recognised. `flaky`: a
    second try gave another verdict. `retry`: a second try is worth while; `busy`: because the peer had no
    association to spare; `lost_race`: because the peer closed the connection before it could be tested.
    """

    case: Case
    verdict: Verdict
    observed: str
    why: str = ""
    severity: str = ""
    close: str = ""
    alternative: str = ""
    notes: list[str] = field(default_factory=list)
    duration: float = 0.0
    trace: list[dict[str, Any]] = field(default_factory=list)
    flaky: bool = False
    retry: bool = False
    busy: bool = False
    lost_race: bool = False
    cells_seen: frozenset[Cell] = frozenset()

    def __post_init__(self) -> None:
        self.severity = self.severity or self.case.severity
