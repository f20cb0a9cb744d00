"""What the schemas read from and write to: bytes with limits, a record of the fields, and overrides.

A `Reader` bounds every field by the lengths around it, collects what deviates from the standard and, if
asked to, each leaf field with its position: one pass gives values, field map and deviations.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol, TypeAlias

from dulcimer.errors import DecodeError, EncodeError

Value: TypeAlias = int | str | bytes
Values: TypeAlias = dict[str, Any]


class NamedField(Protocol):
    """A leaf of a schema as this module needs it; the leaves are in `fields`, which imports this module."""

    name: str
    doc: str
    clause: str

    @property
    def kind(self) -> str:
        """One of the kinds of `fields.Leaf`."""

    def meaning(self, value: Any, values: Values) -> str:
        """The value in words."""

    def write_override(self, value: int | str) -> bytes:
        """The bytes of an override, which need not be of the kind of this field; ValueError if it has none."""


Record: TypeAlias = tuple[NamedField, str, int, int, Value, Values]
"""Leaf, path, first byte, byte after the last, value, and the fields read before in the same layout."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One place where received bytes deviate from the standard.

    `path` and `offset` (bytes from the start of the PDU) say where. `structural`: the type is unknown,
    lengths do not add up, or bytes are missing; otherwise a value or the choice of items is wrong and
    everything else is usable.
    """

    path: str
    offset: int
    clause: str
    problem: str
    structural: bool


class GiveUpError(Exception):
    """The rest of an item or PDU cannot be cut into fields; the deviation is already recorded."""


class TooMuchError(Exception):
    """A PDU has more items than allowed; the deviation is already recorded."""


class Reader:
    """Bytes to parse, with the end of the innermost item or counted field as `limit`.

    Strict reading raises `DecodeError` at the first deviation, lenient reading lists them: the first
    `most_deviations`, and all that are structural. While `tested` is false the values read are not significant, so
    only their lengths matter. After `most_items` items, nested ones included, TooMuchError is raised.
    """

    __slots__ = (
        "data",
        "deviations",
        "items_left",
        "limit",
        "most_deviations",
        "most_items",
        "position",
        "records",
        "strict",
        "tested",
    )

    def __init__(
        self,
        data: bytes,
        *,
        strict: bool = True,
        recording: bool = False,
        most_items: int = sys.maxsize,
        most_deviations: int = sys.maxsize,
    ) -> None:
        self.most_items = self.items_left = most_items
        self.most_deviations = most_deviations
        self.data = data
        self.position = 0
        self.limit = len(data)
        self.strict = strict
        self.tested = True
        self.deviations: list[Deviation] = []
        self.records: list[Record] | None = [] if recording else None

    def deviate(self, path: str, offset: int, clause: str, problem: str, *, structural: bool = False) -> None:
        """Record a deviation, or raise it as `DecodeError` when reading strictly."""
        if self.strict:
            raise DecodeError(problem, path=path, offset=offset, clause=clause)
        if structural or len(self.deviations) < self.most_deviations:
            self.deviations.append(Deviation(path, offset, clause, problem, structural))

    def is_full(self) -> bool:
        """Whether deviations are listed no more, unless they are structural."""
        return not self.strict and len(self.deviations) >= self.most_deviations

    def count_item(self, path: str, offset: int, clause: str) -> None:
        """One more item is read. Raises TooMuchError beyond the limit."""
        if not self.items_left:
            problem = f"the PDU has more items than the limit of {self.most_items}"
            self.deviate(path, offset, clause, problem, structural=True)
            raise TooMuchError
        self.items_left -= 1

    def give_up(self, path: str, offset: int, clause: str, problem: str) -> NoReturn:
        """Record a structural deviation and leave the item or PDU around it."""
        self.deviate(path, offset, clause, problem, structural=True)
        raise GiveUpError(problem)

    def skip_rest(self, leaf: NamedField, path: str) -> None:
        """Skip what is left before the limit, recorded as one leaf; nothing happens if nothing is left."""
        start, end = self.position, self.limit
        if start < end:
            self.position = end
            if self.records is not None:
                self.records.append((leaf, path, start, end, self.data[start:end], {}))


class Writer:
    """The bytes built so far, and overrides by path of the field."""

    __slots__ = ("_unused", "output", "overrides")

    def __init__(self, overrides: Mapping[str, Value] | None = None) -> None:
        self.output = bytearray()
        self.overrides: Mapping[str, Value] = overrides or {}
        self._unused = set(self.overrides)

    def override(self, leaf: NamedField, path: str) -> bytes | None:
        """The bytes of the override of this field, None if there is none.

        An integer takes the width of the field, text is written as the field writes text, bytes are
        written unchanged, whatever the width.
        """
        if path not in self._unused:
            return None
        self._unused.discard(path)
        value = self.overrides[path]
        if isinstance(value, bytes):
            return value
        try:
            return leaf.write_override(value)
        except ValueError as error:
            raise EncodeError(str(error), path=path, clause=leaf.clause) from None

    def finish(self) -> bytes:
        """The bytes; `EncodeError` if an override names a field that does not exist."""
        if self._unused:
            raise EncodeError("no such field to override", path=min(self._unused))
        return bytes(self.output)
