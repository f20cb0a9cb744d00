"""The bytes of a PDU or an item as a table, each byte in one field."""

from __future__ import annotations

from codegen.pages.markdown import table
from codegen.site.prose import clause, escaped, linked
from dulcimer.cli.show.dump import field_text
from dulcimer.counting import counted
from dulcimer.wire.fieldmap import Field

_BYTES_IN_LINE = 8
_MOST_BYTES = 16
"""Bytes of a field that are shown."""


def bytes_section(heading: str, fields: tuple[Field, ...]) -> str:
    """A section with an example: its bytes in order, what each is, what its value says."""
    first = fields[0].offset
    size = sum(field.size for field in fields)
    rows = [
        [
            str(field.offset - first),
            _hex(field.raw),
            _name(field),
            escaped(field_text(field)),
            clause(field.clause),
        ]
        for field in fields
        if field.size
    ]
    shown = table(["offset", "bytes", "field", "value: meaning", "clause"], rows)
    return f"## {linked(heading)}\n\n{counted(size, 'byte')}.\n\n{shown}"


def _hex(raw: bytes) -> str:
    lines = [
        raw[start : start + _BYTES_IN_LINE].hex(" ") for start in range(0, min(len(raw), _MOST_BYTES), _BYTES_IN_LINE)
    ]
    more = [f"{len(raw) - _MOST_BYTES} more"] if len(raw) > _MOST_BYTES else []
    return "<br>".join([*(f"`{line}`{{.hex}}" for line in lines), *more])


def _name(field: Field) -> str:
    """The name of a field, further in for each item around it."""
    depth = field.path.count(".")
    return "&nbsp;" * (2 * depth) + f"`{field.name}`"
