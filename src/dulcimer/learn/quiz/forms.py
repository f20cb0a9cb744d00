"""Questions on paper (Markdown), and for Moodle (GIFT)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from dulcimer.learn.quiz.question import QuizQuestion, letter

_GIFT: Final = re.compile(r"([~=#{}:\\])")
_MARKDOWN: Final = re.compile(r"([\\`*_<>\[\]#|])")


def as_markdown(questions: Sequence[QuizQuestion], seed: int) -> Iterator[str]:
    """The lines of a page: the questions, then the answers with their clauses."""
    yield "# Questions about the DICOM upper layer"
    yield ""
    yield f"Made by `dulcimer quiz --seed {seed} --n {len(questions)} --markdown`; the answers are at the end."
    for number, one in enumerate(questions, 1):
        yield from ("", f"## {number}. {one.kind.capitalize()}", "", _text(one.text), "")
        if one.lines:
            yield from ("```text", *one.lines, "```", "")
        yield from (f"- {letter(place)}) {_text(option)}" for place, option in enumerate(one.options))
    yield from ("", "# Answers", "")
    for number, one in enumerate(questions, 1):
        yield f"{number}. **{one.letter})** {_text(one.options[one.right])}"
        more = f" `dulcimer explain {one.look}`" if one.look else ""
        yield f"   {_text(one.why)} {one.clause}.{more}"


def as_gift(questions: Iterable[QuizQuestion], seed: int) -> Iterator[str]:
    """The lines of a file that Moodle imports as GIFT."""
    yield "$CATEGORY: DICOM upper layer"
    for number, one in enumerate(questions, 1):
        lines = escape("\n".join(one.lines))
        block = f"<pre>{lines}</pre>" if lines else ""
        yield ""
        text = _gift(f"<p>{escape(one.text)}</p>{block}")
        yield f"::{_gift(f'Seed {seed}, question {number}: {one.kind}')}::[html]{text} {{"
        for place, option in enumerate(one.options):
            mark = "=" if place == one.right else "~"
            yield f"{mark}{_gift(escape(option))}"
        yield f"####{_gift(escape(f'{one.why} {one.clause}.'))}"
        yield "}"


def _text(text: str) -> str:
    """Text in which nothing has a meaning for Markdown."""
    return _MARKDOWN.sub(r"\\\1", text)


def _gift(text: str) -> str:
    r"""Text in which nothing has a meaning for GIFT; ``\n`` is its line end."""
    return _GIFT.sub(r"\\\1", text).replace("\n", r"\n")
