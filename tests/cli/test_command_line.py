"""The command line as a whole: help, exit statuses, what is loaded, options."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import Result

from dulcimer import __version__
from dulcimer.cli import main
from dulcimer.cli.failures.diagnosis import failure_of
from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.options.association import AssociationOptions
from dulcimer.cli.options.panels import expand
from dulcimer.cli.options.values import ae_title
from dulcimer.cli.show import hexinput
from dulcimer.errors import (
    AssociationAborted,
    AssociationRejected,
    AssociationTimeout,
    ContextNotAccepted,
    DecodeError,
    DIMSEProcessingError,
    LocalProtocolError,
    TransportError,
)
from support.command_runs import CommandRunner


def invoke(*arguments: str, columns: int = 100) -> Result:
    return CommandRunner().invoke(main.app, arguments, env={"COLUMNS": str(columns), "NO_COLOR": "1"})


def python(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


@pytest.mark.parametrize("name", main.COMMANDS)
def test_help_of_a_command_has_an_example_that_names_it(name: str) -> None:
    result = invoke(name, "--help")
    assert result.exit_code == 0, result.output
    assert "Example" in result.stdout
    assert result.stdout.count(f"dulcimer {name} ") >= 2
    assert all(len(line.rstrip()) <= 100 for line in result.stdout.splitlines())


def commands() -> Iterator[Any]:
    for name in main.COMMANDS:
        command = main.load(name)
        yield command
        yield from (main.load(sub, name) for sub in getattr(command, "commands", ()))


def test_help_is_broken_by_the_terminal_only_where_it_is_prose() -> None:
    texts = [command.help for command in commands()]
    assert len(texts) > len(main.COMMANDS)
    for text in texts:
        for paragraph in text.split("\n\n"):
            lines = paragraph.split("\n")
            assert len(lines) == 1 or max(map(len, lines)) <= 78, paragraph


@pytest.mark.parametrize("columns", [80, 100])
def test_help_lists_every_command_and_every_exit_status(columns: int) -> None:
    result = invoke("--help", columns=columns)
    text = " ".join(result.stdout.split())
    for name, info in main.COMMANDS.items():
        assert f" {name} " in text
        assert info.summary.split()[0] in text
    for status in ExitStatus:
        assert f"{status.value} {status.meaning}" in text
    assert all(len(line.rstrip()) <= columns for line in result.stdout.splitlines())


def test_version_is_that_of_the_package() -> None:
    result = invoke("--version")
    assert (result.exit_code, result.stdout) == (0, f"dulcimer {__version__}\n")


def test_unknown_command_is_a_usage_error_with_a_near_one() -> None:
    result = invoke("decod")
    assert result.exit_code == 2
    assert "'decode'" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], ("pydicom", "transitions", "asyncio", "construct", "dulcimer._generated", "dulcimer.wire")),
        (["decode", "07000000000400000201"], ("pydicom", "transitions", "asyncio", "ssl")),
        (["explain", "Sta6"], ("pydicom", "asyncio", "ssl")),
        *(
            ([command, "--help"], ("pydicom", "transitions", "asyncio", "construct", "ssl"))
            for command in ("echo", "store", "find", "get", "move")
        ),
        (["fuzz", "--help"], ("pydicom", "asyncio", "construct", "sqlalchemy", "dulcimer.fuzz.campaign")),
    ],
)
def test_command_loads_only_what_it_needs(arguments: list[str], unwanted: tuple[str, ...]) -> None:
    program = f"""
import json, sys
from dulcimer.cli.main import app
try:
    app({arguments!r}, prog_name="dulcimer")
except SystemExit as end:
    assert not end.code, end.code
