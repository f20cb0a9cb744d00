"""Command sets and data sets in which every element, VR and structure of their schemas occurs; all of it is made up."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit

from dulcimer._generated.commands import ELEMENTS, CommandField, Priority
from dulcimer._generated.statuses import SUCCESS
from dulcimer.conformance.stimuli.dimse import STORED_CLASS, instance_uid
from dulcimer.dimse.command_set import DATA_SET_FOLLOWS, encode_values
from dulcimer.dimse.data_set import encode_data_set
from dulcimer.fuzz.tree.commands import COMMAND_SET
from dulcimer.fuzz.tree.shapes import ListShape

IMPLICIT = str(ImplicitVRLittleEndian)
EXPLICIT = str(ExplicitVRLittleEndian)
ENCAPSULATED = str(JPEGBaseline8Bit)
"""A transfer syntax whose pixel data is in fragments; its other elements are in Explicit VR."""

_INSTANCE = instance_uid("instance")
_VALUES: dict[str, int | str | tuple[int, ...]] = {
    "US": 1,
    "UI": _INSTANCE,
    "AE": "DULCIMER",
    "AT": (0x00100010, 0x00100020),
}
_PRIVATE_CREATOR, _PRIVATE = 0x00110010, 0x00111001


@cache
def every_command_element(
    command_field: CommandField = CommandField.C_STORE_RQ, sop_class: str = STORED_CLASS, status: int = SUCCESS
) -> bytes:
    """A command set with every element that messages have, whichever its message has; a data set follows it."""
    (elements,) = COMMAND_SET.members
    assert isinstance(elements, ListShape)
    names = {shape.name for shape in elements.elements()}
    given = {
        "command_field": int(command_field),
        "affected_sop_class_uid": sop_class,
        "requested_sop_class_uid": sop_class,
        "priority": int(Priority.MEDIUM),
        "command_data_set_type": DATA_SET_FOLLOWS,
        "status": status,
    }
    return encode_values(
        {
            tag: given.get(element.attribute, _VALUES[element.vr])
            for tag, element in ELEMENTS.items()
            if element.attribute in names and tag
        }
    )


@cache
def every_data_element(transfer_syntax: str) -> bytes:
    """A data set with an element of each VR, and with sequences and items of defined and of undefined length.

    In Implicit VR the element of VR UN is private, since no VR is written there.
    """
    found = instance_of_tester()
    found.update(_texts())
    found.update(_numbers())
    found.update(_sequences())
    found.add_new(_PRIVATE_CREATOR, "LO", "DULCIMER")
    found.add_new(_PRIVATE, "UN", b"\x01\x02")
    return encode_data_set(found, transfer_syntax)


@cache
def encapsulated_instance() -> bytes:
    """A data set with pixel data of two fragments after an empty table of offsets, in `ENCAPSULATED`."""
    found = instance_of_tester()
    found.PixelData = encapsulate([b"\xff\xd8synthetic\xff\xd9", b"\xff\xd8pixels\xff\xd9"], has_bot=False)
    found["PixelData"].VR = "OB"
    found["PixelData"].is_undefined_length = True
    return encode_data_set(found, ENCAPSULATED)


def data_set_with(**values: Any) -> Dataset:
    """A data set of these elements, named by their keywords."""
    found = Dataset()
    for keyword, value in values.items():
        setattr(found, keyword, value)
    return found


def instance_of_tester() -> Dataset:
    """What an instance is known by."""
    return data_set_with(
        SOPClassUID=STORED_CLASS,
        SOPInstanceUID=_INSTANCE,
        PatientName="DULCIMER^SYNTHETIC",
        PatientID="DULCIMER-FUZZ",
        StudyInstanceUID=instance_uid("study"),
        SeriesInstanceUID=instance_uid("series"),
    )


def _texts() -> Dataset:
    return data_set_with(
        RetrieveAETitle="DULCIMER",
        PatientAge="042Y",
        Modality="OT",
        StudyDate="20200101",
        PatientWeight="1.5",
        AcquisitionDateTime="20200101120000",
        InstanceNumber="1",
        AdditionalPatientHistory="none",
        StudyID="1",
        InstitutionAddress="nowhere",
        StudyTime="120000",
        LongCodeValue="synthetic",
        RetrieveURL="http://localhost/",
        PrivateDataElementDescription="synthetic",
    )


def _numbers() -> Dataset:
    return data_set_with(
        FrameIncrementPointer=0x00181063,
        DiffusionBValue=1.5,
        RecommendedDisplayFrameRateInFloat=1.5,
        ReferencePixelX0=-2,
        TagAngleSecondAxis=-2,
        SelectorSVValue=-2,
        RegionFlags=1,
        Rows=2,
        SelectorUVValue=1,
        EncapsulatedDocument=b"synthetic\0",
        SelectorODValue=bytes(8),
        SelectorOFValue=bytes(4),
        SelectorOLValue=bytes(4),
        SelectorOVValue=bytes(8),
        RedPaletteColorLookupTableData=bytes(4),
    )


def _sequences() -> Dataset:
    """Sequences without items, in a sequence, and with one, both and none of the two kinds of length undefined."""
    found = data_set_with(
        ReferencedPerformedProcedureStepSequence=Sequence(),
        ReferencedSeriesSequence=Sequence([data_set_with(ReferencedSOPSequence=Sequence([_item()]))]),
        ReferencedImageSequence=Sequence([_item(), _item()]),
        ReferencedInstanceSequence=Sequence([_item(), _item(undefined=True)]),
        SourceImageSequence=Sequence([_item(undefined=True), _item()]),
    )
    found["SourceImageSequence"].is_undefined_length = True
    return found


def _item(*, undefined: bool = False) -> Dataset:
    found = data_set_with(ReferencedSOPClassUID=STORED_CLASS, ReferencedSOPInstanceUID=_INSTANCE)
    found.is_undefined_length_sequence_item = undefined
    return found
