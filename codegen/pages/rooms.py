"""Writes `docs/reference/rooms.md`: the rooms of the package, and which imports which, as they are in the source."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from codegen.pages.markdown import page, table

PACKAGE = Path(__file__).parents[2] / "src" / "dulcimer"
Graph = Mapping[str, set[str]]
_HOLDS_STATEMENTS = (ast.stmt, ast.ExceptHandler, ast.match_case)

_INTRODUCTION = """
A room is a folder of `src/dulcimer/`. An arrow says: imports. If a room is also imported by way of others, the
arrow is left out of the picture; the tables have every import. Imports for type checkers only do not count.
Modules beside the rooms (`errors.py`, `limits.py`, ...) are left out. Contracts in `pyproject.toml`, which
`lint-imports` holds, say which imports there may be.
"""


def generate() -> str:
    """The text of the page."""
    inner = [path for path in sorted(PACKAGE.iterdir()) if (path / "__init__.py").exists() and rooms_in(path)]
    parts = [part for folder in inner for part in (f"## {folder.name}", *_shown(folder))]
    return page("Rooms", "the imports in src/dulcimer/", _INTRODUCTION, *_shown(PACKAGE), *parts)


def _shown(folder: Path) -> tuple[str, str]:
    graph = imports(folder)
    rows = [(f"`{name}`", _summary(folder / name), ", ".join(sorted(graph[name])) or "none") for name in sorted(graph)]
    return _picture(graph), table(("room", "what it holds", "imports"), rows)


def _summary(room: Path) -> str:
    text = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split())


def _picture(graph: Graph) -> str:
    arrows = [f"    {name} --> {target}" for name in sorted(graph) for target in sorted(reduced(graph)[name])]
    alone = [
        f"    {name}" for name in sorted(graph) if not graph[name] and all(name not in to for to in graph.values())
    ]
    return "\n".join(["```mermaid", "flowchart TD", *arrows, *alone, "```"])


def rooms_in(folder: Path) -> set[str]:
    """The names of the rooms directly in a folder."""
    return {path.parent.name for path in folder.glob("*/__init__.py")}


def imports(folder: Path) -> dict[str, set[str]]:
    """Which of the rooms of a folder imports which others of them."""
    rooms = rooms_in(folder)
    prefix = ".".join(folder.relative_to(PACKAGE.parent).parts) + "."
    graph: dict[str, set[str]] = {}
    for room in rooms:
        found = {name for path in (folder / room).rglob("*.py") for name in _imported(path)}
        graph[room] = {name.removeprefix(prefix).partition(".")[0] for name in found if name.startswith(prefix)}
        graph[room] = (graph[room] & rooms) - {room}
    return graph


@cache
def _imported(path: Path) -> frozenset[str]:
    """What a module imports, at its head or in a function; without imports for type checkers only."""
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            pending += node.orelse
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        pending += (child for child in ast.iter_child_nodes(node) if isinstance(child, _HOLDS_STATEMENTS))
    return frozenset(found)


def reduced(graph: Graph) -> dict[str, set[str]]:
    """The graph without arrows that a longer way implies; it has no cycle."""

    def reached(name: str) -> set[str]:
        return graph[name].union(*(reached(target) for target in graph[name]))

    return {name: graph[name] - {far for near in graph[name] for far in reached(near)} for name in graph}
