"""What is on its way between two ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import EVENT_OF_PDU, Events
from dulcimer._generated.headers import PDU_HEADER
from dulcimer.conformance.model.seen import pdu_name


class Transport(Enum):
    """What the transport service carries besides bytes; its words."""

    CONNECT = "TCP connect"
    CONNECTED = "TCP connected"
    CLOSED = "TCP close"


@dataclass(frozen=True, slots=True)
class Travelling:
    """A PDU, or a message of the transport service; `is_planted`: no machine has sent it."""

    transport: Transport | None = None
    data: bytes = b""
    is_planted: bool = False

    @property
    def name(self) -> str:
        """What it is."""
        return self.transport.value if self.transport is not None else pdu_name(self.data)

    @property
    def event(self) -> Events:
        """The event that its arrival is."""
        match self.transport:
            case Transport.CONNECT:
                return Events.EVT_5
            case Transport.CONNECTED:
                return Events.EVT_2
            case Transport.CLOSED:
                return Events.EVT_17
            case _:
                kind = next((one for one in PduType if one == self.data[0]), None)
                return Events.EVT_19 if kind is None else EVENT_OF_PDU[kind.label]


def pdus_in(data: bytes) -> Iterator[Travelling]:
    """The PDUs that an end has sent, one by one."""
    start = 0
    while start < len(data):
        end = start + PDU_HEADER.size + PDU_HEADER.unpack_from(data, start)[1]
        yield Travelling(data=data[start:end])
        start = end
