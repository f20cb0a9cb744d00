"""One failure in words: what was expected, what came instead, the clause of the standard, what to do next."""

from __future__ import annotations

import errno
import os
import textwrap
from dataclasses import dataclass

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.failures.names_in_use import Names

_OF_THE_PEER = (ExitStatus.PEER_FAILED, ExitStatus.UNREACHABLE, ExitStatus.PEER_DIED)
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class FailureInWords:
    """One failure in words; each part except the headline may be empty."""

    status: ExitStatus
    headline: str
    expected: str = ""
    came: str = ""
    clause: str = ""
    advice: str = ""

    def as_text(self, names: Names | None = None) -> str:
        """The headline, and under it one line for each part that is known, and for the names in use."""
        peer = "" if names is None else names.as_text()
        parts = {"expected": self.expected, "came": self.came, "peer": peer, "clause": self.clause}
        parts["advice"] = self.advice
        if names is not None and self.status in _OF_THE_PEER:
            parts["next"] = names.next_command
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
        peer: dict[str, object] = {} if names is None else {"peer": names.as_json()}
        if names is not None and self.status in _OF_THE_PEER:
            peer["next"] = names.next_command
        return {"status": int(self.status), **{name: text for name, text in parts.items() if text}, **peer}


def place_of(error: OSError) -> str:
    """The name of the file that an error is about."""
    name = error.filename
    return os.fsdecode(name) if isinstance(name, str | bytes) else "The output"
