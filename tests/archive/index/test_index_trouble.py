"""An index that cannot be written, files that cannot be read: what was acknowledged is found as soon as possible."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from errno import EMFILE, ENOSPC
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DataError, OperationalError

from dulcimer.archive import Archive
from dulcimer.archive.index import indexing as module
from dulcimer.archive.index.pending import IndexIncomplete
from dulcimer.archive.index.statuses import status_of
from dulcimer.archive.index.suspects import PassedOver, Suspects, read_apart
from dulcimer.limits import DEFAULTS
from dulcimer.services import durable
from support.instances import found, keys, put, write

FULL = OperationalError("INSERT", {"patient_name": "Secret"}, Exception("database or disk is full"))


def instances(archive: Archive) -> list[str]:
    return found(archive.find("IMAGE", keys(SOPInstanceUID="")), "SOPInstanceUID")


class Disk:
    """A wrapper around the index of an archive that fails as on a full disk while it is set to."""

    def __init__(self, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
        self.error: Exception | None = None
        self.writes = 0
        write_records = archive.index.write

        def refuse(records: Any) -> None:
            self.writes += 1
            if self.error is not None:
                raise self.error
            write_records(records)

        monkeypatch.setattr(archive.index, "write", refuse)


@pytest.fixture
def trouble() -> list[int]:
    """What the archive reports."""
    return []


@pytest.fixture
def archive(tmp_path: Path, trouble: list[int]) -> Iterator[Archive]:
    with Archive(tmp_path / "archive", on_trouble=trouble.append) as archive:
        yield archive


@pytest.mark.parametrize("error", [FULL, OSError(ENOSPC, "No space left on device")], ids=["database", "system"])
def test_query_is_refused_while_the_disk_is_full_and_complete_afterwards(
    archive: Archive,
    trouble: list[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    disk = Disk(archive, monkeypatch)
    archive.import_file(write(tmp_path / "a", "1.2.3.0"))
    assert instances(archive) == ["1.2.3.0"]
    disk.error = error
    for number in range(1, 8):
        archive.import_file(write(tmp_path / "a", f"1.2.3.{number}"))
    for _ in range(7):  # more often than the attempts for a single instance
        with pytest.raises(IndexIncomplete) as raised:
            instances(archive)
        assert status_of(raised.value, "C-FIND").Status == 0xA700
        assert status_of(raised.value, "C-GET").Status == 0xA701
        assert archive.backlog == trouble[-1] == 7
    with pytest.raises(IndexIncomplete):
        archive.instances(keys("STUDY", StudyInstanceUID="1.2"))
    disk.error = None
    assert len(instances(archive)) == 8
    assert archive.backlog == trouble[-1] == 0
    assert [one.levelname for one in caplog.records if "the index " in one.message] == ["ERROR", "WARNING"]
    assert "Secret" not in caplog.text


def test_new_instances_come_after_those_that_could_not_be_written(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(archive, monkeypatch)
    disk.error = FULL
    archive.import_file(write(tmp_path / "a", "1.2.3.1"))
    with pytest.raises(IndexIncomplete):
        archive.flush()
    disk.error = None
    archive.import_file(write(tmp_path / "a", "1.2.3.2"))
    assert instances(archive) == ["1.2.3.1", "1.2.3.2"]


def test_writing_is_tried_again_without_being_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SHORTEST_PAUSE", 0.0)
    monkeypatch.setattr(module, "_LONGEST_PAUSE", 0.0)
    over = threading.Event()

    def told(count: int) -> None:
        (over.clear if count else over.set)()

    with Archive(tmp_path / "archive", on_trouble=told) as archive:
        disk = Disk(archive, monkeypatch)
        disk.error = FULL
        archive.import_file(write(tmp_path / "a", "1.2.3.1"))
        with pytest.raises(IndexIncomplete):
            archive.flush()
        disk.error = None
        assert over.wait(30)
        assert archive.backlog == 0


def test_full_disk_costs_few_attempts_however_many_wait(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BATCH", 10)
    disk = Disk(archive, monkeypatch)
    disk.error = FULL
    for number in range(60):
        archive.import_file(write(tmp_path / "a", f"1.2.3.{number}"))
    with pytest.raises(IndexIncomplete):
        archive.flush()
    before = disk.writes
    with pytest.raises(IndexIncomplete):
        archive.flush()
    assert disk.writes - before <= 4
    disk.error = None
    assert len(instances(archive)) == 60


def test_closing_while_the_disk_is_full_leaves_the_rest_to_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(tmp_path / "archive")
    Disk(archive, monkeypatch).error = FULL
    archive.import_file(write(tmp_path / "a", "1.2.3.1"))
    archive.close()
    with Archive(tmp_path / "archive") as archive:
        assert instances(archive) == ["1.2.3.1"]


def test_one_that_the_database_never_takes_is_given_up_and_refuses_no_query(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Disk(archive, monkeypatch).error = DataError("INSERT", {}, Exception("no such number"))
    archive.import_file(write(tmp_path / "a", "1.2.3.1"))
    for _ in range(6):
        assert instances(archive) == []
    assert archive.backlog == 0
    assert caplog.text.count("stored, but not indexed") == 1


def test_file_that_cannot_be_opened_for_the_moment_is_found_later(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_descriptor(*_: Any) -> None:
        raise OSError(EMFILE, "Too many open files")

    real = archive.indexer.read
    archive.indexer.read = no_descriptor  # type: ignore[assignment]  # a fault is planted
    archive.import_file(write(tmp_path / "a", "1.2.3.1"))
    with pytest.raises(IndexIncomplete, match="Too many open files"):
        instances(archive)
    archive.indexer.read = real
    assert instances(archive) == ["1.2.3.1"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="several processes share an archive on POSIX only")
def test_query_to_another_process_is_refused_too_and_complete_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Archive(tmp_path / "archive") as one, Archive(tmp_path / "archive") as other:
        disk = Disk(one, monkeypatch)
        disk.error = FULL
        one.import_file(write(tmp_path / "a", "1.2.3.1"))
        for _ in range(3):
            with pytest.raises(IndexIncomplete):
                instances(other)
        disk.error = None
        assert instances(other) == ["1.2.3.1"]


def test_damaged_index_is_rebuilt_and_the_old_one_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = tmp_path / "archive"
    with Archive(root) as archive:
        archive.import_file(write(tmp_path / "a", "1.2.3.1"))
    (root / ".index.sqlite3").write_bytes(b"no database" * 1000)
    with Archive(root) as archive:
        assert instances(archive) == ["1.2.3.1"]
    assert "is rebuilt" in caplog.text
    assert (root / ".index.sqlite3.damaged").read_bytes().startswith(b"no database")


# Files whose reading crashes or hangs

KILLED_WHILE_READING = """
import os, signal, sys, threading
from pathlib import Path
import dulcimer.archive.index.suspects as suspects
from dulcimer.archive import Archive
real = suspects.read_record
stored = threading.Event()
def read(path, root, limits):
    if path.name == sys.argv[3]:
        stored.wait()
        os.kill(os.getpid(), signal.SIGKILL)
    return real(path, root, limits)
