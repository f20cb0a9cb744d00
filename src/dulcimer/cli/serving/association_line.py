"""One line about each association that a server had."""

from __future__ import annotations

from collections.abc import Sequence

from dulcimer._generated.codes import describe_abort, describe_rejection
from dulcimer._generated.fsm import Events, States
from dulcimer.acse import wording
from dulcimer.acse.negotiation import outcome
from dulcimer.ae.core.acceptance import IDENTITY_REFUSED
from dulcimer.cli.serving.console import say
from dulcimer.cli.show.dump import printable
from dulcimer.fsm.primitives import AssociateReject, Request
from dulcimer.upper_layer.observer import Observer
from dulcimer.wire.codec import Deviation
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, AssociateRq, Buffer, Pdu, ReleaseRq
from dulcimer.wire.other_protocols import recognise


class AssociationLine(Observer):
    """Prints one line about each association when it is over: the requestor, and how it ended. No patient data."""

    def __init__(self) -> None:
        self._where = ""
        self._request: AssociateRq | None = None
        self._came = False
        self._why = ""
        self._accepted = ""
        self._end = "the connection was lost"

    def opened(self, peer: tuple[str, int] | None) -> None:
        """Record the address of the other end."""
        self._where = f"{peer[0]} port {peer[1]}" if peer is not None else "an unknown address"

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:  # noqa: ARG002
        """Record the requestor, and how the association ends."""
        self._came = True
        match pdu:
            case AssociateRq():
                self._request = pdu
            case ReleaseRq():
                self._end = "released"
            case Abort():
                self._end = f"aborted by the peer: {describe_abort(pdu.source, pdu.reason)}"
            case _:
                pass

    def pdu_refused(self, data: Buffer, problem: str, now: float) -> None:  # noqa: ARG002
        """Record why the association will end."""
        other = None if self._came else recognise(data)
        self._came = True
        if other is None:
            self._end = f"aborted after an invalid PDU: {printable(problem)}"
        else:
            advice = "; use --tls to serve TLS" if other.name == "TLS" else ""
            self._end = f"aborted, it speaks {other.name}, not DICOM: received {other.what}{advice}"

    def pdu_sent(self, pdu: Pdu, now: float) -> None:  # noqa: ARG002
        """Record how the association ends."""
        match pdu:
            case AssociateAc() if self._request is not None:
                accepted, refused = outcome(self._request, pdu)
                if not accepted:
                    why = wording.reasons(refused, ours=True)
                    self._accepted = f"accepted without a presentation context ({why}), then "
            case AssociateRj():
                self._end = describe_rejection(pdu.result, pdu.source, pdu.reason)
                if pdu == IDENTITY_REFUSED and not self._why:
                    self._why = "it has no user identity, which we require"
            case Abort() if not self._end.startswith("aborted"):
                self._end = f"aborted by us: {describe_abort(pdu.source, pdu.reason)}"
            case _:
                pass

    def requested(self, primitive: Request, now: float) -> None:  # noqa: ARG002
        """Record why the association is rejected."""
        if isinstance(primitive, AssociateReject):
            self._why = primitive.why

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:  # noqa: ARG002
        """Print the line when the machine is back in Sta1."""
        if next_state != States.STA_1 or not action or not self._came:
            return
        request = self._request
        because = f" We rejected it because {self._why}." if self._why else ""
        if request is None:
            say(f"connection from {self._where}: {self._end}")
        else:
            calling, called = (
                wording.title_of(request.calling_ae_title),
                wording.title_of(request.called_ae_title),
            )
            end = f"{self._accepted}{self._end}{because}"
            say(f"association from {calling} at {self._where} to {called}: {end}")
