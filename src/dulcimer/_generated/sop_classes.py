"""SOP classes, well-known SOP instances and service classes by name (PS3.4, PS3.6 Annex A).

Generated from spec/ps3_4/ and spec/ps3_6/ by `python -m codegen`: do not edit.
"""

from __future__ import annotations

from typing import ClassVar

from pydicom.uid import UID

from dulcimer._generated.services import LATER_NAMES, SERVICE_CLASSES, ServiceClassInfo


class ServiceClass:
    """Base of the service classes, and the service class of a SOP class that belongs to no other one (PS3.4).

    `info` has the name, the clause, the DIMSE services, the SOP classes and the statuses.
    """

    info: ClassVar[ServiceClassInfo] = ServiceClassInfo("", "PS3.4", (), (), (), "", {})


class SOPClass(UID):
    """The UID of a SOP class (PS3.6 Annex A), which knows its service class (PS3.4)."""

    @property
    def service_class(self) -> type[ServiceClass]:
        """The service class, `ServiceClass` itself if it is unknown."""
        return SERVICE_CLASS_OF.get(self, ServiceClass)

    @property
    def messages(self) -> tuple[str, ...]:
        """The DIMSE services that it may be used with, such as "C-STORE": those of its service class, or fewer."""
        return MESSAGES_OF.get(self, self.service_class.info.messages)

    @property
    def name(self) -> str:
        """The name in PS3.6, the UID itself if it has none."""
        return LATER_NAMES.get(self) or super().name


class VerificationServiceClass(ServiceClass):
    """The Verification service class (PS3.4 Annex A)."""

    info = SERVICE_CLASSES["Verification"]


class StorageServiceClass(ServiceClass):
    """The Storage service class (PS3.4 Annex B)."""

    info = SERVICE_CLASSES["Storage"]


class QueryRetrieveServiceClass(ServiceClass):
    """The Query/Retrieve service class (PS3.4 Annex C)."""

    info = SERVICE_CLASSES["Query/Retrieve"]


class ProcedureStepServiceClass(ServiceClass):
    """The Procedure Step service class (PS3.4 Annex F)."""

    info = SERVICE_CLASSES["Procedure Step"]


class PrintManagementServiceClass(ServiceClass):
    """The Print Management service class (PS3.4 Annex H)."""

    info = SERVICE_CLASSES["Print Management"]


class StorageCommitmentServiceClass(ServiceClass):
    """The Storage Commitment service class (PS3.4 Annex J)."""

    info = SERVICE_CLASSES["Storage Commitment"]


class BasicWorklistManagementServiceClass(ServiceClass):
    """The Basic Worklist Management service class (PS3.4 Annex K)."""

    info = SERVICE_CLASSES["Basic Worklist Management"]


class ApplicationEventLoggingServiceClass(ServiceClass):
    """The Application Event Logging service class (PS3.4 Annex P)."""

    info = SERVICE_CLASSES["Application Event Logging"]


class RelevantPatientInformationQueryServiceClass(ServiceClass):
    """The Relevant Patient Information Query service class (PS3.4 Annex Q)."""

    info = SERVICE_CLASSES["Relevant Patient Information Query"]


class InstanceAvailabilityNotificationServiceClass(ServiceClass):
    """The Instance Availability Notification service class (PS3.4 Annex R)."""

    info = SERVICE_CLASSES["Instance Availability Notification"]


class MediaCreationManagementServiceClass(ServiceClass):
    """The Media Creation Management service class (PS3.4 Annex S)."""

    info = SERVICE_CLASSES["Media Creation Management"]


class HangingProtocolQueryRetrieveServiceClass(ServiceClass):
    """The Hanging Protocol Query/Retrieve service class (PS3.4 Annex U)."""

    info = SERVICE_CLASSES["Hanging Protocol Query/Retrieve"]


class SubstanceAdministrationQueryServiceClass(ServiceClass):
    """The Substance Administration Query service class (PS3.4 Annex V)."""

    info = SERVICE_CLASSES["Substance Administration Query"]


class ColorPaletteQueryRetrieveServiceClass(ServiceClass):
    """The Color Palette Query/Retrieve service class (PS3.4 Annex X)."""

    info = SERVICE_CLASSES["Color Palette Query/Retrieve"]


class ImplantTemplateQueryRetrieveServiceClass(ServiceClass):
    """The Implant Template Query/Retrieve service class (PS3.4 Annex BB)."""

    info = SERVICE_CLASSES["Implant Template Query/Retrieve"]


class UnifiedProcedureStepServiceClass(ServiceClass):
    """The Unified Procedure Step service class (PS3.4 Annex CC)."""

    info = SERVICE_CLASSES["Unified Procedure Step"]


class RTMachineVerificationServiceClass(ServiceClass):
    """The RT Machine Verification service class (PS3.4 Annex DD)."""

    info = SERVICE_CLASSES["RT Machine Verification"]


class DisplaySystemManagementServiceClass(ServiceClass):
    """The Display System Management service class (PS3.4 Annex EE)."""

    info = SERVICE_CLASSES["Display System Management"]


class NonPatientObjectStorageServiceClass(ServiceClass):
    """The Non-Patient Object Storage service class (PS3.4 Annex GG)."""

    info = SERVICE_CLASSES["Non-Patient Object Storage"]


class DefinedProcedureProtocolQueryRetrieveServiceClass(ServiceClass):
    """The Defined Procedure Protocol Query/Retrieve service class (PS3.4 Annex HH)."""

    info = SERVICE_CLASSES["Defined Procedure Protocol Query/Retrieve"]


class ProtocolApprovalQueryRetrieveServiceClass(ServiceClass):
    """The Protocol Approval Query/Retrieve service class (PS3.4 Annex II)."""

    info = SERVICE_CLASSES["Protocol Approval Query/Retrieve"]


