"""A recipe that was written while operators were applied gives the same bytes again, and can be shrunk."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer._generated.commands import CFindRq
from dulcimer.conformance.stimuli.dimse import data_set
from dulcimer.fuzz.choices import SeededChoices
from dulcimer.fuzz.corpus.messages import message_pdu, message_pdus
from dulcimer.fuzz.corpus.seeds import acceptor_seeds
from dulcimer.fuzz.corpus.streams import pdus_of
from dulcimer.fuzz.findings.cooking import apply_recorded, cook
from dulcimer.fuzz.findings.recipes import CookedPdu, PduRecipe, RecipeChange
from dulcimer.fuzz.findings.shrinking import shrink
from dulcimer.fuzz.operators.catalogue import places
from dulcimer.fuzz.sequences.steps import FuzzSequence, SendBytes
from dulcimer.fuzz.tree.any_pdus import tree_of_pdus
from dulcimer.fuzz.tree.nodes import Node

FIND = CFindRq(affected_sop_class_uid="1.2.840.10008.5.1.4.1.2.2.1", message_id=1, priority=0)
KEYS = data_set("identifier")
BASES = [
    *(pdu for seed in acceptor_seeds().values() for pdu in pdus_of(seed.sent) if len(pdu) < 1000),
    message_pdu(3, FIND, KEYS),
    b"".join(message_pdus(3, FIND, KEYS)),
    b"".join(message_pdus(3, FIND, KEYS, fragment=20)),
    b"\1\2\3",
]


def changed(base: bytes, seed: int, count: int) -> tuple[PduRecipe, CookedPdu]:
    """A recipe of so many applications, and what they gave when they were made."""
    choices = SeededChoices(seed)
    tree: Node = tree_of_pdus(base)
    changes: list[RecipeChange] = []
    texts: list[str] = []
    for _ in range(count):
        where = list(places(tree))
        if not where:
            break
        path, operator = choices.pick(where)
        application, change = apply_recorded(tree, operator, path, choices)
        if change is not None and application.changed and len(application.octets) < 2000:
            tree = application.tree
            changes.append(change)
            texts.append(str(application))
    return PduRecipe(base, tuple(changes)), CookedPdu(tree.octets, tuple(texts))


@settings(max_examples=60)
@given(st.sampled_from(BASES), st.integers(0, 1 << 32), st.integers(0, 3))
def test_recipe_gives_the_bytes_and_the_words_again(base: bytes, seed: int, count: int) -> None:
    recipe, made = changed(base, seed, count)
    assert cook(recipe) == made


@pytest.mark.parametrize(
    "change",
    [
        RecipeChange("no such operator", "A-ABORT/source"),
        RecipeChange("", "A-ABORT/no_such_field"),
        RecipeChange("", ""),
    ],
    ids=str,
)
def test_change_that_cannot_be_made_gives_nothing(change: RecipeChange) -> None:
    abort = next(pdu for pdu in BASES if pdu[0] == 7)
    operator = change.operator or next(one.name for path, one in places(tree_of_pdus(abort)) if path)
    assert cook(PduRecipe(abort, (RecipeChange(operator, change.node),))) is None


@settings(max_examples=10)
@given(st.integers(0, 1 << 32))
def test_shrunk_sequence_is_what_its_recipes_give_and_one_change_is_enough(seed: int) -> None:
    some = [base for base in BASES if len(base) < 100]
    pairs = [changed(some[(seed + number) % len(some)], seed + number, 2) for number in range(3)]
    pairs = [(recipe, made) for recipe, made in pairs if recipe.changes]
    steps = tuple(SendBytes(made.data, "A PDU", made.operators) for _, made in pairs)
    wanted = {str(change) for recipe, _ in pairs[:1] for change in recipe.changes[:1]}

    def first_operator(sequence: FuzzSequence) -> bool:
        texts = [
            text.partition(": ")[0] for step in sequence.steps if isinstance(step, SendBytes) for text in step.operators
        ]
        return not wanted or pairs[0][1].operators[0].partition(": ")[0] in texts

    found = shrink(
        FuzzSequence("acceptor", steps),
        first_operator,
        recipes=[recipe for recipe, _ in pairs],
        cook=cook,
        most_tries=100,
    )
    assert first_operator(found.sequence)
    if not found.is_minimal:
        return
    assert len(found.sequence.steps) == len(wanted)
    for step, recipe in zip(found.sequence.steps, found.recipes, strict=True):
        assert isinstance(step, SendBytes)
        assert len([text for text in step.operators if not text.startswith("bytes left out")]) == 1
        assert recipe is None or cook(recipe) == CookedPdu(step.data, step.operators)
