"""Each broken server shows its fault after the least that triggers it, not before; the correct ones never do."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.fuzz.targets.catalogue import ALL, SERVER, TARGETS
from support.fuzz.targets.octets import abort
from support.fuzz.targets.running import comes_about, running, valid_row
from support.fuzz.targets.triggers import OPTIONS, TRIGGERS

BROKEN = [target.name for target in ALL if target.role == SERVER and not target.is_correct]
ROWS = 3
"""Valid rows that must leave no trace."""


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where targets in C are built, once for the tests of a process."""
    return tmp_path_factory.getbasetemp() / "targets"


@pytest.mark.parametrize("name", BROKEN)
def test_fault_shows_after_its_trigger(name: str, cache: Path) -> None:
    with running(name, *OPTIONS.get(name, ()), cache=cache) as server:
        assert TRIGGERS[name](server)


@pytest.mark.parametrize("name", BROKEN)
def test_trigger_shows_nothing_of_a_correct_server(name: str, cache: Path) -> None:
    stub = "c-stub-server" if TARGETS[name].is_compiled else "stub-server"
    with running(stub, *OPTIONS.get(name, ()), cache=cache) as server:
        assert not TRIGGERS[name](server)
        assert server.echoes()


@pytest.mark.parametrize("name", [target.name for target in ALL if target.role == SERVER])
def test_valid_sequences_show_nothing(name: str, cache: Path) -> None:
    with running(name, cache=cache) as server:
        valid_row(server)
        memory, threads, descriptors = server.in_status("VmRSS"), server.in_status("Threads"), server.descriptors()
        for _ in range(ROWS):
            valid_row(server)
        assert server.echoes()
        assert server.end_status() is None
        assert not server.log()
        assert server.in_status("VmRSS") - memory < 1024
        # Those of connections that are over take a moment to end.
        assert comes_about(lambda: server.descriptors() <= descriptors + 2)
        assert comes_about(lambda: server.in_status("Threads") <= threads + 2)
        assert {path.name for path in server.directory.iterdir()} <= {"incoming"}


@pytest.mark.parametrize("name", ["stub-server", "c-stub-server"])
def test_correct_server_outlives_many_invalid_pdus_in_a_row(name: str, cache: Path) -> None:
    many = 3000
    with running(name, cache=cache) as server:
        with server.associate() as connection:
            connection.send(b"\xff\0\0\0\0\0" * many)
            assert connection.rest() == abort(2, 1) * many
        assert server.echoes()
        assert not server.log()
