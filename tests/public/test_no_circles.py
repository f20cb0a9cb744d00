"""No module imports itself by way of others, and no package does, at any depth; imports for types count, too."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
Graph = dict[str, set[str]]

DOORS = {
    ("dulcimer.transport", "dulcimer.ae.blocking.server"): "the servers of entities, found there by their users, too",
    ("dulcimer.events.event", "dulcimer.ae.core.association_state"): "what a type checker knows of `event.assoc`",
}
"""Imports for type checkers of names that live above, and why; at run time they are imported when asked for."""


def modules(source: Path) -> dict[str, Path]:
    found = {}
    for path in source.rglob("*.py"):
        parts = path.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(text: str, known: Iterable[str]) -> Iterator[str]:
    """The modules, out of those `known`, that a module imports anywhere in its text; all imports are absolute."""
    names = set(known)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports hide where they lead"
            inner = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from ({name if name in names else str(node.module) for name in inner} & names)


def graph_of(paths: Mapping[str, Path]) -> Graph:
    """Who imports whom, without the package itself, which imports its public names on first use."""
    graph = {}
    for name, path in paths.items():
        targets = set(imported(path.read_text(encoding="utf-8"), paths)) - {name, "dulcimer"}
        graph[name] = {target for target in targets if (name, target) not in DOORS}
    del graph["dulcimer"]
    return graph


def children(graph: Graph, package: str) -> Graph:
    """The same between the direct members of a package."""
    prefix = f"{package}."

    def child(name: str) -> str | None:
        return prefix + name.removeprefix(prefix).partition(".")[0] if name.startswith(prefix) else None

    found: Graph = {}
    for name, targets in graph.items():
        here = child(name)
        if here is not None:
            found.setdefault(here, set()).update(there for there in map(child, targets) if there not in (None, here))
    return found


def circles(graph: Graph) -> list[list[str]]:
    """The members that can reach themselves, each circle sorted."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(graph.get(start, ()))
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting.extend(graph.get(name, ()))
        return seen

    reach = {name: reached(name) for name in graph}
    found = {frozenset(other for other in reach[name] if name in reach.get(other, ())) for name in graph}
    return sorted(sorted(circle) for circle in found if circle)


PATHS = modules(SOURCE)
PACKAGES = sorted(name for name, path in PATHS.items() if path.name == "__init__.py")


@cache
def graph() -> Graph:
    """Not while tests are collected, which each worker does."""
    return graph_of(PATHS)


def test_no_module_is_in_a_circle() -> None:
    assert len(graph()) > 300
    assert circles(graph()) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_packages_are_in_a_circle(package: str) -> None:
    assert circles(children(graph(), package)) == []


def test_doors_are_imports_that_there_are() -> None:
    for name, target in DOORS:
        assert target in set(imported(PATHS[name].read_text(encoding="utf-8"), PATHS))


def test_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"d"}, "e": {"a"}}) == [["b", "c"], ["d"]]
    graph = {"p.a.x": {"p.b.y"}, "p.b.y": set(), "p.b.z": {"p.a.w"}, "p.a.w": set()}
    assert circles(graph) == []
    assert circles(children(graph, "p")) == [["p.a", "p.b"]]


def test_import_is_seen_wherever_it_stands() -> None:
    text = "if TYPE_CHECKING:\n    from p import a\ndef f():\n    import p.b\nfrom p.c import name\nimport os\n"
    assert set(imported(text, ["p", "p.a", "p.b", "p.c"])) == {"p.a", "p.b", "p.c"}
