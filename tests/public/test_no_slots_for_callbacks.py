"""Callbacks are given at construction: no object gets a function assigned by another one later."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
OF_OTHERS = {"parameter.display_type_rich = lambda **_: None": "typer asks its parameters, which it makes itself"}


def slots(text: str) -> Iterator[tuple[int, str]]:
    """Assignments of a function to an attribute of something, and of a default function to a public one of `self`."""
    tree = ast.parse(text)
    defined = {node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    in_classes = {node for cls in ast.walk(tree) if isinstance(cls, ast.ClassDef) for node in cls.body}
    functions = {node.name for node in defined - in_classes}
    methods = {node.name for node in defined & in_classes if not any("property" in name for name in _decorators(node))}

    def is_function(value: ast.expr | None) -> bool:
        match value:
            case ast.Lambda():
                return True
            case ast.Name(id=name):
                return name in functions
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return name in methods
        return False

    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not is_function(node.value):
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if not isinstance(target, ast.Attribute):
                continue
            is_own = isinstance(target.value, ast.Name) and target.value.id == "self"
            if not is_own or (isinstance(node.value, ast.Lambda) and not target.attr.startswith("_")):
                yield node.lineno, ast.unparse(node)


def _decorators(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    return [ast.unparse(decorator) for decorator in node.decorator_list]


def test_no_function_is_put_into_an_object_after_it_was_made() -> None:
    found = {
        f"{path.relative_to(SOURCE)}:{line}: {slot}"
        for path in SOURCE.rglob("*.py")
        for line, slot in slots(path.read_text("utf-8"))
        if slot not in OF_OTHERS
    }
    assert found == set()


def test_slot_is_found() -> None:
    text = """
class A:
    def __init__(self, told):
        self.on_end = lambda: None
        self._clock = lambda: 0.0
        self.told = told
        other.on_end = self._end
        other.error = self.error
    def _end(self): ...
    @property
    def error(self): ...
def f():
    def g(): ...
    session.on_closed = g
    session.on_over = lambda: None
    session.count = 1
"""
    assert [slot for _, slot in sorted(slots(text))] == [
        "self.on_end = lambda: None",
        "other.on_end = self._end",
        "session.on_closed = g",
        "session.on_over = lambda: None",
    ]