suspects.read_record = read
archive = Archive(Path(sys.argv[1]))
for path in sys.argv[2].split(","):
    archive.import_file(Path(path))
stored.set()
archive.flush()
"""


def killed(root: Path, files: list[Path], over: str) -> None:
    """A process that stores the files, and is killed while it reads one of them for the index."""
    command = [sys.executable, "-c", KILLED_WHILE_READING, str(root), ",".join(map(str, files)), over]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """The directory of an archive whose process was killed while it read `1.2.3.1.dcm`."""
    files = [write(tmp_path / str(number), f"1.2.3.{number}") for number in range(3)]
    killed(tmp_path / "archive", files, "1.2.3.1.dcm")
    return tmp_path / "archive"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process that was killed is told by its locks, on POSIX")
class TestSuspects:
    def test_file_that_was_read_when_a_process_was_killed_by_chance_is_found(self, crashed: Path) -> None:
        with Archive(crashed) as archive:
            assert instances(archive) == ["1.2.3.0", "1.2.3.1", "1.2.3.2"]
            assert archive.passed_over == []

    def test_file_whose_reading_ends_a_process_is_passed_over_and_reported(
        self, crashed: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def ends(path: Path, *_: Any) -> None:
            raise PassedOver(f"{path} is skipped: reading it crashed a process, which ended with status -9")

        monkeypatch.setattr("dulcimer.archive.index.suspects.read_apart", ends)
        read: list[str] = []
        real = Suspects.read

        def noted(self: Suspects, path: Path) -> Any:
            read.append(path.name)
            return real(self, path)

        monkeypatch.setattr(Suspects, "read", noted)
        with Archive(crashed) as archive:
            assert instances(archive) == ["1.2.3.0", "1.2.3.2"]
            [name] = archive.passed_over
            assert name.endswith("1.2.3.1.dcm")
        assert "1 file not indexed, because reading crashed a process" in caplog.text
        monkeypatch.undo()
        with Archive(crashed, read_all=True) as archive:  # and at the next start, even if all files are read again
            assert instances(archive) == ["1.2.3.0", "1.2.3.2"]
            assert archive.has("1.2.3.1")
        put(crashed, "1.2.3.1", PatientName="Corrected")
        with Archive(crashed, read_all=True) as archive:
            assert instances(archive) == ["1.2.3.0", "1.2.3.1", "1.2.3.2"]

    def test_mark_of_a_process_that_lives_is_left_alone(self, tmp_path: Path) -> None:
        with Archive(tmp_path) as archive:
            assert archive._suspects.left_behind() == []
            other = Suspects(tmp_path / ".reading", tmp_path, DEFAULTS)
            with other._marked("a"):
                assert archive._suspects.left_behind() == []
            other.close()

    def test_mark_is_never_there_without_its_lock(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with Archive(tmp_path) as archive:
            lock = durable.try_lock

            def late(file: Any) -> bool:
                assert archive._suspects.left_behind() == []  # another process starts now
                return lock(file)

            monkeypatch.setattr("dulcimer.archive.index.pending.try_lock", late)
            other = Suspects(tmp_path / ".reading", tmp_path, DEFAULTS)
            assert other._path.exists()
            other.close()

    def test_list_that_is_being_written_is_no_mark(self, tmp_path: Path) -> None:
        with Archive(tmp_path) as archive:
            unfinished = tmp_path / ".reading" / ".passed-over.json"
            unfinished.write_text("{}")
            assert archive._suspects.left_behind() == []
            assert unfinished.exists()

    def test_another_process_reads_as_this_one_does(self, tmp_path: Path) -> None:
        path = put(tmp_path, "1.2.3.4", PatientName="Doe")
        record = read_apart(path, tmp_path, DEFAULTS)
        assert record is not None
        assert record == Suspects(tmp_path / ".reading", tmp_path, DEFAULTS).read(path)
        (tmp_path / "no instance").write_bytes(b"")
        assert read_apart(tmp_path / "no instance", tmp_path, DEFAULTS) is None

    def test_process_that_ends_or_does_not_end_over_a_file_is_reported(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("dulcimer.archive.index.suspects._PROGRAM", "import os; os.kill(os.getpid(), 9)")
        with pytest.raises(PassedOver, match="crashed a process, which ended with status -9"):
            read_apart(tmp_path / "a", tmp_path, DEFAULTS)
        monkeypatch.setattr("dulcimer.archive.index.suspects._PROGRAM", "import signal; signal.pause()")
        monkeypatch.setattr("dulcimer.archive.index.suspects._PATIENCE", 0.2)
        with pytest.raises(PassedOver, match=r"took more than 0\.2 s"):
            read_apart(tmp_path / "a", tmp_path, DEFAULTS)


@pytest.mark.parametrize("error", [RecursionError("too deep"), MemoryError(), ValueError("Secret^Name")])
def test_start_survives_whatever_reading_a_file_raises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    root = tmp_path / "archive"
    for number in range(3):
        put(root, f"1.2.3.{number}")
    real = Suspects.read

    def read(self: Suspects, path: Path) -> Any:
        if path.name == "1.2.3.1.dcm":
            raise error
        return real(self, path)

    monkeypatch.setattr(Suspects, "read", read)
    with Archive(root) as archive:
        assert instances(archive) == ["1.2.3.0", "1.2.3.2"]
        assert archive.opening is not None
        assert archive.opening.unreadable == 1
    assert "1.2.3.1.dcm" in caplog.text
    assert "Secret" not in caplog.text
