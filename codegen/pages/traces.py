"""Writes `docs/reference/traces.md` and the JSON Schema beside it: the format of traces."""

from __future__ import annotations

import json
from collections.abc import Iterator

from codegen.pages.markdown import page, table
from dulcimer.trace.json_lines import FieldPart, inner_type, is_tuple, parts_of
from dulcimer.trace.records import (
    FILE_SCHEMA,
    RECORDS,
    VERSION,
    HostAndPort,
    MaskedRange,
    RawBytes,
)
from dulcimer.trace.schema import summary_of, trace_schema

SOURCE = "src/dulcimer/trace/records.py"

_NESTED = {HostAndPort: "host and port", MaskedRange: "masked range", RawBytes: "raw bytes"}
_PLAIN = {str: "text", bytes: "text", int: "whole number", float: "number"}
_MANY = 6
_INTRODUCTION = f"""
The file of a recorded association, or of several: JSON Lines. Each line is one JSON value, in ASCII, and ends with a
line feed. The first line is the header, whose first name is `file_schema`; each other line is an event. Lines are in
the order in which things happened where they were recorded.

The [JSON Schema](trace-{VERSION}.schema.json) says the same for programs. `file_schema` of the header is
`{FILE_SCHEMA}{VERSION}`: a number for the version of the format. Readers of a version skip events and names that
they do not know; anything else that changes gives a new version. The names are those of qlog
(draft-ietf-quic-qlog-main-schema) where it has them; with the separators of RFC 7464 it is a sequence as in qlog.

Bytes are what counts: everything that can be read from them is left to readers. What is left out of them is told, with
place, length and kind, so that the places and lengths of all other bytes stay what they were.
"""
_EVENT = """
| name | type | what it is |
| --- | --- | --- |
| `time` | number | milliseconds after the beginning of the trace |
| `group_id` | text | the association, among those of the file |
| `name` | text | one of the names below |
| `data` | object | as below |
"""


def generate() -> str:
    """The text of the page."""
    return page(
        "Traces",
        SOURCE,
        _INTRODUCTION,
        "## Header",
        "`masking` says what is left out, `vantage_point` who recorded it, `reference_time` when it began.",
        f"```json\n{json.dumps(_example_header(), indent=2)}\n```",
        "## Events",
        _EVENT,
        *(part for kind in RECORDS for part in _section(f"`{kind.event_name}`", kind)),
        "## Parts of events",
        *(part for kind, name in _NESTED.items() for part in _section(name, kind)),
    )


def schema() -> str:
    """The JSON Schema."""
    origin = f"Generated from {SOURCE} by `python -m codegen`: do not edit."
    found = trace_schema()
    return json.dumps({**found, "description": f"{found['description']} {origin}"}, indent=2) + "\n"


def _example_header() -> object:
    from dulcimer.trace.json_lines import header_text
    from dulcimer.trace.records import REQUESTOR, TraceHeader

    return json.loads(header_text(TraceHeader("dulcimer", "an example", REQUESTOR, 0.0)))


def _section(title: str, kind: type) -> Iterator[str]:
    yield f"### {title}"
    yield summary_of(kind)
    yield table(("name", "type", "what it is"), [_row(part) for part in parts_of(kind)])


def _row(part: FieldPart) -> list[str]:
    wanted = inner_type(part.type)
    name = _NESTED.get(wanted) or _PLAIN[wanted]
    if is_tuple(part.type):
        name = f"array of {name}"
    values = part.about.values
    words = part.about.words
    if values:
        shown = values if len(values) <= _MANY else (*values[:2], "...", values[-1])
        words += f": {', '.join(f'`{one}`' if one else 'empty' for one in shown)}"
    return [f"`{part.name}`", name if part.is_required else f"{name}, may be missing", words]
