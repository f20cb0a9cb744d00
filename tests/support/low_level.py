"""Two ends of an association joined in memory, each with an upper layer that a test drives by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from dulcimer.acse import ACSE
from dulcimer.acse.negotiation import Context, outcome, request_pdu
from dulcimer.fsm.primitives import Indication, PDataIndication, Request
from dulcimer.upper_layer import UpperLayer
from dulcimer.wire.model import AssociateAc, AssociateRj, AssociateRq
from support.associations import IMPLICIT, VERIFICATION


@dataclass
class Party:
    """An end, as it negotiates."""

    pdu: AssociateRq | AssociateAc | AssociateRj | None = None
    supported_contexts: Sequence[Any] = ()

    @property
    def maximum_length(self) -> int | None:
        return self.pdu.maximum_length if isinstance(self.pdu, AssociateRq | AssociateAc) else None


class End:
    """One end: `assoc` and `dul` at once. `meanwhile` is what the other end does while this one waits."""

    def __init__(self, *, is_requestor: bool) -> None:
        self.upper_layer = UpperLayer(is_requestor=is_requestor)
        self.is_requestor = is_requestor
        self.requestor = Party()
        self.acceptor = Party()
        self.acse_timeout: float | None = 1.0
        self.dimse_timeout: float | None = 1.0
        self.data: list[bytes] = []
        self.meanwhile: list[Callable[[], object]] = []
        self.socket = SimpleNamespace(address="memory")
        self.peer: End | None = None
        self.now = 0.0
        self.acse = ACSE(self)
        self.dimse: Any = self
        self._waiting: list[Indication] = []

    @property
    def dul(self) -> Any:
        return self

    @property
    def accepted_contexts(self) -> list[SimpleNamespace]:
        request, answer = self.requestor.pdu, self.acceptor.pdu
        assert isinstance(request, AssociateRq)
        assert isinstance(answer, AssociateAc)
        return [SimpleNamespace(context_id=context.context_id) for context in outcome(request, answer)[0]]

    def receive_primitive(self, p_data: PDataIndication) -> None:
        """What DIMSE would do."""
        self.data += [bytes(fragment) for _, _, fragment in p_data.values]

    # The upper layer

    def send_pdu(self, primitive: Request) -> None:
        self.upper_layer.send(primitive, self.now)
        self.flush()

    def receive_pdu(self, wait: bool = False, timeout: float | None = None) -> Indication | None:
        assert not wait or timeout == self.acse_timeout
        while not self._waiting and wait and self.meanwhile:
            self.meanwhile.pop(0)()
        return self._waiting.pop(0) if self._waiting else None

    def peek_next_pdu(self) -> Indication | None:
        return self._waiting[0] if self._waiting else None

    def flush(self) -> None:
        """Move what is to be sent, and act on what the machine wants of the transport."""
        assert self.peer is not None
        layer = self.upper_layer
        if layer.open_requested:
            layer.open_requested = False
            self.peer.upper_layer.transport_connected(self.now)
            layer.transport_connected(self.now)
        self.take()
        if sent := b"".join(bytes(part) for part in layer.data_to_send()):
            self.peer.upper_layer.receive_data(sent, self.now)
            self.peer.take()
            self.peer.flush()
        if layer.close_requested:
            layer.close_requested = False
            layer.transport_closed(self.now)
            self.peer.upper_layer.transport_closed(self.now)
            self.peer.take()

    def take(self) -> None:
        while (indication := self.upper_layer.next_event()) is not None:
            if isinstance(indication, PDataIndication):  # its fragments are views of a buffer
                indication = PDataIndication([(i, h, bytes(fragment)) for i, h, fragment in indication.values])
            self._waiting.append(indication)


@dataclass
class Joined:
    """A requestor and an acceptor."""

    abstract_syntax: str = VERIFICATION
    supported: Sequence[str] = (VERIFICATION,)
    requestor: End = field(init=False)
    acceptor: End = field(init=False)

    def __post_init__(self) -> None:
        self.requestor, self.acceptor = End(is_requestor=True), End(is_requestor=False)
        self.requestor.peer, self.acceptor.peer = self.acceptor, self.requestor
        contexts = [Context(self.abstract_syntax, (IMPLICIT,))]
        self.requestor.requestor.pdu = request_pdu(contexts, calling_ae_title="A", called_ae_title="B")
        self.acceptor.acceptor.supported_contexts = [
            SimpleNamespace(abstract_syntax=uid, transfer_syntax=[IMPLICIT]) for uid in self.supported
        ]
        self.requestor.meanwhile = [self.acceptor.acse.negotiate_association]

    def established(self) -> Joined:
        """The same, after the negotiation."""
        self.requestor.acse.negotiate_association()
        self.requestor.acceptor.pdu = self.acceptor.acceptor.pdu
        return self

    def end(self, *, requestor: bool) -> tuple[End, End]:
        """That end, and the other."""
        return (self.requestor, self.acceptor) if requestor else (self.acceptor, self.requestor)
