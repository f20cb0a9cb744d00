"""Overrides set any field, lengths too, and leave all other bytes correct."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.errors import EncodeError
from dulcimer.wire import model
from dulcimer.wire.codec import encode
from dulcimer.wire.fieldmap import field_map
from support.wire_strategies import legal_pdus, wrong_pdus

RQ = model.AssociateRq(
    "CALLED",
    "CALLING",
    (
        model.ApplicationContext("1.2"),
        model.PresentationContextRq.of(1, "1.3", "1.4"),
        model.UserInformation((model.MaximumLength(0), model.ImplementationClassUid("1.5"))),
    ),
)


@given(legal_pdus() | wrong_pdus(), st.data())
def test_any_field_can_be_overwritten_in_its_width(pdu: model.Pdu, data: st.DataObject) -> None:
    plain = encode(pdu)
    field = data.draw(st.sampled_from(field_map(plain)))
    raw = data.draw(st.binary(min_size=field.size, max_size=field.size))
    expected = plain[: field.offset] + raw + plain[field.offset + field.size :]
    assert encode(pdu, {field.path: raw}) == expected


@given(legal_pdus(), st.data())
def test_number_takes_the_width_of_its_field(pdu: model.Pdu, data: st.DataObject) -> None:
    plain = encode(pdu)
    numbers = [field for field in field_map(plain) if field.kind in ("const", "enum", "integer", "length")]
    field = data.draw(st.sampled_from(numbers))
    value = data.draw(st.integers(0, 256**field.size - 1))
    written = encode(pdu, {field.path: value})
    assert written[field.offset : field.offset + field.size] == value.to_bytes(field.size, "big")
    assert len(written) == len(plain)


def test_length_that_lies_leaves_the_lengths_around_it_right() -> None:
    plain = encode(RQ)
    lie = encode(RQ, {"variable_items[0].item_length": 65535})
    assert [index for index, pair in enumerate(zip(plain, lie, strict=True)) if pair[0] != pair[1]] == [76, 77]


def test_lengths_follow_a_field_that_was_made_longer() -> None:
    plain, longer = encode(RQ), encode(RQ, {"variable_items[1].sub_items[0].abstract_syntax_name": b"1.3.4.5"})
    before, after = (
        {field.path: int(field.value) for field in field_map(data) if field.kind == "length"}
        for data in (plain, longer)
    )
    grown = {path: after[path] - before[path] for path in before if after[path] != before[path]}
    assert grown == {
        "pdu_length": 4,
        "variable_items[1].item_length": 4,
        "variable_items[1].sub_items[0].item_length": 4,
    }


def test_text_is_written_as_the_field_writes_text() -> None:
    assert encode(RQ, {"called_ae_title": "X"})[10:26] == b"X" + b" " * 15
    assert encode(RQ, {"variable_items[0].application_context_name": "\xff\0"})[78:80] == b"\xff\0"


def test_bytes_go_out_whatever_the_width() -> None:
    assert encode(model.ReleaseRq(), {"reserved_7_10": b"", "reserved_2": b"abc"}) == b"\5abc\0\0\0\0"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("no_such_field", 1),
        ("variable_items[7].item_type", 1),
        ("variable_items", b""),
        ("reserved_2", 256),
        ("pdu_length", -1),
        ("variable_items[0].application_context_name", 7),
        ("called_ae_title", "A" * 17),
        ("called_ae_title", "\u20ac"),
    ],
)
def test_override_that_cannot_be_is_refused_with_its_path(path: str, value: int | str | bytes) -> None:
    with pytest.raises(EncodeError) as caught:
        encode(RQ, {path: value})
    assert caught.value.path == path
