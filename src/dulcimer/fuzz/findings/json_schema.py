"""Checks values against a schema: the part of JSON Schema 2020-12 that our published schemas use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dulcimer.errors import DulcimerError

_TYPES: dict[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())
    ),
}
_NOTES = {"$schema", "$id", "$defs", "title", "description"}


class SchemaMismatchError(DulcimerError, ValueError):
    """A value does not follow a schema; the message says where and how."""


def check(value: object, schema: Mapping[str, Any]) -> None:
    """Raises SchemaMismatchError for a value that does not follow the schema.

    ValueError for a schema with a word that is not known here: nothing is let through unread.
    """
    problem = next(_problems(value, schema, schema, "$"), None)
    if problem is not None:
        raise SchemaMismatchError(problem)


def _problems(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], path: str) -> Iterator[str]:
    for word, wanted in schema.items():
        if word not in _NOTES:
            if word not in _WORDS:
                raise ValueError(f"{word!r} is not known here")
            yield from _WORDS[word](value, wanted, schema, root, path)


def _type(value: Any, wanted: Any, _schema: Any, _root: Any, path: str) -> Iterator[str]:
    names = [wanted] if isinstance(wanted, str) else wanted
    if not any(_TYPES[name](value) for name in names):
        yield f"{path} is not of type {' or '.join(names)}"


def _same(value: Any, wanted: Any) -> bool:
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def _const(value: Any, wanted: Any, _schema: Any, _root: Any, path: str) -> Iterator[str]:
    if not _same(value, wanted):
        yield f"{path} is not {wanted!r}"


def _enum(value: Any, wanted: Any, _schema: Any, _root: Any, path: str) -> Iterator[str]:
    if not any(_same(value, one) for one in wanted):
        yield f"{path} is not one of {', '.join(map(repr, wanted))}"


def _pattern(value: Any, wanted: Any, _schema: Any, _root: Any, path: str) -> Iterator[str]:
    # Python's $ also matches before a newline at the end.
    exact = wanted[:-1] + r"\Z" if wanted.endswith("$") else wanted
    if isinstance(value, str) and not re.search(exact, value):
        yield f"{path} does not have the form {wanted}"


def _minimum(value: Any, wanted: Any, _schema: Any, _root: Any, path: str) -> Iterator[str]:
    # Written so that NaN, which Python's JSON reader takes, does not pass.
    if _TYPES["number"](value) and not value >= wanted:
        yield f"{path} is less than {wanted}"


def _maximum(value: Any, wanted: Any, _schema: Any, _root: Any, path: str) -> Iterator[str]:
    if _TYPES["number"](value) and not value <= wanted:
        yield f"{path} is more than {wanted}"


def _min_length(value: Any, wanted: Any, _schema: Any, _root: Any, path: str) -> Iterator[str]:
    if isinstance(value, str) and len(value) < wanted:
        yield f"{path} has less than {wanted} characters"


def _required(value: Any, wanted: Any, _schema: Any, _root: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{path}.{name} is missing" for name in wanted if name not in value)


def _properties(value: Any, wanted: Any, _schema: Any, root: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in wanted.items():
            if name in value:
                yield from _problems(value[name], inner, root, f"{path}.{name}")


def _additional(value: Any, wanted: Any, schema: Any, root: Any, path: str) -> Iterator[str]:
    known = schema.get("properties", {})
    for name in value if isinstance(value, dict) else ():
        if name in known:
            continue
        if wanted is False:
            yield f"{path}.{name} is not known"
        else:
            yield from _problems(value[name], wanted, root, f"{path}.{name}")


def _items(value: Any, wanted: Any, _schema: Any, root: Any, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _problems(one, wanted, root, f"{path}[{index}]")


def _one_of(value: Any, wanted: Any, _schema: Any, root: Any, path: str) -> Iterator[str]:
    fitting = sum(next(_problems(value, one, root, path), None) is None for one in wanted)
    if fitting != 1:
        yield f"{path} fits {fitting} of {len(wanted)} forms"


def _ref(value: Any, wanted: Any, _schema: Any, root: Any, path: str) -> Iterator[str]:
    yield from _problems(value, root["$defs"][wanted.removeprefix("#/$defs/")], root, path)


_WORDS: dict[str, Callable[[Any, Any, Any, Any, str], Iterator[str]]] = {
    "type": _type,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "minimum": _minimum,
    "maximum": _maximum,
    "minLength": _min_length,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "oneOf": _one_of,
    "$ref": _ref,
}
