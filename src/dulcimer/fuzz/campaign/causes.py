"""What a campaign knows of causes: how often each was confirmed, so that nobody does it again once it is enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from dulcimer.fuzz.findings.finding import FindingCause, FindingKey

ENOUGH = 3
"""Findings of one cause that are made small, and tries that do not show it again; beyond that they are counted."""


@dataclass(frozen=True, slots=True)
class CauseTally:
    """How often one cause was confirmed, and how often what was seen did not come again.

    `key`: of one of its findings; None if there is none.
    """

    confirmed: int = 0
    failed: int = 0
    key: FindingKey | None = None

    @property
    def is_enough(self) -> bool:
        """Whether nothing new is to be expected from one more try."""
        return max(self.confirmed, self.failed) >= ENOUGH

    def plus(self, other: CauseTally) -> CauseTally:
        """The two together; order does not matter."""
        keys = [tally.key for tally in (self, other) if tally.key is not None]
        return CauseTally(
            self.confirmed + other.confirmed, self.failed + other.failed, min(keys, key=str, default=None)
        )


KnownCauses: TypeAlias = Mapping[FindingCause, CauseTally]


def add_causes(causes: dict[FindingCause, CauseTally], more: KnownCauses) -> None:
    """Add what is known to what was known before."""
    for cause, tally in more.items():
        causes[cause] = causes.get(cause, _NOTHING).plus(tally)


def tally_of(cause: FindingCause, *known: KnownCauses) -> CauseTally:
    """What several know of a cause together."""
    found = _NOTHING
    for causes in known:
        found = found.plus(causes.get(cause, _NOTHING))
    return found


_NOTHING = CauseTally()
