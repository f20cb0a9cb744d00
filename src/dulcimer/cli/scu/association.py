"""One association for a command, with its options, and what is said about it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dulcimer._generated.codes import PduType, describe_abort, describe_rejection
from dulcimer._generated.commands import status_category, status_meaning
from dulcimer._generated.fsm import Events, States
from dulcimer.acse import told
from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH, Context, PeerInformation
from dulcimer.ae.core.client import ClientAssociation, Timeouts, connect
from dulcimer.ae.core.session import Storage
from dulcimer.cli.failures.exit_statuses import IdentityNotConfirmed
from dulcimer.cli.logs import bytes_of_pdus as byte_log
from dulcimer.cli.options.common import AssociationOptions, ClientTlsOptions
from dulcimer.cli.options.identity import IdentityOptions
from dulcimer.cli.scu.waiting import Waiting
from dulcimer.cli.show.dump import printable
from dulcimer.services.provider import OnRefused
from dulcimer.upper_layer.observer import Observer
from dulcimer.wire.codec import Deviation
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, AssociateRq, Buffer, PDataTf, Pdu, UserDataSubItem

logger = logging.getLogger("dulcimer.cli")


class LogObserver(Observer):
    """Logs PDUs, what they negotiate, and transitions; those of data, and bytes, only at the level of debugging."""

    def __init__(self) -> None:
        self._request: AssociateRq | None = None
        self._received = byte_log.ReceivedBytes()

    def opened(self, peer: tuple[str, int] | None) -> None:
        """Log where the other end is."""
        if peer is not None:
            logger.info("TCP connection with %s port %d", *peer)

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:  # noqa: ARG002
        """Log its name, what it negotiates, and what is wrong with it."""
        self._pdu("received", pdu)
        for deviation in deviations:
            problem = printable(deviation.problem)
            logger.info("  not as the standard has it: %s: %s (%s)", deviation.path, problem, deviation.clause)

    def pdu_refused(self, data: Buffer, problem: str, now: float) -> None:  # noqa: ARG002
        """Log why."""
        logger.info("received something that is not a PDU: %s", problem)

    def pdu_sent(self, pdu: Pdu, now: float) -> None:  # noqa: ARG002
        """Log its name, and what it negotiates."""
        self._pdu("sent", pdu)

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:  # noqa: ARG002
        """Log it as `dulcimer explain` takes it."""
        level = logging.DEBUG if state == next_state == States.STA_6 else logging.INFO
        logger.log(level, "%s + %s -> %s -> %s", state.label, event.label, action or "blank", next_state.label)

    def bytes_received(self, data: Buffer, now: float) -> None:  # noqa: ARG002
        """Log those of each PDU, as `dulcimer decode` takes them."""
        if logger.isEnabledFor(logging.DEBUG):
            for line in self._received.told(data):
                logger.debug("received %s", line)

    def bytes_sent(self, data: Sequence[Buffer], now: float) -> None:  # noqa: ARG002
        """Log those of a PDU, as `dulcimer decode` takes them."""
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("sent %s", byte_log.sent(b"".join(data)))

    def _pdu(self, how: str, pdu: Pdu) -> None:
        logger.log(_level(pdu), "%s %s", how, _name(pdu))
        lines: Iterable[str] = ()
        match pdu:
            case AssociateRq():
                self._request = pdu
                lines = told.proposal(pdu)
            case AssociateAc() if self._request is not None:
                lines = told.answer(self._request, pdu)
            case AssociateRj():
                lines = (describe_rejection(pdu.result, pdu.source, pdu.reason),)
            case Abort():
                lines = (describe_abort(pdu.source, pdu.reason),)
            case _:
                pass
        for line in lines:
            logger.info("  %s", line)


def log_observer() -> LogObserver | None:
    """One, if somebody wants to read what it logs."""
    return LogObserver() if logger.isEnabledFor(logging.INFO) else None


def _level(pdu: Pdu) -> int:
    return logging.DEBUG if isinstance(pdu, PDataTf) else logging.INFO


def _name(pdu: Pdu) -> str:
    return next(f"{kind:02X}H {kind.label}" for kind in PduType if kind == pdu.pdu_type)


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom a command asks, and how."""

    host: str
    port: int
    association: AssociationOptions
    tls: ClientTlsOptions
    identity: IdentityOptions


async def associate(
    peer: Peer,
    contexts: Sequence[Context],
    *,
    user_items: Sequence[UserDataSubItem] = (),
    storage: Storage | None = None,
    on_refused: OnRefused | None = None,
    patience: float = 30.0,
) -> ClientAssociation:
    """An association with these options; raises as `dulcimer.ae.core.client.connect` does.

    `patience` is how long a response may take, in seconds, if the options do not say.

    Raises IdentityNotConfirmed, too, if the peer was to confirm the identity and did not: the association is aborted.
    """
    options = peer.association
    identity = peer.identity.item()
    tls = peer.tls.client_context()
    timeouts = Timeouts(
        acse=options.acse_timeout,
        dimse=patience if options.dimse_timeout is None else options.dimse_timeout,
        network=options.network_timeout,
        connect=options.connect_timeout,
    )
    where = f"{peer.host} port {peer.port}"
    waiting = Waiting(options.called_ae_title, where, timeouts, tls=tls is not None)
    with waiting.told():
        waiting.association = association = await connect(
            peer.host,
            peer.port,
            contexts,
            calling_ae_title=options.calling_ae_title,
            called_ae_title=options.called_ae_title,
            timeouts=timeouts,
            maximum_length=DEFAULT_MAXIMUM_LENGTH if options.maximum_length is None else options.maximum_length,
            tls=tls,
            server_hostname=peer.tls.tls_name,
            local_address=options.local_address,
            user_items=[*user_items, *([identity] if identity else ())],
            storage=storage,
            on_refused=on_refused,
            observer=log_observer(),
            machine=waiting.machine,
        )
    if not peer.identity.was_confirmed(association.answer):
        await association.abort()
        raise IdentityNotConfirmed
    return association


def peer_text(peer: PeerInformation) -> str:
    """What the peer says of itself, in one line."""
    limit = f"{peer.maximum_length} bytes" if peer.maximum_length else "no limit"
    name = printable(peer.implementation_version_name) or "no version name"
    uid = printable(peer.implementation_class_uid) or "no implementation class UID"
    return f"{printable(peer.ae_title)}: {name}, {uid}, maximum length {limit}"


def peer_json(peer: PeerInformation) -> dict[str, object]:
    """What the peer says of itself, for programs."""
    return {
        "ae_title": peer.ae_title,
        "implementation_class_uid": peer.implementation_class_uid,
        "implementation_version_name": peer.implementation_version_name,
        "maximum_length": peer.maximum_length,
    }


def status_text(status: int, service: str) -> str:
    """A DIMSE status in words: ``A700H Failure: refused: out of resources``."""
    meaning = status_meaning(status, service)
    words = f"{status:04X}H {status_category(status)}"
    return f"{words}: {meaning}" if meaning and meaning.lower() != status_category(status).lower() else words


def status_json(status: int, service: str) -> dict[str, object]:
    """A DIMSE status for programs."""
    return {"status": status, "category": status_category(status), "meaning": status_meaning(status, service)}
