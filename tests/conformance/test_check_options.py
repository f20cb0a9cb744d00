"""Options of `dulcimer check` that choose, order and grade cases, and the health command."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.judge.policy import PolicyError, VerdictPolicy, load, names
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report.contents import SEVERITIES
from dulcimer.conformance.stimuli.messages import Titles
from support.conformance.checking import (
    ADAPTER,
    DIED,
    FAILED,
    NEVER_HEALTHY,
    OK,
    QUICK,
    USAGE,
    check,
    report_of,
    scripted,
    serving,
)
from support.conformance.scripted_peer import ScriptedPeer

CASES = acceptor_cases(Titles())
NON_STRICT = "dimse.command.no-group-length"
"""A case in which the scripted peer does what is NON-STRICT."""


def policy(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


# ---------------------------------------------------------------------- --policy


def name_of_reaction(tmp_path: Path, case: str) -> str:
    with serving(ScriptedPeer()) as port:
        (row,) = report_of(tmp_path / "before.json", "127.0.0.1", port, *QUICK, "--case", case)["cases"]
    assert row["verdict"] == "NON-STRICT"
    return str(row["alternative"])


def test_policy_fails_a_reaction_that_is_harmless_otherwise(tmp_path: Path) -> None:
    name = name_of_reaction(tmp_path, NON_STRICT)
    path = policy(tmp_path / "policy.toml", f'{name} = "failed"\n')
    with serving(ScriptedPeer()) as port:
        result = check("127.0.0.1", port, *QUICK, "--case", NON_STRICT, "--policy", path, "--fail-on", "S4")
        report = report_of(tmp_path / "after.json", "127.0.0.1", port, *QUICK, "--case", NON_STRICT, "--policy", path)
    assert result.exit_code == FAILED, result.output
    assert f"The policy counts {name} as FAILED" in result.output
    assert "NON-STRICT without the policy" in result.output
    assert report["run"]["policy"] == {name: "FAILED"}
    assert [row["verdict"] for row in report["cases"]] == ["FAILED"]


def test_policy_forgives_a_failure(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.id == "enc.version.0003")
    name = next(row.name for row in case.expectation.alternatives if row.verdict == "FAILED" or "@rj" in row.on)
    path = policy(tmp_path / "policy.toml", f'{name} = "Informational"\n')
    with serving(ScriptedPeer("rejects-version-3")) as port:
        common = ("127.0.0.1", port, *QUICK, "--case", case.id)
        assert check(*common).exit_code == FAILED
        assert check(*common, "--policy", path).exit_code == OK


def test_name_that_no_case_has_is_a_usage_error_that_lists_the_nearest(tmp_path: Path) -> None:
    path = policy(tmp_path / "policy.toml", 'bare-clos = "failed"\n')
    result = check("127.0.0.1", "104", "--policy", path)
    assert result.exit_code == USAGE
    assert "bare-close" in result.output.replace("\n", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('bare-close = "wrong"', "one of ok, non-strict, informational, failed"),
        ("bare-close = 1", "one of ok"),
        ('bare-close = "ERROR"', "one of ok"),
        ("bare-close =", "policy.toml"),
    ],
)
def test_policy_that_cannot_be_read_says_why(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(PolicyError, match=told):
        load(policy(tmp_path / "policy.toml", text), CASES)


def test_policy_changes_verdicts_and_no_revision() -> None:
    cases = (*CASES, *requestor_cases())
    for name in sorted(names(cases)):
        regraded = [VerdictPolicy({name: Verdict.FAILED}).regraded(case) for case in cases]
        changed = [new for new, old in zip(regraded, cases, strict=True) if new != old]
        rows = [
            row
            for case in changed
            for row in (*case.expectation.alternatives, *case.expectation.if_overtaken, *getattr(case, "endings", ()))
            if row.name == name
        ]
        assert all(row.verdict == "FAILED" for row in rows)
        assert [case.rev for case in regraded] == [case.rev for case in cases]


def test_dry_run_shows_the_names_that_a_policy_uses() -> None:
    assert "(bare-close)" in check("--dry-run", "--case", "ul.fsm.acc.sta06.evt13").output


# ---------------------------------------------------------------------- --severity, --seed, --role


@pytest.mark.parametrize("severity", SEVERITIES)
def test_severity_chooses_the_cases_that_have_it(severity: str) -> None:
    wanted = {case.id for case in CASES if case.severity == severity}
    result = check("--list", "--severity", severity)
    listed = {line.split()[1] for line in result.output.splitlines() if line.startswith("S")}
    assert wanted <= listed
    assert not listed & {case.id for case in CASES if case.severity != severity}


def test_severities_add_up_and_two_dots_join_those_between() -> None:
    both = check("--list", "--severity", "S3", "--severity", "S4").output.splitlines()
    assert {line[:2] for line in both if line.startswith("S")} == {"S3", "S4"}
    assert check("--list", "--severity", "S3..S4").output.splitlines() == both


@pytest.mark.parametrize("text", ["S5", "", "S0..", "S0..S9", "S4..S0", "S0-S2"])
def test_severity_that_is_none_is_a_usage_error(text: str) -> None:
    assert check("--list", "--severity", text).exit_code == USAGE


def order_of(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> list[str]:
    """The order in which the cases begin, one at a time."""
    from dulcimer.conformance.play.acceptor import Play

    begun: list[str] = []
    play = Play.run

    async def noted(self: Play) -> object:
        begun.append(self.case.id)
        return await play(self)

    with monkeypatch.context() as patch, serving(ScriptedPeer()) as port:
        patch.setattr(Play, "run", noted)
        check("127.0.0.1", port, *QUICK, "-k", "enc.pc.", "--exclude", "*segment*", "--jobs", "1", *arguments)
    return list(dict.fromkeys(name for name in begun if name != "sanity"))


def test_seed_shuffles_the_order_the_same_way_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = order_of(monkeypatch)
    one, again, other = (order_of(monkeypatch, "--seed", seed) for seed in (7, 7, 8))
    assert usual == [case.id for case in CASES if case.id in usual]
    assert one == again
    assert len({tuple(order) for order in (usual, one, other)}) == 3
    assert set(usual) == set(one) == set(other)


def test_report_holds_the_seed_and_the_order_of_the_catalogue(tmp_path: Path) -> None:
    with serving(ScriptedPeer()) as port:
        common = ("127.0.0.1", port, *QUICK, "-k", "enc.version")
        plain, shuffled = (report_of(tmp_path / "r.json", *common, *more) for more in ((), ("--seed", "3")))
    assert plain["run"]["seed"] is None
    assert shuffled["run"]["seed"] == 3
    assert [case["id"] for case in plain["cases"]] == [case["id"] for case in shuffled["cases"]]


def test_role_requestor_is_another_way_to_say_requestor() -> None:
    words = scripted()[1:]
    assert check("--role", "requestor", "--list", "--case", "enc.req.echo").exit_code == OK
    assert check("--role", "acceptor", "--list", "--case", "enc.req.echo").exit_code == USAGE
    assert check("--role", "acceptor", "--requestor", *words).exit_code == USAGE
    assert check("--role", "listener").exit_code == USAGE


# ---------------------------------------------------------------------- --health-cmd


def test_health_command_that_fails_at_once_tests_nothing() -> None:
    with serving(ScriptedPeer()) as port:
        result = check("127.0.0.1", port, *QUICK, "--case", "enc.version.0003", "--health-cmd", "false")
    assert result.exit_code == NEVER_HEALTHY
    assert "the health command ended with status 1" in result.output


def test_health_command_that_is_content_changes_nothing() -> None:
    with serving(ScriptedPeer()) as port:
        result = check("127.0.0.1", port, *QUICK, "--case", "enc.version.0003", "--health-cmd", "true")
    assert result.exit_code == OK, result.output


def test_health_command_finds_what_an_association_does_not_show(tmp_path: Path) -> None:
    """The peer serves on, but it has left something behind that only the user's command sees."""
    leak = tmp_path / "leak"

    class Leaking(ScriptedPeer):
        @property
        def leaks(self) -> bool:
            return self.associations > 9

        async def _serve(self, *streams: object) -> None:
            if self.leaks:
                leak.touch()
            await super()._serve(*streams)  # type: ignore[arg-type]  # the streams as they came

    script = f"import os, sys; print('a file is left'); sys.exit(os.path.exists({str(leak)!r}))"
    command = f'{sys.executable} -c "{script}"'
    with serving(Leaking()) as port:
        common = ("127.0.0.1", port, *QUICK, "-k", "enc.pc.", "--exclude", "*segment*")
        assert check(*common).exit_code == OK
    leak.unlink()
    with serving(Leaking()) as port:
        common = ("127.0.0.1", port, *QUICK, "-k", "enc.pc.", "--exclude", "*segment*")
        result = check(*common, "--health-cmd", command)
    assert result.exit_code == DIED, result.output
    assert "a file is left" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("127.0.0.1", "104", "--health-cmd", "no-such-command"),
        ("127.0.0.1", "104", "--health-cmd", "'"),
        ("--health-cmd", "true", *scripted()),
        ("--health-cmd", "true", "--upper-tester", ADAPTER),
        ("--tls", "--embedded"),
        ("--tls", "--upper-tester", ADAPTER),
        ("--tls", *scripted()),
    ],
)
def test_options_that_do_not_fit_together_are_usage_errors(arguments: tuple[str, ...]) -> None:
    assert check(*arguments).exit_code == USAGE


