"""Every kind of lab."""

from __future__ import annotations

from functools import cache

from dulcimer.learn.labs.faults import fault_kinds
from dulcimer.learn.labs.kinds import LabKind
from dulcimer.learn.labs.lawful import CLEAN_KINDS
from dulcimer.learn.labs.stories import STORIES


@cache
def all_kinds() -> tuple[LabKind, ...]:
    """All of them, those with a fault first."""
    return (*fault_kinds(), *CLEAN_KINDS, *STORIES)
