"""A sequence gets smaller and still shows what it showed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dulcimer.fuzz.findings.recipes import CookedPdu, PduRecipe, RecipeChange
from dulcimer.fuzz.findings.shrinking import ShrunkSequence, shrink, shrink_history
from dulcimer.fuzz.sequences.steps import (
    AwaitReply,
    Chunks,
    Close,
    FuzzSequence,
    FuzzStep,
    Pause,
    SendBytes,
)
from dulcimer.wire.codec import decode
from support.fuzz_sequences import LEGAL, sequences

Question = Callable[[FuzzSequence], bool]
SMALL = sequences(st.binary(max_size=12), most=5)
PLENTY = 100_000


def any_question(whole: FuzzSequence, seed: int, odds: int) -> Question:
    """Yes for the whole, and for one in `odds` of all others, without any order in it."""

    def asks(sequence: FuzzSequence) -> bool:
        digest = hashlib.sha256(f"{seed} {sequence.digest}".encode()).digest()
        return sequence == whole or digest[0] % odds == 0

    return asks


def size(sequence: FuzzSequence) -> tuple[int, int, int, float]:
    operators = [text for step in sequence.steps if isinstance(step, SendBytes | Chunks) for text in step.operators]
    changes = [text for text in operators if not text.startswith("bytes left out")]
    waits = sum(step.seconds for step in sequence.steps if isinstance(step, Pause | Chunks))
    return len(sequence.steps), len(changes), len(sequence.sent), waits


@given(SMALL, st.integers(0, 9), st.integers(2, 6))
def test_result_still_fails_is_not_larger_and_needs_each_of_its_steps(
    sequence: FuzzSequence, seed: int, odds: int
) -> None:
    asks = any_question(sequence, seed, odds)
    found = shrink(sequence, asks, most_tries=PLENTY)
    assert found.is_minimal
    assert found.shows
    assert asks(found.sequence)
    assert size(found.sequence) <= size(sequence)
    steps = found.sequence.steps
    assert not any(asks(replace(sequence, steps=(*steps[:at], *steps[at + 1 :]))) for at in range(len(steps)))
    assert (found.sequence.role, found.sequence.cell) == (sequence.role, sequence.cell)


@given(SMALL, st.integers(0, 9), st.integers(2, 6), st.integers(1, 30))
def test_tries_are_bounded_and_the_best_so_far_is_given(
    sequence: FuzzSequence, seed: int, odds: int, most_tries: int
) -> None:
    asked: list[FuzzSequence] = []
    asks = any_question(sequence, seed, odds)

    def counted(one: FuzzSequence) -> bool:
        asked.append(one)
        return asks(one)

    found = shrink(sequence, counted, most_tries=most_tries)
    assert len(asked) == found.tries <= most_tries
    assert asks(found.sequence)
    assert size(found.sequence) <= size(sequence)
    assert shrink(sequence, asks, most_tries=most_tries) == found
    refused = [one for one in asked if not asks(one)]
    assert len({one.digest for one in refused}) == len(refused)


def holds_bytes(needed: bytes) -> Question:
    return lambda sequence: any(needed in step.data for step in sequence.steps if isinstance(step, SendBytes | Chunks))


@given(SMALL, SMALL, st.binary(min_size=1, max_size=4), st.binary(max_size=9), st.binary(max_size=9))
def test_only_what_is_needed_is_left(
    before: FuzzSequence, after: FuzzSequence, needed: bytes, left: bytes, right: bytes
) -> None:
    step = Chunks(left + needed + right, "A-ABORT", ("A-ABORT/source: 0 -> 9",), (1, 2), 0.5)
    sequence = FuzzSequence("acceptor", (*before.steps, step, *after.steps))
    found = shrink(sequence, holds_bytes(needed), most_tries=PLENTY)
    (kept,) = found.sequence.steps
    assert isinstance(kept, SendBytes)
    assert kept.data == needed


def test_pdus_that_follow_the_standard_keep_their_bytes_and_lengths_of_changed_ones_stay_right() -> None:
    request = b"\x05\0\0\0\0\x04\0\0\0\0"
    changed = b"\x04\0\0\0\0\x08" + b"abKcdefg"
    steps: tuple[FuzzStep, ...] = (
        SendBytes(request, "A-RELEASE-RQ"),
        AwaitReply(),
        SendBytes(changed, "P-DATA-TF", ("P-DATA-TF/x: 1 -> 2",)),
        Close(),
    )

    def asks(sequence: FuzzSequence) -> bool:
        data = sequence.sent
        return data.startswith(request) and b"K" in data and int.from_bytes(data[12:16], "big") == len(data) - 16

    found = shrink(FuzzSequence("acceptor", steps), asks)
    assert found.sequence.steps == (
        SendBytes(request, "A-RELEASE-RQ"),
        SendBytes(b"\x04\0\0\0\0\x01K", "P-DATA-TF", ("P-DATA-TF/x: 1 -> 2", "bytes left out: 7")),
    )
    again = shrink(found.sequence, lambda sequence: b"K" in sequence.sent)
    label = "PDU of type 4BH (incomplete)"
    assert again.sequence.steps == (SendBytes(b"K", label, ("P-DATA-TF/x: 1 -> 2", "bytes left out: 13")),)


def test_pauses_and_pieces_get_simpler_if_time_is_needed() -> None:
    sequence = FuzzSequence("acceptor", (Pause(30.0), Chunks(b"abc", "", (), (1, 1, 1), 5.0)))

    def asks(one: FuzzSequence) -> bool:
        waits = [step for step in one.steps if isinstance(step, Pause)]
        pieces = [step for step in one.steps if isinstance(step, Chunks)]
        return bool(waits and pieces) and waits[0].seconds >= 0.05 and len(list(pieces[0].pieces())) > 1

    found = shrink(sequence, asks)
    waited, sent = found.sequence.steps
    assert waited == Pause(0.1)
    assert isinstance(sent, Chunks)
    assert (len(sent.data), sent.sizes, sent.seconds) == (2, (1,), 0.0)


def test_what_would_be_longer_is_not_tried() -> None:
    sequence = FuzzSequence("acceptor", (Pause(0.05),))
    found = shrink(sequence, lambda one: sum(step.seconds for step in one.steps if isinstance(step, Pause)) > 0.01)
    assert found.sequence == sequence


MARKS = b"abcdefgh"


def cook(recipe: PduRecipe) -> CookedPdu | None:
    """Each change appends its mark and the number it draws; the mark h needs the mark g before it."""
    data, words = recipe.base, []
    for change in recipe.changes:
        if change.operator == "h" and b"g" not in data:
            return None
        number = int.from_bytes(change.choices.ljust(2, b"\0")[:2], "big")
        data += change.operator.encode() + number.to_bytes(2, "big")
        words.append(f"{change.operator}: {number}")
    return CookedPdu(data, tuple(words))


CHANGES = st.lists(
    st.builds(RecipeChange, st.sampled_from([chr(mark) for mark in MARKS]), st.just("node"), st.binary(max_size=3)),
    max_size=6,
)
RECIPES = st.lists(
    st.builds(lambda base, changes: PduRecipe(base, tuple(changes)), LEGAL, CHANGES).filter(
        lambda one: cook(one) is not None
    ),
    min_size=1,
    max_size=4,
)


def made(recipes: list[PduRecipe]) -> FuzzSequence:
    steps = []
    for recipe in recipes:
        done = cook(recipe)
        assert done is not None
        steps.append(SendBytes(done.data, "A PDU", done.operators))
    return FuzzSequence("acceptor", tuple(steps))


def test_operators_are_taken_back_and_choices_get_simple() -> None:
    base = b"\x05\0\0\0\0\x04\0\0\0\0"
    changes = tuple(RecipeChange(mark, "node", bytes([7, 9, 3])) for mark in "abgch")
    recipes = [PduRecipe(base, changes), PduRecipe(base, changes[:2])]

    def asks(sequence: FuzzSequence) -> bool:
        texts = [text for step in sequence.steps if isinstance(step, SendBytes) for text in step.operators]
        numbers = [int(text[3:]) for text in texts if text.startswith("h: ")]
        return any(number >= 0x0204 for number in numbers)

    found = shrink(made(recipes), asks, recipes=recipes, cook=cook, most_tries=PLENTY)
    (recipe,) = found.recipes
    assert recipe is None
    (step,) = found.sequence.steps
    assert isinstance(step, SendBytes)
    assert step.operators[:2] == ("g: 0", "h: 768")


@given(RECIPES, st.integers(0, 9), st.integers(2, 6))
def test_bytes_are_what_the_recipe_gives_unless_bytes_were_left_out(
    recipes: list[PduRecipe], seed: int, odds: int
) -> None:
    sequence = made(recipes)
    asks = any_question(sequence, seed, odds)
    found: ShrunkSequence = shrink(sequence, asks, recipes=recipes, cook=cook, most_tries=300)
    assert len(found.recipes) == len(found.sequence.steps)
    assert asks(found.sequence)
    assert size(found.sequence) <= size(sequence)
    for step, recipe in zip(found.sequence.steps, found.recipes, strict=True):
        assert isinstance(step, SendBytes)
        if recipe is None:
            assert step.operators[-1].startswith("bytes left out: ")
        else:
            assert cook(recipe) == CookedPdu(step.data, step.operators)


@given(LEGAL)
def test_one_operator_too_many_is_taken_back_whole(base: bytes) -> None:
    recipes = [PduRecipe(base, (RecipeChange("a", "node", b"\1\2"),))]
    found = shrink(made(recipes), lambda one: bool(one.steps), recipes=recipes, cook=cook)
    assert found.is_minimal
    assert found.tries < 6
    (step,) = found.sequence.steps
    assert isinstance(step, SendBytes)
    assert step == SendBytes(base, "A PDU")
    assert decode(step.data)


def test_long_choices_do_not_make_it_long() -> None:
    followed = 0

    def counting(recipe: PduRecipe) -> CookedPdu | None:
        nonlocal followed
        followed += 1
        return cook(recipe)

    recipes = [PduRecipe(b"", (RecipeChange("a", "node", bytes([255]) * 100_000),))]
    found = shrink(made(recipes), lambda one: b"a\xff" in one.sent, recipes=recipes, cook=counting, most_tries=50)
    assert followed <= 200
    assert found.tries <= 50
    assert len(found.sequence.sent) <= 3


def test_what_does_not_show_it_is_left_alone() -> None:
    sequence = FuzzSequence("acceptor", (Pause(1.0), Close()))
    found = shrink(sequence, lambda _: False)
    assert (found.sequence, found.shows, found.is_minimal, found.tries) == (sequence, False, False, 1)


@given(st.lists(st.integers(0, 20), unique=True, max_size=12), st.data())
def test_of_the_connections_before_only_the_needed_are_left(numbers: list[int], data: st.DataObject) -> None:
    needed = data.draw(st.sets(st.sampled_from(numbers))) if numbers else set()
    history = [FuzzSequence("acceptor", (Pause(float(number)),)) for number in numbers]
    wanted = tuple(one for one, number in zip(history, numbers, strict=True) if number in needed)

    def asks(rest: tuple[FuzzSequence, ...]) -> bool:
        return set(wanted) <= set(rest)

    assert shrink_history(history, asks, PLENTY) == wanted
    best = shrink_history(history, asks, 3)
    assert asks(best)
    assert len(best) <= len(history)
