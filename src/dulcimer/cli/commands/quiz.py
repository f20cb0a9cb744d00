"""`dulcimer quiz`: questions about the protocol."""

from __future__ import annotations

from typing import Annotated

import typer

from dulcimer.cli.options.output import Debug, Json


def command(
    seed: Annotated[
        int | None,
        typer.Option("--seed", metavar="N", help="The same seed gives the same questions; default: by chance."),
    ] = None,
    count: Annotated[int, typer.Option("--n", metavar="N", min=1, max=500, help="How many questions.")] = 10,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a page with the answers at its end.")] = False,
    gift: Annotated[bool, typer.Option("--gift", help="Print questions that Moodle can import (GIFT).")] = False,
    json_output: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Answer questions about the DICOM upper layer: states, actions, bytes, violations.

    They are made from Table 9-10 and the layouts of the PDUs; wrong answers are those of
    cells and fields nearby. Each answer comes with its clause, and with what to ask
    dulcimer explain for more. Answers may come from a pipe, too, one on a line.

    Examples:
      dulcimer quiz
      dulcimer quiz --seed 7 --n 20
      dulcimer quiz --seed 7 --markdown > questions.md
      dulcimer quiz --seed 7 --n 50 --gift > questions.gift
    """
    from dulcimer.cli.learning.asking import QuizForm, ask, chosen_seed, print_questions
    from dulcimer.cli.show.output import text_console

    wanted = {QuizForm.MARKDOWN: markdown, QuizForm.GIFT: gift, QuizForm.JSON: json_output}
    forms = [form for form, is_wanted in wanted.items() if is_wanted]
    if len(forms) > 1:
        raise typer.BadParameter(
            "only one form at a time", param_hint=" and ".join(f"--{form.value}" for form in forms)
        )
    seed = chosen_seed() if seed is None else seed
    if forms:
        print_questions(forms[0], seed, count)
    else:
        ask(text_console(at_most=80), seed, count)
