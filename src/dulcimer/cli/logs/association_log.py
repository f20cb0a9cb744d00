"""What -v and -d log of an association: PDUs, transitions, bytes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from dulcimer._generated.codes import PduType, describe_abort, describe_rejection
from dulcimer._generated.fsm import Events, States
from dulcimer.acse import wording
from dulcimer.cli.logs import bytes_of_pdus as byte_log
from dulcimer.cli.show.dump import printable
from dulcimer.upper_layer.observer import Observer
from dulcimer.wire.codec import Deviation
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, AssociateRq, Buffer, PDataTf, Pdu

logger = logging.getLogger("dulcimer.cli")


class LogObserver(Observer):
    """Logs PDUs, what they negotiate, and transitions; P-DATA and bytes only at level DEBUG."""

    def __init__(self) -> None:
        self._request: AssociateRq | None = None
        self._received = byte_log.ReceivedBytes()

    def opened(self, peer: tuple[str, int] | None) -> None:
        """Log the address of the other end."""
        if peer is not None:
            logger.info("TCP connection with %s port %d", *peer)

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:  # noqa: ARG002
        """Log the PDU, what it negotiates, and its deviations."""
        self._pdu("received", pdu)
        for deviation in deviations:
            problem = printable(deviation.problem)
            logger.info("  deviates from the standard: %s: %s (%s)", deviation.path, problem, deviation.clause)

    def pdu_refused(self, data: Buffer, problem: str, now: float) -> None:  # noqa: ARG002
        """Log why it is not a PDU."""
        logger.info("received something that is not a PDU: %s", problem)

    def pdu_sent(self, pdu: Pdu, now: float) -> None:  # noqa: ARG002
        """Log the PDU and what it negotiates."""
        self._pdu("sent", pdu)

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:  # noqa: ARG002
        """Log the transition in words that `dulcimer explain` knows."""
        level = logging.DEBUG if state == next_state == States.STA_6 else logging.INFO
        logger.log(level, "%s + %s -> %s -> %s", state.label, event.label, action or "blank", next_state.label)

    def bytes_received(self, data: Buffer, now: float) -> None:  # noqa: ARG002
        """Log the bytes of each PDU, as input for `dulcimer decode`."""
        if logger.isEnabledFor(logging.DEBUG):
            for line in self._received.lines(data):
                logger.debug("received %s", line)

    def bytes_sent(self, data: Sequence[Buffer], now: float) -> None:  # noqa: ARG002
        """Log the bytes of the PDU, as input for `dulcimer decode`."""
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("sent %s", byte_log.sent(b"".join(data)))

    def _pdu(self, how: str, pdu: Pdu) -> None:
        logger.log(_level(pdu), "%s %s", how, _name(pdu))
        lines: Iterable[str] = ()
        match pdu:
            case AssociateRq():
                self._request = pdu
                lines = wording.proposal(pdu)
            case AssociateAc() if self._request is not None:
                lines = wording.answer(self._request, pdu)
            case AssociateRj():
                lines = (describe_rejection(pdu.result, pdu.source, pdu.reason),)
            case Abort():
                lines = (describe_abort(pdu.source, pdu.reason),)
            case _:
                pass
        for line in lines:
            logger.info("  %s", line)


def log_observer() -> LogObserver | None:
    """An observer, None if the log level is too high for it."""
    return LogObserver() if logger.isEnabledFor(logging.INFO) else None


def _level(pdu: Pdu) -> int:
    return logging.DEBUG if isinstance(pdu, PDataTf) else logging.INFO


def _name(pdu: Pdu) -> str:
    return next(f"{kind:02X}H {kind.label}" for kind in PduType if kind == pdu.pdu_type)
