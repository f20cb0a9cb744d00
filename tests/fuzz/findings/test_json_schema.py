"""The words of JSON Schema that the published schemas use mean what the standard of JSON Schema says."""

from __future__ import annotations

from typing import Any

import pytest

from dulcimer.fuzz.findings.json_schema import SchemaMismatchError, check

NAN = float("nan")
RULES: list[tuple[dict[str, Any], list[Any], list[Any]]] = [
    ({"type": "integer"}, [1, -1, 1.0, 10**30], [True, 1.5, "1", None, NAN]),
    ({"type": "number"}, [1, 1.5], [False, "1"]),
    ({"type": ["string", "null"]}, ["", None], [0, []]),
    ({"type": "boolean"}, [True], [1, 0]),
    ({"type": "object"}, [{}], [[]]),
    ({"type": "array"}, [[]], [{}, "ab"]),
    ({"const": 1}, [1, 1.0], [True, 2, "1"]),
    ({"enum": ["a", 0]}, ["a", 0], [False, "b"]),
    ({"pattern": "^[0-9]+$"}, ["12", 12, None], ["1a", "", "1\n"]),
    ({"minimum": 0}, [0, 5, "x", True], [-1, NAN]),
    ({"maximum": 3}, [3, -5, "x"], [4, NAN]),
    ({"minLength": 2}, ["ab", 1], ["a"]),
    ({"required": ["a"]}, [{"a": None}, []], [{}]),
    ({"properties": {"a": {"type": "null"}}}, [{}, {"a": None}, {"b": 1}], [{"a": 1}]),
    ({"properties": {"a": {}}, "additionalProperties": False}, [{"a": 1}, 3], [{"b": 1}]),
    (
        {"properties": {"a": {}}, "additionalProperties": {"type": "null"}},
        [{"a": 1, "b": None}, {}, 3],
        [{"b": 1}, {"b": None, "c": 1}],
    ),
    ({"items": {"type": "null"}}, [[], [None], "ab"], [[None, 1]]),
    ({"oneOf": [{"type": "integer"}, {"minimum": 2}]}, [1, 2.5, "a"], [3, 1.5]),
    ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}}}, [None], [1]),
    ({"title": "a", "description": "b", "$id": "c", "$schema": "d"}, [1], []),
]


@pytest.mark.parametrize(("rule", "right", "wrong"), RULES, ids=[" ".join(rule) for rule, _, _ in RULES])
def test_each_word(rule: dict[str, Any], right: list[Any], wrong: list[Any]) -> None:
    for value in right:
        check(value, rule)
    for value in wrong:
        with pytest.raises(SchemaMismatchError):
            check(value, rule)


def test_place_is_named() -> None:
    rule = {"properties": {"a": {"items": {"required": ["b"]}}}}
    with pytest.raises(SchemaMismatchError, match=r"^\$\.a\[1\]\.b is missing$"):
        check({"a": [{"b": 1}, {}]}, rule)


def test_word_that_is_not_known_is_no_rule_that_passes() -> None:
    with pytest.raises(ValueError, match="maxItems"):
        check([], {"maxItems": 3})
