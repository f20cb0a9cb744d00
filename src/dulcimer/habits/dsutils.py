"""Data sets to bytes and back, the header of a DICOM file, and printable text, under the names of pynetdicom."""

from __future__ import annotations

import logging
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from dulcimer.acse.negotiation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from dulcimer.counting import counted
from dulcimer.dimse.data_set import decode_data_set, encode_data_set
from dulcimer.errors import EncodeError

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement

logger = logging.getLogger("dulcimer.dsutils")

IMPLEMENTATION_UID = UID(IMPLEMENTATION_CLASS_UID)
"""Implementation Class UID (0002,0012) of dulcimer."""
UID_PREFIX = f"{IMPLEMENTATION_CLASS_UID}."
"""A root for UIDs, for `pydicom.uid.generate_uid`."""

_META_GROUP = 0x0002
_BINARY = ("OB", "OD", "OF", "OL", "OV", "OW", "UN")
_SHORT_BINARY = 13
"""Most bytes that are shown one by one."""


def create_file_meta(
    *,
    sop_class_uid: str,
    sop_instance_uid: str,
    transfer_syntax: str,
    implementation_uid: str = IMPLEMENTATION_UID,
    implementation_version: str = IMPLEMENTATION_VERSION_NAME,
) -> FileMetaDataset:
    """File Meta Information for an instance (PS3.10 7.1); its group length is set when it is written."""
    meta = FileMetaDataset()
    meta.FileMetaInformationGroupLength = 0
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID = UID(sop_class_uid)
    meta.MediaStorageSOPInstanceUID = UID(sop_instance_uid)
    meta.TransferSyntaxUID = UID(transfer_syntax)
    meta.ImplementationClassUID = UID(implementation_uid)
    meta.ImplementationVersionName = implementation_version
    return meta


def decode(bytestring: BytesIO, is_implicit_vr: bool, is_little_endian: bool, deflated: bool = False) -> Dataset:
    """The data set in these bytes, all of them, wherever the stream is positioned.

    Raises DIMSEProcessingError for bytes that are not a data set of that encoding.
    """
    return decode_data_set(bytestring.getvalue(), _syntax(is_implicit_vr, is_little_endian, deflated))


def encode(ds: Dataset, is_implicit_vr: bool, is_little_endian: bool, deflated: bool = False) -> bytes | None:
    """The bytes of a data set; None, and a record in the log, for one that cannot be written."""
    try:
        return encode_data_set(ds, _syntax(is_implicit_vr, is_little_endian, deflated))
    except EncodeError as error:
        logger.error("%s", error)
        return None


def encode_file_meta(file_meta: FileMetaDataset) -> bytes:
    """The bytes of File Meta Information, group length first, without preamble and prefix (PS3.10 7.1)."""
    from pydicom.filebase import DicomBytesIO
    from pydicom.filewriter import write_file_meta_info

    buffer = DicomBytesIO()
    write_file_meta_info(buffer, file_meta)
    return bytes(buffer.getvalue())


def split_dataset(path: Path) -> tuple[Dataset, int]:
    """The File Meta Information of a file, empty if it has none, and the byte at which its data set starts."""
    from pydicom.filereader import read_dataset, read_preamble

    with Path(path).open("rb") as file:
        read_preamble(file, force=False)
        meta = read_dataset(
            file,
            is_implicit_VR=False,
            is_little_endian=True,
            stop_when=lambda tag, _vr, _length: tag.group != _META_GROUP,
        )
        return meta, file.tell()


def pretty_dataset(ds: Dataset, indent: int = 0, indent_char: str = "  ") -> list[str]:
    """A line for each element, those of sequence items indented."""
    lines = []
    for element in ds:
        lines.append(indent_char * indent + pretty_element(element))
        if element.VR == "SQ":
            for number, item in enumerate(element.value, 1):
                lines.append(f"{indent_char * (indent + 1)}(Sequence item #{number})")
                lines += pretty_dataset(item, indent + 2, indent_char)
    return lines


def pretty_element(elem: DataElement) -> str:
    """Tag, VR, value, multiplicity and keyword of an element; long binary values only by their length in bytes."""
    return f"({elem.tag.group:04X},{elem.tag.element:04X}) {elem.VR} {_shown(elem): <40} # {elem.VM} {elem.keyword}"


def _shown(elem: DataElement) -> str:
    value = elem.value
    if elem.VR == "SQ":
        return f"(Sequence with {counted(len(value), 'item')})"
    if elem.VM == 0:
        return "(no value available)"
    if elem.VR in _BINARY and isinstance(value, bytes):
        if len(value) <= _SHORT_BINARY:
            return f"[{value.hex(' ')}]"
        return f"({counted(len(value), 'byte')} of binary data)"
    return f"[{value}]" if elem.VM == 1 else "[{}]".format("\\".join(map(str, value)))


def _syntax(is_implicit_vr: bool, is_little_endian: bool, deflated: bool) -> str:
    if deflated:
        return DeflatedExplicitVRLittleEndian
    if is_implicit_vr:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if is_little_endian else ExplicitVRBigEndian
