"""Small parts of the page, which escape whatever a target can have a say in."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from html import escape

from dulcimer.escaping import escaped

_GROUP = 8
_SHOWN = 512
"""Bytes of a step that are shown; the reproducer has all of them."""
_AROUND = 64


def safe(text: str) -> str:
    """The text as HTML, with unprintable characters in a visible form."""
    return escape(escaped(text))


def code(text: str) -> str:
    """The text as it is written in a file or on a command line."""
    return f"<code>{safe(text)}</code>"


def facts(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A list of names and facts, which are HTML; empty facts are left out."""
    yield "<dl>"
    yield from (f"<dt>{name}</dt><dd>{html}</dd>" for name, html in rows if html)
    yield "</dl>"


def sentences(texts: Iterable[str], none: str) -> Iterator[str]:
    """A list of sentences; `none` if there are none."""
    listed = list(texts)
    if not listed:
        yield f"<p>{none}</p>"
        return
    yield "<ul class=sentences>"
    yield from (f"<li>{safe(text)}</li>" for text in listed)
    yield "</ul>"


def download(label: str, name: str, kind: str, data: bytes) -> str:
    """A link that saves data, which are in the page, as a file."""
    encoded = base64.b64encode(data).decode()
    return f'<a class=download download="{safe(name)}" href="data:{kind};base64,{encoded}">{safe(label)}</a>'


def hexadecimal(data: bytes, marked: tuple[int, int] = (0, 0)) -> Iterator[str]:
    """Bytes in groups of eight, with those from `marked[0]` to before `marked[1]` highlighted.

    Of many bytes the first ones and those around the highlighted ones are shown.
    """
    yield "<p class=octets>"
    end = 0
    for start, stop in _windows(len(data), marked[0]):
        if start > end:
            yield f"<i class=left-out>{start - end:,} bytes are not shown</i>"
        for at in range(start, stop, _GROUP):
            yield _octets(data, at, min(at + _GROUP, stop), marked)
        end = stop
    if end < len(data):
        yield f"<i class=left-out>{len(data) - end:,} more bytes are in the reproducer</i>"
    yield "</p>"


def _windows(size: int, first: int) -> list[tuple[int, int]]:
    if size <= _SHOWN or first < _SHOWN - _AROUND:
        return [(0, min(size, _SHOWN))]
    start = (first - _AROUND) // _GROUP * _GROUP
    return [(0, _AROUND), (start, min(size, start + _SHOWN - _AROUND))]


def _octets(data: bytes, start: int, stop: int, marked: tuple[int, int]) -> str:
    low, high = (min(max(edge, start), stop) for edge in marked)
    parts = [data[start:low].hex(" "), data[low:high].hex(" "), data[high:stop].hex(" ")]
    if parts[1]:
        parts[1] = f"<mark>{parts[1]}</mark>"
    return f'<i title="from byte {start + 1}">{" ".join(filter(None, parts))}</i>'
