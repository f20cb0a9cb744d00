"""The process of a worker: takes orders from its coordinator, and ends when that one does, however it ends."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import threading
from multiprocessing.connection import Connection
from types import FrameType

import psutil

from dulcimer.fuzz.campaign.executors.executor import BatchEvent, BatchHeard
from dulcimer.fuzz.campaign.executors.hosting import WorkerHost
from dulcimer.fuzz.campaign.executors.packing import OrderUnpacker, PackedOrder
from dulcimer.fuzz.campaign.working import BatchDropped, WorkerSetup

VARIABLE = "DULCIMER_FUZZ_WORKER"
"""In the environment of all that a worker starts, so that it is found when the worker is gone."""
STARTED = BatchHeard(-1, "started", 0)
"""The first word of the process, of no batch: from then on it is quick to answer."""
_POLITE = 1.0
"""Seconds for a batch to end when it is dropped; then its target is taken from it, then the process ends."""


def work(connection: Connection[BatchEvent, PackedOrder | None], setup: WorkerSetup, number: int, marker: str) -> None:
    """Play the orders that come, and send what comes of them, until None comes or the other end is closed."""
    _leave_group()
    os.environ[VARIABLE] = marker
    orders: queue.SimpleQueue[PackedOrder | None] = queue.SimpleQueue()
    dropped = threading.Event()
    ended = threading.Event()
    unpacker = OrderUnpacker()
    host = WorkerHost(setup, number, dropped.is_set)

    def end(_number: int, _frame: FrameType | None) -> None:
        raise BatchDropped

    def listen() -> None:
        with contextlib.suppress(EOFError, OSError):
            while (order := connection.recv()) is not None:
                orders.put(order)
        dropped.set()
        orders.put(None)
        if not ended.wait(_POLITE):
            host.close()
            if not ended.wait(_POLITE):
                with contextlib.suppress(psutil.Error):
                    for process in psutil.Process().children(recursive=True):
                        process.kill()
                os._exit(1)

    signal.signal(signal.SIGTERM, end)
    threading.Thread(target=listen, name="dulcimer-orders", daemon=True).start()
    try:
        connection.send(STARTED)
        while (order := orders.get()) is not None and not dropped.is_set():
            connection.send(host.play(unpacker.unpack(order), connection.send))
    except (BatchDropped, BrokenPipeError, ConnectionResetError):
        pass
    finally:
        host.close()
        ended.set()


def _leave_group() -> None:
    """Ctrl-C is for the coordinator, which then ends the workers. One that came before is forgotten."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.default_int_handler)
