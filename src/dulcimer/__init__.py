"""The DICOM Upper Layer (PS3.8) as an executable specification."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pydicom.uid import UID

    # isort: off
    from dulcimer import (
        _config as _config,
        _globals as _globals,
        acse as acse,
        ae as ae,
        association as association,
        dimse as dimse,
        dimse_messages as dimse_messages,
        dimse_primitives as dimse_primitives,
        dsutils as dsutils,
        dul as dul,
        events as events,
        fsm as fsm,
        pdu_primitives as pdu_primitives,
        presentation as presentation,
        service_class as service_class,
        service_class_n as service_class_n,
        sop_class as sop_class,
        status as status,
        transport as transport,
        utils as utils,
    )

    # isort: on
    from dulcimer import events as evt
    from dulcimer.ae.aio.entity import AsyncAE
    from dulcimer.ae.blocking.association import Association
    from dulcimer.ae.blocking.entity import AE
    from dulcimer.ae.core.timeouts import Timeouts
    from dulcimer.ae.simple.callbacks import ConnectionState
    from dulcimer.ae.simple.operations import Suboperations
    from dulcimer.ae.simple.qr_level import QRLevel
    from dulcimer.ae.simple.service_provider import ServiceProvider, ServiceProviderParams, run_provider_for_conn
    from dulcimer.ae.simple.service_user import ServiceUser
    from dulcimer.ae.simple.tls_config import TLSConfig
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
    from dulcimer.upper_layer.fault_injection import (
        FaultInjector,
        fuzz_fault_injector,
        set_provider_fault_injector,
        set_user_fault_injector,
    )

    # Only annotated: mypy cannot derive the types, as the module of the values imports the version from this one.
    PYNETDICOM_IMPLEMENTATION_UID: UID
    PYNETDICOM_IMPLEMENTATION_VERSION: str
    PYNETDICOM_UID_PREFIX: str

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
    "ConnectionState",
    "DefinedProcedureProtocolPresentationContexts",
    "DisplaySystemPresentationContexts",
    "FaultInjector",
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
    "QRLevel",
    "QueryRetrievePresentationContexts",
    "RTMachineVerificationPresentationContexts",
    "RelevantPatientInformationPresentationContexts",
    "ServiceProvider",
    "ServiceProviderParams",
    "ServiceUser",
    "StorageCommitmentPresentationContexts",
    "StorageManagementPresentationContexts",
    "StoragePresentationContexts",
    "Suboperations",
    "SubstanceAdministrationPresentationContexts",
    "TLSConfig",
    "Timeouts",
    "UnifiedProcedurePresentationContexts",
    "VerificationPresentationContexts",
    "__version__",
    "build_context",
    "build_role",
    "debug_logger",
    "evt",
    "fuzz_fault_injector",
    "register_uid",
    "run_provider_for_conn",
    "set_provider_fault_injector",
    "set_user_fault_injector",
]

# By public name: the module of dulcimer that defines it, and the name there, "" for the module itself. They are
# imported on first use: `import dulcimer` stays fast, and code that works on bytes does not load pydicom.
_HOMES: dict[str, tuple[str, str]] = {
    "AE": ("ae.blocking.entity", "AE"),
    "Association": ("ae.blocking.association", "Association"),
    "AsyncAE": ("ae.aio.entity", "AsyncAE"),
    "ConnectionState": ("ae.simple.callbacks", "ConnectionState"),
    "FaultInjector": ("upper_layer.fault_injection", "FaultInjector"),
    "QRLevel": ("ae.simple.qr_level", "QRLevel"),
    "ServiceProvider": ("ae.simple.service_provider", "ServiceProvider"),
    "ServiceProviderParams": ("ae.simple.service_provider", "ServiceProviderParams"),
    "ServiceUser": ("ae.simple.service_user", "ServiceUser"),
    "Suboperations": ("ae.simple.operations", "Suboperations"),
    "TLSConfig": ("ae.simple.tls_config", "TLSConfig"),
    "Timeouts": ("ae.core.timeouts", "Timeouts"),
    "build_context": ("presentation", "build_context"),
    "build_role": ("presentation", "build_role"),
    "debug_logger": ("logging_setup", "debug_logger"),
    "evt": ("events", ""),
    "fuzz_fault_injector": ("upper_layer.fault_injection", "fuzz_fault_injector"),
    "register_uid": ("sop_class", "register_uid"),
    "run_provider_for_conn": ("ae.simple.service_provider", "run_provider_for_conn"),
    "set_provider_fault_injector": ("upper_layer.fault_injection", "set_provider_fault_injector"),
    "set_user_fault_injector": ("upper_layer.fault_injection", "set_user_fault_injector"),
    **{name: ("presentation", name) for name in __all__ if name.endswith(("PresentationContexts", "SYNTAXES"))},
    # Programs for pynetdicom write these into their files; here they name dulcimer.
    "PYNETDICOM_IMPLEMENTATION_UID": ("habits.dsutils", "IMPLEMENTATION_UID"),
    "PYNETDICOM_IMPLEMENTATION_VERSION": ("habits.dsutils", "IMPLEMENTATION_VERSION_NAME"),
    "PYNETDICOM_UID_PREFIX": ("habits.dsutils", "UID_PREFIX"),
}

if not TYPE_CHECKING:  # a type checker reads the imports above, and would otherwise accept any name

    def __getattr__(name: str) -> Any:
        """Import a public name, or a module of dulcimer, on first use."""
        if name not in _HOMES:
            if name.startswith("__") or find_spec(f"{__name__}.{name}") is None:
                raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
            return import_module(f"{__name__}.{name}")
        module, attribute = _HOMES[name]
        home = import_module(f"{__name__}.{module}")
        globals()[name] = getattr(home, attribute) if attribute else home
        return globals()[name]


def __dir__() -> list[str]:
    """The names of the module, also those not imported yet."""
    return sorted({*globals(), *_HOMES, *(module.name for module in iter_modules(__path__))})
