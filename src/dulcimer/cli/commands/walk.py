"""`dulcimer walk`: a path through Table 9-10, told step by step."""

from __future__ import annotations

from typing import Annotated

import typer

from dulcimer.cli.options.output import Debug


def command(
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed gives the same walk.")] = 0,
    steps: Annotated[int, typer.Option("--steps", metavar="N", min=1, max=10_000, help="How many moves.")] = 20,
    faults: Annotated[bool, typer.Option("--faults", help="Ends also send what they must not.")] = False,
    cover: Annotated[
        bool, typer.Option("--cover", help="Visit every filled cell of Table 9-10, each on the shortest way.")
    ] = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Walk through Table 9-10: two ends make moves by chance, and each step is told.

    The moves are those of dulcimer play, whose input they can be: they stand behind
    the sign >. With --cover, one association after the other goes the shortest way to
    a cell that none before it has visited, until all are.

    Examples:
      dulcimer walk
      dulcimer walk --seed 7 --steps 40 --faults
      dulcimer walk --cover
    """
    from dulcimer.cli.learning.walks import show_cover, show_walk
    from dulcimer.cli.show.output import text_console

    console = text_console(at_most=80)
    if cover:
        show_cover(console)
    else:
        show_walk(console, seed, steps, faults=faults)
