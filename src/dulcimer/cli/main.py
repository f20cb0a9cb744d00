"""Entry point of the command line.

The module of a command is imported only when the command is used: `dulcimer decode` loads neither pydicom nor
asyncio, and `dulcimer --help` loads no command at all.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import io
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from dulcimer import __version__
from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.failures.reporting import report
from dulcimer.cli.options.panels import expand


class CommandInfo(NamedTuple):
    """One line of the list of commands; the module of that name has the rest."""

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
    "move": CommandInfo(NETWORK, "Make a peer send instances to a destination (C-MOVE)."),
    "serve": CommandInfo(NETWORK, "Run an archive: receive, find and send instances."),
    "diagnose": CommandInfo(TESTS, "Find out why something does not work, and what to change."),
    "survey": CommandInfo(TESTS, "Ask a server what it accepts: SOP classes, transfer syntaxes, roles."),
    "listen": CommandInfo(TESTS, "Listen: point a client here, and see what it does."),
    "check": CommandInfo(TESTS, "Check whether a peer conforms to the standard."),
    "fuzz": CommandInfo(TESTS, "Fuzz a peer: does it survive hostile input?"),
    "proxy": CommandInfo(TESTS, "Stand between a client and a server: watch, check, break what passes."),
    "explain": CommandInfo(LEARNING, "Explain a state, event, action, cell, PDU or code."),
    "decode": CommandInfo(LEARNING, "Explain the bytes of PDUs, field by field."),
    "explore": CommandInfo(LEARNING, "Explore in a browser: both machines, the wire, the bytes; replay a trace."),
    "trace": CommandInfo(LEARNING, "Show and judge recorded associations; captures, too."),
    "export": CommandInfo(LEARNING, "Write the machine and the PDUs for other tools: Wireshark, Kaitai."),
    "play": CommandInfo(LEARNING, "Play both ends of an association, PDU by PDU."),
    "walk": CommandInfo(LEARNING, "Walk through Table 9-10, told step by step."),
    "quiz": CommandInfo(LEARNING, "Answer questions about states, actions and bytes."),
    "lab": CommandInfo(LEARNING, "Exercises: captures with a fault to find, and marks for the answers."),
}


COMMAND_LINE_NAMES = {
    "-x=": "--propose-uncompressed",
    "+r": "--recurse",
    "--relational-query": "--relational",
    "--relational-retrieval": "--relational",
    "--fuzzy-names": "--fuzzy",
}
"""Options of DCMTK and pynetdicom, and our names for them: typer does not support them, or ours are shorter."""


_LAID_OUT = re.compile(r"^ |\S  +\S|:\n", re.MULTILINE)
HELP = {"help_option_names": ["-h", "--help"]}


class _Helpful:
    """What `--help` shows of a command or of the list of commands: names where typer has types, and no braces."""

    def get_params(self, ctx: Any) -> list[Any]:
        parameters: list[Any] = super().get_params(ctx)  # type: ignore[misc]  # a mixin: its base is known where it is mixed in
        *others, last = parameters
        if "--help" in last.opts and others and all(getattr(one, "rich_help_panel", None) for one in _options(others)):
            last.rich_help_panel = _options(others)[-1].rich_help_panel
        for parameter in parameters:
            if getattr(parameter, "is_flag", False) and parameter.metavar is None:
                parameter.metavar = ""
            elif parameter.param_type_name == "argument":
                parameter.display_type_rich = lambda **_: None  # its name says enough
        return parameters

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        pieces: list[str] = super().collect_usage_pieces(ctx)  # type: ignore[misc]  # a mixin: its base is known where it is mixed in
        return [piece.replace("{", "").replace("}", "") for piece in pieces]


def _options(parameters: Sequence[Any]) -> list[Any]:
    return [one for one in parameters if one.param_type_name == "option" and not one.hidden]


class _Command(_Helpful, TyperCommand):
    """A command that knows the names of `COMMAND_LINE_NAMES`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        options = args[: args.index("--")] if "--" in args else args
        known = {name for parameter in self.params for name in parameter.opts}
        renamed = [COMMAND_LINE_NAMES.get(word, word) for word in options]
        words = [new if new in known else word for new, word in zip(renamed, options, strict=True)]
        words += args[len(options) :]
        try:
            rest = super().parse_args(ctx, list(words))
        except typer.BadParameter as error:
            error.message = _in_words(error)
            raise
        if "" in words and "." not in words:
            self._refuse_empty_paths(ctx)
        return rest

    def _refuse_empty_paths(self, ctx: Any) -> None:
        """Refuse an empty name, as from an unset shell variable: it must not mean the current directory."""
        for parameter in self.params:
            name = parameter.name or ""
            if ctx.get_parameter_source(name).name != "COMMANDLINE":
                continue
            value = ctx.params.get(name)
            if Path() in (value if isinstance(value, list | tuple) else (value,)):
                hint = " / ".join(f"'{name}'" for name in parameter.opts) if parameter.opts[0][:1] == "-" else "'PATH'"
                raise typer.BadParameter("the name of the file or directory is empty", ctx=ctx, param_hint=hint)


