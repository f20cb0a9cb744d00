"""The command under test: started once for each case, in a process group of its own, and always ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Protocol, Self

_SHOWN = 2000
_TERM_SECONDS = 1.0


class Call(Protocol):
    """One run of a peer that requests associations."""

    async def ended(self, seconds: float) -> str:
        """How it has ended within `seconds`: "ended(N)", "died(SIGNAL)", "hangs", or "unknown" if none can see it."""

    async def stop(self) -> None:
        """See that nothing of it is left."""

    @property
    def output(self) -> str:
        """The last of what it has written."""


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


class _Process:
    """A running command."""

    def __init__(self, process: asyncio.subprocess.Process, output: IO[bytes]) -> None:
        self._process = process
        self._output = output
        self._said = ""
        self._stopped = False

    @classmethod
    async def start(cls, words: Sequence[str]) -> Self:
        output = tempfile.TemporaryFile()  # noqa: SIM115 (closed in `stop`)
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        except BaseException:
            output.close()
            raise
        return cls(process, output)

    @property
    def output(self) -> str:
        """The last of what it has written."""
        if self._stopped:
            return self._said
        size = os.fstat(self._output.fileno()).st_size
        start = max(0, size - _SHOWN)
        return os.pread(self._output.fileno(), _SHOWN, start).decode("utf-8", "replace").strip()

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
            self._signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TERM_SECONDS):
                    await self._process.wait()
        self._signal(signal.SIGKILL)
        await self._process.wait()
        self._said = self.output
        self._stopped = True
        self._output.close()

    def _signal(self, number: signal.Signals) -> None:
        # The group has the number of its first process, and lives as long as any of it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


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
