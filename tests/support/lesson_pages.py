"""The pages of docs/learn, followed as a reader does: commands and programs in their order, in one directory."""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dulcimer.cli.main import app
from dulcimer.learn.labs.files import ANSWERS, read_answers
from support.command_runs import CommandRunner
from support.peers.processes import free_port

LEARN = Path(__file__).parents[2] / "docs" / "learn"
LESSONS = sorted(path.name for path in LEARN.glob("[0-9]*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PORT = "11112"
"""The port in the pages; a free one takes its place."""
_MORE = "...\n"
_SAVED = re.compile(r"# (\w+\.py)\n")
"""The first line of a program that the reader is told to save under this name."""


@dataclass(frozen=True)
class Followed:
    """A command or program, what the page shows of its output ("" if nothing), what it printed, and its exit status."""

    what: str
    shown: str
    printed: str
    status: int | None = None

    @property
    def is_command(self) -> bool:
        """Whether it is a command, which has an exit status."""
        return self.status is not None

    @property
    def is_as_shown(self) -> bool:
        """Whether the output is that of the page; a line of three dots stands for any lines."""
        parts = [re.escape(part) for part in self.shown.split(_MORE)]
        return not self.shown or re.fullmatch(r"(?:.*\n)*?".join(parts), self.printed) is not None


@dataclass
class Reader:
    """Follows one page in the current directory."""

    page: Path
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "lesson"})
    port: str = field(default_factory=lambda: str(free_port()))

    def follow(self) -> Iterator[Followed]:
        """Everything on the page, in order."""
        blocks = BLOCK.findall(self.page.read_text(encoding="utf-8"))
        for number, (kind, text) in enumerate(blocks):
            if kind == "python" and (saved := _SAVED.match(text)):
                Path(saved[1]).write_text(text.replace(PORT, self.port), encoding="utf-8")
            elif kind == "python":
                after = blocks[number + 1] if number + 1 < len(blocks) else ("", "")
                yield self._program(text, after[1] if after[0] == "text" else "")
            elif kind == "console":
                for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
                    yield self._command(command, shown)

    def _program(self, text: str, shown: str) -> Followed:
        output = io.StringIO()
        with redirect_stdout(output):
            exec(compile(text.replace(PORT, self.port), str(self.page), "exec"), self.names)
        return Followed(text, shown, output.getvalue().replace(self.port, PORT))

    def _command(self, command: str, shown: str) -> Followed:
        words = shlex.split(command.replace(PORT, self.port), comments=True)
        words = [re.sub(r"^python\b", sys.executable, word) for word in words]
        if words[0] == sys.executable:
            done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
            return Followed(command, shown, done.stdout + done.stderr, done.returncode)
        assert words[0] == "dulcimer", command
        if words[1:3] == ["lab", "grade"] and Path(words[4]).name == ANSWERS:
            self._answer(*map(Path, words[3:5]))
        result = CommandRunner().invoke(app, words[1:], env={"NO_COLOR": "1", "COLUMNS": "100"})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        printed = "".join(f"{line.rstrip()}\n" for line in result.stdout.splitlines()).replace(self.port, PORT)
        return Followed(command, shown, printed, result.exit_code)

    def _answer(self, folder: Path, answers: Path) -> None:
        """Before it is graded, an exercise is worth nothing; then the answers are filled in."""
        empty = CommandRunner().invoke(app, ["lab", "grade", str(folder), str(answers)])
        assert empty.exit_code == 1
        found = json.loads(answers.read_text())
        labs = read_answers(answers).labs.labs()
        found["answers"] = {lab.name: {question.id: question.model for question in lab.questions} for lab in labs}
        answers.write_text(json.dumps(found))
