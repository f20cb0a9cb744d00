"""A layout: named fields one after the other, as a table of the standard lists them.

Lengths decide where fields and lists end. A layout with a length of all that follows (a PDU, an item, a PDV) is
never read beyond that length, so that damage stays in the item it is in.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from construct import Renamed, Struct

from dulcimer.counting import counted
from dulcimer.errors import EncodeError
from dulcimer.wire import problems
from dulcimer.wire.fields import REST, Const, Leaf, Length, Uid, unparsed_leaf
from dulcimer.wire.part import Part
from dulcimer.wire.stream import GiveUpError, Reader, Values, Writer

RAW = "value"
"""Name of the bytes of an item that is not cut into fields: its type is unknown, or it is damaged."""

_HEADER = ("item_type", "reserved_2", "item_length")


def _innermost(member: Renamed) -> Any:
    """The part that was named, and then documented, by construct's operators."""
    while isinstance(member, Renamed):
        member = member.subcon
    return member


class _FixedRun:
    """Adjacent leaves of fixed width: one `struct` call reads or writes them unless something is wrong."""

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self.leaves = leaves
        last = leaves[-1]
        self.length = last if isinstance(last, Length) else None
        self._names = [leaf.name for leaf in leaves]
        self._struct = struct.Struct(">" + "".join(leaf.format for leaf in leaves))
        self._converted = [leaf for leaf in leaves if leaf.converted]
        self._written = [(index, leaf) for index, leaf in enumerate(leaves) if leaf.converted]
        offsets = [struct.calcsize(">" + "".join(leaf.format for leaf in leaves[:i])) for i in range(len(leaves))]
        self._checked = [(leaf, offset) for leaf, offset in zip(leaves, offsets, strict=True) if leaf.checked]
        self._defaults = [(leaf.name, 0 if isinstance(leaf, Length) else leaf.default) for leaf in leaves]

    def read(self, reader: Reader, values: Values, prefix: str) -> None:
        """Add the values of the leaves to `values`."""
        start = reader.position
        end = start + self._struct.size
        if reader.records is not None or end > reader.limit:
            for leaf in self.leaves:
                values[leaf.name] = leaf.take(reader, values, prefix + leaf.name)
            return
        reader.position = end
        values.update(zip(self._names, self._struct.unpack_from(reader.data, start), strict=True))
        for leaf in self._converted:
            values[leaf.name] = leaf.read(values[leaf.name])
        if reader.tested:
            for leaf, offset in self._checked:
                problem = leaf.problem(values[leaf.name], values)
                if problem is not None:
                    leaf.deviate(reader, prefix + leaf.name, start + offset, problem)

    def write(self, values: Values, writer: Writer, prefix: str) -> bool:
        """Write the leaves, a length as 0; True if that length has yet to be filled in."""
        if not writer.overrides:
            try:
                found = [values.get(name, default) for name, default in self._defaults]
                for index, leaf in self._written:
                    found[index] = leaf.write(found[index])
                if self.length is not None:
                    found[-1] = 0
                writer.output += self._struct.pack(*found)
            except (struct.error, ValueError):
                pass  # written one by one below, to name the one at fault
            else:
                return self.length is not None
        for leaf in self.leaves:
            path = prefix + leaf.name
            if leaf is not self.length:
                leaf.put(values.get(leaf.name), writer, values, path)
            elif (raw := writer.override(leaf, path)) is None:
                writer.output += bytes(self.length.width)
                return True
            else:
                writer.output += raw
        return False


@dataclass(frozen=True, slots=True)
class _Step:
    """A run of fixed leaves, or a part whose size varies; `governed` if an earlier length gives its end."""

    run: _FixedRun | None
    name: str = ""
    part: Any = None
    governed: bool = False


class LayoutList(Part):
    """A list of layouts, up to the end that a length gives it; its classes are in `lists`."""

    def elements(self) -> Iterator[tuple[str, Layout]]:
        """The known layouts that can occur, each with its item type as ``20H``, "" in a list of one layout."""
        raise NotImplementedError


