"""The lists of presentation contexts that are ready for each service class.

It prints::

    ApplicationEventLoggingPresentationContexts 2 1.2.840.10008.1.40 1.2.840.10008.1.42
    BasicWorklistManagementPresentationContexts 1 1.2.840.10008.5.1.4.31 1.2.840.10008.5.1.4.31
    ColorPalettePresentationContexts 3 1.2.840.10008.5.1.4.39.2 1.2.840.10008.5.1.4.39.4
    DefinedProcedureProtocolPresentationContexts 3 1.2.840.10008.5.1.4.20.1 1.2.840.10008.5.1.4.20.3
    DisplaySystemPresentationContexts 1 1.2.840.10008.5.1.1.40 1.2.840.10008.5.1.1.40
    HangingProtocolPresentationContexts 3 1.2.840.10008.5.1.4.38.2 1.2.840.10008.5.1.4.38.4
    ImplantTemplatePresentationContexts 9 1.2.840.10008.5.1.4.43.2 1.2.840.10008.5.1.4.45.4
    InstanceAvailabilityPresentationContexts 1 1.2.840.10008.5.1.4.33 1.2.840.10008.5.1.4.33
    MediaCreationManagementPresentationContexts 1 1.2.840.10008.5.1.1.33 1.2.840.10008.5.1.1.33
    MediaStoragePresentationContexts 1 1.2.840.10008.1.3.10 1.2.840.10008.1.3.10
    ModalityPerformedPresentationContexts 3 1.2.840.10008.3.1.2.3.3 1.2.840.10008.3.1.2.3.5
    NonPatientObjectPresentationContexts 9 1.2.840.10008.5.1.4.1.1.200.1 1.2.840.10008.5.1.4.45.1
    PrintManagementPresentationContexts 11 1.2.840.10008.5.1.1.1 1.2.840.10008.5.1.1.9
    ProcedureStepPresentationContexts 3 1.2.840.10008.3.1.2.3.3 1.2.840.10008.3.1.2.3.5
    ProtocolApprovalPresentationContexts 3 1.2.840.10008.5.1.4.1.1.200.4 1.2.840.10008.5.1.4.1.1.200.6
    QueryRetrievePresentationContexts 13 1.2.840.10008.5.1.4.1.1.201.6 1.2.840.10008.5.1.4.1.2.5.3
    RelevantPatientInformationPresentationContexts 3 1.2.840.10008.5.1.4.37.1 1.2.840.10008.5.1.4.37.3
    RTMachineVerificationPresentationContexts 2 1.2.840.10008.5.1.4.34.8 1.2.840.10008.5.1.4.34.9
    StoragePresentationContexts 120 1.2.840.10008.5.1.1.27 1.2.840.10008.5.1.4.34.7
    StorageCommitmentPresentationContexts 1 1.2.840.10008.1.20.1 1.2.840.10008.1.20.1
    SubstanceAdministrationPresentationContexts 2 1.2.840.10008.5.1.4.41 1.2.840.10008.5.1.4.42
    UnifiedProcedurePresentationContexts 5 1.2.840.10008.5.1.4.34.6.1 1.2.840.10008.5.1.4.34.6.5
    VerificationPresentationContexts 1 1.2.840.10008.1.1 1.2.840.10008.1.1
    there are too many storage SOP classes for one association
    True
"""

import pynetdicom

names = sorted(name for name in dir(pynetdicom) if name.endswith("PresentationContexts"))
for name in (
    "ApplicationEventLoggingPresentationContexts",
    "BasicWorklistManagementPresentationContexts",
    "ColorPalettePresentationContexts",
    "DefinedProcedureProtocolPresentationContexts",
    "DisplaySystemPresentationContexts",
    "HangingProtocolPresentationContexts",
    "ImplantTemplatePresentationContexts",
    "InstanceAvailabilityPresentationContexts",
    "MediaCreationManagementPresentationContexts",
    "MediaStoragePresentationContexts",
    "ModalityPerformedPresentationContexts",
    "NonPatientObjectPresentationContexts",
    "PrintManagementPresentationContexts",
    "ProcedureStepPresentationContexts",
    "ProtocolApprovalPresentationContexts",
    "QueryRetrievePresentationContexts",
    "RelevantPatientInformationPresentationContexts",
    "RTMachineVerificationPresentationContexts",
    "StoragePresentationContexts",
    "StorageCommitmentPresentationContexts",
    "SubstanceAdministrationPresentationContexts",
    "UnifiedProcedurePresentationContexts",
    "VerificationPresentationContexts",
):
    contexts = getattr(pynetdicom, name)
    print(name, len(contexts), contexts[0].abstract_syntax, contexts[-1].abstract_syntax)
    assert name in names

ae = pynetdicom.AE()
ae.requested_contexts = pynetdicom.StoragePresentationContexts
try:
    ae.requested_contexts = pynetdicom.AllStoragePresentationContexts
except ValueError:
    print("there are too many storage SOP classes for one association")
print(len(ae.requested_contexts) <= 128)
