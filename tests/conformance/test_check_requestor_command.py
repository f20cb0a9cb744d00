"""`dulcimer check --requestor` and `--upper-tester` from outside: exit statuses, baselines, real peers."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from peer_processes import DULCIMER
from typer.testing import CliRunner, Result

from dulcimer.cli.main import app

HERE = Path(__file__).parent
BASELINES = HERE / "baselines"
REQUESTOR = HERE / "scripted_requestor.py"
ADAPTER = f"{sys.executable} -m dulcimer.conformance.upper_tester.dulcimer_adapter"
OK, FAILED, USAGE, NEVER_HEALTHY, DIED = 0, 1, 2, 3, 4
QUICK = ("--t-react", "0.5", "--peer-artim", "0.6", "--hang-limit", "3")


def check(*arguments: object) -> Result:
    words = ["check", *map(str, arguments)]
    result = CliRunner().invoke(app, words, env={"NO_COLOR": "1", "COLUMNS": "120"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def scripted(fault: str = "none") -> list[str]:
    return ["--requestor", "--", sys.executable, str(REQUESTOR), fault, "{host}", "{port}", "{aet}"]


def test_faultless_command_passes_and_its_report_keeps_the_contract(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    result = check("-k", "*req.sta07.evt1[23]", "-k", "enc.req.echo", "--json", report, *QUICK, *scripted())
    assert result.exit_code == OK, result.output
    document = json.loads(report.read_text())
    assert document["schema"] == 1
    assert document["peer"]["implementation_version_name"] == "SCRIPTED"
    assert {case["id"]: case["verdict"] for case in document["cases"]} == {
        "ul.fsm.req.sta07.evt12": "OK",
        "ul.fsm.req.sta07.evt13": "OK",
        "enc.req.echo": "OK",
    }
    assert ["Sta7", "Evt12"] in document["cells"]["driven"]


def test_fault_of_a_command_fails_the_run() -> None:
    result = check("--case", "ul.fsm.req.sta07.evt12", *QUICK, *scripted("closes-on-collision"))
    assert result.exit_code == FAILED, result.output
    assert "the connection was closed without an A-RELEASE-RP" in result.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--requestor",), "give the command after --"),
        (("--requestor", "--", "echoscu", "{host}"), "no {port}"),
        (("--requestor", "--", "no-such-command", "{host}", "{port}"), "there is no command"),
        (("--requestor", "--embedded", "--", "x", "{host}", "{port}"), "--embedded is a server"),
        (("--listen", "70000"), "is no port"),
        (("--listen", "11112", "localhost"), "starts nothing"),
        (("--upper-tester", "no-such-command"), "there is no command"),
        (("--upper-tester", ADAPTER, "localhost", "104"), "names the peer"),
        (("-k", "no.such.case", *scripted()), "no case fits"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_usage_errors_of_a_requestor_have_their_exit_status(arguments: tuple[str, ...], told: str) -> None:
    result = check(*arguments)
    assert result.exit_code == USAGE
    assert told in result.output


def test_command_that_never_works_tests_nothing() -> None:
    result = check("--case", "enc.req.echo", *QUICK, *scripted("always-fails"))
    assert result.exit_code == NEVER_HEALTHY
    assert "nothing was tested" in result.output


def test_command_that_a_signal_ends_stops_the_run() -> None:
    case = "ul.fsm.req.sta06.evt19.type-ff"
    result = check("--case", case, *QUICK, *scripted("dies-on-invalid"))
    assert result.exit_code == DIED, result.output
    assert "SIGSEGV" in result.output
    assert case in result.output


def test_list_of_a_listening_check_shows_the_aliases() -> None:
    result = check("--listen", "11112", "--list", "--case", "enc.req.echo")
    assert result.exit_code == OK
    assert any(line.startswith("DT") and line.endswith("enc.req.echo") for line in result.output.splitlines())


PEERS = {
    "dcmtk_echoscu": ("echoscu", "-aec", "{aet}", "{host}", "{port}"),
    "pynetdicom_echoscu": (
        *(sys.executable, "-m", "pynetdicom", "echoscu"),
        *("-ta", "3", "-td", "3", "-aec", "{aet}", "{host}", "{port}"),
    ),
    "dulcimer_echo": (str(DULCIMER), "echo", "-aec", "{aet}", "{host}", "{port}"),
}
QUICK_CASES = {"dcmtk_echoscu": "*", "pynetdicom_echoscu": "enc.req.item.*", "dulcimer_echo": "*sta0[57].evt*"}
"""All cases where a command starts at once; for the others those that fail, or a part."""


@pytest.mark.peer("DCMTK")
@pytest.mark.parametrize("name", sorted(PEERS))
def test_real_commands_fail_where_their_baselines_say(name: str) -> None:
    path = BASELINES / f"{name}.toml"
    result = check("--requestor", "-k", QUICK_CASES[name], "--expect", path, "--fail-on", "S4", "--", *PEERS[name])
    assert result.exit_code == OK, result.output
    assert "baseline:" not in result.output


@pytest.mark.parametrize("name", sorted(PEERS))
def test_every_expected_failure_of_a_command_has_a_reason_and_its_clause(name: str) -> None:
    from dulcimer.conformance import baseline

    for entry in baseline.load(BASELINES / f"{name}.toml"):
        assert "not explained" not in entry.reason
        assert "PS3." in entry.reason or "Table" in entry.reason


def test_upper_tester_holds_the_states_of_dulcimer() -> None:
    result = check("-k", "*evt0*.held", "-k", "*evt1[1245].held", "--upper-tester", ADAPTER)
    assert result.exit_code == OK, result.output
    assert "Nothing fails the run" in result.output


def test_adapter_that_is_none_tests_nothing() -> None:
    result = check("-k", "*evt15.held", "--upper-tester", f"{sys.executable} -c pass")
    assert result.exit_code == NEVER_HEALTHY
    assert "nothing was tested" in result.output
