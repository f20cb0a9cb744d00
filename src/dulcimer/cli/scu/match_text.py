"""Values of a match as text, for tables and JSON; they may be invalid for their attributes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any, NamedTuple

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from dulcimer.cli.scu.query_keys import Path, name_of
from dulcimer.counting import counted
from dulcimer.escaping import escaped

LONGEST_CELL = 256
"""Characters of a value that a table shows."""
UNREADABLE = "(unreadable)"
_CUT = " ..."


class MatchRow(NamedTuple):
    """A row of a table, with whether a value was cut, and the attributes that cannot be read."""

    cells: list[str]
    is_cut: bool
    unreadable: list[str]


def row_of(match: Dataset, columns: Sequence[Path]) -> MatchRow:
    """The row for the attributes at these paths."""
    cells = [text_of(match, path) for path in columns]
    unreadable = [name_of(path[-1][0]) for path, cell in zip(columns, cells, strict=True) if cell == UNREADABLE]
    return MatchRow(cells, any(len(cell) > LONGEST_CELL and cell.endswith(_CUT) for cell in cells), unreadable)


def text_of(match: Dataset, path: Path) -> str:
    """The value at the path, "" if there is none; the value may be invalid for the attribute."""
    try:
        text = _text(match, path)
    except Exception:  # pydicom names no common exception
        return UNREADABLE
    shown = escaped(text[: LONGEST_CELL + 1])
    return shown if len(shown) <= LONGEST_CELL else shown[:LONGEST_CELL] + _CUT


def json_of(match: Dataset) -> tuple[dict[str, Any], list[str]]:
    """The DICOM JSON Model of a match (PS3.18 F), and the attributes that cannot be read and are left out."""
    found: dict[str, Any] = {}
    unreadable: list[str] = []
    for tag in match.keys():  # noqa: SIM118 - iterating a Dataset decodes every element
        try:
            element = match[tag]
            try:
                found[f"{tag:08X}"] = element.to_json_dict(None, 0)
            except ValueError:  # not a number: keep it as text, which the model allows
                value = element.value
                texts = value if isinstance(value, MultiValue | list) else [value]
                found[f"{tag:08X}"] = {"vr": element.VR, "Value": [str(one) for one in texts]}
        except Exception:  # pydicom names no common exception
            unreadable.append(name_of(tag))
    return found, unreadable


def _text(match: Dataset, path: Path) -> str:
    data_set = match
    for tag, item in path[:-1]:
        items = data_set[tag].value if tag in data_set else ()
        if not items or (item or 0) >= len(items):
            return ""
        data_set = items[item or 0]
    tag = path[-1][0]
    if tag not in data_set:
        return ""
    element = data_set[tag]
    if element.VR == "SQ":
        return counted(len(element.value), "item")
    value = element.value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value[:LONGEST_CELL].hex(" ")
    if isinstance(value, MultiValue | list):
        return "\\".join(map(str, islice(value, LONGEST_CELL)))
    return str(value)
