"""Switches for the whole process, with the names of pynetdicom; set them on this module.

They are those of `dulcimer.switches`, which documents each of them: a value set here is set there.
"""

from __future__ import annotations

import sys
from dataclasses import fields
from types import ModuleType

from dulcimer.switches import PROCESS_SWITCHES, Switches, Validator, validate_ae

__all__ = [
    "CODECS",
    "ENFORCE_UID_CONFORMANCE",
    "LOG_HANDLER_LEVEL",
    "LOG_REQUEST_IDENTIFIERS",
    "LOG_RESPONSE_IDENTIFIERS",
    "PASS_CONTEXTVARS",
    "STORE_RECV_CHUNKED_DATASET",
    "STORE_SEND_CHUNKED_DATASET",
    "UNRESTRICTED_STORAGE_SERVICE",
    "USE_SHORT_DIMSE_AET",
    "VALIDATORS",
    "WINDOWS_TIMER_RESOLUTION",
    "validate_ae",
    "validate_ui",
]

CODECS: tuple[str, ...] = PROCESS_SWITCHES.codecs
ENFORCE_UID_CONFORMANCE: bool = PROCESS_SWITCHES.enforce_uid_conformance
LOG_HANDLER_LEVEL: str = PROCESS_SWITCHES.log_handler_level
LOG_REQUEST_IDENTIFIERS: bool = PROCESS_SWITCHES.log_request_identifiers
LOG_RESPONSE_IDENTIFIERS: bool = PROCESS_SWITCHES.log_response_identifiers
STORE_RECV_CHUNKED_DATASET: bool = PROCESS_SWITCHES.store_recv_chunked_dataset
STORE_SEND_CHUNKED_DATASET: bool = PROCESS_SWITCHES.store_send_chunked_dataset
UNRESTRICTED_STORAGE_SERVICE: bool = PROCESS_SWITCHES.unrestricted_storage_service
USE_SHORT_DIMSE_AET: bool = PROCESS_SWITCHES.use_short_dimse_aet
VALIDATORS: dict[str, Validator] = PROCESS_SWITCHES.validators

PASS_CONTEXTVARS: bool = False
"""Has no effect: handlers always see the context variables of the code that opened the association or the server."""

WINDOWS_TIMER_RESOLUTION: float | None = 1
"""Has no effect: nothing is polled, so no timer needs to be finer than the system's."""

validate_ui = PROCESS_SWITCHES.validate_ui

_SWITCHES = {switch.name.upper(): switch.name for switch in fields(Switches)}


class _SwitchModule(ModuleType):
    """The class of this module: it sets the switches."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in _SWITCHES:
            setattr(PROCESS_SWITCHES, _SWITCHES[name], value)


sys.modules[__name__].__class__ = _SwitchModule
