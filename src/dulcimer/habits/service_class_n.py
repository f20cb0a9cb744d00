"""The service classes of PS3.4 that use DIMSE-N, under the module name of pynetdicom."""

from __future__ import annotations

from dulcimer.habits.service_class import (
    ApplicationEventLoggingServiceClass,
    DisplaySystemManagementServiceClass,
    InstanceAvailabilityNotificationServiceClass,
    MediaCreationManagementServiceClass,
    PrintManagementServiceClass,
    ProcedureStepServiceClass,
    RTMachineVerificationServiceClass,
    StorageCommitmentServiceClass,
    StorageManagementServiceClass,
    UnifiedProcedureStepServiceClass,
)

__all__ = [
    "ApplicationEventLoggingServiceClass",
    "DisplaySystemManagementServiceClass",
    "InstanceAvailabilityNotificationServiceClass",
    "MediaCreationManagementServiceClass",
    "PrintManagementServiceClass",
    "ProcedureStepServiceClass",
    "RTMachineVerificationServiceClass",
    "StorageCommitmentServiceClass",
    "StorageManagementServiceClass",
    "UnifiedProcedureStepServiceClass",
]
