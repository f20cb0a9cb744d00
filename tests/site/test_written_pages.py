"""What is written by hand for the site says what is there."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from benchmarks.main import NAMES
from codegen.site.made import MADE_FOLDERS
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.judge.policy import load as load_policy
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.conformance.upper_tester import serving
from dulcimer.conformance.upper_tester.protocol import LocalUser

DOCS = Path(__file__).parents[2] / "docs"


def test_page_of_benchmarks_lists_every_measure() -> None:
    rows = re.findall(r"^\| (`.*?) \|", (DOCS / "benchmarks.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for row in rows for name in re.findall(r"`([\w-]+)`", row)] == list(NAMES)


BLOCK = re.compile(r"^```(json|toml|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [
    pytest.param(kind, text, id=f"{page.relative_to(DOCS)}-{number}")
    for page in sorted(DOCS.rglob("*.md"))
    if page.relative_to(DOCS).parts[0] not in {*MADE_FOLDERS, "guide", "reference"}
    for number, (kind, text) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")), 1)
]
"""Blocks of code; the pages of the guide and of the reference have tests of their own."""


@pytest.mark.parametrize(("kind", "text"), BLOCKS)
def test_block_of_code_is_what_it_says(kind: str, text: str) -> None:
    match kind:
        case "json":
            assert all(map(json.loads, [text] if text.startswith("{\n") else text.splitlines()))
        case "toml":
            assert tomllib.loads(text)
        case _:
            compile(text, "a block", "exec")


def test_policy_of_the_page_is_one(tmp_path: Path) -> None:
    page = (DOCS / "conformance/check.md").read_text(encoding="utf-8")
    (policy,) = [text for kind, text in BLOCK.findall(page) if kind == "toml" and "bare-close" in text]
    path = tmp_path / "strict.toml"
    path.write_text(policy, encoding="utf-8")
    assert load_policy(path, acceptor_cases(Titles()))


def test_adapter_of_the_page_has_what_an_adapter_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (DOCS / "conformance/upper_tester.md").read_text(encoding="utf-8")
    (program,) = [text for kind, text in BLOCK.findall(page) if kind == "python"]
    given: list[type] = []
    monkeypatch.setattr(serving, "main", given.append)
    exec(compile(program, "upper_tester.md", "exec"), {})
    needed = {name for name in (*vars(LocalUser), *LocalUser.__annotations__) if not name.startswith("_")}
    assert needed
    assert needed <= set(dir(given[0]))
