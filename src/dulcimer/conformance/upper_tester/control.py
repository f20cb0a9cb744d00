"""The tester's end of an adapter: a command on pipes, or a connection to a control port."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
from typing import Any

from dulcimer.conformance.upper_tester.protocol import HELLO, LISTEN, RESET, Message, decode, encode

_STARTS = 20.0
_ANSWERS = 5.0
_ENDS = 1.0
_LINE = 1 << 20


class AdapterError(Exception):
    """The adapter failed; the message says how. `died`: its process or connection has ended."""

    def __init__(self, message: str, *, died: bool = False) -> None:
        super().__init__(message)
        self.died = died


class RefusedError(Exception):
    """The adapter refused a command, as it may."""


class Control:
    """Controls one adapter. Create it with `start`, and call `stop` afterwards."""

    def __init__(self) -> None:
        self.name = ""
        self.tells: frozenset[str] = frozenset()
        self.host, self.port = "", 0
        self.indications: list[Message] = []
        self._arrived = asyncio.Event()
        self._number = 0
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._problem: AdapterError | None = None

    @classmethod
    async def start(cls, where: str) -> Control:
        """Start the command, or connect to `HOST:PORT`, and say hello; raises AdapterError and OSError."""
        control = cls()
        host, _, port = where.rpartition(":")
        try:
            if host and port.isdecimal() and " " not in where:
                control._reader, control._writer = await asyncio.open_connection(host, int(port), limit=_LINE)
            else:
                await control._spawn(shlex.split(where))
            control._reading = asyncio.create_task(control._read())
            hello = await control._ask({"control": HELLO}, _STARTS)
            control.name, control.tells = str(hello.get("name", "")), frozenset(hello.get("tells", ()))
            found = await control._ask({"control": LISTEN}, _ANSWERS)
            control.host, control.port = str(found["host"]), int(found["port"])
        except BaseException:
            await control.stop()
            raise
        return control

    async def _spawn(self, words: list[str]) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            limit=_LINE,
        )
        self._reader, self._writer = self._process.stdout, self._process.stdin

    async def issue(self, primitive: str, **parameters: Any) -> None:
        """Let the local user issue a primitive; raises RefusedError and AdapterError."""
        await self._ask({"primitive": primitive, **parameters}, _ANSWERS)

    async def reset(self) -> None:
        """Let the adapter drop its association, and clear the indications; raises RefusedError and AdapterError."""
        await self._ask({"control": RESET}, _ANSWERS)
        self.indications.clear()

    async def wait_for(self, indication: str, seconds: float) -> bool:
        """Whether the local user gets this indication within `seconds`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.has_reported(indication):
                    self._arrived.clear()
                    await self._arrived.wait()
        return self.has_reported(indication)

    def has_reported(self, indication: str) -> bool:
        """Whether the local user has got this indication."""
        return any(message["indication"] == indication for message in self.indications)

    async def stop(self) -> None:
        """End the adapter, and everything it has started."""
        if self._writer is not None:
            self._writer.close()
        process = self._process
        if process is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_ENDS):
                    await process.wait()
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    async def _ask(self, message: Message, seconds: float) -> Message:
        if self._problem is not None:
            raise self._problem
        self._number += 1
        assert self._writer is not None
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[self._number] = future
        try:
            self._writer.write(encode({"id": self._number, **message}))
            async with asyncio.timeout(seconds):
                answer = await future
        except TimeoutError:
            raise AdapterError(f"the adapter did not answer {message} within {seconds:g} s") from None
        except OSError as error:
            raise AdapterError(f"the connection to the adapter was lost: {error}", died=True) from error
        finally:
            del self._answers[self._number]
        if "refused" in answer:
            raise RefusedError(str(answer["refused"]))
        return answer

    async def _read(self) -> None:
        assert self._reader is not None
        problem = AdapterError("the adapter has ended", died=True)
        while line := await self._reader.readline():
            try:
                message = decode(line)
            except ValueError as error:
                problem = AdapterError(f"the adapter sent a line that is not a message: {error}")
                break
            if "indication" in message:
                self.indications.append(message)
                self._arrived.set()
            elif (future := self._answers.get(message.get("id", 0))) is not None and not future.done():
                future.set_result(message)
        self._problem = problem
        for future in self._answers.values():
            if not future.done():
                future.set_exception(problem)
        if self._writer is not None:
            self._writer.close()
