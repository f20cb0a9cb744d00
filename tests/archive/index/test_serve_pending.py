"""Processes that share an archive: a query in one finds what another has acknowledged, or had before it died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dulcimer.archive import Archive
from dulcimer.archive.index.pending import Pending
from dulcimer.archive.store import shared_by_others
from support.instances import found, instance_bytes, keys, write

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="several processes share an archive on POSIX only")

HOLD_AND_STORE = """
import sys
from pathlib import Path
from dulcimer.archive import Archive
archive = Archive(Path(sys.argv[1]))
archive.indexer.read = lambda stored: sys.stdin.readline() and []  # indexing does not come about
archive.import_file(Path(sys.argv[2]))
print("stored", flush=True)
sys.stdin.readline()
"""


def instances(archive: Archive) -> list[str]:
    return found(archive.find("IMAGE", keys(SOPInstanceUID="")), "SOPInstanceUID")


def test_backlog_counts_what_is_not_indexed(tmp_path: Path) -> None:
    backlog: list[int] = []
    with Archive(tmp_path / "archive", on_backlog=backlog.append) as archive:
        archive.import_file(write(tmp_path / "a", "1.2.3"))
        archive.flush()
        assert archive.backlog == 0
    assert backlog == [1, 0]


def test_query_waits_for_what_another_archive_has_acknowledged(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive") as one, Archive(tmp_path / "archive") as other:
        for number in range(10):
            storing, asking = (one, other) if number % 2 else (other, one)
            storing.import_file(write(tmp_path / "a", f"1.2.3.{number}"))
            assert len(instances(asking)) == number + 1


def test_query_is_answered_while_instances_keep_coming_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dulcimer.archive.index.indexing._MOST_GATHERED", 1 << 60)
    monkeypatch.setattr("dulcimer.archive.index.indexing._QUIET", 0.5)
    with Archive(tmp_path / "archive") as one, Archive(tmp_path / "archive") as other:
        seen: list[list[str]] = []
        stored = one.import_file(write(tmp_path / "a", "1.2.3.4"))
        asked = threading.Thread(target=lambda: seen.append(instances(other)))
        asked.start()
        deadline = time.monotonic() + 30.0
        while asked.is_alive() and time.monotonic() < deadline:
            one.add(stored)
            asked.join(0.01)
        assert seen == [["1.2.3.4"]]
        asked.join()


def test_what_a_killed_process_had_acknowledged_is_found_in_another_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a", "1.2.3.4")
    with (
        Archive(tmp_path / "archive") as archive,
        subprocess.Popen(
            [sys.executable, "-c", HOLD_AND_STORE, str(tmp_path / "archive"), str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as other,
    ):
        assert other.stdout is not None
        assert other.stdout.readline() == b"stored\n"
        with archive.index.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM instance").scalar() == 0
        other.send_signal(signal.SIGKILL)
        assert instances(archive) == ["1.2.3.4"]
        assert len(list((tmp_path / "archive" / ".pending").glob("[0-9]*"))) == 1


def test_archive_that_is_opened_beside_others_recovers_what_one_left_behind(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    with Archive(root), shared_by_others(root):
        left = Pending(root / ".pending")
        left.take()
        left.close(complete=False)
        (root / "hand").mkdir()
        (root / "hand" / "file").write_bytes(instance_bytes("1.2.3.9"))
        with Archive(root) as opened:
            assert instances(opened) == ["1.2.3.9"]
            assert not opened._pending.left_behind()


def test_recovery_that_fails_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "pending").mkdir()
    one, other = Pending(tmp_path / "pending"), Pending(tmp_path / "pending")
    other.take()
    other.close(complete=False)
    assert not one.wait_for_others()
    with pytest.raises(OSError, match="disk"), one.recovery() as needed:
        assert needed
        raise OSError("disk")
    assert one.left_behind()
    with one.recovery() as needed:
        assert needed
    assert one.wait_for_others()
    assert not one.left_behind()
    one.close(complete=True)
