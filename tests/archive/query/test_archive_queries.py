"""The answers to queries: levels, keys, character sets, statuses; and their memory."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset

from dulcimer.archive import Archive, IdentifierError, Level
from dulcimer.archive.values.charsets import set_character_set
from dulcimer.dimse.data_set import decode_data_set
from support.instances import CT, EXPLICIT, MR, encode, found, keys, populate, put, write

PATIENT_ROOT = "1.2.840.10008.5.1.4.1.2.1.1"
STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.2.1"
PATIENT_STUDY_ONLY = "1.2.840.10008.5.1.4.1.2.3.1"
STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3"
COMPOSITE_GET = "1.2.840.10008.5.1.4.1.2.4.3"
COUNT = 120
REQUESTED = ("ISO_IR 100", "ISO_IR 192", "GB18030", ["", "ISO 2022 IR 87"], "ISO_IR 144", None, "NONSENSE")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """12 studies of two series of five instances, of six patients."""
    root = tmp_path_factory.mktemp("archive")
    populate(root, COUNT)
    with Archive(root, retrieve_ae_title="HERE") as archive:
        yield archive


def over_the_wire(answer: Dataset) -> Dataset:
    """The data set as a peer reads it."""
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, False
    write_dataset(buffer, answer)
    return read_dataset(io.BytesIO(buffer.getvalue()), False, True)


@pytest.mark.clause("PS3.4 C.6.1")
def test_patient_root_is_walked_level_by_level(archive: Archive) -> None:
    [patient] = archive.find(PATIENT_ROOT, keys("PATIENT", PatientID="ID00002", NumberOfPatientRelatedInstances=""))
    assert patient.NumberOfPatientRelatedInstances == 20
    asked = keys("STUDY", PatientID="ID00002", StudyInstanceUID="", NumberOfStudyRelatedSeries="")
    studies = list(archive.find(PATIENT_ROOT, asked))
    assert [study.NumberOfStudyRelatedSeries for study in studies] == [2, 2]
    study = studies[0].StudyInstanceUID
    asked = keys("SERIES", PatientID="ID00002", StudyInstanceUID=study, SeriesInstanceUID="", Modality="")
    series = list(archive.find(PATIENT_ROOT, asked))
    assert sorted(one.Modality for one in series) == ["CT", "MR"]
    asked = keys("IMAGE", PatientID="ID00002", StudyInstanceUID=study, InstanceNumber="2", SOPInstanceUID="")
    asked.SeriesInstanceUID = series[0].SeriesInstanceUID
    [image] = archive.find(PATIENT_ROOT, asked)
    assert image.SOPInstanceUID.startswith(series[0].SeriesInstanceUID + ".")


@pytest.mark.clause("PS3.4 C.4.1.1.3.2")
def test_answer_has_what_was_asked_for_and_where_to_get_it(archive: Archive) -> None:
    [answer] = archive.find(STUDY_ROOT, keys("STUDY", StudyInstanceUID="1.2.826.1.3", PatientName="", StudyID=""))
    assert [element.keyword for element in answer] == [
        "QueryRetrieveLevel", "RetrieveAETitle", "InstanceAvailability", "PatientName", "StudyInstanceUID", "StudyID",
    ]  # fmt: skip
    assert (answer.QueryRetrieveLevel, answer.RetrieveAETitle, answer.InstanceAvailability) == (
        "STUDY",
        "HERE",
        "ONLINE",
    )
    assert answer.PatientName == "FAMILY00001^GIVEN1"
    assert not answer.StudyID


def test_modalities_and_classes_of_a_study_are_matched_and_counted(archive: Archive) -> None:
    asked = keys(StudyInstanceUID="1.2.826.1.3", ModalitiesInStudy="M*", SOPClassesInStudy="")
    [answer] = archive.find("STUDY", asked)
    assert list(answer.ModalitiesInStudy) == ["CT", "MR"]
    assert list(answer.SOPClassesInStudy) == [CT, MR]
    assert not list(archive.find("STUDY", keys(ModalitiesInStudy="US")))
    assert len(list(archive.find("STUDY", keys(ModalitiesInStudy="US\\CT")))) == 12
    assert len(list(archive.find("STUDY", keys(SOPClassesInStudy=MR)))) == 12
    assert not list(archive.find("STUDY", keys(SOPClassesInStudy="1.2.3")))
    assert len(list(archive.find("STUDY", keys(NumberOfStudyRelatedInstances="10")))) == 12


@pytest.mark.parametrize(("level", "count"), [("SERIES", 24), ("IMAGE", 120)])
def test_modalities_and_classes_of_a_study_are_also_matched_below_it(archive: Archive, level: str, count: int) -> None:
    """All series of a study, and all instances, belong to a study with such a series."""
    assert len(list(archive.find(level, keys(ModalitiesInStudy="MR", SOPInstanceUID="")))) == count
    assert len(list(archive.find(level, keys(SOPClassesInStudy=CT, StudyInstanceUID="1.2.826.1.3")))) == count // 12
    assert not list(archive.find(level, keys(ModalitiesInStudy="US")))


def test_key_without_value_and_with_a_vr_that_does_not_exist_is_no_error(archive: Archive) -> None:
    """pydicom raises where such an element is only looked at."""
    raw = encode(QueryRetrieveLevel="STUDY", StudyInstanceUID="", NumberOfStudyRelatedInstances="")
    asked = decode_data_set(raw.replace(b"\x20\0\x08\x12IS", b"\x20\0\x08\x12ZZ"), EXPLICIT)
    assert len(list(archive.find(STUDY_ROOT, asked))) == 12


def test_list_of_uids_matches_each_of_them_however_long(archive: Archive) -> None:
    asked = keys(StudyInstanceUID="\\".join(["1.2.826.1.3", "1.2.826.1.5", "9.9"]))
    assert found(archive.find("STUDY", asked), "StudyInstanceUID") == ["1.2.826.1.3", "1.2.826.1.5"]
    many = "\\".join(["1.2.826.1.3", *(f"9.{number}" for number in range(20_000))])
    assert found(archive.find("STUDY", keys(StudyInstanceUID=many)), "StudyInstanceUID") == ["1.2.826.1.3"]


@pytest.mark.clause("PS3.4 C.4.1.1.4")
def test_key_that_the_archive_does_not_have_is_left_out_and_the_status_says_so(archive: Archive) -> None:
    answers = archive.find("STUDY", keys(StudyInstanceUID="1.2.826.1.3", Modality="US", PatientReligiousPreference=""))
    assert answers.status == 0xFF01
    [answer] = answers
    assert "Modality" not in answer
    assert "PatientReligiousPreference" not in answer
    assert archive.find("STUDY", keys(StudyInstanceUID="")).status == 0xFF00


@pytest.mark.clause("PS3.4 C.4.1.2")
@pytest.mark.parametrize(
    ("model", "level", "values", "offending"),
    [
        (STUDY_ROOT, None, {}, 0x00080052),
        (STUDY_ROOT, "PATIENT", {}, 0x00080052),
        (STUDY_ROOT, "study", {}, 0x00080052),
        (PATIENT_STUDY_ONLY, "SERIES", {}, 0x00080052),
        (PATIENT_ROOT, "STUDY", {}, 0x00100020),
        (PATIENT_ROOT, "STUDY", {"PatientID": "ID*"}, 0x00100020),
        (STUDY_ROOT, "SERIES", {}, 0x0020000D),
        (STUDY_ROOT, "SERIES", {"StudyInstanceUID": "1.2\\1.3"}, 0x0020000D),
        (STUDY_ROOT, "SERIES", {"StudyInstanceUID": "*"}, 0x0020000D),
        (STUDY_ROOT, "IMAGE", {"StudyInstanceUID": "1.2"}, 0x0020000E),
        (STUDY_ROOT, "STUDY", {"StudyDate": "yesterday"}, 0x00080020),
        (STUDY_ROOT, "STUDY", {"StudyInstanceUID": "1.2.?"}, 0x0020000D),
    ],
)
def test_identifier_that_the_model_does_not_allow_is_refused_by_name(
    archive: Archive, model: str, level: str | None, values: dict[str, str], offending: int
) -> None:
    with pytest.raises(IdentifierError) as caught:
        archive.find(model, keys(level, **values))
    assert caught.value.status == 0xA900
    assert caught.value.offending_element == offending
    assert 0 < len(caught.value.comment) <= 64


def test_relational_query_needs_no_keys_of_the_levels_above(archive: Archive) -> None:
    asked = keys("SERIES", Modality="MR", PatientName="FAMILY00001*", SeriesInstanceUID="")
    assert len(list(archive.find(STUDY_ROOT, asked, relational=True))) == 2
    assert len(list(archive.find(Level.SERIES, asked))) == 2


def test_sop_class_without_a_model_is_a_value_error(archive: Archive) -> None:
    with pytest.raises(ValueError, match="does not belong to an information model"):
        archive.find(CT, keys("STUDY"))
    with pytest.raises(LookupError):
        archive.find("1.2.840.10008.5.1.4.31", keys())


@pytest.mark.parametrize(
    ("character_set", "encoding", "name"),
    [
        ("ISO_IR 100", "latin-1", "Müller^Jörg"),
        ("ISO_IR 192", "utf-8", "Müller^Jörg=山田^太郎"),
        ("GB18030", "gb18030", "王^小东=王^小东"),
        ("ISO_IR 144", "iso8859_5", "Люкceмбypг"),
        ("\\ISO 2022 IR 87", "iso2022_jp", "Yamada^Tarou=山田^太郎"),
        ("ISO_IR 13", "shift_jis", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
    ],
)
def test_answers_come_in_the_character_set_of_the_request_or_in_utf_8(
    tmp_path: Path, character_set: str, encoding: str, name: str
) -> None:
    put(tmp_path, "1.2.3.4", encoding=encoding, SpecificCharacterSet=character_set, PatientName=name)
    with Archive(tmp_path) as archive:
        for requested in REQUESTED:
            asked = keys(PatientID="P", PatientName="")
            if requested is not None:
                asked.SpecificCharacterSet = requested
            [answer] = archive.find("STUDY", over_the_wire(asked))
            received = over_the_wire(answer)
            assert str(received.PatientName) == name
            chosen = received.SpecificCharacterSet
            assert chosen == requested or chosen == "ISO_IR 192" or list(chosen) == requested
        [answer] = archive.find("STUDY", keys(PatientName=name[:2] + "*"))


@pytest.mark.parametrize(
    ("requested", "name", "chosen"),
    [
        ("ISO_IR 100", "Müller", "ISO_IR 100"),
        ("ISO_IR 100", "山田", "ISO_IR 192"),
        (["", "ISO 2022 IR 87"], "山田", ["", "ISO 2022 IR 87"]),
        (["", "ISO 2022 IR 87"], "Müller", "ISO_IR 192"),
        ("ISO_IR 6", "Müller", "ISO_IR 192"),
        ("GB18030", "Müller=王", "GB18030"),
    ],
)
def test_character_set_that_cannot_say_all_gives_way_to_utf_8(requested: Any, name: str, chosen: Any) -> None:
    answer = keys(PatientName=name)
    set_character_set(answer, [requested] if isinstance(requested, str) else requested)
    assert answer.SpecificCharacterSet == chosen


@pytest.mark.parametrize(
    ("character_set", "encoding", "name"),
    [
        ("ISO_IR 100", "latin-1", "Müller^Jörg"),
        ("GB18030", "gb18030", "王^小东"),
        ("ISO_IR 13", "shift_jis", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
        ("ISO_IR 192", "utf-8", "山田*"),
    ],
)
def test_keys_are_read_in_the_character_set_of_the_request(
    tmp_path: Path, character_set: str, encoding: str, name: str
) -> None:
    stored = name.replace("*", "^太郎")
    put(tmp_path, "1.2.3.4", encoding="utf-8", SpecificCharacterSet="ISO_IR 192", PatientName=stored)
    put(tmp_path, "1.2.3.5", StudyInstanceUID="1.3", PatientID="OTHER", PatientName="Doe^Jane")
    with Archive(tmp_path) as archive:
        asked = io.BytesIO(encode(encoding, SpecificCharacterSet=character_set, PatientName=name))
        [answer] = archive.find("STUDY", read_dataset(asked, False, True))
        assert str(answer.PatientName) == stored


@pytest.mark.parametrize(("stored", "asked"), [("ISO_IR_192", "ISO_IR 192"), ("ISO_IR 192", "ISO_IR_192")])
def test_misspelt_character_set_of_files_and_of_requests_is_read_as_it_is_meant(
    tmp_path: Path, stored: str, asked: str
) -> None:
    name = "Müller^Łukasz"
    put(tmp_path, "1.2.3.4", encoding="utf-8", SpecificCharacterSet=stored, PatientName=name)
    raw = encode("utf-8", SpecificCharacterSet=asked, PatientName=name, QueryRetrieveLevel="STUDY")
    with Archive(tmp_path) as archive:
        [answer] = archive.find("STUDY", decode_data_set(raw, EXPLICIT))
    assert answer.PatientName == name
    assert answer.SpecificCharacterSet == "ISO_IR 192"


def test_answer_of_plain_letters_has_no_character_set(archive: Archive) -> None:
    asked = keys(StudyInstanceUID="1.2.826.1.3", PatientName="")
    asked.SpecificCharacterSet = "ISO_IR 100"
    [answer] = archive.find("STUDY", asked)
    assert "SpecificCharacterSet" not in answer


def test_sequence_matches_where_one_item_has_all_its_keys(tmp_path: Path) -> None:
    def request(procedure: str, step: str) -> Dataset:
        item = Dataset()
        item.RequestedProcedureID, item.ScheduledProcedureStepID = procedure, step
        return item

    for number, pairs in enumerate([[("A", "1"), ("B", "2")], [("A", "2")], []], start=1):
        put(tmp_path, f"1.2.3.{number}", SeriesInstanceUID=f"1.2.3.{number}")
        path = next(tmp_path.rglob(f"1.2.3.{number}.dcm"))
        data_set = dcmread(path)
        data_set.RequestAttributesSequence = [request(*pair) for pair in pairs]
        dcmwrite(path, data_set)

    def ask(*items: Dataset) -> list[Dataset]:
        asked = keys(SeriesInstanceUID="")
        asked.RequestAttributesSequence = list(items)
        return sorted(steps.find("SERIES", asked), key=lambda answer: str(answer.SeriesInstanceUID))

    with Archive(tmp_path) as steps:
        assert [answer.SeriesInstanceUID for answer in ask(request("A", "2"))] == ["1.2.3.2"]
        assert [answer.SeriesInstanceUID for answer in ask(request("A*", ""))] == ["1.2.3.1", "1.2.3.2"]
        [whole, _, none] = ask()
        assert [item.RequestedProcedureID for item in whole.RequestAttributesSequence] == ["A", "B"]
        assert not none.RequestAttributesSequence
        only_step = Dataset()
        only_step.ScheduledProcedureStepID = "2"
        [first, _] = ask(only_step)
        assert [list(item.keys()) for item in first.RequestAttributesSequence] == [[0x00400009]]
        with pytest.raises(IdentifierError) as caught:
            ask(only_step, only_step)
        assert caught.value.offending_element == 0x00400275


def test_keys_that_nest_without_end_are_refused(archive: Archive) -> None:
    asked = Dataset()
    for _ in range(100):
        outer = Dataset()
        outer.RequestAttributesSequence = [asked]
        asked = outer
    with pytest.raises(IdentifierError):
        archive.find("SERIES", asked)


def test_memory_does_not_grow_with_the_answers(tmp_path: Path) -> None:
    populate(tmp_path, 3000)
    with Archive(tmp_path) as archive:
        peaks = []
        for limit in (600, 3000):
            answers: Any = archive.find("IMAGE", keys(SOPInstanceUID="", PatientName="", InstanceNumber=""))
            list(archive.find("IMAGE", keys(SOPInstanceUID="1.2.826.1.0.0.0", PatientName="", InstanceNumber="")))
            tracemalloc.start()
            for _ in range(limit):
                next(answers)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            answers.close()
        assert peaks[1] < 1.3 * peaks[0] + 50_000


def test_answers_that_nobody_reads_to_the_end_hold_nothing(archive: Archive) -> None:
    for _ in range(50):
        answers = archive.find("IMAGE", keys(SOPInstanceUID=""))
        next(answers)
        answers.close()
    assert archive.index.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # the pool of SQLite has it


@pytest.mark.clause("PS3.4 C.4.3.2")
def test_retrieval_names_instances_of_every_level(archive: Archive) -> None:
    whole = archive.instances(keys("STUDY", StudyInstanceUID="1.2.826.1.3\\1.2.826.1.4"))
    assert whole.count == len(whole) == len(list(whole)) == 20
    assert whole.contexts == {(CT, EXPLICIT), (MR, EXPLICIT)}
    one = next(iter(whole))
    with one.path.open("rb") as file:
        file.seek(one.offset)
        assert read_dataset(file, False, True).SOPInstanceUID == one.sop_instance_uid
    assert archive.instances(keys("PATIENT", PatientID="ID00001")).count == 20
    asked = keys("SERIES", StudyInstanceUID="1.2.826.1.3", SeriesInstanceUID="1.2.826.1.3.6")
    assert archive.instances(asked, STUDY_ROOT_GET).count == 5
    assert archive.instances(keys("IMAGE", SOPInstanceUID="1.2.826.1.3.6.30"), COMPOSITE_GET).count == 1
    assert archive.instances(keys("STUDY", StudyInstanceUID="1.2.826.1.3", PatientID="OTHER")).count == 0


def test_instances_that_come_later_are_not_among_the_chosen(tmp_path: Path) -> None:
    populate(tmp_path / "archive", 10)
    with Archive(tmp_path / "archive") as archive:
        chosen = archive.instances(keys("PATIENT", PatientID="ID00000"))
        archive.import_file(write(tmp_path / "a", "1.2.3", PatientID="ID00000", SeriesInstanceUID="1.2.3.4"))
        archive.flush()
        assert len(list(chosen)) == chosen.count == 10
        assert archive.instances(keys("PATIENT", PatientID="ID00000")).count == 11


def test_long_list_of_instances_is_retrieved_in_parts(archive: Archive) -> None:
    every = [instance.sop_instance_uid for instance in archive.instances(keys("PATIENT", PatientID="ID00001"))]
    listed = keys("IMAGE", SOPInstanceUID="\\".join(every[:1] + [f"9.{n}" for n in range(40_000)] + every + every))
    chosen = archive.instances(listed)
    assert chosen.count == len(every)
    assert sorted(instance.sop_instance_uid for instance in chosen) == sorted(every)


@pytest.mark.parametrize(
    ("level", "values", "offending"),
    [
        ("STUDY", {}, 0x0020000D),
        ("STUDY", {"StudyInstanceUID": "*"}, 0x0020000D),
        ("SERIES", {"SeriesInstanceUID": "1.2"}, 0x0020000D),
        ("SERIES", {"SeriesInstanceUID": "1.2", "StudyInstanceUID": "1\\2"}, 0x0020000D),
        ("PATIENT", {"PatientID": "P"}, 0x00080052),
    ],
)
def test_retrieval_without_its_unique_keys_is_refused(
    archive: Archive, level: str, values: dict[str, str], offending: int
) -> None:
    with pytest.raises(IdentifierError) as caught:
        archive.instances(keys(level, **values), STUDY_ROOT_GET)
    assert caught.value.offending_element == offending
