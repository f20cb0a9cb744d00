"""Commands of dulcimer, run in this process and looked at."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer.testing import CliRunner, Result

from dulcimer.cli.main import app


class CommandRunner(CliRunner):
    """Runs commands in this process, and puts the log back as it was.

    A command sends the log of dulcimer to its standard error, which is gone when it ends. A server of the test that
    logs a moment later would write into a closed stream, and logging prints a traceback about that.
    """

    @contextmanager
    def isolation(self, *arguments: Any, **named: Any) -> Iterator[Any]:
        logger = logging.getLogger("dulcimer")
        with super().isolation(*arguments, **named) as streams:
            handlers, level = list(logger.handlers), logger.level
            try:
                yield streams
            finally:
                logger.handlers[:] = handlers
                logger.setLevel(level)


def invoke(command: str, address: tuple[str, int], *arguments: str, env: dict[str, str] | None = None) -> Result:
    """Run `dulcimer COMMAND HOST PORT ...`. However it ends, nobody sees a traceback."""
    host, port = address[:2]
    words = [command, host, str(port), *map(str, arguments)]
    result = CommandRunner().invoke(app, words, env={"NO_COLOR": "1", "COLUMNS": "100", **(env or {})})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def lines_of(result: Result) -> list[dict[str, Any]]:
    """What a command has printed with --json, line by line."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def summary_of(result: Result) -> dict[str, Any]:
    """The sums that a command prints with --json."""
    return next(line["summary"] for line in lines_of(result) if "summary" in line)


def words_of(text: str) -> str:
    """Text without its line breaks."""
    return " ".join(text.split())