class InventoryQueryRetrieveServiceClass(ServiceClass):
    """The Inventory Query/Retrieve service class (PS3.4 Annex JJ)."""

    info = SERVICE_CLASSES["Inventory Query/Retrieve"]


class StorageManagementServiceClass(ServiceClass):
    """The Storage Management service class (PS3.4 Annex KK)."""

    info = SERVICE_CLASSES["Storage Management"]


SERVICE_CLASS_TYPES: tuple[type[ServiceClass], ...] = (
    VerificationServiceClass,
    StorageServiceClass,
    QueryRetrieveServiceClass,
    ProcedureStepServiceClass,
    PrintManagementServiceClass,
    StorageCommitmentServiceClass,
    BasicWorklistManagementServiceClass,
    ApplicationEventLoggingServiceClass,
    RelevantPatientInformationQueryServiceClass,
    InstanceAvailabilityNotificationServiceClass,
    MediaCreationManagementServiceClass,
    HangingProtocolQueryRetrieveServiceClass,
    SubstanceAdministrationQueryServiceClass,
    ColorPaletteQueryRetrieveServiceClass,
    ImplantTemplateQueryRetrieveServiceClass,
    UnifiedProcedureStepServiceClass,
    RTMachineVerificationServiceClass,
    DisplaySystemManagementServiceClass,
    NonPatientObjectStorageServiceClass,
    DefinedProcedureProtocolQueryRetrieveServiceClass,
    ProtocolApprovalQueryRetrieveServiceClass,
    InventoryQueryRetrieveServiceClass,
    StorageManagementServiceClass,
)


SERVICE_CLASS_OF: dict[str, type[ServiceClass]] = {
    uid: kind
    for kind in SERVICE_CLASS_TYPES
    for uid in (
        *(sop_class.uid for sop_class in kind.info.sop_classes + kind.info.retired),
        *filter(None, [kind.info.uid]),
    )
}
"""The service class of each SOP class UID, also of retired ones, and of the UIDs that service classes have."""

MESSAGES_OF: dict[str, tuple[str, ...]] = {}
"""The DIMSE services of UIDs that are registered for fewer than their service class uses."""


