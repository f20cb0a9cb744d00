"""The examples of the guide to the test kit pass, and fail where the page says so, with what it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dulcimer._generated.fsm import Events, States
from dulcimer.fuzz.engine.conversation import EndKind
from dulcimer.fuzz.findings.finding import FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.found import FoundOnce
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.findings.seen import SeenConversation, SeenKind, SeenLine
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, SendBytes
from dulcimer.testing import fuzzing, strategies
from dulcimer.testing.checking import ConformanceCheck, ConformanceDeviation
from dulcimer.testing.fuzzing import FuzzCheck, FuzzFailure
from dulcimer.testing.targets import ServerStarter
from support.fuzz.targets.running import TESTS
from support.fuzz_campaigns import campaign

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "testing.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = [text for kind, text in BLOCK.findall(TEXT) if kind == "python"]
SHOWN = [text.splitlines() for kind, text in BLOCK.findall(TEXT) if kind == "text"]
CHANGED = re.compile(r"changed=ChangedBytes\(data=b'.{9,120}', changes=\('[A-Z].*: .*',\)\)")
"""One change: which one is the least depends on the version of Hypothesis."""
PROFILE = """
from hypothesis import settings
settings.register_profile("same", derandomize=True, database=None)
settings.load_profile("same")
"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What pytest prints when the page is a test module; the machine that fails is given to it as the others are."""
    folder = tmp_path_factory.mktemp("guide")
    (folder / "conftest.py").write_text(PROFILE, encoding="utf-8")
    module = "\n\n".join((*PYTHON, "TestLossy = LossyMachine.TestCase\n"))
    (folder / "test_page.py").write_text(module, encoding="utf-8")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    words = ["-p", "no:dulcimer", "-p", "dulcimer.testing.plugin", "-p", "no:cacheprovider", "-rA", "--tb=short"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.mark.long
def test_examples_pass_and_two_fail_on_purpose_as_the_page_shows(printed: list[str]) -> None:
    ends = dict(line.split()[1::-1] for line in printed if re.match(r"(PASSED|FAILED) ", line))
    failed = {"test_page.py::test_length_is_checked", "test_page.py::TestLossy::runTest"}
    assert {name for name, end in ends.items() if end == "FAILED"} == failed
    assert len(ends) - len(failed) == 6
    output = [line.removeprefix("E").strip() for line in printed]
    (least,), story, *_ = SHOWN
    assert CHANGED.fullmatch(least)
    assert any(CHANGED.fullmatch(line.removesuffix(",")) for line in output), "\n".join(output)
    for line in story:
        assert any(one.endswith(line.strip()) for one in output), "\n".join(output)


def test_shown_deviations_are_those_of_a_server_with_this_fault(tmp_path: Path) -> None:
    command = ["env", f"PYTHONPATH={TESTS}", sys.executable, "-m", "support.fuzz.targets", "ignores-release-rp"]
    starter = ServerStarter(lambda: tmp_path)
    try:
        server = starter([*command, "--port", "{port}"])
        with pytest.raises(ConformanceDeviation) as caught:
            ConformanceCheck()(server, "ul.fsm.acc.sta06.*")
    finally:
        starter.stop()
    assert str(caught.value).replace(str(server), "./server {port}").splitlines() == SHOWN[2]


def test_shown_finding_is_told_in_these_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = "A-ASSOCIATE-RQ/user_information[0]/maximum_length[0]/item_length: 4 -> 65535"
    cell = (Events.EVT_6, States.STA_2)
    reproducer = Reproducer(
        FuzzFinding(
            FindingOracle.EXIT, "The target died of SIGSEGV", cell=cell, operators=(operator,), times=10, tries=10
        ),
        FuzzSequence("acceptor", (SendBytes(bytes(205), "A-ASSOCIATE-RQ", (operator,)), AwaitReply()), cell),
        SeenConversation((SeenLine(0.1, SeenKind.END, end=EndKind.RST),), serves=False),
        target=FuzzTarget("./server {port}"),
    )
    result = replace(campaign((FoundOnce.of(reproducer),)), cases=50, seed=1)
    monkeypatch.setattr(fuzzing, "_played", lambda *_: result)
    with pytest.raises(FuzzFailure) as caught:
        FuzzCheck(lambda: tmp_path)(("127.0.0.1", 11112))
    text = str(caught.value).replace("127.0.0.1:11112", "./server {port}").replace(str(tmp_path), "findings")
    assert text.splitlines() == SHOWN[3]


def test_table_names_strategies_that_are_there() -> None:
    rows = re.findall(r"^\| (`.*?) \|", TEXT.partition("## Strategies")[2].partition("## An upper")[0], re.MULTILINE)
    names = {name for row in rows for name in re.findall(r"`(\w+)\(", row)}
    assert len(names) > 15
    assert names <= set(strategies.__all__)
    assert all(callable(getattr(strategies, name)) for name in names)
