"""Numbers in front of nouns."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 case``, ``2 cases``, ``0 cases``; `plural` is for nouns that do not just take an s."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
