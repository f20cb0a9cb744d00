"""What the schemas are made of: constructs like any other, for whoever uses construct, and quick steps for dulcimer.

`parse`, `build`, `parse_stream`, `build_stream`, `sizeof` and construct's operators work on each PDU, item, list and
field, alone or inside a construct of one's own. Behind them stand two steps, `take` and `put`, which know lengths,
deviations, places and overrides: a layout uses those of its parts, and so does dulcimer.
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
        """What a stream has of this part: by default all that is left, as what ends a PDU or an item has no end."""
        return stream.read()

    def build(self, obj: Any = None, *, overrides: Mapping[str, Value] | None = None, **context: Any) -> bytes:
        """The bytes of these values; lengths are computed, reserved fields are zero where no value is given.

        `overrides` replaces fields by path, lengths too, as in `codec.encode`. Raises EncodeError.
        """
        writer = Writer(overrides)
        self.put(obj, writer, context, "")
        return writer.finish()

    # construct's way in and out

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
        """Inside a construct that is compiled, too, `_parse` is called."""
        raise NotImplementedError

    def _emitbuild(self, code: Any) -> NoReturn:
        """Inside a construct that is compiled, too, `_build` is called."""
        raise NotImplementedError


def _contained(value: Any) -> Any:
    """The value as construct gives it: fields of a layout are attributes, too."""
    if isinstance(value, dict):
        return Container({name: _contained(inner) for name, inner in value.items()})
    return ListContainer(map(_contained, value)) if isinstance(value, list) else value
