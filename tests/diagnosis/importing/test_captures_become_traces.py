"""An imported capture is judged as the capture is, says what is missing, and keeps the numbers of the frames."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.captures import pcapng
from dulcimer.diagnosis.importing.from_capture import import_capture
from dulcimer.diagnosis.judging.judge import EventJudge
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict
from dulcimer.learn.labs.turns import ACCEPT, RELEASE, RELEASED, REQUEST, C, S, pdata
from dulcimer.trace.as_capture import TraceAsCapture
from dulcimer.trace.masking import Masks
from dulcimer.trace.reading import TraceReader
from dulcimer.trace.records import PduPassed
from support.captures.judged_captures import captured, frame, judged, violations
from support.captures.lawful_associations import RUNS, disturbed, played
from support.captures.planted_captures import CAPTURES, Planted

OPEN = Masks(data_sets=False, secrets=False)


def imported(capture: bytes, masks: Masks = OPEN) -> bytes:
    written = io.BytesIO()
    import_capture(capture, written, masks)
    return written.getvalue()


def verdicts_on(trace: bytes) -> list[AssociationVerdict]:
    reader = TraceReader(trace)
    events = TraceAsCapture(reader, reader.header.begun)
    judge = EventJudge(was_masked=events.was_masked)
    found = [judge.take(event) for event in events]
    return [one for one in found if isinstance(one, AssociationVerdict)]


@pytest.mark.parametrize("masks", [OPEN, Masks()], ids=["raw", "masked"])
@pytest.mark.parametrize("planted", CAPTURES, ids=lambda one: one.name)
def test_the_trace_has_the_verdict_of_the_capture(planted: Planted, masks: Masks) -> None:
    capture, _ = planted.made()
    (expected,) = judged(capture)
    (found,) = verdicts_on(imported(capture, masks))
    assert found.outcome is expected.outcome
    assert {(one.end, one.rule) for one in violations(found)} == {(one.end, one.rule) for one in violations(expected)}


@given(RUNS, st.randoms(use_true_random=False))
def test_no_violation_comes_in_by_the_import(numbers: list[int], chance: object) -> None:
    capture = pcapng.write(disturbed(played(numbers).packets, chance), application="test")
    if not judged(capture):
        return
    assert [violations(one) for one in verdicts_on(imported(capture)) if violations(one)] == []


def test_each_pdu_has_its_frames() -> None:
    trace = TraceReader(imported(captured([(C, REQUEST), (S, ACCEPT), (C, RELEASE), (S, RELEASED)])))
    frames = [(one.record.first_frame, one.record.frame) for one in trace if isinstance(one.record, PduPassed)]
    assert frames == [(frame(turn), frame(turn)) for turn in range(4)]


def test_data_sets_are_left_out_unless_they_are_wanted() -> None:
    secret = b"PATIENT^NAME" * 20
    capture = captured([(C, REQUEST), (S, ACCEPT), (C, pdata((1, 0, secret)))], closes=())
    assert secret.hex().encode() not in imported(capture, Masks())
    assert secret.hex().encode() in imported(capture)
