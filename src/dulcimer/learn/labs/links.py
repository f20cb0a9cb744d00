"""Connections between a few hosts, step by step, and the file of a capture with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dulcimer.captures import pcapng
from dulcimer.captures.pcapng import Packet
from dulcimer.captures.tcp import TcpConversation, TcpEnd
from dulcimer.learn.labs.messages import ARCHIVE, RELEASE_RP, RELEASE_RQ, SCU


class ScriptedLink:
    """One connection, step by step; `t` goes on by `step` seconds with each thing that is sent.

    `renamed`: what is sent instead of some bytes, of the same length, such as other AE titles.
    """

    def __init__(
        self,
        client: str = SCU,
        server: str = ARCHIVE,
        *,
        port: int = 104,
        own_port: int = 50000,
        t: float = 1.0,
        step: float = 0.001,
        renamed: Mapping[bytes, bytes] | None = None,
    ) -> None:
        self.conversation = TcpConversation((client, own_port), (server, port))
        self.t, self.step = t, step
        self._renamed = renamed or {}

    @property
    def packets(self) -> list[Packet]:
        """Its frames."""
        return self.conversation.packets

    def wait(self, seconds: float) -> ScriptedLink:
        """Let time pass."""
        self.t += seconds
        return self

    def open(self) -> ScriptedLink:
        """The handshake of TCP."""
        self.conversation.open(self._now())
        return self

    def client(self, *pieces: bytes) -> ScriptedLink:
        """Bytes of the client, each in a frame of its own."""
        for piece in pieces:
            self._send(self.conversation.client, piece)
        return self

    def server(self, *pieces: bytes) -> ScriptedLink:
        """Bytes of the server."""
        for piece in pieces:
            self._send(self.conversation.server, piece)
        return self

    def fin(self, *, by_client: bool = True) -> ScriptedLink:
        """One end closes."""
        self.conversation.finish(self._now(), self._end(by_client))
        return self

    def reset(self, *, by_client: bool = True) -> ScriptedLink:
        """One end resets."""
        self.conversation.reset(self._now(), self._end(by_client))
        return self

    def syn(self, times: int = 1, *, gap: float = 1.0) -> ScriptedLink:
        """The client asks for the connection and gets no answer; each time it waits longer."""
        for _ in range(times):
            self.conversation.ask(self._now())
            self.t += gap
            gap *= 2
        return self

    def refused(self) -> ScriptedLink:
        """The SYN is answered with RST."""
        self.conversation.ask(self._now())
        self.conversation.reset(self._now(), self.conversation.server)
        return self

    def associate(self, asked: bytes, answer: bytes) -> ScriptedLink:
        """The handshake of TCP, a request and its answer."""
        return self.open().client(asked).server(answer)

    def release(self) -> ScriptedLink:
        """A-RELEASE by the client, and the end of the connection."""
        return self.client(RELEASE_RQ).server(RELEASE_RP).fin().fin(by_client=False)

    def later(self, t: float) -> ScriptedLink:
        """Move what has happened so far, so that it begins at `t`."""
        shift = t - self.packets[0].t
        self.packets[:] = [replace(one, t=one.t + shift) for one in self.packets]
        self.t += shift
        return self

    def _send(self, end: TcpEnd, data: bytes) -> None:
        for old, new in self._renamed.items():
            data = data.replace(old, new)
        self.conversation.send(self._now(), end, data)

    def _end(self, by_client: bool) -> TcpEnd:
        return self.conversation.client if by_client else self.conversation.server

    def _now(self) -> float:
        self.t += self.step
        return self.t


def capture(*links: ScriptedLink, application: str = "tests") -> bytes:
    """A file with these connections, in the order of time."""
    return capture_of((packet for link in links for packet in link.packets), application)


def capture_of(packets: Iterable[Packet], application: str) -> bytes:
    """A file with these frames, in the order of time."""
    return pcapng.write(sorted(packets, key=lambda packet: packet.t), application=application)
