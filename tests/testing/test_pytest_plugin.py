"""The fixtures start servers, check servers and clients, and say what deviates; loading them costs nearly nothing."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dulcimer import AE
from dulcimer.fuzz.targets.process import TargetStartError
from dulcimer.sop_class import Verification
from dulcimer.testing.checking import ConformanceCheck, ConformanceDeviation
from dulcimer.testing.targets import ServerStarter, TargetCommandError
from support.conformance.checking import REQUESTOR
from support.fuzz.targets.running import TESTS

PYTHON = sys.executable
CHECK = ConformanceCheck()


def broken(name: str) -> list[str]:
    """The command that starts a target of the fuzzer."""
    return ["env", f"PYTHONPATH={TESTS}", PYTHON, "-m", "support.fuzz.targets", name, "--port", "{port}"]


@pytest.fixture
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerStarter]:
    starter = ServerStarter(lambda: tmp_path_factory.mktemp("target"))
    yield starter
    starter.stop()


# ---------------------------------------------------------------------- targets


def test_same_command_gives_the_same_server_and_another_one_if_it_has_ended(start: ServerStarter) -> None:
    server = start(broken("stub-server"))
    assert start(broken("stub-server")) is server
    assert server.death is None
    (process,) = (one for one in psutil.Process().children() if str(server.port) in one.cmdline())
    process.kill()
    death = server.process.death(1.0)
    assert death is not None
    assert death.how == "died of SIGKILL"
    assert start(broken("stub-server")) is server
    assert server.death is None
    start.stop()
    assert f"listening on {server.port}" in server.output
    assert not any(str(server.port) in one.cmdline() for one in psutil.Process().children())


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("echo hello", r"the command has no \{port\}, so it cannot be told where to listen: echo hello"),
        ("no-such-program {port}", "there is no command 'no-such-program': no-such-program"),
        ("echo '{port}", "No closing quotation"),
    ],
)
def test_command_that_cannot_be_a_server_is_refused(start: ServerStarter, command: str, message: str) -> None:
    with pytest.raises(TargetCommandError, match=message):
        start(command)


def test_server_that_ends_at_once_is_told_with_what_it_wrote(start: ServerStarter) -> None:
    with pytest.raises(TargetStartError, match=r"ended with status 3, and nothing listens at .*; it wrote: no licence"):
        start([PYTHON, "-c", "print('no licence'); exit(3)", "{port}"])


# ---------------------------------------------------------------------- checks


def test_correct_server_passes_and_the_report_is_returned(start: ServerStarter) -> None:
    report = CHECK(start(broken("stub-server")), "ul.fsm.acc.sta06.evt1*")
    assert {case.verdict.value for case in report.cases} <= {"OK", "INFORMATIONAL"}
    assert len(report.cases) > 4


def test_deviation_is_told_with_clause_and_advice(start: ServerStarter) -> None:
    server = start(broken("ignores-release-rp"))
    with pytest.raises(ConformanceDeviation) as caught:
        CHECK(server, "ul.fsm.acc.sta06.evt13", "ul.fsm.acc.sta06.evt12")
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{server} deviates from the standard: 1 case of 2"
    assert lines[2] == "1. ul.fsm.acc.sta06.evt13 (S2) failed"
    rows = dict(line.strip().split(maxsplit=1) for line in lines[3:])
    assert rows["clause"] == "PS3.8 Table 9-10 Evt13/Sta6 AA-8"
    assert rows["expected"] == "A-ABORT(2,r)"
    assert rows["observed"] == "silence"
    assert "dulcimer explain Sta6 Evt13" in rows["advice"]
    assert rows["again"].startswith("dulcimer check --spawn 'env PYTHONPATH=")
    assert rows["again"].endswith("{port}' -aec ANY-SCP -aet DULCIMER --case ul.fsm.acc.sta06.evt13")
    assert caught.value.report is not None


def test_server_that_dies_is_told_and_lives_again_for_the_next_test(start: ServerStarter) -> None:
    dying = "import socket, sys\nwith socket.create_server(('127.0.0.1', int(sys.argv[1]))) as listener:\n"
    dying += " while True:\n  one, _ = listener.accept()\n  if one.recv(1): sys.exit(7)\n"
    server = start([PYTHON, "-c", dying, "{port}"])
    with pytest.raises(ConformanceDeviation, match="is not healthy, so nothing was tested\n  expected  an association"):
        CHECK(server, "ul.fsm.acc.sta06.evt13")
    assert start([PYTHON, "-c", dying, "{port}"]).death is None


def test_server_in_a_thread_of_the_test_is_checked_by_its_address() -> None:
    entity = AE("ARCHIVE")
    entity.add_supported_context(Verification)
    server = entity.start_server(("127.0.0.1", 0), block=False)
    try:
        report = CHECK(server.server_address, "ul.fsm.acc.sta06.evt13", called="ARCHIVE")
    finally:
        server.shutdown()
    assert [case.verdict.value for case in report.cases] == ["OK"]


@pytest.mark.parametrize("host", ["192.0.2.1", "archive.example"])
def test_another_machine_is_not_tested(host: str) -> None:
    with pytest.raises(ValueError, match=f"{host} is not this machine: use `dulcimer check {host} 104 --i-may-test"):
        CHECK((host, 104))


def test_selection_without_a_case_is_refused(start: ServerStarter) -> None:
    with pytest.raises(ValueError, match="no case is selected by CaseFilter"):
        CHECK(start(broken("stub-server")), "no-such-case")


def test_client_is_checked() -> None:
    command = [PYTHON, str(REQUESTOR), "none", "{host}", "{port}", "{aet}"]
    report = CHECK.requestor(command, "ul.fsm.req.sta05.evt04")
    assert {case.verdict.value for case in report.cases} == {"OK"}


def test_client_that_is_not_told_where_the_tester_is_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the command has no \{host\}, so the client cannot reach the tester"):
        CHECK.requestor([PYTHON, "{port}"])


# ---------------------------------------------------------------------- the plugin

MODULE = """
def test_release(dulcimer_target, dulcimer_check):
    server = dulcimer_target({command!r})
    dulcimer_check(server, "ul.fsm.acc.sta06.evt12")

