"""Cases follow from the choices alone, say how they were made, and can be made again from what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from dulcimer.fuzz.campaign.making import make_case
from dulcimer.fuzz.choices import OctetChoices, SeededChoices
from dulcimer.fuzz.corpus.messages import message_pdu
from dulcimer.fuzz.corpus.requestor_seeds import requestor_seeds
from dulcimer.fuzz.corpus.seeds import acceptor_seeds
from dulcimer.fuzz.corpus.streams import sent
from dulcimer.fuzz.findings.cooking import cook
from dulcimer.fuzz.findings.shrinking import shrink
from dulcimer.fuzz.operators.catalogue import Pair, places
from dulcimer.fuzz.operators.fitting import exceeds
from dulcimer.fuzz.sequences.lengthening import is_message
from dulcimer.fuzz.sequences.steps import Chunks, FuzzSequence, FuzzStep, SendBytes
from dulcimer.fuzz.tree.any_pdus import tree_of_pdus
from dulcimer.fuzz.tree.paths import schema_name_of

_LONGEST = 2000
"""Bytes; longer seeds have nothing that others have not, and very many places."""
SEEDS = tuple(seed for seed in (acceptor_seeds() | requestor_seeds()).values() if len(seed.sent) < _LONGEST)
NOTHING: Mapping[Pair, int] = {}
bases = st.sampled_from(SEEDS)


@given(bases, st.integers())
def test_same_choices_give_the_same_case(base: FuzzSequence, seed: int) -> None:
    one, other = (make_case(base, SeededChoices(seed), NOTHING) for _ in range(2))
    assert one == other


@given(bases, st.integers())
def test_recipe_gives_the_bytes_of_its_step_again(base: FuzzSequence, seed: int) -> None:
    case = make_case(base, SeededChoices(seed), NOTHING)
    assert len(case.recipes) == len(case.sequence.steps)
    for step, recipe in zip(case.sequence.steps, case.recipes, strict=True):
        if recipe is not None:
            assert isinstance(step, SendBytes | Chunks)
            cooked = cook(recipe)
            assert cooked is not None
            assert (cooked.data, cooked.operators) == (step.data, step.operators)


@given(bases, st.integers())
def test_what_was_changed_before_is_still_said(base: FuzzSequence, seed: int) -> None:
    """A case may go into the corpus, and be changed again."""
    choices = SeededChoices(seed)
    first = make_case(base, choices, NOTHING).sequence
    second = make_case(first, choices, NOTHING)
    lost = Counter(first.operators) - Counter(second.sequence.operators)
    sending = [
        sum(isinstance(step, SendBytes | Chunks) for step in steps) for steps in (first.steps, second.sequence.steps)
    ]
    left_out = sending[1] < sending[0]
    assert not lost or left_out
    for step, recipe in zip(second.sequence.steps, second.recipes, strict=True):
        if recipe is not None:
            assert isinstance(step, SendBytes | Chunks)
            cooked = cook(recipe)
            assert cooked is not None
            assert (cooked.data, cooked.operators) == (step.data, step.operators)


@given(bases, st.binary(max_size=60))
def test_any_bytes_drive_it(base: FuzzSequence, data: bytes) -> None:
    assert make_case(base, OctetChoices(data), NOTHING).sequence.role == base.role


def test_pairs_that_were_tried_least_come_first() -> None:
    """With the counts, far more pairs are tried in the same number of cases."""
    base = SEEDS[0]
    counts: Counter[Pair] = Counter()
    blind: Counter[Pair] = Counter()
    for seed in range(60):
        counts.update(make_case(base, SeededChoices(seed), counts).pairs)
        blind.update(make_case(base, SeededChoices(seed), NOTHING).pairs)
    assert len(counts) > len(blind)


def test_every_pair_of_a_step_is_tried_in_the_end() -> None:
    base = FuzzSequence("acceptor", (SendBytes(bytes.fromhex("07000000000400000000"), "A-ABORT"),))
    tree = tree_of_pdus(base.sent)
    wanted = {(schema_name_of(tree, path), operator.name) for path, operator in places(tree)}
    counts: Counter[Pair] = Counter()
    for seed in range(20 * len(wanted)):
        counts.update(make_case(base, SeededChoices(seed), counts).pairs)
    assert wanted <= set(counts)


def damaged(sequence: FuzzSequence) -> list[int]:
    """The steps that send something changed."""
    return [number for number, step in enumerate(sequence.steps) if isinstance(step, SendBytes) and step.operators]


def test_several_pdus_of_an_association_are_damaged_in_some_cases() -> None:
    """Also after messages that are as they should be; and the pairs that count are those of the first of them."""
    base, cases = acceptor_seeds()["C-ECHO"], []
    for seed in range(400):
        cases.append(make_case(base, SeededChoices(seed), NOTHING))
    several = [case for case in cases if len(damaged(case.sequence)) > 1]
    assert len(cases) / 20 < len(several) < len(cases) / 3
    assert max(len(damaged(case.sequence)) for case in several) > 2
    late = [
        case
        for case in cases
        if damaged(case.sequence) and sum(is_message(step) for step in case.sequence.steps[: damaged(case.sequence)[0]])
    ]
    assert late
    firsts = [(next(filter(None, case.recipes)), {operator for _, operator in case.pairs}) for case in several]
    as_counted = sum({change.operator for change in first.changes} <= counted for first, counted in firsts)
    assert as_counted > len(several) * 0.8  # in the others the steps have changed places


def test_several_damaged_pdus_are_taken_back_one_by_one() -> None:
    """Of a case with several, the one that matters is left, whichever it is."""
    base = acceptor_seeds()["C-ECHO three times"]
    several = (make_case(base, SeededChoices(seed), NOTHING) for seed in range(400))
    case = next(case for case in several if len(damaged(case.sequence)) > 2)
    for number in damaged(case.sequence):
        step = case.sequence.steps[number]

        def shows(smaller: FuzzSequence, wanted: FuzzStep = step) -> bool:
            return isinstance(wanted, SendBytes) and wanted.data in smaller.sent

        small = shrink(case.sequence, shows, recipes=case.recipes, cook=cook)
        assert len(damaged(small.sequence)) == 1, small.sequence.operators


def test_long_messages_are_mostly_cut_so_that_the_target_takes_them() -> None:
    """What is in them is read then, and not their length alone; and their recipes give the same bytes."""
    maximum = 128
    base = FuzzSequence("acceptor", (sent(message_pdu(1, b"command", bytes(300))),))
    counted = Counter[bool]()
    for seed in range(120):
        case = make_case(base, SeededChoices(seed), NOTHING, maximum)
        for step, recipe in zip(case.sequence.steps, case.recipes, strict=True):
            if recipe is None or not isinstance(step, SendBytes):
                continue
            counted[exceeds(step.data, maximum)] += 1
            cooked = cook(recipe)
            assert cooked is not None
            assert (cooked.data, cooked.operators) == (step.data, step.operators)
    assert counted[False] > counted[True] > 0
