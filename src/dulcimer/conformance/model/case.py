"""A conformance case as data, and the verdict on it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any

from dulcimer._generated.conformance import Alternative
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.seen import pattern_in_words
from dulcimer.conformance.model.steps import Step


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


class Watch(StrEnum):
    """What the reaction is."""

    REACTION = "reaction"
    """The first PDU that is not skipped, or the close."""
    CLOSE = "close"
    """The close: an A-ABORT was sent, or something else that ends the connection at once."""
    ARTIM = "artim"
    """The close: nothing is sent, and the peer closes by itself."""
    WINDOW = "window"
    """As the reaction, in the time that is watched for a close by ARTIM."""
    GONE = "gone"
    """Nothing: the tester has left."""


class Settle(StrEnum):
    """What proves that the association still works."""

    NONE = "none"
    ECHO = "echo"
    """A C-ECHO, then the release."""
    ECHO_ALONE = "echo-alone"
    RELEASE = "release"
    RELEASED = "released"
    """The answer to the A-RELEASE-RQ that has been sent already."""
    ANSWER_THEN_CLOSE = "answer-then-close"
    """An A-RELEASE-RP makes the peer close."""
    ANSWER_THEN_ANSWER = "answer-then-answer"
    """An A-RELEASE-RP is answered with one."""


class Closes(StrEnum):
    """How the connection is expected to end."""

    OPEN = "open"
    TESTER = "tester"
    PEER = "peer"


class Way(StrEnum):
    """How a case goes on where one of the catalogue ends; see `catalogue/ways.py`."""

    ARTIM = "then-artim"
    REJECTS = "then-rejects"
    ANSWERS = "then-answers"
    REFUSES = "then-refuses"
    AT_ONCE_AC = "at-once-ac"
    AT_ONCE_RP = "at-once-rp"
    AT_ONCE_RQ = "at-once-rq"
    NO_MESSAGE = "no-message"
    NO_MESSAGE_AC = "no-message-ac"
    NO_MESSAGE_RELEASE = "no-message-release"
    NO_MESSAGE_RELEASE_AC = "no-message-release-ac"


@dataclass(frozen=True, slots=True)
class Opening:
    """How the peer is brought to where the stimulus meets it.

    - `way`: the state of a cell, and how it is reached. `answer`: pattern of what the peer does first with a PDU that
      provokes the state.
    - `needs`: what a peer may not offer. `service`, `refused_service`: UID of a SOP class that the peer has to accept,
      or to refuse, besides Verification.
    - `maximum_length`: what the tester announces, in bytes.
    """

    steps: tuple[Step, ...] = ()
    way: str = ""
    answer: str = ""
    needs: tuple[str, ...] = ()
    service: str = ""
    refused_service: str = ""
    maximum_length: int = 16384


@dataclass(frozen=True, slots=True)
class Injection:
    """What the tester does then.

    - `drip`: bytes to send one at a time meanwhile. `repeat`: how often opening and injection are done.
    - `exclusive`: no other case runs at the same time.
    - `lawful`: the tester itself keeps to the encoding rules, so that the answer can be held against them.
    """

    steps: tuple[Step, ...] = ()
    drip: bytes = field(default=b"", repr=False)
    repeat: int = 1
    exclusive: bool = False
    lawful: bool = True


@dataclass(frozen=True, slots=True)
class Overtaken:
    """What came in one segment with the stimulus may have led out of the state before the stimulus was taken.

    `by`: pattern that shows that; `alternatives` and `skip` are those of the reaction then.
    """

    by: str
    alternatives: tuple[Alternative, ...] = ()
    skip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What may come of it, and the verdict on each.

    - `skip`: patterns of what is passed over meanwhile. `answers`: so many are awaited, one for each request.
    - `best`: the most exact A-ABORT reason, -1 if there is none.
    - `open`: why the standard does not settle the reaction; what would be FAILED is INFORMATIONAL then.
    """

    alternatives: tuple[Alternative, ...] = ()
    watch: Watch = Watch.REACTION
    skip: tuple[str, ...] = ()
    answers: int = 1
    best: int = -1
    open: str = ""
    overtaken: Overtaken | None = None

    @property
    def if_overtaken(self) -> tuple[Alternative, ...]:
        """The alternatives where the peer had left the state before it took the stimulus."""
        return self.overtaken.alternatives if self.overtaken is not None else ()

    def rows(self, *, passed: bool) -> tuple[Alternative, ...]:
        """The alternatives, or those where the peer has passed by the state."""
        return self.if_overtaken if passed else self.alternatives


@dataclass(frozen=True, slots=True)
class Closing:
    """How it ends.

    - `tester_closes`: at the end the tester closes its direction, and the peer has to close then, too.
    - `linger`: when all is over, the tester watches for a moment what the peer sends then.
    """

    closes: Closes = Closes.OPEN
    settle: Settle = Settle.NONE
    tester_closes: bool = False
    linger: bool = False


@dataclass(frozen=True, slots=True)
class Following:
    """Verdicts on what comes when a cell is reached after the reaction of a case; `skip` is passed over meanwhile."""

    cell: Cell
    alternatives: tuple[Alternative, ...]
    skip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Continuation:
    """How it goes on where a case of the catalogue ends.

    `follows`: the verdicts on what comes then. `expects`: all that is expected, in words. `akin`: ids of cases of the
    catalogue that may show the same deviation.
    """

    way: StrEnum
    follows: tuple[Following, ...] = ()
    expects: str = ""
    akin: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One case: what it is about, and its parts in the order in which they are played.

    - `cell`: of Table 9-10. `rules`: ids of the rules it is about.
    - `twin`: id of the case that this one is, cut into TCP segments in another way.
    """

    id: str
    rev: str
    clause: str
    requirement: str
    severity: str
    role: str
    opening: Opening = Opening()
    injection: Injection = Injection()
    expectation: Expectation = Expectation()
    closing: Closing = Closing()
    continuation: Continuation | None = None
    cell: Cell | None = None
    rules: tuple[str, ...] = ()
    twin: str = ""

    @property
    def then(self) -> StrEnum | None:
        """How it goes on; None if it does not."""
        return self.continuation.way if self.continuation is not None else None

    @property
    def follows(self) -> tuple[Following, ...]:
        """The verdicts on what comes where it goes on."""
        return self.continuation.follows if self.continuation is not None else ()

    @property
    def expected(self) -> str:
        """The reactions that are OK, in words; those that are open if none is."""
        whole = self.continuation.expects if self.continuation is not None else ""
        return whole or good_in_words(self.expectation.alternatives)


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
