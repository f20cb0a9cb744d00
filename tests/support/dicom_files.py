"""The DICOM files that come with pydicom, as instances to send, and large ones made on the spot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.filebase import DicomFileLike
from pydicom.filereader import read_file_meta_info
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MediaStorageDirectoryStorage

TEST_FILES = Path(pydicom.__file__).parent / "data" / "test_files"
_LONG_LENGTH = {b"OB", b"UN"}


@dataclass(frozen=True)
class Instance:
    """A file with what its file meta information says (PS3.10 7.1)."""

    path: Path
    sop_class: str
    sop_instance: str
    transfer_syntax: str

    @property
    def name(self) -> str:
        """The path below the folder of the test files."""
        return self.path.relative_to(TEST_FILES).as_posix()


def data_set(path: Path) -> bytes:
    """The encoded data set of a DICOM file: what follows the preamble and the elements of group 0002H."""
    raw = path.read_bytes()
    offset = 132
    while raw[offset : offset + 2] == b"\x02\x00":
        long = raw[offset + 4 : offset + 6] in _LONG_LENGTH
        start, width = (offset + 8, 4) if long else (offset + 6, 2)
        offset = start + width + int.from_bytes(raw[start : start + width], "little")
    return raw[offset:]


def read_instance(path: Path) -> Instance:
    """The instance in a DICOM file; ``ValueError`` where its file meta information does not identify one."""
    try:
        meta = read_file_meta_info(path)
        sop_class, sop_instance = str(meta.MediaStorageSOPClassUID), str(meta.MediaStorageSOPInstanceUID)
        transfer_syntax = str(meta.TransferSyntaxUID)
    except (InvalidDicomError, AttributeError) as error:
        raise ValueError(f"{path}: {error}") from error
    if not (sop_class and sop_instance and transfer_syntax):
        raise ValueError(f"{path}: an empty UID in the file meta information")
    if sop_class == MediaStorageDirectoryStorage:
        raise ValueError(f"{path}: a directory is not sent over the network")
    return Instance(path, sop_class, sop_instance, transfer_syntax)


def sort_test_files() -> tuple[tuple[Instance, ...], tuple[str, ...]]:
    """Every file that comes with pydicom: the instances of storage SOP classes, and the names of the rest."""
    instances: list[Instance] = []
    others: list[str] = []
    for path in sorted(TEST_FILES.rglob("*")):
        if path.is_dir():
            continue
        try:
            instance = read_instance(path)
        except ValueError:
            others.append(path.relative_to(TEST_FILES).as_posix())
            continue
        assert pydicom.uid.UID(instance.sop_class).name.endswith(" Storage"), instance
        instances.append(instance)
    return tuple(instances), tuple(others)


def rounds_without_doubles(instances: Iterable[Instance]) -> list[list[Instance]]:
    """The instances in rounds, none of which has two with the same SOP Instance UID."""
    seen: dict[str, int] = defaultdict(int)
    rounds: list[list[Instance]] = []
    for instance in instances:
        number = seen[instance.sop_instance]
        seen[instance.sop_instance] += 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(instance)
    return rounds


def write_large_instance(path: Path, size: int, number: int = 1) -> Path:
    """A CT image of ``size`` bytes of pixel data: a sparse file, so that it costs neither time nor disk.

    The pixel data does not fit its attributes; receivers that decode no images do not mind.
    """
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = pydicom.uid.UID(f"1.2.826.0.1.3680043.10.1554.1.{number}")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = pydicom.uid.PYDICOM_IMPLEMENTATION_UID
    with path.open("wb") as file:
        file.write(bytes(128) + b"DICM")
        write_file_meta_info(DicomFileLike(file), meta, enforce_standard=True)
        for tag, text in (
            (b"\x08\x00\x16\x00", meta.MediaStorageSOPClassUID),
            (b"\x08\x00\x18\x00", meta.MediaStorageSOPInstanceUID),
        ):
            value = text.encode() + b"\0" * (len(text) % 2)
            file.write(tag + b"UI" + len(value).to_bytes(2, "little") + value)
        file.write(b"\xe0\x7f\x10\x00OB\0\0" + size.to_bytes(4, "little"))
        file.truncate(file.tell() + size)
    return path


def write_storescu_profile(path: Path, instances: Iterable[Instance]) -> list[str]:
    """Write a DCMTK association profile that proposes each pair of the instances; the options that use it."""
    pairs = sorted({(instance.sop_class, instance.transfer_syntax) for instance in instances})
    syntaxes = sorted({syntax for _, syntax in pairs})
    lines = ["[[TransferSyntaxes]]"]
    for number, syntax in enumerate(syntaxes):
        lines += [f"[Syntax{number}]", f"TransferSyntax1 = {syntax}"]
    lines += ["[[PresentationContexts]]", "[Contexts]"]
    for number, (sop_class, syntax) in enumerate(pairs, start=1):
        lines.append(f"PresentationContext{number} = {sop_class}\\Syntax{syntaxes.index(syntax)}")
    lines += ["[[Profiles]]", "[Default]", "PresentationContexts = Contexts"]
    path.write_text("\n".join(lines) + "\n")
    return ["-xf", str(path), "Default"]
