"""Instances in DICOM files (PS3.10): where the data set lies, and what it is; a header for a new file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from struct import Struct
from typing import IO

from dulcimer.acse.negotiation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dulcimer.dimse.messages import DataSource
from dulcimer.errors import DulcimerError

PREAMBLE_LENGTH = 128
_PREFIX = b"DICM"
_SHORT = Struct("<HH2sH")
_LONG = Struct("<HH2sxxI")
LONG_VRS = {b"OB", b"OW", b"OF", b"SQ", b"UT", b"UN", b"UC", b"UR", b"OD", b"OL", b"OV", b"SV", b"UV"}
_META_GROUP = 0x0002
_SOP_CLASS, _SOP_INSTANCE, _TRANSFER_SYNTAX = 0x0002, 0x0003, 0x0010
_MOST_META = 1 << 20


class NotADicomFile(DulcimerError):
    """A file whose instance cannot be told: no SOP class, no SOP instance, or no transfer syntax."""


@dataclass(frozen=True, slots=True)
class InstanceFile:
    """A file with one instance; its data set starts at byte `offset` and is not read here."""

    path: Path
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    offset: int

    @classmethod
    def inspect(cls, path: Path) -> InstanceFile:
        """Read the File Meta Information; fall back to the data set where it says nothing.

        Raises NotADicomFile, or OSError if the file cannot be read.
        """
        with path.open("rb") as file:
            head = file.read(PREAMBLE_LENGTH + len(_PREFIX))
            start = PREAMBLE_LENGTH + len(_PREFIX) if head[PREAMBLE_LENGTH:] == _PREFIX else 0
            file.seek(start)
            meta, offset = _read_meta(file, start)
        sop_class, instance, syntax = (meta.get(key, "") for key in (_SOP_CLASS, _SOP_INSTANCE, _TRANSFER_SYNTAX))
        if not (sop_class and instance and syntax):
            sop_class, instance, syntax = _from_data_set(path, sop_class, instance, syntax)
        return cls(path, sop_class, instance, syntax, offset)

    def data_source(self, file: IO[bytes]) -> DataSource:
        """The data set in the open, unbuffered file."""
        return DataSource(file, self.offset, os.fstat(file.fileno()).st_size - self.offset)


@cache
def _kind() -> type[NotADicomFile]:
    from pydicom.errors import InvalidDicomError

    return type("NotADicomFile", (NotADicomFile, InvalidDicomError), {"__doc__": NotADicomFile.__doc__})


def _not_dicom(text: str) -> NotADicomFile:
    """The error, as one of pydicom's, too; made here, since pydicom takes long to load."""
    return _kind()(text)


def file_header(sop_class_uid: str, sop_instance_uid: str, transfer_syntax: str, source_ae_title: str) -> bytes:
    """Preamble, prefix and File Meta Information of a file for a received instance (PS3.10 7.1)."""
    elements = (
        _LONG.pack(_META_GROUP, 0x0001, b"OB", 2)
        + b"\0\1"
        + _uid(_SOP_CLASS, sop_class_uid)
        + _uid(_SOP_INSTANCE, sop_instance_uid)
        + _uid(_TRANSFER_SYNTAX, transfer_syntax)
        + _uid(0x0012, IMPLEMENTATION_CLASS_UID)
        + _text(0x0013, b"SH", IMPLEMENTATION_VERSION_NAME, b" ")
        + _text(0x0016, b"AE", source_ae_title, b" ")
    )
    length = _SHORT.pack(_META_GROUP, 0x0000, b"UL", 4) + len(elements).to_bytes(4, "little")
    return bytes(PREAMBLE_LENGTH) + _PREFIX + length + elements


def _uid(element: int, value: str) -> bytes:
    return _text(element, b"UI", value, b"\0")


def _text(element: int, vr: bytes, value: str, padding: bytes) -> bytes:
    raw = value.encode("latin-1", "replace")
    raw += padding * (len(raw) & 1)
    return _SHORT.pack(_META_GROUP, element, vr, len(raw)) + raw


def _read_meta(file: IO[bytes], start: int) -> tuple[dict[int, str], int]:
    """The text elements of group 0002H, which is Explicit VR Little Endian, and the byte where it ends."""
    meta: dict[int, str] = {}
    offset = start
    while offset - start < _MOST_META:
        header = file.read(_LONG.size)
        if len(header) < _SHORT.size:
            break
        group, element, vr, length = _SHORT.unpack_from(header)
        if group != _META_GROUP or not vr.isalpha():
            break
        size = _SHORT.size
        if vr in LONG_VRS and len(header) == _LONG.size:
            length = _LONG.unpack(header)[3]
            size = _LONG.size
        if length > _MOST_META:
            break
        file.seek(offset + size)
        value = file.read(length)
        offset += size + length
        if vr == b"UI":
            meta[element] = value.rstrip(b"\0 ").decode("latin-1")
    return meta, offset


def _from_data_set(path: Path, sop_class: str, instance: str, syntax: str) -> tuple[str, str, str]:
    from pydicom import dcmread
    from pydicom.errors import BytesLengthException, InvalidDicomError
    from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian
    from pydicom.uid import ImplicitVRLittleEndian as Implicit

    try:
        data_set = dcmread(path, force=True, specific_tags=["SOPClassUID", "SOPInstanceUID"], stop_before_pixels=True)
        sop_class = sop_class or str(data_set.get("SOPClassUID", ""))
        instance = instance or str(data_set.get("SOPInstanceUID", ""))
    except (
        InvalidDicomError,
        BytesLengthException,
        ValueError,
        KeyError,
        EOFError,
        NotImplementedError,
    ) as error:
        raise _not_dicom(f"{path}: not a DICOM file: {error}") from error
    if not (sop_class and instance):
        missing = "SOP Class UID" if not sop_class else "SOP Instance UID"
        raise _not_dicom(f"{path}: no {missing} (PS3.10 7.1): it is no DICOM file, or one without an instance")
    if not syntax:
        implicit, little = data_set.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        syntax = Implicit if implicit else explicit
        assert syntax != DeflatedExplicitVRLittleEndian
    return sop_class, instance, str(syntax)