# ---------------------------------------------------------------------- rules that always watch


def test_rule_that_is_broken_fails_the_run_whatever_was_chosen(tmp_path: Path) -> None:
    with serving(ScriptedPeer("answers-another-message")) as port:
        common = ("127.0.0.1", port, *QUICK, "-k", "enc.version.0003", "--exclude", "enc.segment.*")
        result = check(*common)
        found = report_of(tmp_path / "r.json", *common)
        without = check(*common, "--exclude", "dimse.sender.*")
    assert result.exit_code == FAILED, result.output
    assert {case["id"]: case["verdict"] for case in found["cases"]} == {
        "enc.version.0003": "OK",
        "dimse.sender.response": "FAILED",
    }
    assert without.exit_code == OK, without.output


def test_rules_that_hold_are_listed_only_where_they_were_chosen(tmp_path: Path) -> None:
    with serving(ScriptedPeer()) as port:
        common = ("127.0.0.1", port, *QUICK, "-k", "enc.version.0003")
        few = report_of(tmp_path / "1.json", *common)
        more = report_of(tmp_path / "2.json", *common, "-k", "dimse.sender.response")
    assert not any(".sender." in case["id"] for case in few["cases"])
    assert [case["id"] for case in more["cases"] if ".sender." in case["id"]] == ["dimse.sender.response"]
