"""A server built on `dulcimer.wire` alone that keeps to the standard, except for one fault if it has one."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME
from dulcimer._generated.commands import CEchoRq, CEchoRsp, CStoreRq, CStoreRsp
from dulcimer.dimse import command_set
from dulcimer.errors import DIMSEProcessingError
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.model import (
    Abort,
    ApplicationContext,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    AsynchronousOperationsWindow,
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    PDataTf,
    Pdu,
    PresentationContextAc,
    PresentationDataValue,
    ReleaseRp,
    ReleaseRq,
    ScpScuRoleSelection,
    UnknownItem,
    UserDataSubItem,
    UserIdentity,
    UserIdentityResponse,
    UserInformation,
    VariableItem,
)

VERIFICATION = "1.2.840.10008.1.1"
TRANSFER_SYNTAXES = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1")
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
REQUESTED, ESTABLISHED, RELEASING, COLLIDED, OVER = "Sta2", "Sta6", "Sta7", "Sta10", "Sta13"
COMMAND, LAST = 1, 2
C_CANCEL_RQ = 0x0FFF
LEAVES = {"leaves-now-and-then": 2, "leaves-rarely": 11}
"""Fault: every n-th association is closed too early."""


class _Closed(Exception):
    """The connection is to be closed."""


@dataclass
class ScriptedPeer:
    """`fault` names the one thing done wrong; `artim` in seconds, too long to expire when a busy machine is slow.

    `releases`: seconds after which an idle association is released, None for never. `away`: seconds until the peer is
    back after a crash, unless it waits for `back`.
    """

    fault: str = ""
    artim: float = 30.0
    releases: float | None = None
    storage: bool = False
    tls: ssl.SSLContext | None = None
    port: int = 0
    associations: int = 0
    away: float = 0.3
    back: asyncio.Event | None = None
    restarts: list[asyncio.Task[None]] = field(default_factory=list, repr=False)
    _server: asyncio.Server | None = field(default=None, repr=False)
    _serving: set[asyncio.Task[None]] = field(default_factory=set, repr=False)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[ScriptedPeer]:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
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

    def is_killed_by(self, data: bytes, state: str) -> bool:
        """Whether this PDU in this state makes the whole server crash."""
        return False

    def crash(self) -> None:
        """End with all connections, like a process that a supervisor restarts."""
        for task in self._serving - {asyncio.current_task()}:
            task.cancel()
        self.restarts.append(asyncio.ensure_future(self.restart(self.away)))

    def die(self) -> None:
        assert self._server is not None
        self._server.close()

    async def restart(self, seconds: float) -> None:
        """Refuse connections for so many seconds, like a process that a supervisor restarts."""
        self.die()
        if self.back is None:
            await asyncio.sleep(seconds)
        else:
            self.back.clear()
            await self.back.wait()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)


class Mortal(ScriptedPeer):
    """It stops serving after some associations."""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.associations > 6:
            self.die()
            writer.close()
            return
        await super()._serve(reader, writer)


class _Conversation:
    def __init__(self, peer: ScriptedPeer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.fault = peer.fault
        self.peer = peer
        self.reader, self.writer = reader, writer
        self.state = REQUESTED
        self.request: AssociateRq | None = None
        self.accepted: set[int] = set()
        self.command = bytearray()
        self.storing: CStoreRq | None = None
        self.read = b""
        self.deadline = self._from_now()

    def _from_now(self) -> float:
        return asyncio.get_running_loop().time() + self.peer.artim

    async def _exactly(self, size: int) -> bytes:
        data, self.read = self.read, b""
        while len(data) < size:
            bounded = self.state in (REQUESTED, OVER) and self.fault != "no-artim"
            if self.fault == "octets-restart-artim":
                self.deadline = self._from_now()
            async with asyncio.timeout_at(self.deadline if bounded else None):
                chunk = await self.reader.read(size - len(data))
            if not chunk:
                raise _Closed
            data += chunk
            if self.fault == "wants-whole-headers" and size == 6 and len(data) < size:
                self.end(Abort(2, 6))
                raise _Closed
        return data

    async def _idle(self) -> bool:
        """Whether nothing comes before an idle association is released."""
        if self.state != ESTABLISHED or self.peer.releases is None:
            return False
        try:
            async with asyncio.timeout(self.peer.releases):
                self.read = await self.reader.read(1)
        except TimeoutError:
            return True
        if not self.read:
            raise _Closed
        return False

    def send(self, pdu: Pdu, **overrides: int) -> None:
        if self.fault == "reserved-byte-set":
            overrides["reserved_2"] = 1
        self.writer.write(encode(pdu, overrides))

    def end(self, pdu: Pdu) -> None:
        if self.fault == "closes-without-a-word" and isinstance(pdu, Abort):
            raise _Closed
        self.send(pdu)
        self.state, self.deadline = OVER, self._from_now()

    async def run(self) -> None:
        while True:
            if await self._idle():
                self.send(ReleaseRq())
                self.state = RELEASING
            header = await self._exactly(6)
            length = int.from_bytes(header[2:], "big")
            if length > 1 << 20:
                raise _Closed
            data = header + await self._exactly(length)
            if self.peer.is_killed_by(data, self.state):
                self.peer.crash()
                raise _Closed
            decoded = decode_lenient(data)
            if self.fault == "tests-reserved-bytes" and data[1]:
                self.end(Abort(2, 6))
                continue
            if self.fault == "takes-no-pdv" and not length:
                continue
            pdu = None if decoded.structural else decoded.pdu
            if self.fault == "crashes-without-pdv" and pdu is None and not length:
                self.peer.restarts.append(asyncio.ensure_future(self.peer.restart(1.0)))
            if isinstance(pdu, Abort):
                self.aborted()
                continue
            match self.state:
                case "Sta2":
                    self.in_sta2(pdu, data)
                case "Sta6":
                    self.in_sta6(pdu)
                case "Sta7":
                    self.in_sta7(pdu)
                case "Sta10":
                    self.in_sta10(pdu)
                case _:
                    self.in_sta13(pdu)
            await self.writer.drain()
            leaves = self.fault == "leaves-after-release" and isinstance(pdu, ReleaseRq)
            if leaves or (self.state == OVER and self.peer.associations % LEAVES.get(self.fault, 1) == 1):
                raise _Closed

    def aborted(self) -> None:
        if self.fault == "open-after-abort":
            return
        if self.fault == "answers-abort":
            self.send(ReleaseRp())
        raise _Closed

    def in_sta2(self, pdu: Pdu | None, data: bytes) -> None:
        if self.fault == "silent-in-sta2" and not isinstance(pdu, AssociateRq):
            return
        if not isinstance(pdu, AssociateRq) or self.fault == "aborts-requests":
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
            result = 3 if context.abstract_syntax not in self.classes else 0 if syntax else 4
            if not result:
                self.accepted.add(context.presentation_context_id)
            shown = syntax or TRANSFER_SYNTAXES[0]
            contexts.append(PresentationContextAc.of(context.presentation_context_id, result, shown))
        if self.fault == "drops-a-context" and len(contexts) > 1:
            contexts.pop()
        user = UserInformation((*self.usual_user_data(), *self.answers_to(pdu)))
        items: tuple[VariableItem, ...] = (ApplicationContext(APPLICATION_CONTEXT_NAME), *contexts, user)
        answer = encode(AssociateAc(pdu.called_ae_title, pdu.calling_ae_title, items))
        echo = bytes(64) if self.fault == "no-echo-of-the-request" else data[10:74]
        answer = answer[:10] + echo + answer[74:]
        self.writer.write(answer[:1] + (b"\1" if self.fault == "reserved-byte-set" else b"\0") + answer[2:])

    @property
    def classes(self) -> tuple[str, ...]:
        verification = () if self.fault == "refuses-verification" else (VERIFICATION,)
        return (*verification, SECONDARY_CAPTURE) if self.peer.storage else verification

    def usual_user_data(self) -> tuple[UserDataSubItem, ...]:
        return MaximumLength(16384), ImplementationClassUid("2.25.1"), ImplementationVersionName("SCRIPTED")

    def answers_to(self, pdu: AssociateRq) -> Iterator[UserDataSubItem]:
        """Answers to what was proposed: synchronous work, the usual roles, and no knowledge of identities."""
        window = pdu.user_information.first(AsynchronousOperationsWindow)
        if window is not None:
            yield (
                AsynchronousOperationsWindow(9, 9)
                if self.fault == "widens-window"
                else (AsynchronousOperationsWindow(1, 1))
            )
        for role in pdu.user_information.all(ScpScuRoleSelection):
            scp = 1 if self.fault == "accepts-role-unasked" else 0
            yield ScpScuRoleSelection(role.sop_class_uid, min(role.scu_role, 1), scp)
        if self.fault == "answers-identity-unasked" and pdu.user_information.all(UserIdentity):
            yield UserIdentityResponse()

    def in_sta7(self, pdu: Pdu | None) -> None:
        match pdu:
            case PDataTf():
                if self.fault == "answers-data-in-sta7":
                    self.data(pdu)
            case ReleaseRq():
                self.state = COLLIDED
                if self.fault == "answers-collision-first":
                    self.send(ReleaseRp())
            case ReleaseRp():
                raise _Closed
            case _:
                self.end(Abort(2, 2 if pdu else 1))

    def in_sta10(self, pdu: Pdu | None) -> None:
        if isinstance(pdu, ReleaseRp):
            self.end(ReleaseRp())
        elif self.fault != "goes-on-in-sta10":
            self.end(Abort(2, 2 if pdu else 1))

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
            if not value.is_command:
                if not self.part_of_data_set(value):
                    return
                continue
            self.command += value.fragment
            if value.is_last or self.fault == "answers-before-last":
                command, self.command = bytes(self.command), bytearray()
                self.answer(command, value.presentation_context_id)

    def part_of_data_set(self, value: PresentationDataValue) -> bool:
        if self.storing is None or self.command:
            self.end(Abort(0, 0))
            return False
        if value.is_last:
            request, self.storing = self.storing, None
            if self.fault != "never-answers-store":
                response = CStoreRsp(message_id_being_responded_to=request.message_id, status=0)
                self.fragments(command_set.encode(response, has_data_set=False), value.presentation_context_id)
        return True

    def answer(self, data: bytes, context_id: int) -> None:
        try:
            found = command_set.decode(data)
            message = found.message()
        except DIMSEProcessingError:
            self.end(Abort(0, 0))
            return
        if isinstance(message, CStoreRq) and self.peer.storage and found.has_data_set:
            self.storing = message
            return
        if self.fault == "answers-cancel" and message.command_field == C_CANCEL_RQ:
            message = CEchoRq(affected_sop_class_uid=VERIFICATION, message_id=message.message_id_being_responded_to)
        if not isinstance(message, CEchoRq):
            if self.fault != "swallows-requests":
                self.end(Abort(0, 0))
            return
        if self.fault == "never-answers-echo":
            return
        if self.fault == "aborts-echo":
            self.end(Abort(0, 0))
            return
        status = 0 if message.affected_sop_class_uid == VERIFICATION else 0x0122
        if self.fault == "pending-echo" and message.message_id == 7:
            status = 0xFF00
        number = message.message_id ^ (1 if self.fault == "answers-another-message" else 0)
        name = SECONDARY_CAPTURE if self.fault == "names-another-class" else VERIFICATION
        response = CEchoRsp(message_id_being_responded_to=number, status=status, affected_sop_class_uid=name)
        with_data = self.fault == "answers-echo-with-data-set"
        command = command_set.encode(response, has_data_set=with_data)
        if self.fault == "unsorted-command-set":
            command = command[:12] + command[-10:] + command[12:-10]
        self.fragments(command, context_id)
        if with_data or self.fault == "sends-data-unasked":
            self.send(PDataTf((PresentationDataValue(context_id, LAST, b"\0\0"),)))

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
