"""Presentation contexts: built by users, negotiated, and lists for each service class (PS3.8 7.1.1.13, PS3.4)."""

from __future__ import annotations

from collections.abc import Iterable

from pydicom.uid import UID

from dulcimer._generated.services import DEFAULT_TRANSFER_SYNTAXES as _DEFAULT_TRANSFER_SYNTAXES
from dulcimer._generated.services import SELECTED_STORAGE, SERVICE_CLASSES, TRANSFER_SYNTAXES, WITHOUT_SERVICE
from dulcimer.proposals.context_negotiation import negotiate_as_acceptor, negotiate_as_requestor, negotiate_unrestricted
from dulcimer.proposals.negotiation_items import SCP_SCU_RoleSelectionNegotiation
from dulcimer.proposals.presentation_context import PresentationContext, PresentationContextTuple

__all__ = [
    "ALL_TRANSFER_SYNTAXES",
    "DEFAULT_TRANSFER_SYNTAXES",
    "AllStoragePresentationContexts",
    "ApplicationEventLoggingPresentationContexts",
    "BasicWorklistManagementPresentationContexts",
    "ColorPalettePresentationContexts",
    "DefinedProcedureProtocolPresentationContexts",
    "DisplaySystemPresentationContexts",
    "HangingProtocolPresentationContexts",
    "ImplantTemplatePresentationContexts",
    "InstanceAvailabilityPresentationContexts",
    "InventoryPresentationContexts",
    "MediaCreationManagementPresentationContexts",
    "MediaStoragePresentationContexts",
    "ModalityPerformedPresentationContexts",
    "NonPatientObjectPresentationContexts",
    "PresentationContext",
    "PresentationContextTuple",
    "PrintManagementPresentationContexts",
    "ProcedureStepPresentationContexts",
    "ProtocolApprovalPresentationContexts",
    "QueryRetrievePresentationContexts",
    "RTMachineVerificationPresentationContexts",
    "RelevantPatientInformationPresentationContexts",
    "StorageCommitmentPresentationContexts",
    "StorageManagementPresentationContexts",
    "StoragePresentationContexts",
    "SubstanceAdministrationPresentationContexts",
    "UnifiedProcedurePresentationContexts",
    "VerificationPresentationContexts",
    "build_context",
    "build_role",
    "negotiate_as_acceptor",
    "negotiate_as_requestor",
    "negotiate_unrestricted",
]

DEFAULT_TRANSFER_SYNTAXES: list[str] = list(_DEFAULT_TRANSFER_SYNTAXES)
"""The transfer syntaxes that `build_context` proposes by default: those that do not compress pixels."""
ALL_TRANSFER_SYNTAXES: list[str] = list(TRANSFER_SYNTAXES)
"""The transfer syntaxes in use, and Explicit VR Big Endian (PS3.5 Annex A)."""


def build_context(
    abstract_syntax: str, transfer_syntax: str | list[str] | list[UID] | None = None
) -> PresentationContext:
    """A presentation context, with one transfer syntax or a list; by default `DEFAULT_TRANSFER_SYNTAXES`."""
    context = PresentationContext()
    context.abstract_syntax = abstract_syntax
    if transfer_syntax is None:
        transfer_syntax = DEFAULT_TRANSFER_SYNTAXES
    context.transfer_syntax = [transfer_syntax] if isinstance(transfer_syntax, str) else transfer_syntax
    return context


def build_role(uid: str, scu_role: bool = False, scp_role: bool = False) -> SCP_SCU_RoleSelectionNegotiation:
    """The item that proposes roles of the requestor for a SOP class (PS3.7 D.3.3.4)."""
    role = SCP_SCU_RoleSelectionNegotiation()
    role.sop_class_uid = uid
    role.scu_role = scu_role
    role.scp_role = scp_role
    return role


def _contexts(uids: Iterable[str]) -> list[PresentationContext]:
    return [build_context(uid) for uid in sorted(uids)]


def _of(service: str) -> list[PresentationContext]:
    return _contexts(row.uid for row in SERVICE_CLASSES[service].sop_classes)


AllStoragePresentationContexts = _of("Storage")
"""All storage SOP classes: more than fit into one association."""
StoragePresentationContexts = _contexts(SELECTED_STORAGE)
"""The storage SOP classes that one association can propose, with room for a few others."""
ApplicationEventLoggingPresentationContexts = _of("Application Event Logging")
BasicWorklistManagementPresentationContexts = _of("Basic Worklist Management")
ColorPalettePresentationContexts = _of("Color Palette Query/Retrieve")
DefinedProcedureProtocolPresentationContexts = _of("Defined Procedure Protocol Query/Retrieve")
DisplaySystemPresentationContexts = _of("Display System Management")
HangingProtocolPresentationContexts = _of("Hanging Protocol Query/Retrieve")
ImplantTemplatePresentationContexts = _of("Implant Template Query/Retrieve")
InstanceAvailabilityPresentationContexts = _of("Instance Availability Notification")
InventoryPresentationContexts = _of("Inventory Query/Retrieve")
MediaCreationManagementPresentationContexts = _of("Media Creation Management")
MediaStoragePresentationContexts = _contexts(row.uid for row in WITHOUT_SERVICE)
ModalityPerformedPresentationContexts = _of("Procedure Step")
NonPatientObjectPresentationContexts = _of("Non-Patient Object Storage")
PrintManagementPresentationContexts = _of("Print Management")
ProcedureStepPresentationContexts = _of("Procedure Step")
ProtocolApprovalPresentationContexts = _of("Protocol Approval Query/Retrieve")
QueryRetrievePresentationContexts = _of("Query/Retrieve")
RelevantPatientInformationPresentationContexts = _of("Relevant Patient Information Query")
RTMachineVerificationPresentationContexts = _of("RT Machine Verification")
StorageCommitmentPresentationContexts = _of("Storage Commitment")
StorageManagementPresentationContexts = _of("Storage Management")
SubstanceAdministrationPresentationContexts = _of("Substance Administration Query")
UnifiedProcedurePresentationContexts = _of("Unified Procedure Step")
VerificationPresentationContexts = _of("Verification")
