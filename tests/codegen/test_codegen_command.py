"""`python -m codegen`: committed files are fresh, changes are noticed, and all files can be made from nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.targets import GENERATED, TARGETS, Target
from support.peers.catalogue import peers_are_required

BLANK = '"",     "AA-1", "AA-2"'
FILLED = '"AA-1", "AA-1", "AA-2"'


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(root / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", "codegen", *arguments],
        cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_committed_files_are_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == f"{len(TARGETS)} generated files are fresh\n"


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.path)
def test_generated_file_says_so(root_of_project: Path, target: Target) -> None:
    opening = (root_of_project / target.path).read_text(encoding="utf-8")[:400]
    assert "do not edit" in opening
    assert any(place in opening for place in ("spec/", "src/dulcimer/", "codegen/"))


@pytest.mark.parametrize(
    ("file", "old", "new", "stale"),
    [
        ("spec/ps3_8/state_machine.toml", "Idle: no", "Idle: No", ["_generated/fsm.py", "reference/state_machine.md"]),
        ("spec/ps3_8/state_machine.toml", BLANK, FILLED, ["_generated/fsm.py", "reference/state_machine.md"]),
        ("spec/ps3_8/codes.toml", "no reason given", "no reason Given", ["_generated/codes.py", "reference/codes.md"]),
        ("spec/ps3_7/statuses.toml", "duplicate i", "Duplicate i", ["_generated/commands.py", "reference/dimse.md"]),
        ("spec/ps3_4/service_classes.toml", "PS3.4 Annex K", "PS3.4 Annex L", ["_generated/services.py"]),
    ],
    ids=["letter of a state", "cell", "letter of a code", "letter of a status", "clause of a service"],
)
def test_check_names_what_a_changed_letter_makes_stale(
    copy_of_project: Path,
    edit: Callable[[str, str, str], None],
    capsys: pytest.CaptureFixture[str],
    file: str,
    old: str,
    new: str,
    stale: list[str],
) -> None:
    edit(file, old, new)
    assert main(["--check", "--root", str(copy_of_project)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert all(line.endswith(" is stale: run `python -m codegen` and commit it") for line in lines)
    for name in stale:
        assert any(name in line for line in lines)


def test_what_is_stale_is_written_and_fresh_then(copy_of_project: Path, edit: Callable[[str, str, str], None]) -> None:
    assert main(["--check", "--root", str(copy_of_project)]) == 0
    edit("spec/ps3_8/codes.toml", "no reason given", "no reason Given")
    assert main(["--root", str(copy_of_project)]) == 0
    assert "no reason Given" in (copy_of_project / GENERATED / "codes.py").read_text(encoding="utf-8")
    assert main(["--check", "--root", str(copy_of_project)]) == 0


def test_edited_generated_file_is_stale(copy_of_project: Path, edit: Callable[[str, str, str], None]) -> None:
    edit(f"{GENERATED}/fsm.py", '"AA-8"', '"AA-1"')
    assert main(["--check", "--root", str(copy_of_project)]) == 1


def test_all_files_come_back_from_nothing(root_of_project: Path, copy_of_project: Path) -> None:
    for name in ("codegen", "src"):
        ignored = shutil.ignore_patterns("__pycache__", "_generated", "*.egg-info")
        shutil.copytree(root_of_project / name, copy_of_project / name, ignore=ignored, dirs_exist_ok=True)
    shutil.rmtree(copy_of_project / GENERATED)
    checked = run(copy_of_project, "--check")
    assert (checked.returncode, "Traceback" in checked.stderr) == (1, False)
    assert len(checked.stderr.splitlines()) >= 6
    written = run(copy_of_project)
    assert written.returncode == 0, written.stderr
    for target in TARGETS:
        assert (copy_of_project / target.path).read_bytes() == (root_of_project / target.path).read_bytes()


def test_generated_code_has_the_layout_of_ruff(root_of_project: Path) -> None:
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        assert not peers_are_required(), "ruff is not installed"
        pytest.skip("ruff is not installed")
    for command in (["format", "--check"], ["check"]):
        done = subprocess.run(
            [ruff, *command, GENERATED], cwd=root_of_project, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def test_numbers_with_letters_are_written_as_ruff_writes_them(
    copy_of_project: Path, edit: Callable[[str, str, str], None]
) -> None:
    edit("spec/ps3_8/codes.toml", "value = 0x59", "value = 0x5a")
    assert main(["--root", str(copy_of_project)]) == 0
    assert "USER_IDENTITY_RESPONSE = (0x5A," in (copy_of_project / GENERATED / "codes.py").read_text(encoding="utf-8")
