"""A reproducer is written by its schema and read again; what does not follow the schema is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.engine.conversation import EndKind
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.json_schema import SchemaMismatchError, check
from dulcimer.fuzz.findings.reproducer import Reproducer, ReproducerFormatError, schema
from dulcimer.fuzz.findings.seen import SeenKind
from dulcimer.fuzz.sequences.steps import FuzzSequence, SendBytes, step_to_json
from support.fuzz_findings import reproducers
from support.fuzz_sequences import ANY_DATA, steps


@settings(max_examples=60)
@given(reproducers())
def test_reproducer_follows_the_schema_and_comes_back_the_same(reproducer: Reproducer) -> None:
    text = reproducer.to_text()
    check(json.loads(text), schema())
    assert Reproducer.from_text(text) == reproducer
    assert Reproducer.from_text(text).to_text() == text


@given(steps(ANY_DATA))
def test_every_kind_of_step_is_in_the_schema(step: Any) -> None:
    wanted = schema()["$defs"]["sequence"]["properties"]["steps"]["items"]
    check(step_to_json(step), {**wanted, "$defs": schema()["$defs"]})


def test_names_in_the_schema_are_those_of_the_code() -> None:
    finding = schema()["properties"]["finding"]["properties"]
    assert finding["oracle"]["enum"] == list(FindingOracle)
    assert finding["confidence"]["enum"] == list(Confidence)
    parts = schema()["$defs"]
    assert parts["seen-end"]["properties"]["end"]["enum"] == list(EndKind)
    kinds = [parts[name]["properties"]["kind"] for name in parts if name.startswith("seen-")]
    named = [one for kind in kinds for one in kind.get("enum", [kind.get("const")])]
    assert sorted(named) == sorted(SeenKind)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values inside a value."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in entries:
        yield (*path, name)
        yield from places(inner, (*path, name))


JUNK: SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=4) | st.just({}) | st.just([])
)


@settings(max_examples=60)
@given(reproducers(), st.data())
def test_damaged_value_is_refused_by_the_schema_or_read(reproducer: Reproducer, data: st.DataObject) -> None:
    value = copy.deepcopy(reproducer.to_json())
    *path, name = data.draw(st.sampled_from(list(places(value))), label="place")
    inner = value
    for step in path:
        inner = inner[step]
    if data.draw(st.booleans(), label="leave out"):
        del inner[name]
    else:
        inner[name] = data.draw(JUNK, label="junk")
    try:
        check(value, schema())
    except SchemaMismatchError:
        with pytest.raises(ReproducerFormatError):
            Reproducer.from_json(value)
        return
    try:
        found = Reproducer.from_json(value)
    except ReproducerFormatError as error:
        assert any(word in str(error) for word in ("deviation names", "replays", "entries for", "cell of Table"))
    else:
        assert Reproducer.from_text(found.to_text()) == found


@given(st.recursive(JUNK, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)))
def test_any_json_is_refused_by_its_own_error(value: Any) -> None:
    with pytest.raises(ReproducerFormatError):
        Reproducer.from_json(value)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\0"])
def test_what_is_no_json_is_refused_by_its_own_error(text: str) -> None:
    with pytest.raises(ReproducerFormatError):
        Reproducer.from_text(text)


def test_the_form_of_the_file() -> None:
    step = SendBytes(b"\1\2", "A-ABORT", ("A-ABORT/source: 0 -> 3",))
    finding = FuzzFinding(FindingOracle.EXIT, "It ended by signal 11.", times=9, tries=10)
    value = Reproducer(finding, FuzzSequence("acceptor", (step,)), tool="dulcimer 1").to_json()
    assert value == {
        "kind": "dulcimer-reproducer",
        "version": 1,
        "tool": "dulcimer 1",
        "target": {"command": "", "version": "", "tls": False, "calling": "DULCIMER", "called": "ANY-SCP"},
        "campaign": {"seed": None, "batch": None},
        "finding": {
            "oracle": "exit",
            "verdict": "It ended by signal 11.",
            "confidence": "fact",
            "clause": "",
            "cell": None,
            "operators": [],
            "frames": [],
            "times": 9,
            "tries": 10,
        },
        "expected": [],
        "seen": {"serves": None, "lines": []},
        "rounds": 1,
        "before": [],
        "sequence": {
            "version": 1,
            "role": "acceptor",
            "cell": None,
            "steps": [
                {"do": "send", "data": "0102", "label": "A-ABORT", "operators": ["A-ABORT/source: 0 -> 3"]},
            ],
        },
        "recipes": [],
    }


def test_titles_that_are_not_in_a_file_are_the_usual_ones() -> None:
    value = Reproducer(FuzzFinding(FindingOracle.EXIT, "It ended."), FuzzSequence("acceptor", ())).to_json()
    del value["target"]["calling"], value["target"]["called"]
    assert Reproducer.from_json(value).target.titles == Titles()
