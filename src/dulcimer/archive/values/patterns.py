"""Text with the wild cards of PS3.4 C.2.2.2.4, and person names made comparable; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

_WILD = re.compile(r"\*+|\?")
_AROUND_CARET = re.compile(r" *\^ *")
_NAME_COMPONENTS = 5


class Wild(Enum):
    """A wild card: `ANY` is any text, even empty; `ONE` is any single character."""

    ANY = "*"
    ONE = "?"


@dataclass(frozen=True)
class Pattern:
    """Literal text and wild cards, in order; two `Wild.ANY` are never adjacent."""

    parts: tuple[str | Wild, ...]

    @classmethod
    def parse(cls, text: str, fold: Callable[[str], str] = str, *, wild: bool = True) -> Pattern:
        """The pattern in `text`; `fold` is applied to its literal parts only.

        So a character that folding turns into an asterisk stays literal.
        """
        if not wild:
            return cls((fold(text),) if text else ())
        parts: list[str | Wild] = []
        end = 0
        for found in _WILD.finditer(text):
            if found.start() > end:
                parts.append(fold(text[end : found.start()]))
            parts.append(Wild.ONE if found.group() == "?" else Wild.ANY)
            end = found.end()
        if end < len(text):
            parts.append(fold(text[end:]))
        return cls(tuple(part for part in parts if part))

    @property
    def is_universal(self) -> bool:
        """Whether it is only an asterisk, which matches everything."""
        return self.parts == (Wild.ANY,)

    @property
    def literal(self) -> str | None:
        """The text, if there is no wild card in it."""
        return "".join(part for part in self.parts if isinstance(part, str)) if not self._wild else None

    @property
    def prefix(self) -> str:
        """The text before the first wild card."""
        return self.parts[0] if self.parts and isinstance(self.parts[0], str) else ""

    def matches(self, text: str) -> bool:
        """Whether the whole of `text` fits."""
        if not self._wild:
            return text == self.literal
        return self._regex.fullmatch(text) is not None

    @cached_property
    def _wild(self) -> bool:
        return any(isinstance(part, Wild) for part in self.parts)

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        segments = [""]
        for part in self.parts:
            if part is Wild.ANY:
                segments.append("")
            else:
                segments[-1] += "." if isinstance(part, Wild) else re.escape(part)
        if len(segments) == 1:
            return re.compile(segments[0], re.DOTALL)
        first, *middle, last = segments
        # Atomic groups: the leftmost match of a segment is enough, so a hostile "*a*a*a*b" never backtracks.
        groups = "".join(f"(?>.*?{segment})" for segment in middle if segment)
        return re.compile(f"{first}{groups}.*{last}", re.DOTALL)


def fold(text: str) -> str:
    """The text without case, without accents of Latin, Greek and Cyrillic letters, and in one width.

    Marks that distinguish syllables, such as the dakuten of kana, are kept.
    """
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(character for character in text if not "\u0300" <= character <= "\u036f")
    return unicodedata.normalize("NFC", text).casefold()


def name_groups(name: str) -> tuple[str, ...]:
    """The component groups of a person name (PS3.5 6.2.1) without insignificant characters.

    Removes spaces around components, empty components at the end of a group and empty groups at the end of the name.
    """
    groups = [_AROUND_CARET.sub("^", group).strip(" ").rstrip("^") for group in name.split("=")]
    while groups and not groups[-1]:
        groups.pop()
    return tuple(groups)


def folded_name(name: str) -> tuple[str, ...]:
    """The component groups of a person name, each folded."""
    return tuple(fold(group) for group in name_groups(name))


def padded_name_group(group: str) -> str:
    """The group with all five components written out, as the pattern `DOE^*` may expect a plain `DOE`."""
    return group + "^" * max(0, _NAME_COMPONENTS - 1 - group.count("^"))
