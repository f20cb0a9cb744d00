"""One failure in words: what was expected, what came instead, the clause of the standard, what to do next."""

from __future__ import annotations

import errno
import os
import textwrap
from dataclasses import dataclass

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.failures.names_in_use import Names
from dulcimer.diagnosis.causes.sureness import Sureness

_OF_THE_PEER = (ExitStatus.PEER_FAILED, ExitStatus.UNREACHABLE, ExitStatus.PEER_DIED)
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class FailureInWords:
    """One failure in words; each part except the headline may be empty.

    `cause_id`, `sure` and `cause`: a cause of `spec/diagnosis/`, and its sentence; `next_command`: what finds out more.
    """

    status: ExitStatus
    headline: str
    expected: str = ""
    came: str = ""
    clause: str = ""
    advice: str = ""
    cause_id: str = ""
    sure: Sureness | None = None
    cause: str = ""
    next_command: str = ""

    def as_text(self, names: Names | None = None) -> str:
        """The headline, and under it one line for each part that is known, and for the names in use."""
        peer = "" if names is None else names.as_text()
        parts = {"expected": self.expected, "came": self.came, "peer": peer, "cause": self.cause, "clause": self.clause}
        parts |= {"advice": self.advice, "next": self._next(names)}
        lines = textwrap.wrap(self.headline, 98)
        for label, text in parts.items():
            if text:
                indent = " " * 12
                lines += textwrap.wrap(text, 98, initial_indent=f"  {label:<10}", subsequent_indent=indent)
        return "\n".join(lines)

    def _next(self, names: Names | None) -> str:
        """The command to run next, "" if the failure is not one of the peer."""
        if names is None or self.status not in _OF_THE_PEER:
            return ""
        return self.next_command or names.next_command

    def as_json(self, names: Names | None = None) -> dict[str, object]:
        """The parts that are known, and the names in use, for `--json`."""
        parts = {
            "headline": self.headline,
            "expected": self.expected,
            "came": self.came,
            "clause": self.clause,
            "advice": self.advice,
            "cause": self.cause,
            "cause_id": self.cause_id,
            "next": self._next(names),
        }
        peer = {} if names is None else {"peer": names.as_json()}
        return {"status": int(self.status), **{name: text for name, text in parts.items() if text}, **peer}


def place_of(error: OSError) -> str:
    """The name of the file that an error is about."""
    name = error.filename
    return os.fsdecode(name) if isinstance(name, str | bytes) else "The output"
