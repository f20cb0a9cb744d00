"""The index: kept consistent with the files, whatever arrives, how often, and from how many senders."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import tempfile
import threading
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import DeflatedExplicitVRLittleEndian
from sqlalchemy import text

from dulcimer.archive import Archive
from dulcimer.services.instance_file import file_header
from support.instances import CT, encode, found, instance_bytes, keys, populate, put, write

NUMBERS = itertools.count()
"""For UIDs that no other example has."""


def studies(archive: Archive, **values: str) -> list[str]:
    return found(archive.find("STUDY", keys(StudyInstanceUID="", **values)), "StudyInstanceUID")


def rows(archive: Archive) -> list[int]:
    with archive.index.engine.connect() as connection:
        return [
            connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() or 0
            for table in ("patient", "study", "series", "instance")
        ]


@pytest.mark.long
def test_ten_thousand_instances_are_indexed_and_found(tmp_path: Path) -> None:
    populate(tmp_path, 10_000)
    seen: list[tuple[int, int]] = []
    with Archive(tmp_path, progress=lambda done, total: seen.append((done, total))) as archive:
        assert rows(archive) == [500, 1000, 2000, 10_000]
        assert seen[-1] == (10_000, 10_000)
        assert seen == sorted(seen)
        assert len(studies(archive, PatientName="*0042^*", ModalitiesInStudy="CT")) == 2
        assert archive.instances(keys("PATIENT", PatientID="ID00042")).count == 20
        report = archive.reindex()
        assert (report.indexed, report.unchanged, report.removed) == (0, 10_000, 0)


def test_what_was_stored_is_found_at_once(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive") as archive:
        for number in range(20):
            archive.import_file(write(tmp_path / "a", f"1.2.{number}.1", StudyInstanceUID=f"1.2.{number}"))
            assert len(studies(archive)) == number + 1
            assert archive.has(f"1.2.{number}.1")
        assert not archive.has("1.2.99")
        assert not archive.has("../a")


def test_corrected_instance_takes_the_place_of_the_earlier_one(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive") as archive:
        archive.import_file(write(tmp_path / "a", "1.2.3.4", PatientID="WRONG", PatientName="Wrong"))
        archive.import_file(write(tmp_path / "a", "1.2.3.4", PatientID="RIGHT", PatientName="Right"))
        assert studies(archive, PatientID="RIGHT", PatientName="right") == ["1.2"]
        assert not studies(archive, PatientID="WRONG")
        assert rows(archive) == [1, 1, 1, 1]
        archive.import_file(write(tmp_path / "a", "1.2.3.4", StudyInstanceUID="1.9", SeriesInstanceUID="1.9.1"))
        assert studies(archive) == ["1.9"]
        assert rows(archive) == [1, 1, 1, 1]


def test_last_value_that_is_not_empty_stays(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive") as archive:
        for number, description in enumerate(["first", "second", ""]):
            archive.import_file(write(tmp_path / "a", f"1.2.3.{number}", StudyDescription=description))
            archive.flush()
        assert studies(archive, StudyDescription="second") == ["1.2"]


def test_same_series_uid_in_another_study_is_another_series(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive") as archive:
        archive.import_file(write(tmp_path / "a", "1.2.3.1"))
        archive.import_file(write(tmp_path / "a", "1.2.3.2", StudyInstanceUID="6.6.6"))
        asked = keys("SERIES", StudyInstanceUID="1.2", NumberOfSeriesRelatedInstances="")
        [series] = archive.find("SERIES", asked)
        assert series.NumberOfSeriesRelatedInstances == 1


def test_patients_with_one_id_of_two_issuers_are_two(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive") as archive:
        for number, issuer in enumerate(("A", "B")):
            archive.import_file(
                write(tmp_path / "a", f"1.{number}.1", StudyInstanceUID=f"1.{number}", IssuerOfPatientID=issuer)
            )
        assert len(list(archive.find("PATIENT", keys(PatientID="P")))) == 2
        assert len(list(archive.find("PATIENT", keys(PatientID="P", IssuerOfPatientID="B")))) == 1


def test_instance_without_a_study_is_kept_but_not_found(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive") as archive:
        archive.import_file(write(tmp_path / "a", "1.2.3", StudyInstanceUID="", SeriesInstanceUID=""))
        assert archive.has("1.2.3")
        assert studies(archive) == []
        assert archive.instances(keys("IMAGE", SOPInstanceUID="1.2.3")).count == 1


def test_index_that_is_gone_comes_back_from_the_files(tmp_path: Path) -> None:
    populate(tmp_path, 60)
    with Archive(tmp_path) as archive:
        before = studies(archive)
    for path in tmp_path.glob(".index*"):
        path.unlink()
    with Archive(tmp_path) as archive:
        assert studies(archive) == before


def test_rows_go_with_their_files_and_changed_files_are_read_again(tmp_path: Path) -> None:
    populate(tmp_path, 40)
    with Archive(tmp_path) as archive:
        victims = [path for path in tmp_path.rglob("*.dcm") if path.name.startswith("1.2.826.1.2.")]
        for path in victims:
            path.unlink()
        put(
            tmp_path,
            "1.2.826.1.0.0.0",
            StudyInstanceUID="1.2.826.1.0",
            SeriesInstanceUID="1.2.826.1.0.0",
            StudyID="NEW",
        )
        report = archive.reindex()
        assert (report.indexed, report.unchanged, report.removed) == (1, 29, 10)
        assert studies(archive) == ["1.2.826.1.0", "1.2.826.1.1", "1.2.826.1.3"]
        assert studies(archive, StudyID="NEW") == ["1.2.826.1.0"]
        shutil.rmtree(tmp_path / next(tmp_path.rglob("1.2.826.1.1.2.10.dcm")).parent)
        assert archive.reindex().removed >= 1


def test_files_of_any_name_in_any_folder_are_indexed_once(tmp_path: Path) -> None:
    (tmp_path / "DICOM" / "A").mkdir(parents=True)
    write(tmp_path / "DICOM" / "A" / "IM1", "1.2.3.1")
    write(tmp_path / "DICOM" / "A" / "IM2", "1.2.3.2")
    (tmp_path / "DICOM" / "README").write_text("no instance")
    (tmp_path / ".hidden").write_bytes(instance_bytes("1.2.3.9"))
    with Archive(tmp_path) as archive:
        report = archive.reindex(full=True)
        assert (report.indexed, report.unreadable) == (2, 1)
        assert archive.has("1.2.3.1")
        assert not archive.has("1.2.3.9")
        archive.import_file(write(tmp_path / "DICOM" / "A" / "IM1", "1.2.3.1", PatientName="Newer"))
        archive.flush()
        archive.reindex(full=True)
        assert archive.file_of("1.2.3.1") == archive.storage.path_of("1.2.3.1")
        [one] = archive.instances(keys("IMAGE", SOPInstanceUID="1.2.3.1"))
        assert one.path == archive.storage.path_of("1.2.3.1")


def test_superseded_versions_are_not_indexed(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive") as archive:
        for name in ("Old", "New"):
            archive.import_file(write(tmp_path / "a", "1.2.3", PatientName=name))
        archive.reindex(full=True)
        assert studies(archive, PatientName="new") == ["1.2"]
        assert rows(archive) == [1, 1, 1, 1]


def test_archive_that_was_not_closed_is_compared_with_its_files(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from dulcimer.archive import Archive; import threading\n"
        "archive = Archive(Path(sys.argv[1])); archive.import_file(Path(sys.argv[2])); archive.flush()\n"
        "archive.indexer.read = lambda stored: []; archive.import_file(Path(sys.argv[3]))\n"
        "archive.flush(); os._exit(9)\n"
    )
    files = [write(tmp_path / name, f"1.2.3.{name}", StudyInstanceUID=f"1.{name}") for name in ("1", "2")]
    root = tmp_path / "archive"
    assert subprocess.run([sys.executable, "-c", program, root, *files], check=False).returncode == 9
    with Archive(root) as archive:
        assert studies(archive) == ["1.1", "1.2"]


def test_archive_that_was_closed_is_opened_without_looking_at_its_files(tmp_path: Path) -> None:
    populate(tmp_path, 10)
    Archive(tmp_path).close()
    looked: list[Any] = []
    with Archive(tmp_path, progress=lambda *numbers: looked.append(numbers)):
        assert not looked


def test_closed_archive_answers_no_more(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.close()
    archive.close()
    with pytest.raises(RuntimeError, match="closed"):
        studies(archive)


def test_sequence_that_cannot_be_read_leaves_the_rest_of_the_instance(tmp_path: Path) -> None:
    broken = b"\xfe\xff\x00\xe0\x08\0\0\0" + b"\x28\0\x10\0US\xff\xff"
    with Archive(tmp_path / "archive") as archive:
        archive.import_file(write(tmp_path / "a", "1.2.3", ProcedureCodeSequence=broken, PatientName="Doe"))
        assert studies(archive, PatientName="doe") == ["1.2"]


def test_two_processes_share_an_archive(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from dulcimer.archive import Archive\n"
        "with Archive(Path(sys.argv[1])) as archive:\n"
        "    for name in sys.argv[2:]: archive.import_file(Path(name))\n"
    )
    root = tmp_path / "archive"
    every = []
    with Archive(root) as archive:
        running = []
        for process in range(2):
            files = [
                write(tmp_path / f"{process}-{number}", f"1.2.3.{process}.{number}", StudyInstanceUID=f"1.{number % 4}")
                for number in range(40)
            ]
            every += files
            running.append(subprocess.Popen([sys.executable, "-c", program, root, *files]))
        for number in range(40):
            archive.import_file(write(tmp_path / "own", f"1.2.3.9.{number}", StudyInstanceUID=f"1.{number % 4}"))
        assert [process.wait(60) for process in running] == [0, 0]
        assert rows(archive) == [1, 4, 4, 120]


def test_threads_write_at_the_same_time(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive") as archive:

        def work(number: int) -> None:
            for turn in range(25):
                path = write(tmp_path / f"{number}", f"1.2.3.{number}.{turn}", StudyInstanceUID=f"1.{turn % 5}")
                archive.import_file(path)
                assert f"1.{turn % 5}" in studies(archive)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert rows(archive) == [1, 5, 5, 100]


def test_one_instance_that_the_database_refuses_keeps_no_other_out(tmp_path: Path, monkeypatch: Any) -> None:
    with Archive(tmp_path / "archive") as archive:
        write_records = archive.index.write

        def refuse(records: Any) -> None:
            if any(record.sop_instance_uid == "1.2.3.2" for record in records):
                raise RuntimeError("refused")
            write_records(records)

        monkeypatch.setattr(archive.index, "write", refuse)
        for number in range(4):
            archive.import_file(write(tmp_path / "a", f"1.2.3.{number}"))
        assert archive.instances(keys("STUDY", StudyInstanceUID="1.2")).count == 3
        monkeypatch.undo()
    with Archive(tmp_path / "archive") as archive:
        assert archive.instances(keys("STUDY", StudyInstanceUID="1.2")).count == 4


@pytest.fixture(scope="module")
def full_of_damage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive that receives damaged instances, one after the other."""
    with Archive(tmp_path_factory.mktemp("damaged") / "archive") as archive:
        yield archive


