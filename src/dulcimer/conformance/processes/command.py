"""The command under test: started once for each case, in its own process group, and always ended."""

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
from dulcimer.counting import counted

_SHOWN = 1000
"""Bytes that are kept from the beginning of the output, and from its end."""
_PIPE = 1 << 16
_TERM_SECONDS = 1.0


class Call(Protocol):
    """One run of a peer that requests associations."""

    async def ended(self, seconds: float) -> str:
        """How it has ended within `seconds`: "ended(N)", "died(SIGNAL)", "hangs", or "unknown" if nobody can see."""

    async def stop(self) -> None:
        """End it, with everything it has started."""

    @property
    def output(self) -> str:
        """The first and the last bytes that it has written, as text."""


class RequestorStarter(Protocol):
    """Makes a peer request an association with the tester."""

    async def call(self, host: str, port: int, ae_title: str) -> Call:
        """Start the peer; raises OSError if it cannot be started."""


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
        """Whether the command line has a place for the called AE title."""
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


class PipedOutput:
    """What a command writes into a pipe: its first and last bytes are kept, however much it writes."""

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._head, self._tail = bytearray(), bytearray()
        self._size = 0

    def listen(self) -> None:
        """Read from now on: the command has its end of the pipe."""
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
        """The bytes that are kept, as text, and how many are left out between them."""
        left_out = self._size - len(self._head) - len(self._tail)
        between = f"\n[{counted(left_out, 'byte')} left out here]\n".encode() if left_out else b""
        return (self._head + between + self._tail).decode("utf-8", "replace").strip()

    def close(self) -> None:
        """Read what is there, then stop reading."""
        if self.write_end >= 0:
            os.close(self.write_end)
        else:
            loop = asyncio.get_running_loop()
            self._take()
            loop.remove_reader(self._read_end)
        os.close(self._read_end)


class _Process:
    """A running command."""

    def __init__(self, process: asyncio.subprocess.Process, output: PipedOutput, marker: str) -> None:
        self._process = process
        self._output = output
        self._marker = marker
        self._stopped = False

    @classmethod
    async def start(cls, words: Sequence[str]) -> Self:
        marker = secrets.token_hex(8)
        output = PipedOutput()
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
        """The first and the last bytes that it has written, as text."""
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
        """End the command and everything it has started, first with SIGTERM."""
        if self._stopped:
            return
        if self._process.returncode is None:
            # The group has the number of its first process, and exists as long as any of its processes.
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
    """A peer that somebody else starts; how it ends cannot be seen."""

    output: str = ""

    async def call(self, host: str, port: int, ae_title: str) -> Call:  # noqa: ARG002
        """Start nothing."""
        return self

    async def ended(self, seconds: float) -> str:  # noqa: ARG002
        """Always "unknown"."""
        return "unknown"

    async def stop(self) -> None:
        """End nothing: the tester has not started it."""
