"""A server built on `dulcimer.wire` alone that keeps to the standard, but for one fault if it is given one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME
from dulcimer._generated.commands import CEchoRq, CEchoRsp
from dulcimer.dimse import command_set
from dulcimer.errors import DIMSEProcessingError
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.model import (
    Abort,
    ApplicationContext,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    PDataTf,
    Pdu,
    PresentationContextAc,
    PresentationDataValue,
    ReleaseRp,
    ReleaseRq,
    UnknownItem,
    UserInformation,
)

VERIFICATION = "1.2.840.10008.1.1"
TRANSFER_SYNTAXES = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1")
REQUESTED, ESTABLISHED, OVER = "Sta2", "Sta6", "Sta13"
COMMAND, LAST = 1, 2


class _Closed(Exception):
    """The connection is to be closed."""


@dataclass
class ScriptedPeer:
    """`fault` names the one thing done wrong; `artim` in seconds."""

    fault: str = ""
    artim: float = 0.5
    port: int = 0
    associations: int = 0
    _server: asyncio.Server | None = field(default=None, repr=False)
    _serving: set[asyncio.Task[None]] = field(default_factory=set, repr=False)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[ScriptedPeer]:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self._server.close()
            serving = set(self._serving)
            for task in serving:
                task.cancel()
            await asyncio.gather(*serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        # Cancelled at the end of a test: streams would log a task that ends in that way.
        with contextlib.suppress(_Closed, OSError, TimeoutError, asyncio.CancelledError):
            await _Conversation(self, reader, writer).run()
        self._serving.discard(task)
        writer.close()

    def die(self) -> None:
        assert self._server is not None
        self._server.close()


class _Conversation:
    def __init__(self, peer: ScriptedPeer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.fault = peer.fault
        self.peer = peer
        self.reader, self.writer = reader, writer
        self.state = REQUESTED
        self.request: AssociateRq | None = None
        self.accepted: set[int] = set()
        self.command = bytearray()
        self.deadline = self._from_now()

    def _from_now(self) -> float:
        return asyncio.get_running_loop().time() + self.peer.artim

    async def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            bounded = self.state in (REQUESTED, OVER) and self.fault != "no-artim"
            if self.fault == "octets-restart-artim":
                self.deadline = self._from_now()
            async with asyncio.timeout_at(self.deadline if bounded else None):
                chunk = await self.reader.read(size - len(data))
            if not chunk:
                raise _Closed
            data += chunk
        return data

    def send(self, pdu: Pdu, **overrides: int) -> None:
        if self.fault == "reserved-byte-set":
            overrides["reserved_2"] = 1
        self.writer.write(encode(pdu, overrides))

    def end(self, pdu: Pdu) -> None:
        self.send(pdu)
        self.state, self.deadline = OVER, self._from_now()

    async def run(self) -> None:
        while True:
            header = await self._exactly(6)
            length = int.from_bytes(header[2:], "big")
            if length > 1 << 20:
                raise _Closed
            data = header + await self._exactly(length)
            decoded = decode_lenient(data)
            if self.fault == "tests-reserved-bytes" and data[1]:
                self.end(Abort(2, 6))
                continue
            pdu = None if decoded.structural else decoded.pdu
            if isinstance(pdu, Abort):
                self.aborted()
                continue
            match self.state:
                case "Sta2":
                    self.in_sta2(pdu, data)
                case "Sta6":
                    self.in_sta6(pdu)
                case _:
                    self.in_sta13(pdu)
            await self.writer.drain()

    def aborted(self) -> None:
        if self.fault == "open-after-abort":
            return
        if self.fault == "answers-abort":
            self.send(ReleaseRp())
        raise _Closed

    def in_sta2(self, pdu: Pdu | None, data: bytes) -> None:
        if self.fault == "silent-in-sta2" and not isinstance(pdu, AssociateRq):
            return
        if not isinstance(pdu, AssociateRq):
            self.end(Abort(0, 0))
        elif self.fault == "accepts-version-2" and not pdu.protocol_version & 1:
            self.accept(pdu, data)
        elif not pdu.protocol_version & 1 or (self.fault == "rejects-version-3" and pdu.protocol_version != 1):
            self.end(AssociateRj(1, 2, 2))
        elif pdu.application_context != APPLICATION_CONTEXT_NAME:
            self.end(AssociateRj(1, 1, 9 if self.fault == "reserved-rejection" else 2))
        elif decode_lenient(data).deviations or not pdu.calling_ae_title.strip():
            self.end(AssociateRj(1, 1, 1))
        elif self.fault == "aborts-unknown-items" and any(
            isinstance(item, UnknownItem) for item in (*pdu.variable_items, *pdu.user_information.user_data)
        ):
            self.end(Abort(2, 4))
        else:
            self.accept(pdu, data)

    def accept(self, pdu: AssociateRq, data: bytes) -> None:
        self.request, self.state = pdu, ESTABLISHED
        self.peer.associations += 1
        contexts = []
        for context in pdu.presentation_contexts:
            syntax = next((name for name in context.transfer_syntaxes if name in TRANSFER_SYNTAXES), None)
            result = 3 if context.abstract_syntax != VERIFICATION else 0 if syntax else 4
            if not result:
                self.accepted.add(context.presentation_context_id)
            shown = syntax or TRANSFER_SYNTAXES[0]
            contexts.append(PresentationContextAc.of(context.presentation_context_id, result, shown))
        if self.fault == "drops-a-context" and len(contexts) > 1:
            contexts.pop()
        user = UserInformation(
            (MaximumLength(16384), ImplementationClassUid("2.25.1"), ImplementationVersionName("SCRIPTED"))
        )
        items = (ApplicationContext(APPLICATION_CONTEXT_NAME), *contexts, user)
        answer = encode(AssociateAc(pdu.called_ae_title, pdu.calling_ae_title, items))
        echo = bytes(64) if self.fault == "no-echo-of-the-request" else data[10:74]
        answer = answer[:10] + echo + answer[74:]
        self.writer.write(answer[:1] + (b"\1" if self.fault == "reserved-byte-set" else b"\0") + answer[2:])

    def in_sta6(self, pdu: Pdu | None) -> None:
        match pdu:
            case PDataTf():
                self.data(pdu)
            case ReleaseRq() if self.fault == "no-answer-to-release":
                pass
            case ReleaseRq():
                self.end(ReleaseRp())
                if self.fault == "data-after-release":
                    self.send(PDataTf((PresentationDataValue(1, 3, b"\0\0"),)))
            case _ if self.fault == "goes-on-in-sta6":
                pass
            case _:
                self.end(Abort(2, 3 if self.fault == "reserved-abort-reason" else 2 if pdu else 1))

    def in_sta13(self, pdu: Pdu | None) -> None:
        if pdu is None or isinstance(pdu, AssociateRq):
            if self.fault == "accepts-in-sta13" and isinstance(pdu, AssociateRq):
                self.accept(pdu, encode(pdu))
                return
            self.send(Abort(2, 2))
        elif self.fault == "releases-twice" and isinstance(pdu, ReleaseRq):
            self.send(ReleaseRp())

    def data(self, pdu: PDataTf) -> None:
        if not pdu.presentation_data_value_items:
            self.end(Abort(2, 6))
            return
        for value in pdu.presentation_data_value_items:
            if value.presentation_context_id not in self.accepted:
                self.end(Abort(2, 6))
                return
            self.command += value.fragment
            if value.is_last:
                command, self.command = bytes(self.command), bytearray()
                self.answer(command, value.presentation_context_id)

    def answer(self, data: bytes, context_id: int) -> None:
        try:
            message = command_set.decode(data).message()
        except DIMSEProcessingError:
            self.end(Abort(0, 0))
            return
        if not isinstance(message, CEchoRq):
            self.end(Abort(0, 0))
            return
        status = 0 if message.affected_sop_class_uid == VERIFICATION else 0x0122
        number = message.message_id ^ (1 if self.fault == "answers-another-message" else 0)
        response = CEchoRsp(message_id_being_responded_to=number, status=status, affected_sop_class_uid=VERIFICATION)
        command = command_set.encode(response, has_data_set=False)
        if self.fault == "unsorted-command-set":
            command = command[:12] + command[-10:] + command[12:-10]
        self.fragments(command, context_id)

    def fragments(self, command: bytes, context_id: int) -> None:
        limit = self.request.maximum_length if self.request else None
        if not limit or self.fault == "exceeds-maximum-length":
            limit = 1 << 20
        size = (limit - 6) & ~1
        if self.fault == "odd-fragments":
            size = 9
        if size < 2:
            self.end(Abort(0, 0))
            return
        pieces = [command[start : start + size] for start in range(0, len(command), size)]
        for number, piece in enumerate(pieces):
            header = COMMAND | (LAST if number == len(pieces) - 1 else 0)
            self.send(PDataTf((PresentationDataValue(context_id, header, piece),)))
