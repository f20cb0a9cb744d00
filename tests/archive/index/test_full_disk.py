"""A file system that is really full: what was acknowledged while the index could not be written is found afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from dulcimer import AE
from dulcimer.sop_class import CTImageStorage
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from support.instances import write
from support.peers.processes import HOST, dulcimer_serve

_SIZE = 8 << 20
_FOR_ONE_FILE = 8 << 10
_WANTED, _TRIES = 3, 60


class Disk:
    """A small separate file system, with a file that fills it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._filling = (directory / "filling").open("wb", buffering=0)

    def leave(self, size: int) -> None:
        """Leave only this many bytes free."""
        status = os.statvfs(self.directory)
        length = self._filling.seek(0, os.SEEK_END) + status.f_bavail * status.f_frsize - size
        self._filling.truncate(length)
        if length:
            os.posix_fallocate(self._filling.fileno(), 0, length)

    def close(self) -> None:
        self._filling.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a file system")
    where = tmp_path / "disk"
    where.mkdir()
    options = f"size={_SIZE}"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", where], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        disk = Disk(where)
        try:
            yield disk
        finally:
            disk.close()
    finally:
        subprocess.run(["umount", "--lazy", where], check=True)


def test_what_was_acknowledged_while_the_index_had_no_room_is_found_when_there_is_some(
    disk: Disk, tmp_path: Path
) -> None:
    asked = Dataset()
    asked.QueryRetrieveLevel, asked.StudyInstanceUID, asked.SeriesInstanceUID = "IMAGE", "1.2", "1.2.3"
    asked.SOPInstanceUID = ""
    ae = AE("TESTER")
    for sop_class in (CTImageStorage, Find):
        ae.add_requested_context(sop_class)
    acknowledged: list[str] = []
    not_indexed: list[str] = []
    with dulcimer_serve(disk.directory / "archive") as peer:
        opened = ae.associate(HOST, peer.port)

        def find() -> tuple[int, list[str]]:
            *found, (final, _) = opened.send_c_find(asked, Find)
            return int(final.Status), sorted(str(match.SOPInstanceUID) for _, match in found if match is not None)

        for number in range(_TRIES):
            uid = f"1.2.3.{number}"
            disk.leave(_FOR_ONE_FILE)
            if opened.send_c_store(write(tmp_path / "instance.dcm", uid)).Status == 0x0000:
                acknowledged.append(uid)
                status, found = find()
                assert (status, found) in ((0xA700, []), (0x0000, sorted(acknowledged)))
                not_indexed += [uid] if status else []
            if len(not_indexed) == _WANTED:
                break
        assert len(not_indexed) == _WANTED
        disk.leave(_SIZE // 2)
        assert find() == (0x0000, sorted(acknowledged))
        opened.release()
        assert "the index cannot be written" in peer.log()
        assert "the index can be written again" in peer.log()
