"""Instances without their bulk data, for Composite Instance Retrieve Without Bulk Data (PS3.4 Annex Z)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dulcimer._generated.services import SERVICE_CLASSES

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

WITHOUT_BULK_DATA = next(
    row.uid
    for row in SERVICE_CLASSES["Query/Retrieve"].sop_classes
    if row.keyword == "CompositeInstanceRetrieveWithoutBulkDataGet"
)
_KEYWORDS = {
    "DoubleFloatPixelData",
    "EncapsulatedDocument",
    "FloatPixelData",
    "PixelData",
    "PixelDataProviderURL",
    "SpectroscopyData",
    "WaveformData",
}
_REPEATED = {(0x5000, 0x200C), (0x5000, 0x3000), (0x6000, 0x3000)}
"""Group (and each even one up to 1EH higher) and element: audio samples, curves, overlays."""


def without_bulk_data(source: Any) -> Dataset:
    """A copy of the data set, or of that in the file, without the attributes that hold bulk data (PS3.4 Z.1)."""
    from pydicom import dcmread

    return _trimmed(dcmread(source) if isinstance(source, str | Path) else source)


def _trimmed(data_set: Dataset) -> Dataset:
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    kept = Dataset()
    for element in data_set:
        if element.keyword == "WaveformSequence":
            kept.WaveformSequence = Sequence(_trimmed(item) for item in element.value)
        elif element.keyword not in _KEYWORDS and (element.tag.group & 0xFF00, element.tag.element) not in _REPEATED:
            kept.add(element)
    if hasattr(data_set, "file_meta"):
        kept.file_meta = data_set.file_meta
    kept.set_original_encoding(*data_set.original_encoding)
    return kept
