"""The room that the texts of the drawing take, in its units: a wide font is assumed, so that none runs into another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dulcimer._generated.drawing import ARROWS, DRAWN_STATES, SIZES
from dulcimer.learn.drawing.arrows import arrows_of, words_of
from dulcimer.learn.drawing.picture import LINE

TEXT_SIZE: Final = 12.5
_ASCENT, _DESCENT = 0.76, 0.24
_WIDTHS: Final = {
    character: width
    for characters, width in (
        ("'ijlIJ .,:;/|", 0.34),
        ("f-()[]t!r", 0.42),
        ("szc", 0.56),
        ("LFkvxyPTYoaeEhnuSbdgpq0123456789?", 0.64),
        ("KAVXZBR", 0.7),
        ("CUNHDG", 0.78),
        ("OQw", 0.82),
    )
    for character in characters
}
"""The width of a character as a part of the size of the text, at least that of DejaVu Sans, which is a wide font."""
_WIDEST: Final = 1.0


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """A rectangle that belongs to something drawn."""

    owner: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: DrawnBox) -> bool:
        """Whether both have a point inside in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def text_width(text: str) -> float:
    """The width of a text of the drawing."""
    return TEXT_SIZE * sum(_WIDTHS.get(character, _WIDEST) for character in text)


def boxes_of(layer: str) -> Iterator[DrawnBox]:
    """The boxes of all states, and of each line of words in a layer."""
    half_width, half_height = SIZES["node_width"] / 2, SIZES["node_height"] / 2
    for label, state in DRAWN_STATES.items():
        yield DrawnBox(label, state.x - half_width, state.y - half_height, state.x + half_width, state.y + half_height)
    for number in arrows_of(layer):
        arrow, words = ARROWS[number], words_of(number)
        yield from _lines(f"words of arrow {number}", arrow.label, arrow.anchor, words.lines)
        if words.exceptions:
            yield from _lines(f"exceptions of arrow {number}", arrow.exceptions, "start", words.exceptions)


def _lines(owner: str, place: Sequence[int], anchor: str, lines: Sequence[str]) -> Iterator[DrawnBox]:
    x, y = place
    for number, line in enumerate(lines):
        width, base = text_width(line), y + LINE * number
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        yield DrawnBox(owner, left, base - TEXT_SIZE * _ASCENT, left + width, base + TEXT_SIZE * _DESCENT)
