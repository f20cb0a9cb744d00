"""The page of the rooms: arrows are imports, and no arrow follows from the others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codegen.pages.rooms import PACKAGE, imports, reduced, rooms_in

NAMES = "abcdef"
GRAPHS = st.fixed_dictionaries(
    {name: st.sets(st.sampled_from(NAMES[place + 1 :] or "f")) for place, name in enumerate(NAMES)}
).map(lambda graph: graph | {"f": set()})


def reached(graph: dict[str, set[str]], name: str) -> set[str]:
    return {name}.union(*(reached(graph, target) for target in graph[name]))


@given(GRAPHS)
def test_fewest_arrows_reach_the_same(graph: dict[str, set[str]]) -> None:
    fewer = reduced(graph)
    assert {name: reached(fewer, name) for name in graph} == {name: reached(graph, name) for name in graph}
    for name, targets in fewer.items():
        for target in targets:
            without = fewer | {name: targets - {target}}
            assert target not in reached(without, name)


def test_graph_has_rooms_and_well_known_imports() -> None:
    graph = imports(PACKAGE)
    assert set(graph) == rooms_in(PACKAGE)
    assert "construct" not in graph
    assert {"wire", "_generated"} <= graph["fsm"]
    assert "fsm" not in graph["wire"]
    assert "fsm" not in graph["conformance"]
