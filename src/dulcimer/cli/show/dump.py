"""Decoded PDUs as an annotated hex dump, and as JSON."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dulcimer.cli.show.command_dump import CommandDump, CommandElement
from dulcimer.cli.show.pdu_stream import DecodedPdu
from dulcimer.counting import counted
from dulcimer.wire.fieldmap import Field

LINES_PER_FIELD = 4
"""Maximum number of lines for the bytes of one field; a data set would fill the screen."""
TEXT_SHOWN = 120
ROWS_SHOWN = 1000
"""Maximum number of rows for a PDU or a command set: more would take minutes to lay out."""
_BYTE_RANGE = re.compile(r"(\d+)_(\d+)$")
_ITEM = re.compile(r".*\[\d+\]")


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the columns for a console of this width, with one space between them."""

    console: int
    offset: int = 7

    @property
    def bytes_per_line(self) -> int:
        """Bytes that one line shows."""
        return 8 if self.console >= 90 else 4

    @property
    def hex(self) -> int:
        """Columns for the bytes."""
        return 3 * self.bytes_per_line - 1

    @property
    def clause(self) -> int:
        """Columns for the clause: ``PS3.8 Table 9-26`` on one line or on two."""
        return 16 if self.console >= 90 else 10

    @property
    def field(self) -> int:
        """Columns for the name of the field: half of the rest."""
        return max(8, (self.console - self.offset - self.hex - self.clause - 4) // 2)

    @property
    def value(self) -> int:
        """Columns for value and meaning."""
        return max(8, self.console - self.offset - self.hex - self.clause - self.field - 4)


class DumpTable:
    """Prints PDUs as rows of offset, bytes, field, value and clause, in columns of fixed widths."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._columns = Columns(console.width)

    def show(self, number: int, pdu: DecodedPdu, where: str = "") -> None:
        """Print one PDU, with its `number` from 1, and `where` it is, if not just at an offset."""
        kind = pdu.kind
        name = kind.label if kind else f"unrecognized PDU of type {pdu.data[0]:02X}H"
        title = Text(f"PDU {number}{where or f' at byte {pdu.offset}'}: ")
        title.append(name, "bold")
        title.append(f", {counted(len(pdu.data), 'byte')}")
        if kind:
            title.append(f": {kind.description}")
        self._console.print(title)
        self._print(list(islice(self._field_rows(pdu), ROWS_SHOWN)), len(pdu.fields))
        for command in pdu.commands:
            self._show_command(command)
        self._console.print()

    def _show_command(self, command: CommandDump) -> None:
        title = Text(f"Command set of context {command.context_id}: ")
        title.append(command.message, "bold")
        title.append(f", {counted(command.size, 'byte')}, implicit VR little endian  ")
        title.append(command.clause, "dim")
        self._console.print(title)
        rows = [
            self._row(
                element.offset,
                element.raw,
                self._name(element.label, 0),
                element_text(element),
                element.clause,
                element.problem,
            )
            for element in command.elements[:ROWS_SHOWN]
        ]
        self._print(rows, len(command.elements))
        if command.problem:
            self._console.print(Text(f"PROBLEM in the command set: {command.problem}", "bold red"))

    def _print(self, rows: list[tuple[Text, ...]], fields: int) -> None:
        table = self._table()
        for row in rows:
            table.add_row(*row)
        self._console.print(table)
        if len(rows) == ROWS_SHOWN < fields:
            self._console.print(f"... only the first of {fields} fields are shown; --json has them all", style="dim")

    def _table(self) -> Table:
        columns = self._columns
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
        table.add_column("offset", width=columns.offset, justify="right")
        table.add_column("bytes", width=columns.hex)
        table.add_column("field", width=columns.field, overflow="fold")
        table.add_column("value: meaning", width=columns.value, overflow="fold")
        table.add_column("clause", width=columns.clause, style="dim")
        return table

    def _field_rows(self, pdu: DecodedPdu) -> Iterator[tuple[Text, ...]]:
        inside = ""
        for leaf in pdu.fields:
            around = leaf.path.rpartition(".")[0]
            depth = around.count(".") + 1 if around else 0
            if around != inside and _ITEM.fullmatch(around) and not inside.startswith(f"{around}."):
                title = leaf.meaning if leaf.name == "item_type" else ""
                heading = self._name(around.rpartition(".")[2], depth - 1)
                heading.stylize("bold")
                yield Text(), Text(), heading, Text(title, "bold"), Text()
            inside = around
            yield self._row(
                pdu.offset + leaf.offset,
                leaf.raw,
                self._name(leaf.name, depth),
                field_text(leaf),
                leaf.clause,
                leaf.problem,
            )

    def _row(
        self, offset: int, raw: bytes, name: Text, value: str, clause: str, problem: str | None
    ) -> tuple[Text, ...]:
        shown = Text(value)
        if problem:
            shown.append(("\n" if value else "") + f"PROBLEM: {problem}", "bold red")
        mark = Text(f"! {offset}" if problem else str(offset), "bold red" if problem else "")
        return mark, Text(self._hex(raw), "cyan"), name, shown, Text(clause)

    def _name(self, name: str, depth: int) -> Text:
        """A name with spaces where it can be wrapped, indented by the depth of its item."""
        indent = "  " * min(depth, 4)
        words = _BYTE_RANGE.sub(r"\1-\2", name).replace("_", " ")
        return Text(textwrap.fill(words, self._columns.field, initial_indent=indent, subsequent_indent=indent + " "))

    def _hex(self, raw: bytes) -> str:
        per_line = self._columns.bytes_per_line
        size = per_line * LINES_PER_FIELD
        shown = raw if len(raw) <= size else raw[: size - per_line]
        lines = [shown[start : start + per_line].hex(" ") for start in range(0, len(shown), per_line)]
        if len(shown) < len(raw):
            lines.append(f"... {len(raw) - len(shown)} more")
        return "\n".join(lines)


def field_text(leaf: Field) -> str:
    """The value and meaning of a field."""
    if leaf.kind in ("const", "enum") and isinstance(leaf.value, int) and leaf.name.endswith("_type"):
        shown = f"{leaf.value:02X}H"
        return f"{shown}: {leaf.meaning}" if leaf.meaning and leaf.name != "item_type" else shown
    if leaf.kind == "reserved":
        return "reserved" if not any(leaf.raw) else "reserved, not zero: not tested"
    if leaf.name == "message_control_header" and isinstance(leaf.value, int):
        return f"{leaf.value:02X}H: {leaf.meaning}"
    if leaf.kind == "length":
        return leaf.meaning
    return value_text(leaf.value, leaf.size, leaf.meaning)


def element_text(element: CommandElement) -> str:
    """The value and meaning of an element; codes as the standard writes them, 8001H."""
    if isinstance(element.value, int) and element.meaning:
        return f"{element.value:04X}H: {element.meaning}"
    return value_text(element.value, len(element.raw), element.meaning)


def value_text(value: Any, size: int, meaning: str) -> str:
    """A value for readers: numbers, text in quotes, of other bytes their number."""
    match value:
        case int():
            shown = str(value)
        case str():
            shown = f'"{printable(value)}"'
        case bytes() if value and len(value) <= TEXT_SHOWN and all(32 <= byte < 127 for byte in value):
            shown = f'"{value.decode("ascii")}"'
        case tuple():
            shown = ", ".join(f"({tag >> 16:04X},{tag & 0xFFFF:04X})" for tag in value)
        case _:
            shown = counted(size, "byte")
    return f"{shown}: {meaning}" if meaning else shown


def printable(text: str) -> str:
    r"""`text` with every character outside ASCII, and every control character, as ``\xNN``; cut if it is long."""
    shown = "".join(c if " " <= c <= "~" else f"\\x{ord(c):02x}" for c in text[:TEXT_SHOWN])
    return shown + "..." if len(text) > TEXT_SHOWN else shown


def show_count(console: Console, count: int, problems: int) -> None:
    """Print the last line: the number of PDUs, and of problems in them."""
    pdus = counted(count, "PDU")
    if problems:
        wrong = counted(problems, "PROBLEM", "PROBLEMS")
        console.print(f"{pdus}, {wrong}: the bytes violate the standard.", style="bold red")
    else:
        console.print(f"{pdus}, no problem found.")


def pdu_json(pdu: DecodedPdu) -> dict[str, object]:
    """One PDU for programs; offsets count from the first byte of all, `hex` has all bytes of the field."""
    kind = pdu.kind
    return {
        "offset": pdu.offset,
        "size": len(pdu.data),
        "type": pdu.data[0],
        "name": kind.label if kind else None,
        "fields": [
            {
                "path": leaf.path,
                "name": leaf.name,
                "offset": pdu.offset + leaf.offset,
                "size": leaf.size,
                "hex": leaf.raw.hex(),
                "value": _json_value(leaf.value),
                "meaning": leaf.meaning,
                "clause": leaf.clause,
                "problem": leaf.problem,
            }
            for leaf in pdu.fields
        ],
        "command_sets": [
            {
                "context_id": command.context_id,
                "message": command.message,
                "clause": command.clause,
                "problem": command.problem,
                "elements": [
                    {
                        "tag": f"{element.tag:08X}",
                        "name": element.name,
                        "vr": element.vr,
                        "offset": element.offset,
                        "size": len(element.raw),
                        "hex": element.raw.hex(),
                        "value": _json_value(element.value),
                        "meaning": element.meaning,
                        "clause": element.clause,
                        "problem": element.problem,
                    }
                    for element in command.elements
                ],
            }
            for command in pdu.commands
        ],
        "problems": pdu.problems,
    }


def _json_value(value: Any) -> object:
    return value.hex() if isinstance(value, bytes) else value
