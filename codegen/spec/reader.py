"""TOML into dataclasses: the fields of a dataclass are the keys that its table must or may have."""

from __future__ import annotations

import re
import tomllib
import types
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast, get_args, get_origin, get_type_hints

_Row = TypeVar("_Row")

_CLAUSE = re.compile(r"PS3\.\d+ \S.*")
_WORDS: dict[type, str] = {str: "text", int: "an integer", bool: "true or false"}

MAY_BE_EMPTY = {"may_be_empty": True}
"""Metadata of a text field for which "" is a value."""


class SpecError(Exception):
    """Something in `spec/` is wrong; the message names file, key and what was expected."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a spec file, for messages."""

    file: str
    key: str = ""

    def at(self, key: object) -> Place:
        """The place of a key below this one."""
        return Place(self.file, f"{self.key}.{key}" if self.key else str(key))

    def fail(self, problem: str) -> NoReturn:
        """Raise SpecError for this place."""
        raise SpecError(f"{self.file}: {self.key}: {problem}" if self.key else f"{self.file}: {problem}")


def read(kind: type[_Row], path: Path, root: Path) -> tuple[_Row, Place]:
    """The file at `path` as a `kind`, and its place, named from `root`."""
    place = Place(path.relative_to(root).as_posix())
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        place.fail("the file does not exist")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        place.fail(f"not TOML: {error}")
    return cast("_Row", _convert(kind, data, place)), place


def _convert(kind: Any, value: object, place: Place, *, may_be_empty: bool = False) -> object:
    if isinstance(kind, types.UnionType):
        (kind,) = (part for part in get_args(kind) if part is not type(None))
    if is_dataclass(kind):
        return _table(cast("type", kind), value, place)
    origin = get_origin(kind)
    if origin is dict:
        if not isinstance(value, dict):
            place.fail(f"expected a table, found {_shown(value)}")
        return {key: _convert(get_args(kind)[1], row, place.at(key)) for key, row in value.items()}
    if origin is tuple:
        if not isinstance(value, list):
            place.fail(f"expected a list, found {_shown(value)}")
        element = get_args(kind)[0]
        return tuple(_convert(element, row, place.at(number), may_be_empty=True) for number, row in enumerate(value, 1))
    if type(value) is not kind:
        place.fail(f"expected {_WORDS[kind]}, found {_shown(value)}")
    if value == "" and not may_be_empty:
        place.fail("expected text, found nothing")
    return value


def _table(kind: type, value: object, place: Place) -> object:
    if not isinstance(value, dict):
        place.fail(f"expected a table, found {_shown(value)}")
    known = {field.name.rstrip("_"): field for field in fields(kind)}
    for key in value:
        if key not in known:
            place.fail(f"unknown key {key!r}, expected one of {', '.join(known)}")
    hints = get_type_hints(kind)
    arguments = {}
    for key, field in known.items():
        if key in value:
            arguments[field.name] = _convert(
                hints[field.name], value[key], place.at(key), may_be_empty=bool(field.metadata)
            )
            if key == "clause" and not _CLAUSE.fullmatch(value[key]):
                place.at(key).fail(f"expected a clause such as 'PS3.8 9.3.2', found {value[key]!r}")
        elif not _has_default(field):
            place.fail(f"key {key!r} is missing, expected {_expected(hints[field.name])}")
    return kind(**arguments)


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _expected(kind: Any) -> str:
    if get_origin(kind) is tuple:
        return "a list"
    return _WORDS.get(kind, "a table")


def _shown(value: object) -> str:
    return "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else repr(value)


def check_choice(value: str, choices: tuple[str, ...], place: Place) -> None:
    """Fail at `place` unless `value` is one of `choices`."""
    if value not in choices:
        place.fail(f"unknown value {value!r}, expected one of {', '.join(choices)}")


def check_unique(values: dict[str, object], place: Place, what: str) -> None:
    """Fail at `place` if two keys have the same value."""
    seen: dict[object, str] = {}
    for key, value in values.items():
        if value in seen:
            shown = f"{value:#06x}" if isinstance(value, int) else repr(value)
            place.at(key).fail(f"duplicate {what} {shown}, {seen[value]} has it already")
        seen[value] = key
