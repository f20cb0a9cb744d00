"""Lists of the schemas: items distinguished by their type byte, or elements of one layout, to the end of a length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dulcimer.errors import EncodeError
from dulcimer.wire import problems
from dulcimer.wire.fields import LONGEST_UID, UID_FORM, unparsed_leaf
from dulcimer.wire.layout import RAW, Layout, LayoutList
from dulcimer.wire.stream import Reader, Values, Writer

_FEW = 8
"""Elements of a list, from which on its copies are looked for."""
_KEY = 8
"""The first bytes of an element, by which it is looked up."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """How often an item may occur in a list: from `minimum` to `maximum` times (None: any number).

    `unique`: the field whose value must differ in each of them, "" if there is none.
    """

    layout: Layout
    minimum: int = 0
    maximum: int | None = None
    unique: str = ""


def one(layout: Layout) -> Occurrence:
    """Exactly one such item."""
    return Occurrence(layout, 1, 1)


def one_or_more(layout: Layout, unique: str = "") -> Occurrence:
    """At least one such item."""
    return Occurrence(layout, 1, None, unique)


def at_most_one(layout: Layout) -> Occurrence:
    """At most one such item."""
    return Occurrence(layout, 0, 1)


def any_number(layout: Layout, unique: str = "") -> Occurrence:
    """Any number of such items."""
    return Occurrence(layout, 0, None, unique)


def never(layout: Layout) -> Occurrence:
    """No such item, although its layout is known."""
    return Occurrence(layout, 0, 0)


class _List(LayoutList):
    """How lists are read and written; a subclass says which layout comes next."""

    def __init__(self, clause: str) -> None:
        super().__init__()
        self.clause = clause
        self.header_size = 0
        self._unparsed = unparsed_leaf(clause)

    def _layout_at(self, reader: Reader) -> Layout:
        raise NotImplementedError

    def _layout_of(self, values: Mapping[str, Any]) -> Layout | None:
        raise NotImplementedError

    def _take_all(self, reader: Reader, path: str) -> tuple[list[Values], list[int]]:
        elements: list[Values] = []
        starts: list[int] = []
        plain = reader.records is None and reader.tested
        known = _KnownElements(reader, elements, starts)
        while reader.position < reader.limit:
            if plain and known.take_copies():
                continue
            if plain and self._take_uids(reader, elements, starts):
                if len(elements) > _FEW:
                    known.add(1)
                continue
            where = f"{path}[{len(elements)}]"
            start = reader.position
            left = reader.limit - start
            if left < self.header_size:
                where += ".unparsed_bytes"
                problem = problems.NO_HEADER.format(left=left)
                reader.deviate(where, start, self.clause, problem, structural=True)
                reader.skip_rest(self._unparsed, where)
                break
            before = len(reader.deviations), reader.items_left
            reader.count_item(where, start, self.clause)
            starts.append(start)
            elements.append(self._layout_at(reader).take(reader, {}, where))
            if plain and len(elements) > _FEW and len(reader.deviations) == before[0]:
                known.add(before[1] - reader.items_left)
        return elements, starts

    def _take_uids(self, reader: Reader, elements: list[Values], starts: list[int]) -> bool:  # noqa: ARG002
        """Read elements on a fast path; True if there were any."""
        return False

    def put(self, value: Iterable[Mapping[str, Any]] | None, writer: Writer, values: Values, path: str) -> None:
        """Write the elements; EncodeError for one whose layout is not known."""
        for index, element in enumerate(value or ()):
            where = f"{path}[{index}]"
            layout = self._layout_of(element)
            if layout is None:
                raise EncodeError("an item of unknown type needs its bytes", path=where, clause=self.clause)
            layout.put(element, writer, values, where)


class _KnownElements:
    """The elements of a long list that were read without a deviation to be listed: their copies need not be read.

    Hostile PDUs have thousands of copies. An element and its copies have the same values, as one object.
    """

    __slots__ = ("_elements", "_known", "_reader", "_starts")

    def __init__(self, reader: Reader, elements: list[Values], starts: list[int]) -> None:
        self._reader = reader
        self._elements = elements
        self._starts = starts
        self._known: dict[bytes, tuple[bytes, Values, int]] = {}

    def add(self, items: int) -> None:
        """The last element is known; it counts for so many items."""
        data, start = self._reader.data, self._starts[-1]
        self._known[data[start : start + _KEY]] = data[start : self._reader.position], self._elements[-1], items

    def take_copies(self) -> bool:
        """Take all elements that follow and are known; True if there were any."""
        reader, known = self._reader, self._known
        if not known:
            return False
        data, limit = reader.data, reader.limit
        begin = position = reader.position
        while (found := known.get(data[position : position + _KEY])) is not None:
            octets, values, items = found
            end = position + len(octets)
            if end > limit or items > reader.items_left or not data.startswith(octets, position):
                break
            self._starts.append(position)
            self._elements.append(values)
            reader.items_left -= items
            position = end
        reader.position = position
        return position > begin


RunCheck = Callable[[Sequence[Values]], Iterable[tuple[int, str, str]]]
"""Given the elements of a run: index, field and problem of each that does not fit the others."""


class RunOf(_List):
    """Elements of one layout, at least `minimum` of them (fewer is structural)."""

    def __init__(self, layout: Layout, clause: str, *, minimum: int = 0, check: RunCheck | None = None) -> None:
        super().__init__(clause)
        self.layout = layout
        self.minimum = minimum
        self.header_size = layout.header_size
        self.check = check

    def elements(self) -> Iterator[tuple[str, Layout]]:
        """The one layout."""
        yield "", self.layout

    def _layout_at(self, reader: Reader) -> Layout:  # noqa: ARG002
        return self.layout

    def _layout_of(self, values: Mapping[str, Any]) -> Layout:  # noqa: ARG002
        return self.layout

    def take(self, reader: Reader, values: Values, path: str) -> list[Values]:  # noqa: ARG002
        """The values of the elements up to the limit of the reader."""
        begin = reader.position
        elements, starts = self._take_all(reader, path)
        if reader.position == begin and self.minimum:
            reader.deviate(path, begin, self.clause, problems.NOTHING.format(title=self.layout.title), structural=True)
        elif self.check is not None:
            for index, name, problem in self.check(elements):
                offset = starts[index] + self.layout.offset_of(name)
                reader.deviate(f"{path}[{index}].{name}", offset, self.clause, problem)
        return elements


class ItemsToEnd(_List):
    """Items distinguished by their type byte; `occurrences` say which ones, and how often.

    Items of other types are read as `unknown` and skipped (PS3.8 9.3.1); when building, those of
    `elsewhere` are taken too. `ordered`: types must not decrease. `significant_when`: name and value of a
    field read before; with another value the contents of the items are not tested.
    """

    def __init__(
        self,
        *occurrences: Occurrence,
        clause: str,
        unknown: Layout,
        elsewhere: Mapping[int, Layout],
        ordered: bool = False,
        significant_when: tuple[str, int] | None = None,
    ) -> None:
        super().__init__(clause)
        self.occurrences = {entry.layout.type_code: entry for entry in occurrences}
        self.unknown = unknown
        self.ordered = ordered
        self.significant_when = significant_when
        self.header_size = unknown.header_size
        self._layouts = {item_type: entry.layout for item_type, entry in self.occurrences.items()}
        self._elsewhere = elsewhere
        self._uid_names = {number: layout.uid_name for number, layout in self._layouts.items() if layout.uid_name}

    def elements(self) -> Iterator[tuple[str, Layout]]:
        """The layouts of the known items, in the order of the standard."""
        for item_type, layout in self._layouts.items():
            yield f"{item_type:02X}H", layout

    def _layout_at(self, reader: Reader) -> Layout:
        return self._layouts.get(reader.data[reader.position], self.unknown)

    def _layout_of(self, values: Mapping[str, Any]) -> Layout | None:
        if RAW in values:
            return self.unknown
        item_type = values.get("item_type", 0)
        return self._layouts.get(item_type) or self._elsewhere.get(item_type)

    def _take_uids(self, reader: Reader, elements: list[Values], starts: list[int]) -> bool:
        """Fast path for items that hold only a valid UID, as nearly all of a large request do."""
        data, limit, names = reader.data, reader.limit, self._uid_names
        begin = position = reader.position
        while position + 4 < limit and reader.items_left:
            name = names.get(data[position])
            length = data[position + 2] << 8 | data[position + 3]
            end = position + 4 + length
            if name is None or length > LONGEST_UID or end > limit:
                break
            uid = data[position + 4 : end].decode("latin-1")
            if UID_FORM.fullmatch(uid) is None:
                break
            reader.items_left -= 1
            starts.append(position)
            values: Values = {"item_type": data[position], "reserved_2": data[position + 1], "item_length": length}
            values[name] = uid
            elements.append(values)
            is_copied = data.startswith(data[position:end], end)
            position = end
            if is_copied and len(elements) > _FEW:
                break
        reader.position = position
        return position > begin

    def take(self, reader: Reader, values: Values, path: str) -> list[Values]:
        """The values of the items up to the limit of the reader."""
        begin = reader.position
        tested = reader.tested
        if self.significant_when is not None:
            name, value = self.significant_when
            reader.tested = tested and values[name] == value
        elements, starts = self._take_all(reader, path)
        reader.tested = tested
        self._test_occurrences(reader, path, begin, elements, starts)
        return elements

    def _test_occurrences(
        self, reader: Reader, path: str, begin: int, elements: list[Values], starts: list[int]
    ) -> None:
        if reader.is_full():
            return
        counts = dict.fromkeys(self.occurrences, 0)
        seen: dict[int, set[Any]] = {}
        highest = 0
        for index, values in enumerate(elements):
            item_type = values["item_type"]
            entry = self.occurrences.get(item_type)
            if entry is None:
                continue
            where, start, clause = f"{path}[{index}]", starts[index], entry.layout.clause
            counts[item_type] += 1
            if entry.maximum is not None and counts[item_type] > entry.maximum:
                text = problems.TOO_OFTEN if entry.maximum else problems.NOT_HERE
                problem = text.format(title=entry.layout.title, maximum=entry.maximum)
                reader.deviate(where + ".item_type", start, clause, problem)
                if reader.is_full():
                    return
            if self.ordered:
                if item_type < highest:
                    problem = problems.OUT_OF_ORDER.format(item_type=item_type, highest=highest)
                    reader.deviate(where + ".item_type", start, self.clause, problem)
                highest = max(highest, item_type)
            if entry.unique and entry.unique in values:
                key = values[entry.unique]
                keys = seen.setdefault(item_type, set())
                if key in keys:
                    offset = start + entry.layout.offset_of(entry.unique)
                    reader.deviate(f"{where}.{entry.unique}", offset, clause, problems.USED_TWICE.format(key=key))
                keys.add(key)
        for item_type, entry in self.occurrences.items():
            if counts[item_type] < entry.minimum:
                reader.deviate(path, begin, entry.layout.clause, problems.NOTHING.format(title=entry.layout.title))
