"""Rows of the generated JSON as dataclasses.

Generated from codegen/rows.py by `python -m codegen`: do not edit.
"""

from __future__ import annotations

import json
from functools import cache
from pkgutil import get_data
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints


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
