"""Text that the Specific Character Set cannot encode is refused: nothing is written as a question mark."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from dulcimer.dimse import charsets
from dulcimer.dimse.charsets import can_encode, corrected_term, unencodable
from dulcimer.dimse.data_set import decode_data_set, encode_data_set
from dulcimer.errors import EncodeError

IMPLICIT = "1.2.840.10008.1.2"
SETS: list[Any] = [
    None,
    "",
    "ISO_IR 6",
    "ISO_IR 100",
    "ISO_IR 101",
    "ISO_IR 144",
    "ISO_IR 126",
    "ISO_IR 166",
    "ISO_IR 13",
    "ISO_IR 192",
    "GB18030",
    ["ISO 2022 IR 6", "ISO 2022 IR 87"],
    ["", "ISO 2022 IR 149"],
    ["ISO 2022 IR 100", "ISO 2022 IR 144"],
    "ISO_IR 999",
]
TEXTS = st.text(st.sampled_from("aZ 9*?^=éßŁЖдΩקกﾔ山田太郎한국\U0001f600")).map(str.strip)


def data_set(character_set: Any, **elements: Any) -> Dataset:
    made = Dataset()
    if character_set is not None:
        made.SpecificCharacterSet = character_set
    for name, value in elements.items():
        setattr(made, name, value)
    return made


@given(st.sampled_from(SETS), TEXTS, st.booleans(), st.sampled_from(["PatientID", "PatientName", "PatientComments"]))
def test_text_is_written_as_it_is_or_refused(character_set: Any, text: str, inside: bool, name: str) -> None:
    with warnings.catch_warnings(action="ignore"):
        made = data_set(character_set, **{name: text})
        if inside:
            made = data_set(character_set, RequestAttributesSequence=Sequence([data_set(None, **{name: text})]))
        try:
            data = encode_data_set(made, IMPLICIT, strict_text=True)
        except EncodeError as error:
            assert name in str(error)
            assert not text.isascii()
            assert character_set != "ISO_IR 192"
            return
        assert b"?" not in data or "?" in text or not text.isascii()
        read = decode_data_set(data, IMPLICIT)
        where = read.RequestAttributesSequence[0] if inside else read
        got = str(getattr(where, name) or "")
        assert got.rstrip("=^ ") == text.rstrip("=^ ")


@pytest.mark.parametrize("name", ["Modality", "StudyDate", "RetrieveAETitle", "StudyInstanceUID", "StudyTime"])
def test_text_of_other_vrs_has_the_default_repertoire_whatever_the_character_set(name: str) -> None:
    with warnings.catch_warnings(action="ignore"):
        made = data_set("ISO_IR 192", **{name: "Ж"})
    with pytest.raises(EncodeError, match=f"{name}.*whatever the character set"):
        encode_data_set(made, IMPLICIT)


def test_what_files_have_without_a_character_set_goes_out_as_it_came_but_not_as_a_key() -> None:
    made = data_set(None, PatientName="Müller")
    assert b"M\xfcller" in encode_data_set(made, IMPLICIT)
    with pytest.raises(ValueError, match="there is no Specific Character Set"):
        encode_data_set(made, IMPLICIT, strict_text=True)


def test_elements_that_nobody_has_decoded_are_not_looked_at() -> None:
    read = decode_data_set(b"\x10\0\x10\0\4\0\0\0\xc4\xff\x80\xa0", IMPLICIT)
    assert unencodable(read, strict=True) is None
    assert encode_data_set(read, IMPLICIT).endswith(b"\xc4\xff\x80\xa0")


def test_several_values_are_looked_at_one_by_one() -> None:
    made = data_set("ISO_IR 100", OtherPatientNames=["a", "Ж"], Rows=3, PixelData=b"\xff\xff", NumberOfFrames="1")
    found = unencodable(made)
    assert found is not None
    assert (found.name, found.text, found.character_set) == ("OtherPatientNames", "Ж", ("ISO_IR 100",))
    assert can_encode("Ж", ["ISO_IR 144"])
    assert len(str(unencodable(data_set("ISO_IR 100", PatientComments="Ж" * 1000)))) < 200


MISSPELT = {
    "ISO_IR_192": "ISO_IR 192",
    "ISO IR 192": "ISO_IR 192",
    "ISO-IR-192": "ISO_IR 192",
    "ISO_IR192": "ISO_IR 192",
    "iso_ir 192": "ISO_IR 192",
    "UTF-8": "ISO_IR 192",
    "ISO_IR_100": "ISO_IR 100",
    "ISO IR 13": "ISO_IR 13",
    "ISO_2022_IR_87": "ISO 2022 IR 87",
    "ISO2022IR149": "ISO 2022 IR 149",
    "gb18030": "GB18030",
}


@pytest.mark.parametrize(("term", "right"), MISSPELT.items())
def test_misspelt_character_set_is_taken_for_what_it_means_and_reported_once(
    term: str, right: str, caplog: pytest.LogCaptureFixture
) -> None:
    charsets._log_misspelling.cache_clear()
    inner = data_set(None, PatientName="Yamada^山田" if "87" in right else "Muster^A")
    made = data_set(right, PatientName="Muster^A", RequestAttributesSequence=Sequence([inner]))
    raw = encode_data_set(made, IMPLICIT)
    even = right + " " * (len(right) % 2)
    wrong = term + " " * (len(term) % 2)
    head = raw.index(even.encode())
    raw = raw[: head - 4] + len(wrong).to_bytes(4, "little") + wrong.encode() + raw[head + len(even) :]
    for _ in range(3):
        found = decode_data_set(raw, IMPLICIT)
        assert found.SpecificCharacterSet == right
        assert found.RequestAttributesSequence[0].PatientName == inner.PatientName
        assert encode_data_set(found, IMPLICIT) == encode_data_set(made, IMPLICIT)
    assert [record.getMessage() for record in caplog.records if record.name == "dulcimer.dimse"] == [
        f"the Specific Character Set {term} is taken for {right} (PS3.3 C.12.1.1.2)"
    ]


@pytest.mark.parametrize("undefined", [True, False])
def test_text_in_items_is_read_in_the_misspelt_character_set_around_them(undefined: bool) -> None:
    name = "Müller^Łukasz"
    inner = data_set(None, PatientName=name)
    made = data_set("ISO_IR 192", PatientName=name, RequestAttributesSequence=Sequence([inner]))
    made["RequestAttributesSequence"].is_undefined_length = undefined
    inner.is_undefined_length_sequence_item = undefined
    found = decode_data_set(encode_data_set(made, IMPLICIT).replace(b"ISO_IR 192", b"ISO_IR_192"), IMPLICIT)
    assert found.PatientName == name
    assert found.RequestAttributesSequence[0].PatientName == name


@pytest.mark.parametrize("term", ["", "ISO_IR 999", "ISO_IR", "192", "ISO_IR 1920", "KLINGON", "ISO_IR 192\0"[:-1]])
def test_what_is_no_misspelling_stays_as_it_is(term: str) -> None:
    assert corrected_term(term) == term


@pytest.mark.parametrize("term", [b"ISO_IR 192", b"ISO_IR 999", b"\xc4\xd6", b"", b"\\ISO 2022 IR 87", b"\\"])
def test_character_set_that_is_no_misspelling_goes_on_as_it_came(term: bytes) -> None:
    value = term + b" " * (len(term) % 2)
    raw = b"\x08\0\x05\0" + len(value).to_bytes(4, "little") + value + b"\x10\0\x10\0\x04\0\0\0A\xe4B "
    with warnings.catch_warnings(action="ignore"):
        assert encode_data_set(decode_data_set(raw, IMPLICIT), IMPLICIT) == raw


def test_misspelt_terms_are_corrected_each_where_it_stands() -> None:
    made = data_set(["", "ISO 2022 IR 87"], PatientName="Yamada^Tarou=山田^太郎")
    raw = encode_data_set(made, IMPLICIT)
    found = decode_data_set(raw.replace(b"\\ISO 2022 IR 87", b"\\ISO_2022_IR_87"), IMPLICIT)
    assert list(found.SpecificCharacterSet) == ["", "ISO 2022 IR 87"]
    assert found.PatientName == made.PatientName
    assert encode_data_set(found, IMPLICIT) == raw
