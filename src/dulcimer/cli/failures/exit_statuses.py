"""What a command says and which exit status it has when something failed.

A message says what was expected, what came instead, where the standard speaks of it, and what to do next.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import textwrap
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from dulcimer import __version__
from dulcimer.cli.failures.names_in_use import Names
from dulcimer.errors import DulcimerError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class ExitStatus(IntEnum):
    """How a command ended."""

    meaning: str

    DONE = 0, "done as asked"
    PEER_FAILED = 1, "the peer failed or answered otherwise"
    USAGE = 2, "usage"
    UNREACHABLE = 3, "peer not reachable"
    PEER_DIED = 4, "the peer died"
    OWN_FAULT = 5, "a fault of dulcimer"
    INTERRUPTED = 130, "interrupted"
    TERMINATED = 143, "terminated"

    def __new__(cls, value: int, meaning: str) -> ExitStatus:
        """A member with this status and its meaning."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


class IdentityNotConfirmed(DulcimerError):
    """The peer accepted the association without a word about the user identity."""


class OperationFailed(DulcimerError):
    """The final response to an operation says that it failed.

    Attributes: `service` such as "C-FIND", `status`, `words` for it, `comment` of the peer ("" if it makes none).
    """

    def __init__(self, service: str, status: int, words: str, comment: str = "") -> None:
        self.service = service
        self.status = status
        self.words = words
        self.comment = comment
        super().__init__(f"{service}: {words}" + (f" ({comment})" if comment else ""))


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure in words, each of which may be empty."""

    status: ExitStatus
    headline: str
    expected: str = ""
    came: str = ""
    clause: str = ""
    advice: str = ""

    def as_text(self, names: Names | None = None) -> str:
        """The headline, and under it one line for each part that is known, and for the names in use."""
        peer = "" if names is None else names.as_text()
        parts = {"expected": self.expected, "came": self.came, "peer": peer, "clause": self.clause, "try": self.advice}
        lines = textwrap.wrap(self.headline, 98)
        for label, text in parts.items():
            if text:
                indent = " " * 12
                lines += textwrap.wrap(text, 98, initial_indent=f"  {label:<10}", subsequent_indent=indent)
        return "\n".join(lines)

    def as_json(self, names: Names | None = None) -> dict[str, object]:
        """The parts that are known, and the names in use, for `--json`."""
        parts = {
            "headline": self.headline,
            "expected": self.expected,
            "came": self.came,
            "clause": self.clause,
            "advice": self.advice,
        }
        peer = {} if names is None else {"peer": names.as_json()}
        return {"status": int(self.status), **{name: text for name, text in parts.items() if text}, **peer}


def report(error: Exception, options: Mapping[str, Any]) -> ExitStatus:
    """Print `error` in words (as JSON where the options of the command ask for it) and say the exit status."""
    from dulcimer.cli.failures.diagnosis import failure_of
    from dulcimer.cli.failures.probing import answers_otherwise

    names = Names.of(options)
    failure = failure_of(error, names, answers_otherwise)
    status = ExitStatus.OWN_FAULT if failure is None else failure.status
    with contextlib.suppress(OSError):  # where standard error cannot be written, the status still tells
        if options.get("debug"):
            traceback.print_exception(error)
        if failure is None:
            print(_own_fault(error), file=sys.stderr)
        elif options.get("json_output") is True:
            import json

            print(json.dumps({"error": failure.as_json(names)}))
        else:
            print(failure.as_text(names), file=sys.stderr)
        sys.stderr.flush()
    return status


def place_of(error: OSError) -> str:
    """The name of the file that an error is about."""
    name = error.filename
    return os.fsdecode(name) if isinstance(name, str | bytes) else "The output"


def _own_fault(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return f"{place_of(error)} cannot be written: {error.strerror}. Make room, and try again."
    text = (
        f"This is a fault of dulcimer {__version__} and not of the peer: {type(error).__name__}: {error}. Please "
        "report it where the README says, with the command line and what it prints with -d."
    )
    return textwrap.fill(text, 98)
