"""An instance in the transfer syntax that the peer takes, rewritten where uncompressed ones differ."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from dulcimer.acse.negotiation import AcceptedContext, RefusedContext
from dulcimer.services.data_sources import Instance
from dulcimer.services.durable import PART
from dulcimer.services.instance_file import InstanceFile


@asynccontextmanager
async def fitting(
    instance: Instance, accepted: Iterable[AcceptedContext], refused: Iterable[RefusedContext]
) -> AsyncIterator[Instance]:
    """Inside the block, the instance in a file that an accepted context can carry as it is.

    Rewriting needs the data set in memory, and takes place in another thread. Raises ContextNotAccepted, OSError,
    DIMSEProcessingError, EncodeError.
    """
    context = instance.context(accepted, refused)
    if context.transfer_syntax == instance.transfer_syntax or instance.file is None:
        yield instance
        return
    path = await asyncio.to_thread(_rewrite, instance, context.transfer_syntax)
    try:
        file = InstanceFile(path, instance.sop_class_uid, instance.sop_instance_uid, context.transfer_syntax, 0)
        yield replace(instance, transfer_syntax=context.transfer_syntax, file=file)
    finally:
        path.unlink(missing_ok=True)


def _rewrite(instance: Instance, transfer_syntax: str) -> Path:
    number, name = tempfile.mkstemp(suffix=PART, prefix="dulcimer-")
    try:
        with os.fdopen(number, "wb") as file, instance.data(transfer_syntax) as data:
            assert isinstance(data, bytes)
            file.write(data)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)