def test_all_of_sta06(dulcimer_target, dulcimer_check):
    dulcimer_check(dulcimer_target({command!r}), "ul.fsm.acc.sta06.evt13")
"""


def test_fixtures_work_in_a_test_suite(tmp_path: Path) -> None:
    command = broken("ignores-release-rp")
    (tmp_path / "test_server.py").write_text(MODULE.format(command=command), encoding="utf-8")
    # Loaded by name, so that it does not matter whether this installation has the entry point already.
    words = ["-m", "pytest", "-p", "no:dulcimer", "-p", "dulcimer.testing.plugin", "-p", "no:cacheprovider", "-rf"]
    done = subprocess.run([PYTHON, *words], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "E          clause    PS3.8 Table 9-10 Evt13/Sta6 AA-8" in done.stdout
    assert "checking.py" not in done.stdout.replace("checking.ConformanceDeviation", "")


def test_entry_point_is_the_plugin(root_of_project: Path) -> None:
    project = tomllib.loads((root_of_project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"dulcimer": "dulcimer.testing.plugin"}
    assert any(row.startswith("hypothesis") for row in project["optional-dependencies"]["fuzz"])


def test_plugin_imports_nothing_of_dulcimer_before_a_fixture_is_used() -> None:
    program = "import pytest, sys; before = set(sys.modules); import dulcimer.testing.plugin\n"
    program += "print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([PYTHON, "-c", program], capture_output=True, text=True, check=True)
    imported = [name for name in done.stdout.split() if name not in sys.stdlib_module_names]
    assert imported == ["dulcimer", "dulcimer.testing", "dulcimer.testing.plugin"]
