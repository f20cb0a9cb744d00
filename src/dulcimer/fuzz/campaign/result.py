"""A campaign when it is over, or as far as it is: what reports and displays are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.findings.finding import FindingKey
from dulcimer.fuzz.findings.found import FoundOnce
from dulcimer.fuzz.findings.reproducer import FuzzTarget
from dulcimer.fuzz.operators.catalogue import Pair
from dulcimer.fuzz.sequences.steps import TargetRole
from dulcimer.fuzz.targets.vitals import Vitals


class CampaignEnd(StrEnum):
    """Why a campaign has ended."""

    TIME = "time"
    """Its time was used up."""
    CASES = "cases"
    """Its cases were played."""
    INTERRUPTED = "interrupted"
    """Somebody stopped it."""
    BROKEN = "broken"
    """The target does not do what valid sequences ask for, before any hostile byte."""
    LOST = "lost"
    """The target cannot be reached, or started, any more."""


CUT_SHORT = "All that would have come after the target was lost: "
"""Begins what was not tried, when the target could not be reached or started any more; why comes then."""
LATE_LOSS = "The rest of the last batch: when the campaign was over, the target was lost: "
"""The same when the time was used up, or all cases were handed out, before the target was lost."""


@dataclass(frozen=True, slots=True)
class CalibrationResult:
    """Valid sequences on a fresh target, before any hostile byte.

    `failures`: one sentence for each sequence that did not go as the standard has it. `grace`: seconds after which the
    target counts as silent. `usual`, `slowest`: seconds, the median and the longest of its replies.
    """

    played: int
    passed: int
    failures: tuple[str, ...] = ()
    grace: float = 0.0
    usual: float = 0.0
    slowest: float = 0.0


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """How far the campaign was after a batch. All numbers are totals since its beginning, `seconds` of playing."""

    cases: int
    seconds: float
    cells: int
    pairs: int
    triples: int
    findings: int
    corpus: int
    vitals: Vitals


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """All there is to say of a campaign.

    - `host`, `port`: where the target was; `target`: its command and version.
    - `seed`, `workers`, `began` (in UTC), `seconds` from the beginning to the end, `end`.
    - `cases`, `pdus`, `restarts`: totals. `rate`: cases in a second, while cases were played.
    - `certain`, `possible`: visits of the cells of Table 9-10; `drivable`: the cells that this target can be driven
      into; `undrivable`: the other filled cells, and why not, in a few words.
    - `pairs`: tries of each pair of schema node and operator; `all_pairs`: those that there are for this role.
    - `triples`: messages that came three in a row, all different ones.
    - `findings`: without doubles, facts first; `repeats`: how often each was seen again.
    - `unconfirmed`: what was seen but did not come again, and how often.
    - `watched`: what watched the target, one sentence for each; `not_watched`: what did not, and why.
    - `not_tried`: what this campaign has not tried, one sentence for each.
    - `curve`: one point for each batch.
    """

    role: TargetRole
    host: str
    port: int
    target: FuzzTarget
    seed: int
    workers: int
    began: datetime
    seconds: float
    end: CampaignEnd
    calibration: CalibrationResult
    cases: int = 0
    pdus: int = 0
    restarts: int = 0
    rate: float = 0.0
    certain: Mapping[Cell, int] = field(default_factory=dict)
    possible: Mapping[Cell, int] = field(default_factory=dict)
    drivable: frozenset[Cell] = frozenset()
    undrivable: Mapping[Cell, str] = field(default_factory=dict)
    pairs: Mapping[Pair, int] = field(default_factory=dict)
    all_pairs: frozenset[Pair] = frozenset()
    triples: int = 0
    findings: tuple[FoundOnce, ...] = ()
    repeats: Mapping[FindingKey, int] = field(default_factory=dict)
    unconfirmed: Mapping[str, int] = field(default_factory=dict)
    corpus: int = 0
    watched: tuple[str, ...] = ()
    not_watched: tuple[str, ...] = ()
    not_tried: tuple[str, ...] = ()
    curve: tuple[CurvePoint, ...] = ()


@dataclass(frozen=True, slots=True)
class CampaignProgress:
    """Where a campaign is, several times a second, for a display.

    `doing`: in a few words, such as ``calibrating``, ``batch 12``, ``shrinking: exit in Sta6``. `limit_seconds`,
    `limit_cases`: when it ends, None for no limit. `rate`: cases in a second of late. `vitals`: of the target.
    """

    doing: str
    seconds: float
    cases: int = 0
    rate: float = 0.0
    limit_seconds: float | None = None
    limit_cases: int | None = None
    cells: int = 0
    drivable: int = 0
    pairs: int = 0
    all_pairs: int = 0
    triples: int = 0
    corpus: int = 0
    restarts: int = 0
    workers: int = 1
    findings: tuple[str, ...] = ()
    """One line for each finding, facts first."""
    vitals: Vitals | None = None
