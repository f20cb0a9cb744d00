"""The drawing as SVG: the same bytes for the same input, colours of light and dark, no request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

from dulcimer._generated.drawing import ARROWS, DRAWN_STATES, FRAMES, LAYERS, SIZES, DrawnArrow
from dulcimer._generated.fsm import STATES
from dulcimer.conformance.report.page import colours, page_file
from dulcimer.learn.drawing.arrows import ALL, arrows_of, states_of, words_of

LINE: Final = 14
"""From one line of words to the next."""
_CORNER = 7
_TIP, _HALF_TIP = 8, 4
_NAME_RISE, _WORDS_DROP = 3, 12


@dataclass(frozen=True, slots=True)
class DrawnLight:
    """What is highlighted: labels of states, numbers of arrows."""

    states: frozenset[str] = frozenset()
    arrows: frozenset[int] = frozenset()


def machine_svg(layer: str = ALL, light: DrawnLight | None = None) -> str:
    """The picture of a layer as a file of its own. Raises KeyError if there is no such layer."""
    drawn = LAYERS[layer]
    width, height = SIZES["width"], SIZES["height"]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="machine" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-labelledby="title about">',
            f'<title id="title">{escape(drawn.title)}: the state machine of the DICOM upper layer (PS3.8 9.2)</title>',
            f'<desc id="about">{escape(drawn.about)}</desc>',
            f"<style>\n{drawing_styles()}</style>",
            f'<rect class="paper" width="{width}" height="{height}"/>',
            *machine_parts(layer, light),
            "</svg>\n",
        ]
    )


def drawing_styles() -> str:
    """Colours, and how the parts of a picture look."""
    return colours() + page_file("dulcimer.learn.drawing", "drawing.css")


def machine_parts(layer: str = ALL, light: DrawnLight | None = None) -> Iterator[str]:
    """The elements inside the picture, for a page that has the styles; arrows and states say which they are."""
    lit = light or DrawnLight()
    numbers = arrows_of(layer)
    arrows = [(number, ARROWS[number]) for number in numbers]
    for name, frame in FRAMES.items():
        if any(arrow.from_ == name for _, arrow in arrows):
            yield f'<path class="frame" data-frame="{name}" d="{_path(frame.outline, closed=True)}"/>'
    for number, arrow in sorted(arrows, key=lambda one: one[0] in lit.arrows):
        yield (
            f'<g class="{_classes("arrow", arrow, is_lit=number in lit.arrows)}" data-arrow="{number}">'
            f'<path d="{_path(_shortened(arrow.points))}"/><path class="tip" d="{_tip(arrow.points)}"/></g>'
        )
    for number, arrow in arrows:
        yield _label(number, arrow, is_lit=number in lit.arrows)
    touched = {label for _, arrow in arrows for label in (*states_of(arrow), arrow.to)}
    for label in DRAWN_STATES:
        if label in touched or label in lit.states:
            yield _state(label, is_lit=label in lit.states)


def _classes(kind: str, arrow: DrawnArrow, *, is_lit: bool) -> str:
    return " ".join([kind, *(["main"] if "main" in arrow.layers else []), *(["lit"] if is_lit else [])])


def _state(label: str, *, is_lit: bool) -> str:
    state, info = DRAWN_STATES[label], next(one for one in STATES if one.label == label)
    width, height = SIZES["node_width"], SIZES["node_height"]
    lit = " lit" if is_lit else ""
    return (
        f'<g class="state {info.role}{lit}" data-state="{label}"><title>{escape(f"{label}: {info.meaning}")}</title>'
        f'<rect x="{state.x - width // 2}" y="{state.y - height // 2}" width="{width}" height="{height}" rx="8"/>'
        f'<text class="name" x="{state.x}" y="{state.y - _NAME_RISE}">{label}</text> '
        f'<text class="words" x="{state.x}" y="{state.y + _WORDS_DROP}">{escape(state.words)}</text></g>'
    )


def _label(number: int, arrow: DrawnArrow, *, is_lit: bool) -> str:
    words = words_of(number)
    parts = list(_text(arrow.label, arrow.anchor, words.lines))
    if words.exceptions:
        parts += _text(arrow.exceptions, "start", words.exceptions)
    return f'<g class="{_classes("label", arrow, is_lit=is_lit)}" data-arrow="{number}">{"".join(parts)}</g>'


def _text(place: Sequence[int], anchor: str, lines: Iterable[str]) -> Iterator[str]:
    x, y = place
    for number, line in enumerate(lines):
        exception = ' class="exception"' if line.startswith("Sta") else ""
        yield f'<text{exception} x="{x}" y="{y + LINE * number}" text-anchor="{anchor}">{escape(line)}</text>'


def _shortened(points: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """The line ends where its tip begins."""
    *others, (x, y) = ((point[0], point[1]) for point in points)
    dx, dy = _direction(points)
    return [*others, (x - dx * (_TIP - 1), y - dy * (_TIP - 1))]


def _direction(points: Sequence[Sequence[int]]) -> tuple[int, int]:
    (x0, y0), (x1, y1) = points[-2], points[-1]
    return (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)


def _tip(points: Sequence[Sequence[int]]) -> str:
    x, y = points[-1]
    dx, dy = _direction(points)
    back_x, back_y = x - dx * _TIP, y - dy * _TIP
    side_x, side_y = dy * _HALF_TIP, dx * _HALF_TIP
    return f"M{x} {y}L{back_x - side_x} {back_y + side_y}L{back_x + side_x} {back_y - side_y}z"


def _path(points: Sequence[Sequence[int]], *, closed: bool = False) -> str:
    """A line through the points, with round corners."""
    corners = [(point[0], point[1]) for point in points]
    if closed:
        first, second = corners[0], corners[1]
        start = ((first[0] + second[0]) // 2, (first[1] + second[1]) // 2)
        corners = [start, *corners[1:], first, start]
    parts = [f"M{corners[0][0]} {corners[0][1]}"]
    for (before, at), (_, after) in pairwise(pairwise(corners)):
        parts.append(f"L{_toward(at, before)}Q{at[0]} {at[1]} {_toward(at, after)}")
    parts.append(f"L{corners[-1][0]} {corners[-1][1]}")
    return "".join(parts) + ("z" if closed else "")


def _toward(corner: tuple[int, int], other: tuple[int, int]) -> str:
    """A point near a corner, on the way to another."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    size = min(_CORNER, (abs(dx) + abs(dy)) // 2)
    return f"{corner[0] + size * ((dx > 0) - (dx < 0))} {corner[1] + size * ((dy > 0) - (dy < 0))}"
