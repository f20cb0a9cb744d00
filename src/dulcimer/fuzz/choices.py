"""The one source of chance: numbers and bytes drawn from a seed, from given bytes, or from any engine.

What is drawn decides everything that follows from it, so a run can be repeated, recorded and made smaller. The lowest
number, the first item and False are the simplest choices; bytes of zero draw those.
"""

from __future__ import annotations

import hashlib
import random
from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol, TypeVar

_T = TypeVar("_T")


class Choices(Protocol):
    """What draws; a subclass says how numbers and bytes are drawn, all else is made from these two."""

    @abstractmethod
    def integer(self, low: int, high: int) -> int:
        """A number from `low` to `high`, both included. Raises ValueError if there is none."""

    @abstractmethod
    def octets(self, length: int) -> bytes:
        """Bytes of any values; `length` is how many, 0 or more."""

    def pick(self, items: Sequence[_T]) -> _T:
        """One of the items. Raises ValueError if there are none."""
        return items[self.integer(0, len(items) - 1)]

    def chance(self, numerator: int, denominator: int) -> bool:
        """True in `numerator` of `denominator` cases."""
        return self.integer(1, denominator) > denominator - numerator


class SeededChoices(Choices):
    """Choices that follow from a seed, the same in every version of Python and on every machine."""

    def __init__(self, seed: int | bytes) -> None:
        # Python's own seeding forgets the sign of a number.
        named = seed if isinstance(seed, bytes) else b"%d" % seed
        digest = hashlib.sha256(type(seed).__name__.encode() + b":" + named).digest()
        self._bits = random.Random(int.from_bytes(digest, "big")).getrandbits  # noqa: S311  # it must be repeatable

    def integer(self, low: int, high: int) -> int:
        """A number from `low` to `high`; each is as likely as the others."""
        span = _span(low, high)
        width = span.bit_length()
        # Not `randint`: how that one draws may change with the version of Python.
        while (drawn := self._bits(width) if width else 0) > span:
            pass
        return low + drawn

    def octets(self, length: int) -> bytes:
        """Bytes; each value is as likely as the others."""
        return self._bits(8 * length).to_bytes(length, "big") if length else b""


class OctetChoices(Choices):
    """Choices that follow from bytes, for engines and shrinkers; when the bytes run out, the simplest ones."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    @property
    def is_exhausted(self) -> bool:
        """Whether all bytes are used."""
        return self._position >= len(self._data)

    def integer(self, low: int, high: int) -> int:
        """A number from `low` to `high`, from as few bytes as it takes; none if there is only one such number."""
        span = _span(low, high)
        return low + int.from_bytes(self.octets(_width(span)), "big") % (span + 1)

    def octets(self, length: int) -> bytes:
        """The next bytes, filled up with bytes of zero."""
        start = self._position
        self._position = start + length
        return self._data[start : start + length].ljust(length, b"\0")


class RecordedChoices(Choices):
    """Choices of another source, recorded as bytes: an `OctetChoices` of them draws the same."""

    def __init__(self, source: Choices) -> None:
        self._source = source
        self._record = bytearray()

    @property
    def data(self) -> bytes:
        """The choices so far. Bytes of zero at the end are left out, since they are drawn anyway."""
        return bytes(self._record).rstrip(b"\0")

    def integer(self, low: int, high: int) -> int:
        """The number that the source draws."""
        span = _span(low, high)
        drawn = self._source.integer(low, high)
        self._record += (drawn - low).to_bytes(_width(span), "big")
        return drawn

    def octets(self, length: int) -> bytes:
        """The bytes that the source draws."""
        drawn = self._source.octets(length)
        self._record += drawn
        return drawn


def _span(low: int, high: int) -> int:
    """How far the highest number is from the lowest."""
    if high < low:
        raise ValueError(f"there is no number from {low} to {high}")
    return high - low


def _width(span: int) -> int:
    """How many bytes a number from 0 to `span` takes."""
    return (span.bit_length() + 7) // 8
