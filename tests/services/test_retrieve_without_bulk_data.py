"""What Composite Instance Retrieve Without Bulk Data leaves out, and what it keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from dulcimer.services.bulk_data import without_bulk_data
from support.dicom_files import TEST_FILES


@pytest.mark.clause("PS3.4 Z.1")
@pytest.mark.parametrize("name", ["CT_small.dcm", "JPEG2000.dcm"])
def test_pixels_are_left_out_and_all_else_is_kept(name: str) -> None:
    whole = dcmread(TEST_FILES / name)
    trimmed = without_bulk_data(whole)
    assert {element.keyword for element in whole} - {element.keyword for element in trimmed} == {"PixelData"}
    assert all(trimmed[element.tag] == element for element in whole if element.keyword != "PixelData")
    assert trimmed.file_meta == whole.file_meta


@pytest.mark.clause("PS3.4 Z.1")
def test_overlays_curves_and_audio_are_left_out_in_every_group() -> None:
    data_set = Dataset()
    for tag in (0x60003000, 0x60023000, 0x601E3000, 0x50003000, 0x50021000, 0x5002200C):
        data_set.add_new(tag, "OW", b"\0\0")
    data_set.add_new(0x60000010, "US", 1)
    assert [element.tag for element in without_bulk_data(data_set)] == [0x50021000, 0x60000010]


def test_the_handlers_data_set_is_not_changed_and_a_file_will_do() -> None:
    path: Path = TEST_FILES / "waveform_ecg.dcm"
    whole = dcmread(path)
    trimmed = without_bulk_data(whole)
    assert "WaveformData" in whole.WaveformSequence[0]
    assert "WaveformData" not in trimmed.WaveformSequence[0]
    assert trimmed.WaveformSequence[0].SamplingFrequency == whole.WaveformSequence[0].SamplingFrequency
    assert without_bulk_data(str(path)) == trimmed


def test_data_set_without_file_meta_will_do() -> None:
    data_set = Dataset()
    data_set.PatientID = "1"
    data_set.EncapsulatedDocument = b"%PDF"
    assert list(without_bulk_data(data_set)) == [data_set["PatientID"]]
