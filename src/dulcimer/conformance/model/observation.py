"""What was seen while a case was played: immutable facts, and no verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from fnmatch import fnmatchcase
from typing import Any

from dulcimer._generated.conformance import SenderRule
from dulcimer.conformance.model.habit import Habit
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.seen import Seen


class Obstacle(Enum):
    """Why a case did not get as far as a reaction."""

    NOT_OFFERED = auto()
    """The peer, or the user, does not offer what the case needs."""
    NEEDS_ECHO = auto()
    """The case is about a C-ECHO, and the peer does not answer C-ECHO."""
    BUSY = auto()
    """The peer had no free association, or no time for the case."""
    SLOW = auto()
    """A PDU that leads into the state of the case did not arrive in time."""
    NOT_BY_ITSELF = auto()
    """The peer did not do in time what it was declared to do by itself."""
    ELSEWHERE = auto()
    """The peer did something else on the way, as it may, or left the state before the stimulus."""
    CUT_OFF = auto()
    """The peer closed the connection on something that it answers at other times."""
    NOT_HELD = auto()
    """The adapter did not bring the peer into the state, or did not hold it there."""
    IMPOSSIBLE = auto()
    """On the way the peer did what no state allows."""
    NO_CONNECTION = auto()
    """No connection could be opened."""
    NO_RESET = auto()
    """The adapter could not be reset."""
    DIED = auto()
    """The adapter has ended."""
    HANGS = auto()
    """The adapter has stopped responding."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What kept a case from getting a reaction: what was seen, and why the case went no further, in words.

    `refused`: the peer refused connections.
    """

    obstacle: Obstacle
    observed: str
    why: str = ""
    refused: bool = False


class Sequel(Enum):
    """When something notable came after the reaction."""

    AFTER_THE_END = auto()
    """Something that no state allows, after the end of the association."""
    AFTER_TESTER_CLOSED = auto()
    """The tester has closed its direction: a late close, or none."""
    INSTEAD_OF_RELEASE = auto()
    """Something other than the end of the release that the peer requested."""
    INSTEAD_OF_WORK = auto()
    """Something other than a working association."""
    BUSY = auto()
    """The peer had no free association for the request that shows whether it works."""


@dataclass(frozen=True, slots=True)
class Afterwards:
    """One observation after the reaction; `at`: what the tester had sent before, in words."""

    sequel: Sequel
    seen: Seen
    at: str = ""


@dataclass(frozen=True, slots=True)
class Followed:
    """What came in the extension of a case.

    `possible`: a state that the peer can be in allows it; `reached`: the case got that far.
    """

    seen: Seen
    possible: bool = True
    reached: bool = True


class Standing(Enum):
    """Whether the states that the peer can be in allow one observation."""

    ALLOWED = auto()
    IMPOSSIBLE = auto()
    OVERDUE = auto()
    """Silence that no state allows, or what ended it."""
    UNDER_ARTIM = auto()
    """What ended a silence that only ARTIM limits."""
    ELSEWHERE = auto()
    """Something other than what leads into the state of the case."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One observation of a case that judges all of them; `due`: the cells in which the peer may take the input."""

    seen: Seen
    standing: Standing = Standing.ALLOWED
    due: frozenset[Cell] = frozenset()


@dataclass(frozen=True, slots=True)
class Violation:
    """One PDU of the peer that breaks a rule."""

    rule: SenderRule
    case_id: str
    problem: str
    data: bytes


@dataclass(frozen=True, slots=True)
class RuleObservation:
    """How often a rule for what a peer sends was checked over a whole run, and how it was broken."""

    looked_at: int
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True)
class Excess:
    """What the peer sent without end, in words; `of_data`: it was data on an association."""

    words: str
    of_data: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """What a command did after its association: "ended(N)", "died(SIGNAL)", "hangs", "connects-again" or "unknown";
    `seconds` after it.
    """

    how: str
    seconds: float

    def fits(self, patterns: Iterable[str]) -> bool:
        """Whether one of these patterns, as in `spec/conformance/requestor/`, matches."""
        return any(fnmatchcase(self.how, pattern) for pattern in patterns)

    @property
    def in_words(self) -> str:
        """In words, to be read after "the command"."""
        kind, _, rest = self.how.partition("(")
        match kind:
            case "ended":
                return f"ended with status {rest.removesuffix(')')} after {self.seconds:.2f} s"
            case "died":
                return f"was ended by {rest.removesuffix(')')} after {self.seconds:.2f} s"
            case "hangs":
                return f"still ran after {self.seconds:.1f} s"
            case _:
                return f"{self.how.replace('connects-again', 'connected again')} after {self.seconds:.2f} s"


@dataclass(frozen=True, slots=True)
class Heard:
    """What the local user of a peer was told, as its adapter reports.

    `untold`: indications that the adapter never reports; `missing`: those that should have come but did not;
    `others`: those that came but should not have.
    """

    untold: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen in one play of a case. A part that does not apply is left out.

    - `hindrance`: what kept the case from getting a reaction; the next five are left out then.
    - `reaction`: how the peer reacted to the stimulus. `passed`: what showed that it had left the state before it
      received the stimulus, "" if nothing did.
    - `possible`: a state that the peer can be in allows the reaction; `may_be_silent`: one of them allows silence.
    - `answers`: the answers to further requests of the stimulus. `afterwards`: what came after the reaction.
    - `followed`: what came in the extension. `shown`: everything that came, if all of it is compared with the states.
    - `broken`: rules for what a peer sends that it broke. `excess`: what it sent without end.
    - `ending`: how the command ended; `habit`: how it ends when nothing is wrong. `heard`: what the local user was
      told.
    - `close`: how the connection ended; `still_open`: a close has yet to be waited for.
    - `earlier`: how many connections of the same case were opened and closed before.
    - `cells`: cells of Table 9-10 that the peer must have gone through by itself. `notes`: for the report.
    - `trace`: the lines of the connection, which was opened at `opened_at` on the clock of the loop. `seconds`: the
      duration.
    """

    hindrance: Hindrance | None = None
    reaction: Seen | None = None
    passed: str = ""
    possible: bool = True
    may_be_silent: bool = True
    answers: tuple[Seen, ...] = ()
    afterwards: tuple[Afterwards, ...] = ()
    followed: Followed | None = None
    shown: tuple[Shown, ...] = ()
    broken: tuple[Violation, ...] = ()
    excess: Excess | None = None
    ending: Ending | None = None
    habit: Habit = field(default_factory=Habit)
    heard: Heard | None = None
    close: str = ""
    still_open: bool = False
    earlier: int = 0
    cells: frozenset[Cell] = frozenset()
    notes: tuple[str, ...] = ()
    trace: tuple[dict[str, Any], ...] = ()
    opened_at: float = 0.0
    seconds: float = 0.0
