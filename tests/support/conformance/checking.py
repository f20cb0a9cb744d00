"""`dulcimer check` in this process, and the scripted peers it is run against."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from typer.testing import Result

from dulcimer.cli.main import app
from support.command_runs import CommandRunner
from support.conformance.scripted_peer import ScriptedPeer

REQUESTOR = Path(__file__).with_name("scripted_requestor.py")
ADAPTER = f"{sys.executable} {Path(__file__).parents[2] / 'adapters/dulcimer_adapter.py'}"
OK, FAILED, USAGE, NEVER_HEALTHY, DIED, OWN_FAULT = 0, 1, 2, 3, 4, 5
QUICK = ("--t-react", "0.25", "--peer-artim", "0.5", "--close-window", "1")
QUICK_REQUESTOR = ("--t-react", "0.5", "--peer-artim", "0.6", "--close-window", "1.5", "--hang-limit", "3")


def run(*arguments: object) -> Result:
    """The command, whatever becomes of it."""
    return CommandRunner().invoke(app, ["check", *map(str, arguments)], env={"NO_COLOR": "1", "COLUMNS": "120"})


def check(*arguments: object) -> Result:
    """The command, which may fail but not break."""
    result = run(*arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def report_of(path: Path, *arguments: object) -> dict[str, Any]:
    """The report of a run, whatever its verdicts."""
    check(*arguments, "--json", path)
    data: dict[str, Any] = json.loads(path.read_text())
    return data


def scripted(fault: str = "none") -> list[str]:
    """The words that check the scripted requestor."""
    return ["--requestor", "--", sys.executable, str(REQUESTOR), fault, "{host}", "{port}", "{aet}"]


@contextmanager
def serving(peer: ScriptedPeer) -> Iterator[int]:
    """The port of a scripted peer with an event loop of its own."""
    ready, over = threading.Event(), threading.Event()
    done: list[asyncio.Event] = []

    async def serve() -> None:
        done.append(asyncio.Event())
        async with peer.listening():
            ready.set()
            await done[0].wait()
        over.set()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait(10)
    try:
        yield peer.port
    finally:
        loop.call_soon_threadsafe(done[0].set)
        thread.join(10)
        loop.close()
