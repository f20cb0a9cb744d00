"""Examples of a strategy as a list, for what is too slow to be run once for each; the same ones each time."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

_Drawn = TypeVar("_Drawn")


def drawn(strategy: SearchStrategy[_Drawn], count: int) -> list[_Drawn]:
    """At most so many examples, none of them shrunk."""
    found: list[_Drawn] = []

    @settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(one: _Drawn) -> None:
        found.append(one)

    collect()
    return found
