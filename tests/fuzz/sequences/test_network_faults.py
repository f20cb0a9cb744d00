"""Faults as the steps that a sender plays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dulcimer.fuzz.sequences.faults import MOST_SINGLE, Coalesce, Drip, NetworkFault, steps_of_fault
from dulcimer.fuzz.sequences.steps import Chunks, Close, HalfClose, Pause, Reset, SendBytes
from dulcimer.wire.faults import Disconnect, Drop, Duplicate, Flip, Overwrite, Replace, Split, Truncate, pieces

STEP = SendBytes(b"0123456789", "a PDU", ("a change",))


def test_faults_of_time_and_of_the_connection_are_steps_around_the_bytes() -> None:
    assert steps_of_fault(Pause(1.0), STEP) == (Pause(1.0), STEP)
    assert steps_of_fault(HalfClose(), STEP) == (STEP, HalfClose())
    assert steps_of_fault(Reset(), STEP) == (Reset(),)
    assert steps_of_fault(Disconnect(), STEP) == (Close(),)
    assert steps_of_fault(Coalesce(), STEP) == (STEP,)
    assert steps_of_fault(Drop(), STEP) == ()


@given(st.binary(max_size=50), st.integers(-2, 60), st.sampled_from((0.0, 0.5)))
def test_cutting_changes_no_byte(data: bytes, at: int, seconds: float) -> None:
    for fault in (Split(at), Drip(seconds)):
        steps = steps_of_fault(fault, SendBytes(data, ""))
        assert b"".join(one.data for one in steps if isinstance(one, SendBytes | Chunks)) == data


@given(st.binary(min_size=1, max_size=20), st.data())
def test_bytes_are_changed_as_everywhere_else(data: bytes, draw: st.DataObject) -> None:
    faults: tuple[NetworkFault, ...] = (Drop(), Duplicate(), Truncate(3), Flip(1), Overwrite(2, b"xy"), Replace(b"z"))
    fault = draw.draw(st.sampled_from(faults))
    assert isinstance(fault, Drop | Duplicate | Truncate | Flip | Overwrite | Replace)
    steps = steps_of_fault(fault, SendBytes(data, "name", ("change",)))
    assert list(steps) == [SendBytes(piece, "name", ("change",)) for piece in pieces(fault, data)]


def test_a_long_pdu_is_not_sent_byte_by_byte_for_hours() -> None:
    (step,) = steps_of_fault(Drip(0.1), SendBytes(bytes(MOST_SINGLE + 500), ""))
    assert isinstance(step, Chunks)
    assert [len(piece) for piece in step.pieces()] == [1] * MOST_SINGLE + [500]
