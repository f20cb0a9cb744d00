"""The command under test: started once for each case, in a process group of its own, and always ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from dulcimer.conformance.processes import tree

_SHOWN = 1000
"""Bytes from the beginning of the output, and as many from its end."""
_PIPE = 1 << 16
_TERM_SECONDS = 1.0


class Call(Protocol):
    """One run of a peer that requests associations."""

    async def ended(self, seconds: float) -> str:
        """How it has ended within `seconds`: "ended(N)", "died(SIGNAL)", "hangs", or "unknown" if none can see it."""

    async def stop(self) -> None:
        """See that nothing of it is left."""

    @property
    def output(self) -> str:
        """The first and the last of what it has written."""


class Caller(Protocol):
    """Makes a peer call the tester."""

    async def call(self, host: str, port: int, ae_title: str) -> Call:
        """Let the peer request an association; raises OSError if it cannot be started."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command line; `{host}`, `{port}` and `{aet}` in its words are filled in."""

    words: tuple[str, ...]

    def filled(self, host: str, port: int, ae_title: str) -> list[str]:
        """The words of one run."""
        values = {"{host}": host, "{port}": str(port), "{aet}": ae_title}
        return [_fill(word, values) for word in self.words]

    @property
    def names_ae_title(self) -> bool:
        """Whether the command is told whom to call."""
        return any("{aet}" in word for word in self.words)

    def __str__(self) -> str:
        return " ".join(self.words)

    async def call(self, host: str, port: int, ae_title: str) -> Call:
        """Start the command."""
        return await _Process.start(self.filled(host, port, ae_title))


def _fill(word: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(name, value)
    return word


class Output:
    """What a command writes, through a pipe: the first and the last bytes of it are kept, however much it is."""

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._head, self._tail = bytearray(), bytearray()
        self._size = 0

    def listen(self) -> None:
        """The command has its end of the pipe: read from now on."""
        os.close(self.write_end)
        self.write_end = -1
        asyncio.get_running_loop().add_reader(self._read_end, self._take)

    def _take(self) -> None:
        try:
            data = os.read(self._read_end, _PIPE)
        except BlockingIOError:
            return
        if not data:
            asyncio.get_running_loop().remove_reader(self._read_end)
        room = _SHOWN - len(self._head)
        self._size += len(data)
        self._head += data[:room]
        self._tail += data[room:] if room > 0 else data
        del self._tail[:-_SHOWN]

    @property
    def text(self) -> str:
        """For a reader."""
        left_out = self._size - len(self._head) - len(self._tail)
        between = f"\n[{left_out} bytes are left out here]\n".encode() if left_out else b""
        return (self._head + between + self._tail).decode("utf-8", "replace").strip()

    def close(self) -> None:
        """Take what is there, and read no more."""
        if self.write_end >= 0:
            os.close(self.write_end)
        else:
            loop = asyncio.get_running_loop()
            self._take()
            loop.remove_reader(self._read_end)
        os.close(self._read_end)


class _Process:
    """A running command."""

    def __init__(self, process: asyncio.subprocess.Process, output: Output, marker: str) -> None:
        self._process = process
        self._output = output
        self._marker = marker
        self._stopped = False

    @classmethod
    async def start(cls, words: Sequence[str]) -> Self:
        marker = secrets.token_hex(8)
        output = Output()
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output.write_end,
                stderr=output.write_end,
                start_new_session=True,
                env={**os.environ, tree.MARKER: marker},
            )
        except BaseException:
            output.close()
            raise
        output.listen()
        return cls(process, output, marker)

    @property
    def output(self) -> str:
        """The first and the last of what it has written."""
        return self._output.text

    async def ended(self, seconds: float) -> str:
        """How it has ended within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                status = await self._process.wait()
        except TimeoutError:
            return "hangs"
        if status >= 0:
            return f"ended({status})"
        with contextlib.suppress(ValueError):
            return f"died({signal.Signals(-status).name})"
        return f"died({-status})"

    async def stop(self) -> None:
        """End the command and all that it has started, first gently."""
        if self._stopped:
            return
        if self._process.returncode is None:
            # The group has the number of its first process, and lives as long as any of it.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TERM_SECONDS):
                    await self._process.wait()
        await asyncio.to_thread(tree.kill_tree, self._process.pid, self._marker)
        await self._process.wait()
        self._stopped = True
        self._output.close()


@dataclass(frozen=True, slots=True)
class Unseen:
    """A peer that somebody else makes call; what becomes of it cannot be seen."""

    output: str = ""

    async def call(self, host: str, port: int, ae_title: str) -> Call:  # noqa: ARG002
        """Nothing can be done to make it call."""
        return self

    async def ended(self, seconds: float) -> str:  # noqa: ARG002
        """It cannot be seen."""
        return "unknown"

    async def stop(self) -> None:
        """Nothing of it is ours."""
