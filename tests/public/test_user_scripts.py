"""Programs in the manner of pynetdicom's user guide run with pynetdicom, and with dulcimer when their imports change.

They are in `tests/scripts`; what each prints is in its docstring.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"
IMPORTS = re.compile(r"^(\s*)(from|import) pynetdicom\b", re.MULTILINE)
SAYS = "It prints::\n"

BEYOND = sorted((SCRIPTS / "beyond").glob("*.py"))
"""Programs with names that pynetdicom has not, or has not documented."""

each_script = pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)


def promised(script: Path) -> list[str]:
    """The lines that the docstring says a script prints."""
    text = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8")), clean=False)
    assert text
    return dedent(text.partition(SAYS)[2]).strip("\n").splitlines()


def adapted(program: str) -> str:
    """The program with other imports; nothing else is changed."""
    program = re.sub(r"^(\s*)import pynetdicom$", r"\1import dulcimer as pynetdicom", program, flags=re.MULTILINE)
    return IMPORTS.sub(r"\1\2 dulcimer", program)


def run(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, str(path)], capture_output=True, text=True, timeout=120, check=False
    )


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip("\n").splitlines()]


@pytest.mark.parametrize("script", [*sorted(SCRIPTS.glob("*.py")), *BEYOND], ids=lambda path: path.stem)
def test_script_runs_after_changing_its_imports(script: Path, tmp_path: Path) -> None:
    program = adapted(script.read_text(encoding="utf-8"))
    assert not IMPORTS.search(program)
    path = tmp_path / script.name
    path.write_text(program, encoding="utf-8")
    done = run(path, "-W", "error")
    assert (lines(done.stdout), done.stderr, done.returncode) == (promised(script), "", 0)


@pytest.mark.peer("pynetdicom")
@each_script
def test_script_is_true_to_pynetdicom(script: Path) -> None:
    done = run(script)
    assert (lines(done.stdout), done.returncode) == (promised(script), 0), done.stderr


def test_scripts_are_programs_for_pynetdicom_that_say_what_they_show() -> None:
    for script in SCRIPTS.glob("*.py"):
        program = script.read_text(encoding="utf-8")
        assert IMPORTS.search(program), script.name
        assert "dulcimer" not in program, script.name
        assert promised(script), script.name