Verification = SOPClass("1.2.840.10008.1.1")
ComputedRadiographyImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.1")
DigitalXRayImageStorageForPresentation = SOPClass("1.2.840.10008.5.1.4.1.1.1.1")
DigitalXRayImageStorageForProcessing = SOPClass("1.2.840.10008.5.1.4.1.1.1.1.1")
DigitalMammographyXRayImageStorageForPresentation = SOPClass("1.2.840.10008.5.1.4.1.1.1.2")
DigitalMammographyXRayImageStorageForProcessing = SOPClass("1.2.840.10008.5.1.4.1.1.1.2.1")
DigitalIntraOralXRayImageStorageForPresentation = SOPClass("1.2.840.10008.5.1.4.1.1.1.3")
DigitalIntraOralXRayImageStorageForProcessing = SOPClass("1.2.840.10008.5.1.4.1.1.1.3.1")
CTImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.2")
EnhancedCTImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.2.1")
LegacyConvertedEnhancedCTImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.2.2")
UltrasoundMultiFrameImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.3.1")
MRImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.4")
EnhancedMRImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.4.1")
MRSpectroscopyStorage = SOPClass("1.2.840.10008.5.1.4.1.1.4.2")
EnhancedMRColorImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.4.3")
LegacyConvertedEnhancedMRImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.4.4")
UltrasoundImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.6.1")
EnhancedUSVolumeStorage = SOPClass("1.2.840.10008.5.1.4.1.1.6.2")
PhotoacousticImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.6.3")
SecondaryCaptureImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.7")
MultiFrameSingleBitSecondaryCaptureImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.7.1")
MultiFrameGrayscaleByteSecondaryCaptureImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.7.2")
MultiFrameGrayscaleWordSecondaryCaptureImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.7.3")
MultiFrameTrueColorSecondaryCaptureImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.7.4")
TwelveLeadECGWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.1.1")
GeneralECGWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.1.2")
AmbulatoryECGWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.1.3")
General32bitECGWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.1.4")
HemodynamicWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.2.1")
CardiacElectrophysiologyWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.3.1")
BasicVoiceAudioWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.4.1")
GeneralAudioWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.4.2")
ArterialPulseWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.5.1")
RespiratoryWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.6.1")
MultichannelRespiratoryWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.6.2")
RoutineScalpElectroencephalogramWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.7.1")
ElectromyogramWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.7.2")
ElectrooculogramWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.7.3")
SleepElectroencephalogramWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.7.4")
BodyPositionWaveformStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.8.1")
WaveformPresentationStateStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.100.1")
WaveformAcquisitionPresentationStateStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9.100.2")
GrayscaleSoftcopyPresentationStateStorage = SOPClass("1.2.840.10008.5.1.4.1.1.11.1")
ColorSoftcopyPresentationStateStorage = SOPClass("1.2.840.10008.5.1.4.1.1.11.2")
PseudoColorSoftcopyPresentationStateStorage = SOPClass("1.2.840.10008.5.1.4.1.1.11.3")
BlendingSoftcopyPresentationStateStorage = SOPClass("1.2.840.10008.5.1.4.1.1.11.4")
XAXRFGrayscaleSoftcopyPresentationStateStorage = SOPClass("1.2.840.10008.5.1.4.1.1.11.5")
GrayscalePlanarMPRVolumetricPresentationStateStorage = SOPClass("1.2.840.10008.5.1.4.1.1.11.6")
CompositingPlanarMPRVolumetricPresentationStateStorage = SOPClass("1.2.840.10008.5.1.4.1.1.11.7")
AdvancedBlendingPresentationStateStorage = SOPClass("1.2.840.10008.5.1.4.1.1.11.8")
VolumeRenderingVolumetricPresentationStateStorage = SOPClass("1.2.840.10008.5.1.4.1.1.11.9")
SegmentedVolumeRenderingVolumetricPresentationStateStorage = SOPClass("1.2.840.10008.5.1.4.1.1.11.10")
MultipleVolumeRenderingVolumetricPresentationStateStorage = SOPClass("1.2.840.10008.5.1.4.1.1.11.11")
VariableModalityLUTSoftcopyPresentationStateStorage = SOPClass("1.2.840.10008.5.1.4.1.1.11.12")
XRayAngiographicImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.12.1")
EnhancedXAImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.12.1.1")
XRayRadiofluoroscopicImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.12.2")
EnhancedXRFImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.12.2.1")
XRay3DAngiographicImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.13.1.1")
XRay3DCraniofacialImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.13.1.2")
BreastTomosynthesisImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.13.1.3")
BreastProjectionXRayImageStorageForPresentation = SOPClass("1.2.840.10008.5.1.4.1.1.13.1.4")
BreastProjectionXRayImageStorageForProcessing = SOPClass("1.2.840.10008.5.1.4.1.1.13.1.5")
IntravascularOpticalCoherenceTomographyImageStorageForPresentation = SOPClass("1.2.840.10008.5.1.4.1.1.14.1")
IntravascularOpticalCoherenceTomographyImageStorageForProcessing = SOPClass("1.2.840.10008.5.1.4.1.1.14.2")
NuclearMedicineImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.20")
ParametricMapStorage = SOPClass("1.2.840.10008.5.1.4.1.1.30")
RawDataStorage = SOPClass("1.2.840.10008.5.1.4.1.1.66")
SpatialRegistrationStorage = SOPClass("1.2.840.10008.5.1.4.1.1.66.1")
SpatialFiducialsStorage = SOPClass("1.2.840.10008.5.1.4.1.1.66.2")
DeformableSpatialRegistrationStorage = SOPClass("1.2.840.10008.5.1.4.1.1.66.3")
SegmentationStorage = SOPClass("1.2.840.10008.5.1.4.1.1.66.4")
SurfaceSegmentationStorage = SOPClass("1.2.840.10008.5.1.4.1.1.66.5")
LabelMapSegmentationStorage = SOPClass("1.2.840.10008.5.1.4.1.1.66.7")
HeightMapSegmentationStorage = SOPClass("1.2.840.10008.5.1.4.1.1.66.8")
TractographyResultsStorage = SOPClass("1.2.840.10008.5.1.4.1.1.66.6")
RealWorldValueMappingStorage = SOPClass("1.2.840.10008.5.1.4.1.1.67")
SurfaceScanMeshStorage = SOPClass("1.2.840.10008.5.1.4.1.1.68.1")
SurfaceScanPointCloudStorage = SOPClass("1.2.840.10008.5.1.4.1.1.68.2")
VLEndoscopicImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.1")
VideoEndoscopicImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.1.1")
VLMicroscopicImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.2")
VideoMicroscopicImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.2.1")
VLSlideCoordinatesMicroscopicImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.3")
VLPhotographicImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.4")
VideoPhotographicImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.4.1")
OphthalmicPhotography8BitImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.5.1")
OphthalmicPhotography16BitImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.5.2")
StereometricRelationshipStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.5.3")
OphthalmicTomographyImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.5.4")
WideFieldOphthalmicPhotographyStereographicProjectionImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.5.5")
WideFieldOphthalmicPhotography3DCoordinatesImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.5.6")
OphthalmicOpticalCoherenceTomographyEnFaceImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.5.7")
OphthalmicOpticalCoherenceTomographyBscanVolumeAnalysisStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.5.8")
VLWholeSlideMicroscopyImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.6")
DermoscopicPhotographyImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.7")
ConfocalMicroscopyImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.8")
ConfocalMicroscopyTiledPyramidalImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.77.1.9")
LensometryMeasurementsStorage = SOPClass("1.2.840.10008.5.1.4.1.1.78.1")
AutorefractionMeasurementsStorage = SOPClass("1.2.840.10008.5.1.4.1.1.78.2")
KeratometryMeasurementsStorage = SOPClass("1.2.840.10008.5.1.4.1.1.78.3")
SubjectiveRefractionMeasurementsStorage = SOPClass("1.2.840.10008.5.1.4.1.1.78.4")
VisualAcuityMeasurementsStorage = SOPClass("1.2.840.10008.5.1.4.1.1.78.5")
SpectaclePrescriptionReportStorage = SOPClass("1.2.840.10008.5.1.4.1.1.78.6")
OphthalmicAxialMeasurementsStorage = SOPClass("1.2.840.10008.5.1.4.1.1.78.7")
IntraocularLensCalculationsStorage = SOPClass("1.2.840.10008.5.1.4.1.1.78.8")
MacularGridThicknessAndVolumeReportStorage = SOPClass("1.2.840.10008.5.1.4.1.1.79.1")
OphthalmicVisualFieldStaticPerimetryMeasurementsStorage = SOPClass("1.2.840.10008.5.1.4.1.1.80.1")
OphthalmicThicknessMapStorage = SOPClass("1.2.840.10008.5.1.4.1.1.81.1")
CornealTopographyMapStorage = SOPClass("1.2.840.10008.5.1.4.1.1.82.1")
BasicTextSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.11")
EnhancedSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.22")
ComprehensiveSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.33")
Comprehensive3DSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.34")
ExtensibleSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.35")
ProcedureLogStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.40")
MammographyCADSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.50")
KeyObjectSelectionDocumentStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.59")
ChestCADSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.65")
XRayRadiationDoseSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.67")
RadiopharmaceuticalRadiationDoseSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.68")
ColonCADSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.69")
ImplantationPlanSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.70")
AcquisitionContextSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.71")
SimplifiedAdultEchoSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.72")
PatientRadiationDoseSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.73")
PlannedImagingAgentAdministrationSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.74")
PerformedImagingAgentAdministrationSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.75")
EnhancedXRayRadiationDoseSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.76")
WaveformAnnotationSRStorage = SOPClass("1.2.840.10008.5.1.4.1.1.88.77")
ContentAssessmentResultsStorage = SOPClass("1.2.840.10008.5.1.4.1.1.90.1")
MicroscopyBulkSimpleAnnotationsStorage = SOPClass("1.2.840.10008.5.1.4.1.1.91.1")
EncapsulatedPDFStorage = SOPClass("1.2.840.10008.5.1.4.1.1.104.1")
EncapsulatedCDAStorage = SOPClass("1.2.840.10008.5.1.4.1.1.104.2")
EncapsulatedSTLStorage = SOPClass("1.2.840.10008.5.1.4.1.1.104.3")
EncapsulatedOBJStorage = SOPClass("1.2.840.10008.5.1.4.1.1.104.4")
EncapsulatedMTLStorage = SOPClass("1.2.840.10008.5.1.4.1.1.104.5")
PositronEmissionTomographyImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.128")
LegacyConvertedEnhancedPETImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.128.1")
EnhancedPETImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.130")
BasicStructuredDisplayStorage = SOPClass("1.2.840.10008.5.1.4.1.1.131")
CTPerformedProcedureProtocolStorage = SOPClass("1.2.840.10008.5.1.4.1.1.200.2")
XAPerformedProcedureProtocolStorage = SOPClass("1.2.840.10008.5.1.4.1.1.200.8")
RTImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.1")
RTDoseStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.2")
RTStructureSetStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.3")
RTBeamsTreatmentRecordStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.4")
RTPlanStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.5")
RTBrachyTreatmentRecordStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.6")
RTTreatmentSummaryRecordStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.7")
RTIonPlanStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.8")
RTIonBeamsTreatmentRecordStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.9")
RTPhysicianIntentStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.10")
RTSegmentAnnotationStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.11")
RTRadiationSetStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.12")
CArmPhotonElectronRadiationStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.13")
TomotherapeuticRadiationStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.14")
RoboticArmRadiationStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.15")
RTRadiationRecordSetStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.16")
RTRadiationSalvageRecordStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.17")
TomotherapeuticRadiationRecordStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.18")
CArmPhotonElectronRadiationRecordStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.19")
RoboticRadiationRecordStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.20")
RTRadiationSetDeliveryInstructionStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.21")
RTTreatmentPreparationStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.22")
EnhancedRTImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.23")
EnhancedContinuousRTImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.24")
RTPatientPositionAcquisitionInstructionStorage = SOPClass("1.2.840.10008.5.1.4.1.1.481.25")
RTBeamsDeliveryInstructionStorage = SOPClass("1.2.840.10008.5.1.4.34.7")
RTBrachyApplicationSetupDeliveryInstructionStorage = SOPClass("1.2.840.10008.5.1.4.34.10")
StoredPrintStorage = SOPClass("1.2.840.10008.5.1.1.27")
HardcopyGrayscaleImageStorage = SOPClass("1.2.840.10008.5.1.1.29")
HardcopyColorImageStorage = SOPClass("1.2.840.10008.5.1.1.30")
UltrasoundMultiFrameImageStorageRetired = SOPClass("1.2.840.10008.5.1.4.1.1.3")
NuclearMedicineImageStorageRetired = SOPClass("1.2.840.10008.5.1.4.1.1.5")
UltrasoundImageStorageRetired = SOPClass("1.2.840.10008.5.1.4.1.1.6")
StandaloneOverlayStorage = SOPClass("1.2.840.10008.5.1.4.1.1.8")
StandaloneCurveStorage = SOPClass("1.2.840.10008.5.1.4.1.1.9")
StandaloneModalityLUTStorage = SOPClass("1.2.840.10008.5.1.4.1.1.10")
StandaloneVOILUTStorage = SOPClass("1.2.840.10008.5.1.4.1.1.11")
XRayAngiographicBiPlaneImageStorage = SOPClass("1.2.840.10008.5.1.4.1.1.12.3")
VLImageStorageTrial = SOPClass("1.2.840.10008.5.1.4.1.1.77.1")
VLMultiFrameImageStorageTrial = SOPClass("1.2.840.10008.5.1.4.1.1.77.2")
StandalonePETCurveStorage = SOPClass("1.2.840.10008.5.1.4.1.1.129")
PatientRootQueryRetrieveInformationModelFind = SOPClass("1.2.840.10008.5.1.4.1.2.1.1")
PatientRootQueryRetrieveInformationModelMove = SOPClass("1.2.840.10008.5.1.4.1.2.1.2")
PatientRootQueryRetrieveInformationModelGet = SOPClass("1.2.840.10008.5.1.4.1.2.1.3")
StudyRootQueryRetrieveInformationModelFind = SOPClass("1.2.840.10008.5.1.4.1.2.2.1")
StudyRootQueryRetrieveInformationModelMove = SOPClass("1.2.840.10008.5.1.4.1.2.2.2")
StudyRootQueryRetrieveInformationModelGet = SOPClass("1.2.840.10008.5.1.4.1.2.2.3")
PatientStudyOnlyQueryRetrieveInformationModelFind = SOPClass("1.2.840.10008.5.1.4.1.2.3.1")
PatientStudyOnlyQueryRetrieveInformationModelMove = SOPClass("1.2.840.10008.5.1.4.1.2.3.2")
PatientStudyOnlyQueryRetrieveInformationModelGet = SOPClass("1.2.840.10008.5.1.4.1.2.3.3")
CompositeInstanceRootRetrieveMove = SOPClass("1.2.840.10008.5.1.4.1.2.4.2")
CompositeInstanceRootRetrieveGet = SOPClass("1.2.840.10008.5.1.4.1.2.4.3")
CompositeInstanceRetrieveWithoutBulkDataGet = SOPClass("1.2.840.10008.5.1.4.1.2.5.3")
RepositoryQuery = SOPClass("1.2.840.10008.5.1.4.1.1.201.6")
ModalityPerformedProcedureStep = SOPClass("1.2.840.10008.3.1.2.3.3")
ModalityPerformedProcedureStepRetrieve = SOPClass("1.2.840.10008.3.1.2.3.4")
ModalityPerformedProcedureStepNotification = SOPClass("1.2.840.10008.3.1.2.3.5")
BasicFilmSession = SOPClass("1.2.840.10008.5.1.1.1")
BasicFilmBox = SOPClass("1.2.840.10008.5.1.1.2")
BasicGrayscaleImageBox = SOPClass("1.2.840.10008.5.1.1.4")
BasicColorImageBox = SOPClass("1.2.840.10008.5.1.1.4.1")
PrintJob = SOPClass("1.2.840.10008.5.1.1.14")
BasicAnnotationBox = SOPClass("1.2.840.10008.5.1.1.15")
Printer = SOPClass("1.2.840.10008.5.1.1.16")
PrinterConfigurationRetrieval = SOPClass("1.2.840.10008.5.1.1.16.376")
PresentationLUT = SOPClass("1.2.840.10008.5.1.1.23")
BasicGrayscalePrintManagementMeta = SOPClass("1.2.840.10008.5.1.1.9")
BasicColorPrintManagementMeta = SOPClass("1.2.840.10008.5.1.1.18")
PrinterInstance = UID("1.2.840.10008.5.1.1.17")
PrinterConfigurationRetrievalInstance = UID("1.2.840.10008.5.1.1.17.376")
StorageCommitmentPushModel = SOPClass("1.2.840.10008.1.20.1")
StorageCommitmentPushModelInstance = UID("1.2.840.10008.1.20.1.1")
ModalityWorklistInformationModelFind = SOPClass("1.2.840.10008.5.1.4.31")
ProceduralEventLogging = SOPClass("1.2.840.10008.1.40")
SubstanceAdministrationLogging = SOPClass("1.2.840.10008.1.42")
ProceduralEventLoggingInstance = UID("1.2.840.10008.1.40.1")
SubstanceAdministrationLoggingInstance = UID("1.2.840.10008.1.42.1")
GeneralRelevantPatientInformationQuery = SOPClass("1.2.840.10008.5.1.4.37.1")
BreastImagingRelevantPatientInformationQuery = SOPClass("1.2.840.10008.5.1.4.37.2")
CardiacRelevantPatientInformationQuery = SOPClass("1.2.840.10008.5.1.4.37.3")
InstanceAvailabilityNotification = SOPClass("1.2.840.10008.5.1.4.33")
MediaCreationManagement = SOPClass("1.2.840.10008.5.1.1.33")
HangingProtocolInformationModelFind = SOPClass("1.2.840.10008.5.1.4.38.2")
HangingProtocolInformationModelMove = SOPClass("1.2.840.10008.5.1.4.38.3")
HangingProtocolInformationModelGet = SOPClass("1.2.840.10008.5.1.4.38.4")
ProductCharacteristicsQuery = SOPClass("1.2.840.10008.5.1.4.41")
SubstanceApprovalQuery = SOPClass("1.2.840.10008.5.1.4.42")
ColorPaletteQueryRetrieveInformationModelFind = SOPClass("1.2.840.10008.5.1.4.39.2")
ColorPaletteQueryRetrieveInformationModelMove = SOPClass("1.2.840.10008.5.1.4.39.3")
ColorPaletteQueryRetrieveInformationModelGet = SOPClass("1.2.840.10008.5.1.4.39.4")
GenericImplantTemplateInformationModelFind = SOPClass("1.2.840.10008.5.1.4.43.2")
GenericImplantTemplateInformationModelMove = SOPClass("1.2.840.10008.5.1.4.43.3")
GenericImplantTemplateInformationModelGet = SOPClass("1.2.840.10008.5.1.4.43.4")
ImplantAssemblyTemplateInformationModelFind = SOPClass("1.2.840.10008.5.1.4.44.2")
ImplantAssemblyTemplateInformationModelMove = SOPClass("1.2.840.10008.5.1.4.44.3")
ImplantAssemblyTemplateInformationModelGet = SOPClass("1.2.840.10008.5.1.4.44.4")
ImplantTemplateGroupInformationModelFind = SOPClass("1.2.840.10008.5.1.4.45.2")
ImplantTemplateGroupInformationModelMove = SOPClass("1.2.840.10008.5.1.4.45.3")
ImplantTemplateGroupInformationModelGet = SOPClass("1.2.840.10008.5.1.4.45.4")
UnifiedProcedureStepPush = SOPClass("1.2.840.10008.5.1.4.34.6.1")
UnifiedProcedureStepWatch = SOPClass("1.2.840.10008.5.1.4.34.6.2")
UnifiedProcedureStepPull = SOPClass("1.2.840.10008.5.1.4.34.6.3")
UnifiedProcedureStepEvent = SOPClass("1.2.840.10008.5.1.4.34.6.4")
UnifiedProcedureStepQuery = SOPClass("1.2.840.10008.5.1.4.34.6.5")
UPSGlobalSubscriptionInstance = UID("1.2.840.10008.5.1.4.34.5")
UPSFilteredGlobalSubscriptionInstance = UID("1.2.840.10008.5.1.4.34.5.1")
RTConventionalMachineVerification = SOPClass("1.2.840.10008.5.1.4.34.8")
RTIonMachineVerification = SOPClass("1.2.840.10008.5.1.4.34.9")
DisplaySystem = SOPClass("1.2.840.10008.5.1.1.40")
DisplaySystemInstance = UID("1.2.840.10008.5.1.1.40.1")
HangingProtocolStorage = SOPClass("1.2.840.10008.5.1.4.38.1")
ColorPaletteStorage = SOPClass("1.2.840.10008.5.1.4.39.1")
GenericImplantTemplateStorage = SOPClass("1.2.840.10008.5.1.4.43.1")
ImplantAssemblyTemplateStorage = SOPClass("1.2.840.10008.5.1.4.44.1")
ImplantTemplateGroupStorage = SOPClass("1.2.840.10008.5.1.4.45.1")
CTDefinedProcedureProtocolStorage = SOPClass("1.2.840.10008.5.1.4.1.1.200.1")
ProtocolApprovalStorage = SOPClass("1.2.840.10008.5.1.4.1.1.200.3")
XADefinedProcedureProtocolStorage = SOPClass("1.2.840.10008.5.1.4.1.1.200.7")
InventoryStorage = SOPClass("1.2.840.10008.5.1.4.1.1.201.1")
DefinedProcedureProtocolInformationModelFind = SOPClass("1.2.840.10008.5.1.4.20.1")
DefinedProcedureProtocolInformationModelMove = SOPClass("1.2.840.10008.5.1.4.20.2")
DefinedProcedureProtocolInformationModelGet = SOPClass("1.2.840.10008.5.1.4.20.3")
ProtocolApprovalInformationModelFind = SOPClass("1.2.840.10008.5.1.4.1.1.200.4")
ProtocolApprovalInformationModelMove = SOPClass("1.2.840.10008.5.1.4.1.1.200.5")
ProtocolApprovalInformationModelGet = SOPClass("1.2.840.10008.5.1.4.1.1.200.6")
InventoryFind = SOPClass("1.2.840.10008.5.1.4.1.1.201.2")
InventoryMove = SOPClass("1.2.840.10008.5.1.4.1.1.201.3")
InventoryGet = SOPClass("1.2.840.10008.5.1.4.1.1.201.4")
InventoryCreation = SOPClass("1.2.840.10008.5.1.4.1.1.201.5")
StorageManagementInstance = UID("1.2.840.10008.5.1.4.1.1.201.1.1")
MediaStorageDirectoryStorage = SOPClass("1.2.840.10008.1.3.10")
ModalityWorklistInformationFind = ModalityWorklistInformationModelFind
ColorPaletteInformationModelFind = ColorPaletteQueryRetrieveInformationModelFind
ColorPaletteInformationModelMove = ColorPaletteQueryRetrieveInformationModelMove
ColorPaletteInformationModelGet = ColorPaletteQueryRetrieveInformationModelGet
PseudoColorSoftcopyPresentationStageStorage = PseudoColorSoftcopyPresentationStateStorage
VariableModalityLUTSoftcopyPresentationStageStorage = VariableModalityLUTSoftcopyPresentationStateStorage
OphthlamicOpticalCoherenceTomographyBscanVolumeAnalysisStorage = (
    OphthalmicOpticalCoherenceTomographyBscanVolumeAnalysisStorage
)
RoboticArmRadiationRecordStorage = RoboticRadiationRecordStorage
RTBrachyApplicationSetupDeliveryInstructionsStorage = RTBrachyApplicationSetupDeliveryInstructionStorage


