"""Keys, levels and files of queries, as the command line gives them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from dulcimer.cli.scu.query import QueryModel, query_for_find, query_for_retrieval
from dulcimer.cli.scu.query_keys import parse_key, paths_of, put

TEXT_VRS = ("LO", "SH", "PN", "CS", "DA", "TM", "UI", "AE")
TEXT_TAGS = sorted(tag for tag, row in DicomDictionary.items() if row[0] in TEXT_VRS and row[4] and tag >> 16 > 2)
SPS = "ScheduledProcedureStepSequence"


def identifier(*keys: str) -> Dataset:
    data_set = Dataset()
    for key in keys:
        put(data_set, parse_key(key))
    return data_set


@given(st.sampled_from(TEXT_TAGS), st.text("ABC123*?-.^", max_size=20))
def test_keyword_and_every_form_of_a_tag_mean_the_same(number: int, value: str) -> None:
    tag = Tag(number)
    forms = (
        keyword_for_tag(tag),
        f"{tag.group:04x},{tag.element:04X}",
        f"({tag.group:04X},{tag.element:04x})",
        f"{int(tag):08X}",
    )
    found = [identifier(f"{form}={value}") for form in forms]
    assert all(data_set == found[0] for data_set in found)
    assert str(found[0][tag].value) == value


@given(st.text(max_size=40))
def test_anything_is_a_key_or_a_usage_error(text: str) -> None:
    try:
        put(Dataset(), parse_key(text))
    except typer.BadParameter as error:
        assert str(error)


@pytest.mark.parametrize("key", [f"{SPS}[0].Modality=CT", f"{SPS}.Modality=CT", "(0040,0100)[0].(0008,0060)=CT"])
def test_key_in_a_sequence_as_dcmtk_writes_it(key: str) -> None:
    found = identifier(key, f"{SPS}[0].ScheduledStationAETitle", f"{SPS}[1].Modality=MR")
    first, second = found.ScheduledProcedureStepSequence
    assert (first.Modality, first.ScheduledStationAETitle, second.Modality) == ("CT", "", "MR")


def test_values_have_the_type_of_their_attribute() -> None:
    found = identifier(
        "Rows=512", "ImageOrientationPatient=1\\0\\0", "PixelSpacing", "Rows=0x10", "ModalitiesInStudy=CT\\MR"
    )
    assert found.Rows == 16
    assert list(found.ModalitiesInStudy) == ["CT", "MR"]
    assert found.PixelSpacing in (None, "")
    assert identifier(f"{SPS}").ScheduledProcedureStepSequence == []
    assert identifier("0009,1001=x")[0x00091001].value == "x"


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("PatientNam=X", "PatientName"),
        ("", "neither a keyword nor a tag"),
        ("PatientName[0].PatientID=1", "not a sequence"),
        (f"{SPS}=CT", "a sequence has no value"),
        (f"{SPS}[1].Modality=CT", "without gaps"),
        ("0002,0010=1.2", "0002H"),
        ("Rows=many", "many"),
        ("PixelData=1", "cannot be matched"),
        ("PatientName ends", "follows the name"),
    ],
)
def test_what_is_no_key_is_a_usage_error_that_says_why(key: str, told: str) -> None:
    with pytest.raises(typer.BadParameter, match=told):
        identifier(key)


@pytest.mark.parametrize(
    ("model", "keys", "level"),
    [
        (QueryModel.STUDY, [], "STUDY"),
        (QueryModel.STUDY, ["PatientID=1"], "STUDY"),
        (QueryModel.PATIENT, [], "PATIENT"),
        (QueryModel.PATIENT, ["PatientName=A*"], "PATIENT"),
        (QueryModel.PATIENT, ["PatientID=1", "StudyDate"], "STUDY"),
        (QueryModel.STUDY, ["StudyInstanceUID=1.2", "Modality"], "SERIES"),
        (QueryModel.STUDY, ["SeriesInstanceUID=1.2", "SOPInstanceUID"], "IMAGE"),
    ],
)
def test_level_that_is_not_named_follows_from_the_keys_and_is_said(
    model: QueryModel, keys: list[str], level: str
) -> None:
    found = query_for_find(model, keys, None, None)
    assert found.level == level
    assert any(level in remark and "--level" in remark for remark in found.remarks)


def test_level_that_is_named_holds() -> None:
    assert query_for_find(QueryModel.STUDY, [], None, "SERIES").level == "SERIES"
    named = query_for_find(QueryModel.STUDY, ["QueryRetrieveLevel=STUDY", "SOPInstanceUID"], None, None)
    assert (named.level, named.remarks) == ("STUDY", ())


def test_usual_keys_are_asked_for_where_no_return_key_is_named() -> None:
    found = query_for_find(QueryModel.STUDY, ["PatientID=7"], None, None)
    assert found.identifier.PatientID == "7"
    assert found.identifier.StudyInstanceUID == ""
    alone = query_for_find(QueryModel.STUDY, ["PatientID=7", "StudyDate"], None, None)
    assert "StudyInstanceUID" not in alone.identifier
    assert [keyword_for_tag(path[-1][0]) for path in alone.columns] == ["PatientID", "StudyDate"]


def test_worklist_has_no_level_and_asks_inside_the_sequence() -> None:
    found = query_for_find(QueryModel.WORKLIST, [f"{SPS}[0].Modality=CT"], None, None)
    assert "QueryRetrieveLevel" not in found.identifier
    (step,) = found.identifier.ScheduledProcedureStepSequence
    assert (step.Modality, step.ScheduledStationAETitle) == ("CT", "")


def test_text_beyond_ascii_is_sent_in_utf_8() -> None:
    found = query_for_find(QueryModel.STUDY, ["PatientName=Müller*"], None, None)
    assert found.identifier.SpecificCharacterSet == "ISO_IR 192"
    own = query_for_find(QueryModel.STUDY, ["PatientName=Müller*", "SpecificCharacterSet=ISO_IR 100"], None, None)
    assert own.identifier.SpecificCharacterSet == "ISO_IR 100"
    with pytest.raises(typer.BadParameter, match="ISO_IR 1000"):
        query_for_find(QueryModel.STUDY, ["PatientName=Müller*", "SpecificCharacterSet=ISO_IR 1000"], None, None)


def test_query_file_is_dicom_or_json_and_options_replace_what_it_says(tmp_path: Path) -> None:
    asked = identifier("PatientName=A*", f"{SPS}[0].Modality=CT", "StudyDate")
    (tmp_path / "bare.dcm").write_bytes(b"")
    asked.save_as(tmp_path / "bare.dcm", implicit_vr=True, little_endian=True)
    (tmp_path / "query.json").write_text(json.dumps(asked.to_json_dict()))
    (tmp_path / "list.json").write_text(json.dumps([asked.to_json_dict()]))
    for name in ("bare.dcm", "query.json", "list.json"):
        found = query_for_find(QueryModel.STUDY, ["PatientName=B*"], tmp_path / name, "STUDY").identifier
        assert found.PatientName == "B*"
        assert found.ScheduledProcedureStepSequence[0].Modality == "CT"
        assert len(found) == 4
        assert len(list(paths_of(found))) == 4


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"no query at all, and rather long", b'{"0010": 3}'])
def test_file_that_is_no_query_is_a_usage_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "query").write_bytes(content)
    with pytest.raises(typer.BadParameter, match="not a query"):
        query_for_find(QueryModel.STUDY, [], tmp_path / "query", None)


@pytest.mark.parametrize(
    ("keys", "level"),
    [
        (["PatientID=1"], "PATIENT"),
        (["PatientID=1", "StudyInstanceUID=1.2"], "STUDY"),
        (["StudyInstanceUID=1.2", "SeriesInstanceUID=1.2.3"], "SERIES"),
        (["SOPInstanceUID=1.2.3.4"], "IMAGE"),
    ],
)
def test_level_of_a_retrieval_is_that_of_its_lowest_unique_key(keys: list[str], level: str) -> None:
    assert query_for_retrieval(QueryModel.PATIENT, keys, None, None).level == level


def test_retrieval_without_a_unique_key_is_a_usage_error() -> None:
    with pytest.raises(typer.BadParameter, match="StudyInstanceUID"):
        query_for_retrieval(QueryModel.STUDY, ["PatientName=A*", "StudyInstanceUID"], None, None)


@pytest.mark.clause("PS3.4 C.4.1.2.1")
@pytest.mark.parametrize(
    ("model", "level", "keys", "missing"),
    [
        (QueryModel.PATIENT, "STUDY", ["StudyDate=20240101"], ["PatientID"]),
        (QueryModel.PATIENT, "STUDY", ["PatientID=*"], ["PatientID"]),
        (QueryModel.PATIENT, "STUDY", ["PatientID=1"], []),
        (QueryModel.STUDY, "STUDY", ["PatientName=A*"], []),
        (QueryModel.STUDY, "SERIES", ["Modality=CT"], ["StudyInstanceUID"]),
        (QueryModel.STUDY, "IMAGE", ["StudyInstanceUID=1.2"], ["SeriesInstanceUID"]),
        (QueryModel.STUDY, "IMAGE", ["StudyInstanceUID=1.2", "SeriesInstanceUID=1.2\\1.3"], ["SeriesInstanceUID"]),
    ],
)
def test_missing_unique_keys_of_the_levels_above_are_reported(
    model: QueryModel, level: str, keys: list[str], missing: list[str]
) -> None:
    found = [remark for remark in query_for_find(model, keys, None, level).remarks if "one value each" in remark]
    assert bool(found) == bool(missing)
    assert all(keyword in found[0] for keyword in missing)
    relational = query_for_find(model, keys, None, level, relational=True)
    assert not [remark for remark in relational.remarks if "one value each" in remark]