class Layout(Part, Struct):
    """Named fields in the order of the standard; `title` and `clause` are those of its table.

    `parts` are the leaves and lists by name, `type_code` is the type of the item or PDU, 0 if there is none.
    `framing` is the length of all that follows; after it come `minimum` bytes or more, exactly `fixed` if that
    is not None; up to it the layout has `header_size` bytes. A damaged layout with a framing length gives
    what could be read, and all bytes after its header as `RAW`.
    """

    def __init__(self, title: str, clause: str, *members: Renamed) -> None:
        super().__init__(*members)
        self.title = title
        self.clause = clause
        self.parts: dict[str, Leaf | LayoutList] = {}
        self.type_code = 0
        self.framing: Length | None = None
        self.header_size = 0
        self._offsets: dict[str, int | None] = {}
        self._steps: list[_Step] = []
        self._unparsed = unparsed_leaf(clause)
        size = 0
        offset: int | None = 0
        governed = ""
        run: list[Leaf] = []
        for member in members:
            name, part = member.name, _innermost(member)
            self.parts[name] = part
            self._offsets[name] = offset
            if isinstance(part, Leaf):
                part.bind(name, member.docs, clause)
            if isinstance(part, Leaf) and part.width is not None:
                if governed:
                    raise ValueError(f"{title}: {governed} does not follow its length")
                size += part.width
                offset = None if offset is None else offset + part.width
                run.append(part)
            else:
                self._end_run(run)
                self._steps.append(_Step(None, name, part, governed == name))
                offset, governed = None, ""
            if isinstance(part, Const):
                self.type_code = int(part.code)
            if isinstance(part, Length):
                self._end_run(run)
                governed = part.governs
                if governed == REST:
                    self.framing, self.header_size = part, size
        self._end_run(run)
        last = members[-1].name if members else ""
        self.uid_name = (
            last if isinstance(self.parts.get(last), Uid) and list(self._offsets) == [*_HEADER, last] else ""
        )
        """The name of the UID if the item is a header and a UID, else ""."""
        self.minimum = size - self.header_size
        self.fixed = None if offset is None else self.minimum

    def _end_run(self, run: list[Leaf]) -> None:
        if run:
            self._steps.append(_Step(_FixedRun(tuple(run))))
            run.clear()

    def offset_of(self, name: str) -> int:
        """Number of bytes before a field of this layout; `KeyError` if it varies."""
        offset = self._offsets[name]
        if offset is None:
            raise KeyError(name)
        return offset

    def octets(self, stream: BinaryIO) -> bytes:
        """The header and as many bytes as it says; all that are left if there is no length of all that follows."""
        if self.framing is None:
            return stream.read()
        header = stream.read(self.header_size)
        if len(header) < self.header_size:
            return header
        return header + stream.read(int.from_bytes(header[-self.framing.width :], "big"))

    def take(self, reader: Reader, values: Values, path: str) -> Values:
        """All values of the layout, reserved fields and lengths too; DecodeError if reading strictly.

        Raises GiveUpError if there is no length of all that follows and the fields do not fit the bytes.
        """
        outer = frame = reader.limit
        start = reader.position
        prefix = path + "." if path else ""
        values = {}
        try:
            for step in self._steps:
                if step.run is None:
                    values[step.name] = step.part.take(reader, values, prefix + step.name)
                    if step.governed:
                        reader.limit = frame
                    continue
                step.run.read(reader, values, prefix)
                length = step.run.length
                if length is self.framing and length is not None:
                    frame = self._enter(reader, length, values[length.name], prefix)
                elif length is not None:
                    self._bound(reader, length, values[length.name], prefix)
            if reader.position < frame and self.framing is not None:
                self._refuse_rest(reader, frame, prefix)
        except GiveUpError:
            reader.limit = frame
            if self.framing is None:
                raise
            values[RAW] = reader.data[start + self.header_size : frame]
            reader.skip_rest(self._unparsed, prefix + "unparsed_bytes")
        reader.limit = outer
        return values

    def _enter(self, reader: Reader, leaf: Length, length: int, prefix: str) -> int:
        """Set the limit to the end of what the framing length governs, and return it."""
        start = reader.position
        left = reader.limit - start
        problem = ""
        if length > left:
            problem = problems.TOO_LONG.format(length=length, left=left)
        elif self.fixed is not None and length != self.fixed:
            problem = problems.NOT_FIXED.format(length=length, fixed=self.fixed)
        elif length < self.minimum:
            problem = problems.TOO_SHORT.format(length=length, minimum=self.minimum)
        if problem:
            reader.deviate(prefix + leaf.name, start - leaf.width, leaf.clause, problem, structural=True)
        reader.limit = end = start + min(length, left)
        return end

    def _bound(self, reader: Reader, leaf: Length, length: int, prefix: str) -> None:
        """Set the limit to the end of the field that the length governs."""
        start = reader.position
        left = reader.limit - start
        if length > left:
            problem = problems.TOO_LONG.format(length=length, left=left)
            reader.give_up(prefix + leaf.name, start - leaf.width, leaf.clause, problem)
        reader.limit = start + length

    def _refuse_rest(self, reader: Reader, end: int, prefix: str) -> None:
        """Skip bytes after the last field, which are a deviation."""
        path = prefix + self._unparsed.name
        problem = problems.AFTER_LAST.format(left=counted(end - reader.position, "byte"))
        reader.deviate(path, reader.position, self.clause, problem, structural=True)
        reader.skip_rest(self._unparsed, path)

    def put(self, value: Mapping[str, Any] | None, writer: Writer, values: Values, path: str) -> None:
        """Write the fields; those missing in `value` get their defaults, and lengths are computed."""
        prefix = path + "." if path else ""
        output = writer.output
        values = dict(value or {})
        frame = 0
        counted: tuple[int, Length] | None = None
        for step in self._steps:
            if step.run is None:
                step.part.put(values.get(step.name), writer, values, prefix + step.name)
                if step.governed and counted is not None:
                    _fill_in(output, *counted, prefix)
                continue
            to_fill_in = step.run.write(values, writer, prefix)
            length = step.run.length
            counted = (len(output), length) if to_fill_in and length is not None else None
            if length is self.framing and counted is not None:
                frame, counted = len(output), None
        if frame and self.framing is not None:
            _fill_in(output, frame, self.framing, prefix)


def _fill_in(output: bytearray, start: int, leaf: Length, prefix: str) -> None:
    """Write the length of all from `start` on into the bytes before it."""
    length = len(output) - start
    try:
        output[start - leaf.width : start] = leaf.write(length)
    except ValueError:
        problem = f"{length} bytes are too many for a length field of {counted(leaf.width, 'byte')}"
        raise EncodeError(problem, path=prefix + leaf.name, clause=leaf.clause) from None
