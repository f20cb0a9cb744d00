"""Text of peers in the forms of reports: shown as it is, and never taken for markup."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([\\`*_\[\]#|~@$])")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def markdown_text(text: str) -> str:
    """Text that Markdown and HTML show unchanged, on one line."""
    plain = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", plain)


def markdown_code(text: str) -> str:
    """Text for use between two backticks."""
    return " ".join(text.replace("`", "'").replace("|", "/").split()) or "?"


def xml_text(text: str) -> str:
    """The text without characters that XML 1.0 does not allow."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
