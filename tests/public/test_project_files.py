"""Facts in several files of the project are the same in each."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")


def name_of(requirement: str) -> str:
    """A name in the form in which package indexes compare it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[><=~!]", requirement)[0]).lower()


def test_continuous_integration_tries_every_version_of_python_that_is_promised() -> None:
    promised = [found[1] for row in PROJECT["classifiers"] if (found := re.search(r"Python :: (3\.\d+)", row))]
    matrix = re.search(r"^\s+python: \[(.*)\]$", WORKFLOW, re.MULTILINE)
    assert matrix is not None
    assert re.findall(r'"([\d.]+)"', matrix[1]) == promised
    assert PROJECT["requires-python"] == f">={promised[0]}"


def test_continuous_integration_runs_programs_that_are_there() -> None:
    programs = re.findall(r"^\s+- run: (\S+)$", WORKFLOW, re.MULTILINE)
    assert len(programs) == 2
    assert all(os.access(ROOT / program, os.X_OK) for program in programs)


def test_everything_that_is_installed_for_development_has_one_version() -> None:
    lines = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {name_of(line) for line in lines if re.fullmatch(r"[\w.-]+==[\w.]+", line)}
    wanted = {name_of(row) for row in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"])}
    assert wanted <= pinned


def test_citation_is_of_this_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {PROJECT['version']}\n" in citation
    assert f"\nlicense: {PROJECT['license']}\n" in citation
