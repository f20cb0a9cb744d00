"""The settings of an application entity, checked when they are set."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from pydicom.uid import UID

from dulcimer.acse.driven import NetworkTimeoutResponse
from dulcimer.acse.negotiation import (
    DEFAULT_MAXIMUM_LENGTH,
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    Implementation,
)
from dulcimer.ae.core.contexts import Contexts
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.limits import DEFAULTS, Limits
from dulcimer.parameters import Parameter, flag, number, parameter
from dulcimer.upper_layer.config import UpperLayerConfig
from dulcimer.upper_layer.fault_injection import FaultInjector
from dulcimer.upper_layer.observer import Observer
from dulcimer.values import AeTitle, UidLike, set_ae, set_title, set_uid

_LONGEST_LENGTH = 0xFFFFFFFF
_MOST_ASSOCIATIONS = 1 << 20

pdu_length = number(0, _LONGEST_LENGTH)
"""The check for a length of P-DATA-TF in bytes, 0 for no limit (PS3.8 D.1)."""


def ae_title(value: AeTitle, name: str) -> str:
    """The check for an AE title: 1 to 16 characters, not only spaces (PS3.5 6.2)."""
    return set_title(value, name, allow_empty=False, allow_none=False) or ""


def seconds(value: float | None, name: str) -> float | None:
    """The check for a time in seconds, None for forever."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name!r} must be a number of seconds or None, not {type(value).__name__!r}")
    if math.isnan(value) or value < 0:
        raise ValueError(f"{name!r} must not be less than 0, not {value}")
    return None if math.isinf(value) else value


def timeout_response(value: str, name: str) -> NetworkTimeoutResponse:
    """The check for what is done after a network timeout."""
    if value == "A-ABORT":
        return "A-ABORT"
    if value == "A-RELEASE":
        return "A-RELEASE"
    raise ValueError(f"{name!r} must be 'A-ABORT' or 'A-RELEASE', not {value!r}")


def _limits(value: Limits, name: str) -> Limits:
    if not isinstance(value, Limits):
        raise TypeError(f"{name!r} must be dulcimer.limits.Limits, not {type(value).__name__!r}")
    return value


def _titles(values: Sequence[AeTitle], name: str) -> list[str]:
    if isinstance(values, str | bytes):
        raise TypeError(f"{name!r} must be a list of AE titles, not one of them")
    return [ae_title(value, name) for value in values]


def fault_injector(value: FaultInjector | None, name: str) -> FaultInjector | None:
    """The check for a fault injector, or None."""
    if value is not None and not isinstance(value, FaultInjector):
        raise TypeError(f"{name!r} must be a FaultInjector or None, not {type(value).__name__!r}")
    return value


