"""Entry point of the command line.

The modules of the commands, and typer's view of them, are made when a command is asked for: `dulcimer decode` loads
neither pydicom nor asyncio, and `dulcimer --help` loads no command at all.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from dulcimer import __version__
from dulcimer.cli.failures import ExitStatus, report
from dulcimer.cli.options import expand


class CommandInfo(NamedTuple):
    """What the list of commands says about one; the module of that name in this package has the rest."""

    panel: str
    summary: str


NETWORK = "Talk to a peer"
TESTS = "Test a peer"
LEARNING = "Learn the protocol"

COMMANDS = {
    "echo": CommandInfo(NETWORK, "Ask a peer whether it answers (C-ECHO)."),
    "store": CommandInfo(NETWORK, "Send DICOM files to a peer (C-STORE)."),
    "find": CommandInfo(NETWORK, "Query a peer (C-FIND): patients, studies, worklists."),
    "get": CommandInfo(NETWORK, "Fetch instances from a peer (C-GET)."),
    "move": CommandInfo(NETWORK, "Have a peer send instances somewhere (C-MOVE)."),
    "serve": CommandInfo(NETWORK, "Be an archive: take instances, find them and send them out."),
    "check": CommandInfo(TESTS, "Check whether a peer keeps to the standard."),
    "explain": CommandInfo(LEARNING, "Say what a state, event, action, cell, PDU or code means."),
    "decode": CommandInfo(LEARNING, "Say what the bytes of PDUs mean, field by field."),
}


COMMAND_LINE_NAMES = {
    "-x=": "--propose-uncompressed",
    "+r": "--recurse",
    "--relational-query": "--relational",
    "--relational-retrieval": "--relational",
    "--fuzzy-names": "--fuzzy",
}
"""Options as DCMTK and pynetdicom have them, where typer cannot or where ours are shorter, and our names for them."""


class _Command(TyperCommand):
    """A command that knows the names of `COMMAND_LINE_NAMES`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        options = args[: args.index("--")] if "--" in args else args
        known = {name for parameter in self.params for name in parameter.opts}
        renamed = [COMMAND_LINE_NAMES.get(word, word) for word in options]
        words = [new if new in known else word for new, word in zip(renamed, options, strict=True)]
        return super().parse_args(ctx, words + args[len(options) :])


def guarded(function: Callable[..., None]) -> Callable[..., None]:
    """`function` with every exception turned into a message and an exit status."""

    @functools.wraps(function)
    def run(**values: Any) -> None:
        try:
            function(**values)
        except KeyboardInterrupt:
            raise typer.Exit(ExitStatus.INTERRUPTED) from None
        except (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError):
            raise
        except Exception as error:
            raise typer.Exit(report(error, values)) from error

    return run


def load(name: str) -> Any:
    """The command of the module `dulcimer.cli.<name>`, as typer makes it."""
    function: Callable[..., None] = importlib.import_module(f"dulcimer.cli.{name}").command
    single = typer.Typer(add_completion=False, rich_markup_mode="rich")
    single.command(name, cls=_Command)(guarded(expand(function)))
    return typer.main.get_command(single)


class _LazyGroup(TyperGroup):
    """The list of commands; a command is loaded when it is about to run."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and load(str(name)), rest


def _version(wanted: bool) -> None:
    if wanted:
        print(f"dulcimer {__version__}")
        raise typer.Exit


app = typer.Typer(cls=_LazyGroup, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich")


@app.callback(epilog="Exit status: " + "; ".join(f"{status.value} {status.meaning}" for status in ExitStatus) + ".")
def dulcimer(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """The DICOM Upper Layer (PS3.8) as an executable specification.

    Is a server there, and what does Sta6 do with Evt12?

      dulcimer echo 127.0.0.1 11112 -aec ORTHANC
      dulcimer explain Sta6 Evt12

    'dulcimer COMMAND --help' tells about one command, with examples.
    """


def _listed(name: str, info: CommandInfo) -> None:
    @app.command(name, help=info.summary, rich_help_panel=info.panel)
    def listed() -> None: ...


for _name, _info in COMMANDS.items():
    _listed(_name, _info)


def main() -> None:
    """Run the command line and exit with the status of the command."""
    try:
        app(prog_name="dulcimer")
    except KeyboardInterrupt:
        sys.exit(ExitStatus.INTERRUPTED)
    except Exception as error:  # while a command is loaded, before its own guard
        sys.exit(report(error, {"debug": "-d" in sys.argv}))


if __name__ == "__main__":
    main()
