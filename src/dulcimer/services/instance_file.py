"""Instances in DICOM files (PS3.10): their UIDs, the offset of the data set, and the header of a new file."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from struct import Struct, unpack_from
from typing import IO, Any

from dulcimer.acse.negotiation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dulcimer.dimse.bounds import DEFLATED, LONG_VRS
from dulcimer.dimse.messages import DataSource
from dulcimer.errors import DulcimerError

PREAMBLE_LENGTH = 128
_PREFIX = b"DICM"
_SHORT = Struct("<HH2sH")
_LONG = Struct("<HH2sxxI")
_META_GROUP = 0x0002
_BIG_META = b"\0\2"
_SOP_CLASS, _SOP_INSTANCE, _TRANSFER_SYNTAX = 0x0002, 0x0003, 0x0010
_FOREIGN_GROUPS = {
    b"\0\0": "group 0000H, which is that of command sets",
    b"\2\0": "group 0002H, which is that of the File Meta Information",
    _BIG_META: "group 0002H, which is that of the File Meta Information",
}
"""Groups that do not belong in a data set, by the first bytes of the tag."""
_UIDS = (_SOP_CLASS, _SOP_INSTANCE, _TRANSFER_SYNTAX)
_SHORTEST_HEADER, _LONGEST_HEADER = 8, 12
_MOST_META = 1 << 20


class NotADicomFile(DulcimerError):
    """A file whose instance is unknown: no SOP class, no SOP instance, or no transfer syntax."""


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
        """Read the File Meta Information; what it does not have is taken from the data set.

        Raises NotADicomFile, or OSError if the file cannot be read.
        """
        with path.open("rb") as file:
            head = file.read(PREAMBLE_LENGTH + len(_PREFIX))
            start = PREAMBLE_LENGTH + len(_PREFIX) if head[PREAMBLE_LENGTH:] == _PREFIX else 0
            file.seek(start)
            meta, offset = _read_meta(file, start)
            file.seek(offset)
            beginning = file.read(_SHORTEST_HEADER)
        sop_class, instance, syntax = (meta.get(key, "") for key in (_SOP_CLASS, _SOP_INSTANCE, _TRANSFER_SYNTAX))
        if not (sop_class and instance and syntax):
            sop_class, instance, syntax = _from_data_set(path, offset, sop_class, instance, syntax)
        if group := foreign_group(beginning, syntax):
            raise _not_dicom(f"{path}: its data set begins with {group} (PS3.5 7.1)")
        return cls(path, sop_class, instance, syntax, offset)

    def data_source(self, file: IO[bytes]) -> DataSource:
        """The data set in the open, unbuffered file."""
        return DataSource(file, self.offset, os.fstat(file.fileno()).st_size - self.offset)


@cache
def _kind() -> type[NotADicomFile]:
    from pydicom.errors import InvalidDicomError

    return type("NotADicomFile", (NotADicomFile, InvalidDicomError), {"__doc__": NotADicomFile.__doc__})


def _not_dicom(text: str) -> NotADicomFile:
    """The error, which is also one of pydicom; its class is made on first use, as pydicom takes long to load."""
    return _kind()(text)


def foreign_group(beginning: bytes, transfer_syntax: str) -> str:
    """The group of the first element, in words, if it does not belong in a data set (PS3.5 7.1); else "".

    `beginning` is the first 8 bytes of the data set; zero bytes are padding, not an element.
    """
    return "" if transfer_syntax == DEFLATED or not any(beginning) else _FOREIGN_GROUPS.get(beginning[:2], "")


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
    """The UIDs of group 0002H, and the byte where it ends.

    It is Explicit VR Little Endian (PS3.10 7.1). In some files it is all implicit VR, or big endian, and is read as
    such: its encoding does not depend on that of the data set.
    """
    meta: dict[int, str] = {}
    offset = start
    order = "<"
    while offset - start < _MOST_META:
        file.seek(offset)
        header = file.read(_LONGEST_HEADER)
        if len(header) < _SHORTEST_HEADER:
            break
        if offset == start and header[:2] == _BIG_META:
            order = ">"
        group, element, length, size = _element_header(header, order)
        if group != _META_GROUP or length > _MOST_META:
            break
        file.seek(offset + size)
        value = file.read(length)
        if len(value) < length:
            raise _not_dicom(f"{file.name}: cut off in its File Meta Information")
        offset += size + length
        if element in _UIDS:
            meta[element] = value.rstrip(b"\0 ").decode("latin-1")
    return meta, offset


def _element_header(header: bytes, order: str) -> tuple[int, int, int, int]:
    """Group, element, length of the value and of the header; without a VR the element is implicit."""
    group, element, vr, length = unpack_from(f"{order}HH2sH", header)
    if not vr.isalpha() or not vr.isupper():
        return group, element, unpack_from(f"{order}I", header, 4)[0], _SHORTEST_HEADER
    if vr in LONG_VRS and len(header) == _LONGEST_HEADER:
        return group, element, unpack_from(f"{order}I", header, 8)[0], _LONGEST_HEADER
    return group, element, length, _SHORTEST_HEADER


def _from_data_set(path: Path, offset: int, sop_class: str, instance: str, syntax: str) -> tuple[str, str, str]:
    from pydicom.filereader import dcmread, read_dataset
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian
    from pydicom.uid import ImplicitVRLittleEndian as Implicit

    wanted: list[Any] = ["SOPClassUID", "SOPInstanceUID"]
    data_set: Any
    try:
        if syntax == DEFLATED:
            with path.open("rb") as file:
                file.seek(offset)
                # A few bytes can inflate to any number; the wanted elements come first.
                head = zlib.decompressobj(-zlib.MAX_WBITS).decompress(file.read(_MOST_META), _MOST_META)
            data_set = read_dataset(BytesIO(head), False, True, specific_tags=wanted)
        else:
            data_set = dcmread(path, force=True, specific_tags=wanted, stop_before_pixels=True)
        sop_class = sop_class or str(data_set.get("SOPClassUID", ""))
        instance = instance or str(data_set.get("SOPInstanceUID", ""))
    except OSError:
        raise
    except Exception as error:  # pydicom may raise anything for damaged bytes
        raise _not_dicom(f"{path}: not a DICOM file: {error or type(error).__name__}") from error
    if not (sop_class and instance):
        missing = "SOP Class UID" if not sop_class else "SOP Instance UID"
        raise _not_dicom(f"{path}: no {missing} (PS3.10 7.1): it is not a DICOM file, or has no instance")
    if not syntax:
        implicit, little = data_set.original_encoding
        syntax = Implicit if implicit else ExplicitVRLittleEndian if little else ExplicitVRBigEndian
    return sop_class, instance, str(syntax)
