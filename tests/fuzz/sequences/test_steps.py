"""Steps and sequences are written as JSON and read again; what is not a sequence is refused with its own error."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.fsm import Events, States
from dulcimer.fuzz.sequences.steps import (
    AwaitReply,
    Chunks,
    Close,
    FuzzSequence,
    HalfClose,
    Pause,
    RefuseConnection,
    Reset,
    SendBytes,
    SequenceFormatError,
)

texts = st.text(max_size=8)
seconds = st.floats(0, 60)
sent = (st.binary(max_size=40), texts, st.lists(texts, max_size=3).map(tuple))
steps = st.one_of(
    st.builds(SendBytes, *sent),
    st.builds(Chunks, *sent, st.lists(st.integers(0, 30), max_size=5).map(tuple), seconds),
    st.builds(AwaitReply, st.lists(texts, max_size=3).map(tuple)),
    st.builds(Pause, seconds),
    st.sampled_from((HalfClose(), Reset(), Close(), RefuseConnection())),
)
sequences = st.builds(
    FuzzSequence,
    st.sampled_from(("acceptor", "requestor")),
    st.lists(steps, max_size=6).map(tuple),
    st.none() | st.tuples(st.sampled_from(Events), st.sampled_from(States)),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(sequences)
def test_a_sequence_that_is_written_and_read_again_is_the_same(sequence: FuzzSequence) -> None:
    again = FuzzSequence.from_json(json.loads(json.dumps(sequence.to_json())))
    assert again == sequence
    assert again.digest == sequence.digest


@given(sequences, sequences)
def test_the_digest_names_one_sequence(one: FuzzSequence, other: FuzzSequence) -> None:
    assert (one.digest == other.digest) == (one == other)


@given(st.builds(Chunks, *sent, st.lists(st.integers(-2, 30), max_size=5).map(tuple)))
def test_pieces_are_the_data_and_none_is_empty(chunks: Chunks) -> None:
    pieces = list(chunks.pieces())
    assert b"".join(pieces) == chunks.data
    assert all(pieces)


@given(sequences, st.data())
def test_a_damaged_file_is_refused_by_its_own_error_or_read(sequence: FuzzSequence, data: st.DataObject) -> None:
    value = sequence.to_json()
    place: object = value
    while isinstance(place, dict | list) and place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        inner = place[key]
        if not isinstance(inner, dict | list) or data.draw(st.booleans()):
            place[key] = data.draw(json_values)
            break
        place = inner
    with contextlib.suppress(SequenceFormatError):
        FuzzSequence.from_json(value)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"role": "both"},
        {"role": []},
        {"cell": "Evt20-Sta1"},
        {"steps": [{"do": "jump"}]},
        {"steps": [{"do": "pause", "seconds": "1"}]},
        {"steps": [{"do": "pause", "seconds": -1}]},
        {"steps": [{"do": "pause", "seconds": 10**400}]},
        {"steps": [{"do": "pause", "seconds": float("nan")}]},
        {"steps": [{"do": "send", "data": "0g", "label": ""}]},
        {"steps": [{"do": "chunks", "data": "", "label": "", "sizes": [-1], "seconds": 0}]},
    ],
    ids=str,
)
def test_what_is_not_of_this_form_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(SequenceFormatError):
        FuzzSequence.from_json(FuzzSequence("acceptor").to_json() | change)


def test_the_form_in_files() -> None:
    """Reproducers that were written once have to be read later, too: this text may not change within a version."""
    sequence = FuzzSequence(
        "acceptor",
        (SendBytes(b"\x05\0", "A-RELEASE-RQ", ("cut",)), AwaitReply(("A-ABORT",)), Pause(1), HalfClose(), Close()),
        (Events.EVT_12, States.STA_6),
    )
    assert sequence.canonical.decode() == (
        '{"cell":"Evt12-Sta6","role":"acceptor","steps":['
        '{"data":"0500","do":"send","label":"A-RELEASE-RQ","operators":["cut"]},'
        '{"do":"await","kinds":["A-ABORT"]},{"do":"pause","seconds":1.0},{"do":"half-close"},{"do":"close"}],'
        '"version":1}'
    )