@settings(max_examples=60)
@given(st.binary(max_size=300), st.integers(0, 200))
def test_damaged_data_set_is_kept_and_harms_nobody(full_of_damage: Archive, junk: bytes, place: int) -> None:
    archive, number = full_of_damage, next(NUMBERS)
    whole = encode(
        SOPInstanceUID=f"1.2.3.{number}", StudyInstanceUID="1.2", SeriesInstanceUID="1.2.3", PatientName="Doe"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        header = file_header(CT, f"1.2.3.{number}", "1.2.840.10008.1.2.1", "ME")
        path.write_bytes(header + whole[:place] + junk + whole[place:])
        archive.import_file(path)
        archive.import_file(write(path, f"1.2.9.{number}", StudyInstanceUID=f"1.9.{number}"))
    assert f"1.9.{number}" in studies(archive)
    assert archive.has(f"1.2.3.{number}")


def test_inflating_bomb_takes_no_memory(tmp_path: Path) -> None:
    data = encode(SOPInstanceUID="1.2.3", StudyInstanceUID="1.2", SeriesInstanceUID="1.2.3")
    bomb = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    header = file_header(CT, "1.2.3", str(DeflatedExplicitVRLittleEndian), "ME")
    with (tmp_path / "a").open("wb") as file:
        file.write(header + bomb.compress(data + b"\xe0\x7f\x10\0OB\0\0\0\0\0\x40"))
        for _ in range(200):
            file.write(bomb.compress(bytes(1 << 20)))
        file.write(bomb.flush())
    tracemalloc.start()
    with Archive(tmp_path / "archive") as archive:
        archive.import_file(tmp_path / "a")
        assert studies(archive) == ["1.2"]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20


def test_long_values_are_cut_for_the_index_and_whole_in_the_file(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive") as archive:
        long = {"PatientName": "ﷺ" * 2000, "PatientID": "x" * 5000, "PatientComments": "y" * 9000}
        path = write(tmp_path / "a", "1.2.3", encoding="utf-8", SpecificCharacterSet="ISO_IR 192", **long)
        stored = archive.import_file(path)
        assert stored.size >= path.stat().st_size - 100
        assert studies(archive, PatientID="x*", PatientComments="*yy") == ["1.2"]
        [patient] = archive.find("PATIENT", keys(PatientID=""))
        assert patient.PatientID == "x" * 512
