"""What the schemas are made of: constructs for users of construct, with a faster way in for dulcimer.

`parse`, `build`, `parse_stream`, `build_stream`, `sizeof` and construct's operators work on each PDU, item, list and
field, alone or inside your own construct. They use `take` and `put`, which handle lengths, deviations, paths and
overrides; layouts and dulcimer call these two directly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO, NoReturn

from construct import Construct, Container, ListContainer

from dulcimer.wire.stream import Reader, Value, Values, Writer


class Part(Construct):
    """A PDU, an item, a list of those, or a field."""

    def take(self, reader: Reader, values: Values, path: str) -> Any:
        """The value that begins at the position of the reader; `values` are those before it in the same layout."""
        raise NotImplementedError

    def put(self, value: Any, writer: Writer, values: Values, path: str) -> None:
        """Write a value; EncodeError if it cannot be written."""
        raise NotImplementedError

    def octets(self, stream: BinaryIO) -> bytes:
        """Read the bytes of this part from a stream; by default all that are left, as for a part without a length."""
        return stream.read()

    def build(self, obj: Any = None, *, overrides: Mapping[str, Value] | None = None, **context: Any) -> bytes:
        """The bytes of these values; lengths are computed, reserved fields are zero where no value is given.

        `overrides` replaces fields by path, lengths too, as in `codec.encode`. Raises EncodeError.
        """
        writer = Writer(overrides)
        self.put(obj, writer, context, "")
        return writer.finish()

    # Called by construct

    def _parse(self, stream: BinaryIO, context: Values, path: str) -> Any:  # noqa: ARG002
        octets = self.octets(stream)
        reader = Reader(octets)
        value = self.take(reader, context, "")
        if reader.position < len(octets):
            stream.seek(reader.position - len(octets), 1)
        return _contained(value)

    def _build(self, obj: Any, stream: BinaryIO, context: Values, path: str) -> Any:  # noqa: ARG002
        writer = Writer()
        self.put(obj, writer, context, "")
        stream.write(writer.finish())
        return obj

    def _emitparse(self, code: Any) -> NoReturn:
        """Compiled constructs call `_parse`, too."""
        raise NotImplementedError

    def _emitbuild(self, code: Any) -> NoReturn:
        """Compiled constructs call `_build`, too."""
        raise NotImplementedError


def _contained(value: Any) -> Any:
    """The value as construct returns it: fields of a layout are attributes, too."""
    if isinstance(value, dict):
        return Container({name: _contained(inner) for name, inner in value.items()})
    return ListContainer(map(_contained, value)) if isinstance(value, list) else value
