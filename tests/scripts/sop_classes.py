"""SOP classes by name and by UID, their service classes, and the well-known SOP instances.

It prints::

    1.2.840.10008.5.1.4.1.1.2 CT Image Storage CTImageStorage
    True
    True True
    Verification 1.2.840.10008.1.1 VerificationServiceClass
    MRImageStorage 1.2.840.10008.5.1.4.1.1.4 StorageServiceClass
    EnhancedSRStorage 1.2.840.10008.5.1.4.1.1.88.22 StorageServiceClass
    StudyRootQueryRetrieveInformationModelMove 1.2.840.10008.5.1.4.1.2.2.2 QueryRetrieveServiceClass
    ModalityWorklistInformationFind 1.2.840.10008.5.1.4.31 BasicWorklistManagementServiceClass
    ModalityPerformedProcedureStep 1.2.840.10008.3.1.2.3.3 ProcedureStepServiceClass
    StorageCommitmentPushModel 1.2.840.10008.1.20.1 StorageCommitmentServiceClass
    BasicFilmSession 1.2.840.10008.5.1.1.1 PrintManagementServiceClass
    UnifiedProcedureStepPull 1.2.840.10008.5.1.4.34.6.3 UnifiedProcedureStepServiceClass
    InstanceAvailabilityNotification 1.2.840.10008.5.1.4.33 InstanceAvailabilityNotificationServiceClass
    HangingProtocolInformationModelFind 1.2.840.10008.5.1.4.38.2 HangingProtocolQueryRetrieveServiceClass
    ProductCharacteristicsQuery 1.2.840.10008.5.1.4.41 SubstanceAdministrationQueryServiceClass
    RTBeamsDeliveryInstructionStorage 1.2.840.10008.5.1.4.34.7 StorageServiceClass
    True
    StorageServiceClass
    True ServiceClass
    1.2.840.10008.5.1.1.40.1 1.2.840.10008.1.20.1.1
    1.2.840.10008.5.1.1.17 1.2.840.10008.1.40.1 1.2.840.10008.5.1.4.34.5
"""

from pynetdicom import sop_class
from pynetdicom.service_class import ServiceClass, StorageServiceClass
from pynetdicom.sop_class import CTImageStorage, uid_to_service_class, uid_to_sop_class

print(CTImageStorage, CTImageStorage.name, CTImageStorage.keyword)
print(CTImageStorage.service_class is StorageServiceClass)
print(CTImageStorage == "1.2.840.10008.5.1.4.1.1.2", isinstance(CTImageStorage, str))

for keyword in (
    "Verification",
    "MRImageStorage",
    "EnhancedSRStorage",
    "StudyRootQueryRetrieveInformationModelMove",
    "ModalityWorklistInformationFind",
    "ModalityPerformedProcedureStep",
    "StorageCommitmentPushModel",
    "BasicFilmSession",
    "UnifiedProcedureStepPull",
    "InstanceAvailabilityNotification",
    "HangingProtocolInformationModelFind",
    "ProductCharacteristicsQuery",
    "RTBeamsDeliveryInstructionStorage",
):
    uid = getattr(sop_class, keyword)
    print(keyword, uid, uid.service_class.__name__)

print(uid_to_sop_class("1.2.840.10008.1.1") == sop_class.Verification)
print(uid_to_service_class("1.2.840.10008.5.1.4.1.1.4").__name__)
print(uid_to_service_class("1.2.3.4.5") is ServiceClass, uid_to_sop_class("1.2.3.4.5").service_class.__name__)
print(sop_class.DisplaySystemInstance, sop_class.StorageCommitmentPushModelInstance)
print(sop_class.PrinterInstance, sop_class.ProceduralEventLoggingInstance, sop_class.UPSGlobalSubscriptionInstance)
