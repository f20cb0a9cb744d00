"""Broken files are reported and skipped, whatever their bytes; nothing is sent that is not a data set."""

from __future__ import annotations

import struct
import tempfile
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer import evt
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.cli.scu.cut_off import damage_of
from dulcimer.errors import DulcimerError
from dulcimer.services.data_sources import Instance
from dulcimer.services.instance_file import InstanceFile, NotADicomFile
from dulcimer.sop_class import CTImageStorage
from support.command_runs import invoke, lines_of, words_of
from support.dicom_files import TEST_FILES
from support.entities import scp, serving

CT = str(CTImageStorage)
IMPLICIT, EXPLICIT, DEFLATED, BIG = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
)
SEEDS = {
    name: (TEST_FILES / name).read_bytes()[:3000]
    for name in ("CT_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "image_dfl.dcm", "rtplan.dcm")
}


def element(tag: int, raw: bytes, order: str = "<") -> bytes:
    """In implicit VR."""
    raw += bytes(len(raw) % 2)
    return struct.pack(f"{order}HHI", tag >> 16, tag & 0xFFFF, len(raw)) + raw


def explicit(tag: int, vr: bytes, raw: bytes, order: str = "<") -> bytes:
    """In explicit VR, of 2 bytes of length."""
    raw += bytes(len(raw) % 2)
    return struct.pack(f"{order}HH2sH", tag >> 16, tag & 0xFFFF, vr, len(raw)) + raw


DATA = element(0x00080016, CT.encode()) + element(0x00080018, b"1.2.3.4") + element(0x00100020, b"ID")


def file_of(path: Path, meta: bytes, data: bytes = DATA) -> Path:
    path.write_bytes(bytes(128) + b"DICM" + meta + data)
    return path


def uid_element(tag: int, raw: bytes) -> bytes:
    return explicit(tag, b"UI", raw)


def meta_of(syntax: str, write: Callable[[int, bytes], bytes] = uid_element, uids: bool = True) -> bytes:
    body = write(0x00020002, CT.encode()) + write(0x00020003, b"1.2.3.4") if uids else b""
    return body + write(0x00020010, syntax.encode())


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A file that is cut or overwritten, or has bytes inserted or removed."""
    content = bytearray(SEEDS[draw(st.sampled_from(sorted(SEEDS)))])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)) | st.integers(min(128, len(content)), min(700, len(content))))
        match draw(st.sampled_from(["cut", "overwrite", "insert", "remove", "length"])):
            case "cut":
                del content[at:]
            case "overwrite":
                new = draw(st.binary(min_size=1, max_size=8))
                content[at : at + len(new)] = new
            case "insert":
                content[at:at] = draw(st.binary(min_size=1, max_size=16))
            case "remove":
                del content[at : at + draw(st.integers(1, 16))]
            case "length":
                content[at : at + 4] = draw(st.sampled_from([b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", bytes(4)]))
    return bytes(content)


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(broken())
def test_any_file_is_an_instance_or_refused_and_rewritten_or_reported(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
        path = Path(folder) / "file"
        path.write_bytes(content)
        try:
            instance = InstanceFile.inspect(path)
        except NotADicomFile as error:
            assert str(path) in str(error)
            return
        assert damage_of(instance).isprintable()
        for syntax in (IMPLICIT, BIG, DEFLATED):
            try:
                with Instance.of(instance).data(syntax) as data:
                    assert data is not None
            except DulcimerError:
                pass


@pytest.mark.clause("PS3.10 7.1")
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("vr", ["explicit", "implicit"])
def test_file_meta_information_in_any_encoding_is_no_part_of_the_data_set(tmp_path: Path, order: str, vr: str) -> None:
    def write(tag: int, raw: bytes) -> bytes:
        return explicit(tag, b"UI", raw, order) if vr == "explicit" else element(tag, raw, order)

    length = struct.pack(f"{order}I", len(meta_of(IMPLICIT, write)))
    group = explicit(0x00020000, b"UL", length, order) if vr == "explicit" else element(0x00020000, length, order)
    path = file_of(tmp_path / "file.dcm", group + meta_of(IMPLICIT, write))
    instance = InstanceFile.inspect(path)
    assert (instance.sop_class_uid, instance.sop_instance_uid, instance.transfer_syntax) == (CT, "1.2.3.4", IMPLICIT)
    assert path.read_bytes()[instance.offset :] == DATA
    received: list[bytes] = []

    def stored(event: Any) -> int:
        received.append(event.encoded_dataset(include_meta=False))
        return 0

    with serving(scp(CTImageStorage), [(evt.EVT_C_STORE, stored)]) as address:
        result = invoke("store", address, str(path))
    assert result.exit_code == 0, result.output
    assert received == [DATA]


@pytest.mark.clause("PS3.5 7.1")
@pytest.mark.parametrize(
    ("first", "told"),
    [
        (element(0x00020010, IMPLICIT.encode()), ""),
        (element(0x00000002, CT.encode()), "group 0000H"),
        (element(0x00020010, IMPLICIT.encode(), ">"), "group 0002H"),
    ],
)
def test_groups_that_are_not_of_data_sets_are_not_sent(tmp_path: Path, first: bytes, told: str) -> None:
    path = file_of(tmp_path / "file.dcm", meta_of(IMPLICIT), first + DATA)
    if not told:
        assert path.read_bytes()[InstanceFile.inspect(path).offset :] == DATA  # more of the same group
        return
    with pytest.raises(NotADicomFile, match=told):
        InstanceFile.inspect(path)


BROKEN = {
    "deflate stream": (meta_of(DEFLATED, uids=False), b"\xff" * 64),
    "nothing inflated": (meta_of(DEFLATED, uids=False), b""),
    "deflate bomb": (meta_of(DEFLATED, uids=False), zlib.compress(bytes(64 << 20), 9)[2:-4]),
    "cut item header": (meta_of(EXPLICIT, uids=False), b"\x08\0\x10\x11SQ\0\0\x20\0\0\0\xfe\xff"),
    "length beyond the end": (meta_of(IMPLICIT, uids=False), b"\x08\0\x16\0\xff\xff\0\0" + b"1.2"),
    "text": (b"", b"hello, this is a text and no DICOM"),
    "nothing": (b"", b""),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_file_is_passed_over_and_the_others_are_sent(tmp_path: Path, kind: str) -> None:
    path = file_of(tmp_path / "broken.dcm", *BROKEN[kind])
    good = file_of(tmp_path / "good.dcm", meta_of(IMPLICIT))
    with serving(scp(CTImageStorage), [(evt.EVT_C_STORE, lambda event: 0)]) as address:
        text = invoke("store", address, str(path), str(good))
        together = invoke("store", address, str(tmp_path), "--json")
    assert text.exit_code == 1
    assert f"not sent {path}" in words_of(text.stdout)
    assert f"stored {good}" in words_of(text.stdout)
    assert together.exit_code == 0
    assert lines_of(together)[-1]["summary"]["not_dicom"] == 1


@pytest.mark.parametrize(
    ("syntax", "data", "told"),
    [
        (IMPLICIT, DATA + b"\x10\0\x10\0\1\0\0\0A", "has an odd number of bytes in its data set"),
        (IMPLICIT, DATA + b"\x10\0\x10\0\5\0\0\0A", "is cut off: (0010,0010) should end at byte"),
        (IMPLICIT, DATA + element(0x00020010, b"1.2"), "has (0002,0010) in its data set"),
        (
            IMPLICIT,
            DATA
            + b"\x40\0\x75\2\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff"
            + element(0x00400009, b"1")
            + b"\xfe\xff\xdd\xe0\0\0\0\0",
            "has an item without Item Delimitation in (0040,0275)",
        ),
        (
            IMPLICIT,
            DATA + b"\x40\0\x75\2\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0",
            "lacks the delimitation of (0040,0275)",
        ),
        (IMPLICIT, DATA + b"\xfe\xff\xdd\xe0\0\0\0\0", "has a delimitation without a beginning"),
        (EXPLICIT, DATA, "which is explicit VR, but has no VR at byte"),
        (IMPLICIT, DATA, ""),
    ],
)
def test_what_is_wrong_with_a_data_set_is_reported_before_it_is_sent(
    tmp_path: Path, syntax: str, data: bytes, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = file_of(tmp_path / "file.dcm", meta_of(syntax), data)
    assert damage_of(InstanceFile.inspect(path)).startswith(told) or told in damage_of(InstanceFile.inspect(path))
    assert bool(damage_of(InstanceFile.inspect(path))) == bool(told)


def test_any_test_file_of_pydicom_that_is_whole_is_taken_for_whole() -> None:
    """Except those that are wrong by name, and one with a wrong transfer syntax."""
    damaged = set()
    for path in TEST_FILES.glob("*.dcm"):
        try:
            if damage_of(InstanceFile.inspect(path)):
                damaged.add(path.name)
        except NotADicomFile:
            continue
    assert damaged == {"MR_truncated.dcm", "rtplan_truncated.dcm", "SC_rgb_jpeg.dcm"}


def test_context_of_a_file_is_that_of_its_file_meta_information(tmp_path: Path) -> None:
    path = file_of(tmp_path / "file.dcm", meta_of(IMPLICIT))
    context = AcceptedContext(1, CT, IMPLICIT, as_scu=True, as_scp=False)
    assert Instance.of(path).context([context], []) is context
