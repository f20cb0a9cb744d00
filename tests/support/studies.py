"""Studies of small CT images as DICOM files, and orders for a worklist."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from support.dicom_files import TEST_FILES

ROOT = "1.2.826.0.1.3680043.10.1554.9"


@dataclass(frozen=True)
class Image:
    """A file with one image."""

    path: Path
    study: str
    series: str
    instance: str


def write_image(path: Path, study: int, number: int = 1, **values: Any) -> Image:
    """The image `number` of study `study`, of a patient of its own unless the values say otherwise."""
    image = Image(path, f"{ROOT}.{study}", f"{ROOT}.{study}.1", f"{ROOT}.{study}.1.{number}")
    data_set = pydicom.dcmread(TEST_FILES / "CT_small.dcm")
    data_set.StudyInstanceUID, data_set.SeriesInstanceUID = image.study, image.series
    data_set.SOPInstanceUID = data_set.file_meta.MediaStorageSOPInstanceUID = UID(image.instance)
    data_set.PatientID, data_set.PatientName = f"P{study}", f"FAMILY{study}^GIVEN"
    data_set.StudyDate, data_set.InstanceNumber = f"2024010{study % 9 + 1}", number
    del data_set.DataSetTrailingPadding  # DCMTK leaves it out
    for keyword, value in values.items():
        setattr(data_set, keyword, value)
    data_set.save_as(path)
    return image


def write_study(folder: Path, study: int, count: int) -> list[Image]:
    """A study of `count` images."""
    folder.mkdir(exist_ok=True)
    return [write_image(folder / f"{study}.{number}.dcm", study, number) for number in range(1, count + 1)]


def write_order(path: Path, number: int, **step: Any) -> Path:
    """A worklist item of one scheduled procedure step."""
    item, scheduled, meta = Dataset(), Dataset(), FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = UID("1.2.276.0.7230010.3.1.0.1")  # of DCMTK, for worklist files
    meta.MediaStorageSOPInstanceUID = UID(f"{ROOT}.99.{number}")
    item.file_meta = meta
    item.PatientID, item.PatientName = f"W{number}", f"ORDERED^{number}"
    item.StudyInstanceUID, item.AccessionNumber = f"{ROOT}.98.{number}", f"A{number}"
    item.RequestedProcedureID = f"RP{number}"
    scheduled.Modality, scheduled.ScheduledStationAETitle = "CT", "SCANNER"
    scheduled.ScheduledProcedureStepStartDate, scheduled.ScheduledProcedureStepStartTime = "20240102", "0900"
    scheduled.ScheduledProcedureStepID = f"SPS{number}"
    for keyword, value in step.items():
        setattr(scheduled, keyword, value)
    item.ScheduledProcedureStepSequence = [scheduled]
    item.save_as(path, enforce_file_format=True)
    return path
