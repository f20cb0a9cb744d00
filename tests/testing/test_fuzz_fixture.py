"""`dulcimer_fuzz` plays a bounded campaign; it fails with each finding, and the command that shows that again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dulcimer import AE
from dulcimer.fuzz.campaign import causes, worker
from dulcimer.fuzz.campaign.result import CampaignEnd, CampaignResult
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.findings.scripts import name_of
from dulcimer.fuzz.judging import acceptors, confirming
from dulcimer.sop_class import Verification
from dulcimer.testing import fuzzing
from dulcimer.testing.fuzzing import FuzzCheck, FuzzFailure
from dulcimer.testing.targets import ServerStarter
from support.fuzz.targets.running import TESTS
from support.fuzz.targets.setups import UNHURRIED
from support.fuzz_campaigns import FRAMES, broken_campaign, campaign, clean_campaign, found_of

CRASH = found_of(FindingOracle.EXIT, "The target died of SIGSEGV", frames=FRAMES)
SILENCE = found_of(
    FindingOracle.DEVIATION,
    "silence where A-ABORT is expected (PS3.8 Table 9-10 Evt19/Sta6 AA-8)",
    cell="Evt19-Sta6",
    operators=(),
    clause="PS3.8 Table 9-10 Evt19/Sta6 AA-8",
)
FRAGILE = """
import sys
from support.fuzz.targets.octets import DATA, RELEASE_RQ, RQ
from support.fuzz.targets.server import Server
from support.fuzz.targets.talk import Settings, die

class Fragile(Server):
    def parsed(self, kind, body):
        if kind not in (RQ, DATA, RELEASE_RQ):
            die()
        return super().parsed(kind, body)

settings = Settings()
settings.port = int(sys.argv[1])
Fragile.serve(settings, lambda port: None)
"""
"""A server that dies of every PDU of another type than those that a requestor sends when all goes well."""


def python(*words: str) -> list[str]:
    return ["env", f"PYTHONPATH={TESTS}", sys.executable, *words]


STUB = python("-m", "support.fuzz.targets", "stub-server", "--port", "{port}")


@pytest.fixture
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerStarter]:
    starter = ServerStarter(lambda: tmp_path_factory.mktemp("target"))
    yield starter
    starter.stop()


@pytest.fixture
def check(tmp_path: Path) -> FuzzCheck:
    return FuzzCheck(lambda: tmp_path)


@pytest.fixture
def has_played(monkeypatch: pytest.MonkeyPatch) -> Callable[[CampaignResult], None]:
    """The campaign is this one."""

    def play(result: CampaignResult) -> None:
        monkeypatch.setattr(fuzzing, "_played", lambda *_: result)

    return play


def failure(check: FuzzCheck, **options: object) -> FuzzFailure:
    with pytest.raises(FuzzFailure) as caught:
        check(("127.0.0.1", 104), **options)  # type: ignore[arg-type]  # any options
    return caught.value


# ---------------------------------------------------------------------- campaigns that are played


def test_correct_server_passes_with_the_cases_that_were_asked_for_and_serves_on(
    start: ServerStarter, check: FuzzCheck
) -> None:
    server = start(STUB)
    result = check(server, cases=25)
    assert (result.cases, result.end, result.seed, result.findings) == (25, CampaignEnd.CASES, 1, ())
    assert server.is_running
    assert start(STUB) is server


@pytest.mark.long
def test_server_that_dies_is_told_with_a_file_that_shows_it_again(
    start: ServerStarter, check: FuzzCheck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With enough patience for a busy machine, and few replays."""
    monkeypatch.setattr(causes, "ENOUGH", 2)
    monkeypatch.setattr(confirming, "_FINAL_TRIES", 3)
    monkeypatch.setattr(confirming, "PATIENT", UNHURRIED)
    monkeypatch.setattr(acceptors, "_NOTICE", 1.0)
    monkeypatch.setattr(acceptors, "_LATE_NOTICE", 5.0)
    monkeypatch.setattr(fuzzing, "_SHRINKING", 0.0)
    monkeypatch.setattr(worker, "_BETWEEN_PROBES", 1000)
    server = start(python("-c", FRAGILE, "{port}"))
    with pytest.raises(FuzzFailure, match="The target died of SIGSEGV") as caught:
        check(server, cases=25)
    again = next(line for line in str(caught.value).splitlines() if line.strip().startswith("again"))
    path = Path(again.split()[-1])
    assert path.parent == tmp_path
    reproducer = Reproducer.from_text(path.read_text(encoding="utf-8"))
    assert reproducer.finding.oracle is FindingOracle.EXIT
    assert server.is_running
    assert caught.value.result is not None
    assert {found.key.oracle for found in caught.value.result.findings} >= {FindingOracle.EXIT}