__all__ = [  # noqa: RUF022 - by the alphabet
    "AcquisitionContextSRStorage",
    "AdvancedBlendingPresentationStateStorage",
    "AmbulatoryECGWaveformStorage",
    "ArterialPulseWaveformStorage",
    "AutorefractionMeasurementsStorage",
    "BasicAnnotationBox",
    "BasicColorImageBox",
    "BasicColorPrintManagementMeta",
    "BasicFilmBox",
    "BasicFilmSession",
    "BasicGrayscaleImageBox",
    "BasicGrayscalePrintManagementMeta",
    "BasicStructuredDisplayStorage",
    "BasicTextSRStorage",
    "BasicVoiceAudioWaveformStorage",
    "BlendingSoftcopyPresentationStateStorage",
    "BodyPositionWaveformStorage",
    "BreastImagingRelevantPatientInformationQuery",
    "BreastProjectionXRayImageStorageForPresentation",
    "BreastProjectionXRayImageStorageForProcessing",
    "BreastTomosynthesisImageStorage",
    "CArmPhotonElectronRadiationRecordStorage",
    "CArmPhotonElectronRadiationStorage",
    "CTDefinedProcedureProtocolStorage",
    "CTImageStorage",
    "CTPerformedProcedureProtocolStorage",
    "CardiacElectrophysiologyWaveformStorage",
    "CardiacRelevantPatientInformationQuery",
    "ChestCADSRStorage",
    "ColonCADSRStorage",
    "ColorPaletteInformationModelFind",
    "ColorPaletteInformationModelGet",
    "ColorPaletteInformationModelMove",
    "ColorPaletteQueryRetrieveInformationModelFind",
    "ColorPaletteQueryRetrieveInformationModelGet",
    "ColorPaletteQueryRetrieveInformationModelMove",
    "ColorPaletteStorage",
    "ColorSoftcopyPresentationStateStorage",
    "CompositeInstanceRetrieveWithoutBulkDataGet",
    "CompositeInstanceRootRetrieveGet",
    "CompositeInstanceRootRetrieveMove",
    "CompositingPlanarMPRVolumetricPresentationStateStorage",
    "Comprehensive3DSRStorage",
    "ComprehensiveSRStorage",
    "ComputedRadiographyImageStorage",
    "ConfocalMicroscopyImageStorage",
    "ConfocalMicroscopyTiledPyramidalImageStorage",
    "ContentAssessmentResultsStorage",
    "CornealTopographyMapStorage",
    "DefinedProcedureProtocolInformationModelFind",
    "DefinedProcedureProtocolInformationModelGet",
    "DefinedProcedureProtocolInformationModelMove",
    "DeformableSpatialRegistrationStorage",
    "DermoscopicPhotographyImageStorage",
    "DigitalIntraOralXRayImageStorageForPresentation",
    "DigitalIntraOralXRayImageStorageForProcessing",
    "DigitalMammographyXRayImageStorageForPresentation",
    "DigitalMammographyXRayImageStorageForProcessing",
    "DigitalXRayImageStorageForPresentation",
    "DigitalXRayImageStorageForProcessing",
    "DisplaySystem",
    "DisplaySystemInstance",
    "ElectromyogramWaveformStorage",
    "ElectrooculogramWaveformStorage",
    "EncapsulatedCDAStorage",
    "EncapsulatedMTLStorage",
    "EncapsulatedOBJStorage",
    "EncapsulatedPDFStorage",
    "EncapsulatedSTLStorage",
    "EnhancedCTImageStorage",
    "EnhancedContinuousRTImageStorage",
    "EnhancedMRColorImageStorage",
    "EnhancedMRImageStorage",
    "EnhancedPETImageStorage",
    "EnhancedRTImageStorage",
    "EnhancedSRStorage",
    "EnhancedUSVolumeStorage",
    "EnhancedXAImageStorage",
    "EnhancedXRFImageStorage",
    "EnhancedXRayRadiationDoseSRStorage",
    "ExtensibleSRStorage",
    "General32bitECGWaveformStorage",
    "GeneralAudioWaveformStorage",
    "GeneralECGWaveformStorage",
    "GeneralRelevantPatientInformationQuery",
    "GenericImplantTemplateInformationModelFind",
    "GenericImplantTemplateInformationModelGet",
    "GenericImplantTemplateInformationModelMove",
    "GenericImplantTemplateStorage",
    "GrayscalePlanarMPRVolumetricPresentationStateStorage",
    "GrayscaleSoftcopyPresentationStateStorage",
    "HangingProtocolInformationModelFind",
    "HangingProtocolInformationModelGet",
    "HangingProtocolInformationModelMove",
    "HangingProtocolStorage",
    "HardcopyColorImageStorage",
    "HardcopyGrayscaleImageStorage",
    "HeightMapSegmentationStorage",
    "HemodynamicWaveformStorage",
    "ImplantAssemblyTemplateInformationModelFind",
    "ImplantAssemblyTemplateInformationModelGet",
    "ImplantAssemblyTemplateInformationModelMove",
    "ImplantAssemblyTemplateStorage",
    "ImplantTemplateGroupInformationModelFind",
    "ImplantTemplateGroupInformationModelGet",
    "ImplantTemplateGroupInformationModelMove",
    "ImplantTemplateGroupStorage",
    "ImplantationPlanSRStorage",
    "InstanceAvailabilityNotification",
    "IntraocularLensCalculationsStorage",
    "IntravascularOpticalCoherenceTomographyImageStorageForPresentation",
    "IntravascularOpticalCoherenceTomographyImageStorageForProcessing",
    "InventoryCreation",
    "InventoryFind",
    "InventoryGet",
    "InventoryMove",
    "InventoryStorage",
    "KeratometryMeasurementsStorage",
    "KeyObjectSelectionDocumentStorage",
    "LabelMapSegmentationStorage",
    "LegacyConvertedEnhancedCTImageStorage",
    "LegacyConvertedEnhancedMRImageStorage",
    "LegacyConvertedEnhancedPETImageStorage",
    "LensometryMeasurementsStorage",
    "MRImageStorage",
    "MRSpectroscopyStorage",
    "MacularGridThicknessAndVolumeReportStorage",
    "MammographyCADSRStorage",
    "MediaCreationManagement",
    "MediaStorageDirectoryStorage",
    "MicroscopyBulkSimpleAnnotationsStorage",
    "ModalityPerformedProcedureStep",
    "ModalityPerformedProcedureStepNotification",
    "ModalityPerformedProcedureStepRetrieve",
    "ModalityWorklistInformationFind",
    "ModalityWorklistInformationModelFind",
    "MultiFrameGrayscaleByteSecondaryCaptureImageStorage",
    "MultiFrameGrayscaleWordSecondaryCaptureImageStorage",
    "MultiFrameSingleBitSecondaryCaptureImageStorage",
    "MultiFrameTrueColorSecondaryCaptureImageStorage",
    "MultichannelRespiratoryWaveformStorage",
    "MultipleVolumeRenderingVolumetricPresentationStateStorage",
    "NuclearMedicineImageStorage",
    "NuclearMedicineImageStorageRetired",
    "OphthalmicAxialMeasurementsStorage",
    "OphthalmicOpticalCoherenceTomographyBscanVolumeAnalysisStorage",
    "OphthalmicOpticalCoherenceTomographyEnFaceImageStorage",
    "OphthalmicPhotography16BitImageStorage",
    "OphthalmicPhotography8BitImageStorage",
    "OphthalmicThicknessMapStorage",
    "OphthalmicTomographyImageStorage",
    "OphthalmicVisualFieldStaticPerimetryMeasurementsStorage",
    "OphthlamicOpticalCoherenceTomographyBscanVolumeAnalysisStorage",
    "ParametricMapStorage",
    "PatientRadiationDoseSRStorage",
    "PatientRootQueryRetrieveInformationModelFind",
    "PatientRootQueryRetrieveInformationModelGet",
    "PatientRootQueryRetrieveInformationModelMove",
    "PatientStudyOnlyQueryRetrieveInformationModelFind",
    "PatientStudyOnlyQueryRetrieveInformationModelGet",
    "PatientStudyOnlyQueryRetrieveInformationModelMove",
    "PerformedImagingAgentAdministrationSRStorage",
    "PhotoacousticImageStorage",
    "PlannedImagingAgentAdministrationSRStorage",
    "PositronEmissionTomographyImageStorage",
    "PresentationLUT",
    "PrintJob",
    "Printer",
    "PrinterConfigurationRetrieval",
    "PrinterConfigurationRetrievalInstance",
    "PrinterInstance",
    "ProceduralEventLogging",
    "ProceduralEventLoggingInstance",
    "ProcedureLogStorage",
    "ProductCharacteristicsQuery",
    "ProtocolApprovalInformationModelFind",
    "ProtocolApprovalInformationModelGet",
    "ProtocolApprovalInformationModelMove",
    "ProtocolApprovalStorage",
    "PseudoColorSoftcopyPresentationStageStorage",
    "PseudoColorSoftcopyPresentationStateStorage",
    "RTBeamsDeliveryInstructionStorage",
    "RTBeamsTreatmentRecordStorage",
    "RTBrachyApplicationSetupDeliveryInstructionStorage",
    "RTBrachyApplicationSetupDeliveryInstructionsStorage",
    "RTBrachyTreatmentRecordStorage",
    "RTConventionalMachineVerification",
    "RTDoseStorage",
    "RTImageStorage",
    "RTIonBeamsTreatmentRecordStorage",
    "RTIonMachineVerification",
    "RTIonPlanStorage",
    "RTPatientPositionAcquisitionInstructionStorage",
    "RTPhysicianIntentStorage",
    "RTPlanStorage",
    "RTRadiationRecordSetStorage",
    "RTRadiationSalvageRecordStorage",
    "RTRadiationSetDeliveryInstructionStorage",
    "RTRadiationSetStorage",
    "RTSegmentAnnotationStorage",
    "RTStructureSetStorage",
    "RTTreatmentPreparationStorage",
    "RTTreatmentSummaryRecordStorage",
    "RadiopharmaceuticalRadiationDoseSRStorage",
    "RawDataStorage",
    "RealWorldValueMappingStorage",
    "RepositoryQuery",
    "RespiratoryWaveformStorage",
    "RoboticArmRadiationRecordStorage",
    "RoboticArmRadiationStorage",
    "RoboticRadiationRecordStorage",
    "RoutineScalpElectroencephalogramWaveformStorage",
    "SOPClass",
    "SecondaryCaptureImageStorage",
    "SegmentationStorage",
    "SegmentedVolumeRenderingVolumetricPresentationStateStorage",
    "SimplifiedAdultEchoSRStorage",
    "SleepElectroencephalogramWaveformStorage",
    "SpatialFiducialsStorage",
    "SpatialRegistrationStorage",
    "SpectaclePrescriptionReportStorage",
    "StandaloneCurveStorage",
    "StandaloneModalityLUTStorage",
    "StandaloneOverlayStorage",
    "StandalonePETCurveStorage",
    "StandaloneVOILUTStorage",
    "StereometricRelationshipStorage",
    "StorageCommitmentPushModel",
    "StorageCommitmentPushModelInstance",
    "StorageManagementInstance",
    "StoredPrintStorage",
    "StudyRootQueryRetrieveInformationModelFind",
    "StudyRootQueryRetrieveInformationModelGet",
    "StudyRootQueryRetrieveInformationModelMove",
    "SubjectiveRefractionMeasurementsStorage",
    "SubstanceAdministrationLogging",
    "SubstanceAdministrationLoggingInstance",
    "SubstanceApprovalQuery",
    "SurfaceScanMeshStorage",
    "SurfaceScanPointCloudStorage",
    "SurfaceSegmentationStorage",
    "TomotherapeuticRadiationRecordStorage",
    "TomotherapeuticRadiationStorage",
    "TractographyResultsStorage",
    "TwelveLeadECGWaveformStorage",
    "UPSFilteredGlobalSubscriptionInstance",
    "UPSGlobalSubscriptionInstance",
    "UltrasoundImageStorage",
    "UltrasoundImageStorageRetired",
    "UltrasoundMultiFrameImageStorage",
    "UltrasoundMultiFrameImageStorageRetired",
    "UnifiedProcedureStepEvent",
    "UnifiedProcedureStepPull",
    "UnifiedProcedureStepPush",
    "UnifiedProcedureStepQuery",
    "UnifiedProcedureStepWatch",
    "VLEndoscopicImageStorage",
    "VLImageStorageTrial",
    "VLMicroscopicImageStorage",
    "VLMultiFrameImageStorageTrial",
    "VLPhotographicImageStorage",
    "VLSlideCoordinatesMicroscopicImageStorage",
    "VLWholeSlideMicroscopyImageStorage",
    "VariableModalityLUTSoftcopyPresentationStageStorage",
    "VariableModalityLUTSoftcopyPresentationStateStorage",
    "Verification",
    "VideoEndoscopicImageStorage",
    "VideoMicroscopicImageStorage",
    "VideoPhotographicImageStorage",
    "VisualAcuityMeasurementsStorage",
    "VolumeRenderingVolumetricPresentationStateStorage",
    "WaveformAcquisitionPresentationStateStorage",
    "WaveformAnnotationSRStorage",
    "WaveformPresentationStateStorage",
    "WideFieldOphthalmicPhotography3DCoordinatesImageStorage",
    "WideFieldOphthalmicPhotographyStereographicProjectionImageStorage",
    "XADefinedProcedureProtocolStorage",
    "XAPerformedProcedureProtocolStorage",
    "XAXRFGrayscaleSoftcopyPresentationStateStorage",
    "XRay3DAngiographicImageStorage",
    "XRay3DCraniofacialImageStorage",
    "XRayAngiographicBiPlaneImageStorage",
    "XRayAngiographicImageStorage",
    "XRayRadiationDoseSRStorage",
    "XRayRadiofluoroscopicImageStorage",
]
