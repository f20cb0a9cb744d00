"""Writes `_generated/rows.py`, and the JSON of the rows that it reads: one row a line, so that a reader can skim it.

The functions from `read` on are copied into the generated module.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from pkgutil import get_data
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from codegen.emit import module

_IMPORTS = """
from __future__ import annotations

import json
from functools import cache
from pkgutil import get_data
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints
"""


def generate() -> str:
    """The source of the module."""
    functions = (inspect.getsource(function).strip() for function in (read, rows, _row_of, _is_plain))
    return module("codegen/rows.py", "Rows of the generated JSON as dataclasses.", _IMPORTS, *functions)


def document(source: str, tables: Iterable[tuple[str, Mapping[str, Any] | tuple[Any, ...]]]) -> str:
    """JSON of these tables, by their names."""
    parts = [f'"": {_text(f"Generated from {source} by `python -m codegen`: do not edit.")}']
    parts += [f"{_text(name)}: {_table(rows)}" for name, rows in tables]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _table(rows: Mapping[str, Any] | tuple[Any, ...]) -> str:
    if isinstance(rows, Mapping):
        return "{\n" + ",\n".join(f"{_text(key)}: {_spread(row)}" for key, row in rows.items()) + "\n}"
    return "[\n" + ",\n".join(map(_spread, rows)) + "\n]"


def _spread(value: Any) -> str:
    """A row on one line; rows inside it have lines of their own."""
    if isinstance(value, tuple) and value and all(map(is_dataclass, value)):
        return "[\n" + ",\n".join(f"  {_text(plain(row))}" for row in value) + "\n]"
    if not is_dataclass(value):
        return _text(plain(value))
    return "{" + ", ".join(f"{_text(name)}: {_spread(given)}" for name, given in _given(value)) + "}"


def plain(value: Any) -> Any:
    """A value as JSON has it: of a row, the fields that are not at their defaults."""
    if is_dataclass(value):
        return {name: plain(given) for name, given in _given(value)}
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return {key: plain(each) for key, each in value.items()} if isinstance(value, Mapping) else value


def _given(row: Any) -> Iterable[tuple[str, Any]]:
    for field in fields(row):
        value = getattr(row, field.name)
        if field.default is MISSING or value != field.default:
            yield field.name, value


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


# ---------------------------------------------------------------------- what the generated module contains


def read(name: str) -> dict[str, Any]:
    """The tables of a JSON file beside this module."""
    found: dict[str, Any] = json.loads(get_data(__name__, name) or b"")
    return found


def rows(kind: Any, value: Any) -> Any:
    """A value from JSON as a `kind`: a dataclass, a text or number, or a tuple, dictionary or alternative of them.

    Raises TypeError for a row with a field that its dataclass does not have, or without one that it needs.
    """
    if value is None or _is_plain(kind):
        return value
    if isinstance(kind, UnionType):
        return rows(get_args(kind)[0], value)
    origin = get_origin(kind)
    if origin is tuple:
        return tuple([rows(get_args(kind)[0], each) for each in value])
    if origin is dict:
        return {key: rows(get_args(kind)[1], each) for key, each in value.items()}
    made = _row_of(kind)
    return kind(**{name: rows(made[name], each) if name in made else each for name, each in value.items()})


@cache
def _row_of(kind: Any) -> dict[str, Any]:
    """The types of the fields of a dataclass that JSON cannot hold unchanged."""
    return {name: each for name, each in get_type_hints(kind).items() if not _is_plain(each)}


@cache
def _is_plain(kind: Any) -> bool:
    """Whether a value of this kind is the same in JSON."""
    arguments = get_args(kind)
    if isinstance(kind, UnionType):
        return all(map(_is_plain, arguments))
    if get_origin(kind) is dict:
        return _is_plain(arguments[1])
    return kind in (str, int, bool, type(None))
