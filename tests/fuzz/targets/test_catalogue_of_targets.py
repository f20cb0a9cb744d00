"""The list of targets, and what they are made of."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.fuzz.targets.building import SOURCES, CompilerMissingError, built
from support.fuzz.targets.catalogue import ALL, CLIENT, SERVER, TARGETS
from support.fuzz.targets.running import command, environment
from support.fuzz.targets.triggers import TRIGGERS


def test_there_are_at_least_25_broken_targets_of_all_kinds() -> None:
    broken = [target for target in ALL if not target.is_correct]
    assert len(broken) >= 25
    assert {target.role for target in broken} == {SERVER, CLIENT}
    assert sum(target.is_compiled for target in broken) >= 6
    assert {target.shows for target in broken} == {
        "crash",
        "sanitizer",
        "hang",
        "refusal",
        "deviation",
        "file",
        "leak of memory",
        "leak of descriptors",
        "leak of threads",
    }
    assert all((target.shows == "deviation") == bool(target.cell) for target in ALL)


def test_names_are_unique_and_each_broken_server_has_a_trigger() -> None:
    assert len(TARGETS) == len(ALL)
    assert set(TRIGGERS) == {target.name for target in ALL if target.role == SERVER and not target.is_correct}


def test_list_has_a_line_for_each() -> None:
    words = command("--list")
    listed = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.split("\t")[0] for line in listed] == [target.name for target in ALL]
    assert all(len(line.split("\t")) == 5 and all(line.split("\t")) for line in listed)


@pytest.mark.parametrize(
    "words",
    [("no-such-target",), ("stub-client",), ("stub-server", "127.0.0.1", "104"), ("c-stub-server",), ()],
    ids=" ".join,
)
def test_misuse_is_reported(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "support.fuzz.targets", *words], env=environment(), capture_output=True, check=False
    )
    assert done.returncode == 2


def test_targets_in_python_import_the_standard_library_alone() -> None:
    """They would start slowly otherwise, and share the faults of what they import."""
    script = (
        "import sys, support.fuzz.targets.__main__, support.fuzz.targets.server_faults\n"
        "import support.fuzz.targets.client_faults\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", script], env=environment(), capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) - sys.stdlib_module_names <= {"support", "__main__"}


def test_each_source_in_c_is_a_target() -> None:
    named = {f"c-{path.stem.replace('_', '-')}" for path in SOURCES.glob("*.c") if path.stem != "base"}
    assert named == {target.name for target in ALL if target.is_compiled}


def test_missing_compiler_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(CompilerMissingError, match="apt-get install gcc"):
        built(TARGETS["c-stub-server"], tmp_path)
    assert not list(tmp_path.iterdir())
