"""`dulcimer diagnose` with a server that answers now, as a user sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from dulcimer import AE
from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.main import app
from dulcimer.sop_class import Verification
from support.command_runs import CommandRunner, invoke, words_of
from support.peers.processes import HOST, free_port

GUIDE = (Path(__file__).parents[3] / "docs" / "guide" / "diagnose.md").read_text(encoding="utf-8")
NARROW = {"COLUMNS": "80"}
CT = str(get_testdata_file("CT_small.dcm"))


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    entity = AE()
    entity.add_supported_context(Verification)
    server = entity.start_server((HOST, 0), block=False)
    assert server is not None
    yield server.server_address
    server.shutdown()


def test_what_works_has_a_tick_each_and_fits_into_80_columns(server: tuple[str, int]) -> None:
    result = invoke("diagnose", server, "echo", env=NARROW)
    assert result.exit_code == 0
    assert "Everything that was tried works." in result.stdout
    assert re.search(r"^(✓|ok) +C-ECHO +ask whether it answers: 0000H Success", result.stdout, re.MULTILINE)
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_the_first_cross_is_explained(server: tuple[str, int]) -> None:
    result = invoke("diagnose", server, "store", CT, env=NARROW)
    assert result.exit_code == ExitStatus.PEER_FAILED
    text = words_of(result.stdout)
    assert "1 The acceptor does not support the SOP class CT Image Storage" in text
    for label in ("how sure certain", "proof", "requestor", "acceptor", "clause PS3.8 9.3.3.2", "next dulcimer"):
        assert label in text
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_json_has_steps_and_causes(server: tuple[str, int]) -> None:
    result = invoke("diagnose", server, "store", CT, "--json")
    found = json.loads(result.stdout)
    assert found["works"] is False
    assert [step["mark"] for step in found["steps"]] == ["ok"] * 4 + ["failed"]
    assert found["causes"][0]["id"] == "sop-class-refused"
    assert found["causes"][0]["question"] == "no-context"


def test_a_server_that_is_not_there_is_not_reached() -> None:
    result = invoke("diagnose", (HOST, free_port()), "--json")
    assert result.exit_code == ExitStatus.UNREACHABLE
    assert json.loads(result.stdout)["causes"][0]["id"] == "connection-refused"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["10.0.0.1"], "10.0.0.1 is not a file"),
        (["10.0.0.1", "dicom"], "'dicom' is not a port"),
        (["10.0.0.1", "104", "sing"], "'sing' is none of associate, echo, store"),
        (["10.0.0.1", "104", "echo", "more"], "echo takes no further words"),
        (["10.0.0.1", "104", "store"], "store needs the files"),
        (["10.0.0.1", "104", "store", "no-such-file.dcm"], "no-such-file.dcm"),
        (["10.0.0.1", "104", "move"], "move needs the destination"),
    ],
)
def test_wrong_words_are_usage_errors(words: list[str], problem: str) -> None:
    result = CommandRunner().invoke(app, ["diagnose", *words], env={"COLUMNS": "200"})
    assert result.exit_code == ExitStatus.USAGE
    assert problem in words_of(result.output)


def test_the_page_names_every_step_and_goal() -> None:
    from dulcimer.diagnosis.live.target import LadderGoal

    for goal in LadderGoal:
        assert goal is LadderGoal.ASSOCIATE or f"`{goal}" in GUIDE
