"""What was seen while a case was played: facts alone, none of which is a verdict, and none of which changes."""

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
    """Why a case did not come as far as a reaction."""

    NOT_OFFERED = auto()
    """The peer, or the user, does not offer what the case needs."""
    NEEDS_ECHO = auto()
    """The peer answers no C-ECHO, and the case is about one."""
    BUSY = auto()
    """The peer had no association to spare, or no time for the case."""
    SLOW = auto()
    """What leads into the state of the case did not come in time."""
    NOT_BY_ITSELF = auto()
    """The peer did not do in time what it was said to do by itself."""
    ELSEWHERE = auto()
    """The peer did something else on the way, as it may, or left the state before the stimulus."""
    CUT_OFF = auto()
    """The peer closed the connection on what it answers at other times."""
    NOT_HELD = auto()
    """The adapter did not bring the peer into the state, or did not hold it there."""
    IMPOSSIBLE = auto()
    """On the way the peer did what no state allows."""
    NO_CONNECTION = auto()
    """No connection came about."""
    NO_RESET = auto()
    """The adapter could not be brought back to its start."""
    DIED = auto()
    """The adapter has ended."""
    HANGS = auto()
    """The adapter does not answer any more."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What kept a case from its reaction: what was seen, and why it went no further, in words.

    `refused`: the peer let no connection in.
    """

    obstacle: Obstacle
    observed: str
    why: str = ""
    refused: bool = False


class Sequel(Enum):
    """What came after the reaction and is worth a look, by where it came."""

    AFTER_THE_END = auto()
    """Something that no state allows, after the end of the association."""
    AFTER_TESTER_CLOSED = auto()
    """The tester has closed its direction: a late close, or none."""
    INSTEAD_OF_RELEASE = auto()
    """Something else than the end of the release which the peer asked for."""
    INSTEAD_OF_WORK = auto()
    """Something else than an association that works."""
    BUSY = auto()
    """The peer had no association to spare for the request that shows whether it works."""


@dataclass(frozen=True, slots=True)
class Afterwards:
    """One thing that came after the reaction; `at`: what the tester had sent before, in words."""

    sequel: Sequel
    seen: Seen
    at: str = ""


@dataclass(frozen=True, slots=True)
class Followed:
    """What came where a case goes on behind its reaction.

    `possible`: a state that the peer can be in allows it; `reached`: the case came as far as that.
    """

    seen: Seen
    possible: bool = True
    reached: bool = True


class Standing(Enum):
    """How one thing that was shown stands to the states that the peer can be in."""

    ALLOWED = auto()
    IMPOSSIBLE = auto()
    OVERDUE = auto()
    """Silence that no state allows, or what came at last instead of it."""
    UNDER_ARTIM = auto()
    """What ended a silence that nothing but ARTIM bounds."""
    ELSEWHERE = auto()
    """Something else than what leads into the state of the case."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing of all that came; `due`: the cells through which the peer had yet to take what was sent."""

    seen: Seen
    standing: Standing = Standing.ALLOWED
    due: frozenset[Cell] = frozenset()


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that the peer sent against a rule."""

    rule: SenderRule
    case_id: str
    problem: str
    data: bytes


@dataclass(frozen=True, slots=True)
class RuleObservation:
    """What was seen of a rule for what a peer sends, over a whole run: how often it was held against something."""

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
    after so many `seconds`.
    """

    how: str
    seconds: float

    def fits(self, patterns: Iterable[str]) -> bool:
        """Whether one of the patterns of `spec/conformance/requestor/` holds for this."""
        return any(fnmatchcase(self.how, pattern) for pattern in patterns)

    @property
    def in_words(self) -> str:
        """For a reader, after "the command"."""
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
    """What the local user of a peer was told, as its adapter says.

    `untold`: indications of which the adapter never tells; `missing`: those that should have come and did not;
    `others`: those that came and should not.
    """

    untold: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen in one play of a case. A part that does not apply is left out.

    - `hindrance`: what kept the case from its reaction; the next five are about that then, and are left out.
    - `reaction`: what the peer made of the stimulus. `passed`: what showed that it had left the state before it took
      the stimulus, "" if nothing did.
    - `possible`: a state that the peer can be in allows the reaction; `may_be_silent`: one of them allows silence.
    - `answers`: what came on further requests of the stimulus. `afterwards`: what came behind the reaction.
    - `followed`: what came where the case goes on. `shown`: all that came, where all of it is held against the states.
    - `broken`: rules for what the peer sends that it broke. `excess`: what it sent without end.
    - `ending`: what the command did in the end; `habit`: what it does when nothing is wrong. `heard`: what the local
      user was told.
    - `close`: how the connection ended; `still_open`: a close has yet to be waited for.
    - `earlier`: so many connections of the same case were opened and left before.
    - `cells`: cells of Table 9-10 that the peer must have gone through by itself. `notes`: for the report.
    - `trace`: the lines of the connection, which was opened at `opened_at` on the clock of the loop. `seconds`: of it
      all.
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
