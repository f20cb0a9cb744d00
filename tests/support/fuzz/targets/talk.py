"""One end of a connection that keeps to PS3.8 Table 9-10; faults are methods that a subclass replaces."""

from __future__ import annotations

import os
import signal
import socket
from time import monotonic

from support.fuzz.targets.octets import (
    ABORT,
    AC,
    DATA,
    MAXIMUM_LENGTH,
    RELEASE_RP,
    RELEASE_RQ,
    RJ,
    RQ,
    Associate,
    Command,
    InvalidPdu,
    UserAbort,
    Value,
    abort,
    command_of,
    number_of,
    p_data,
    pdu,
    values,
)

_TO_SEND = 10.0
"""Seconds for a peer that does not read."""
_LONGEST_ASSOCIATE = 1 << 20
_LONGEST_DATA_SET = 64 << 20
_CELLS = {
    ("Sta2", RQ): "requested",
    ("Sta5", AC): "accepted_by_peer",
    ("Sta5", RJ): "rejected_by_peer",
    ("Sta6", DATA): "data",
    ("Sta7", DATA): "late_data",
    ("Sta6", RELEASE_RQ): "release_asked",
    ("Sta7", RELEASE_RQ): "collision",
    ("Sta7", RELEASE_RP): "release_confirmed",
    ("Sta11", RELEASE_RP): "release_confirmed",
    ("Sta10", RELEASE_RP): "collision_confirmed",
}
"""Cells in which neither an abort is sent nor everything ignored."""


def die() -> None:
    """Crash, as a program does that writes where it must not."""
    os.kill(os.getpid(), signal.SIGSEGV)


class Closed(Exception):
    """The connection is to be closed, or is."""


class Settings:
    """What the command line says; times in seconds."""

    def __init__(self) -> None:
        self.port = 0
        self.artim = 2.0
        self.releases: float | None = None
        """A server releases an association that is idle for so long."""
        self.patience: float | None = None
        """A client aborts after waiting for so long."""
        self.title = b"ANY-SCP"
        self.directory = ""
        self.operations: tuple[str, ...] = ("echo", "find", "store")


