"""The fixtures of pytest, which imports this module in every run: nothing else is imported before one is used.

- `dulcimer_target`: starts a server by a command line.
- `dulcimer_check`: runs conformance cases against it, or against a client.
- `dulcimer_fuzz`: fuzzes it, or a client, for a bounded time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dulcimer.testing.checking import ConformanceCheck
    from dulcimer.testing.fuzzing import FuzzCheck
    from dulcimer.testing.targets import ServerStarter


@pytest.fixture(scope="session")
def dulcimer_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerStarter]:
    """Start a server: `dulcimer_target("storescp -aet ANY-SCP {port}")`. It is stopped at the end of the tests."""
    from dulcimer.testing.targets import ServerStarter

    starter = ServerStarter(lambda: tmp_path_factory.mktemp("dulcimer_target"))
    yield starter
    starter.stop()


@pytest.fixture(scope="session")
def dulcimer_check() -> ConformanceCheck:
    """Run conformance cases: `dulcimer_check(server, "ul.fsm.acc.sta06.*")`; deviations fail the test."""
    from dulcimer.testing.checking import ConformanceCheck

    return ConformanceCheck()


@pytest.fixture(scope="session")
def dulcimer_fuzz(tmp_path_factory: pytest.TempPathFactory) -> FuzzCheck:
    """Fuzz a server or a client: `dulcimer_fuzz(server, cases=2000)`; findings fail the test."""
    from dulcimer.testing.fuzzing import FuzzCheck

    return FuzzCheck(lambda: tmp_path_factory.mktemp("dulcimer_fuzz"))
