"""The JSON Schema of a line of a trace, from the classes of the records."""

from __future__ import annotations

from typing import Any, Final

from dulcimer.trace.json_lines import SERIALIZATION, FieldPart, inner_type, is_tuple, parts_of
from dulcimer.trace.qlog import QLOG_SERIALIZATION
from dulcimer.trace.records import (
    EVENT_SCHEMA,
    FILE_SCHEMA,
    RECORDS,
    VANTAGE_TYPES,
    VERSION,
    HostAndPort,
    MaskedRange,
    RawBytes,
)

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_PLAIN: Final[dict[type, dict[str, Any]]] = {
    str: {"type": "string"},
    bytes: {"type": "string"},
    int: {"type": "integer", "minimum": 0},
    float: {"type": "number", "minimum": 0},
}
_NESTED: Final = {HostAndPort: "host_and_port", MaskedRange: "masked_range", RawBytes: "raw_bytes"}


def trace_schema() -> dict[str, Any]:
    """A line of a file is the header or an event; readers of this version skip events and names they do not know."""
    return {
        "$schema": _DIALECT,
        "$id": f"{FILE_SCHEMA}{VERSION}",
        "title": f"One line of a trace of dulcimer, version {VERSION}",
        "description": "The first line is the header, each other line an event. Every line is one JSON value.",
        "oneOf": [{"$ref": "#/$defs/header"}, *({"$ref": f"#/$defs/{kind.event_name}"} for kind in RECORDS)],
        "$defs": {
            "header": _HEADER,
            **{kind.event_name: _event(kind) for kind in RECORDS},
            **{name: _object_of(kind) for kind, name in _NESTED.items()},
        },
    }


def summary_of(kind: type) -> str:
    """The first paragraph of a docstring, in one line."""
    return " ".join((kind.__doc__ or "").partition("\n\n")[0].split())


def _event(kind: Any) -> dict[str, Any]:
    members = {
        "time": {"type": "number", "description": "milliseconds after the beginning of the trace"},
        "group_id": {"type": "string", "description": "the association, among those of the file"},
        "name": {"const": kind.event_name},
        "data": _object_of(kind),
    }
    return _object(members, list(members), summary_of(kind))


def _object_of(kind: type) -> dict[str, Any]:
    parts = parts_of(kind)
    required = [part.name for part in parts if part.is_required]
    return _object({part.name: _member(part) for part in parts}, required, summary_of(kind))


def _member(part: FieldPart) -> dict[str, Any]:
    wanted = inner_type(part.type)
    words = {"description": part.about.words}
    if wanted in _NESTED:
        inner: dict[str, Any] = {"$ref": f"#/$defs/{_NESTED[wanted]}"}
        return {**words, "type": "array", "items": inner} if is_tuple(part.type) else {**words, **inner}
    found = {**words, **_PLAIN[wanted]}
    if part.about.values:
        found["enum"] = list(part.about.values)
    if part.about.pattern:
        found["pattern"] = part.about.pattern
    return found


def _object(members: dict[str, Any], required: list[str], words: str) -> dict[str, Any]:
    return {
        "description": words,
        "type": "object",
        "properties": members,
        "required": required,
        "additionalProperties": False,
    }


_HEADER: Final = _object(
    {
        "file_schema": {"const": f"{FILE_SCHEMA}{VERSION}"},
        "serialization_format": {"enum": [SERIALIZATION, QLOG_SERIALIZATION]},
        "producer": {"type": "string", "description": "the program that wrote the file"},
        "title": {"type": "string"},
        "masking": _object(
            {
                "data_sets": {"type": "boolean", "description": "data sets are left out"},
                "secrets": {"type": "boolean", "description": "user identities are left out (58H, 59H)"},
                "pseudonyms": {"type": "boolean", "description": "AE titles and addresses are not the real ones"},
            },
            ["data_sets", "secrets", "pseudonyms"],
            "What is not as it was on the wire.",
        ),
        "trace": _object(
            {
                "vantage_point": _object(
                    {
                        "name": {"enum": list(VANTAGE_TYPES)},
                        "type": {"enum": list(VANTAGE_TYPES.values())},
                    },
                    ["name", "type"],
                    "Who recorded it: an end of all associations, or one between them; empty if not always the same.",
                ),
                "common_fields": _object(
                    {
                        "time_format": {"const": "relative_to_epoch"},
                        "reference_time": _object(
                            {
                                "clock_type": {"const": "monotonic"},
                                "epoch": {"const": "unknown"},
                                "wall_clock_time": {"type": "string", "description": "ISO 8601, in UTC"},
                            },
                            ["clock_type", "epoch"],
                            "The beginning of the trace: times are counted from it.",
                        ),
                    },
                    ["time_format", "reference_time"],
                    "What holds for all events.",
                ),
                "event_schemas": {"type": "array", "items": {"const": EVENT_SCHEMA}},
            },
            ["vantage_point", "common_fields", "event_schemas"],
            "The names of qlog (draft-ietf-quic-qlog-main-schema).",
        ),
    },
    ["file_schema", "serialization_format", "producer", "title", "masking", "trace"],
    "The first line.",
)
