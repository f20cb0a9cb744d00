"""Peers for the tests: a missing one skips with a reason and fails where ``CI=true``."""

from __future__ import annotations

import gc
import math
import os
import shutil
import sys
from collections import Counter, deque
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from dulcimer.cli.scu import waiting
from support.peers.catalogue import require_peer
from support.peers.steady_pynetdicom import make_steady

pytest_plugins = ["support.project_copies"]

# What is imported and collected stays until the end: to look through it again and again took a tenth of the time.
gc.disable()

# pynetdicom installs programs called storescp, echoscu ... beside this interpreter; DCMTK's are meant here.
_beside = str(Path(sys.executable).parent)
os.environ["PATH"] = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if part != _beside)

# A test that is slow once on a busy machine has not failed.
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("unhurried", _UNHURRIED)
# `pytest -m hypothesis --hypothesis-profile=exhaustive` searches for inputs that a few examples seldom draw.
settings.register_profile("exhaustive", _UNHURRIED, max_examples=2000)
settings.load_profile("unhurried")

# Nor does a command say that it waits, only since the machine is busy or a name takes long to look up.
waiting.FIRST = math.inf


def pytest_collection_finish() -> None:
    """Leave what is there now out of every collection of garbage from here on."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Check the peers that the test's ``peer`` markers name."""
    for marker in item.iter_markers("peer"):
        require_peer(*marker.args)
        if "pynetdicom" in marker.args:
            make_steady()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests that are marked `long` first, dealt out to half of the workers: while these wait, the others work.

    None is left alone with one in the end. The others keep their order, for those of a module share its peers. A
    worker of `--dist worksteal` begins with a run of the list, as long as here, and takes over what others have not
    begun.
    """
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    long = deque(item for item in items if item.get_closest_marker("long"))
    others = deque(item for item in items if not item.get_closest_marker("long"))
    takers = math.ceil(workers / 2)
    left = len(items)
    items.clear()
    for number in range(workers):
        share = left // (workers - number)
        left -= share
        own = min(share, math.ceil(len(long) / (takers - number))) if number < takers else 0
        own = max(own, share - len(others))
        items += [long.popleft() for _ in range(own)]
        items += [others.popleft() for _ in range(share - own)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests did not run for want of which peer, and how to get it."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and " is missing (" in report.longrepr[2]
    )
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} tests did not run: {reason}", yellow=True)


@pytest.fixture
def dcmtk() -> None:
    """DCMTK's echoscu, storescu and storescp are on the path."""
    require_peer("DCMTK")


@pytest.fixture
def pynetdicom() -> None:
    """pynetdicom can be imported."""
    require_peer("pynetdicom")
    make_steady()


@pytest.fixture
def tshark() -> Path:
    """The path of tshark."""
    require_peer("tshark")
    return Path(shutil.which("tshark") or "")
