"""The supervisor of worker processes, with dummy workers."""

from __future__ import annotations

import asyncio
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from dulcimer.archive.operation.workers import READY, WorkerSupervisor

_WORKERS = 3

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux")


@pytest.fixture
def _status_is_read_by_the_loop() -> Iterator[None]:
    # A thread that reads the status, as in Python 3.11 by default, may do so earlier than the test.
    if sys.version_info >= (3, 12):
        yield
        return
    with warnings.catch_warnings():
        asyncio.set_child_watcher(asyncio.PidfdChildWatcher())
        yield
        asyncio.set_child_watcher(None)  # type: ignore[arg-type]  # None: the default again


@pytest.mark.usefixtures("_status_is_read_by_the_loop")
def test_status_of_a_worker_that_ends_while_it_is_being_ended_is_not_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    program = f"""
import os, sys
gate = {str(tmp_path)!r} + "/" + str(os.getpid())
os.mkfifo(gate)
os.write(int(sys.argv[3]), {READY!r})
open(gate).read()
os._exit(7)
"""
    supervisor = WorkerSupervisor([sys.executable, "-S", "-E", "-c", program], b"", _WORKERS, grace=5.0)

    async def conversation() -> None:
        assert await supervisor.start() == 0
        for gate in tmp_path.iterdir():
            gate.open("w").close()
            os.waitid(os.P_PID, int(gate.name), os.WEXITED | os.WNOWAIT)
        await supervisor.stop()

    asyncio.run(conversation())
    assert len(list(tmp_path.iterdir())) == _WORKERS
    assert [record.getMessage() for record in caplog.records] == []
