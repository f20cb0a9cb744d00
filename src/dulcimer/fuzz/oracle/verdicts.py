"""The verdict on one thing that a target has shown: explained, or a deviation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from dulcimer._generated.fsm import States
from dulcimer.conformance.model.oracle import Cell


@dataclass(frozen=True, slots=True)
class Explained:
    """Something that Table 9-10 allows.

    `states`: those that the target may be in now. `certain`: the cells that it has gone through since the last verdict,
    whatever its state; `possible`: those that it may have gone through.
    """

    states: frozenset[States]
    certain: frozenset[Cell]
    possible: frozenset[Cell]


class Oddity(StrEnum):
    """What is wrong with something that is not explained."""

    IMPOSSIBLE = "impossible"
    """No state that the target can be in allows it."""
    ABORT_SOURCE = "abort-source"
    """An A-ABORT is allowed, but with another Source."""
    ABORT = "abort"
    """An A-ABORT that nothing has called for."""
    CLOSE = "close"
    """The connection ended without the PDU that comes before."""
    SILENCE = "silence"
    """Something had to come, and nothing did."""
    MALFORMED = "malformed"
    """Bytes that do not follow the schema of the PDU."""


_SURE = frozenset((Oddity.IMPOSSIBLE, Oddity.SILENCE, Oddity.MALFORMED))


@dataclass(frozen=True, slots=True)
class Unexplained:
    """Something that no state of the target allows, or bytes that are not a correct PDU.

    - `seen`: what came, such as A-ABORT(2), close or silence; `expected`: what would have been explained.
    - `cells`: those in which the target may have taken its input; none for bytes.
    - `detail`: which rule of the encoding is broken.
    - `sure`: whether the standard leaves no doubt. Where many products deviate in the same harmless way, or the network
      may have lost what was sent, it does not count as sure.
    """

    oddity: Oddity
    seen: str
    expected: tuple[str, ...]
    cells: frozenset[Cell]
    clause: str
    sure: bool
    detail: str = ""

    def __str__(self) -> str:
        """One sentence for a reader."""
        if self.detail:
            return f"{self.seen}: {self.detail} ({self.clause})"
        wanted = " or ".join(self.expected) or "nothing"
        return f"{self.seen} where {wanted} is expected ({self.clause})"


ReplyVerdict: TypeAlias = Explained | Unexplained


def is_sure(oddity: Oddity) -> bool:
    """Whether a deviation of this kind leaves no doubt."""
    return oddity in _SURE
