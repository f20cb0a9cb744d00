"""`dulcimer fuzz` as a user sees it: campaigns, their reports and exit statuses, replays, and the guide to them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch
from xml.etree import ElementTree

import pytest
from typer.testing import Result

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.fuzzing.display import CampaignDisplay
from dulcimer.cli.main import app, load
from dulcimer.fuzz.campaign.result import CampaignProgress
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.report.document import read_campaign
from support.command_runs import CommandRunner, words_of
from support.fuzz.targets.running import TESTS, running
from support.peers.processes import HOST

GUIDE = (Path(__file__).parents[3] / "docs" / "guide" / "fuzzing.md").read_text(encoding="utf-8")
FIRST = re.search(r"^```console\n\$ (dulcimer fuzz .*)\n(?:.*\n)*?```$", GUIDE, re.MULTILINE)
EXAMPLES = re.findall(r"^(?:\$ )?(dulcimer fuzz (?:[^\n\\]|\\\n)*)$", GUIDE, re.MULTILINE)
BROKEN = shlex.join([sys.executable, "-m", "support.silent_server", "--port"]) + " {port}"
CORRECT = shlex.join([sys.executable, "-m", "support.fuzz.targets", "stub-server", "--port"]) + " {port}"
CLIENT = (sys.executable, "-m", "support.fuzz.targets", "stub-client", "--operations", "echo", "{host}", "{port}")


def fuzz(*words: str | Path) -> Result:
    env = {"NO_COLOR": "1", "COLUMNS": "80", "PYTHONPATH": str(TESTS)}
    result = CommandRunner().invoke(app, ["fuzz", *map(str, words)], env=env)
    assert "Traceback" not in result.output
    return result


@dataclass(frozen=True)
class Campaign:
    """A campaign with findings, and the directory with all that it has written."""

    result: Result
    folder: Path

    @property
    def reproducers(self) -> list[Path]:
        return sorted((self.folder / "findings").glob("*.json"))


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    """The first campaign of the guide, with every report, and a server that breaks many cells."""
    folder = tmp_path_factory.mktemp("campaign")
    assert FIRST is not None
    words = shlex.split(FIRST[1])[2:]
    words[words.index("--spawn") + 1] = BROKEN
    words[words.index("--findings") + 1] = str(folder / "findings")
    for option, name in {"json": "r.json", "html": "r.html", "junit": "r.xml", "sarif": "r.sarif"}.items():
        words += [f"--{option}", str(folder / name)]
    result = fuzz(*words, "--markdown", folder / "new" / "r.md", "--db", folder / "c.sqlite")
    return Campaign(result, folder)


def test_campaign_that_finds_deviations_has_status_1_and_fits_the_terminal(campaign: Campaign) -> None:
    assert campaign.result.exit_code == ExitStatus.PEER_FAILED, campaign.result.output
    text = campaign.result.stdout
    assert "deviation" in text
    assert "(PS3.8 Table 9-10 Evt" in text
    replays = [line for line in text.splitlines() if "replay  " in line]
    assert all(len(line) <= 80 for line in text.splitlines() if line not in replays)


def test_every_report_is_written_and_can_be_read(campaign: Campaign) -> None:
    value = json.loads((campaign.folder / "r.json").read_text(encoding="utf-8"))
    found = read_campaign(value).result.findings
    assert found
    suite = ElementTree.parse(campaign.folder / "r.xml").getroot()
    assert len(suite.findall(".//failure")) == len(found)
    sarif = json.loads((campaign.folder / "r.sarif").read_text(encoding="utf-8"))
    assert len(sarif["runs"][0]["results"]) == len(found)
    assert "<html" in (campaign.folder / "r.html").read_text(encoding="utf-8")
    assert (campaign.folder / "new" / "r.md").read_text(encoding="utf-8").startswith("#")


def test_each_finding_has_four_files(campaign: Campaign) -> None:
    value = json.loads((campaign.folder / "r.json").read_text(encoding="utf-8"))
    assert len(campaign.reproducers) == len(value["findings"])
    for path in campaign.reproducers:
        assert Reproducer.from_text(path.read_text(encoding="utf-8")).finding.times > 5
        for name in (f"{path.stem}.py", f"test_{path.stem}.py", f"{path.stem}.pcapng"):
            assert (path.parent / name).stat().st_size


def test_finding_is_replayed_from_its_file_alone(
    campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(campaign.reproducers[0], tmp_path / "one.json")
    monkeypatch.chdir(tmp_path)
    again = fuzz("--replay", "one.json", "--tries", "2")
    assert again.exit_code == ExitStatus.PEER_FAILED, again.output
    assert "It came again in 2 of 2 tries." in again.stdout
    rows = {line.split()[0] for line in again.stdout.splitlines()[:-3]}
    assert {"found", "clause", "expected", "came", "now"} <= rows
    mended = fuzz("--replay", "one.json", "--tries", "2", "--spawn", CORRECT)
    assert mended.exit_code == ExitStatus.DONE, mended.output
    assert "It came again in 0 of 2 tries." in mended.stdout
    assert "NOT the same: nothing is wrong: " in mended.stdout
    assert "The target may be mended, or another one than that of the file." in mended.stdout


def test_small_finding_is_left_as_it_is(campaign: Campaign, tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    shutil.copy(campaign.reproducers[0], file)
    with running("stub-server") as server:
        mended = fuzz("--minimise", file, HOST, str(server.port))
    assert mended.exit_code == ExitStatus.DONE
    assert "did not come again, so nothing was changed" in mended.stdout
    assert file.read_bytes() == campaign.reproducers[0].read_bytes()


def test_campaign_of_a_database_goes_on_and_no_other_one_may_use_it(campaign: Campaign, tmp_path: Path) -> None:
    before = json.loads((campaign.folder / "r.json").read_text(encoding="utf-8"))
    cases = before["campaign"]["cases"]
    database = ("--spawn", BROKEN, "--db", str(campaign.folder / "c.sqlite"))
    more = fuzz(*database, "--cases", str(cases + 1), "--json", tmp_path / "more.json")
    assert more.exit_code == ExitStatus.PEER_FAILED, more.output
    after = json.loads((tmp_path / "more.json").read_text(encoding="utf-8"))
    assert after["campaign"]["cases"] > cases  # what waits for a timer is counted, too
    assert after["campaign"]["seed"] == before["campaign"]["seed"]
    assert len(after["findings"]) >= len(before["findings"])
    for other in (("--seed", "99"), ("-aet", "SOMEBODY")):
        refused = fuzz(*database, *other, "--cases", "1")
        assert refused.exit_code == ExitStatus.USAGE
        assert "holds another campaign" in words_of(refused.stderr.replace("│", " "))


def test_correct_server_that_runs_already_passes_and_the_corpus_is_kept(tmp_path: Path) -> None:
    with running("stub-server") as server:
        result = fuzz(HOST, str(server.port), "--cases", "20", "--corpus", tmp_path / "corpus", "--json", "-")
    assert result.exit_code == ExitStatus.DONE, result.output
    value = json.loads(result.stdout)
    assert value["findings"] == []
    assert f"{HOST} port {server.port}" in result.stderr
    assert len(list((tmp_path / "corpus").glob("*.json"))) >= value["campaign"]["corpus"]


def test_correct_client_passes() -> None:
    result = fuzz("--requestor", "--cases", "5", "--", *CLIENT)
    assert result.exit_code == ExitStatus.DONE, result.output
    assert "no finding in 5 cases" in words_of(result.stdout)


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, ExitStatus.INTERRUPTED), (signal.SIGTERM, ExitStatus.TERMINATED)]
)
def test_signal_ends_a_campaign_with_its_reports(number: signal.Signals, status: ExitStatus, tmp_path: Path) -> None:
    show = CampaignDisplay.show
    sent: list[signal.Signals] = []

    def shown(display: CampaignDisplay, progress: CampaignProgress) -> None:
        show(display, progress)
        if progress.cases and not sent:
            sent.append(number)
            os.kill(os.getpid(), number)

    with running("stub-server") as server, patch.object(CampaignDisplay, "show", shown):
        result = fuzz(HOST, str(server.port), "--time", "10m", "--json", tmp_path / "r.json")
    assert result.exit_code == status, result.output
    assert "it was interrupted" in words_of(result.stdout)
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["campaign"]["end"] == "interrupted"


def test_sigterm_before_the_campaign_ends_the_target() -> None:
    show = CampaignDisplay.show

    def shown(display: CampaignDisplay, progress: CampaignProgress) -> None:
        show(display, progress)
        os.kill(os.getpid(), signal.SIGTERM)

    title = f"ONLY-{os.getpid()}"
    with patch.object(CampaignDisplay, "show", shown):
        result = fuzz("--spawn", f"{CORRECT} --title {title}", "-aec", title)
    assert result.exit_code == ExitStatus.TERMINATED, result.output
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert title not in listed


# ---------------------------------------------------------------------- the guide "fuzzing.md"


def test_first_campaign_looks_as_the_guide_shows(campaign: Campaign) -> None:
    """All labels of the summary; what is found changes with the way in which cases are drawn."""
    assert FIRST is not None
    shown = labels(FIRST[0])
    assert {"found", "played", "confirmed", "replay"} <= shown
    assert shown <= labels(campaign.result.stdout), campaign.result.stdout


def labels(text: str) -> set[str]:
    """What stands at the beginning of the lines of a summary; "found" for the line of a finding."""
    matches = (re.match(r" *([a-z]+)  |(?:FACT|DEVIATION|COMMON) ", line) for line in text.splitlines())
    return {match[1] or "found" for match in matches if match is not None}


def test_options_of_every_example_exist() -> None:
    known = {name for parameter in load("fuzz").params for name in parameter.opts + parameter.secondary_opts}
    assert len(EXAMPLES) > 8
    for example in EXAMPLES:
        words = shlex.split(example.replace("\\\n", " ").partition(" -- ")[0])
        assert {word for word in words if word[:1] == "-"} <= known, example


def test_every_exit_status_is_in_the_guide() -> None:
    for status in ExitStatus:
        assert re.search(rf"^\| (\d+, )?{status.value}(, \d+)? \|", GUIDE, re.MULTILINE), status
