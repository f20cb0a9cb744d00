"""Small data sets of the services on normalized instances; all of it is made up."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from dulcimer._generated import sop_classes
from dulcimer.conformance.stimuli.dimse import STORED_CLASS, instance_uid
from dulcimer.dimse.data_set import encode_data_set
from dulcimer.fuzz.corpus.every_element import IMPLICIT, data_set_with


def in_implicit_vr(data: Dataset | None) -> bytes:
    """The bytes of a data set in Implicit VR Little Endian; none if there is none."""
    return b"" if data is None else encode_data_set(data, IMPLICIT)


def step_begun() -> Dataset:
    """A Modality Performed Procedure Step that is created (PS3.4 F.7.2.1)."""
    scheduled = data_set_with(
        StudyInstanceUID=instance_uid("study"),
        AccessionNumber="",
        RequestedProcedureID="",
        RequestedProcedureDescription="",
        ScheduledProcedureStepID="",
        ScheduledProcedureStepDescription="",
        ScheduledProtocolCodeSequence=Sequence(),
        ReferencedStudySequence=Sequence(),
    )
    return data_set_with(
        ScheduledStepAttributesSequence=Sequence([scheduled]),
        PatientName="DULCIMER^SYNTHETIC",
        PatientID="DULCIMER-FUZZ",
        PatientBirthDate="",
        PatientSex="",
        ReferencedPatientSequence=Sequence(),
        PerformedProcedureStepID="1",
        PerformedStationAETitle="DULCIMER",
        PerformedStationName="",
        PerformedLocation="",
        PerformedProcedureStepStartDate="20200101",
        PerformedProcedureStepStartTime="120000",
        PerformedProcedureStepEndDate="",
        PerformedProcedureStepEndTime="",
        PerformedProcedureStepStatus="IN PROGRESS",
        PerformedProcedureStepDescription="",
        PerformedProcedureTypeDescription="",
        ProcedureCodeSequence=Sequence(),
        Modality="OT",
        StudyID="",
        PerformedProtocolCodeSequence=Sequence(),
        PerformedSeriesSequence=Sequence(),
    )


def step_completed() -> Dataset:
    """What a Modality Performed Procedure Step is set to at its end (PS3.4 F.7.2.2)."""
    series = data_set_with(
        PerformingPhysicianName="",
        ProtocolName="synthetic",
        OperatorsName="",
        SeriesInstanceUID=instance_uid("series"),
        SeriesDescription="",
        RetrieveAETitle="",
        ReferencedImageSequence=Sequence([_reference()]),
        ReferencedNonImageCompositeSOPInstanceSequence=Sequence(),
    )
    return data_set_with(
        PerformedProcedureStepEndDate="20200101",
        PerformedProcedureStepEndTime="120100",
        PerformedProcedureStepStatus="COMPLETED",
        PerformedSeriesSequence=Sequence([series]),
    )


def commitment() -> Dataset:
    """Instances whose storage is to be committed, or is (PS3.4 J.3.2, J.3.3)."""
    return data_set_with(
        TransactionUID=instance_uid("transaction"),
        ReferencedSOPSequence=Sequence([_reference()]),
    )


def availability() -> Dataset:
    """An Instance Availability Notification (PS3.4 R.3.2)."""
    available = _reference()
    available.InstanceAvailability = "ONLINE"
    available.RetrieveAETitle = "DULCIMER"
    series = data_set_with(SeriesInstanceUID=instance_uid("series"), ReferencedSOPSequence=Sequence([available]))
    return data_set_with(
        ReferencedPerformedProcedureStepSequence=Sequence(),
        StudyInstanceUID=instance_uid("study"),
        ReferencedSeriesSequence=Sequence([series]),
    )


def unified_step() -> Dataset:
    """A Unified Procedure Step that is created (PS3.4 CC.2.5)."""
    return data_set_with(
        TransactionUID="",
        PatientName="DULCIMER^SYNTHETIC",
        PatientID="DULCIMER-FUZZ",
        ProcedureStepState="SCHEDULED",
        ScheduledProcedureStepPriority="LOW",
        ProcedureStepLabel="synthetic",
        WorklistLabel="synthetic",
        ScheduledProcedureStepStartDateTime="20200101120000",
        ScheduledProcessingParametersSequence=Sequence(),
        ScheduledStationNameCodeSequence=Sequence(),
        InputReadinessState="READY",
        InputInformationSequence=Sequence(),
    )


def film_box(session: str) -> Dataset:
    """A film box of a film session, with one image (PS3.4 H.4.2)."""
    reference = data_set_with(ReferencedSOPClassUID=str(sop_classes.BasicFilmSession), ReferencedSOPInstanceUID=session)
    return data_set_with(
        ImageDisplayFormat="STANDARD\\1,1",
        ReferencedFilmSessionSequence=Sequence([reference]),
    )


def _reference() -> Dataset:
    return data_set_with(ReferencedSOPClassUID=STORED_CLASS, ReferencedSOPInstanceUID=instance_uid("instance"))
