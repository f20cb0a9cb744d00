"""Rows of the specification are the same after a round trip through JSON; what is not a row is refused."""

from __future__ import annotations

import json
from typing import Any, get_type_hints

import pytest

from codegen import conformance, requestor
from codegen.rows import document, plain
from dulcimer._generated import conformance as of_acceptors
from dulcimer._generated import requestor as of_requestors
from dulcimer._generated.conformance import Alternative
from dulcimer._generated.rows import rows

TABLES = [(of_acceptors, name) for name in conformance.TABLES] + [(of_requestors, name) for name in requestor.TABLES]


@pytest.mark.parametrize(("module", "name"), TABLES, ids=lambda each: getattr(each, "__name__", each))
def test_table_is_the_same_after_a_round_trip_through_json(module: Any, name: str) -> None:
    table = getattr(module, name)
    kind = get_type_hints(module)[name]
    assert rows(kind, json.loads(json.dumps(plain(table)))) == table


def test_each_row_has_a_line_of_its_own() -> None:
    made = (Alternative("one", "OK", ("silence",)), Alternative("other", "FAILED", ("*",), why="it is so"))
    text = document("a place", [("ROWS", made), ("BY_NAME", {"both": made})])
    assert json.loads(text)["ROWS"] == json.loads(text)["BY_NAME"]["both"]
    lines = [line for line in text.splitlines() if '"one"' in line or '"other"' in line]
    assert len(lines) == 4
    assert all(line.strip().startswith('{"name"') for line in lines)


@pytest.mark.parametrize(
    "row",
    [{"name": "one", "verdict": "OK"}, {"name": "one", "verdict": "OK", "on": [], "onn": []}],
    ids=("a field is missing", "a field is unknown"),
)
def test_what_is_not_a_row_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        rows(tuple[Alternative, ...], [row])
