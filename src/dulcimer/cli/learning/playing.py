"""The game of `dulcimer play`, line by line."""

from __future__ import annotations

import contextlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import typer
from rich.console import Console
from rich.text import Text

from dulcimer.learn.play.game import Game, PlayedMove
from dulcimer.learn.play.moves import SENDABLE, MoveError, parse_move
from dulcimer.learn.play.narration import preview, purpose, told
from dulcimer.learn.play.picture import picture

_HELP: Final = (
    ("END WORD", "a move: END is r (requestor) or a (acceptor)"),
    ("r send PDU", f"send a PDU by mistake: {', '.join(SENDABLE)}"),
    ("undo", "take the last move back"),
    ("show", "show both ends and the wire"),
    ("help, ?", "what each end may do now"),
    ("save FILE", "write a trace: dulcimer trace show FILE"),
    ("quit", "end; so does the end of the input"),
)
_COMMENT = "#"


class Player:
    """Does what the lines say.

    `is_typed`: somebody types them, and is told after each what each end may do now. Others are printed.
    """

    def __init__(self, console: Console, *, is_typed: bool) -> None:
        self.game = Game()
        self._console = console
        self._hints = is_typed
        self._echoes = not is_typed
        self._commands: dict[str, Callable[[], object]] = {
            "undo": self._undo,
            "show": self._picture,
            "help": self.help,
            "?": self.help,
        }

    def begin(self) -> None:
        """Show where the game begins."""
        self._print("Two ends, each with the state machine of PS3.8 9.2. What an end sends is on the")
        self._print("wire until the other one receives it. For help: ?")
        self._after()

    def do(self, line: str) -> bool:
        """Do what a line says; False for the end of the game. Raises MoveError for a line without a meaning."""
        for part in line.partition(_COMMENT)[0].split(";"):
            words = part.split()
            if not words:
                continue
            if self._echoes:
                self._print(f"> {' '.join(words)}", "bold")
            if words in (["quit"], ["q"], ["exit"]):
                return False
            if words[0] == "save":
                self._save(part.strip().removeprefix("save").strip())
            elif len(words) == 1 and words[0] in self._commands:
                self._commands[words[0]]()
            else:
                self._move(part)
        return True

    def help(self) -> None:
        """What each end may do now, and the other words."""
        self.choices()
        self._print("")
        self._print("You can also say:")
        for words, meaning in _HELP:
            for number, part in enumerate(textwrap.wrap(meaning, self._console.width - 15)):
                self._console.print(Text.assemble((f"  {'' if number else words:<12} ", "bold"), part))

    def choices(self) -> None:
        """What each end may do now."""
        game = self.game
        self._print("Now you can say:")
        for move in game.choices():
            means = f"{purpose(game, move):<38}{preview(game.association, move)}"
            self._console.print(Text.assemble((f"  {move!s:<12}", "bold"), means.rstrip()))

    def save(self, path: Path) -> None:
        """Write the game as a trace; `typer.BadParameter` if that is impossible."""
        try:
            self.game.save(path)
        except OSError as error:
            raise typer.BadParameter(f"{path} cannot be written: {error.strerror or error}") from error

    def _move(self, part: str) -> None:
        move = parse_move(part)
        try:
            played = self.game.play(move)
        except MoveError as error:
            self._print(f"Not possible. {error}", "yellow")
            return
        self._tell(played)
        self._after()

    def _tell(self, played: PlayedMove) -> None:
        if played.begins:
            self._print(f"Association {self.game.count}", "bold")
        show_told(self._console, played)

    def _undo(self) -> None:
        try:
            last = self.game.undo()
        except MoveError as error:
            self._print(str(error), "yellow")
            return
        self._print(f"Taken back: {last}")
        self._after()

    def _save(self, name: str) -> None:
        try:
            if not name:
                raise MoveError("save takes the name of a file.")
            self.save(Path(name))
        except (MoveError, typer.BadParameter) as error:
            self._print(str(error), "yellow")
            return
        self._print(f"Saved. To see it: dulcimer trace show {name}")

    def _after(self) -> None:
        self._picture()
        if self.game.association.is_over:
            self._print("The association is over. r request begins another one.")
        if self._hints:
            self.choices()

    def _picture(self) -> None:
        self._print("")
        for line in picture(self.game.association):
            self._print(line, "bold")
        self._print("")

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style))


def show_told(console: Console, played: PlayedMove) -> None:
    """Print what a move did."""
    for line, meaning in told(played):
        console.print(Text(f"  {line}"))
        for part in textwrap.wrap(meaning, console.width - 6):
            console.print(Text(f"      {part}", "dim"))


def play(console: Console, save: Path | None) -> None:
    """Play until the end of standard input. `typer.BadParameter` for a line of a script that means nothing."""
    is_terminal = sys.stdin.isatty()
    player = Player(console, is_typed=is_terminal)
    if save is not None:
        make_sure(save)
    player.begin()
    for number, line in enumerate(_asked() if is_terminal else sys.stdin, 1):
        try:
            if not player.do(line):
                break
        except MoveError as error:
            if not is_terminal:
                raise typer.BadParameter(f"line {number} of the input: {error}") from error
            console.print(Text(f"{error}. For help: ?", "yellow"))
    if save is not None and player.game.moves:
        player.save(save)


def make_sure(path: Path) -> None:
    """A usage error if the file cannot be written."""
    from dulcimer.cli.options.writable import make_reports_writable

    make_reports_writable({"--save": path})


def _asked() -> Iterator[str]:
    """The lines that somebody types."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  (input() then remembers what was typed)
    while True:
        try:
            yield input("> ")
        except EOFError:
            return
