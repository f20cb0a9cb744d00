"""The settings of an application entity, checked when they are set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pydicom.uid import UID

from dulcimer.acse.association import NetworkTimeoutResponse
from dulcimer.acse.negotiation import (
    DEFAULT_MAXIMUM_LENGTH,
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    Implementation,
)
from dulcimer.ae.contexts import Contexts
from dulcimer.ae.timeouts import Timeouts
from dulcimer.parameters import Parameter, flag, number, parameter
from dulcimer.upper_layer.config import UpperLayerConfig
from dulcimer.utils import AeTitle, UidLike, set_ae, set_title, set_uid

_LONGEST_LENGTH = 0xFFFFFFFF
_MOST_ASSOCIATIONS = 1 << 20

pdu_length = number(0, _LONGEST_LENGTH)
"""The check for a length of P-DATA-TF in bytes, 0 for no limit (PS3.8 D.1)."""


def ae_title(value: AeTitle, name: str) -> str:
    """The check for an AE title: 1 to 16 characters, not only spaces (PS3.5 6.2)."""
    return set_title(value, name, allow_empty=False, allow_none=False) or ""


def seconds(value: float | None, name: str) -> float | None:
    """The check for a time in seconds, None for ever."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name!r} must be a number of seconds or None, not {type(value).__name__!r}")
    if math.isnan(value) or value < 0:
        raise ValueError(f"{name!r} must not be less than 0, not {value}")
    return None if math.isinf(value) else value


def timeout_response(value: str, name: str) -> NetworkTimeoutResponse:
    """The check for what follows a network timeout."""
    if value == "A-ABORT":
        return "A-ABORT"
    if value == "A-RELEASE":
        return "A-RELEASE"
    raise ValueError(f"{name!r} must be 'A-ABORT' or 'A-RELEASE', not {value!r}")


def _titles(values: Sequence[AeTitle], name: str) -> list[str]:
    if isinstance(values, str | bytes):
        raise TypeError(f"{name!r} must be a list of AE titles, not one of them")
    return [ae_title(value, name) for value in values]


def implementation_uid(value: UidLike, name: str) -> UID:
    """The check for an implementation class UID (PS3.7 D.3.3.2.1): components of digits, without leading zeros."""
    found = set_uid(value, name, allow_empty=False, allow_none=False)
    assert found is not None
    if not found.is_valid:
        raise ValueError(f"{name!r} must be a UID (PS3.5 9.1), not {str(found)!r}")
    return found


def version_name(value: str | None, name: str) -> str | None:
    """The check for an implementation version name (PS3.7 D.3.3.2.3): 1 to 16 characters, or None."""
    return set_ae(value, name, allow_empty=False)


class Settings(Contexts):
    """What an application entity is called, how long it waits, how much it takes and whom it lets in.

    Times in seconds, None is for ever; lengths in bytes, 0 is no limit. A value of another type raises TypeError, one
    out of range ValueError. Timeouts that are changed hold for associations that are open, too.
    """

    ae_title = Parameter[str, AeTitle](ae_title, lambda: "DULCIMER")
    acse_timeout = Parameter[float | None, float | None](seconds, lambda: 30)
    """How long the answer to an association or release request may take."""
    dimse_timeout = Parameter[float | None, float | None](seconds, lambda: 30)
    """How long each response to a DIMSE request may take."""
    network_timeout = Parameter[float | None, float | None](seconds, lambda: 60)
    """How long nothing may come on an association without an operation under way."""
    connection_timeout = Parameter[float | None, float | None](seconds, lambda: None)
    """How long connecting, with TLS handshake, may take."""
    network_timeout_response = Parameter[NetworkTimeoutResponse, str](timeout_response, lambda: "A-ABORT")
    """"A-ABORT" or "A-RELEASE": how an association ends after `network_timeout`."""
    maximum_associations = parameter(number(1, _MOST_ASSOCIATIONS), 10)
    """Associations that servers have open at a time; further ones are refused (PS3.8 Table 9-21, source 3)."""
    maximum_pdu_size = parameter(pdu_length, DEFAULT_MAXIMUM_LENGTH)
    """The longest P-DATA-TF that is received (PS3.8 D.1)."""
    require_called_aet = parameter(flag, False)
    """Whether servers accept only requests to their AE title."""
    require_calling_aet = Parameter[list[str], Sequence[AeTitle]](_titles, list)
    """The AE titles from which servers accept requests, [] for any."""
    receive_into_files = parameter(flag, False)
    """Whether the data sets of C-STORE requests are received into temporary files (`event.dataset_path`)."""
    implementation_class_uid = Parameter[UID, UidLike](implementation_uid, lambda: UID(IMPLEMENTATION_CLASS_UID))
    """Implementation class UID (PS3.7 D.3.3.2.1)."""
    implementation_version_name = Parameter[str | None, str | None](version_name, lambda: IMPLEMENTATION_VERSION_NAME)
    """Implementation version name (PS3.7 D.3.3.2.3), 1 to 16 characters; None sends none."""

    def __init__(self, ae_title: AeTitle = "DULCIMER") -> None:
        super().__init__()
        for value in vars(Settings).values():
            if isinstance(value, Parameter):
                vars(self)[value.name] = value.default()
        self.ae_title = ae_title

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a value, and tell open associations of a new timeout."""
        super().__setattr__(name, value)
        if name in _PASSED_ON:
            self.passed_on(name)

    def passed_on(self, name: str) -> None:
        """A setting that holds for open associations has been changed."""

    @property
    def timeouts(self) -> Timeouts:
        """The times of an association that is opened now."""
        return Timeouts(self.acse_timeout, self.dimse_timeout, self.network_timeout, self.connection_timeout)

    @property
    def implementation(self) -> Implementation:
        """How the entity names its implementation."""
        return Implementation(str(self.implementation_class_uid), self.implementation_version_name)

    @property
    def upper_layer(self) -> UpperLayerConfig:
        """The limits of the upper layer; ARTIM runs as long as `acse_timeout`."""
        return UpperLayerConfig(artim_timeout=math.inf if self.acse_timeout is None else max(self.acse_timeout, 1e-3))

    def __str__(self) -> str:
        lines = [f"Application Entity {self.ae_title}", "  Requested Presentation Contexts:"]
        lines += _shown(self.requested_contexts)
        lines += ["  Supported Presentation Contexts:", *_shown(self.supported_contexts)]
        for name in ("acse_timeout", "dimse_timeout", "network_timeout", "connection_timeout"):
            value = getattr(self, name)
            lines.append(f"  {name.replace('_', ' ')}: {'none' if value is None else f'{value:g} s'}")
        if self.require_calling_aet:
            lines.append(f"  Required calling AE title(s): {', '.join(self.require_calling_aet)}")
        lines.append(f"  Require called AE title: {self.require_called_aet}")
        return "\n".join(lines)


_PASSED_ON = ("acse_timeout", "dimse_timeout", "network_timeout", "network_timeout_response")


def _shown(contexts: Sequence[Any]) -> list[str]:
    if not contexts:
        return ["    None"]
    lines = []
    for context in contexts:
        lines.append(f"    {context!r}")
        lines += [f"        ={syntax.name}" for syntax in context.transfer_syntax]
    return lines
