"""What a campaign is to do, and what is known of it before the first batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.campaign.result import CalibrationResult
from dulcimer.fuzz.findings.reproducer import FuzzTarget
from dulcimer.fuzz.operators.catalogue import Pair
from dulcimer.fuzz.sequences.steps import TargetRole


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """The seed and the limits of a campaign.

    - `settings`: whatever else decides what is played, such as titles and the target, as a value for JSON. A campaign
      is resumed with the same seed, role and settings only.
    - `limit_seconds` from the beginning of the first batch, 0 and up, over all times that it runs; `limit_cases`. At
      least one of them is given. Both may differ when it is resumed.
    - `batch_seconds`: how long a batch should take.
    - `overtime`: seconds that the last batches may take after the limit, so that what they find is confirmed.
    """

    seed: int
    role: TargetRole = "acceptor"
    settings: Mapping[str, Any] = field(default_factory=dict)
    limit_seconds: float | None = None
    limit_cases: int | None = None
    batch_seconds: float = 5.0
    overtime: float = 60.0

    def __post_init__(self) -> None:
        """Raises ValueError for a plan without a limit, and for numbers out of range."""
        if self.limit_seconds is None and self.limit_cases is None:
            raise ValueError("a campaign has a limit: of seconds, of cases, or both")
        if min(self.limit_seconds or 0, self.limit_cases or 0, self.overtime) < 0 or self.batch_seconds <= 0:
            raise ValueError(f"a number is out of range in {self}")


@dataclass(frozen=True, slots=True)
class CampaignSubject:
    """What is tested, and how well it can be seen: fields that `CampaignResult` takes as they are."""

    host: str
    port: int
    target: FuzzTarget
    calibration: CalibrationResult
    drivable: frozenset[Cell] = frozenset()
    undrivable: Mapping[Cell, str] = field(default_factory=dict)
    all_pairs: frozenset[Pair] = frozenset()
    watched: tuple[str, ...] = ()
    not_watched: tuple[str, ...] = ()
    not_tried: tuple[str, ...] = ()