def test_server_in_a_thread_of_the_test_is_fuzzed_by_its_address(check: FuzzCheck) -> None:
    entity = AE("ARCHIVE")
    entity.add_supported_context(Verification)
    server = entity.start_server(("127.0.0.1", 0), block=False)
    try:
        host, port = server.server_address[:2]
        assert check((str(host), int(port)), cases=5, called="ARCHIVE").cases == 5
    finally:
        server.shutdown()


# ---------------------------------------------------------------------- what fails, and how it is told


def test_findings_are_told_the_facts_first(
    check: FuzzCheck, has_played: Callable[[CampaignResult], None], tmp_path: Path
) -> None:
    has_played(campaign((SILENCE, CRASH)))
    found = failure(check)
    first, *lines = str(found).splitlines()
    assert first == "127.0.0.1:104: 1 crash, 1 deviation from Table 9-10, in 720,000 cases of seed 4711"
    assert lines[1] == "1. crash in Evt6-Sta2: The target died of SIGSEGV"
    assert any(line.startswith("2. deviation from Table 9-10 in Evt19-Sta6: silence where") for line in lines)
    rows = [line.strip().split(maxsplit=1) for line in lines if line.startswith("   ")]
    text = dict(reversed([(row[0], row[1]) for row in rows]))
    assert text["changed"].startswith("A-ASSOCIATE-RQ/user_information[0]/maximum_length[0]/item_length: 4 -> 65535")
    assert text["sent"].startswith("send A-ASSOCIATE-RQ, ")
    assert text["sent"].endswith("; close the sending direction (FIN)")
    assert text["confirmed"].startswith("9 of 10 replays showed it again")
    assert text["frames"].startswith("parseSubItem(")
    assert text["again"] == f"dulcimer fuzz --replay {tmp_path / name_of(CRASH.reproducer)}.json"
    assert (tmp_path / f"{name_of(SILENCE.reproducer)}.py").exists()


def test_what_a_target_says_cannot_forge_lines(check: FuzzCheck, has_played: Callable[[CampaignResult], None]) -> None:
    has_played(campaign((found_of(FindingOracle.EXIT, "ended\n2. forged\x1b[2J"),)))
    assert "ended\\x0a2. forged\\x1b[2J" in str(failure(check))


def test_names_that_are_excluded_do_not_fail(check: FuzzCheck, has_played: Callable[[CampaignResult], None]) -> None:
    has_played(campaign((SILENCE, CRASH)))
    assert "1 crash, in" in str(failure(check, exclude=["deviation_evt19_sta6_*"]))
    assert check(("127.0.0.1", 104), exclude=["deviation_evt19_*", "exit_*"]).findings == (SILENCE, CRASH)


def test_deviations_that_many_share_fail_only_if_one_is_strict(
    check: FuzzCheck, has_played: Callable[[CampaignResult], None]
) -> None:
    finding = replace(SILENCE.reproducer.finding, confidence=Confidence.COMMON)
    has_played(campaign((replace(SILENCE, reproducer=replace(SILENCE.reproducer, finding=finding)),)))
    assert len(check(("127.0.0.1", 104)).findings) == 1
    assert "1 deviation from Table 9-10" in str(failure(check, strict=True))


def test_server_on_which_valid_sequences_fail_is_told_with_advice(
    check: FuzzCheck, has_played: Callable[[CampaignResult], None]
) -> None:
    has_played(broken_campaign())
    text = str(failure(check))
    assert "127.0.0.1:104 was not fuzzed: valid sequences fail on it: C-ECHO: A-ASSOCIATE-RJ(1,1,7)" in text
    assert "check titles" in text


def test_server_that_was_lost_fails_without_a_finding(
    check: FuzzCheck, has_played: Callable[[CampaignResult], None]
) -> None:
    has_played(replace(clean_campaign(), end=CampaignEnd.LOST))
    assert "it could not be reached, or started, any more" in str(failure(check))


def test_another_machine_is_not_fuzzed(check: FuzzCheck) -> None:
    with pytest.raises(
        ValueError, match=r"192\.0\.2\.1 is not this machine: use `dulcimer fuzz 192\.0\.2\.1 104 --i-m"
    ):
        check(("192.0.2.1", 104))


def test_client_that_is_not_told_where_the_tester_is_is_not_fuzzed(check: FuzzCheck) -> None:
    with pytest.raises(ValueError, match=r"the command has no \{host\}, so the client cannot reach the tester"):
        check.requestor([sys.executable, "{port}"])


def test_client_that_cannot_be_used_is_told(check: FuzzCheck) -> None:
    with pytest.raises(FuzzFailure, match="was not fuzzed: valid sequences fail on it: the first run: no A-ASSOCIATE"):
        check.requestor([sys.executable, "-c", "print('no licence')", "{host}", "{port}"], cases=1, patience=5.0)
