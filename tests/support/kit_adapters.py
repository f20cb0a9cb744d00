"""Upper layers for `UpperLayerMachine`: our own, right or with a wrong cell, and the broken servers of the fuzzer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from dulcimer.fsm.machine import StateMachine
from dulcimer.fsm.primitives import (
    AbortRequest,
    AssociateAccept,
    AssociateIndication,
    AssociateReject,
    AssociateRequest,
    PDataRequest,
    ReleaseIndication,
    ReleaseRequest,
    ReleaseResponse,
    Request,
)
from dulcimer.fuzz.sequences.steps import TargetRole
from dulcimer.testing import UpperLayerAdapter
from dulcimer.upper_layer import UpperLayer, UpperLayerConfig
from support.associations import AC, DATA, RJ, RQ
from support.fuzz.targets.server import Server
from support.fuzz.targets.talk import Closed, Settings

ACTIONS: tuple[Request, ...] = (
    AssociateAccept(AC),
    AssociateReject(RJ),
    PDataRequest(DATA),
    ReleaseRequest(),
    ReleaseResponse(),
    AbortRequest(),
)
CONFIG = UpperLayerConfig(maximum_aborts=1 << 20)
"""Invalid PDUs after the end are answered as often as they come, so that the strict judge has nothing to say."""
ANSWERS: dict[type, Request] = {AssociateIndication: AssociateAccept(AC), ReleaseIndication: ReleaseResponse()}


class OwnUpperLayer(UpperLayerAdapter):
    """Our own service-provider. Its user accepts and releases at once if it is `prompt`; otherwise when told to."""

    def __init__(self, role: TargetRole, machine: StateMachine | None = None, *, prompt: bool = False) -> None:
        self.now = 0.0
        self.prompt = prompt
        self.upper_layer = UpperLayer(is_requestor=role == "requestor", config=CONFIG, machine=machine)
        if role == "requestor":
            self.upper_layer.send(AssociateRequest(RQ), 0.0)

    def connected(self) -> None:
        self.upper_layer.transport_connected(self.now)
        self._react()

    def receive(self, data: bytes) -> None:
        self.upper_layer.receive_data(data, self.now)
        self._react()

    def bytes_to_send(self) -> bytes:
        return b"".join(self.upper_layer.data_to_send())

    def is_closed(self) -> bool:
        return self.upper_layer.close_requested

    def peer_closed(self) -> None:
        self.upper_layer.transport_closed(self.now)

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self.upper_layer.handle_timeout(self.now)
        self._react()

    def user_actions(self) -> Mapping[str, Callable[[], object]]:
        return {
            primitive.subject: partial(self.upper_layer.send, primitive, self.now)
            for primitive in ACTIONS
            if self.upper_layer.allows(type(primitive))
        }

    def _react(self) -> None:
        while (indication := self.upper_layer.next_event()) is not None:
            answer = ANSWERS.get(type(indication))
            # The peer may have aborted in the same segment.
            if self.prompt and answer is not None and self.upper_layer.allows(type(answer)):
                self.upper_layer.send(answer, self.now)


class NoMoreBytes(Exception):
    """A server would wait for bytes now."""


class MemorySocket:
    """The part of a socket that the servers of the fuzzer use."""

    def __init__(self) -> None:
        self.arrived, self.written = bytearray(), bytearray()
        self.is_ended = self.is_closed = False

    def settimeout(self, seconds: float | None) -> None:
        pass

    def recv(self, size: int, options: int = 0) -> bytes:
        if not self.arrived and not self.is_ended:
            raise BlockingIOError if options else NoMoreBytes
        data = bytes(self.arrived[:size])
        del self.arrived[:size]
        return data

    def sendall(self, data: bytes) -> None:
        self.written += data

    def shutdown(self, how: int) -> None:
        self.close()

    def close(self) -> None:
        self.is_closed = True


class ServerInMemory(UpperLayerAdapter):
    """A server of the fuzzer's targets, on a socket that is none."""

    def __init__(self, kind: type[Server]) -> None:
        self.socket = MemorySocket()
        self.server = kind(self.socket, Settings())  # type: ignore[arg-type]  # it has what the server uses

    def connected(self) -> None:
        pass

    def receive(self, data: bytes) -> None:
        self.socket.arrived += data
        self._work()

    def bytes_to_send(self) -> bytes:
        data = bytes(self.socket.written)
        self.socket.written.clear()
        return data

    def is_closed(self) -> bool:
        return self.socket.is_closed

    def peer_closed(self) -> None:
        self.socket.is_ended = True
        self._work()

    def _work(self) -> None:
        try:
            while True:
                self.server.step()
        except NoMoreBytes:
            pass
        except Closed:
            self.server.over()
