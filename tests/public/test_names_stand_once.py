"""A name stands once: no two classes of the package have the same one."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path


def test_no_two_classes_have_one_name(root_of_project: Path) -> None:
    places: dict[str, list[str]] = defaultdict(list)
    package = root_of_project / "src/dulcimer"
    for path in package.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(package)))
    assert len(places) > 500
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
