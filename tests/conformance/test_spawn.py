"""`check --spawn`: the server is started, watched, restarted after a crash, and stopped."""

from __future__ import annotations

import asyncio
import json
import shlex
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from dulcimer.conformance.processes.command import Command
from dulcimer.conformance.processes.server import SpawnError, Supervisor
from dulcimer.conformance.report.html import html
from dulcimer.conformance.report.junit import junit
from support.conformance.checking import FAILED, NEVER_HEALTHY, OK, USAGE, check

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and process groups are those of POSIX")
SERVER = Path(__file__).parents[1] / "support" / "conformance" / "mortal_server.py"
GUILTY = "ul.fsm.acc.sta06.evt13"
QUICK = ("--t-react", "0.5", "--peer-artim", "0.6", "-k", "ul.fsm.acc.sta06.evt1*", "-k", "dimse.echo.*")


def command(how: str, *more: object) -> str:
    return shlex.join([sys.executable, str(SERVER), "{port}", how, *map(str, more)])


def cases(path: Path, *arguments: object) -> dict[str, dict[str, Any]]:
    """The cases of a run whose server is spawned, and where it listened."""
    check(*arguments, *QUICK, "--json", path)
    return {case["id"]: case for case in json.loads(path.read_text())["cases"]}


def listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(
    ("how", "told", "jobs"),
    [
        ("signal", "the server died of SIGABRT", 1),
        ("signal", "the server died of SIGABRT", 6),
        ("status", "the server ended with status 7", 6),
    ],
)
def test_server_that_dies_is_restarted_and_the_guilty_case_is_named(
    how: str, told: str, jobs: int, tmp_path: Path
) -> None:
    path = tmp_path / "report.json"
    found = cases(path, "--spawn", command(how), "--jobs", jobs)
    guilty = {name for name, case in found.items() if case["alternative"] == "stops-serving"}
    assert guilty == {GUILTY}
    assert told in found[GUILTY]["observed"]
    assert (found[GUILTY]["verdict"], found[GUILTY]["severity"]) == ("FAILED", "S0")
    assert {case["verdict"] for name, case in found.items() if name != GUILTY} <= {
        "OK",
        "UNIMPLEMENTED",
        "INFORMATIONAL",
    }
    document = json.loads(path.read_text())
    assert document["run"]["not_run"] == []
    assert not listens(document["peer"]["port"])
    said = "the server wrote: assertion failed: unexpected A-RELEASE-RP"
    assert said in [line["pdu"] for line in found[GUILTY]["trace"]]
    assert all(said in form([document]) for form in (html, junit))


def test_crash_that_does_not_come_again_is_noted_and_blames_nobody(tmp_path: Path) -> None:
    found = cases(tmp_path / "report.json", "--spawn", command("once", tmp_path / "done"))
    assert (tmp_path / "done").exists()
    assert not [name for name, case in found.items() if case["alternative"] == "stops-serving"]
    assert any("the server ended and was restarted" in note for note in found[GUILTY]["notes"])


def test_server_without_fault_is_stopped_at_the_end_with_all_it_has_started(tmp_path: Path) -> None:
    child = f"sleep 1000 & echo $! > {tmp_path / 'child'}; exec {command('never')}"
    path = tmp_path / "report.json"
    result = check("--spawn", shlex.join(["sh", "-c", child]), "--case", "dimse.echo.success", "--json", path)
    assert result.exit_code == OK, result.output
    assert not listens(json.loads(path.read_text())["peer"]["port"])
    assert not Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/exe").exists()


def test_command_that_runs_a_case_again_starts_the_server_again(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    check("--spawn", command("never"), "--case", "dimse.echo.success", "--json", path)
    again = shlex.split(json.loads(path.read_text())["run"]["again"])
    assert again[:4] == ["dulcimer", "check", "--spawn", command("never")]


def test_server_that_does_not_start_is_reported_with_its_output() -> None:
    result = check("--spawn", command("at-start"), "--case", "dimse.echo.success")
    assert result.exit_code == NEVER_HEALTHY
    told = " ".join(result.output.split())
    assert "ended with status 9" in told and "no configuration" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--spawn", "no-such-command {port}"), "there is no command"),
        (("--spawn", sys.executable), "not contain {port}"),
        (("--spawn", "'"), "No closing quotation"),
        (("--spawn", command("never"), "--embedded"), "--embedded starts its own server"),
        (("--spawn", command("never"), "--listen", "0"), "--spawn starts a server"),
    ],
)
def test_misuse_is_a_usage_error(arguments: tuple[str, ...], told: str) -> None:
    result = check(*arguments)
    assert result.exit_code == USAGE
    assert told in " ".join(result.output.replace("│", " ").split())


def test_failure_of_the_server_is_that_of_the_run() -> None:
    assert check("--spawn", command("status"), *QUICK, "--case", GUILTY).exit_code == FAILED


def test_supervisor_knows_when_the_server_died_and_when_it_was_back() -> None:
    async def run() -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        script = (
            "import socket,sys\ns=socket.create_server(('127.0.0.1',int(sys.argv[1])))\nwhile 1:\n c,_=s.accept()\n"
        )
        script += " if c.recv(9)==b'die':\n  print('bye',flush=True)\n  sys.exit(3)\n"
        loop = asyncio.get_running_loop()
        async with Supervisor(Command((sys.executable, "-c", script, "{port}")), "127.0.0.1", port) as supervisor:
            began = loop.time()
            assert await supervisor.death_since(began, patient=False) is None
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"die")
            death = None
            while death is None:
                death = await supervisor.death_since(began, patient=True)
            assert death.how == "ended with status 3"
            assert await supervisor.ready()
            writer.close()
            ((start, end),) = supervisor.absences()
            assert began <= start == death.at < end <= loop.time()
            assert [text for _, text in supervisor.output_between(began, loop.time())] == ["bye"]
            assert supervisor.absences() == []
        assert not listens(port)

    asyncio.run(run())


def test_program_that_is_none_does_not_start() -> None:
    async def run() -> None:
        async with Supervisor(Command(("/dev/null",)), "127.0.0.1", 1):
            raise AssertionError

    with pytest.raises(SpawnError, match="/dev/null"):
        asyncio.run(run())
