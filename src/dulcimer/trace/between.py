"""Records what a proxy sees, as one between the ends: its witness of all connections.

As long as no rule changes anything, a connection is one association of the trace. With rules it is two, of the client
with the proxy and of the proxy with the server, since they differ; what was changed is told where it was given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, Final

from dulcimer import __version__
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.proxy.cutting import LongPdu, PduDivider, WholePdu
from dulcimer.trace.masking import NOT_RECORDED, Masks, PduMasker
from dulcimer.trace.records import (
    NETWORK,
    BytesChanged,
    BytesPassed,
    HostAndPort,
    MaskedRange,
    PduPassed,
    RawBytes,
    TraceHeader,
    TraceRecord,
    TransportClosed,
    TransportOpened,
    TransportReset,
)
from dulcimer.trace.writing import TraceWriter

Write = Callable[[float, TraceRecord], None]
_LEG_OF: Final = {LinkEnd.CLIENT: "client", LinkEnd.SERVER: "server"}


class ProxyTrace:
    """A trace of all connections. `begun`: the time of the system, in seconds since 1970, when `now` was 0."""

    def __init__(self, file: BinaryIO, begun: float, server: str, *, with_rules: bool, masks: Masks) -> None:
        header = TraceHeader(
            f"dulcimer {__version__}",
            f"dulcimer proxy in front of {server}" if masks.pseudonyms is None else "dulcimer proxy",
            NETWORK,
            begun,
            masks.data_sets,
            masks.secrets,
            masks.pseudonyms is not None,
        )
        self._writer = TraceWriter(file, header)
        self._file = file
        self._with_rules = with_rules
        self._masks = masks

    def link(self, number: int, client: str, server: str, now: float) -> TracedLink:
        """The part of the trace that is about one connection."""
        groups = [f"{number} {leg}" for leg in _LEG_OF.values()] if self._with_rules else [str(number)]
        legs = [_Leg(self._write_to(group), self._masks) for group in groups]
        for leg in legs:
            leg.open(client, server, now)
        return TracedLink(legs)

    def _write_to(self, group: str) -> Write:
        def write(t: float, record: TraceRecord) -> None:
            self._writer.write(t, group, record)
            self._file.flush()

        return write


class TracedLink:
    """One connection through the proxy: a `LinkWitness`."""

    def __init__(self, legs: list[_Leg]) -> None:
        self._legs = legs

    def came(self, sender: LinkEnd, data: bytes, now: float) -> None:
        """Bytes have come from an end."""
        self._leg(sender).passed(sender, data, now)

    def gave(self, receiver: LinkEnd, data: bytes, note: str, now: float) -> None:
        """Bytes were forwarded to an end; they are the same as those that came if there is only one leg."""
        if len(self._legs) > 1:
            self._leg(receiver).passed(receiver.opposite, data, now, note)

    def ended(self, sender: LinkEnd, now: float, *, reset: bool) -> None:
        """An end has closed its direction, or reset the connection."""
        self._leg(sender).ended(sender, now, reset=reset)

    def gave_end(self, receiver: LinkEnd, now: float, *, reset: bool) -> None:
        """The direction to an end was closed."""
        if len(self._legs) > 1:
            self._leg(receiver).ended(receiver.opposite, now, reset=reset)

    def _leg(self, end: LinkEnd) -> _Leg:
        return self._legs[0 if end is LinkEnd.CLIENT else -1]


class _Leg:
    """A connection between two of client, proxy and server."""

    def __init__(self, write: Write, masks: Masks) -> None:
        self._write = write
        self._masks = masks
        self._dividers = {end: PduDivider() for end in LinkEnd}
        self._maskers = {end: PduMasker(masks) for end in LinkEnd}
        self._ended: set[LinkEnd] = set()

    def open(self, client: str, server: str, now: float) -> None:
        self._write(now, TransportOpened(NETWORK, self._address(client), self._address(server)))

    def passed(self, sender: LinkEnd, data: bytes, now: float, note: str = "") -> None:
        if note:
            self._write(now, BytesChanged(sender.role, note))
        for part in self._dividers[sender].divide(data):
            match part:
                case WholePdu(data=pdu):
                    self._write(now, PduPassed(sender.role, self._maskers[sender].masked(pdu)))
                case LongPdu(beginning=beginning, size=size):
                    raw = RawBytes(size, beginning, (MaskedRange(len(beginning), size - len(beginning), NOT_RECORDED),))
                    self._write(now, PduPassed(sender.role, raw))
                case _:
                    pass

    def ended(self, sender: LinkEnd, now: float, *, reset: bool) -> None:
        if sender in self._ended:
            return
        self._ended.add(sender)
        divider = self._dividers[sender]
        rest = divider.pending_from(0) or divider.incomplete
        if rest:
            self._write(now, BytesPassed(sender.role, self._maskers[sender].masked(rest)))
        self._write(now, TransportReset(sender.role) if reset else TransportClosed(sender.role))

    def _address(self, text: str) -> HostAndPort | None:
        """The address in a text such as ``10.0.0.7:104`` or ``[::1]:104``; None if it is none."""
        host, _, port = text.rpartition(":")
        if not host or not port.isdigit():
            return None
        names = self._masks.pseudonyms
        name = host.strip("[]")
        return HostAndPort(name if names is None else names.host(name), int(port))
