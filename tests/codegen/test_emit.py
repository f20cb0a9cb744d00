"""The layout of generated source."""

from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from codegen.emit import WIDTH, Node, assign, dict_of, text, tuple_of

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)
VALUES = st.recursive(
    TEXTS | st.integers(0, 0xFFFF),
    lambda inner: st.lists(inner, max_size=6).map(tuple) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def node(value: object, one_a_line: bool) -> Node:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, tuple):
        return tuple_of([node(part, one_a_line) for part in value], one_a_line=one_a_line)
    if isinstance(value, dict):
        return dict_of([(text(key), node(part, one_a_line)) for key, part in value.items()], one_a_line=one_a_line)
    return str(value)


@given(VALUES, st.booleans())
def test_source_reads_back_as_the_value(value: object, one_a_line: bool) -> None:
    source = assign("NAME", node(value, one_a_line))
    (statement,) = ast.parse(source).body
    assert isinstance(statement, ast.Assign)
    assert ast.literal_eval(statement.value) == value


@given(st.lists(st.integers(0, 9999), max_size=60).map(tuple))
def test_lines_are_not_too_long(value: tuple[int, ...]) -> None:
    assert all(len(line) <= WIDTH for line in assign("NAME", node(value, False)).splitlines())


def test_text_takes_the_quotes_that_need_no_escape() -> None:
    assert text("it's") == '"it\'s"'
    assert text('say "A"') == "'say \"A\"'"