def observing(value: Callable[[], Observer | None] | None, name: str) -> Callable[[], Observer | None] | None:
    """The check for a function that makes observers, or None."""
    if value is not None and not callable(value):
        raise TypeError(f"{name!r} must be a function that makes an observer, or None, not {type(value).__name__!r}")
    return value


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
    """The title, timeouts and limits of an application entity, and whom it accepts.

    Times in seconds, None means forever; lengths in bytes, 0 means no limit. A value of another type raises TypeError,
    one out of range ValueError. A changed timeout also applies to open associations.
    """

    ae_title = Parameter[str, AeTitle](
        ae_title,
        lambda: "DULCIMER",
        """The AE title: 1 to 16 characters, by default DULCIMER (PS3.8 9.3.2, PS3.5 6.2).""",
    )
    acse_timeout = Parameter[float | None, float | None](
        seconds,
        lambda: 30,
        """Seconds for the answer to an association or release request, and for ARTIM (PS3.8 9.1.5).

        By default 30; None means forever. A change also applies to open associations.
        """,
    )
    dimse_timeout = Parameter[float | None, float | None](
        seconds,
        lambda: 30,
        """Seconds for each response to a DIMSE request, by default 30; None means forever.

        After that the association is aborted. A change also applies to open associations.
        """,
    )
    network_timeout = Parameter[float | None, float | None](
        seconds,
        lambda: 60,
        """Seconds that the peer may be silent while no operation is in progress, by default 60; None means forever.

        Then comes `network_timeout_response`. A change also applies to open associations.
        """,
    )
    connection_timeout = Parameter[float | None, float | None](
        seconds,
        lambda: None,
        """Seconds for name lookup, connection and TLS handshake together; by default None, without a limit.

        A TLS handshake never gets more than 30.
        """,
    )
    network_timeout_response = Parameter[NetworkTimeoutResponse, str](
        timeout_response,
        lambda: "A-ABORT",
        """"A-ABORT", the default, or "A-RELEASE": how an association ends after `network_timeout` (PS3.8 7.2, 7.3).""",
    )
    maximum_associations = parameter(
        number(1, _MOST_ASSOCIATIONS),
        10,
        """Most associations accepted at once, by default 10; others are rejected (PS3.8 Table 9-21, source 3).""",
    )
    maximum_pdu_size = parameter(
        pdu_length,
        DEFAULT_MAXIMUM_LENGTH,
        """Longest P-DATA-TF that is received, in bytes after its header of 6; by default 262144 (PS3.8 D.1).

        0 means no limit. A change applies to associations that are opened afterwards.
        """,
    )
    limits = Parameter[Limits, Limits](
        _limits,
        lambda: DEFAULTS,
        """How much peers may send: a `dulcimer.limits.Limits`, by default with its defaults.

        A change applies to associations that are opened afterwards.
        """,
    )
    require_called_aet = parameter(
        flag,
        False,
        """Whether servers accept only requests to their AE title; by default False (PS3.8 Table 9-21, reason 7).""",
    )
    require_calling_aet = Parameter[list[str], Sequence[AeTitle]](
        _titles,
        list,
        """The AE titles from which servers accept requests; by default [], any (PS3.8 Table 9-21, reason 3).""",
    )
    receive_into_files = parameter(
        flag,
        False,
        """Whether C-STORE data sets are received into temporary files (`event.dataset_path`); by default False.""",
    )
    implementation_class_uid = Parameter[UID, UidLike](
        implementation_uid,
        lambda: UID(IMPLEMENTATION_CLASS_UID),
        """Implementation class UID that is sent to peers, by default dulcimer's (PS3.7 D.3.3.2.1).""",
    )
    implementation_version_name = Parameter[str | None, str | None](
        version_name,
        lambda: IMPLEMENTATION_VERSION_NAME,
        """Implementation version name that is sent to peers, 1 to 16 characters; None for none (PS3.7 D.3.3.2.3).""",
    )
    user_fault_injector = Parameter[FaultInjector | None, FaultInjector | None](
        fault_injector,
        lambda: None,
        """Injects faults into associations it requests; None leaves that to `set_user_fault_injector`.""",
    )
    provider_fault_injector = Parameter[FaultInjector | None, FaultInjector | None](
        fault_injector,
        lambda: None,
        """Injects faults into associations it accepts; None leaves that to `set_provider_fault_injector`.""",
    )

    observe = Parameter[Callable[[], Observer | None] | None, Callable[[], Observer | None] | None](
        observing,
        lambda: None,
        """Called for each new association, requested or accepted: its observer, or None for none; by default None.

        `dulcimer.trace.recording.TraceFolder` and `TraceFile` record associations. An observer is called in the event
        loop, and must not raise.
        """,
    )

    def __init__(self, ae_title: AeTitle = "DULCIMER") -> None:
        super().__init__()
        for value in vars(Settings).values():
            if isinstance(value, Parameter):
                vars(self)[value.name] = value.default()
        self.ae_title = ae_title

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a value, and pass it on to open associations if it concerns them."""
        super().__setattr__(name, value)
        if name in _APPLIED_TO_OPEN:
            self._apply_to_open(name)

    @property
    def _open_count(self) -> int:
        """Number of open associations."""
        return 0

    def _apply_to_open(self, name: str) -> None:
        """Pass a changed setting on to open associations."""

    @property
    def _timeouts(self) -> Timeouts:
        """The timeouts of an association that is opened now."""
        return Timeouts(self.acse_timeout, self.dimse_timeout, self.network_timeout, self.connection_timeout)

    @property
    def _implementation(self) -> Implementation:
        """How the entity names its implementation."""
        return Implementation(str(self.implementation_class_uid), self.implementation_version_name)

    @property
    def _upper_layer(self) -> UpperLayerConfig:
        """The limits of the upper layer; ARTIM runs as long as `acse_timeout`."""
        artim = math.inf if self.acse_timeout is None else max(self.acse_timeout, 1e-3)
        return UpperLayerConfig.of(self.limits, artim)

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
        lines.append(f"  Association(s): {self._open_count}/{self.maximum_associations}")
        return "\n".join(lines)


_APPLIED_TO_OPEN = ("acse_timeout", "dimse_timeout", "network_timeout", "network_timeout_response", "limits")


def _shown(contexts: Sequence[Any]) -> list[str]:
    if not contexts:
        return ["    None"]
    lines = []
    for context in contexts:
        lines.append(f"    {context!r}")
        lines += [f"        ={syntax.name}" for syntax in context.transfer_syntax]
    return lines
