"""What an action does: the effects of Tables 9-6 to 9-9 in PS3.8, as values.

The generated actions call the methods of `AssociationEffects` in the printed order. Each method records one
effect; nothing happens until the provider carries the effects out. So an action can be tested without a
socket, and it cannot fail halfway.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from dulcimer._generated.codes import AbortReason, AbortSource, PduType
from dulcimer.fsm.primitives import (
    AbortIndication,
    AbortRequest,
    AssociateConfirmation,
    AssociateIndication,
    Indication,
    PAbortIndication,
    PDataIndication,
    Pdv,
    ReleaseConfirmation,
    ReleaseIndication,
)
from dulcimer.wire.model import (
    Abort,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    ReleaseRp,
    ReleaseRq,
)


@dataclass(frozen=True, slots=True)
class SendPdu:
    """Send one PDU, not a P-DATA-TF."""

    pdu: AssociateRq | AssociateAc | AssociateRj | ReleaseRq | ReleaseRp | Abort


@dataclass(frozen=True, slots=True)
class SendPData:
    """Send one P-DATA-TF PDU with these presentation data values."""

    values: tuple[Pdv, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """Hand a primitive to the local user."""

    primitive: Indication


@dataclass(frozen=True, slots=True)
class OpenTransport:
    """Issue a TRANSPORT CONNECT request to the local transport service."""


@dataclass(frozen=True, slots=True)
class AcceptTransport:
    """Issue a TRANSPORT CONNECT response."""


@dataclass(frozen=True, slots=True)
class CloseTransport:
    """Close the transport connection."""


@dataclass(frozen=True, slots=True)
class StartArtim:
    """Start the ARTIM timer, or restart it if it is running (PS3.8 9.1.5)."""


@dataclass(frozen=True, slots=True)
class StopArtim:
    """Stop the ARTIM timer if it is running (PS3.8 9.1.5)."""


Effect: TypeAlias = (
    SendPdu | SendPData | Issue | OpenTransport | AcceptTransport | CloseTransport | StartArtim | StopArtim
)

_Kind = TypeVar("_Kind")

_START = StartArtim()
_STOP = StopArtim()
_OPEN = OpenTransport()
_ACCEPT = AcceptTransport()
_CLOSE = CloseTransport()


@dataclass(frozen=True, slots=True)
class Offence:
    """Why a PDU is unrecognized or invalid: the cause of Evt19.

    `reason` is the Reason/Diag. of the A-ABORT that we send for it (PS3.8 Table 9-26).
    """

    problem: str
    reason: int = AbortReason.INVALID_PDU_PARAMETER_VALUE


class AssociationEffects:
    """Records the effects of one event of one association; also evaluates the guards of AE-6, AR-8 and AA-3.

    `cause` is what came with the event: the PDU received, the primitive's PDU, the presentation data
    values, or an `Offence`. `refusal` is the A-ASSOCIATE-RJ with which the service-provider itself answers a
    request that it cannot support, None if it can.
    """

    __slots__ = ("_is_requestor", "cause", "effects", "refusal", "state")

    def __init__(self, *, is_requestor: bool) -> None:
        self.state = "Sta1"
        self._is_requestor = is_requestor
        self.cause: object = None
        self.refusal: AssociateRj | None = None
        self.effects: list[Effect] = []

    def is_requestor(self) -> bool:
        """AR-8: this end requested the association."""
        return self._is_requestor

    def request_is_supported(self) -> bool:
        """AE-6: the service-provider can support the request received."""
        return self.refusal is None

    def abort_is_from_service_user(self) -> bool:
        """AA-3: the Source field of the A-ABORT received is service-user."""
        return self._cause(Abort).source == AbortSource.SERVICE_USER

    def open_transport(self) -> None:
        """Ask for a transport connection (AE-1)."""
        self.effects.append(_OPEN)

    def accept_transport(self) -> None:
        """Accept the transport connection (AE-5)."""
        self.effects.append(_ACCEPT)

    def close_transport(self) -> None:
        """Close the transport connection."""
        self.effects.append(_CLOSE)

    def start_artim(self) -> None:
        """Start ARTIM."""
        self.effects.append(_START)

    def restart_artim(self) -> None:
        """Start ARTIM, or restart it if it is running."""
        self.effects.append(_START)

    def stop_artim(self) -> None:
        """Stop ARTIM if it is running."""
        self.effects.append(_STOP)

    def send_a_associate_rq(self) -> None:
        """Send the A-ASSOCIATE-RQ of the request primitive that was issued before Evt2."""
        self.effects.append(SendPdu(self._cause(AssociateRq)))

    def send_a_associate_ac(self) -> None:
        """Send the A-ASSOCIATE-AC of the response primitive."""
        self.effects.append(SendPdu(self._cause(AssociateAc)))

    def send_a_associate_rj(self) -> None:
        """Send the A-ASSOCIATE-RJ of the response primitive, or that of the service-provider."""
        self.effects.append(SendPdu(self.refusal or self._cause(AssociateRj)))

    def send_p_data_tf(self) -> None:
        """Send the values of the P-DATA request."""
        self.effects.append(SendPData(self.cause))  # type: ignore[arg-type]  # the table has this action for P-DATA only

    def send_a_release_rq(self) -> None:
        """Send A-RELEASE-RQ."""
        self.effects.append(SendPdu(ReleaseRq()))

    def send_a_release_rp(self) -> None:
        """Send A-RELEASE-RP."""
        self.effects.append(SendPdu(ReleaseRp()))

    def send_a_abort(self, source: int) -> None:
        """Send A-ABORT; a service-provider gives the reason, a service-user gives 00H (PS3.8 Table 9-26)."""
        if isinstance(self.cause, AbortRequest):
            self.effects.append(SendPdu(self.cause.pdu))
            return
        reason = self._offence().reason if source == AbortSource.SERVICE_PROVIDER else 0
        self.effects.append(SendPdu(Abort(source, reason)))

    def issue_a_associate_indication(self) -> None:
        """Hand over the A-ASSOCIATE-RQ received."""
        self.effects.append(Issue(AssociateIndication(self._cause(AssociateRq))))

    def issue_a_associate_confirmation_accept(self) -> None:
        """Hand over the A-ASSOCIATE-AC received."""
        self.effects.append(Issue(AssociateConfirmation(self._cause(AssociateAc))))

    def issue_a_associate_confirmation_reject(self) -> None:
        """Hand over the A-ASSOCIATE-RJ received."""
        self.effects.append(Issue(AssociateConfirmation(self._cause(AssociateRj))))

    def issue_p_data_indication(self) -> None:
        """Hand over the values of the P-DATA-TF received."""
        self.effects.append(Issue(PDataIndication(self.cause)))  # type: ignore[arg-type]  # the table has this action for P-DATA only

    def issue_a_release_indication(self) -> None:
        """Indicate that the peer requested release."""
        self.effects.append(Issue(ReleaseIndication()))

    def issue_a_release_confirmation(self) -> None:
        """Confirm the release to the local user."""
        self.effects.append(Issue(ReleaseConfirmation()))

    def issue_a_abort_indication(self) -> None:
        """Hand over the A-ABORT of the peer's service-user."""
        self.effects.append(Issue(AbortIndication(self._cause(Abort))))

    def issue_a_p_abort_indication(self) -> None:
        """Indicate that a service-provider aborted (AA-3, AA-8) or that the connection was lost (AA-4)."""
        if isinstance(self.cause, Abort):
            self.effects.append(Issue(PAbortIndication(self.cause)))
        elif self.cause is None:
            self.effects.append(Issue(PAbortIndication(None, "the transport connection closed")))
        else:
            offence = self._offence()
            abort = Abort(AbortSource.SERVICE_PROVIDER, offence.reason)
            self.effects.append(Issue(PAbortIndication(abort, offence.problem)))

    def _offence(self) -> Offence:
        if isinstance(self.cause, Offence):
            return self.cause
        pdu_type = PduType(getattr(self.cause, "pdu_type", PduType.P_DATA_TF))
        return Offence(f"{pdu_type.label} is not allowed in {self.state}", AbortReason.UNEXPECTED_PDU)

    def _cause(self, kind: type[_Kind]) -> _Kind:
        if not isinstance(self.cause, kind):
            raise TypeError(f"expected {kind.__name__}, got {type(self.cause).__name__}")
        return self.cause
