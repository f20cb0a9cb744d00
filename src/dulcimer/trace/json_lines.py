"""Records as JSON and back, by the fields of their classes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, get_args, get_type_hints

from dulcimer.errors import DulcimerError
from dulcimer.trace.records import (
    EVENT_SCHEMA,
    FILE_SCHEMA,
    RECORDS,
    VANTAGE_TYPES,
    VERSION,
    About,
    HostAndPort,
    MaskedRange,
    RawBytes,
    TraceHeader,
    TraceRecord,
    UnknownRecord,
)

SERIALIZATION: Final = "application/jsonl"
MILLISECONDS: Final = 1000.0
_CLASSES: Final = {kind.event_name: kind for kind in RECORDS}
_VANTAGES: Final = {name: vantage for vantage, name in VANTAGE_TYPES.items()}
_NESTED: Final = (HostAndPort, MaskedRange, RawBytes)


class TraceFormatError(DulcimerError, ValueError):
    """A file, or a line of it, is not a trace that can be read; the message says why."""


def line_text(t: float, group: str, record: TraceRecord) -> str:
    """The line of an event at `t`, in seconds after the beginning; without a line end."""
    return time_text(t) + after_time(group, record)


def after_time(group: str, record: TraceRecord) -> str:
    """The line of an event, without its beginning with the time, and without a line end."""
    head = f',"group_id":{json.dumps(group)},"name":"{record.event_name}","data":'
    return f"{head}{_dumped(record_json(record))}}}"


def time_text(t: float) -> str:
    """The beginning of a line at `t`, in seconds after the beginning."""
    return f'{{"time":{t * MILLISECONDS:.3f}'


def record_json(record: TraceRecord) -> Any:
    """The data of a record as values for JSON; fields that have their default are left out."""
    return record.data if isinstance(record, UnknownRecord) else _json_of(record)


def record_of(name: str, data: Any) -> TraceRecord:
    """The record that a line has. Raises TraceFormatError."""
    kind = _CLASSES.get(name)
    if kind is None:
        return UnknownRecord(name, data)
    found: TraceRecord = _value_of(kind, data, "data")
    return found


def header_text(header: TraceHeader, serialization: str = SERIALIZATION) -> str:
    """The first line; without a line end. `serialization`: how the lines are put together."""
    reference: dict[str, Any] = {"clock_type": "monotonic", "epoch": "unknown"}
    if header.begun is not None:
        when = datetime.fromtimestamp(header.begun, UTC).isoformat(timespec="microseconds")
        reference["wall_clock_time"] = when.replace("+00:00", "Z")
    whole = {
        "file_schema": f"{FILE_SCHEMA}{VERSION}",
        "serialization_format": serialization,
        "producer": header.producer,
        "title": header.title,
        "masking": {
            "data_sets": header.masks_data_sets,
            "secrets": header.masks_secrets,
            "pseudonyms": header.pseudonyms,
        },
        "trace": {
            "vantage_point": {"name": header.vantage, "type": VANTAGE_TYPES[header.vantage]},
            "common_fields": {"time_format": "relative_to_epoch", "reference_time": reference},
            "event_schemas": [EVENT_SCHEMA],
        },
    }
    return _dumped(whole)


def header_of(value: Any) -> TraceHeader:
    """The header that a first line has. Raises TraceFormatError."""
    schema = value.get("file_schema") if isinstance(value, dict) else None
    if not isinstance(schema, str) or not schema.startswith(FILE_SCHEMA):
        raise TraceFormatError("the first line is not the header of a trace of dulcimer")
    version = schema.removeprefix(FILE_SCHEMA)
    if version != str(VERSION):
        raise TraceFormatError(
            f"the trace has version {version[:20]} of the format; only version {VERSION} can be read"
        )
    masking, trace = _part(value, "masking"), _part(value, "trace")
    point, common = _part(trace, "vantage_point"), _part(trace, "common_fields")
    when = _part(common, "reference_time").get("wall_clock_time")
    return TraceHeader(
        producer=str(value.get("producer", "")),
        title=str(value.get("title", "")),
        vantage=_VANTAGES.get(str(point.get("type")), ""),
        begun=None if when is None else _seconds(when),
        masks_data_sets=masking.get("data_sets") is True,
        masks_secrets=masking.get("secrets") is True,
        pseudonyms=masking.get("pseudonyms") is True,
    )


def _seconds(when: Any) -> float:
    try:
        return datetime.fromisoformat(when).timestamp()
    except (TypeError, ValueError, OverflowError) as error:
        raise TraceFormatError("the wall_clock_time of the header is not a time of ISO 8601") from error


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name, {})
    if not isinstance(found, dict):
        raise TraceFormatError(f"{name} of the header is not an object")
    return found


def _dumped(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


# ------------------------------------------------------------------ fields


class FieldPart(NamedTuple):
    """A field of a class: its name in the file and in Python, what is said about it, its type, its default."""

    name: str
    attribute: str
    about: About
    type: Any
    default: Any

    @property
    def is_required(self) -> bool:
        """Whether it is always in the file."""
        return self.default is MISSING


def parts_of(kind: type) -> tuple[FieldPart, ...]:
    """The fields of a class."""
    return _PARTS[kind]


def _read_parts(kind: Any) -> tuple[FieldPart, ...]:
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for one in fields(kind):
        wanted, about = get_args(hints[one.name])
        found.append(FieldPart(about.name or one.name, one.name, about, wanted, one.default))
    return tuple(found)


_PARTS: Final[dict[type, tuple[FieldPart, ...]]] = {kind: _read_parts(kind) for kind in (*RECORDS, *_NESTED)}


def inner_type(hint: Any) -> Any:
    """The type of the values, without None; of a tuple, that of its elements."""
    found = [one for one in get_args(hint) if one not in (type(None), Ellipsis)]
    return found[0] if found else hint


def is_tuple(hint: Any) -> bool:
    """Whether there are any number of values."""
    return Ellipsis in get_args(hint)


def _json_of(record: Any) -> dict[str, Any]:
    return dict(_members(record))


def _members(record: Any) -> Iterator[tuple[str, Any]]:
    for part in parts_of(type(record)):
        value = getattr(record, part.attribute)
        if part.is_required or value != part.default:
            yield part.name, _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return _json_of(value) if isinstance(value, _NESTED) else value


def _value_of(kind: type, data: Any, path: str) -> Any:
    """An object of a class. Raises TraceFormatError."""
    if not isinstance(data, dict):
        raise TraceFormatError(f"{path} is not an object")
    given: dict[str, Any] = {}
    for part in parts_of(kind):
        if part.name in data:
            given[part.attribute] = _field_value(part, data[part.name], f"{path}.{part.name}")
        elif part.is_required:
            raise TraceFormatError(f"{path}.{part.name} is missing")
    found = kind(**given)
    if isinstance(found, RawBytes):
        _check_lengths(found, path)
    return found


def _field_value(part: FieldPart, value: Any, path: str) -> Any:
    if value is None and type(None) in get_args(part.type):
        return None
    wanted = inner_type(part.type)
    if is_tuple(part.type):
        if not isinstance(value, list):
            raise TraceFormatError(f"{path} is not an array")
        return tuple(_value_of(wanted, each, f"{path}[{index}]") for index, each in enumerate(value))
    if wanted in _NESTED:
        return _value_of(wanted, value, path)
    found = _TAKERS[wanted](value, path)
    values = part.about.values
    if values and found not in values:
        raise TraceFormatError(f"{path} is {found!r}, not one of {', '.join(map(repr, values))}")
    return found


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise TraceFormatError(f"{path} is not a text")
    return value


def _number(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TraceFormatError(f"{path} is not a whole number from 0 on")
    return value


def _decimal(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise TraceFormatError(f"{path} is not a number from 0 on")
    return float(value)


def _bytes(value: Any, path: str) -> bytes:
    try:
        return bytes.fromhex(_text(value, path))
    except ValueError as error:
        raise TraceFormatError(f"{path} does not have the form of hexadecimal digits in pairs") from error


_TAKERS: Final[dict[type, Callable[[Any, str], Any]]] = {str: _text, int: _number, float: _decimal, bytes: _bytes}


def _check_lengths(raw: RawBytes, path: str) -> None:
    """What is kept and what is left out are together as long as what was sent, and nothing is twice."""
    at = 0
    for one in raw.masked:
        if one.at < at:
            raise TraceFormatError(f"{path}.masked has a place that overlaps the one before")
        at = one.at + one.size
    if at > raw.length or len(raw.data) + sum(one.size for one in raw.masked) != raw.length:
        kept, left_out = len(raw.data), sum(one.size for one in raw.masked)
        raise TraceFormatError(f"{path}: {kept} bytes kept and {left_out} left out do not make {raw.length}")
