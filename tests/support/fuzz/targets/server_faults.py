"""Servers with one planted fault each; what triggers it is in `catalogue.py`."""

from __future__ import annotations

import os
import socket
import threading

from support.fuzz.targets.octets import (
    AC,
    DATA,
    RELEASE_RP,
    RQ,
    Associate,
    Command,
    InvalidPdu,
    UserAbort,
    number_of,
    reject,
    uid_of,
)
from support.fuzz.targets.server import C_FIND, C_STORE, Server
from support.fuzz.targets.talk import Closed, die

TYPE_CHECKING = False
if TYPE_CHECKING:
    from support.fuzz.targets.octets import Value

_LEAKED = 65536
_MANY_ITEMS = 16
_MAY_BE_MANY = (0x54, 0x56, 0x57)
"""Sub-items for each of several SOP classes."""
_LARGEST_ALLOCATION = 256 << 20
_SLOTS = 8


class LeakDoubledItem(Server):
    """Of two sub-items of one type, where there must be one, the first is forgotten when the second comes."""

    lost: list[bytes] = []  # noqa: RUF012 - what is leaked belongs to the process

    def requested(self, request: Associate) -> None:
        seen = set()
        for kind, _ in request.user:
            if kind in seen and kind not in _MAY_BE_MANY:
                self.lost.append(os.urandom(_LEAKED))
            seen.add(kind)
        super().requested(request)


