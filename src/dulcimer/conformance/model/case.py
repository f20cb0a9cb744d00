"""A conformance case as data, and the verdict on it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any

from dulcimer._generated.conformance import Alternative, Echo
from dulcimer._generated.fsm import Events
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.seen import pattern_in_words


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
    """One thing the tester does: connect, send, expect, await, fin, rst, half-close.

    `data` is sent, after the first `split` bytes with a pause, or octet by octet; the peer takes it as `events`. It may
    answer the first `meanwhile` bytes while the others come; 0 if it needs all.
    `pattern` is what `expect` waits for, and `await` for as long as the peer was said to take until it releases.
    `oversize`: this message is sent, with a data set longer than the peer takes, instead of `data`.
    """

    action: str
    label: str = ""
    data: bytes = field(default=b"", repr=False)
    events: tuple[Events, ...] = ()
    pattern: str = ""
    split: int = 0
    meanwhile: int = 0
    octets: bool = False
    oversize: Echo | None = None


@dataclass(frozen=True, slots=True)
class Following:
    """Verdicts on what comes when a cell is reached after the reaction of a case; `skip` is passed over meanwhile."""

    cell: Cell
    alternatives: tuple[Alternative, ...]
    skip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One case: how to get there, what to do, what may follow.

    - `watch`: what the reaction is: "reaction" (the first PDU that is not skipped, or the close), "close" (an
      A-ABORT was sent), "artim" (nothing is sent; the peer closes by itself), "gone" (the tester left).
    - `answer`: pattern of what the peer does first with a PDU that provokes the state.
    - `close`: how the connection is expected to end: "tester", "peer" or "open".
    - `settle`: what proves that the association still works: "echo", "echo-alone" (without the release that follows it
      otherwise), "release", "released" (the A-RELEASE-RQ has
      been sent already), "answer-then-close" (an A-RELEASE-RP makes the peer close), "answer-then-answer" (an
      A-RELEASE-RP is answered with one) or "none".
    - `passed`: pattern that shows that the peer had left the state before it took the stimulus, which came in the
      same segment as what it left the state by; `after`, `after_skip` are its alternatives and skips then.
    - `service`, `refused_service`: UID of a SOP class that the peer has to accept, or to refuse, besides
      Verification.
    - `twin`: id of the case that this one is, cut into TCP segments in another way.
    - `then`: how it goes on where a case of the catalogue ends, see `catalogue/extended.py`; "" if it does not.
      `follows`: the verdicts on what comes then, `expects` all that is expected, in words; `akin`: ids of
      cases of the catalogue that may show the same deviation.
    - `rules`: ids of the rules it is about. `way`: the state of a cell, and how it is reached.
    - `exclusive`: no other case runs at the same time. `repeat`: how often drive and inject are done.
    - `drip`: bytes to send one at a time meanwhile. `best`: the most exact A-ABORT reason, -1 if there is none.
    - `open`: why the standard does not settle the reaction; what would be FAILED is then INFORMATIONAL.
    - `lawful`: whether the tester itself keeps to the encoding rules, so that the answer can be held against them.
    - `maximum_length`: what the tester announces, in bytes.
    - `closes`: at the end the tester closes its direction, and the peer has to close then, too.
    - `linger`: when all is over, the tester watches for a moment what the peer sends then.
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
    passed: str = ""
    after: tuple[Alternative, ...] = ()
    after_skip: tuple[str, ...] = ()
    service: str = ""
    refused_service: str = ""
    twin: str = ""
    rules: tuple[str, ...] = ()
    way: str = ""
    then: str = ""
    follows: tuple[Following, ...] = ()
    expects: str = ""
    akin: tuple[str, ...] = ()
    linger: bool = False
    closes: bool = False

    @property
    def expected(self) -> str:
        """The reactions that are OK, in words; those that are open if none is."""
        return self.expects or good_in_words(self.alternatives)


def good_in_words(alternatives: Iterable[Alternative]) -> str:
    """The reactions that are OK, for a reader; those that are open if none is."""
    rows = tuple(alternatives)
    for wanted, lead in (("OK", ""), ("INFORMATIONAL", "open: ")):
        patterns = [pattern for row in rows if row.verdict == wanted for pattern in row.on]
        if patterns:
            return lead + " or ".join(dict.fromkeys(map(pattern_in_words, patterns)))
    return ""


def revision(*parts: object) -> str:
    """A short digest of what a case does and expects; it changes when the case changes."""
    return hashlib.sha256("\n".join(map(_said, parts)).encode()).hexdigest()[:8]


def _said(part: object) -> str:
    """What a row says: fields that it leaves at their defaults do not count, nor do the rules it is filed under."""
    if isinstance(part, tuple):
        return f"({', '.join(map(_said, part))})"
    if not is_dataclass(part) or isinstance(part, type):
        return repr(part)
    given = (
        f"{row.name}={_said(getattr(part, row.name))}"
        for row in fields(part)
        if row.name not in ("rules", "cases") and (row.default is MISSING or getattr(part, row.name) != row.default)
    )
    return f"{type(part).__name__}({', '.join(given)})"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case: the verdict of the judge on what was seen, and what the runner has decided on it since.

    `severity`: that of the case if it is given as "". `close`: how the connection ended. `alternative`: the name of the
    reaction that was recognised. `retry`: time may have decided; `busy`: the peer had no association to spare;
    `lost_race`: the peer closed the connection before it could be tested; `late`: a close has yet to be waited for.
    `flaky`: another try gave another verdict.
    `cause`: id of what lies behind a deviation, see `causes`; `violated`: id of the rule for what the peer sends that
    it breaks in this case, "" if the case is that rule itself; `seen_in`: the cases in which that rule was broken.
    `endless`: the peer did not stop sending. `refused`: it let no connection in. `opened_at`: when the connection of
    `trace` was opened, on the clock of the loop. `duration` in seconds.
    """

    case: Case
    verdict: Verdict
    observed: str
    why: str = ""
    severity: str = ""
    close: str = ""
    alternative: str = ""
    notes: tuple[str, ...] = ()
    duration: float = 0.0
    trace: tuple[dict[str, Any], ...] = ()
    flaky: bool = False
    retry: bool = False
    busy: bool = False
    lost_race: bool = False
    late: bool = False
    cause: str = ""
    violated: str = ""
    seen_in: tuple[str, ...] = ()
    endless: bool = False
    refused: bool = False
    opened_at: float = 0.0
    cells_seen: frozenset[Cell] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "severity", self.severity or self.case.severity)

    @property
    def shown_by(self) -> str:
        """The id of a case that shows it again."""
        return self.seen_in[0] if self.seen_in else self.case.id

    def with_note(self, note: str) -> Result:
        """The same, with one note more."""
        return replace(self, notes=(*self.notes, note))