class Talk:
    """The upper layer of one association, and the messages above it."""

    state = "Sta2"

    def __init__(self, connection: socket.socket, settings: Settings) -> None:
        self.connection, self.settings = connection, settings
        self.buffer = bytearray()
        self.deadline: float | None = None
        self.contexts: dict[int, tuple[bytes, bytes]] = {}
        """Accepted contexts: abstract and transfer syntax."""
        self.peer_limit = 0
        self.begun: int | None = None
        """The context of a message of which something has come."""
        self.command_part = bytearray()
        self.command: Command | None = None
        """A command set whose data set is on its way."""
        self.data_part = bytearray()

    def run(self) -> None:
        try:
            while True:
                self.step()
        except (Closed, OSError):
            pass
        finally:
            self.over()

    def step(self) -> None:
        """Take one PDU."""
        try:
            self.take(*self.next_pdu())
        except InvalidPdu as invalid:
            self.invalid(*invalid.args)
        except UserAbort:
            self.end(abort(0, 0))

    def over(self) -> None:
        self.connection.close()

    # ------------------------------------------------------------------ bytes

    def next_pdu(self) -> tuple[int, bytes]:
        """The type and the body of the next PDU."""
        kind, length = self.next_header()
        while not self.is_length_allowed(kind, length):
            del self.buffer[:6]
            self.invalid(6 if 1 <= kind <= 7 else 1)
            self.skip(length)
            kind, length = self.next_header()
        self.need(6 + length)
        body = bytes(self.buffer[6 : 6 + length])
        del self.buffer[: 6 + length]
        return kind, body

    def next_header(self) -> tuple[int, int]:
        self.need(6)
        return self.buffer[0], int.from_bytes(self.buffer[2:6], "big")

    def is_length_allowed(self, kind: int, length: int) -> bool:
        if kind == DATA:
            return 0 < length <= MAXIMUM_LENGTH
        if kind in (RQ, AC):
            return length <= _LONGEST_ASSOCIATE
        return RJ <= kind <= ABORT and length == 4

    def need(self, size: int) -> None:
        while len(self.buffer) < size:
            self.fill()

    def skip(self, size: int) -> None:
        while size > len(self.buffer):
            size -= len(self.buffer)
            self.buffer.clear()
            self.fill()
        del self.buffer[:size]

    def fill(self) -> None:
        """Wait for bytes, as long as ARTIM or the user lets us."""
        settings = self.settings
        seconds = settings.patience
        if self.deadline is not None:
            seconds = self.deadline - monotonic()
        elif self.state == "Sta6" and not self.buffer and settings.releases:
            seconds = settings.releases
        if seconds is not None and seconds <= 0:
            raise Closed
        self.connection.settimeout(seconds)
        try:
            more = self.connection.recv(65536)
        except TimeoutError:
            if self.deadline is not None:
                raise Closed from None
            if settings.patience:
                raise UserAbort from None
            self.release()
            return
        if not more:
            raise Closed
        self.buffer += more

    def send(self, data: bytes) -> None:
        self.connection.settimeout(_TO_SEND)
        self.connection.sendall(data)

    # ------------------------------------------------------------------ Table 9-10

    def take(self, kind: int, body: bytes) -> None:
        """Do what the table says for this PDU."""
        if kind == ABORT:
            self.aborted(body)
            raise Closed
        parsed = self.parsed(kind, body)
        action = _CELLS.get((self.state, kind))
        if action:
            getattr(self, action)(parsed)
        else:
            self.unexpected(kind, parsed)

    def parsed(self, kind: int, body: bytes) -> Associate | list[Value] | bytes:
        """The PDU; a wrong one raises InvalidPdu, whatever the state."""
        if kind in (RQ, AC):
            return Associate(body)
        return values(body) if kind == DATA else body

    def unexpected(self, kind: int, parsed: object) -> None:
        """A PDU without an action of its own: AA-1, AA-6, AA-7 or AA-8."""
        if self.state == "Sta13":
            if kind == RQ:
                self.send(abort(2, 2))
        elif self.state == "Sta2":
            self.end(abort(0, 0))
        else:
            self.end(abort(2, 2))

    def invalid(self, reason: int) -> None:
        """Evt19."""
        if self.state == "Sta13":
            self.send(abort(2, reason))
        else:
            self.end(abort(0, 0) if self.state == "Sta2" else abort(2, reason))

    def end(self, last: bytes) -> None:
        """Send the last PDU and wait for the peer to close, bounded by ARTIM."""
        if self.state == "Sta13":
            return
        self.send(last)
        self.state = "Sta13"
        self.start_artim()

    def start_artim(self) -> None:
        self.deadline = monotonic() + self.settings.artim

    def aborted(self, body: bytes) -> None:
        """The peer has aborted."""

    def release(self) -> None:
        self.send(pdu(RELEASE_RQ, bytes(4)))
        self.state = "Sta7"

    def release_asked(self, _: object) -> None:
        self.end(pdu(RELEASE_RP, bytes(4)))

    def release_confirmed(self, _: object) -> None:
        raise Closed

    def collision(self, _: object) -> None:
        raise NotImplementedError

    def collision_confirmed(self, _: object) -> None:
        """Sta10, and Sta12 at once: the user responds."""
        self.end(pdu(RELEASE_RP, bytes(4)))

    def late_data(self, received: list[Value]) -> None:
        """AR-6: the user may not send anything more."""

    # ------------------------------------------------------------------ messages

    def data(self, received: list[Value]) -> None:
        for context, header, fragment in received:
            # For the provider such data are as good as any: it is the user who cannot have them.
            if context not in self.contexts:
                raise UserAbort
            if self.begun not in (None, context):
                raise UserAbort
            self.begun = context
            if header & 1:
                self.command_fragment(context, bool(header & 2), fragment)
            else:
                self.data_fragment(context, bool(header & 2), fragment)
            if self.state != "Sta6":
                return

    def command_fragment(self, context: int, is_last: bool, fragment: bytes) -> None:
        if self.command is not None:
            raise UserAbort
        self.command_part += fragment
        if len(self.command_part) > MAXIMUM_LENGTH:
            raise UserAbort
        if not is_last:
            return
        command = command_of(bytes(self.command_part))
        self.command_part.clear()
        if number_of(command, 0x0800) == 0x0101:
            self.begun = None
            self.message(context, command, None)
        else:
            self.command = command

    def data_fragment(self, context: int, is_last: bool, fragment: bytes) -> None:
        if self.command is None:
            raise UserAbort
        self.data_part += fragment
        if len(self.data_part) > _LONGEST_DATA_SET:
            raise UserAbort
        if is_last:
            command, data = self.command, bytes(self.data_part)
            self.data_part.clear()
            self.begun = self.command = None
            self.message(context, command, data)

    def message(self, context: int, command: Command, data: bytes | None) -> None:
        raise NotImplementedError

    def send_message(self, context: int, command: bytes, data: bytes | None = None) -> None:
        for header, whole in ((1, command), (0, data)):
            if whole is not None:
                self.send(b"".join(self.fragments(context, header, whole)))

    def fragments(self, context: int, header: int, whole: bytes) -> list[bytes]:
        size = (min(self.peer_limit or MAXIMUM_LENGTH, MAXIMUM_LENGTH) - 6) & ~1
        if size < 2:
            raise UserAbort
        starts = range(0, max(len(whole), 1), size)
        return [
            p_data(context, header | (2 if start + size >= len(whole) else 0), whole[start : start + size])
            for start in starts
        ]
