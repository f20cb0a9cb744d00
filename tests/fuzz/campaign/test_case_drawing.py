"""Cases of the table, of the corpus and of the pairs; those that were tried seldom come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.campaign.atlas import WEAK_SPOTS, Atlas
from dulcimer.fuzz.campaign.drawing import CaseDrawer
from dulcimer.fuzz.choices import OctetChoices, SeededChoices
from dulcimer.fuzz.corpus.requestor_seeds import requestor_seeds
from dulcimer.fuzz.corpus.seeds import acceptor_seeds
from dulcimer.fuzz.operators.catalogue import OPERATORS, Pair, all_campaign_pairs, places
from dulcimer.fuzz.sequences.rendering import BasePdus
from dulcimer.fuzz.sequences.steps import FuzzSequence, Pause, RefuseConnection, SendBytes, TargetRole
from dulcimer.fuzz.tree.any_pdus import tree_of_pdus
from dulcimer.fuzz.tree.paths import schema_name_of

CORPUS = tuple(acceptor_seeds()[name] for name in ("C-ECHO", "A-ABORT first", "A-RELEASE-RQ first"))
DRAWERS: Mapping[TargetRole, CaseDrawer] = {role: CaseDrawer(role, BasePdus()) for role in ("acceptor", "requestor")}
CORPORA: Mapping[TargetRole, tuple[FuzzSequence, ...]] = {
    "acceptor": CORPUS,
    "requestor": tuple(requestor_seeds().values())[:3],
}
ROLES = st.sampled_from(sorted(DRAWERS))
NO_CELLS: Mapping[Cell, int] = {}
NO_PAIRS: Mapping[Pair, int] = {}
SMALL = Atlas("acceptor", CORPUS[1:])


def pairs_in(data: bytes) -> set[Pair]:
    tree = tree_of_pdus(data)
    return {(schema_name_of(tree, path), operator.name) for path, operator in places(tree)}


def test_atlas_has_the_pairs_of_all_steps_and_no_others() -> None:
    steps = [step for sequence in CORPUS[1:] for step in sequence.steps if isinstance(step, SendBytes)]
    assert set(SMALL.pairs) == set[Pair]().union(*(pairs_in(step.data) for step in steps))
    assert set(SMALL.pairs) <= all_campaign_pairs()


@settings(max_examples=30)
@given(st.integers(), st.dictionaries(st.sampled_from(SMALL.pairs), st.integers(0, 9)))
def test_place_of_a_pair_has_it(seed: int, tried: Mapping[Pair, int]) -> None:
    place, pair = SMALL.draw(tried, SeededChoices(seed))
    step = place.sequence.steps[place.step]
    assert isinstance(step, SendBytes)
    assert pair in pairs_in(step.data)


def test_pairs_that_were_tried_least_are_drawn_first() -> None:
    tried: Counter[Pair] = Counter()
    for seed in range(10 * len(SMALL.pairs)):
        tried[SMALL.draw(tried, SeededChoices(seed))[1]] += 1
    assert set(tried) == set(SMALL.pairs)


def test_places_in_sequences_that_are_served_come_first() -> None:
    echo, store = (acceptor_seeds()[name] for name in ("C-ECHO", "C-STORE"))
    atlas = Atlas("acceptor", (echo, store), frozenset({store.digest}))
    drawn = [atlas.draw({}, SeededChoices(seed)) for seed in range(300)]
    places_of_commands = [place for place, pair in drawn if pair[0].startswith("P-DATA-TF/command_pdv")]
    of_store = sum(place.sequence == store for place in places_of_commands)
    assert of_store > 2 * (len(places_of_commands) - of_store) > 0


def test_sequences_that_are_served_are_changed_more_often() -> None:
    served = frozenset({CORPUS[0].digest})
    drawers = [CaseDrawer("acceptor", BasePdus(), each) for each in (served, frozenset[str]())]
    names = {step.label for step in CORPUS[0].steps if isinstance(step, SendBytes)}
    counts = []
    for drawer in drawers:
        cases = [drawer.case(CORPUS, SeededChoices(seed), NO_CELLS, NO_PAIRS) for seed in range(150)]
        bases = [case.sequence for case in cases if case.sequence.cell is None]
        counts.append(
            sum(any(isinstance(step, SendBytes) and step.label in names for step in base.steps) for base in bases)
        )
    assert counts[0] > counts[1]


def test_operators_that_parsers_fall_over_are_drawn_sooner() -> None:
    """Among pairs that were not tried yet, those with more to try, and notorious ones, come sooner."""
    atlas = Atlas("acceptor", [acceptor_seeds()["C-STORE"]])
    drawn = Counter(atlas.draw({}, SeededChoices(seed))[1][1] for seed in range(400))
    assert drawn["string-path"] > drawn["string-blank"]
    assert (
        sum(drawn[operator.name] for operator in OPERATORS if operator.is_notorious) > len(list(drawn.elements())) / 6
    )


@pytest.mark.parametrize("role", ["acceptor", "requestor"])
def test_weak_spots_of_receivers_are_drawn_soon(role: TargetRole) -> None:
    atlas, tried = Atlas(role, (*CORPORA[role], acceptor_seeds()["C-STORE"])), Counter[Pair]()
    for seed in range(1500):
        tried[atlas.draw(tried, SeededChoices(seed))[1]] += 1
    weak = WEAK_SPOTS.intersection(atlas.pairs)
    assert len(weak) >= 3
    assert {pair: tried[pair] for pair in weak if tried[pair] < 5} == {}


def test_weak_spots_are_pairs_of_the_schemas() -> None:
    assert all_campaign_pairs() >= WEAK_SPOTS


def test_atlas_of_nothing_has_no_pairs() -> None:
    empty = Atlas("acceptor", [FuzzSequence("acceptor", (SendBytes(b"", "nothing"), SendBytes(bytes(9000), "long")))])
    assert empty.pairs == ()
    with pytest.raises(ValueError, match="no number"):
        empty.draw({}, SeededChoices(0))


@settings(max_examples=30)
@given(ROLES, st.integers())
def test_same_choices_and_counts_give_the_same_next_case(role: TargetRole, seed: int) -> None:
    drawer, corpus = DRAWERS[role], CORPORA[role]
    one, other = (drawer.case(corpus, SeededChoices(seed), NO_CELLS, NO_PAIRS) for _ in range(2))
    assert one == other
    assert one.sequence.role == role
    assert len(one.recipes) == len(one.sequence.steps)


@settings(max_examples=30)
@given(ROLES, st.binary(max_size=80))
def test_any_bytes_draw_a_case_that_does_not_wait(role: TargetRole, data: bytes) -> None:
    case = DRAWERS[role].case(CORPORA[role], OctetChoices(data), NO_CELLS, NO_PAIRS)
    assert not any(isinstance(step, Pause | RefuseConnection) for step in case.sequence.steps)


def test_simplest_choices_draw_a_valid_case_of_the_table() -> None:
    case = DRAWERS["acceptor"].case(CORPUS, OctetChoices(b""), NO_CELLS, NO_PAIRS)
    assert case.sequence.cell is not None
    assert case.pairs == ()
    assert set(case.recipes) <= {None}


def test_cells_that_were_visited_often_are_drawn_seldom() -> None:
    drawer = DRAWERS["acceptor"]
    cells: Counter[Cell] = Counter()
    for seed in range(150):
        case = drawer.case((), SeededChoices(seed), cells, NO_PAIRS)
        if case.sequence.cell is not None:
            cells[case.sequence.cell] += 1
    often = dict.fromkeys(list(cells)[:-5], 10**9)
    drawn = [drawer.case((), SeededChoices(seed), often, NO_PAIRS).sequence.cell for seed in range(150)]
    of_the_table = [cell for cell in drawn if cell is not None and cell in often]
    assert len(of_the_table) < sum(cell is not None for cell in drawn) / 2


def test_all_three_kinds_of_cases_are_drawn() -> None:
    drawer = DRAWERS["acceptor"]
    cases = [drawer.case(CORPUS, SeededChoices(seed), NO_CELLS, NO_PAIRS) for seed in range(60)]
    assert any(case.sequence.cell is not None for case in cases)
    assert any(case.sequence.cell is None for case in cases)
    assert any(case.pairs for case in cases)
