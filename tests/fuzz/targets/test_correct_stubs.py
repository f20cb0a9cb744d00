"""The correct stubs pass the conformance check."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support.conformance.checking import OK, QUICK, QUICK_REQUESTOR, check
from support.fuzz.targets.running import HOST, TESTS, running

ARTIM = ("--artim", "0.5")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where targets in C are built, once for the tests of a process."""
    return tmp_path_factory.getbasetemp() / "targets"


@pytest.mark.long
@pytest.mark.parametrize(("name", "cases"), [("stub-server", "*"), ("c-stub-server", "*sta0[26]*")])
def test_nothing_fails_with_a_correct_server(name: str, cases: str, cache: Path) -> None:
    with running(name, *ARTIM, cache=cache) as server:
        result = check(HOST, server.port, *QUICK, "--jobs", "16", "-k", cases)  # nearly all the time is waiting
    assert result.exit_code == OK, result.output
    assert "Nothing fails the run" in result.output


def test_nothing_fails_with_a_correct_server_that_releases() -> None:
    with running("stub-server", *ARTIM, "--releases", "0.3") as server:
        result = check(HOST, server.port, *QUICK, "--peer-releases", "0.3", "-k", "*.idle*")
    assert result.exit_code == OK, result.output


@pytest.mark.long
def test_nothing_fails_with_a_correct_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    words = (sys.executable, "-m", "support.fuzz.targets", "stub-client", "{host}", "{port}", "--title", "{aet}")
    result = check("--requestor", *QUICK_REQUESTOR, "-k", "ul.*", "-k", "*.echo", "--", *words, "--artim", "0.6")
    assert result.exit_code == OK, result.output
    assert "Nothing fails the run" in result.output
