"""Modality Worklist from files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from dulcimer.archive import Archive, IdentifierError, Worklist
from support.instances import keys

WORKLIST = "1.2.840.10008.5.1.4.31"


def step(modality: str, date: str, time: str, station: str = "CT1", **more: str) -> Dataset:
    item = Dataset()
    item.Modality, item.ScheduledStationAETitle = modality, station
    item.ScheduledProcedureStepStartDate, item.ScheduledProcedureStepStartTime = date, time
    for keyword, value in more.items():
        setattr(item, keyword, value)
    return item


def order(name: str, *steps: Dataset, **more: str) -> Dataset:
    data_set = keys(PatientName=name, PatientID=name[:3], AccessionNumber="A" + name[:1], **more)
    data_set.ScheduledProcedureStepSequence = list(steps)
    return data_set


def ask(patient: dict[str, str] | None = None, **values: str) -> Dataset:
    identifier = keys(**{"PatientName": "", **(patient or {})})
    identifier.ScheduledProcedureStepSequence = [keys(**values)]
    return identifier


def with_empty_sequence() -> Dataset:
    identifier = keys(PatientName="")
    identifier.ScheduledProcedureStepSequence = []
    return identifier


def save(path: Path, data_set: Dataset) -> None:
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data_set.file_meta.MediaStorageSOPClassUID = UID(WORKLIST)
    data_set.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    data_set.save_as(path, enforce_file_format=True)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    save(tmp_path / "adams.wl", order("Adams^Ann", step("CT", "20240501", "0900")))
    several = order("Baker^Bob", step("MR", "20240501", "1000", "MR1"), step("CT", "20240502", "1100"))
    (tmp_path / "baker.json").write_text(json.dumps(several.to_json_dict()))
    more = [order("Çelik^Cem", step("US", "20240503", "0800", "US1")), order("Doe^Dan", step("US", "20240504", "0800"))]
    (tmp_path / "more.json").write_text(json.dumps([one.to_json_dict() for one in more]))
    (tmp_path / "README.txt").write_text("no item")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / ".lock").write_text("")
    (tmp_path / "folder").mkdir()
    return tmp_path


def names(answers: Any) -> list[str]:
    return [str(answer.PatientName) for answer in answers]


@pytest.mark.clause("PS3.4 K.6.1.2")
@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        (ask(), ["Adams^Ann", "Baker^Bob", "Baker^Bob", "Çelik^Cem", "Doe^Dan"]),
        (ask(Modality="CT"), ["Adams^Ann", "Baker^Bob"]),
        (ask(Modality="CT", ScheduledStationAETitle="MR1"), []),
        (ask(ScheduledProcedureStepStartDate="20240502-20240503"), ["Baker^Bob", "Çelik^Cem"]),
        (ask({"PatientName": "celik*"}), ["Çelik^Cem"]),
        (ask({"PatientID": "Doe"}, Modality="US"), ["Doe^Dan"]),
        (with_empty_sequence(), ["Adams^Ann", "Baker^Bob", "Baker^Bob", "Çelik^Cem", "Doe^Dan"]),
        (keys(AccessionNumber="AA", PatientName=""), ["Adams^Ann"]),
    ],
)  # fmt: skip
def test_steps_are_matched_one_by_one(directory: Path, identifier: Dataset, expected: list[str]) -> None:
    assert names(Worklist(directory).find(identifier)) == expected


def test_date_and_time_of_the_step_are_one_range_where_that_was_agreed(directory: Path) -> None:
    asked = ask(ScheduledProcedureStepStartDate="20240501-20240502", ScheduledProcedureStepStartTime="0930-0930")
    assert names(Worklist(directory).find(asked)) == []
    assert names(Worklist(directory).find(asked, combined_datetime=True)) == ["Baker^Bob"]


def test_answer_has_the_attributes_asked_for_and_the_step_that_matches(directory: Path) -> None:
    asked = ask({"PatientBirthDate": ""}, Modality="MR", ScheduledProcedureStepID="")
    [answer] = Worklist(directory).find(asked)
    assert [element.keyword for element in answer] == [
        "PatientName", "PatientBirthDate", "ScheduledProcedureStepSequence",
    ]  # fmt: skip
    [item] = answer.ScheduledProcedureStepSequence
    assert [element.keyword for element in item] == ["Modality", "ScheduledProcedureStepID"]
    assert item.Modality == "MR"
    assert not answer.PatientBirthDate
    assert not item.ScheduledProcedureStepID


def test_answer_beyond_plain_letters_has_a_character_set(directory: Path) -> None:
    asked = ask({"PatientName": "CELIK*"})
    asked.SpecificCharacterSet = "ISO_IR 100"
    [answer] = Worklist(directory).find(asked)
    assert answer.SpecificCharacterSet == "ISO_IR 100"
    asked.SpecificCharacterSet = "ISO_IR 144"
    [answer] = Worklist(directory).find(asked)
    assert answer.SpecificCharacterSet == "ISO_IR 192"


def test_changes_in_the_directory_are_seen_by_the_next_query(directory: Path) -> None:
    worklist = Worklist(directory)
    assert names(worklist.find(ask(Modality="CT"))) == ["Adams^Ann", "Baker^Bob"]
    (directory / "adams.wl").unlink()
    save(directory / "new.wl", order("Evans^Eve", step("CT", "20240601", "0900")))
    assert names(worklist.find(ask(Modality="CT"))) == ["Baker^Bob", "Evans^Eve"]
    save(directory / "new.wl", order("Fox^Finn", step("CT", "20240601", "0900")))
    os.utime(directory / "new.wl", ns=(0, 0))
    assert names(worklist.find(ask(Modality="CT"))) == ["Baker^Bob", "Fox^Finn"]


def test_files_that_did_not_change_are_not_read_again(directory: Path, monkeypatch: Any) -> None:
    worklist = Worklist(directory)
    before = names(worklist.find(ask()))

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr("dulcimer.archive.query.worklist._read", fail)
    assert names(worklist.find(ask())) == before


def test_archive_answers_worklist_queries(directory: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with Archive(tmp_path_factory.mktemp("archive"), worklist=directory) as archive:
        assert names(archive.find(WORKLIST, ask(Modality="MR"))) == ["Baker^Bob"]
        with pytest.raises(IdentifierError) as caught:
            archive.find(WORKLIST, ask(ScheduledProcedureStepStartDate="soon"))
        assert caught.value.offending_element == 0x00400002


def test_answers_do_not_change_the_worklist(directory: Path) -> None:
    worklist = Worklist(directory)
    for answer in worklist.find(ask()):
        answer.PatientName = "Nobody"
    assert "Nobody" not in names(worklist.find(ask()))
