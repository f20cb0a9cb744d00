"""A trace as a pcapng file for Wireshark, with the steps of the machine in the comments of packets.

There are two profiles. With TCP the association is put into Ethernet, IPv4 and TCP, which are made up; so filters and
streams work as with any capture. Without, each PDU is a packet of its own that says it is DICOM; of one that is longer
than the packets that Wireshark reads, the first bytes. `filling` says what stands for data sets that are left out.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from struct import pack
from typing import Final

from dulcimer.captures import pcapng
from dulcimer.captures.pcapng import Packet
from dulcimer.captures.tcp import DICOM_PORT, TcpConversation
from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.filling import DataSetFiller
from dulcimer.trace.passages import Passage, passages_of
from dulcimer.trace.records import (
    ACCEPTOR,
    REQUESTOR,
    BytesMissing,
    BytesPassed,
    RecordingCut,
    TransportClosed,
    TransportFailed,
    TransportOpened,
    TransportReset,
)
from dulcimer.trace.traced import TracedAssociation
from dulcimer.trace.words import RecordWords, address_text

_ADDRESSES: Final = {REQUESTOR: "192.0.2.1", ACCEPTOR: "192.0.2.2"}
"""Addresses for documentation (RFC 5737); the real ones are in the comment of the first packet."""
_FIRST_PORT = 49152
_PORTS = 65536 - _FIRST_PORT
_DISSECTOR, _SOURCE, _DESTINATION, _PORT_KIND, _SOURCE_PORT, _DESTINATION_PORT, _END = 12, 20, 21, 24, 25, 26, 0
"""Tags of exported PDUs, in Wireshark's epan/exported_pdu.h."""
_KIND_TCP = 2
_LONGEST_PACKET = 262_144
"""WTAP_MAX_PACKET_SIZE_STANDARD of Wireshark."""


def pcapng_of(trace: RecordedTrace, *, with_tcp: bool = True) -> Iterator[bytes]:
    """The pieces of the file."""
    about = [f"recorded by {trace.header.producer}", trace.header.title]
    if trace.header.masks_data_sets:
        about.append("data sets are left out: (0009,1001) stands for them")
    yield pcapng.beginning(
        application=trace.header.producer,
        interface="trace",
        description="made-up TCP around the bytes of a trace" if with_tcp else "PDUs of a trace",
        comment="\n".join(filter(None, about)),
        names={address: name for name, address in _ADDRESSES.items()},
        link_type=pcapng.ETHERNET if with_tcp else pcapng.UPPER_PDU,
    )
    begun = trace.header.begun or 0.0
    for association in trace.associations:
        for packet in (_TcpPackets if with_tcp else _PduPackets)(association, begun).packets():
            yield pcapng.packet_block(packet)


class _Commented:
    """What is said about each passage, and what is left to say when there is no packet for it."""

    def __init__(self, association: TracedAssociation, begun: float) -> None:
        self.association = association
        self.begun = begun
        self.filler = DataSetFiller()
        self._words = RecordWords()
        self._unsaid: list[str] = []

    def comment(self, passage: Passage) -> str:
        """The comment of the packet of a passage."""
        own = self._words.of(passage.record)
        if isinstance(passage.record, TransportOpened):
            ends = (passage.record.requestor, passage.record.acceptor)
            name = f" ({self.association.name})" if self.association.name else ""
            own = f"association {self.association.number}{name}: " + " to ".join(
                address_text(one) or "?" for one in ends
            )
        texts = [*self._unsaid, *map(self._words.of, passage.before), own, *map(self._words.of, passage.after)]
        self._unsaid.clear()
        return "\n".join(texts)

    def leave(self, passage: Passage) -> None:
        """There is no packet for this: it is said with the next one."""
        self._unsaid = [self.comment(passage)]

    def rest(self, more: list[str]) -> str:
        """What has not been said."""
        return "\n".join((*self._unsaid, *more))


class _TcpPackets(_Commented):
    """Packets of a TCP connection."""

    def packets(self) -> Iterator[Packet]:
        """All packets of the association."""
        port = _FIRST_PORT + self.association.number % _PORTS
        talk = TcpConversation((_ADDRESSES[REQUESTOR], port), (_ADDRESSES[ACCEPTOR], DICOM_PORT))
        ends = {REQUESTOR: talk.client, ACCEPTOR: talk.server}
        found, after = passages_of(self.association)
        closed: set[str] = set()
        last: Packet | None = None
        for passage in found:
            t = self.begun + passage.t
            match passage.record:
                case TransportOpened():
                    talk.open(t, self.comment(passage))
                case TransportFailed():
                    talk.reset(t, talk.server, self.comment(passage))
                case TransportClosed(sender) if sender not in closed:
                    closed.add(sender)
                    talk.finish(t, ends[sender], self.comment(passage))
                case TransportReset(sender):
                    talk.reset(t, ends[sender], self.comment(passage))
                case TransportClosed() | RecordingCut():
                    self.leave(passage)
                case BytesMissing(sender, size):
                    talk.skip(ends[sender], size or 0)
                    self.leave(passage)
                case _:
                    talk.send(
                        t, ends[passage.record.sender], self.filler.bytes_of(passage.record.raw), self.comment(passage)
                    )
            if talk.packets:
                if last is not None:
                    yield last
                *others, last = talk.packets
                yield from others
                talk.packets.clear()
        if last is not None:
            more = self.rest([self._words.of(one) for one in after])
            yield Packet(last.t, last.frame, "\n".join(filter(None, (last.comment, more))), last.missing)


class _PduPackets(_Commented):
    """Packets that are PDUs."""

    def packets(self) -> Iterator[Packet]:
        """All packets of the association."""
        found, after = passages_of(self.association)
        last: Packet | None = None
        for passage in found:
            if isinstance(
                passage.record,
                TransportOpened | TransportFailed | TransportClosed | TransportReset | BytesMissing | RecordingCut,
            ):
                self.leave(passage)
                continue
            if last is not None:
                yield last
            record = passage.record
            is_pdu = not isinstance(record, BytesPassed)
            head = self._head(record.sender, "dicom" if is_pdu else "data")
            whole = head + self.filler.bytes_of(record.raw)
            missing = max(0, len(whole) - _LONGEST_PACKET)
            last = Packet(self.begun + passage.t, whole[:_LONGEST_PACKET], self.comment(passage), missing)
        if last is not None:
            more = self.rest([self._words.of(one) for one in after])
            yield Packet(last.t, last.frame, "\n".join(filter(None, (last.comment, more))), last.missing)

    def _head(self, sender: str, dissector: str) -> bytes:
        port = _FIRST_PORT + self.association.number % _PORTS
        ports = {REQUESTOR: port, ACCEPTOR: DICOM_PORT}
        receiver = ACCEPTOR if sender == REQUESTOR else REQUESTOR
        return b"".join(
            (
                _tag(_DISSECTOR, dissector.encode("ascii")),
                _tag(_SOURCE, ipaddress.IPv4Address(_ADDRESSES[sender]).packed),
                _tag(_DESTINATION, ipaddress.IPv4Address(_ADDRESSES[receiver]).packed),
                _tag(_PORT_KIND, pack(">I", _KIND_TCP)),
                _tag(_SOURCE_PORT, pack(">I", ports[sender])),
                _tag(_DESTINATION_PORT, pack(">I", ports[receiver])),
                pack(">HH", _END, 0),
            )
        )


def _tag(number: int, value: bytes) -> bytes:
    padded = value + bytes(-len(value) % 4)
    return pack(">HH", number, len(padded)) + padded
