"""Makes questions: the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import cycle, islice

from dulcimer.learn.quiz.cells import next_action, next_state
from dulcimer.learn.quiz.fields import spot_the_bytes, spot_the_violation
from dulcimer.learn.quiz.order import spot_the_order
from dulcimer.learn.quiz.question import QuizQuestion

KINDS = (next_action, spot_the_bytes, next_state, spot_the_order, next_action, spot_the_violation)
"""What makes a question, in the order in which they come."""
_TRIES = 20


def questions(seed: int, count: int) -> Iterator[QuizQuestion]:
    """So many questions of all kinds, none twice as long as there are others."""
    chance = random.Random(seed)  # noqa: S311  (it chooses questions)
    asked: set[tuple[str, tuple[str, ...]]] = set()
    for make in islice(cycle(KINDS), count):
        for _ in range(_TRIES):
            found = make(chance)
            if (found.text, found.lines) not in asked:
                break
        asked.add((found.text, found.lines))
        yield found
