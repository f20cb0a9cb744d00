"""What is fuzzed: how input is made, what must hold, and how much work and memory it may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from struct import pack, unpack_from

from dulcimer.fuzz.choices import Choices

_LENGTH = 4


class WrongError(AssertionError):
    """Something that must hold of any input does not."""


class OverBudgetError(BaseException):
    """More work or memory than the input allows; not an `Exception`, so that no reader takes it for its own."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The most that an input may take.

    `calls`: of functions, in Python or C, and `memory` in bytes at its highest; of each so much in any case, and so
    much for each byte of the input.
    """

    calls: int = 100_000
    calls_per_byte: int = 100
    memory: int = 4 << 20
    memory_per_byte: int = 400


@dataclass(frozen=True, slots=True)
class Surface:
    """A part of the package that takes bytes of others; `what` says which, in a few words.

    `make` gives an input from choices, `check` raises `WrongError`, or anything that is not documented, if something
    is wrong. The same input always gives the same.
    """

    name: str
    what: str
    make: Callable[[Choices], bytes]
    check: Callable[[bytes], None]
    allowance: Allowance = field(default_factory=Allowance)


def demand(condition: object, words: str) -> None:
    """Raises WrongError with these words if something does not hold."""
    if not condition:
        raise WrongError(words)


def joined(*parts: bytes) -> bytes:
    """Parts as one input."""
    return b"".join(pack(">I", len(part)) + part for part in parts)


def parted(given: bytes, count: int) -> tuple[bytes, ...]:
    """As many parts of an input, whatever it is; those that are missing are empty."""
    parts, at = [], 0
    for _ in range(count):
        length = unpack_from(">I", given, at)[0] if at + _LENGTH <= len(given) else 0
        at += _LENGTH
        parts.append(given[at : at + length])
        at += length
    return tuple(parts)
