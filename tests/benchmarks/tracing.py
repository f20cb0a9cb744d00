"""What recording costs: C-STORE without a trace, and with one of both ends.

Both ends run in this process, and its processor time counts: that of another process would hide the difference.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.measures import Lane, Measure
from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH, Context
from dulcimer.ae.core.client import connect
from dulcimer.ae.core.storage_scp import Server
from dulcimer.services.instance_file import InstanceFile
from dulcimer.trace.recording import TraceFolder
from dulcimer.upper_layer.observer import Observer
from support.peers.processes import HOST

Observe = Callable[[], Observer | None]


def recorded_instances(name: str, files: Sequence[Path], folder: Path, maximum_length: int | None) -> Measure:
    """C-STORE of the files on one association, to a sink; traces are written to a folder."""
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    length = DEFAULT_MAXIMUM_LENGTH if maximum_length is None else maximum_length

    def rate(observe: Observe) -> float:
        return megabytes / asyncio.run(_stored(files, length, observe))

    lanes = (
        Lane("not recorded", partial(rate, lambda: None)),
        Lane("observed, nothing written", partial(rate, Observer)),
        Lane("recorded at both ends", partial(rate, TraceFolder(folder))),
        Lane("recorded with data sets", partial(rate, TraceFolder(folder, raw=True))),
    )
    return Measure(
        name,
        f"{len(files)} x {files[0].stat().st_size / 1e6:.2f} MB, maximum length {length:,}, to a sink",
        "MB per second of the processor",
        True,
        lanes,
    )


async def _stored(files: Sequence[Path], maximum_length: int, observe: Observe) -> float:
    """Seconds of the processor for C-STORE of the files on one association."""
    wanted = sorted({(one.sop_class_uid, one.transfer_syntax) for one in map(InstanceFile.inspect, files)})
    contexts = [Context(sop_class, (syntax,)) for sop_class, syntax in wanted]
    server = Server(storage=None, maximum_length=maximum_length, observe=observe)
    async with server.listen(HOST, 0):
        _, port = server.address
        async with await connect(
            HOST, port, contexts, maximum_length=maximum_length, observer=observe()
        ) as association:
            begin = time.process_time()
            for path in files:
                if await association.c_store(path) != 0x0000:
                    raise RuntimeError(f"{path} was not stored")
            return time.process_time() - begin
