"""Sentences and commands of causes, filled in with what is known."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r" ?\{(\w+)\}")
_WITHOUT = {
    "protocol": "another protocol",
    "sender": "one side",
    "seconds": "some time",
    "where": "this address",
}
"""What stands for something that is not known, where a sentence needs a word."""


def sentence(text: str, values: Mapping[str, str]) -> str:
    """`text` with its placeholders filled in; one that is not known is left out, with the blank before it."""

    def fill(found: re.Match[str]) -> str:
        value = values.get(found[1]) or _WITHOUT.get(found[1], "")
        blank = " " if found[0].startswith(" ") else ""
        return blank + value if value else ""

    filled = _PLACEHOLDER.sub(fill, text)
    return filled[:1].upper() + filled[1:]


def command_line(text: str, values: Mapping[str, str]) -> str:
    """A command with what is known; a word in capitals stands for what is not."""

    def fill(found: re.Match[str]) -> str:
        value = values.get(found[1]) or found[1].upper()
        word = value if re.fullmatch(r"[\w.:/-]+", value) else "'" + value.replace("'", "'\\''") + "'"
        return (" " if found[0].startswith(" ") else "") + word

    return _PLACEHOLDER.sub(fill, text)
