"""Walks, told step by step."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from dulcimer.cli.learning.playing import show_told
from dulcimer.counting import counted
from dulcimer.learn.play.game import Game
from dulcimer.learn.play.moves import PlayMove
from dulcimer.learn.play.narration import purpose
from dulcimer.learn.play.picture import picture
from dulcimer.learn.play.walking import CELLS, covering_walks, random_walk, visited_by
from dulcimer.trace.records import MachineStep
from dulcimer.trace.words import step_text


def show_walk(console: Console, seed: int, steps: int, *, faults: bool) -> None:
    """Print a walk by chance, with both ends and the wire after each move."""
    moves = random_walk(seed, steps, faults=faults)
    game = Game()
    for move in moves:
        _show_move(console, game, move)
    cells = len(visited_by(moves))
    associations = counted(game.count, "association")
    visits = f"{cells} of {len(CELLS)} filled cells"
    console.print(Text(f"{counted(len(moves), 'move')}, {associations}, {visits}. Another walk: --seed {seed + 1}"))


def _show_move(console: Console, game: Game, move: PlayMove) -> None:
    meaning = purpose(game, move)
    played = game.play(move)
    if played.begins:
        console.print(Text(f"Association {game.count}", "bold"))
    console.print(Text.assemble((f"> {move}", "bold"), "  ", (f"# {meaning}", "dim")))
    show_told(console, played)
    for line in picture(game.association):
        console.print(Text(line))
    console.print()


def show_cover(console: Console) -> None:
    """Print a walk that visits every filled cell: its moves, and the steps of both machines."""
    visited: set[tuple[str, str]] = set()
    associations = steps = 0
    for associations, moves in enumerate(covering_walks(), 1):
        console.print(Text(f"Association {associations}", "bold"))
        game = Game()
        for move in moves:
            played = game.play(move)
            taken = [record for record in played.records if isinstance(record, MachineStep)]
            texts = [step_text(record) for record in taken] or ["no machine takes a step"]
            for number, text in enumerate(texts):
                console.print(Text.assemble((f"{'' if number else f'> {move}':<26}", "bold"), text))
            steps += len(taken)
            visited |= {(record.state, record.event) for record in taken}
        console.print()
    console.print(
        Text(
            f"{len(visited)} of {len(CELLS)} filled cells visited, in {counted(associations, 'association')} "
            f"with {counted(steps, 'step')}."
        )
    )
