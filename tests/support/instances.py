"""Small instances as files, written quickly, and keys to ask for them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from struct import pack

from pydicom import config
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from dulcimer.services.instance_file import file_header

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
EXPLICIT = str(ExplicitVRLittleEndian)


def encode(encoding: str = "ascii", **values: str | bytes) -> bytes:
    """A data set in Explicit VR Little Endian with these elements, text in this Python encoding."""
    elements = []
    for keyword, value in values.items():
        tag = tag_for_keyword(keyword)
        assert tag is not None, keyword
        vr = dictionary_VR(tag).encode()
        raw = value if isinstance(value, bytes) else value.encode(encoding)
        raw += (b"\0" if vr == b"UI" else b" ") * (len(raw) % 2)
        header = pack("<HH2sxxI", tag >> 16, tag & 0xFFFF, vr, len(raw)) if vr in (b"UT", b"UC", b"SQ") else b""
        header = header or pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(raw))
        elements.append((tag, header + raw))
    return b"".join(element for _, element in sorted(elements))


def instance_bytes(
    uid: str, *, sop_class: str = CT, encoding: str = "ascii", tail: bytes = b"", **values: str | bytes
) -> bytes:
    """A DICOM file with one instance; study 1.2 and series 1.2.3 unless told otherwise."""
    values = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.3", "PatientID": "P", **values}
    data = encode(encoding, SOPClassUID=sop_class, SOPInstanceUID=uid, **values)
    return file_header(sop_class, uid, EXPLICIT, "SENDER") + data + tail


def put(root: Path, uid: str, **values: str | bytes) -> Path:
    """Write the instance where the archive in `root` would keep it, without its care."""
    path = root / hashlib.sha256(uid.encode()).hexdigest()[:2] / f"{uid}.dcm"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(instance_bytes(uid, **values))  # type: ignore[arg-type]  # values by keyword
    return path


def write(path: Path, uid: str, **values: str | bytes) -> Path:
    """Write the instance to a file to import."""
    path.write_bytes(instance_bytes(uid, **values))  # type: ignore[arg-type]  # values by keyword
    return path


def populate(root: Path, count: int, *, per_series: int = 5, series_per_study: int = 2) -> None:
    """Write `count` instances in series and studies; two studies to a patient."""
    for number in range(count):
        series = number // per_series
        study = series // series_per_study
        put(
            root,
            f"1.2.826.1.{study}.{series}.{number}",
            sop_class=MR if series % 2 else CT,
            StudyInstanceUID=f"1.2.826.1.{study}",
            SeriesInstanceUID=f"1.2.826.1.{study}.{series}",
            PatientID=f"ID{study // 2:05}",
            PatientName=f"FAMILY{study // 2:05}^GIVEN{study // 2 % 7}",
            StudyDate=f"2024{study % 12 + 1:02}{study % 28 + 1:02}",
            StudyTime=f"{study % 24:02}{study % 60:02}00",
            AccessionNumber=f"A{study:06}",
            StudyDescription=f"Study number {study}",
            Modality="MR" if series % 2 else "CT",
            SeriesNumber=str(series),
            InstanceNumber=str(number % per_series + 1),
        )


def keys(level: str | None = None, **values: str) -> Dataset:
    """An Identifier."""
    identifier = Dataset()
    if level is not None:
        values["QueryRetrieveLevel"] = level
    for keyword, value in values.items():
        add(identifier, keyword, value)
    return identifier


def add(identifier: Dataset, keyword: str, value: str) -> None:
    """Add a key, which need not be a valid value of its VR; a backslash separates several."""
    tag = tag_for_keyword(keyword)
    assert tag is not None, keyword
    values = value.split("\\")
    chosen = values if len(values) > 1 else value
    identifier.add(DataElement(tag, dictionary_VR(tag), chosen, validation_mode=config.IGNORE))


def found(answers: Iterator[Dataset], keyword: str) -> list[str]:
    """The values of an attribute in all answers, sorted."""
    return sorted(str(answer[keyword].value) for answer in answers)
