"""`dulcimer play`: two ends, and you decide what happens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.options.output import Debug


def command(
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Write the game as a trace when it ends.")
    ] = None,
    debug: Debug = False,  # noqa: ARG001  (read by main when a command fails)
) -> None:
    """Play both ends of an association: you decide what happens, and when it arrives.

    Both ends are real: the state machine of PS3.8 9.2 and its PDUs. What an end
    sends stays on the wire until you let the other one receive it, so PDUs can
    cross, as in a release collision. An end may also send what it must not.

    A move is an end and a word: r request, a receive, r release. The game lists
    what is possible, and ? explains the rest. Moves may come from a pipe, too, one
    on a line, or several with ; between them.

    Examples:
      dulcimer play
      dulcimer play --save collision.jsonl
      echo "r request; a receive; r receive; a receive; a accept" | dulcimer play
      dulcimer play < lesson.txt
    """
    from dulcimer.cli.learning.playing import play
    from dulcimer.cli.show.output import text_console

    play(text_console(at_most=80), save)
