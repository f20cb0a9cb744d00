"""What the value of a field must be, and what it means, as data: the schemas use it, and other programs are given it.

A rule has the text of its problem: ``{value}`` in it is the number, ``{size}`` the number of bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from dulcimer.wire.stream import Values


@dataclass(frozen=True, slots=True)
class BitZeroSet:
    """Bit 0 of the number is 1."""

    text: str

    def problem(self, value: int, values: Values) -> str | None:  # noqa: ARG002  (every rule is asked like this)
        """The text if the bit is 0."""
        return None if value & 1 else self.text.format(value=value)


@dataclass(frozen=True, slots=True)
class NotAbove:
    """The number is `most` at the most; with -1, no number is right."""

    most: int
    text: str

    def problem(self, value: int, values: Values) -> str | None:  # noqa: ARG002  (every rule is asked like this)
        """The text if the number is greater."""
        return None if value <= self.most else self.text.format(value=value)


@dataclass(frozen=True, slots=True)
class ZeroUnless:
    """The number is 0 unless the field `by` before it has the value `other`."""

    by: str
    other: int
    text: str

    def problem(self, value: int, values: Values) -> str | None:
        """The text if it is neither."""
        return self.text.format(value=value) if value and values[self.by] != self.other else None


@dataclass(frozen=True, slots=True)
class EvenAndNotEmpty:
    """There are bytes, and their number is even."""

    empty: str
    text: str

    def problem(self, value: Any, values: Values) -> str | None:  # noqa: ARG002  (every rule is asked like this)
        """The text for no bytes, or for an odd number."""
        if not value:
            return self.empty
        return self.text.format(size=len(value)) if len(value) % 2 else None


ValueRule: TypeAlias = BitZeroSet | NotAbove | ZeroUnless | EvenAndNotEmpty
"""What is wrong with a value, given the fields before it in the same layout."""


@dataclass(frozen=True, slots=True)
class ValueWords:
    """Numbers in words: those in `known`, and `others` for all else. Only the bits of `mask` count, if it is not 0."""

    known: Mapping[int, str]
    others: str = ""
    mask: int = 0

    def of(self, value: int) -> str:
        """The words of a number; "" if there is nothing to add."""
        return self.known.get(value & self.mask if self.mask else value, self.others).format(value=value)
