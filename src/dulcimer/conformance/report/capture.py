"""A case as a capture for Wireshark, with the state machine of the peer in comments on the packets.

The bytes, their order and their times are those of the run, and so are FIN and RST; the TCP around them is made up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dulcimer.captures import pcapng
from dulcimer.captures.tcp import TcpConversation, TcpEnd
from dulcimer.conformance.model.trace import Kind, end_of_whole_pdus
from dulcimer.conformance.report.document import CaseReport, Report, TraceEntry, read
from dulcimer.conformance.report.narrative import Moment, moments_of

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 120
_CLIENT = "192.0.2.1"
_FIRST_PORT = 49152
_PORTS = 65536 - _FIRST_PORT
"""Client ports (RFC 6335), one for each case, so that captures of several cases can be merged."""


def captures(document: Mapping[str, Any]) -> dict[str, bytes]:
    """The captures of all cases that have a trace, by file name; raises ReportError."""
    report = read(document)
    found: dict[str, bytes] = {}
    for position, case in enumerate(report.cases):
        if case.trace:
            name, number = file_name(case.id), 1
            while f"{name}.pcapng" in found:
                number += 1
                name = f"{file_name(case.id)}-{number}"
            found[f"{name}.pcapng"] = capture(report, case, _FIRST_PORT + position % _PORTS)
    return found


def file_name(text: str) -> str:
    """A name without characters that are special in a file system."""
    return _UNSAFE.sub("_", text).strip(".")[:_LONGEST_NAME] or "case"


def capture(report: Report, case: CaseReport, port: int = _FIRST_PORT) -> bytes:
    """The capture of one case; for a rule about what the peer sends, only the PDUs concerned. `port`: of the client."""
    writer = _PacketWriter(case, port)
    for moment in moments_of(case):
        writer.add(moment)
    about = [
        f"{case.id}: {case.verdict} ({case.severity})",
        f"demanded: {case.requirement}",
        f"clause: {case.clause}",
        f"expected: {case.expected}",
        f"observed: {case.observed}" + (f"; {case.why}" if case.why else ""),
    ]
    return pcapng.write(
        writer.finished(),
        application=report.tool or "dulcimer",
        interface="dulcimer check",
        description=f"{report.name} at {report.address}; made-up TCP around the bytes of the run",
        comment="\n".join(about),
        names={writer.tester.address: "tester", writer.peer.address: "peer"},
    )


class _PacketWriter:
    """Turns moments into packets. One without a packet of its own becomes a comment on the next packet, or the last."""

    def __init__(self, case: CaseReport, port: int) -> None:
        self._conversation = TcpConversation(client=(_CLIENT, port))
        ends = (self._conversation.client, self._conversation.server)
        self.tester, self.peer = ends if case.role != "requestor" else (ends[1], ends[0])
        self._open = False
        self._ended: list[TcpEnd] = []
        self._waiting: list[str] = []

    def add(self, moment: Moment) -> None:
        entry = moment.entry
        cut = f"\n{len(entry.data)} of {entry.length} bytes are recorded" if entry.missing else ""
        comment = entry.words + cut + (f"\n{moment.machine}" if moment.machine else "")
        if moment.kind is Kind.OPENED:
            self._connect(entry.t, comment)
        elif moment.kind in (Kind.SENT, Kind.RECEIVED) and entry.length:
            sender = self.tester if moment.kind is Kind.SENT else self.peer
            self._connect(entry.t)
            self._send(entry, sender, self._with(comment))
        elif moment.kind in (Kind.TESTER_FIN, Kind.PEER_FIN, Kind.TESTER_RST, Kind.PEER_RST):
            self._end(moment, comment)
        else:
            self._waiting.append(f"before this, at {entry.t:.3f} s: {comment}")

    def _send(self, entry: TraceEntry, sender: TcpEnd, comment: str) -> None:
        """What was sent at once is one segment, if it is not too long; a PDU of which bytes are missing has its own."""
        if entry.octets:
            for position in range(len(entry.data)):
                last = position == len(entry.data) - 1
                self._conversation.send(
                    entry.t, sender, entry.data[position : position + 1], comment if last else "", missing=0
                )
            return
        end = end_of_whole_pdus(entry.data, len(entry.data)) if entry.missing else 0
        self._conversation.send(entry.t, sender, entry.data[:end])
        self._conversation.send(entry.t, sender, entry.data[end:], comment, missing=entry.missing)

    def finished(self) -> list[pcapng.Packet]:
        packets = self._conversation.packets
        if self._waiting and packets:
            last = packets[-1]
            text = self._with(last.comment).replace("before this", "after this")
            packets[-1] = pcapng.Packet(last.t, last.frame, text, last.missing)
        return packets

    def _connect(self, t: float, comment: str = "") -> None:
        if not self._open:
            self._conversation.open(t, comment)
            self._open = True

    def _end(self, moment: Moment, comment: str) -> None:
        end = self.tester if moment.kind in (Kind.TESTER_FIN, Kind.TESTER_RST) else self.peer
        if end in self._ended:
            return
        self._ended.append(end)
        self._connect(moment.entry.t)
        if moment.kind in (Kind.TESTER_RST, Kind.PEER_RST):
            self._ended.append(self._conversation.other(end))
            self._conversation.reset(moment.entry.t, end, self._with(comment))
        else:
            self._conversation.finish(moment.entry.t, end, self._with(comment))

    def _with(self, comment: str) -> str:
        text = "\n".join(filter(None, (*self._waiting, comment)))
        self._waiting.clear()
        return text
