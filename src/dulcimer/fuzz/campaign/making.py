"""Cases: a sequence of the table or of the corpus, with changes that have seldom been tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from dulcimer._generated.codes import PduType
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.corpus.streams import sent
from dulcimer.fuzz.findings.cooking import MOST_BYTES, apply_recorded
from dulcimer.fuzz.findings.recipes import PduRecipe, RecipeChange
from dulcimer.fuzz.operators.catalogue import Pair, applicable
from dulcimer.fuzz.operators.drawing import PairIndex
from dulcimer.fuzz.operators.fitting import FITTING, exceeds, fitting_choices
from dulcimer.fuzz.operators.operator import Application
from dulcimer.fuzz.sequences.lengthening import is_message, lengthened
from dulcimer.fuzz.sequences.steps import Chunks, FuzzSequence, FuzzStep, HalfClose, Reset, SendBytes
from dulcimer.fuzz.tree.any_pdus import tree_of_pdus
from dulcimer.fuzz.tree.nodes import Branch, Node
from dulcimer.fuzz.tree.paths import Path
from dulcimer.wire.codec import encode

_KEPT = 1024
"""Bases whose places are kept: they are changed again and again."""
_MOST_CHANGES = 3
"""In the bytes of one step."""
_MOST_STEPS = 4
"""Steps whose bytes are changed."""
_LONGER = 1, 4
"""Of so many cases, so many have more messages than their base."""
_SEVERAL = 1, 3
"""Of so many cases in which the bytes of one step are changed, so many have more steps that are."""
_PIECES = 4
_STOPS = 8
"""One in so many branches is changed itself."""
_FITTED = 7, 8
"""Of so many P-DATA-TFs that are longer than the target takes, so many are cut, so that it reads what is in them."""
_ENDS: tuple[FuzzStep, ...] = (HalfClose(), Reset())


@dataclass(frozen=True, slots=True)
class MadeCase:
    """A sequence to play, how each of its steps was made (None: as it was), and the pairs it counts for."""

    sequence: FuzzSequence
    recipes: tuple[PduRecipe | None, ...]
    pairs: tuple[Pair, ...] = ()


def as_it_is(sequence: FuzzSequence) -> MadeCase:
    """The sequence with nothing changed."""
    return MadeCase(sequence, (None,) * len(sequence.steps))


def make_case(
    base: FuzzSequence,
    choices: Choices,
    tried: Mapping[Pair, int],
    maximum: int = 0,
    message: Sequence[FuzzStep] = (),
) -> MadeCase:
    """The base with one to three changes in what one of its steps sends, or several, or with a change of its steps.

    `tried`: how often each pair of node and operator was tried. `maximum`: bytes of a P-DATA-TF that the target takes,
    0 if that is unknown. `message`: what may come in an association of the base that has no messages. The same base,
    choices and counts give the same case.
    """
    case = as_it_is(lengthened(base, choices, message) if choices.chance(*_LONGER) else base)
    kind = choices.integer(0, 15)
    if kind < 12:
        case = _changed(case, choices, tried, maximum)
        if choices.chance(*_SEVERAL):
            case = _changed_further(case, choices, tried, maximum)
    if kind in (11, 12, 13):
        case = _disturbed(case, choices)
    if kind > 13:
        case = _strayed(case, choices)
    return case


def make_case_of(base: FuzzSequence, index: int, pair: Pair, choices: Choices, maximum: int = 0) -> MadeCase:
    """The base with this pair of node and operator tried in the bytes of the step at `index`. Raises KeyError."""
    return _made_at(as_it_is(base), index, choices, pair, {}, maximum)


def _changed(case: MadeCase, choices: Choices, tried: Mapping[Pair, int], maximum: int) -> MadeCase:
    """Operators applied to the bytes of one step."""
    sends = [index for index, step in enumerate(case.sequence.steps) if isinstance(step, SendBytes) and step.data]
    return _made_at(case, choices.pick(sends), choices, None, tried, maximum) if sends else case


def _changed_further(case: MadeCase, choices: Choices, tried: Mapping[Pair, int], maximum: int) -> MadeCase:
    """Operators applied to the bytes of one to three more steps, to messages if there are some: most targets go on.

    The pairs are those of the first step that is changed, since the target may not read what comes after it.
    """
    pairs = {index: case.pairs for index, recipe in enumerate(case.recipes) if recipe is not None}
    for _ in range(choices.integer(1, _MOST_STEPS - 1)):
        steps = case.sequence.steps
        left = [
            index
            for index, step in enumerate(steps)
            if isinstance(step, SendBytes) and step.data and case.recipes[index] is None
        ]
        if not left:
            break
        index = choices.pick([index for index in left if is_message(steps[index])] or left)
        case = _made_at(case, index, choices, None, tried, maximum)
        pairs[index] = case.pairs
    return replace(case, pairs=pairs[min(pairs)]) if pairs else case


def _made_at(
    case: MadeCase, index: int, choices: Choices, pair: Pair | None, tried: Mapping[Pair, int], maximum: int
) -> MadeCase:
    step = case.sequence.steps[index]
    assert isinstance(step, SendBytes)
    places = _places(step.data)
    first = (
        places.draw(tried, choices, most=MOST_BYTES) if pair is None else places.make(pair, choices, most=MOST_BYTES)
    )
    made = [(first.application, RecipeChange(first.application.operator, first.application.node, first.choices))]
    for _ in range(choices.integer(0, _MOST_CHANGES - 1) * choices.integer(0, 1)):
        tree = made[-1][0].tree
        path, node = _any_node(tree, choices)
        fitting = applicable(node)
        if fitting:
            application, line = apply_recorded(tree, choices.pick(fitting), path, choices)
            if application.changed and line is not None:
                made.append((application, line))
    made += _fitting(made[-1][0].tree, choices, maximum)
    changed = [(application, line) for application, line in made if application.changed]
    steps, recipes = list(case.sequence.steps), list(case.recipes)
    texts = (*step.operators, *(str(application) for application, _ in changed))
    steps[index] = SendBytes(made[-1][0].octets, step.label, texts)
    recipes[index] = PduRecipe(step.data, tuple(line for _, line in changed), step.operators)
    pairs = tuple((application.schema_node, application.operator) for application, _ in made)
    return MadeCase(replace(case.sequence, steps=tuple(steps)), tuple(recipes), pairs)


def _fitting(tree: Node, choices: Choices, maximum: int) -> Iterator[tuple[Application, RecipeChange]]:
    """What makes P-DATA-TFs fit that are too long for the target: it would look at no more than their length."""
    if not maximum or not exceeds(tree.octets, maximum) or not choices.chance(*_FITTED):
        return
    drawn = fitting_choices(maximum)
    if drawn is None:
        return
    application, line = apply_recorded(tree, FITTING, (), drawn)
    if application.changed and line is not None:
        yield application, line


def _any_node(tree: Node, choices: Choices) -> tuple[Path, Node]:
    """A node on a way from the root to a leaf: each branch is left by one of its children, or is the one."""
    path: Path = ()
    node = tree
    while isinstance(node, Branch) and node.children and not choices.chance(1, _STOPS):
        index = choices.integer(0, len(node.children) - 1)
        path, node = (*path, index), node.children[index]
    return path, node


@lru_cache(_KEPT)
def _places(data: bytes) -> PairIndex:
    """What can be changed in the bytes of a step."""
    return PairIndex([tree_of_pdus(data)])


def _disturbed(case: MadeCase, choices: Choices) -> MadeCase:
    """The steps in another order or number, or the network in the way."""
    steps, recipes = list(case.sequence.steps), list(case.recipes)
    index = choices.integer(0, max(len(steps) - 1, 0))
    match choices.integer(0, 8):
        case 0 if len(steps) > 1:
            del steps[index], recipes[index]
        case 1 if steps:
            steps.insert(index, steps[index])
            recipes.insert(index, recipes[index])
        case 2 if len(steps) > 1:
            other = choices.integer(0, len(steps) - 1)
            steps[index], steps[other] = steps[other], steps[index]
            recipes[index], recipes[other] = recipes[other], recipes[index]
        case 3:
            steps[index + 1 :], recipes[index + 1 :] = [choices.pick(_ENDS)], [None]
        case 4 | 5:
            steps.insert(index, choices.pick(_stray_pdus()))
            recipes.insert(index, None)
        case 6 | 7 if steps:
            _join(steps, recipes, index)
        case _ if steps:
            step = steps[index]
            if isinstance(step, SendBytes) and step.data:
                count = choices.integer(1, _PIECES)
                sizes = tuple(choices.integer(1, len(step.data)) for _ in range(count))
                steps[index] = Chunks(step.data, step.label, step.operators, sizes)
    return MadeCase(replace(case.sequence, steps=tuple(steps)), tuple(recipes), case.pairs)


def _strayed(case: MadeCase, choices: Choices) -> MadeCase:
    """A PDU that has no place there, right after one that has, in the same segment: while the target is at work."""
    steps = list(case.sequence.steps)
    sends = [index for index, step in enumerate(steps) if isinstance(step, SendBytes)]
    if not sends:
        return case
    index, stray = choices.pick(sends), choices.pick(_stray_pdus())
    step = steps[index]
    assert isinstance(step, SendBytes)
    steps[index] = SendBytes(step.data + stray.data, f"{step.label}, {stray.label}", step.operators)
    return MadeCase(replace(case.sequence, steps=tuple(steps)), case.recipes, case.pairs)


@cache
def _stray_pdus() -> tuple[SendBytes, ...]:
    """One PDU of each type, to come where nobody expects it."""
    return tuple(sent(encode(plain_pdu(kind.label, Titles()))) for kind in PduType)


def _join(steps: list[FuzzStep], recipes: list[PduRecipe | None], index: int) -> None:
    """Send what is sent from `index` on in one segment with what is sent next, without a wait between them."""
    sends = [number for number in range(index, len(steps)) if isinstance(steps[number], SendBytes)][:2]
    if len(sends) < 2:
        return
    first, second = (steps[number] for number in sends)
    assert isinstance(first, SendBytes)
    assert isinstance(second, SendBytes)
    label = f"{first.label}, {second.label}"
    joined = SendBytes(first.data + second.data, label, (*first.operators, *second.operators))
    steps[sends[0] : sends[1] + 1] = [joined]
    recipes[sends[0] : sends[1] + 1] = [None]
