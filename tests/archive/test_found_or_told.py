"""Queries find everything acknowledged with 0000H; if they will not, the status is a warning (PS3.4 B.2.3)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from pydicom.dataset import Dataset

from dulcimer._generated.commands import CStoreRq
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.archive.store import Archive
from dulcimer.dimse import command_set
from dulcimer.services.storage import InstanceDirectory

CT, IMPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2"
NAME = "1.2.3.4"
CONTEXT = AcceptedContext(1, CT, IMPLICIT, as_scu=False, as_scp=True)


def element(tag: int, raw: bytes, length: int | None = None) -> bytes:
    raw += bytes(len(raw) % 2)
    return pack("<HHI", tag >> 16, tag & 0xFFFF, len(raw) if length is None else length) + raw


CLASS, INSTANCE = element(0x00080016, CT.encode()), element(0x00080018, NAME.encode())
PATIENT, STUDY, SERIES = element(0x00100020, b"ID"), element(0x0020000D, b"1.2.3"), element(0x0020000E, b"1.2.3.1")
OPEN = element(0x00081140, b"", 0xFFFFFFFF) + b"\xfe\xff\0\xe0\xff\xff\xff\xff" + element(0x00080100, b"x")
STORED: dict[str, tuple[bytes, int, str]] = {
    "whole": (CLASS + INSTANCE + PATIENT + STUDY + SERIES, 0x0000, ""),
    "no study": (CLASS + INSTANCE + PATIENT + SERIES, 0xB007, "kept, but it has no Study Instance UID"),
    "no series": (CLASS + INSTANCE + PATIENT + STUDY, 0xB007, "kept, but it has no Series Instance UID"),
    "empty study": (
        CLASS + INSTANCE + element(0x0020000D, b"") + SERIES,
        0xB007,
        "kept, but it has no Study Instance UID",
    ),
    "nothing": (b"", 0xB007, "kept, but it has no Study and Series Instance UID"),
    "open item": (
        CLASS + INSTANCE + OPEN + b"\xfe\xff\xdd\xe0" + bytes(4) + STUDY + SERIES,
        0xB007,
        "kept, but it has no Study and Series Instance UID",
    ),
    "length beyond the end": (
        CLASS + INSTANCE + element(0x00100020, b"ID", 5000) + STUDY + SERIES,
        0xB007,
        "kept, but it has no Study and Series Instance UID",
    ),
    "another instance": (
        CLASS + element(0x00080018, b"1.2.3.5") + STUDY + SERIES,
        0xB007,
        "kept, but its data set has another SOP Instance UID",
    ),
    "another class": (
        element(0x00080016, b"1.2.840.10008.5.1.4.1.1.4") + INSTANCE + STUDY + SERIES,
        0xB007,
        "kept, but its data set has another SOP Class UID",
    ),
    "file meta": (
        element(0x00020010, IMPLICIT.encode()) + CLASS + INSTANCE + STUDY + SERIES,
        0xC000,
        "the data set begins with group 0002H, which is that of the File",
    ),
    "command": (
        element(0, pack("<I", 0)) + CLASS + INSTANCE + STUDY + SERIES,
        0xC000,
        "the data set begins with group 0000H, which is that of command s",
    ),
}


def stored(directory: InstanceDirectory, data: bytes) -> Any:
    request = CStoreRq(affected_sop_class_uid=CT, message_id=1, priority=0, affected_sop_instance_uid=NAME)
    command = command_set.decode(command_set.encode(request, has_data_set=True))
    sink = directory.open_sink(CONTEXT, command, "US")
    sink.write(data)
    return asyncio.run(directory.finish(request, sink))


@pytest.mark.clause("PS3.4 B.2.3")
@pytest.mark.parametrize("kind", STORED)
def test_success_means_that_queries_find_it(tmp_path: Path, kind: str) -> None:
    data, status, comment = STORED[kind]
    (tmp_path / "archive").mkdir()
    with Archive(tmp_path / "archive") as archive:
        response = stored(archive.storage, data)
        wanted = Dataset()
        wanted.SOPInstanceUID = NAME
        found = [match.SOPInstanceUID for match in archive.find("IMAGE", wanted)]
    assert response.status == status
    assert (response.error_comment or "") == comment
    files = [path.name for path in (tmp_path / "archive").rglob("*.dcm")]
    assert files == ([] if status == 0xC000 else [f"{NAME}.dcm"])
    if status == 0:
        assert found == [NAME]
    elif "another" not in kind:
        assert found == []
