"""``probe.py PORT [tls]``: a well-behaved client. Repeats C-ECHO, and sometimes C-FIND, until its input ends it.

Prints a line when it is associated. A number on its input ends it that many seconds later; then it prints its
measurements as JSON. A request outstanding at that time counts with its waiting time; the probe waits
``PATIENCE`` seconds for the answer.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from attack.wire import FIND, VERIFICATION, Requestor, element

PATIENCE = 60.0
ECHO_PAUSE, FIND_PAUSE = 0.01, 0.2


class Loop(threading.Thread):
    """Repeats one kind of request; requests another association if one is lost."""

    def __init__(self, port: int, syntax: str, ask: Callable[[Requestor], object], pause: float, *, tls: bool) -> None:
        super().__init__(daemon=True)
        self.times: list[float] = []
        self.lost = 0
        self.since: float | None = None
        self.ready = threading.Event()
        self.stop = threading.Event()
        self._port, self._syntax, self._ask, self._pause, self._tls = port, syntax, ask, pause, tls

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                with Requestor.open(self._port, self._syntax, timeout=PATIENCE, tls=self._tls) as requestor:
                    self.ready.set()
                    while not self.stop.wait(self._pause):
                        self.since = time.monotonic()
                        self._ask(requestor)
                        self.times.append(time.monotonic() - self.since)
                        self.since = None
            except (OSError, EOFError):
                if self.stop.is_set():
                    return
                self.lost += 1
                self.stop.wait(0.05)

    def end(self) -> None:
        """Wait until the outstanding request has been answered."""
        self.stop.set()
        self.join(PATIENCE)
        if self.is_alive() and self.since is not None:
            self.times.append(time.monotonic() - self.since)


def _find(requestor: Requestor) -> None:
    identifier = element(0x00080052, b"STUDY ") + element(0x00100020, b"NOBODY") + element(0x0020000D, b"")
    requestor.ask(0x0020, FIND, identifier)


def main() -> None:
    """Probe."""
    port = int(sys.argv[1])
    tls = "tls" in sys.argv[2:]
    echoes = Loop(port, VERIFICATION, lambda requestor: requestor.ask(0x0030, VERIFICATION, None), ECHO_PAUSE, tls=tls)
    finds = Loop(port, FIND, _find, FIND_PAUSE, tls=tls)
    for loop in (echoes, finds):
        loop.start()
        loop.ready.wait(PATIENCE)
    print("associated", flush=True)
    time.sleep(float(sys.stdin.readline()))
    echoes.end()
    finds.end()
    times = sorted(echoes.times)
    seen = {
        "echoes": len(times),
        "median": times[len(times) // 2] if times else PATIENCE,
        "worst": max(times, default=PATIENCE),
        "find": max(finds.times, default=PATIENCE),
        "lost": echoes.lost + finds.lost,
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