class LeakOnErrorPath(Server):
    """The presentation contexts that were read are not freed when a later item is wrong."""

    lost: list[bytes] = []  # noqa: RUF012 - what is leaked belongs to the process

    def parsed(self, kind: int, body: bytes) -> Associate | list[Value] | bytes:
        try:
            return super().parsed(kind, body)
        except InvalidPdu:
            if kind == RQ and (good := good_contexts(body)) >= _MANY_ITEMS:
                self.lost.append(os.urandom(_LEAKED // _MANY_ITEMS * good))
            raise


def good_contexts(body: bytes) -> int:
    """How many presentation contexts can be read before something is wrong."""
    at, count = 68, 0
    while at + 4 <= len(body):
        size = int.from_bytes(body[at + 2 : at + 4], "big")
        if at + 4 + size > len(body):
            break
        count += body[at] == 0x20
        at += 4 + size
    return count


class AllocatesDeclaredLength(Server):
    """Memory for a PDU is allocated, and touched, before its length is compared with anything."""

    def is_length_allowed(self, kind: int, length: int) -> bool:
        self.room = b"\1" * min(length, _LARGEST_ALLOCATION)
        return super().is_length_allowed(kind, length)


class AcInFind(Server):
    """An A-ASSOCIATE-AC is given to the code of the requestor while a C-FIND is performed."""

    def unexpected(self, kind: int, parsed: object) -> None:
        if kind == AC and self.command is not None and number_of(self.command, 0x0100) == C_FIND:
            die()
        super().unexpected(kind, parsed)

    def find(self, context: int, command: Command, data: bytes) -> None:
        self.is_cancelled()
        super().find(context, command, data)

    def is_cancelled(self) -> bool:
        cancelled = super().is_cancelled()
        if self.buffer[:1] == bytes((AC,)):
            die()
        return cancelled


class CrashInChild(Server):
    """The process of one association crashes on a version name of more than 16 characters; its parent serves on."""

    mode = "fork"

    def requested(self, request: Associate) -> None:
        if len(request.user_item(0x55) or b"") > 16:
            die()
        super().requested(request)


class EndlessZeroItem(Server):
    """A sub-item of length 0 in the user information is read again and again, and nobody else is served."""

    mode = "serial"

    def requested(self, request: Associate) -> None:
        for kind, value in request.user:
            while kind and not value:
                pass
        super().requested(request)


class DescriptorAfterAbort(Server):
    """The socket is shut down after an A-ABORT of a service-provider, but never closed."""

    lost: list[socket.socket] = []  # noqa: RUF012 - what is leaked belongs to the process

    def aborted(self, body: bytes) -> None:
        if self.state == "Sta6" and body[2]:
            self.lost.append(self.connection.dup())
            self.connection.shutdown(socket.SHUT_RDWR)


class ThreadAfterVanish(Server):
    """The thread of a peer that vanishes within a PDU waits for ever for the rest."""

    def over(self) -> None:
        super().over()
        if self.buffer and self.state == "Sta6":
            threading.Event().wait()


class SlotAfterBadRequest(Server):
    """A place is taken for each request, and not given back when the request is rejected for its contexts."""

    free = threading.Semaphore(_SLOTS)
    has_slot = False

    def reason_to_reject(self, request: Associate) -> tuple[int, int, int] | None:
        self.has_slot = self.free.acquire(timeout=0.2)
        return super().reason_to_reject(request) if self.has_slot else (2, 3, 2)

    def end(self, last: bytes) -> None:
        if last == reject(1, 1, 1):
            self.has_slot = False
        super().end(last)

    def over(self) -> None:
        super().over()
        if self.has_slot:
            self.free.release()


class HangOnHalfPdu(Server):
    """The end of the stream within a PDU is not noticed, and nobody else is served."""

    mode = "serial"

    def fill(self) -> None:
        try:
            super().fill()
        except Closed:
            if len(self.buffer) > 6:
                threading.Event().wait()
            raise


class ArtimRestarted(Server):
    """Each byte before the A-ASSOCIATE-RQ starts ARTIM again."""

    def fill(self) -> None:
        super().fill()
        if self.state == "Sta2":
            self.start_artim()


class AcceptsAboveMaximum(Server):
    """A P-DATA-TF longer than announced is taken."""

    def is_length_allowed(self, kind: int, length: int) -> bool:
        return super().is_length_allowed(kind, length) or (kind == DATA and 0 < length < 1 << 20)


class IgnoresReleaseRp(Server):
    """A wrong cell: Evt13 in Sta6 is ignored."""

    def unexpected(self, kind: int, parsed: object) -> None:
        if (self.state, kind) != ("Sta6", RELEASE_RP):
            super().unexpected(kind, parsed)


class AcceptsAfterRelease(Server):
    """A wrong cell: Evt6 in Sta13, after a release, makes an association."""

    is_released = False

    def release_asked(self, parsed: object) -> None:
        super().release_asked(parsed)
        self.is_released = True

    def unexpected(self, kind: int, parsed: object) -> None:
        if self.is_released and isinstance(parsed, Associate) and kind == RQ:
            self.requested(parsed)
        else:
            super().unexpected(kind, parsed)


class DiesAfterThree(Server):
    """It dies only after three PDUs in this order: a C-STORE command, a part of its data set, an A-RELEASE-RQ."""

    def release_asked(self, parsed: object) -> None:
        command = self.command or {}
        if number_of(command, 0x0100) == C_STORE and self.data_part:
            die()
        super().release_asked(parsed)


class PathFromUid(Server):
    """The SOP Instance UID is the name of a file, whatever it has in it."""

    def store(self, context: int, command: Command, data: bytes) -> int:
        instance = uid_of(command, 0x1000)
        if self.settings.directory and b"/" in instance:
            self.write(self.place(instance), data)
        return super().store(context, command, data)


class PathFromTitle(Server):
    """The calling AE title is the name of a directory, whatever it has in it."""

    def accept(self, request: Associate) -> None:
        title = request.calling.strip(b" ").decode("latin-1")
        if self.settings.directory and "/" in title:
            self.write(f"{self.settings.directory}/incoming/{title}/log", b"")
        super().accept(request)


class LockAfterError(Server):
    """A lock that all associations need is kept when a PDV names a context that was not even proposed."""

    lock = threading.Lock()

    def accept(self, request: Associate) -> None:
        self.proposed = {number for number, _, _ in request.contexts}
        super().accept(request)

    def data(self, received: list[Value]) -> None:
        self.lock.acquire()
        if any(context not in self.proposed for context, _, _ in received):
            raise UserAbort
        try:
            super().data(received)
        finally:
            self.lock.release()
