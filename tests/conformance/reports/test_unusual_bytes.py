"""The bytes a case is about are found by comparison with what is usual."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.conformance import RequestVariant
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.steps import data_of
from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.report.document import CaseReport, TraceEntry, read
from dulcimer.conformance.report.unusual import first_unusual_byte, usual_pdus
from dulcimer.conformance.stimuli.requests import Titles, request_bytes
from dulcimer.wire.fieldmap import field_map

REQUEST = request_bytes(Titles(), RequestVariant())
USUAL = {REQUEST[0]: REQUEST}
CASES: dict[str, Case] = {case.id: case for case in acceptor_cases(Titles())}


def field_at(pdu: bytes, offset: int) -> str:
    return next(field.path for field in field_map(pdu) if field.offset <= offset < field.offset + field.size)


@pytest.mark.parametrize(
    ("case", "path"),
    [
        ("enc.version.0003", "protocol_version"),
        ("enc.item.unknown.top", "variable_items[3].item_type"),
        ("enc.item.unknown.context", "variable_items[1].sub_items[2].item_type"),
        ("enc.reserved.items", "variable_items[0].reserved_2"),
        ("enc.length.rq-2gib", "pdu_length"),
        ("enc.length.rq-0", "pdu_length"),
        ("enc.user.missing", "pdu_length"),
        ("enc.pc.syntax.65-characters", "variable_items[1].sub_items[0].abstract_syntax_name"),
        ("enc.aet.called-unknown", "called_ae_title"),
    ],
)
def test_field_that_a_case_is_about_is_found(case: str, path: str) -> None:
    pdu = data_of(CASES[case].injection.steps[-1])
    assert field_at(pdu, first_unusual_byte(pdu, USUAL)) == path


def test_usual_pdu_has_nothing_unusual() -> None:
    assert first_unusual_byte(REQUEST, USUAL) == -1
    assert first_unusual_byte(REQUEST, {}) == -1


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda data: REQUEST[:40] + data))
def test_byte_lies_within_any_pdu(data: bytes) -> None:
    found = first_unusual_byte(data, USUAL)
    assert -1 <= found < max(1, len(data))


def sent(*pdus: bytes) -> CaseReport:
    row = {"id": "enc.x", "clause": "", "requirement": "", "severity": "S2", "verdict": "OK"}
    case = read({"schema": 1, "peer": {"host": "", "port": 0}, "cases": [row]}).cases[0]
    return replace(case, trace=tuple(TraceEntry(0.0, Kind.SENT, "", pdu, len(pdu)) for pdu in pdus))


def test_what_is_sent_whole_most_often_is_usual() -> None:
    other = data_of(CASES["enc.version.0003"].injection.steps[-1])
    cases = [sent(REQUEST), sent(other), sent(REQUEST), *(sent(*(REQUEST[n : n + 1] for n in range(9))),) * 9]
    assert usual_pdus(cases) == USUAL
