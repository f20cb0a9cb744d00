"""The main loop of an adapter in Python: reads commands, drives the local user and reports its indications."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from typing import IO, Any, TypeAlias

from dulcimer.conformance.upper_tester.protocol import (
    HELLO,
    LISTEN,
    PRIMITIVES,
    RESET,
    VERSION,
    LocalUser,
    Message,
    NotDoneError,
    decode,
    encode,
)

Tell: TypeAlias = Callable[..., None]
"""Called with the name of an indication and, by keyword, its parameters."""


def main(make: Callable[[Tell], LocalUser]) -> None:
    """Run an adapter: on standard input and output, or for one connection on a port with `--control PORT`."""
    parser = argparse.ArgumentParser(description="An adapter of dulcimer's upper tester.")
    parser.add_argument("--control", type=int, metavar="PORT", help="take commands on this port of 127.0.0.1")
    port = parser.parse_args().control
    asyncio.run(_on_port(make, port) if port is not None else _on_pipes(make))


async def _on_pipes(make: Callable[[Tell], LocalUser]) -> None:
    loop = asyncio.get_running_loop()
    # Nothing else may print between the messages.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await serve(make, reader, _writer_of(output))


def _writer_of(output: IO[bytes]) -> Callable[[bytes], Any]:
    return output.write


async def _on_port(make: Callable[[Tell], LocalUser], port: int) -> None:
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(make, reader, writer.write)
        finally:
            writer.close()
            if not over.done():
                over.set_result(None)

    async with await asyncio.start_server(handle, "127.0.0.1", port):
        await over


async def serve(make: Callable[[Tell], LocalUser], reader: asyncio.StreamReader, write: Callable[[bytes], Any]) -> None:
    """Carry out the messages of `reader`, in order, until they end."""

    def tell(indication: str, **parameters: Any) -> None:
        write(encode({"indication": indication, **parameters}))

    user = make(tell)
    try:
        while line := await reader.readline():
            try:
                message = decode(line)
            except ValueError as error:
                write(encode({"id": None, "refused": f"not a message: {error}"}))
                continue
            write(encode({"id": message.get("id"), **await _answer(user, message)}))
    finally:
        await user.reset()


async def _answer(user: LocalUser, message: Message) -> Message:
    """Carry out one message; an error becomes a refusal, never an exception."""
    try:
        if (primitive := message.get("primitive")) is not None:
            if primitive not in PRIMITIVES:
                raise NotDoneError(f"unknown primitive {primitive!r}")
            await user.issue(primitive, message)
            return {"done": True}
        control = message.get("control")
        if control == HELLO:
            return {"done": True, "version": VERSION, "name": user.name, "tells": sorted(user.tells)}
        if control == LISTEN:
            host, port = await user.listen()
            return {"done": True, "host": host, "port": port}
        if control == RESET:
            await user.reset()
            return {"done": True}
        raise NotDoneError(f"unknown control {control!r}")
    except NotDoneError as error:
        return {"refused": str(error)}
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}"}
