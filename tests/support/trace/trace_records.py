"""Records of traces for properties, from the fields of their classes."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dulcimer.trace.json_lines import FieldPart, inner_type, parts_of
from dulcimer.trace.masking import without
from dulcimer.trace.records import RECORDS, HostAndPort, MaskedRange, RawBytes, TraceRecord


@st.composite
def raw_bytes(draw: st.DrawFn) -> RawBytes:
    """Bytes of which ranges are left out, and perhaps the end."""
    data = draw(st.binary(max_size=60))
    cuts = sorted(draw(st.sets(st.integers(0, len(data)), max_size=6)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    ranges = [MaskedRange(start, stop - start, draw(st.sampled_from(["data set", "secret"]))) for start, stop in pairs]
    return without(data, ranges, draw(st.none() | st.integers(0, 1 << 40)))


def _of(part: FieldPart) -> SearchStrategy[Any]:
    wanted = inner_type(part.type)
    found: SearchStrategy[Any]
    if part.about.values:
        found = st.sampled_from(part.about.values)
    elif wanted is RawBytes:
        found = raw_bytes()
    elif wanted is HostAndPort:
        found = st.builds(HostAndPort, st.text(max_size=20), st.integers(0, 65535))
    elif wanted is str:
        found = st.text(max_size=30)
    else:
        found = st.integers(0, 1 << 40) if wanted is int else st.floats(0, 1e6)
    return st.none() | found if type(None) in get_args(part.type) else found


def trace_records() -> SearchStrategy[TraceRecord]:
    """A record of any kind, with any values."""
    return st.one_of(*(st.builds(kind, **{part.attribute: _of(part) for part in parts_of(kind)}) for kind in RECORDS))
