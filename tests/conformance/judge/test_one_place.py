"""Verdicts are set in one package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

CONFORMANCE = Path("src/dulcimer/conformance")


def set_verdicts(path: Path) -> Iterator[str]:
    """The calls in a module that give something a verdict written in the source."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                value = ast.unparse(keyword.value)
                if keyword.arg == "verdict" and "Verdict." in value:
                    yield f"{path}:{node.lineno}: {value}"


def test_only_the_judge_sets_verdicts(root_of_project: Path) -> None:
    found = [line for path in (root_of_project / CONFORMANCE).rglob("*.py") for line in set_verdicts(path)]
    judge = str(root_of_project / CONFORMANCE / "judge")
    assert found, "nothing sets a verdict: this test looks for the wrong thing"
    assert [line for line in found if not line.startswith(judge)] == []
