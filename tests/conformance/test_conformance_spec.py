"""What is wrong in `spec/conformance/` is refused, with the place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from codegen.conformance import ROOT, generate
from codegen.spec import SpecError

DAMAGES = {
    "unknown verdict": ("reactions.toml", 'verdict = "NON-STRICT"', 'verdict = "WARNING"', "unknown value 'WARNING'"),
    "unknown key": ("reactions.toml", "skip = [", "skips = [", "unknown key 'skips'"),
    "verdict without reason": (
        "reactions.toml",
        ', why = "AA-1 sends source 0 (service-user)"',
        "",
        "'why' is missing",
    ),
    "unknown action": ("reactions.toml", 'actions = ["AA-7"]', 'actions = ["AA-9"]', "unknown value 'AA-9'"),
    "cell without reaction": ("reactions.toml", 'actions = ["AA-7"]', 'actions = ["AE-4"]', "expected one reaction"),
    "pattern of nothing": (
        "reactions.toml",
        'on = ["A-ABORT(0,0)"]',
        'on = ["ABORT"]',
        "matches nothing that can be seen",
    ),
    "cell without stimulus": ("stimuli.toml", 'event = "Evt13"', 'event = "Evt12"', "no stimulus for Evt13"),
    "unknown PDU": ("stimuli.toml", 'pdu = "A-RELEASE-RP"', 'pdu = "A-RELEASE-RQQ"', "unknown value 'A-RELEASE-RQQ'"),
    "two stimuli in one": ("stimuli.toml", 'wait = "half"', 'wait = "half"\ntransport = "fin"', "exactly one of"),
    "unknown step": ("entries.toml", 'steps = ["connect"]', 'steps = ["dial"]', "unknown value 'dial'"),
    "id used twice": ("dimse.toml", "dimse.echo.success", "enc.version.0003", "two cases have this id"),
    "unknown expectation": ("encoding.toml", 'expect = "waits"', 'expect = "wait"', "unknown value 'wait'"),
    "unknown UID": ("encoding.toml", '"Verification"', '"Verifikation"', "is not the keyword of a UID"),
    "unknown severity": ("sender.toml", 'severity = "S4"', 'severity = "S5"', "unknown value 'S5'"),
    "bad clause": ("sender.toml", 'clause = "PS3.8 9.3.1"', 'clause = "9.3.1"', "expected a clause"),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "spec", tmp_path / "spec")
    (tmp_path / "src").symlink_to(ROOT / "src")
    return tmp_path


def test_specification_as_it_is_gives_the_rows_that_are_there(root: Path) -> None:
    assert generate(root) == (ROOT / "src/dulcimer/_generated/conformance.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_specification_is_refused(root: Path, damage: str) -> None:
    name, before, after, says = DAMAGES[damage]
    path = root / "spec" / "conformance" / name
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(SpecError, match="spec/conformance/") as caught:
        generate(root)
    assert says in str(caught.value)
