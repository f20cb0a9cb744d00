"""dulcimer as a peer: an SCP and timed SCUs, each a process of its own.

The SCUs print one JSON object: what was done in how many seconds, without the start of the interpreter.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dulcimer.acse.negotiation import Context
from dulcimer.ae.core.client import ClientAssociation, connect
from dulcimer.ae.core.storage_scp import Server
from dulcimer.services.instance_file import InstanceFile
from dulcimer.services.verification import VERIFICATION
from support.peers.program import run

IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"
VERIFY = [Context(VERIFICATION, (IMPLICIT_VR_LITTLE_ENDIAN,))]


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    return {} if arguments.maximum_length is None else {"maximum_length": arguments.maximum_length}


def serve(arguments: argparse.Namespace) -> None:
    """SCP of Verification and Storage, into ``--dir`` or nowhere."""

    async def forever() -> None:
        server = Server(storage=arguments.dir, maximum_associations=2000, **_settings(arguments))
        async with server.listen("127.0.0.1", arguments.port):
            await server.serve_forever()

    asyncio.run(forever())


async def _connect(arguments: argparse.Namespace, contexts: list[Context]) -> ClientAssociation:
    return await connect("127.0.0.1", arguments.port, contexts, **_settings(arguments))


async def _verify(association: ClientAssociation) -> None:
    if await association.c_echo() != 0x0000:
        raise SystemExit("C-ECHO failed")


async def echo(arguments: argparse.Namespace) -> dict[str, Any]:
    """C-ECHO ``--count`` times on one association."""
    async with await _connect(arguments, VERIFY) as association:
        begin = time.perf_counter()
        for _ in range(arguments.count):
            await _verify(association)
        return {"seconds": time.perf_counter() - begin}


async def associate(arguments: argparse.Namespace) -> dict[str, Any]:
    """Open, C-ECHO, release: ``--count`` times."""
    begin = time.perf_counter()
    for _ in range(arguments.count):
        async with await _connect(arguments, VERIFY) as association:
            await _verify(association)
    return {"seconds": time.perf_counter() - begin}


async def store(arguments: argparse.Namespace) -> dict[str, Any]:
    """C-STORE of every file, on ``--count`` associations at the same time; ``statuses`` by file."""
    files = [InstanceFile.inspect(path) for path in arguments.files]
    wanted = sorted({(file.sop_class_uid, file.transfer_syntax) for file in files})
    contexts = [Context(sop_class, (syntax,)) for sop_class, syntax in wanted]
    statuses: dict[str, int] = {}

    async def send(association: ClientAssociation, paths: list[Path]) -> None:
        for path in paths:
            statuses[str(path)] = await association.c_store(path)

    async with contextlib.AsyncExitStack() as stack:
        associations = [
            await stack.enter_async_context(await _connect(arguments, contexts)) for _ in range(arguments.count)
        ]
        begin = time.perf_counter()
        shares = (arguments.files[start :: arguments.count] for start in range(arguments.count))
        await asyncio.gather(*map(send, associations, shares))
        return {"seconds": time.perf_counter() - begin, "statuses": statuses}


if __name__ == "__main__":
    run(
        __doc__,
        serve,
        {
            "echo": lambda arguments: asyncio.run(echo(arguments)),
            "associate": lambda arguments: asyncio.run(associate(arguments)),
            "store": lambda arguments: asyncio.run(store(arguments)),
        },
    )
