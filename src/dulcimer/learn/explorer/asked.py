"""The questions of ``dulcimer quiz`` as JSON, those of the first seeds: page and command ask the same."""

from __future__ import annotations

from typing import Any, Final

from dulcimer.conformance.report.exhibits import Exhibits
from dulcimer.conformance.report.narrative import WirePdu
from dulcimer.learn.quiz.maker import questions
from dulcimer.learn.quiz.question import QuizQuestion

QUIZZES: Final = 25
"""Seeds of the page, from 1."""
QUESTIONS: Final = 10
"""Questions of a quiz."""


def quizzes_json(exhibits: Exhibits) -> dict[str, Any]:
    """The quizzes, and their texts, each once; the PDUs that they are about go to `exhibits`.

    A question: kind, text, lines, options, place of the right one, why, clause, look, end, PDU, offset; of texts their
    numbers. A question about bytes has no lines: the page shows the PDU.
    """
    texts: dict[str, int] = {}
    made = [list(questions(seed, QUESTIONS)) for seed in range(1, QUIZZES + 1)]
    rows = [[_row(one, texts, exhibits) for one in quiz] for quiz in made]
    clauses = sorted({one.clause for quiz in made for one in quiz})
    return {"texts": list(texts), "quizzes": rows, "clauses": clauses}


def _row(one: QuizQuestion, texts: dict[str, int], exhibits: Exhibits) -> list[Any]:
    def number(text: str) -> int:
        return texts.setdefault(text, len(texts))

    return [
        number(one.kind),
        number(one.text),
        [] if one.data else [number(line) for line in one.lines],
        [number(option) for option in one.options],
        one.right,
        *(number(text) for text in (one.why, one.clause, one.look, one.end)),
        exhibits.pdu(WirePdu(one.data)) if one.data else -1,
        one.offset,
    ]
