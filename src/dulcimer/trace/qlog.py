"""A trace as a sequence of JSON texts (RFC 7464), the form that readers of qlog take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dulcimer.captures.chunks import CaptureSource
from dulcimer.trace.json_lines import header_text, line_text
from dulcimer.trace.reading import TraceReader

QLOG_SERIALIZATION: Final = "application/qlog+json-seq"
_SEPARATOR = "\x1e"


def qlog_sequence(source: CaptureSource) -> Iterator[bytes]:
    """The pieces of the file, record by record. Raises OSError, TraceFormatError."""
    reader = TraceReader(source)
    yield _record(header_text(reader.header, QLOG_SERIALIZATION))
    for line in reader:
        yield _record(line_text(line.t, line.group, line.record))


def _record(text: str) -> bytes:
    return f"{_SEPARATOR}{text}\n".encode("ascii")
