"""A reproducer as a capture for Wireshark, with operators and verdict in comments; the TCP around it is made up."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer.captures import pcapng
from dulcimer.captures.tcp import TcpConversation, TcpEnd
from dulcimer.conformance.model.seen import pdu_name
from dulcimer.fuzz.engine.conversation import EndKind
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.findings.scripts import about
from dulcimer.fuzz.findings.seen import SeenKind, SeenLine
from dulcimer.fuzz.sequences.steps import Chunks, FuzzSequence, HalfClose, Reset, SendBytes

_STEP = 0.001
"""Seconds between steps whose times are not known."""


def capture_of(reproducer: Reproducer) -> bytes:
    """The last connection as pcapng: what was recorded of it or, without a record, what is sent."""
    sequence = reproducer.sequence
    talk = TcpConversation()
    ends = (talk.client, talk.server)
    tester, target = ends if sequence.role == "acceptor" else ends[::-1]
    writer = _CaptureWriter(talk, tester, target, sequence)
    lines = reproducer.seen.lines or tuple(sent_only(sequence))
    for line in lines:
        writer.add(line)
    return pcapng.write(
        talk.packets,
        application=reproducer.tool,
        interface="finding",
        description="made-up TCP around the bytes of the run",
        comment="\n".join(about(reproducer)),
        names={tester.address: "tester", target.address: "target"},
    )


class _CaptureWriter:
    """Turns lines of a record into packets."""

    def __init__(self, talk: TcpConversation, tester: TcpEnd, target: TcpEnd, sequence: FuzzSequence) -> None:
        self._talk = talk
        self._tester = tester
        self._target = target
        self._sequence = sequence
        self._given: dict[int, int] = {}
        self._finished: list[TcpEnd] = []

    def add(self, line: SeenLine) -> None:
        if line.end is EndKind.REFUSED:
            return
        if not self._talk.packets:
            self._talk.open(0.0)
        match line.kind:
            case SeenKind.SENT:
                self._send(line)
            case SeenKind.PDU:
                self._talk.send(line.at, self._target, line.data, pdu_name(line.data))
            case SeenKind.BYTES:
                self._talk.send(line.at, self._target, line.data, "bytes that are not a whole PDU")
            case SeenKind.HALF_CLOSED:
                self._finish(line.at, self._tester)
            case SeenKind.END:
                self._end(line)

    def _send(self, line: SeenLine) -> None:
        """The next bytes of a step; the comment of a step is on its first ones."""
        step = self._sequence.steps[line.step] if line.step < len(self._sequence.steps) else None
        if not isinstance(step, SendBytes | Chunks):
            return
        start = self._given.get(line.step, 0)
        self._given[line.step] = start + line.count
        comment = "\n".join((step.label, *step.operators)) if not start else ""
        self._talk.send(line.at, self._tester, step.data[start : start + line.count], comment)

    def _end(self, line: SeenLine) -> None:
        match line.end:
            case EndKind.FIN:
                self._finish(line.at, self._target)
            case EndKind.RST | EndKind.RST_AFTER_SEND:
                self._talk.reset(line.at, self._target)
            case EndKind.CLOSED if any(isinstance(step, Reset) for step in self._sequence.steps):
                self._talk.reset(line.at, self._tester)
            case EndKind.CLOSED:
                self._finish(line.at, self._tester)
            case _:
                pass

    def _finish(self, t: float, end: TcpEnd) -> None:
        if end not in self._finished:
            self._finished.append(end)
            self._talk.finish(t, end)


def sent_only(sequence: FuzzSequence) -> Iterator[SeenLine]:
    """The record of a connection on which only this end sent."""
    at = 0.0
    for number, step in enumerate(sequence.steps):
        at += _STEP
        if isinstance(step, Chunks):
            for count, piece in enumerate(step.pieces()):
                at += step.seconds if count else 0.0
                yield SeenLine(at, SeenKind.SENT, step=number, count=len(piece))
        elif isinstance(step, SendBytes):
            yield SeenLine(at, SeenKind.SENT, step=number, count=len(step.data))
        elif isinstance(step, HalfClose):
            yield SeenLine(at, SeenKind.HALF_CLOSED)
    if sequence.steps and isinstance(sequence.steps[-1], Reset):
        yield SeenLine(at, SeenKind.END, end=EndKind.CLOSED)
