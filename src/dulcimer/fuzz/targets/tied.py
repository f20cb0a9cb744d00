"""Commands that end with whoever has started them, also when that is killed: a target that hangs outlives nobody."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import cache

_OPTIONS = ("--pdeathsig", "KILL", "--")


def tied_words(words: Sequence[str]) -> list[str]:
    """The words that run a command in this way; the same words where the system has no `setpriv` (util-linux).

    A command that is not there stays as it is, so that its start fails.
    """
    program = _setpriv()
    if program is None or shutil.which(words[0]) is None:
        return list(words)
    return [program, *_OPTIONS, *words]


@cache
def _setpriv() -> str | None:
    return shutil.which("setpriv")
