"""`dulcimer check --requestor` and `--upper-tester` from outside."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from support.conformance.checking import ADAPTER, DIED, FAILED, NEVER_HEALTHY, OK, USAGE, check, scripted
from support.conformance.checking import QUICK_REQUESTOR as QUICK


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
        (("--requestor", "--", "echoscu", "{host}"), "not contain {port}"),
        (("--requestor", "--", "no-such-command", "{host}", "{port}"), "there is no command"),
        (("--requestor", "--embedded", "--", "x", "{host}", "{port}"), "--embedded is a server"),
        (("--listen", "70000"), "is neither a port"),
        (("--listen", "11112", "localhost"), "starts no command"),
        (("--upper-tester", "no-such-command"), "there is no command"),
        (("--upper-tester", ADAPTER, "localhost", "104"), "names the peer"),
        (("-k", "no.such.case", *scripted()), "no case matches"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_usage_errors_of_a_requestor_have_their_exit_status(arguments: tuple[str, ...], told: str) -> None:
    result = check(*arguments)
    assert result.exit_code == USAGE
    assert told in result.output


def test_command_that_never_works_tests_nothing() -> None:
    result = check("--case", "enc.req.echo", *QUICK, *scripted("never-calls"))
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


@pytest.mark.long
def test_upper_tester_holds_the_states_of_dulcimer() -> None:
    result = check("-k", "*evt0*.held", "-k", "*evt1[1245].held", "--upper-tester", ADAPTER)
    assert result.exit_code == OK, result.output
    assert "Nothing fails the run" in result.output


def test_adapter_that_is_none_tests_nothing() -> None:
    result = check("-k", "*evt15.held", "--upper-tester", f"{sys.executable} -c pass")
    assert result.exit_code == NEVER_HEALTHY
    assert "nothing was tested" in result.output
