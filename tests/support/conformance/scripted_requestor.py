"""A requestor built on `dulcimer.wire` alone that keeps to the standard, but for one fault if it is given one.

In a test it runs in the process, as a `RequestorStarter`; as a program it is
`scripted_requestor.py FAULT HOST PORT AET`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import dataclass

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME
from dulcimer._generated.commands import CEchoRq
from dulcimer.conformance.processes.command import Call
from dulcimer.dimse import command_set
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
    PresentationContextRq,
    PresentationDataValue,
    ReleaseRp,
    ReleaseRq,
    UnknownItem,
    UserInformation,
)

VERIFICATION = "1.2.840.10008.1.1"
IMPLICIT = "1.2.840.10008.1.2"
MESSAGE = 7
ARTIM = 0.6
DONE, FAILED = 0, 1


class _Over(Exception):
    """The connection is to be closed; the argument is the exit status."""


class Requestor:
    """One association: C-ECHO, then release."""

    def __init__(self, fault: str, host: str, port: int, ae_title: str) -> None:
        self.fault, self.host, self.port, self.ae_title = fault, host, port, ae_title
        self.state = "Sta5"
        self.context = 2 if fault == "even-context-id" else 1
        self.limit = 0
        self.status = FAILED
        self.deadline: float | None = None

    async def run(self) -> int:
        if self.fault == "never-calls":
            return FAILED
        status = await self._associate()
        if self.fault == "always-fails":
            return FAILED
        return DONE if self.fault == "reports-success" else status

    async def _associate(self) -> int:
        try:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        except OSError:
            await self._hang_if("hangs-when-refused")
            return FAILED
        try:
            self.send(self.request(), **({"reserved_9_10": 1} if self.fault == "reserved-byte-set" else {}))
            while True:
                self.take(await self._read())
                await self.writer.drain()
        except _Over as over:
            (status,) = over.args
        except (OSError, TimeoutError):
            status = FAILED
        self.writer.close()
        return int(status)

    async def _hang_if(self, fault: str) -> None:
        if self.fault == fault:
            await asyncio.Event().wait()

    async def _read(self) -> bytes:
        header = await self._exactly(6)
        length = int.from_bytes(header[2:], "big")
        if length > 1 << 20:
            self.end(Abort(2, 6))
            await self.writer.drain()
            raise _Over(FAILED)
        return header + await self._exactly(length)

    async def _exactly(self, size: int) -> bytes:
        try:
            async with asyncio.timeout_at(self.deadline):
                return await self.reader.readexactly(size)
        except asyncio.IncompleteReadError:
            await self._hang_if("hangs-when-closed")
            raise _Over(self.status) from None

    def request(self) -> AssociateRq:
        user = (MaximumLength(16384), ImplementationClassUid("2.25.1"), ImplementationVersionName("SCRIPTED"))
        return AssociateRq(
            "ELSEWHERE" if self.fault == "calls-another" else self.ae_title,
            "SCRIPTED",
            (
                ApplicationContext(APPLICATION_CONTEXT_NAME),
                PresentationContextRq.of(self.context, VERIFICATION, IMPLICIT),
                UserInformation(user[1:] if self.fault == "no-maximum-length" else user),
            ),
        )

    def send(self, pdu: Pdu, **overrides: int) -> None:
        self.writer.write(encode(pdu, overrides))

    def end(self, pdu: Pdu) -> None:
        self.send(pdu)
        self.state, self.deadline = "Sta13", asyncio.get_running_loop().time() + ARTIM

    def abort(self, reason: int = 2) -> None:
        if self.fault == f"goes-on-in-{self.state.lower()}":
            return
        self.end(Abort(2, 3 if self.fault == "reserved-abort-reason" else reason))

    def take(self, data: bytes) -> None:
        decoded = decode_lenient(data)
        pdu = None if decoded.structural else decoded.pdu
        if isinstance(pdu, PDataTf) and not pdu.presentation_data_value_items:
            pdu = None
        if self.fault == "dies-on-invalid" and pdu is None:
            os.kill(os.getpid(), signal.SIGSEGV)
        if isinstance(pdu, Abort):
            if self.fault == "answers-abort":
                self.send(ReleaseRp())
                return
            raise _Over(self.status)
        getattr(self, f"in_{self.state.lower()}")(pdu, data)

    def in_sta5(self, pdu: Pdu | None, data: bytes) -> None:
        match pdu:
            case AssociateRj():
                if self.fault == "answers-rejection":
                    self.end(Abort(0, 0))
                    return
                raise _Over(FAILED)
            case AssociateAc():
                self.accepted(pdu, data)
            case _:
                self.abort(2 if pdu else 1)

    def accepted(self, pdu: AssociateAc, data: bytes) -> None:
        answers = {item.presentation_context_id: item for item in pdu.presentation_contexts}
        answer = answers.get(self.context)
        usable = answer is not None and not answer.result_reason and answer.transfer_syntax == IMPLICIT
        unknown = any(isinstance(item, UnknownItem) for item in (*pdu.variable_items, *pdu.user_information.user_data))
        strict = {
            "tests-protocol-version": pdu.protocol_version != 1,
            "tests-reserved-bytes": bool(data[1]),
            "tests-echo": pdu.called_ae_title.strip() != self.ae_title,
            "aborts-unknown-items": unknown,
        }
        if strict.get(self.fault):
            self.abort()
        elif not pdu.protocol_version & 1 or (decode_lenient(data).deviations and self.context & 1):
            self.abort(6)
        elif usable or self.fault == "uses-refused-context":
            self.limit = pdu.maximum_length or 0
            self.state = "Sta6"
            self.echo()
        else:
            self.end(Abort(0, 0))

    def echo(self) -> None:
        data = command_set.encode(CEchoRq(affected_sop_class_uid=VERIFICATION, message_id=MESSAGE), has_data_set=False)
        if self.fault == "wrong-group-length":
            data = data[:8] + b"\1\0\0\0" + data[12:]
        size = len(data)
        if self.limit and self.fault != "exceeds-maximum-length":
            size = min(size, (self.limit - 6) & ~1)
        if self.fault == "odd-fragments":
            size = 9
        if size < 2:
            self.end(Abort(0, 0))
            return
        pieces = [data[start : start + size] for start in range(0, len(data), size)]
        for number, piece in enumerate(pieces):
            header = 1 | (2 if number == len(pieces) - 1 else 0)
            self.send(PDataTf((PresentationDataValue(self.context, header, piece),)))

    def in_sta6(self, pdu: Pdu | None, _data: bytes) -> None:
        match pdu:
            case PDataTf():
                self.response(pdu)
            case ReleaseRq():
                self.end(ReleaseRp())
                if self.fault == "leaves-after-release":
                    raise _Over(FAILED)
                if self.fault == "data-after-release":
                    self.send(PDataTf((PresentationDataValue(self.context, 3, b"\0\0"),)))
            case _:
                self.abort(2 if pdu else 1)

    def response(self, pdu: PDataTf) -> None:
        for value in pdu.presentation_data_value_items:
            if value.presentation_context_id != self.context:
                self.abort(6)
                return
            self.command = getattr(self, "command", b"") + bytes(value.fragment)
            if value.is_last:
                message = command_set.decode(self.command)
                if message.command_field != 0x8030 or message.value("message_id_being_responded_to") != MESSAGE:
                    self.end(Abort(0, 0))
                    return
                self.status = DONE
                if self.fault == "closes-without-release":
                    raise _Over(DONE)
                self.send(ReleaseRq())
                self.state = "Sta7"

    def in_sta7(self, pdu: Pdu | None, _data: bytes) -> None:
        match pdu:
            case PDataTf() if self.fault != "aborts-data-in-sta7":
                pass
            case ReleaseRp():
                if self.fault == "open-after-release":
                    return
                if self.fault == "speaks-after-release":
                    self.send(ReleaseRq())
                    return
                raise _Over(DONE)
            case ReleaseRq():
                if self.fault == "closes-on-collision":
                    raise _Over(DONE)
                self.send(ReleaseRp())
                self.state = "Sta11"
                if self.fault == "does-not-wait-in-sta11":
                    raise _Over(DONE)
            case _:
                self.abort(2 if pdu else 1)

    def in_sta11(self, pdu: Pdu | None, _data: bytes) -> None:
        if isinstance(pdu, ReleaseRp):
            raise _Over(DONE)
        self.abort(2 if pdu else 1)

    def in_sta13(self, pdu: Pdu | None, _data: bytes) -> None:
        if pdu is None or isinstance(pdu, AssociateRq):
            self.send(Abort(2, 2))
        elif self.fault == "acts-in-sta13":
            self.send(ReleaseRq())


@dataclass
class ScriptedRequestor:
    """Makes a requestor with this fault call. It is no process: nothing but an exit status ends it."""

    fault: str = ""
    calls: int = 0

    def __str__(self) -> str:
        return "scripted"

    async def call(self, host: str, port: int, ae_title: str) -> Call:
        self.calls += 1
        return _Running(asyncio.create_task(Requestor(self.fault, host, port, ae_title).run()))


class _Running:
    output = ""

    def __init__(self, task: asyncio.Task[int]) -> None:
        self._task = task

    async def ended(self, seconds: float) -> str:
        done, _ = await asyncio.wait({self._task}, timeout=seconds)
        return f"ended({self._task.result()})" if done else "hangs"

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


if __name__ == "__main__":
    _, fault_, host_, port_, ae_title_ = sys.argv
    sys.exit(asyncio.run(Requestor(fault_, host_, int(port_), ae_title_).run()))
