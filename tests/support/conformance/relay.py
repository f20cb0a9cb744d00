"""A relay in front of our own server that changes one thing of what the server does, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace

from dulcimer._generated.codes import PduType
from dulcimer.ae.core.storage_scp import Server
from dulcimer.dimse import command_set
from dulcimer.dimse.command_set import CommandSet
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.model import AssociateAc, AssociateRq, PDataTf, PresentationDataValue, UserInformation

ARTIM = 1.5
"""Seconds that the server behind the relay waits: longer than a loaded machine may keep its loop from a request."""
_HEADER = struct.Struct(">BxI")
COMMAND, LAST = 1, 2

RQ, AC, RJ = PduType.A_ASSOCIATE_RQ, PduType.A_ASSOCIATE_AC, PduType.A_ASSOCIATE_RJ
DATA, RELEASE_RQ, RELEASE_RP, ABORT = (
    PduType.P_DATA_TF,
    PduType.A_RELEASE_RQ,
    PduType.A_RELEASE_RP,
    PduType.A_ABORT,
)


@dataclass
class Link:
    """One relayed connection: the A-ASSOCIATE-RQ of the tester, the type of its last PDU, a command of the server."""

    request: bytes = b""
    maximum_length: int = 0
    last_to_server: int = 0
    command: bytes = b""


Change = Callable[[bytes, Link], Iterable[bytes]]
"""What becomes of a PDU of the server on its way to the tester."""


@dataclass(frozen=True)
class Mutation:
    """One changed behaviour. `keeps_open`: after these PDUs of the tester, or of the server ("<"), the connection stays
    open although the server closes it. `delay`: seconds before each PDU is passed on.
    """

    change: Change | None = None
    to_server: Change | None = None
    keeps_open: tuple[int, ...] = ()
    delay: float = 0.0


class Relay:
    """Listens, and connects to the server for each connection of the tester."""

    def __init__(self, mutation: Mutation, server: tuple[str, int]) -> None:
        self._mutation = mutation
        self._target = server
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        self.port = 0

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[Relay]:
        listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self._over.set()
            listener.close()
            tasks = set(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._relay(reader, writer)
        writer.close()
        self._tasks.discard(task)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link()
        server_reader, server_writer = await asyncio.open_connection(*self._target)
        try:
            up = asyncio.create_task(self._up(reader, server_writer, link))
            down = asyncio.create_task(self._down(server_reader, writer, link))
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            if down.done() and not up.done() and link.last_to_server in self._mutation.keeps_open:
                await up
                await self._over.wait()
            for each in (up, down):
                each.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
        finally:
            server_writer.close()

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link) -> None:
        buffer = bytearray()
        while chunk := await reader.read(1 << 16):
            change = self._mutation.to_server
            buffer += chunk
            out = b""
            for pdu in cut(buffer):
                link.last_to_server = pdu[0]
                if pdu[0] == RQ and not link.request:
                    link.request = pdu
                    found = decode_lenient(pdu).pdu
                    link.maximum_length = (found.maximum_length or 0) if isinstance(found, AssociateRq) else 0
                out += b"".join(change(pdu, link)) if change else b""
            writer.write(out if change else chunk)
            await writer.drain()
        if RELEASE_RQ in self._mutation.keeps_open and link.last_to_server == RELEASE_RQ:
            await self._over.wait()
        writer.write_eof()
        await asyncio.Event().wait()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link) -> None:
        buffer, change = bytearray(), self._mutation.change
        while chunk := await reader.read(1 << 16):
            buffer += chunk
            out = b""
            for pdu in cut(buffer):
                out += b"".join(change(pdu, link)) if change else pdu
            if self._mutation.delay:
                await asyncio.sleep(self._mutation.delay)
            writer.write(out)
            await writer.drain()


def cut(buffer: bytearray) -> Iterable[bytes]:
    """The whole PDUs at the start of a buffer, which are taken out of it."""
    while len(buffer) >= _HEADER.size:
        end = _HEADER.size + _HEADER.unpack_from(buffer)[1]
        if len(buffer) < end:
            return
        yield bytes(buffer[:end])
        del buffer[:end]


@contextlib.asynccontextmanager
async def relayed(mutation: Mutation, *, storage: bool = False) -> AsyncIterator[int]:
    """The port of a relay in front of a server of our own."""
    server = Server(ae_title="ANY-SCP", artim_timeout=ARTIM, storage=None if storage else False)
    async with server.listen("127.0.0.1", 0), Relay(mutation, server.address).listening() as relay:
        yield relay.port


# ---------------------------------------------------------------------- what the changes are made from


def on(kind: int, change: Change) -> Change:
    """The change for PDUs of one type only."""

    def changed(pdu: bytes, link: Link) -> Iterable[bytes]:
        return change(pdu, link) if pdu[0] == kind else (pdu,)

    return changed


def in_ac(change: Callable[[AssociateAc], AssociateAc]) -> Change:
    """A change of the values of an A-ASSOCIATE-AC; the bytes that it sends back stay."""

    def changed(pdu: bytes, _: Link) -> Iterable[bytes]:
        decoded = decode_lenient(pdu).pdu
        assert isinstance(decoded, AssociateAc)
        data = encode(change(decoded))
        yield data[:10] + pdu[10:74] + data[74:]

    return on(AC, changed)


def in_user_information(change: Callable[[tuple[object, ...]], Iterable[object]]) -> Change:
    """A change of the sub-items of the user information of an A-ASSOCIATE-AC."""

    def changed(pdu: AssociateAc) -> AssociateAc:
        items = tuple(
            UserInformation(tuple(change(item.user_data))) if isinstance(item, UserInformation) else item  # type: ignore[arg-type]  # items of a kind stay of that kind
            for item in pdu.variable_items
        )
        return replace(pdu, variable_items=items)

    return in_ac(changed)


def in_bytes(kind: int, offset: int, value: int) -> Change:
    """One byte of PDUs of a type has another value."""
    return on(kind, lambda pdu, _: (pdu[:offset] + bytes([value]) + pdu[offset + 1 :],))


def in_messages(change: Callable[[CommandSet, bytes, int], Iterable[tuple[bytes, int]]]) -> Change:
    """A change of whole command sets: of the set, its bytes and its context to those that are sent for it."""

    def changed(pdu: bytes, link: Link) -> Iterable[bytes]:
        decoded = decode_lenient(pdu).pdu
        assert isinstance(decoded, PDataTf)
        (value,) = decoded.presentation_data_value_items
        if not value.is_command:
            yield pdu
            return
        link.command += value.fragment
        if value.is_last:
            whole, link.command = link.command, b""
            for data, context in change(command_set.decode(whole), whole, value.presentation_context_id):
                yield from fragments(data, context, link.maximum_length)

    return on(DATA, changed)


def fragments(data: bytes, context: int, limit: int, header: int = COMMAND) -> Iterable[bytes]:
    """The P-DATA-TF PDUs of a command or data set."""
    size = (limit - 6) & ~1 if limit else max(len(data), 2)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    for number, piece in enumerate(pieces):
        last = LAST if number == len(pieces) - 1 else 0
        yield encode(PDataTf((PresentationDataValue(context, header | last, piece),)))


def element(number: int, value: bytes) -> bytes:
    """An element of a command set."""
    return struct.pack("<HHI", 0, number, len(value)) + value


def rebuilt(data: bytes, *, values: dict[int, bytes] | None = None, omit: tuple[int, ...] = ()) -> bytes:
    """The command set with other values, or without some; the group length is right."""
    found = {tag & 0xFFFF: raw for tag, _, _, raw in command_set.elements(data)}
    found.update(values or {})
    body = b"".join(element(tag, found[tag]) for tag in sorted(found) if tag and tag not in omit)
    return element(0, struct.pack("<I", len(body))) + body


def short(value: int) -> bytes:
    """A number of 16 bits."""
    return struct.pack("<H", value)
