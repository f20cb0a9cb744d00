"""What implementations do otherwise than the standard says.

Generated from spec/baselines/ by `python -m codegen`: do not edit.
"""

from __future__ import annotations

from dataclasses import dataclass

from dulcimer._generated.rows import read, rows


@dataclass(frozen=True)
class StackDeviation:
    """Something that an implementation does otherwise: why that is wrong, and the `cases` that see it.

    `stack`: its name and version; `role`: the end of the association that it was.
    """

    stack: str
    role: str
    reason: str
    cases: tuple[str, ...]


_TABLES = read("deviations.json")

DEVIATIONS: tuple[StackDeviation, ...] = rows(tuple[StackDeviation, ...], _TABLES["DEVIATIONS"])
"""What dulcimer check has seen implementations do otherwise."""
