"""The DICOM Upper Layer (PS3.8) as an executable specification."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from dulcimer import events as evt
    from dulcimer.ae.async_ae import AsyncAE
    from dulcimer.ae.blocking import AE
    from dulcimer.ae.blocking_association import Association
    from dulcimer.logging_setup import debug_logger
    from dulcimer.presentation import (
        ALL_TRANSFER_SYNTAXES,
        DEFAULT_TRANSFER_SYNTAXES,
        AllStoragePresentationContexts,
        ApplicationEventLoggingPresentationContexts,
        BasicWorklistManagementPresentationContexts,
        ColorPalettePresentationContexts,
        DefinedProcedureProtocolPresentationContexts,
        DisplaySystemPresentationContexts,
        HangingProtocolPresentationContexts,
        ImplantTemplatePresentationContexts,
        InstanceAvailabilityPresentationContexts,
        InventoryPresentationContexts,
        MediaCreationManagementPresentationContexts,
        MediaStoragePresentationContexts,
        ModalityPerformedPresentationContexts,
        NonPatientObjectPresentationContexts,
        PrintManagementPresentationContexts,
        ProcedureStepPresentationContexts,
        ProtocolApprovalPresentationContexts,
        QueryRetrievePresentationContexts,
        RelevantPatientInformationPresentationContexts,
        RTMachineVerificationPresentationContexts,
        StorageCommitmentPresentationContexts,
        StorageManagementPresentationContexts,
        StoragePresentationContexts,
        SubstanceAdministrationPresentationContexts,
        UnifiedProcedurePresentationContexts,
        VerificationPresentationContexts,
        build_context,
        build_role,
    )
    from dulcimer.sop_class import register_uid

__all__ = [
    "AE",
    "ALL_TRANSFER_SYNTAXES",
    "DEFAULT_TRANSFER_SYNTAXES",
    "AllStoragePresentationContexts",
    "ApplicationEventLoggingPresentationContexts",
    "Association",
    "AsyncAE",
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
    "__version__",
    "build_context",
    "build_role",
    "debug_logger",
    "evt",
    "register_uid",
]

# Where the public names are defined: a module of dulcimer, and the name there, "" for the module itself. They are
# imported when they are asked for: `import dulcimer` stays fast, and what works on bytes does not load pydicom.
_HOMES: dict[str, tuple[str, str]] = {
    "AE": ("ae.blocking", "AE"),
    "Association": ("ae.blocking_association", "Association"),
    "AsyncAE": ("ae.async_ae", "AsyncAE"),
    "build_context": ("presentation", "build_context"),
    "build_role": ("presentation", "build_role"),
    "debug_logger": ("logging_setup", "debug_logger"),
    "evt": ("events", ""),
    "register_uid": ("sop_class", "register_uid"),
    **{name: ("presentation", name) for name in __all__ if name.endswith(("PresentationContexts", "SYNTAXES"))},
}

if not TYPE_CHECKING:  # a type checker reads the imports above, and would take any name for defined

    def __getattr__(name: str) -> Any:
        """Import a public name when it is first asked for."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, attribute = _HOMES[name]
        home = import_module(f"{__name__}.{module}")
        globals()[name] = getattr(home, attribute) if attribute else home
        return globals()[name]


def __dir__() -> list[str]:
    """The names of the module, also those not imported yet."""
    return sorted({*globals(), *_HOMES})
