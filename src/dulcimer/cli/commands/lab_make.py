"""`dulcimer lab make`: captures with a question sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.options.output import Debug


def command(
    directory: Annotated[Path, typer.Argument(metavar="DIR", file_okay=False, help="A new directory for the files.")],
    count: Annotated[int, typer.Option("--n", metavar="N", min=1, max=999, help="How many labs.")] = 10,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", min=0, help="The same seed gives the same labs. Default: any.")
    ] = None,
    topic: Annotated[
        str,
        typer.Option(
            "--topic",
            metavar="NAME",
            help="One topic: bytes, negotiation, messages, states, release, aborts or connections. Default: all.",
        ),
    ] = "",
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", dir_okay=False, help="Write seed and model answers here, and only here."),
    ] = None,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Write captures with a question sheet.

    DIR gets a capture for each lab (01.pcapng, 02.pcapng ...), the questions
    (sheet.md) and a template for the answers (answers.json). No answer is in it.

    Alone: make labs, fill in answers.json, grade it; the seed in answers.json is
    all that 'dulcimer lab grade' needs. With a class: --key keeps the seed and
    the model answers in a file for the teacher, and the students get DIR.

    Examples:
      dulcimer lab make labs
      dulcimer lab make first --topic release --n 4 --seed 1
      dulcimer lab make class --n 30 --key key.json
    """
    import secrets

    from dulcimer.cli.grading.making import made, print_made

    chosen = secrets.randbits(63 if key is not None else 20) if seed is None else seed
    labs = made(directory, count, chosen, topic, key)
    print_made(directory, labs, chosen, key)
