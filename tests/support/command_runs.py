"""Commands of dulcimer, run in this process and looked at."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner, Result

from dulcimer.cli.main import app


def invoke(command: str, address: tuple[str, int], *arguments: str, env: dict[str, str] | None = None) -> Result:
    """Run `dulcimer COMMAND HOST PORT ...`. However it ends, nobody sees a traceback."""
    host, port = address[:2]
    words = [command, host, str(port), *map(str, arguments)]
    result = CliRunner().invoke(app, words, env={"NO_COLOR": "1", "COLUMNS": "100", **(env or {})})
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
