"""An instance in a transfer syntax that the peer accepts, if necessary rewritten to another uncompressed one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from dulcimer.acse.negotiation import AcceptedContext, RefusedContext
from dulcimer.counting import counted
from dulcimer.dimse.bounds import EXPLICIT_BIG, DataSetTooLarge
from dulcimer.dimse.threads import in_thread
from dulcimer.limits import DEFAULTS, Limits
from dulcimer.services.data_sources import Instance
from dulcimer.services.durable import PART
from dulcimer.services.instance_file import InstanceFile
from dulcimer.services.rewriting import rewrite


@asynccontextmanager
async def fitting(
    instance: Instance,
    accepted: Iterable[AcceptedContext],
    refused: Iterable[RefusedContext],
    limits: Limits = DEFAULTS,
) -> AsyncIterator[Instance]:
    """Inside the block, the instance in a file that can be sent unchanged in an accepted context.

    It is rewritten in another thread, without keeping long values in memory. Raises ContextNotAccepted, OSError,
    DIMSEProcessingError (also its subclass DataSetTooLarge), EncodeError.
    """
    context = instance.context(accepted, refused)
    if context.transfer_syntax == instance.transfer_syntax or instance.file is None:
        yield instance
        return
    path = await in_thread(_rewrite, instance, instance.file, context.transfer_syntax, limits)
    try:
        file = InstanceFile(path, instance.sop_class_uid, instance.sop_instance_uid, context.transfer_syntax, 0)
        yield replace(instance, transfer_syntax=context.transfer_syntax, file=file)
    finally:
        path.unlink(missing_ok=True)


def _rewrite(instance: Instance, source: InstanceFile, transfer_syntax: str, limits: Limits) -> Path:
    number, name = tempfile.mkstemp(suffix=PART, prefix="dulcimer-")
    try:
        with os.fdopen(number, "wb") as file:
            if EXPLICIT_BIG in (source.transfer_syntax, transfer_syntax):
                if source.path.stat().st_size > limits.rewrite_length:
                    raise DataSetTooLarge(
                        f"more than {counted(limits.rewrite_length, 'byte')} in big endian", "rewrite_length"
                    )
                with instance.data(transfer_syntax) as data:
                    assert isinstance(data, bytes)
                    file.write(data)
            else:
                with source.path.open("rb") as there:
                    rewrite(there, source.offset, source.transfer_syntax, file, transfer_syntax, limits)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)
