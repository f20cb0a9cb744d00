"""Matches that are written without data sets are, byte for byte, those that pydicom writes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from dulcimer.archive.index.attributes import Attribute, attributes
from dulcimer.archive.query.answers import AnswerWriter, answer_of
from dulcimer.archive.query.identifier import Model, parse_query
from dulcimer.archive.values.matching import clean
from dulcimer.dimse.data_set import EXPLICIT_BIG, encode_data_set
from dulcimer.errors import EncodeError
from support.instances import EXPLICIT, keys

IMPLICIT = "1.2.840.10008.1.2"
PLAIN = {
    "UI": ["1.2.3", "1.2.34"],
    "DA": ["20240101", "2024010", "20240101\\20240102"],
    "TM": ["1200", "120000.5"],
    "DT": ["20240101120000.000000&ZZXX", "20240101120000+0100"],
    "IS": ["1", "007", "-1", "+5", "1.5", "x", "12345678901", "1\\2"],
    "DS": ["1", "1.50", "-1e5", "x", "1\\2\\3"],
    "US": ["1", "512", "65536", "-1", "x", "1\\2"],
    "PN": ["DOE^JANE", "A=B=C", "A==", "A^B\\C^D"],
}
ANY = st.sampled_from(["", "text", "a\\b", "ü", "\x1b(B", "a\tb", "é^ß", "日本", "x" * 3]) | st.text(max_size=5)


def texts_of(attribute: Attribute) -> st.SearchStrategy[str]:
    if attribute.is_sequence:
        item = Dataset()
        item.CodeValue = "A"
        return st.sampled_from(["", json.dumps([item.to_json_dict()])])
    plain = PLAIN.get(attribute.vr)
    drawn = st.just("") | (ANY if plain is None else st.sampled_from(plain) | ANY)
    # As the index has them.
    return drawn.map(lambda text: "\\".join(clean(attribute.vr, value) for value in text.split("\\")))


QUERY = parse_query(
    Model.STUDY_ROOT, keys("IMAGE", **{one.keyword: "" for one in attributes().values()}), relational=True
)
COLUMNS = {one.column: texts_of(one) for one in QUERY.supported}


def as_pydicom_writes(row: dict[str, Any], syntax: str) -> bytes | None:
    try:
        return encode_data_set(answer_of(QUERY, row, "TITLE"), syntax)
    except EncodeError:
        return None


ROWS = st.lists(st.sampled_from(sorted(COLUMNS)), max_size=6, unique=True).flatmap(
    lambda chosen: st.fixed_dictionaries({column: COLUMNS[column] for column in chosen})
)


@settings(max_examples=60)
@given(ROWS, st.sampled_from([IMPLICIT, EXPLICIT, EXPLICIT_BIG, "1.2.840.10008.1.2.1.99"]))
@example({"rows": "512", "instance_number": "3", "patient_name": "DOE^J"}, EXPLICIT)
@example({"patient_name": "MÜLLER^J"}, IMPLICIT)
def test_written_match_is_that_of_pydicom(values: dict[str, str], syntax: str) -> None:
    row = dict.fromkeys(COLUMNS, "") | values
    written = AnswerWriter(QUERY, "TITLE", syntax).write(dict(row))
    assert (written if isinstance(written, bytes) else None) == as_pydicom_writes(row, syntax)


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT])
def test_plain_match_is_written_without_a_data_set(syntax: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = dict.fromkeys(COLUMNS, "") | {"patient_name": "DOE^J", "sop_instance_uid": "1.2.3", "instance_number": "17"}
    expected = as_pydicom_writes(row, syntax)
    writer = AnswerWriter(QUERY, "TITLE", syntax)
    writer.write(dict(row))  # what is empty is remembered
    monkeypatch.setattr("dulcimer.archive.query.answers.encode_data_set", None)
    monkeypatch.setattr("dulcimer.archive.query.answers.answer_of", None)
    assert writer.write(dict(row)) == expected
