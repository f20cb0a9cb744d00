"""A copy of what the generators read, to be damaged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Edit = Callable[[str, str, str], None]


@pytest.fixture
def root_of_project() -> Path:
    return ROOT


@pytest.fixture
def copy_of_project(tmp_path: Path) -> Path:
    for name in ("spec", "docs/reference", "docs/learn/illustrated", "src/dulcimer/_generated"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "docs/guide").mkdir()
    for page in ("slides.html", "poster.svg"):
        shutil.copy(ROOT / "docs/learn" / page, tmp_path / "docs/learn" / page)
    shutil.copy(ROOT / "docs/guide/troubleshooting.md", tmp_path / "docs/guide/troubleshooting.md")
    (tmp_path / "src/dulcimer/fsm").mkdir()
    shutil.copy(ROOT / "src/dulcimer/fsm/effects.py", tmp_path / "src/dulcimer/fsm/effects.py")
    return tmp_path


@pytest.fixture
def edit(copy_of_project: Path) -> Edit:
    def replace(file: str, old: str, new: str) -> None:
        path = copy_of_project / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace
