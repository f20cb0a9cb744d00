"""The attributes that the archive indexes, by level of the Query/Retrieve information models (PS3.4 C.6.1, C.6.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from pydicom.datadict import dictionary_VM, dictionary_VR, tag_for_keyword
from pydicom.tag import BaseTag, Tag


class Level(IntEnum):
    """A level of the information models, from the top."""

    PATIENT = 0
    STUDY = 1
    SERIES = 2
    IMAGE = 3


UNIQUE_KEYS = {
    Level.PATIENT: "PatientID",
    Level.STUDY: "StudyInstanceUID",
    Level.SERIES: "SeriesInstanceUID",
    Level.IMAGE: "SOPInstanceUID",
}
"""The Unique Key of each level."""

_STORED = {
    Level.PATIENT: """
        PatientName PatientID IssuerOfPatientID PatientBirthDate PatientBirthTime PatientSex OtherPatientIDs
        OtherPatientNames EthnicGroup PatientComments ReferencedPatientSequence""",
    Level.STUDY: """
        StudyInstanceUID StudyDate StudyTime AccessionNumber StudyID StudyDescription ReferringPhysicianName
        NameOfPhysiciansReadingStudy PhysiciansOfRecord AdmittingDiagnosesDescription PatientAge PatientSize
        PatientWeight Occupation AdditionalPatientHistory OtherStudyNumbers InstitutionName TimezoneOffsetFromUTC
        ProcedureCodeSequence ReferencedStudySequence""",
    Level.SERIES: """
        SeriesInstanceUID Modality SeriesNumber SeriesDescription SeriesDate SeriesTime BodyPartExamined Laterality
        ProtocolName StationName InstitutionalDepartmentName Manufacturer ManufacturerModelName DeviceSerialNumber
        OperatorsName PerformingPhysicianName FrameOfReferenceUID PatientPosition PerformedProcedureStepStartDate
        PerformedProcedureStepStartTime PerformedProcedureStepID PerformedProcedureStepDescription
        RequestAttributesSequence ReferencedPerformedProcedureStepSequence""",
    Level.IMAGE: """
        SOPInstanceUID SOPClassUID InstanceNumber ContentDate ContentTime AcquisitionDate AcquisitionTime
        AcquisitionDateTime AcquisitionNumber InstanceCreationDate InstanceCreationTime ImageType ImageComments Rows
        Columns BitsAllocated NumberOfFrames PhotometricInterpretation SliceLocation ImagePositionPatient
        ImageOrientationPatient ContentLabel ContentDescription ContentCreatorName PresentationCreationDate
        PresentationCreationTime CompletionFlag VerificationFlag ObservationDateTime DocumentTitle
        ContainerIdentifier ConceptNameCodeSequence ReferencedRequestSequence""",
}

_DERIVED = {
    Level.PATIENT: "NumberOfPatientRelatedStudies NumberOfPatientRelatedSeries NumberOfPatientRelatedInstances",
    Level.STUDY: """
        ModalitiesInStudy SOPClassesInStudy NumberOfStudyRelatedSeries NumberOfStudyRelatedInstances""",
    Level.SERIES: "NumberOfSeriesRelatedInstances",
    Level.IMAGE: "AvailableTransferSyntaxUID",
}

_INDEXED = {
    "PatientName",
    "PatientID",
    "StudyDate",
    "AccessionNumber",
    "SeriesInstanceUID",
}
_SPELLING = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute in the archive.

    `multiple`: the data dictionary allows more than one value; `indexed`: the database has an index for it;
    `derived`: it is computed from lower levels and has no column.
    """

    keyword: str
    tag: BaseTag
    vr: str
    multiple: bool
    level: Level
    column: str
    indexed: bool
    derived: bool

    @property
    def is_name(self) -> bool:
        """Whether it is a person name, which has extra columns for matching."""
        return self.vr == "PN"

    @property
    def is_sequence(self) -> bool:
        """Whether its column holds items in the DICOM JSON model (PS3.18 F)."""
        return self.vr == "SQ"


@cache
def attributes() -> dict[BaseTag, Attribute]:
    """All attributes by tag."""
    found: dict[BaseTag, Attribute] = {}
    for derived, table in ((False, _STORED), (True, _DERIVED)):
        for level, keywords in table.items():
            for keyword in keywords.split():
                number = tag_for_keyword(keyword)
                assert number is not None, keyword
                found[Tag(number)] = Attribute(
                    keyword,
                    Tag(number),
                    dictionary_VR(number).split(" ")[0],
                    dictionary_VM(number) != "1",
                    level,
                    _SPELLING.sub("_", keyword.replace("IDs", "Ids")).lower(),
                    keyword in _INDEXED,
                    derived,
                )
    return found


@cache
def by_keyword() -> dict[str, Attribute]:
    """All attributes by keyword."""
    return {attribute.keyword: attribute for attribute in attributes().values()}


def unique_key(level: Level) -> Attribute:
    """The Unique Key of the level."""
    return by_keyword()[UNIQUE_KEYS[level]]


@cache
def stored(level: Level) -> tuple[Attribute, ...]:
    """The attributes of the level that have a column."""
    return tuple(found for found in attributes().values() if found.level == level and not found.derived)
