"""The capture of all connections, written while they go on: it opens in Wireshark.

As long as no rule changes anything, there is one TCP connection for each connection of a client. With rules there are
two, from the client to the proxy and from the proxy to the server, since they differ; what was changed is in comments.
The bytes, their order and their times are real, the TCP around them is made up.
"""

from __future__ import annotations

from typing import BinaryIO

from dulcimer import __version__
from dulcimer.captures import pcapng
from dulcimer.captures.tcp import DICOM_PORT, TcpConversation, TcpEnd
from dulcimer.fuzz.oracle.ends import LinkEnd

_ADDRESSES = {"client": "192.0.2.1", "server": "192.0.2.2", "proxy": "192.0.2.3"}
"""Addresses for documentation (RFC 5737); the real ones are in the comment of the first packet."""
_FIRST_PORT = 49152
_PORTS = 65536 - _FIRST_PORT


class ProxyCapture:
    """A pcapng file. `begun`: the time of the system, in seconds since 1970, when `now` was 0."""

    def __init__(self, file: BinaryIO, begun: float, server: str, *, with_rules: bool) -> None:
        self._file = file
        self._begun = begun
        self._with_rules = with_rules
        names = {address: name for name, address in _ADDRESSES.items() if name != "proxy" or with_rules}
        self._file.write(
            pcapng.beginning(
                application=f"dulcimer {__version__}",
                interface="dulcimer proxy",
                description=f"in front of {server}; made-up TCP around the bytes of the connections",
                names=names,
            )
        )

    def link(self, number: int, client: str, server: str, now: float) -> LinkCapture:
        """The part of the file that is about one connection."""
        return LinkCapture(self, number, f"connection {number}: {client} to {server}", now)

    def conversation(self, client: str, server: str, number: int) -> TcpConversation:
        """The TCP connection between two of client, proxy and server."""
        port = _FIRST_PORT + number % _PORTS
        return TcpConversation((_ADDRESSES[client], port), (_ADDRESSES[server], DICOM_PORT))

    @property
    def legs(self) -> tuple[tuple[str, str], ...]:
        """Between whom there are TCP connections."""
        return (("client", "proxy"), ("proxy", "server")) if self._with_rules else (("client", "server"),)

    def time(self, now: float) -> float:
        """The time of the system at `now`."""
        return self._begun + now

    def take(self, talk: TcpConversation) -> None:
        """Write the packets that are new in a conversation."""
        for packet in talk.packets:
            self._file.write(pcapng.packet_block(packet))
        talk.packets.clear()


class LinkCapture:
    """The packets of one connection: a `LinkWitness`."""

    def __init__(self, capture: ProxyCapture, number: int, about: str, now: float) -> None:
        self._capture = capture
        self._talks = [capture.conversation(*leg, number) for leg in capture.legs]
        self._finished: list[TcpEnd] = []
        for talk in self._talks:
            talk.open(capture.time(now), about)
            capture.take(talk)

    def came(self, sender: LinkEnd, data: bytes, now: float) -> None:
        """Bytes have come from an end."""
        talk = self._talks[0 if sender is LinkEnd.CLIENT else -1]
        self._send(talk, talk.client if sender is LinkEnd.CLIENT else talk.server, data, "", now)

    def gave(self, receiver: LinkEnd, data: bytes, note: str, now: float) -> None:
        """Bytes were forwarded to an end; they are the same as those that came if there is only one TCP connection."""
        if len(self._talks) > 1:
            talk = self._talks[0 if receiver is LinkEnd.CLIENT else -1]
            sender = talk.server if receiver is LinkEnd.CLIENT else talk.client
            self._send(talk, sender, data, f"changed by the proxy: {note}" if note else "", now)

    def ended(self, sender: LinkEnd, now: float, *, reset: bool) -> None:
        """An end has closed its direction, or reset the connection."""
        talk = self._talks[0 if sender is LinkEnd.CLIENT else -1]
        self._finish(talk, talk.client if sender is LinkEnd.CLIENT else talk.server, now, reset=reset)

    def gave_end(self, receiver: LinkEnd, now: float, *, reset: bool) -> None:
        """The direction to an end was closed."""
        if len(self._talks) > 1:
            talk = self._talks[0 if receiver is LinkEnd.CLIENT else -1]
            self._finish(talk, talk.server if receiver is LinkEnd.CLIENT else talk.client, now, reset=reset)

    def _send(self, talk: TcpConversation, sender: TcpEnd, data: bytes, comment: str, now: float) -> None:
        talk.send(self._capture.time(now), sender, data, comment)
        self._capture.take(talk)

    def _finish(self, talk: TcpConversation, end: TcpEnd, now: float, *, reset: bool) -> None:
        if end in self._finished:
            return
        self._finished.append(end)
        if reset:
            self._finished.append(talk.other(end))
            talk.reset(self._capture.time(now), end)
        else:
            talk.finish(self._capture.time(now), end)
        self._capture.take(talk)
