"""The lines of P-DATA-TFs in Sta6: of most, nothing but the time is new."""

from __future__ import annotations

from typing import Final

from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer._generated.headers import PDU_HEADER, PDV_HEADER
from dulcimer.trace.fragments import COMMAND
from dulcimer.trace.json_lines import after_time
from dulcimer.trace.masking import DATA_SET, PduMasker
from dulcimer.trace.records import MachineStep, PduReceived, PduSent, RawBytes
from dulcimer.wire.model import Buffer

HEADERS: Final = PDU_HEADER.size + PDV_HEADER.size
"""Bytes before the fragment of a P-DATA-TF with one value."""
_CONTROL = HEADERS - 1
"""Place of its message control header."""
_CONTEXT = HEADERS - 2
_MOST = 64
"""Headers that are kept: fragments have few sizes."""


class DataLines:
    """The lines of the P-DATA-TFs that one end of an association sends, or receives, in Sta6.

    Each P-DATA-TF has two: its own, and that of the step of the machine, which comes first where it is sent. Both are
    in one piece for a `LineSink`. `known` has it by the headers of the PDU, if its fragment is of a data set and is
    left out. Nothing is known within a command set, so that a data set there is noticed as its end.
    """

    def __init__(self, masker: PduMasker) -> None:
        self.known: dict[bytes, tuple[str, ...]] = {}
        self._masker = masker
        self._group = self._sender = self._begin = ""
        self._kind: type[PduSent | PduReceived] = PduSent
        self._before: tuple[str, ...] = ()
        self._after: tuple[str, ...] = ()

    def prepare(self, group: str, kind: type[PduSent | PduReceived], sender: str, fsm: str) -> None:
        """Put together what all lines have: those of PDUs from the end `sender`, with steps of the machine of `fsm`."""
        self._group, self._kind, self._sender = group, kind, sender
        event, state = Events.EVT_9 if kind is PduSent else Events.EVT_10, States.STA_6
        step = MachineStep(fsm, state.label, event.label, TABLE[event, state], state.label)
        line = f"{after_time(group, step)}\n"
        self._before, self._after = (("", line), ()) if kind is PduSent else (("",), (line,))
        self._begin = after_time(group, kind(sender, RawBytes(0, b""))).removesuffix('0,"data":""}}}')

    def of_value(self, head: bytes, fragment: Buffer) -> tuple[str, ...]:
        """The lines of a P-DATA-TF with one value, whose data set is left out: its headers, and the fragment."""
        size = len(fragment)
        masker = self._masker
        if masker.note(head[_CONTROL], bytes(fragment[:2])) or not size:
            if masker.is_in_command:
                self.known.clear()
            line = f'{self._begin}{size + HEADERS},"data":"{head.hex()}{fragment.hex()}"}}}}}}\n'
            return (*self._before, line, *self._after)
        left_out = f'[{{"at":{HEADERS},"size":{size},"what":"{DATA_SET}"}}]'
        line = f'{self._begin}{size + HEADERS},"data":"{head.hex()}","masked":{left_out}}}}}}}\n'
        piece = (*self._before, line, *self._after)
        if not (size % 2 or not head[_CONTEXT] % 2 or head[_CONTROL] & COMMAND):
            # What deviates has a line of its own for that, and what may be a command set is looked at.
            if len(self.known) >= _MOST:
                self.known.clear()
            self.known[head] = piece
        return piece

    def forget_in_command(self) -> None:
        """Within a command set nothing is known."""
        if self._masker.is_in_command:
            self.known.clear()

    def of_pdu(self, data: Buffer) -> tuple[str, ...]:
        """The lines of any P-DATA-TF."""
        record = self._kind(self._sender, self._masker.masked(data))
        self.forget_in_command()
        return (*self._before, f"{after_time(self._group, record)}\n", *self._after)