def _in_words(error: typer.BadParameter) -> str:
    """The message of `error`, with the given value if it is about a number or a choice."""
    details: Callable[..., list[dict[str, Any]]] | None = getattr(error.__cause__, "errors", None)
    if details is None:
        return error.message
    detail = details(include_url=False)[0]
    value, limits = detail["input"], detail.get("ctx", {})
    match detail["type"]:
        case "greater_than_equal":
            return f"{value} is too small; the minimum is {limits['ge']}"
        case "less_than_equal":
            return f"{value} is too large; the maximum is {limits['le']}"
        case "int_parsing" | "int_from_float" | "int_parsing_size":
            return f"{value!r} is not a whole number"
        case "float_parsing":
            return f"{value!r} is not a number"
        case _:
            return error.message.removeprefix("Value error, ")


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


def load(name: str, within: str = "") -> Any:
    """The command of the module `dulcimer.cli.commands.<name>`, as typer makes it.

    `within`: the command whose sub-command it is; its module is `<within>_<name>`. A module with `SUBCOMMANDS`, the
    summary of each by its name, has no `command`, but a function `group` for the help text.
    """
    place = f"{within}_{name}" if within else name
    module = importlib.import_module(f"dulcimer.cli.commands.{place}")
    if hasattr(module, "SUBCOMMANDS"):
        return _group(name, module)
    function: Callable[..., None] = module.command
    single = typer.Typer(add_completion=False, rich_markup_mode="rich")
    text = flowing(inspect.getdoc(function) or "")
    single.command(name, cls=_Command, help=text, context_settings=HELP)(guarded(expand(function)))
    return typer.main.get_command(single)


def flowing(text: str) -> str:
    """Text of `--help` with each paragraph on one line, so that the terminal breaks it; lists and examples stay."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(one if _LAID_OUT.search(one) else one.replace("\n", " ") for one in paragraphs)


class _LazyGroup(_Helpful, TyperGroup):
    """The list of commands, or of the sub-commands of one; each is loaded when it is about to run."""

    within = ""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and load(str(name), self.within), rest


def _group(name: str, module: Any) -> Any:
    """A command with sub-commands."""

    class _SubCommands(_LazyGroup):
        within = name

    group = typer.Typer(cls=_SubCommands, add_completion=False, rich_markup_mode="rich", no_args_is_help=True)
    group.callback(help=flowing(inspect.getdoc(module.group) or ""), context_settings=HELP)(module.group)
    for sub, summary in module.SUBCOMMANDS.items():
        group.command(sub, help=summary)(_nothing)
    return typer.main.get_command(group)


def _nothing() -> None:
    """Stands for a command that is not loaded yet."""


def _version(wanted: bool) -> None:
    if wanted:
        print(f"dulcimer {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=_LazyGroup,
    context_settings=HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


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

    'dulcimer COMMAND --help' explains one command, with examples.
    """


def _listed(name: str, info: CommandInfo) -> None:
    app.command(name, help=info.summary, rich_help_panel=info.panel)(_nothing)


for _name, _info in COMMANDS.items():
    _listed(_name, _info)


def _open_streams() -> None:
    """Make the standard streams usable, whatever is printed.

    Streams that the caller has closed are None in Python; they are replaced by streams that discard everything.
    Characters that the encoding cannot express are escaped, so that they cannot end a command or an association.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main() -> None:
    """Run the command line and exit with the status of the command."""
    _open_streams()
    try:
        app(prog_name="dulcimer")
    except KeyboardInterrupt:
        sys.exit(ExitStatus.INTERRUPTED)
    except Exception as error:  # while a command is loaded, before its own guard
        sys.exit(report(error, {"debug": "-d" in sys.argv}))


if __name__ == "__main__":
    main()
