"""The files of findings that the page about campaigns names: it says of them what they hold, and they come again."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from dulcimer.fuzz.campaign.setup import TargetSetup
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.judging import replaying
from dulcimer.fuzz.judging.replaying import replays
from dulcimer.fuzz.sequences.steps import cell_name
from support.fuzz.targets.setups import UNHURRIED
from support.peers.catalogue import require_peer

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "fuzzing" / "campaigns.md").read_text(encoding="utf-8")
KEPT: Mapping[str, Reproducer] = {
    path.name: Reproducer.from_text(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "docs" / "fuzzing" / "reproducers").glob("*.json"))
}
PEERS = {"dcmqrscp": "DCMTK", "storescp": "DCMTK", "wlmscpfs": "DCMTK", "orthanc": "Orthanc"}
DEBIAN_12 = "3.6.7"
"""The version of DCMTK, by itself and in Orthanc, in which they were found."""


def row(name: str, found: Reproducer) -> str:
    finding = found.finding
    cell = "" if finding.cell is None else cell_name(finding.cell)
    changed = ", ".join(f"`{operator}`" for operator in finding.operators)
    parts = (f"`{name}`", finding.oracle, cell, changed, finding.clause, str(finding.times))
    return re.sub(" +", " ", f"| {' | '.join(parts)} |")


def test_page_says_of_each_file_what_it_holds() -> None:
    rows = re.findall(r"^\| `\w+\.json` .*\|$", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted(row(name, found) for name, found in KEPT.items())
    assert len(KEPT) >= 5


@pytest.mark.parametrize("name", KEPT)
def test_finding_comes_again_from_its_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = KEPT[name]
    require_peer(PEERS[name.partition("_")[0]])
    version = subprocess.run(["storescp", "--version"], capture_output=True, text=True, check=True).stdout
    if f"v{DEBIAN_12}" not in version:
        pytest.skip(f"found in DCMTK {DEBIAN_12}, and this is another one")
    words = shlex.split(found.target.command)
    program = shutil.which(words[0]) or str(ROOT / words[0])
    monkeypatch.setattr(replaying, "PATIENT", UNHURRIED)
    monkeypatch.setenv("TCP_NODELAY", "1")
    setup = TargetSetup(command=(program, *words[1:]), titles=found.target.titles)
    with setup.session() as session:
        (outcome,) = replays(found, session, 1)
    assert outcome.came_again, outcome
