"""Service classes and their SOP classes (PS3.4).

Generated from spec/ps3_4/service_classes.toml by `python -m codegen`: do not edit.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SopClass:
    """A SOP class (PS3.6 Annex A)."""

    uid: str
    name: str
    keyword: str


@dataclass(frozen=True, slots=True)
class ServiceClass:
    """A service class; `messages` are the DIMSE services it uses, such as "C-STORE"."""

    name: str
    clause: str
    messages: tuple[str, ...]
    sop_classes: tuple[SopClass, ...]


SERVICE_CLASSES: dict[str, ServiceClass] = {
    "Verification": ServiceClass(
        "Verification",
        "PS3.4 Annex A",
        ("C-ECHO",),
        (SopClass("1.2.840.10008.1.1", "Verification SOP Class", "Verification"),),
    ),
    "Storage": ServiceClass(
        "Storage",
        "PS3.4 Annex B",
        ("C-STORE",),
        (
            SopClass(
                "1.2.840.10008.5.1.4.1.1.1",
                "Computed Radiography Image Storage",
                "ComputedRadiographyImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.1.1",
                "Digital X-Ray Image Storage - For Presentation",
                "DigitalXRayImageStorageForPresentation",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.1.1.1",
                "Digital X-Ray Image Storage - For Processing",
                "DigitalXRayImageStorageForProcessing",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.1.2",
                "Digital Mammography X-Ray Image Storage - For Presentation",
                "DigitalMammographyXRayImageStorageForPresentation",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.1.2.1",
                "Digital Mammography X-Ray Image Storage - For Processing",
                "DigitalMammographyXRayImageStorageForProcessing",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.1.3",
                "Digital Intra-Oral X-Ray Image Storage - For Presentation",
                "DigitalIntraOralXRayImageStorageForPresentation",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.1.3.1",
                "Digital Intra-Oral X-Ray Image Storage - For Processing",
                "DigitalIntraOralXRayImageStorageForProcessing",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.2", "CT Image Storage", "CTImageStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.2.1", "Enhanced CT Image Storage", "EnhancedCTImageStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.2.2",
                "Legacy Converted Enhanced CT Image Storage",
                "LegacyConvertedEnhancedCTImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.3.1",
                "Ultrasound Multi-frame Image Storage",
                "UltrasoundMultiFrameImageStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.4", "MR Image Storage", "MRImageStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.4.1", "Enhanced MR Image Storage", "EnhancedMRImageStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.4.2", "MR Spectroscopy Storage", "MRSpectroscopyStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.4.3", "Enhanced MR Color Image Storage", "EnhancedMRColorImageStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.4.4",
                "Legacy Converted Enhanced MR Image Storage",
                "LegacyConvertedEnhancedMRImageStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.6.1", "Ultrasound Image Storage", "UltrasoundImageStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.6.2", "Enhanced US Volume Storage", "EnhancedUSVolumeStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.6.3", "Photoacoustic Image Storage", "PhotoacousticImageStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.7", "Secondary Capture Image Storage", "SecondaryCaptureImageStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.7.1",
                "Multi-frame Single Bit Secondary Capture Image Storage",
                "MultiFrameSingleBitSecondaryCaptureImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.7.2",
                "Multi-frame Grayscale Byte Secondary Capture Image Storage",
                "MultiFrameGrayscaleByteSecondaryCaptureImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.7.3",
                "Multi-frame Grayscale Word Secondary Capture Image Storage",
                "MultiFrameGrayscaleWordSecondaryCaptureImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.7.4",
                "Multi-frame True Color Secondary Capture Image Storage",
                "MultiFrameTrueColorSecondaryCaptureImageStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.9.1.1", "12-lead ECG Waveform Storage", "TwelveLeadECGWaveformStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.9.1.2", "General ECG Waveform Storage", "GeneralECGWaveformStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.9.1.3",
                "Ambulatory ECG Waveform Storage",
                "AmbulatoryECGWaveformStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.9.1.4",
                "General 32-bit ECG Waveform Storage",
                "General32bitECGWaveformStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.9.2.1", "Hemodynamic Waveform Storage", "HemodynamicWaveformStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.9.3.1",
                "Cardiac Electrophysiology Waveform Storage",
                "CardiacElectrophysiologyWaveformStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.9.4.1",
                "Basic Voice Audio Waveform Storage",
                "BasicVoiceAudioWaveformStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.9.4.2", "General Audio Waveform Storage", "GeneralAudioWaveformStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.9.5.1",
                "Arterial Pulse Waveform Storage",
                "ArterialPulseWaveformStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.9.6.1", "Respiratory Waveform Storage", "RespiratoryWaveformStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.9.6.2",
                "Multi-channel Respiratory Waveform Storage",
                "MultichannelRespiratoryWaveformStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.9.7.1",
                "Routine Scalp Electroencephalogram Waveform Storage",
                "RoutineScalpElectroencephalogramWaveformStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.9.7.2",
                "Electromyogram Waveform Storage",
                "ElectromyogramWaveformStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.9.7.3",
                "Electrooculogram Waveform Storage",
                "ElectrooculogramWaveformStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.9.7.4",
                "Sleep Electroencephalogram Waveform Storage",
                "SleepElectroencephalogramWaveformStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.9.8.1", "Body Position Waveform Storage", "BodyPositionWaveformStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.11.1",
                "Grayscale Softcopy Presentation State Storage",
                "GrayscaleSoftcopyPresentationStateStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.11.2",
                "Color Softcopy Presentation State Storage",
                "ColorSoftcopyPresentationStateStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.11.3",
                "Pseudo-Color Softcopy Presentation State Storage",
                "PseudoColorSoftcopyPresentationStateStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.11.4",
                "Blending Softcopy Presentation State Storage",
                "BlendingSoftcopyPresentationStateStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.11.5",
                "XA/XRF Grayscale Softcopy Presentation State Storage",
                "XAXRFGrayscaleSoftcopyPresentationStateStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.11.6",
                "Grayscale Planar MPR Volumetric Presentation State Storage",
                "GrayscalePlanarMPRVolumetricPresentationStateStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.11.7",
                "Compositing Planar MPR Volumetric Presentation State Storage",
                "CompositingPlanarMPRVolumetricPresentationStateStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.11.8",
                "Advanced Blending Presentation State Storage",
                "AdvancedBlendingPresentationStateStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.11.9",
                "Volume Rendering Volumetric Presentation State Storage",
                "VolumeRenderingVolumetricPresentationStateStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.11.10",
                "Segmented Volume Rendering Volumetric Presentation State Storage",
                "SegmentedVolumeRenderingVolumetricPresentationStateStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.11.11",
                "Multiple Volume Rendering Volumetric Presentation State Storage",
                "MultipleVolumeRenderingVolumetricPresentationStateStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.11.12",
                "Variable Modality LUT Softcopy Presentation State Storage",
                "VariableModalityLUTSoftcopyPresentationStateStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.12.1",
                "X-Ray Angiographic Image Storage",
                "XRayAngiographicImageStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.12.1.1", "Enhanced XA Image Storage", "EnhancedXAImageStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.12.2",
                "X-Ray Radiofluoroscopic Image Storage",
                "XRayRadiofluoroscopicImageStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.12.2.1", "Enhanced XRF Image Storage", "EnhancedXRFImageStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.13.1.1",
                "X-Ray 3D Angiographic Image Storage",
                "XRay3DAngiographicImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.13.1.2",
                "X-Ray 3D Craniofacial Image Storage",
                "XRay3DCraniofacialImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.13.1.3",
                "Breast Tomosynthesis Image Storage",
                "BreastTomosynthesisImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.13.1.4",
                "Breast Projection X-Ray Image Storage - For Presentation",
                "BreastProjectionXRayImageStorageForPresentation",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.13.1.5",
                "Breast Projection X-Ray Image Storage - For Processing",
                "BreastProjectionXRayImageStorageForProcessing",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.14.1",
                "Intravascular Optical Coherence Tomography Image Storage - For Presentation",
                "IntravascularOpticalCoherenceTomographyImageStorageForPresentation",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.14.2",
                "Intravascular Optical Coherence Tomography Image Storage - For Processing",
                "IntravascularOpticalCoherenceTomographyImageStorageForProcessing",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.20", "Nuclear Medicine Image Storage", "NuclearMedicineImageStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.30", "Parametric Map Storage", "ParametricMapStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.66", "Raw Data Storage", "RawDataStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.66.1", "Spatial Registration Storage", "SpatialRegistrationStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.66.2", "Spatial Fiducials Storage", "SpatialFiducialsStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.66.3",
                "Deformable Spatial Registration Storage",
                "DeformableSpatialRegistrationStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.66.4", "Segmentation Storage", "SegmentationStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.66.5", "Surface Segmentation Storage", "SurfaceSegmentationStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.66.6", "Tractography Results Storage", "TractographyResultsStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.67", "Real World Value Mapping Storage", "RealWorldValueMappingStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.68.1", "Surface Scan Mesh Storage", "SurfaceScanMeshStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.68.2",
                "Surface Scan Point Cloud Storage",
                "SurfaceScanPointCloudStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.77.1.1", "VL Endoscopic Image Storage", "VLEndoscopicImageStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.1.1",
                "Video Endoscopic Image Storage",
                "VideoEndoscopicImageStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.77.1.2", "VL Microscopic Image Storage", "VLMicroscopicImageStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.2.1",
                "Video Microscopic Image Storage",
                "VideoMicroscopicImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.3",
                "VL Slide-Coordinates Microscopic Image Storage",
                "VLSlideCoordinatesMicroscopicImageStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.77.1.4", "VL Photographic Image Storage", "VLPhotographicImageStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.4.1",
                "Video Photographic Image Storage",
                "VideoPhotographicImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.5.1",
                "Ophthalmic Photography 8 Bit Image Storage",
                "OphthalmicPhotography8BitImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.5.2",
                "Ophthalmic Photography 16 Bit Image Storage",
                "OphthalmicPhotography16BitImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.5.3",
                "Stereometric Relationship Storage",
                "StereometricRelationshipStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.5.4",
                "Ophthalmic Tomography Image Storage",
                "OphthalmicTomographyImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.5.5",
                "Wide Field Ophthalmic Photography Stereographic Projection Image Storage",
                "WideFieldOphthalmicPhotographyStereographicProjectionImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.5.6",
                "Wide Field Ophthalmic Photography 3D Coordinates Image Storage",
                "WideFieldOphthalmicPhotography3DCoordinatesImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.5.7",
                "Ophthalmic Optical Coherence Tomography En Face Image Storage",
                "OphthalmicOpticalCoherenceTomographyEnFaceImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.5.8",
                "Ophthalmic Optical Coherence Tomography B-scan Volume Analysis Storage",
                "OphthalmicOpticalCoherenceTomographyBscanVolumeAnalysisStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.6",
                "VL Whole Slide Microscopy Image Storage",
                "VLWholeSlideMicroscopyImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.7",
                "Dermoscopic Photography Image Storage",
                "DermoscopicPhotographyImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.8",
                "Confocal Microscopy Image Storage",
                "ConfocalMicroscopyImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.77.1.9",
                "Confocal Microscopy Tiled Pyramidal Image Storage",
                "ConfocalMicroscopyTiledPyramidalImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.78.1",
                "Lensometry Measurements Storage",
                "LensometryMeasurementsStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.78.2",
                "Autorefraction Measurements Storage",
                "AutorefractionMeasurementsStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.78.3",
                "Keratometry Measurements Storage",
                "KeratometryMeasurementsStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.78.4",
                "Subjective Refraction Measurements Storage",
                "SubjectiveRefractionMeasurementsStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.78.5",
                "Visual Acuity Measurements Storage",
                "VisualAcuityMeasurementsStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.78.6",
                "Spectacle Prescription Report Storage",
                "SpectaclePrescriptionReportStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.78.7",
                "Ophthalmic Axial Measurements Storage",
                "OphthalmicAxialMeasurementsStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.78.8",
                "Intraocular Lens Calculations Storage",
                "IntraocularLensCalculationsStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.79.1",
                "Macular Grid Thickness and Volume Report Storage",
                "MacularGridThicknessAndVolumeReportStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.80.1",
                "Ophthalmic Visual Field Static Perimetry Measurements Storage",
                "OphthalmicVisualFieldStaticPerimetryMeasurementsStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.81.1",
                "Ophthalmic Thickness Map Storage",
                "OphthalmicThicknessMapStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.82.1", "Corneal Topography Map Storage", "CornealTopographyMapStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.88.11", "Basic Text SR Storage", "BasicTextSRStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.88.22", "Enhanced SR Storage", "EnhancedSRStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.88.33", "Comprehensive SR Storage", "ComprehensiveSRStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.88.34", "Comprehensive 3D SR Storage", "Comprehensive3DSRStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.88.35", "Extensible SR Storage", "ExtensibleSRStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.88.40", "Procedure Log Storage", "ProcedureLogStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.88.50", "Mammography CAD SR Storage", "MammographyCADSRStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.88.59",
                "Key Object Selection Document Storage",
                "KeyObjectSelectionDocumentStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.88.65", "Chest CAD SR Storage", "ChestCADSRStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.88.67", "X-Ray Radiation Dose SR Storage", "XRayRadiationDoseSRStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.88.68",
                "Radiopharmaceutical Radiation Dose SR Storage",
                "RadiopharmaceuticalRadiationDoseSRStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.88.69", "Colon CAD SR Storage", "ColonCADSRStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.88.70", "Implantation Plan SR Storage", "ImplantationPlanSRStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.88.71", "Acquisition Context SR Storage", "AcquisitionContextSRStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.88.72",
                "Simplified Adult Echo SR Storage",
                "SimplifiedAdultEchoSRStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.88.73",
                "Patient Radiation Dose SR Storage",
                "PatientRadiationDoseSRStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.88.74",
                "Planned Imaging Agent Administration SR Storage",
                "PlannedImagingAgentAdministrationSRStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.88.75",
                "Performed Imaging Agent Administration SR Storage",
                "PerformedImagingAgentAdministrationSRStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.88.76",
                "Enhanced X-Ray Radiation Dose SR Storage",
                "EnhancedXRayRadiationDoseSRStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.88.77", "Waveform Annotation SR Storage", "WaveformAnnotationSRStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.90.1",
                "Content Assessment Results Storage",
                "ContentAssessmentResultsStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.91.1",
                "Microscopy Bulk Simple Annotations Storage",
                "MicroscopyBulkSimpleAnnotationsStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.104.1", "Encapsulated PDF Storage", "EncapsulatedPDFStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.104.2", "Encapsulated CDA Storage", "EncapsulatedCDAStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.104.3", "Encapsulated STL Storage", "EncapsulatedSTLStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.104.4", "Encapsulated OBJ Storage", "EncapsulatedOBJStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.104.5", "Encapsulated MTL Storage", "EncapsulatedMTLStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.128",
                "Positron Emission Tomography Image Storage",
                "PositronEmissionTomographyImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.128.1",
                "Legacy Converted Enhanced PET Image Storage",
                "LegacyConvertedEnhancedPETImageStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.130", "Enhanced PET Image Storage", "EnhancedPETImageStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.131",
                "Basic Structured Display Storage",
                "BasicStructuredDisplayStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.200.2",
                "CT Performed Procedure Protocol Storage",
                "CTPerformedProcedureProtocolStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.200.8",
                "XA Performed Procedure Protocol Storage",
                "XAPerformedProcedureProtocolStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.481.1", "RT Image Storage", "RTImageStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.481.2", "RT Dose Storage", "RTDoseStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.481.3", "RT Structure Set Storage", "RTStructureSetStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.481.4",
                "RT Beams Treatment Record Storage",
                "RTBeamsTreatmentRecordStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.481.5", "RT Plan Storage", "RTPlanStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.481.6",
                "RT Brachy Treatment Record Storage",
                "RTBrachyTreatmentRecordStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.481.7",
                "RT Treatment Summary Record Storage",
                "RTTreatmentSummaryRecordStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.481.8", "RT Ion Plan Storage", "RTIonPlanStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.481.9",
                "RT Ion Beams Treatment Record Storage",
                "RTIonBeamsTreatmentRecordStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.481.10", "RT Physician Intent Storage", "RTPhysicianIntentStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.481.11", "RT Segment Annotation Storage", "RTSegmentAnnotationStorage"),
            SopClass("1.2.840.10008.5.1.4.1.1.481.12", "RT Radiation Set Storage", "RTRadiationSetStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.481.13",
                "C-Arm Photon-Electron Radiation Storage",
                "CArmPhotonElectronRadiationStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.481.14",
                "Tomotherapeutic Radiation Storage",
                "TomotherapeuticRadiationStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.481.15", "Robotic-Arm Radiation Storage", "RoboticArmRadiationStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.481.16",
                "RT Radiation Record Set Storage",
                "RTRadiationRecordSetStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.481.17",
                "RT Radiation Salvage Record Storage",
                "RTRadiationSalvageRecordStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.481.18",
                "Tomotherapeutic Radiation Record Storage",
                "TomotherapeuticRadiationRecordStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.481.19",
                "C-Arm Photon-Electron Radiation Record Storage",
                "CArmPhotonElectronRadiationRecordStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.481.20",
                "Robotic Radiation Record Storage",
                "RoboticRadiationRecordStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.481.21",
                "RT Radiation Set Delivery Instruction Storage",
                "RTRadiationSetDeliveryInstructionStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.481.22",
                "RT Treatment Preparation Storage",
                "RTTreatmentPreparationStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.481.23", "Enhanced RT Image Storage", "EnhancedRTImageStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.481.24",
                "Enhanced Continuous RT Image Storage",
                "EnhancedContinuousRTImageStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.481.25",
                "RT Patient Position Acquisition Instruction Storage",
                "RTPatientPositionAcquisitionInstructionStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.34.7",
                "RT Beams Delivery Instruction Storage",
                "RTBeamsDeliveryInstructionStorage",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.34.10",
                "RT Brachy Application Setup Delivery Instruction Storage",
                "RTBrachyApplicationSetupDeliveryInstructionStorage",
            ),
        ),
    ),
    "Query/Retrieve": ServiceClass(
        "Query/Retrieve",
        "PS3.4 Annex C",
        ("C-FIND", "C-MOVE", "C-GET"),
        (
            SopClass(
                "1.2.840.10008.5.1.4.1.2.1.1",
                "Patient Root Query/Retrieve Information Model - FIND",
                "PatientRootQueryRetrieveInformationModelFind",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.2.1.2",
                "Patient Root Query/Retrieve Information Model - MOVE",
                "PatientRootQueryRetrieveInformationModelMove",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.2.1.3",
                "Patient Root Query/Retrieve Information Model - GET",
                "PatientRootQueryRetrieveInformationModelGet",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.2.2.1",
                "Study Root Query/Retrieve Information Model - FIND",
                "StudyRootQueryRetrieveInformationModelFind",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.2.2.2",
                "Study Root Query/Retrieve Information Model - MOVE",
                "StudyRootQueryRetrieveInformationModelMove",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.2.2.3",
                "Study Root Query/Retrieve Information Model - GET",
                "StudyRootQueryRetrieveInformationModelGet",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.2.3.1",
                "Patient/Study Only Query/Retrieve Information Model - FIND",
                "PatientStudyOnlyQueryRetrieveInformationModelFind",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.2.3.2",
                "Patient/Study Only Query/Retrieve Information Model - MOVE",
                "PatientStudyOnlyQueryRetrieveInformationModelMove",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.2.3.3",
                "Patient/Study Only Query/Retrieve Information Model - GET",
                "PatientStudyOnlyQueryRetrieveInformationModelGet",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.2.4.2",
                "Composite Instance Root Retrieve - MOVE",
                "CompositeInstanceRootRetrieveMove",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.2.4.3",
                "Composite Instance Root Retrieve - GET",
                "CompositeInstanceRootRetrieveGet",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.2.5.3",
                "Composite Instance Retrieve Without Bulk Data - GET",
                "CompositeInstanceRetrieveWithoutBulkDataGet",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.201.6", "Repository Query", "RepositoryQuery"),
        ),
    ),
    "Procedure Step": ServiceClass(
        "Procedure Step",
        "PS3.4 Annex F",
        ("N-CREATE", "N-SET", "N-GET", "N-EVENT-REPORT"),
        (
            SopClass(
                "1.2.840.10008.3.1.2.3.3",
                "Modality Performed Procedure Step SOP Class",
                "ModalityPerformedProcedureStep",
            ),
            SopClass(
                "1.2.840.10008.3.1.2.3.4",
                "Modality Performed Procedure Step Retrieve SOP Class",
                "ModalityPerformedProcedureStepRetrieve",
            ),
            SopClass(
                "1.2.840.10008.3.1.2.3.5",
                "Modality Performed Procedure Step Notification SOP Class",
                "ModalityPerformedProcedureStepNotification",
            ),
        ),
    ),
    "Print Management": ServiceClass(
        "Print Management",
        "PS3.4 Annex H",
        ("N-CREATE", "N-SET", "N-GET", "N-DELETE", "N-ACTION", "N-EVENT-REPORT"),
        (
            SopClass("1.2.840.10008.5.1.1.1", "Basic Film Session SOP Class", "BasicFilmSession"),
            SopClass("1.2.840.10008.5.1.1.2", "Basic Film Box SOP Class", "BasicFilmBox"),
            SopClass("1.2.840.10008.5.1.1.4", "Basic Grayscale Image Box SOP Class", "BasicGrayscaleImageBox"),
            SopClass("1.2.840.10008.5.1.1.4.1", "Basic Color Image Box SOP Class", "BasicColorImageBox"),
            SopClass("1.2.840.10008.5.1.1.14", "Print Job SOP Class", "PrintJob"),
            SopClass("1.2.840.10008.5.1.1.15", "Basic Annotation Box SOP Class", "BasicAnnotationBox"),
            SopClass("1.2.840.10008.5.1.1.16", "Printer SOP Class", "Printer"),
            SopClass(
                "1.2.840.10008.5.1.1.16.376",
                "Printer Configuration Retrieval SOP Class",
                "PrinterConfigurationRetrieval",
            ),
            SopClass("1.2.840.10008.5.1.1.23", "Presentation LUT SOP Class", "PresentationLUT"),
            SopClass(
                "1.2.840.10008.5.1.1.9",
                "Basic Grayscale Print Management Meta SOP Class",
                "BasicGrayscalePrintManagementMeta",
            ),
            SopClass(
                "1.2.840.10008.5.1.1.18",
                "Basic Color Print Management Meta SOP Class",
                "BasicColorPrintManagementMeta",
            ),
        ),
    ),
    "Storage Commitment": ServiceClass(
        "Storage Commitment",
        "PS3.4 Annex J",
        ("N-ACTION", "N-EVENT-REPORT"),
        (SopClass("1.2.840.10008.1.20.1", "Storage Commitment Push Model SOP Class", "StorageCommitmentPushModel"),),
    ),
    "Basic Worklist Management": ServiceClass(
        "Basic Worklist Management",
        "PS3.4 Annex K",
        ("C-FIND",),
        (
            SopClass(
                "1.2.840.10008.5.1.4.31",
                "Modality Worklist Information Model - FIND",
                "ModalityWorklistInformationModelFind",
            ),
        ),
    ),
    "Application Event Logging": ServiceClass(
        "Application Event Logging",
        "PS3.4 Annex P",
        ("N-ACTION",),
        (
            SopClass("1.2.840.10008.1.40", "Procedural Event Logging SOP Class", "ProceduralEventLogging"),
            SopClass(
                "1.2.840.10008.1.42",
                "Substance Administration Logging SOP Class",
                "SubstanceAdministrationLogging",
            ),
        ),
    ),
    "Relevant Patient Information Query": ServiceClass(
        "Relevant Patient Information Query",
        "PS3.4 Annex Q",
        ("C-FIND",),
        (
            SopClass(
                "1.2.840.10008.5.1.4.37.1",
                "General Relevant Patient Information Query",
                "GeneralRelevantPatientInformationQuery",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.37.2",
                "Breast Imaging Relevant Patient Information Query",
                "BreastImagingRelevantPatientInformationQuery",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.37.3",
                "Cardiac Relevant Patient Information Query",
                "CardiacRelevantPatientInformationQuery",
            ),
        ),
    ),
    "Instance Availability Notification": ServiceClass(
        "Instance Availability Notification",
        "PS3.4 Annex R",
        ("N-CREATE",),
        (
            SopClass(
                "1.2.840.10008.5.1.4.33",
                "Instance Availability Notification SOP Class",
                "InstanceAvailabilityNotification",
            ),
        ),
    ),
    "Media Creation Management": ServiceClass(
        "Media Creation Management",
        "PS3.4 Annex S",
        ("N-CREATE", "N-GET", "N-ACTION"),
        (SopClass("1.2.840.10008.5.1.1.33", "Media Creation Management SOP Class UID", "MediaCreationManagement"),),
    ),
    "Hanging Protocol Query/Retrieve": ServiceClass(
        "Hanging Protocol Query/Retrieve",
        "PS3.4 Annex U",
        ("C-FIND", "C-MOVE", "C-GET"),
        (
            SopClass(
                "1.2.840.10008.5.1.4.38.2",
                "Hanging Protocol Information Model - FIND",
                "HangingProtocolInformationModelFind",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.38.3",
                "Hanging Protocol Information Model - MOVE",
                "HangingProtocolInformationModelMove",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.38.4",
                "Hanging Protocol Information Model - GET",
                "HangingProtocolInformationModelGet",
            ),
        ),
    ),
    "Substance Administration Query": ServiceClass(
        "Substance Administration Query",
        "PS3.4 Annex V",
        ("C-FIND",),
        (
            SopClass(
                "1.2.840.10008.5.1.4.41",
                "Product Characteristics Query SOP Class",
                "ProductCharacteristicsQuery",
            ),
            SopClass("1.2.840.10008.5.1.4.42", "Substance Approval Query SOP Class", "SubstanceApprovalQuery"),
        ),
    ),
    "Color Palette Query/Retrieve": ServiceClass(
        "Color Palette Query/Retrieve",
        "PS3.4 Annex X",
        ("C-FIND", "C-MOVE", "C-GET"),
        (
            SopClass(
                "1.2.840.10008.5.1.4.39.2",
                "Color Palette Query/Retrieve Information Model - FIND",
                "ColorPaletteQueryRetrieveInformationModelFind",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.39.3",
                "Color Palette Query/Retrieve Information Model - MOVE",
                "ColorPaletteQueryRetrieveInformationModelMove",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.39.4",
                "Color Palette Query/Retrieve Information Model - GET",
                "ColorPaletteQueryRetrieveInformationModelGet",
            ),
        ),
    ),
    "Implant Template Query/Retrieve": ServiceClass(
        "Implant Template Query/Retrieve",
        "PS3.4 Annex BB",
        ("C-FIND", "C-MOVE", "C-GET"),
        (
            SopClass(
                "1.2.840.10008.5.1.4.43.2",
                "Generic Implant Template Information Model - FIND",
                "GenericImplantTemplateInformationModelFind",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.43.3",
                "Generic Implant Template Information Model - MOVE",
                "GenericImplantTemplateInformationModelMove",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.43.4",
                "Generic Implant Template Information Model - GET",
                "GenericImplantTemplateInformationModelGet",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.44.2",
                "Implant Assembly Template Information Model - FIND",
                "ImplantAssemblyTemplateInformationModelFind",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.44.3",
                "Implant Assembly Template Information Model - MOVE",
                "ImplantAssemblyTemplateInformationModelMove",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.44.4",
                "Implant Assembly Template Information Model - GET",
                "ImplantAssemblyTemplateInformationModelGet",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.45.2",
                "Implant Template Group Information Model - FIND",
                "ImplantTemplateGroupInformationModelFind",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.45.3",
                "Implant Template Group Information Model - MOVE",
                "ImplantTemplateGroupInformationModelMove",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.45.4",
                "Implant Template Group Information Model - GET",
                "ImplantTemplateGroupInformationModelGet",
            ),
        ),
    ),
    "Unified Procedure Step": ServiceClass(
        "Unified Procedure Step",
        "PS3.4 Annex CC",
        ("C-FIND", "N-CREATE", "N-SET", "N-GET", "N-ACTION", "N-EVENT-REPORT"),
        (
            SopClass(
                "1.2.840.10008.5.1.4.34.6.1",
                "Unified Procedure Step - Push SOP Class",
                "UnifiedProcedureStepPush",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.34.6.2",
                "Unified Procedure Step - Watch SOP Class",
                "UnifiedProcedureStepWatch",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.34.6.3",
                "Unified Procedure Step - Pull SOP Class",
                "UnifiedProcedureStepPull",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.34.6.4",
                "Unified Procedure Step - Event SOP Class",
                "UnifiedProcedureStepEvent",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.34.6.5",
                "Unified Procedure Step - Query SOP Class",
                "UnifiedProcedureStepQuery",
            ),
        ),
    ),
    "RT Machine Verification": ServiceClass(
        "RT Machine Verification",
        "PS3.4 Annex DD",
        ("N-CREATE", "N-SET", "N-GET", "N-DELETE", "N-ACTION", "N-EVENT-REPORT"),
        (
            SopClass(
                "1.2.840.10008.5.1.4.34.8",
                "RT Conventional Machine Verification",
                "RTConventionalMachineVerification",
            ),
            SopClass("1.2.840.10008.5.1.4.34.9", "RT Ion Machine Verification", "RTIonMachineVerification"),
        ),
    ),
    "Display System Management": ServiceClass(
        "Display System Management",
        "PS3.4 Annex EE",
        ("N-GET",),
        (SopClass("1.2.840.10008.5.1.1.40", "Display System SOP Class", "DisplaySystem"),),
    ),
    "Non-Patient Object Storage": ServiceClass(
        "Non-Patient Object Storage",
        "PS3.4 Annex GG",
        ("C-STORE",),
        (
            SopClass("1.2.840.10008.5.1.4.38.1", "Hanging Protocol Storage", "HangingProtocolStorage"),
            SopClass("1.2.840.10008.5.1.4.39.1", "Color Palette Storage", "ColorPaletteStorage"),
            SopClass("1.2.840.10008.5.1.4.43.1", "Generic Implant Template Storage", "GenericImplantTemplateStorage"),
            SopClass("1.2.840.10008.5.1.4.44.1", "Implant Assembly Template Storage", "ImplantAssemblyTemplateStorage"),
            SopClass("1.2.840.10008.5.1.4.45.1", "Implant Template Group Storage", "ImplantTemplateGroupStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.200.1",
                "CT Defined Procedure Protocol Storage",
                "CTDefinedProcedureProtocolStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.200.3", "Protocol Approval Storage", "ProtocolApprovalStorage"),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.200.7",
                "XA Defined Procedure Protocol Storage",
                "XADefinedProcedureProtocolStorage",
            ),
            SopClass("1.2.840.10008.5.1.4.1.1.201.1", "Inventory Storage", "InventoryStorage"),
        ),
    ),
    "Defined Procedure Protocol Query/Retrieve": ServiceClass(
        "Defined Procedure Protocol Query/Retrieve",
        "PS3.4 Annex HH",
        ("C-FIND", "C-MOVE", "C-GET"),
        (
            SopClass(
                "1.2.840.10008.5.1.4.20.1",
                "Defined Procedure Protocol Information Model - FIND",
                "DefinedProcedureProtocolInformationModelFind",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.20.2",
                "Defined Procedure Protocol Information Model - MOVE",
                "DefinedProcedureProtocolInformationModelMove",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.20.3",
                "Defined Procedure Protocol Information Model - GET",
                "DefinedProcedureProtocolInformationModelGet",
            ),
        ),
    ),
    "Protocol Approval Query/Retrieve": ServiceClass(
        "Protocol Approval Query/Retrieve",
        "PS3.4 Annex II",
        ("C-FIND", "C-MOVE", "C-GET"),
        (
            SopClass(
                "1.2.840.10008.5.1.4.1.1.200.4",
                "Protocol Approval Information Model - FIND",
                "ProtocolApprovalInformationModelFind",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.200.5",
                "Protocol Approval Information Model - MOVE",
                "ProtocolApprovalInformationModelMove",
            ),
            SopClass(
                "1.2.840.10008.5.1.4.1.1.200.6",
                "Protocol Approval Information Model - GET",
                "ProtocolApprovalInformationModelGet",
            ),
        ),
    ),
    "Inventory Query/Retrieve": ServiceClass(
        "Inventory Query/Retrieve",
        "PS3.4 Annex JJ",
        ("C-FIND", "C-MOVE", "C-GET"),
        (
            SopClass("1.2.840.10008.5.1.4.1.1.201.2", "Inventory - FIND", "InventoryFind"),
            SopClass("1.2.840.10008.5.1.4.1.1.201.3", "Inventory - MOVE", "InventoryMove"),
            SopClass("1.2.840.10008.5.1.4.1.1.201.4", "Inventory - GET", "InventoryGet"),
        ),
    ),
    "Storage Management": ServiceClass(
        "Storage Management",
        "PS3.4 Annex KK",
        ("N-ACTION", "N-EVENT-REPORT"),
        (SopClass("1.2.840.10008.5.1.4.1.1.201.5", "Inventory Creation", "InventoryCreation"),),
    ),
}

STORAGE_SOP_CLASSES: tuple[SopClass, ...] = SERVICE_CLASSES["Storage"].sop_classes
"""The SOP classes of the storage service class (PS3.4 Annex B)."""

SERVICE_OF_SOP_CLASS: dict[str, str] = {
    sop_class.uid: service.name for service in SERVICE_CLASSES.values() for sop_class in service.sop_classes
}
"""The name of the service class of each SOP class UID."""
