"""Text from peers and files, made safe to print: for terminals, logs and JSON."""

from __future__ import annotations

import re

_BEYOND = re.compile(r"[^\x20-\x7e\n]")


def escaped(text: str) -> str:
    r"""`text` with every unprintable character as ``\xNN``, ``\uNNNN`` or ``\UNNNNNNNN``.

    These are control characters, which a terminal would obey, line ends, with which a peer could forge lines, and
    characters that change the direction of text.
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else _escape(c) for c in text)


def escaped_lines(text: str) -> str:
    """`text` of several lines of our own, escaped; all but the first are indented, so that none can be forged."""
    return "\n  ".join(map(escaped, text.split("\n")))


def escaped_json(text: str, encoding: str = "utf-8") -> str:
    r"""JSON with every character that is unprintable, or that `encoding` cannot encode, as ``\uNNNN``.

    The line ends between values stay.
    """
    if text.isascii() and "\x7f" not in text:
        return text
    return _BEYOND.sub(lambda found: _in_json(found[0], encoding), text)


def _in_json(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except (UnicodeError, LookupError):
        return _json_escape(character)
    return character if character.isprintable() else _json_escape(character)


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
