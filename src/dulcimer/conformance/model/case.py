"""A conformance case as data, and the digest that identifies its revision."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import StrEnum

from dulcimer._generated.conformance import Alternative
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.parts import CaseOpening, Closing, Continuation, Expectation, Following, Injection
from dulcimer.conformance.model.seen import pattern_in_words


@dataclass(frozen=True, slots=True)
class Case:
    """One case: what it is about, and its parts in the order in which they are played.

    - `cell`: of Table 9-10. `rules`: ids of the rules it is about.
    - `base`: id of the case whose bytes this one sends in other TCP segments.
    """

    id: str
    rev: str
    clause: str
    requirement: str
    severity: str
    role: str
    opening: CaseOpening = field(default_factory=CaseOpening)
    injection: Injection = field(default_factory=Injection)
    expectation: Expectation = field(default_factory=Expectation)
    closing: Closing = field(default_factory=Closing)
    continuation: Continuation | None = None
    cell: Cell | None = None
    rules: tuple[str, ...] = ()
    base: str = ""

    @property
    def then(self) -> StrEnum | None:
        """How the case is extended; None if it is not."""
        return self.continuation.way if self.continuation is not None else None

    @property
    def follows(self) -> tuple[Following, ...]:
        """The verdicts on what comes in the extension."""
        return self.continuation.follows if self.continuation is not None else ()

    @property
    def expected(self) -> str:
        """The reactions that are OK, in words; the open ones if none is OK."""
        whole = self.continuation.expects if self.continuation is not None else ""
        return whole or good_in_words(self.expectation.alternatives)


def good_in_words(alternatives: Iterable[Alternative]) -> str:
    """The reactions that are OK, in words; the open ones if none is OK."""
    rows = tuple(alternatives)
    for wanted, lead in (("OK", ""), ("INFORMATIONAL", "open: ")):
        patterns = [pattern for row in rows if row.verdict == wanted for pattern in row.on]
        if patterns:
            return lead + " or ".join(dict.fromkeys(map(pattern_in_words, patterns)))
    return ""


_IDENTITY = ("rules", "cases")
"""Fields that say what a case is filed under, not what it does."""
_WORDS = ("requirement", "why", "open", "passed_over")
"""Fields that explain: it counts whether there is an explanation, not how it is worded."""


def revision(*parts: object) -> str:
    """A short digest of what a case does and demands; it stays the same when only the English of a row changes."""
    return hashlib.sha256("\n".join(map(_canonical, parts)).encode()).hexdigest()[:8]


def _canonical(part: object) -> str:
    """A row as text, without its defaults, its explanations and the name of its class."""
    if isinstance(part, tuple):
        return f"({', '.join(map(_canonical, part))})"
    if not is_dataclass(part) or isinstance(part, type):
        return repr(part)
    given = (
        row.name if row.name in _WORDS else f"{row.name}={_canonical(getattr(part, row.name))}"
        for row in fields(part)
        if row.name not in _IDENTITY and (row.default is MISSING or getattr(part, row.name) != row.default)
    )
    return f"({', '.join(given)})"