print()
print(json.dumps([name for name in {unwanted!r} if name in sys.modules]))
"""
    assert json.loads(python(program).splitlines()[-1]) == []


@pytest.mark.parametrize("debug", [False, True])
def test_own_fault_is_one_paragraph_with_status_5_and_a_traceback_only_on_demand(
    monkeypatch: pytest.MonkeyPatch, debug: bool
) -> None:
    def broken(_: list[str]) -> bytes:
        raise RuntimeError("a wheel came off")

    monkeypatch.setattr(hexinput, "read_input", broken)
    result = invoke("decode", "00", *(["-d"] if debug else []))
    assert result.exit_code == 5
    assert "a fault in dulcimer" in result.stderr
    assert "a wheel came off" in result.stderr
    assert ("Traceback" in result.stderr) == debug


def test_command_that_cannot_be_loaded_is_a_fault_of_our_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "dulcimer.cli.commands.decode", None)
    monkeypatch.setattr(sys, "argv", ["dulcimer", "decode", "00"])
    with pytest.raises(SystemExit) as end:
        main.main()
    assert end.value.code == 5
    assert "Traceback" not in capsys.readouterr().err


def test_interrupt_is_status_130_and_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: list[str]) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(hexinput, "read_input", interrupted)
    result = invoke("decode", "00")
    assert (result.exit_code, result.output) == (130, "")


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (AssociationRejected("no", result=1, source=1, reason=7), 1, "-aec"),
        (AssociationRejected("no", result=1, source=1, reason=3), 1, "-aet"),
        (AssociationRejected("no", result=2, source=3, reason=1), 1, "temporary congestion"),
        (AssociationRejected("no", result=9, source=9, reason=9), 1, "reserved value 9"),
        (AssociationAborted("gone", source=2, reason=1), 1, "unrecognized PDU"),
        (AssociationAborted("gone", source=0, reason=0), 1, "service-user"),
        (AssociationAborted("the connection was closed"), 4, "the connection was closed"),
        (AssociationTimeout("silence", seconds=30.0), 1, "within 30 s"),
        (ContextNotAccepted("no context"), 1, "PS3.8 9.3.3.2"),
        (TransportError("refused"), 3, "refused"),
        (DIMSEProcessingError("no Command Field", clause="PS3.7 9.3"), 1, "no Command Field"),
        (DecodeError("too short", path="pdu_length", clause="PS3.8 9.3.1"), 1, "too short"),
    ],
)
def test_failure_says_what_was_expected_what_came_and_what_to_do(error: Exception, status: int, told: str) -> None:
    failure = failure_of(error)
    assert failure is not None
    assert failure.status == status
    assert failure.expected
    assert failure.came
    assert failure.advice
    text = failure.as_text()
    assert told in " ".join(text.split())
    assert all(len(line) <= 100 for line in text.splitlines())


def test_misuse_of_our_own_stack_is_not_put_on_the_peer() -> None:
    assert failure_of(LocalProtocolError("not now", event="Evt9", state="Sta5")) is None
    assert failure_of(ZeroDivisionError()) is None


@given(st.text(max_size=20))
def test_ae_title_option_takes_exactly_what_an_ae_title_may_be(text: str) -> None:
    legal = 1 <= len(text) <= 16 and text.strip(" ") and all(" " <= c <= "~" and c != "\\" for c in text)
    if legal:
        assert ae_title(text) == text
    else:
        with pytest.raises(typer.BadParameter):
            ae_title(text)


@pytest.mark.parametrize(
    "arguments",
    [
        "echo",
        "echo localhost",
        "echo localhost 0",
        "echo localhost 65536",
        "echo localhost 104 -ta 0",
        "echo localhost 104 -pdu 7",
        "echo localhost 104 -aet 12345678901234567",
        "echo localhost 104 --repeat 0",
        "echo localhost 104 --tls-cert /no/such/file",
        "store localhost 104 /no/such/file",
        "serve --ignore --dir x",
        "serve --tls",
        "explain --role both Sta1",
    ],
)
def test_wrong_use_is_status_2(arguments: str) -> None:
    assert invoke(*arguments.split()).exit_code == 2


def test_group_of_options_becomes_single_options() -> None:
    seen: list[Any] = []

    def command(word: Annotated[str, typer.Argument()], association: AssociationOptions, flag: bool = False) -> None:
        seen.append((word, association, flag))

    app = typer.Typer()
    app.command()(expand(command))
    words = ["-aet", "ME", "-aec", "YOU", "-ta", "1", "-td", "2", "-tn", "3", "-to", "4", "-pdu", "0", "here", "--flag"]
    result = CommandRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert seen == [("here", AssociationOptions("ME", "YOU", 1.0, 2.0, 3.0, 4.0, 0), True)]
