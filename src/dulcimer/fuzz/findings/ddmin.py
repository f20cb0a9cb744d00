"""Leaving out parts of a whole for as long as something still holds (delta debugging)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

_Parts = TypeVar("_Parts", bytes, tuple[Any, ...])


def minimised(parts: _Parts, holds: Callable[[_Parts], bool]) -> _Parts:
    """The parts, in their order, without those that are not needed; `holds(parts)` is taken for granted.

    The result is 1-minimal: `holds` was false for it without any one of its parts. Many parts are left out at once
    first, so that a few needed ones among many are found in few calls.
    """
    if parts and holds(parts[:0]):
        return parts[:0]
    size = max(1, len(parts) // 2)
    while True:
        start, length = 0, len(parts)
        while start < len(parts):
            rest = parts[:start] + parts[start + size :]
            if rest and holds(rest):
                parts = rest
            else:
                start += size
        if size == 1 and len(parts) == length:
            return parts
        size = max(1, size // 2)
