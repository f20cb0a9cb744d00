"""What a layer above an `UpperLayer` passes on unchanged."""

from __future__ import annotations

from dulcimer._generated.fsm import States
from dulcimer.fsm.primitives import Request
from dulcimer.upper_layer.observer import Observer
from dulcimer.upper_layer.provider import UpperLayer
from dulcimer.wire.model import Buffer


class AboveUpperLayer:
    """A layer driven like the `UpperLayer` below it, whose state, transport requests and bytes it passes on."""

    def __init__(self, upper_layer: UpperLayer) -> None:
        self.upper_layer = upper_layer

    @property
    def state(self) -> States:
        """The state of the upper layer machine."""
        return self.upper_layer.state

    @property
    def is_established(self) -> bool:
        """Whether data may flow both ways (Sta6)."""
        return self.upper_layer.is_established

    @property
    def is_idle(self) -> bool:
        """Whether there is neither an association nor a transport connection (Sta1)."""
        return self.upper_layer.is_idle

    def allows(self, kind: type[Request]) -> bool:
        """Whether the upper layer machine allows a request or response of this class now (PS3.8 Table 9-10)."""
        return self.upper_layer.allows(kind)

    @property
    def observer(self) -> Observer | None:
        """The observer of the upper layer."""
        return self.upper_layer.observer

    @property
    def open_requested(self) -> bool:
        """Whether the transport connection is to be opened."""
        return self.upper_layer.open_requested

    @open_requested.setter
    def open_requested(self, value: bool) -> None:
        self.upper_layer.open_requested = value

    @property
    def close_requested(self) -> bool:
        """Whether the transport connection is to be closed."""
        return self.upper_layer.close_requested

    @close_requested.setter
    def close_requested(self, value: bool) -> None:
        self.upper_layer.close_requested = value

    @property
    def maximum_send_length(self) -> int:
        """Greatest PDU-length of a P-DATA-TF that the peer takes, in bytes; 0 is no limit (PS3.8 D.1)."""
        return self.upper_layer.maximum_send_length

    @property
    def pending(self) -> int:
        """Bytes received of a PDU that is not complete yet."""
        return self.upper_layer.pending

    def extent(self, data: Buffer, most: int, size: int) -> int:
        """How many bytes at the beginning of `data` are a portion of whole PDUs; see `UpperLayer.extent`."""
        return self.upper_layer.extent(data, most, size)

    def data_to_send(self) -> list[Buffer]:
        """The bytes for the transport, in order; each is returned once."""
        return self.upper_layer.data_to_send()
