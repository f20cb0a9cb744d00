"""What is said of a recorded association: a verdict for each end, with the proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dulcimer._generated.fsm import States
from dulcimer.captures.events import CapturedEnding
from dulcimer.captures.segments import Address
from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.notebook import notebook_table


class WireOutcome(StrEnum):
    """What is said of an end.

    `VIOLATION`: a rule was broken, whatever its user, its timers and the network did. `CONSISTENT`: nothing on the wire
    is against a rule. `INCONCLUSIVE`: nothing is, but not all of the wire could be judged.
    """

    VIOLATION = "violation"
    CONSISTENT = "consistent"
    INCONCLUSIVE = "inconclusive"


class DoubtCause(StrEnum):
    """Why not all of the wire could be judged."""

    GAP = "gap"
    BEGINNING = "no beginning"
    ORDER = "order not known"
    CUT_OFF = "not read"
    CONFLICT = "conflicting bytes"
    ARTIM = "ARTIM not known"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that could not be judged; the frame is the one that shows it, `text` says it in a sentence."""

    cause: DoubtCause
    text: str
    frame: int


@dataclass(frozen=True, slots=True)
class WirePlace:
    """Where the bytes are that prove something.

    `offset`: of the first byte in what this end sent, missing bytes counted; `data`: the bytes, at most some dozens of
    them, of `size` in all; `path`: of the field, "" for the whole PDU; `frames`: the numbers of theirs, for a whole PDU
    with the one that made it whole; `t`: the time of that one in seconds.
    """

    offset: int
    data: bytes
    size: int
    path: str
    frames: tuple[int, ...]
    t: float


@dataclass(frozen=True, slots=True)
class StoryStep:
    """One step on the way to a breach: what `sender` sent, and in which frame; "" for none: `count` equal ones."""

    sender: LinkEnd
    text: str
    frame: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that an end has broken.

    - `rule`: its id; `clause` and `requirement`: what the standard says; `severity`: S1, the worst, to S4.
    - `is_tolerated`: the standard says otherwise, but no peer suffers; it is no violation.
    - `observed`: what came; `expected`: what was allowed instead; `states`: those that the end could be in.
    - `story`: the fewest PDUs that lead there; `advice`: what to change in this end.
    """

    end: LinkEnd
    rule: str
    clause: str
    requirement: str
    severity: str
    observed: str
    place: WirePlace
    expected: tuple[str, ...] = ()
    states: frozenset[States] = frozenset()
    cells: frozenset[Cell] = frozenset()
    story: tuple[StoryStep, ...] = ()
    advice: str = ""
    is_tolerated: bool = False


@dataclass(frozen=True, slots=True)
class EndVerdict:
    """What is said of one end. `pdus`: how many it sent, whole ones; `left_out`: breaches that are not listed."""

    end: LinkEnd
    breaches: tuple[Breach, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    pdus: int = 0
    left_out: int = 0

    @property
    def outcome(self) -> WireOutcome:
        """The verdict."""
        if any(not one.is_tolerated for one in self.breaches):
            return WireOutcome.VIOLATION
        return WireOutcome.INCONCLUSIVE if self.doubts else WireOutcome.CONSISTENT


@dataclass(frozen=True, slots=True)
class AssociationVerdict:
    """What is said of one connection with DICOM.

    `number` counts the TCP connections of the capture from 1, in the order of their first frames. `called` and
    `calling`: the AE titles, "" if the request is not there. `frames`: the first and the last one.
    """

    number: int
    client_address: Address
    server_address: Address
    client: EndVerdict
    server: EndVerdict
    frames: tuple[int, int]
    t: float
    seconds: float
    ending: CapturedEnding
    called: str = ""
    calling: str = ""

    @property
    def ends(self) -> tuple[EndVerdict, EndVerdict]:
        """Those of the client and the server."""
        return self.client, self.server

    @property
    def outcome(self) -> WireOutcome:
        """The worse one of both: a violation, else what is inconclusive, else consistent."""
        found = {one.outcome for one in self.ends}
        return next(
            one for one in (WireOutcome.VIOLATION, WireOutcome.INCONCLUSIVE, WireOutcome.CONSISTENT) if one in found
        )

    def _repr_html_(self) -> str:
        """What is said of both ends, for notebooks."""
        note = f"{self.calling} to {self.called}, frames {self.frames[0]} to {self.frames[1]}"
        rows = [row for end in self.ends for row in _rows_of(end)]
        columns = ("end", "verdict", "what", "clause", "frames")
        return notebook_table(f"Association {self.number}: {self.outcome}", note, columns, rows)


def _rows_of(end: EndVerdict) -> Sequence[Sequence[str]]:
    found: list[tuple[str, ...]] = [
        (
            end.end.role,
            "tolerated" if one.is_tolerated else "violation",
            one.observed,
            one.clause,
            ", ".join(map(str, one.place.frames)),
        )
        for one in end.breaches
    ]
    found += [(end.end.role, "not judged", one.text, "", str(one.frame)) for one in end.doubts]
    return found or [(end.end.role, str(end.outcome), "", "", "")]


@dataclass(frozen=True, slots=True)
class OtherConnection:
    """A connection without DICOM, or whose DICOM cannot be seen: `name` is what it seems to speak."""

    number: int
    client_address: Address
    server_address: Address
    name: str
    frames: tuple[int, int]
