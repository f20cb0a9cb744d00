"""The questions of `dulcimer quiz`: asked one by one, or printed."""

from __future__ import annotations

import random
import sys
import textwrap
from enum import StrEnum

from rich.console import Console
from rich.text import Text

from dulcimer.cli.show.output import print_json
from dulcimer.learn.quiz.forms import as_gift, as_markdown
from dulcimer.learn.quiz.maker import questions
from dulcimer.learn.quiz.question import QuizQuestion, letter

_SEEDS = 10_000


class QuizForm(StrEnum):
    """A form in which questions are printed."""

    MARKDOWN = "markdown"
    GIFT = "gift"
    JSON = "json"


def chosen_seed() -> int:
    """A seed by chance."""
    return random.randrange(_SEEDS)  # noqa: S311  (it chooses questions)


def print_questions(form: QuizForm, seed: int, count: int) -> None:
    """Print the questions with their answers."""
    made = list(questions(seed, count))
    if form is QuizForm.JSON:
        print_json({"schema": 1, "seed": seed, "questions": [one.as_json() for one in made]})
        return
    for line in as_markdown(made, seed) if form is QuizForm.MARKDOWN else as_gift(made, seed):
        print(line)


def ask(console: Console, seed: int, count: int) -> None:
    """Ask one question after the other until all are answered or the input ends; then print how many were right."""
    console.print(Text(f"{count} questions (seed {seed}). Answer with a letter; s shows the answer, q ends.", "dim"))
    right = asked = 0
    for number, question in enumerate(questions(seed, count), 1):
        _show(console, number, question)
        answer = _answer(console, len(question.options))
        if answer == "q":
            break
        asked += 1
        right += answer == question.letter
        _judge(console, question, answer)
    console.print()
    console.print(
        Text(f"{right} of {asked} right. The same questions: dulcimer quiz --seed {seed} --n {count}", "bold")
    )


def _show(console: Console, number: int, question: QuizQuestion) -> None:
    console.print()
    _wrap(console, f"{number}. ", question.text, "bold")
    for line in question.lines:
        console.print(Text(f"   {line}", "cyan"), overflow="ignore", crop=False)
    for place, option in enumerate(question.options):
        _wrap(console, f"   {letter(place)}) ", option)


def _wrap(console: Console, begin: str, text: str, style: str = "") -> None:
    """Print text with something before it, under which nothing of it stands."""
    first, *others = textwrap.wrap(text, console.width - len(begin))
    for place, line in enumerate((first, *others)):
        console.print(Text(f"{' ' * len(begin) if place else begin}{line}", style))


def _answer(console: Console, options: int) -> str:
    """The letter of an answer, s or q; q also at the end of the input."""
    known = [letter(place) for place in range(options)]
    while True:
        console.print(Text("Your answer: "), end="")
        line = sys.stdin.readline()
        if not sys.stdin.isatty():
            console.print(Text(line.strip()))
        word = line.strip().lower().rstrip(")")
        if not line or word in ("q", "quit"):
            return "q"
        if word in (*known, "s"):
            return word
        console.print(Text(f"Answer with {', '.join(known)}; s shows the answer, q ends.", "yellow"))


def _judge(console: Console, question: QuizQuestion, answer: str) -> None:
    is_right = answer == question.letter
    verdict = "Right." if is_right else f"{'' if answer == 's' else 'No. '}The answer is {question.letter})."
    console.print(Text(verdict, "bold green" if is_right else "bold red"))
    _wrap(console, "   ", question.why)
    more = f"  (dulcimer explain {question.look})" if question.look else ""
    console.print(Text(f"   {question.clause}{more}", "dim"))
