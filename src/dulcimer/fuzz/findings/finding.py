"""Findings: what was seen, how sure it is, and which findings are the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from dulcimer.conformance.model.oracle import Cell

_INDEX = re.compile(r"\[[0-9]+\]")
_MOST_FRAMES = 3


class FindingOracle(StrEnum):
    """Who says that something is wrong."""

    EXIT = "exit"
    """The target ended, by a signal or with a status that it should not have."""
    SANITIZER = "sanitizer"
    """AddressSanitizer, UndefinedBehaviorSanitizer or the like wrote a report."""
    CHILD = "child"
    """A process of the target for one association crashed, or ended without the PDU that was due; the rest went on."""
    HANG = "hang"
    """The target did not answer in time, and did not answer others either."""
    GROWTH = "growth"
    """Memory, descriptors, threads or processes grow with the number of cases."""
    FILE = "file"
    """The target wrote, or read, a file that is none of its business."""
    REFUSAL = "refusal"
    """The target refuses associations that it accepted before."""
    DEVIATION = "deviation"
    """No state that Table 9-10 allows explains the reply."""
    PEER_BYTES = "peer-bytes"
    """The bytes of the target do not follow the standard."""
    ARTIM = "artim"
    """The target does not end a connection that ARTIM should end."""

    @property
    def is_seen_by_probe(self) -> bool:
        """Whether it shows when others ask for what the target could do before."""
        return self in (FindingOracle.HANG, FindingOracle.REFUSAL)

    @property
    def ends_a_process(self) -> bool:
        """Whether a process of the target ends, so that its end is waited for when it is looked for."""
        return self in (FindingOracle.EXIT, FindingOracle.SANITIZER, FindingOracle.CHILD)

    @property
    def is_seen_by_peers(self) -> bool:
        """Whether another end sees it on its connections; otherwise only who watches the process."""
        return self not in (FindingOracle.SANITIZER, FindingOracle.GROWTH, FindingOracle.FILE)


class Confidence(StrEnum):
    """How sure a finding is."""

    FACT = "fact"
    """It happened: a crash, a leak."""
    DEVIATION = "deviation"
    """It differs from what a clause of the standard says."""
    COMMON = "common"
    """It differs from a clause as many products do, or the network may have lost what the target sent."""


@dataclass(frozen=True, slots=True)
class FindingKey:
    """What two findings have in common if they are the same. `operators`: paths without indices and values."""

    oracle: FindingOracle
    cell: Cell | None
    operators: tuple[str, ...]
    frames: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindingCause:
    """What suspicions have in common that are likely to have one cause, whatever was sent and whatever numbers came.

    `seen`: what was seen, in words. `frames`: the innermost function that a report of the target names, or what grows.
    """

    oracle: FindingOracle
    seen: str = ""
    frames: tuple[str, ...] = ()
    cell: Cell | None = None


@dataclass(frozen=True, slots=True)
class FuzzFinding:
    """One finding.

    `verdict` says in words what is wrong. `cell` of Table 9-10 is the one in which it happened, as far as it is known.
    `operators` are the symbolic paths of what was changed in the bytes that were sent, `frames` the functions that a
    report of the target names, the innermost first. `times` of `tries` replays showed it again.
    """

    oracle: FindingOracle
    verdict: str
    confidence: Confidence = Confidence.FACT
    clause: str = ""
    cell: Cell | None = None
    operators: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    times: int = 0
    tries: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError for a deviation without a clause, and for more `times` than `tries`."""
        if self.confidence is not Confidence.FACT and not self.clause:
            raise ValueError("a deviation names the clause that it deviates from")
        if not 0 <= self.times <= self.tries:
            raise ValueError(f"{self.times} of {self.tries} replays")

    @property
    def is_stable(self) -> bool:
        """Whether at least nine of ten replays showed it again."""
        return is_stable(self.times, self.tries)

    @property
    def is_fact(self) -> bool:
        """Whether it is a fact that comes again; one that is not stable is less sure."""
        return self.confidence is Confidence.FACT and self.is_stable

    @property
    def sureness(self) -> str:
        """How sure it is, in one word or two."""
        return str(self.confidence) if self.is_stable else f"unstable {self.confidence}"

    @property
    def key(self) -> FindingKey:
        """Equal for findings that are the same."""
        operators = tuple(sorted({without_values(text) for text in self.operators}))
        return FindingKey(self.oracle, self.cell, operators, self.frames[:_MOST_FRAMES])


def is_stable(times: int, tries: int) -> bool:
    """Whether at least nine of ten replays showed something."""
    return times * 10 >= tries * 9


def without_values(operator: str) -> str:
    """A symbolic path without indices of lists and without values: which node of which PDU, not which of several."""
    return _INDEX.sub("", operator.partition(": ")[0])
