"""The poster: the state machine as a picture and as Table 9-10, with every state and action in words, on A3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from dulcimer._generated.drawing import LAYERS, SIZES
from dulcimer._generated.editions import EDITION
from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE, Events, States
from dulcimer.conformance.report.page import page_file
from dulcimer.learn.drawing.arrows import ALL
from dulcimer.learn.drawing.boxes import TEXT_SIZE, DrawnBox, text_width
from dulcimer.learn.drawing.picture import drawing_styles, machine_parts

WIDTH, HEIGHT, MARGIN = 1260, 891, 36
"""Of the page, and around it, in thirds of a millimetre: A3 is 420 by 297 mm."""

TEXT_SIZES: Final = {
    "title": 30.0,
    "lead": 12.5,
    "head": 13.0,
    "label": 9.2,
    "plain": 9.2,
    "cell": 9.5,
    "quiet": 9.5,
    "column": 8.4,
}
"""By kind of text; 9 are 3 mm, or 8.5 points."""
_BOLD = 1.08
_IS_BOLD = frozenset({"title", "head", "label", "cell", "column"})

_TOP, _SCALE = 110, 0.95
_GAP = 26
_TABLE_LEFT = MARGIN + SIZES["width"] * _SCALE + _GAP
_CELL_WIDTH, _ROW_HEIGHT = 32.0, 24.0
_LEGEND_TOP = _TOP + SIZES["height"] * _SCALE + 20
_LINE = 10.7
_COLUMNS = 3
_COLUMN = (WIDTH - 2 * MARGIN - (_COLUMNS - 1) * _GAP) / _COLUMNS
_INDENT = 36.0


@dataclass(frozen=True, slots=True)
class PosterText:
    """A line of text: where it begins, or has its middle (`anchor`), its base line, and its kind."""

    x: float
    y: float
    text: str
    kind: str = "plain"
    anchor: str = "start"

    @property
    def box(self) -> DrawnBox:
        """The room it takes, in a wide font."""
        width, size = _width(self.text, self.kind), TEXT_SIZES[self.kind]
        left = self.x - (width / 2 if self.anchor == "middle" else 0)
        return DrawnBox(self.text, left, self.y - size * 0.76, left + width, self.y + size * 0.24)

    def as_svg(self) -> str:
        """The element."""
        return f'<text class="{self.kind} {self.anchor}" x="{self.x:g}" y="{self.y:g}">{escape(self.text)}</text>'


def poster() -> str:
    """The poster as SVG, 420 by 297 mm."""
    sizes = "".join(f".poster .{kind} {{ font-size: {size:g}px; }}\n" for kind, size in TEXT_SIZES.items())
    words = "The state machine of the DICOM upper layer"
    return "\n".join(
        [
            "<!-- Generated from spec/ by `python -m codegen`: do not edit. -->",
            f'<svg xmlns="http://www.w3.org/2000/svg" class="poster" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'width="420mm" height="297mm" role="img" aria-labelledby="title about">',
            f'<title id="title">{words}</title>',
            f'<desc id="about">{escape(LAYERS[ALL].about)} Beside the picture is Table 9-10, below them the states and '
            "actions in words.</desc>",
            f"<style>\n{drawing_styles()}{page_file(__package__, 'poster.css')}{sizes}</style>",
            f'<rect class="sheet" width="{WIDTH}" height="{HEIGHT}"/>',
            *_signs(),
            f'<g class="machine" transform="translate({MARGIN} {_TOP}) scale({_SCALE})">',
            *machine_parts(),
            "</g>",
            *_cells(),
            *(text.as_svg() for text in poster_texts()),
            "</svg>\n",
        ]
    )


def poster_texts() -> Iterator[PosterText]:
    """Every line of text beside those of the picture."""
    yield from _headings()
    yield from _table()
    yield from _legend()


def _headings() -> Iterator[PosterText]:
    blank = len(STATES) * len(EVENTS) - len(TABLE)
    yield PosterText(MARGIN, 56, "The state machine of the DICOM upper layer", "title")
    yield PosterText(
        MARGIN,
        78,
        f"PS3.8 9.2, edition {EDITION}, in our own words. {len(STATES)} states, {len(EVENTS)} events, {len(ACTIONS)} "
        f"actions. {len(TABLE)} cells of Table 9-10 have one; {blank} are blank: cannot happen, or a misuse by the "
        "local user.",
        "lead",
    )
    yield from (PosterText(x + 34, _SIGNS_AT + 3.5, text, "quiet") for x, _, text in _SIGNS)


_SIGNS: Final = (
    (MARGIN, "main", "from request to release"),
    (MARGIN + 180, "other", "every other way"),
    (MARGIN + 310, "frame", "from this frame: from every state in it"),
    (_TABLE_LEFT, "does", "opens, uses or releases"),
    (_TABLE_LEFT + 175, "ends", "aborts, or tidies up after the end"),
    (_TABLE_LEFT + 400, "blank", "blank"),
)
"""What the looks mean: where a sign begins, its kind, and the words beside it."""
_SIGNS_AT = 96


def _signs() -> Iterator[str]:
    for x, kind, _ in _SIGNS:
        if kind in ("main", "other"):
            group = "arrow main" if kind == "main" else "arrow"
            yield (
                f'<g class="machine"><g class="{group}"><path d="M{x:g} {_SIGNS_AT}h20"/>'
                f'<path class="tip" d="M{x + 28:g} {_SIGNS_AT}l-8 -4v8z"/></g></g>'
            )
        elif kind == "frame":
            yield f'<g class="machine"><rect class="frame" x="{x:g}" y="{_SIGNS_AT - 7}" width="28" height="14"/></g>'
        else:
            yield f'<rect class="sign {kind}" x="{x:g}" y="{_SIGNS_AT - 7}" width="28" height="14"/>'


# ---------------------------------------------------------------------- Table 9-10

_FIRST = WIDTH - MARGIN - _TABLE_LEFT - len(States) * _CELL_WIDTH
"""The width of the column of the events."""


def _cells() -> Iterator[str]:
    for which in Events:
        y = _TOP + _ROW_HEIGHT * (which + 1)
        yield f'<path class="rule" d="M{_TABLE_LEFT:g} {y:g}H{WIDTH - MARGIN}"/>'
        for place in States:
            action = TABLE.get((which, place), "")
            kind = "blank" if not action else "ends" if action.startswith("AA") else "does"
            x = _TABLE_LEFT + _FIRST + _CELL_WIDTH * place
            yield (
                f'<rect class="{kind}" x="{x + 1:g}" y="{y + 1.5:g}" width="{_CELL_WIDTH - 2:g}" '
                f'height="{_ROW_HEIGHT - 3:g}"/>'
            )


def _table() -> Iterator[PosterText]:
    for place in States:
        x = _TABLE_LEFT + _FIRST + _CELL_WIDTH * (place + 0.5)
        yield PosterText(x, _TOP + 16, place.label, "column", "middle")
        for which in Events:
            if action := TABLE.get((which, place)):
                y = _TOP + _ROW_HEIGHT * (which + 1) + 15.5
                yield PosterText(x, y, action, "quiet" if action.startswith("AA") else "cell", "middle")
    for which in Events:
        info = EVENTS[which]
        middle = _TOP + _ROW_HEIGHT * (which + 1.5) + 3.3
        yield PosterText(_TABLE_LEFT, middle, info.label, "label")
        lines = wrapped(info.description, _FIRST - _INDENT - 4)
        first = middle - _LINE / 2 * (len(lines) - 1)
        for number, line in enumerate(lines):
            yield PosterText(_TABLE_LEFT + _INDENT, first + _LINE * number, line)


# ---------------------------------------------------------------------- states and actions in words


_NO_BREAK = "\N{NO-BREAK SPACE}"
_ONLY: Final = {role: f" {role.capitalize()} only." for role in ("requestor", "acceptor")}


def _legend() -> Iterator[PosterText]:
    """Three columns: the states, then the actions, half of their lines in each of the others."""
    states = [(info.label, info.meaning + _ONLY.get(info.role, "")) for info in STATES]
    actions = [(label, f"{info.description} →{_NO_BREAK}{_next(label)}") for label, info in ACTIONS.items()]
    lines = [len(_lines(text)) for _, text in actions]
    half = min(range(len(actions)), key=lambda number: max(sum(lines[:number]), sum(lines[number:])))
    columns = (("States", states), ("Actions, and the next state", actions[:half]), ("", actions[half:]))
    for number, (heading, rows) in enumerate(columns):
        x, y = MARGIN + number * (_COLUMN + _GAP), _LEGEND_TOP
        if heading:
            yield PosterText(x, y, heading, "head")
        for label, text in rows:
            for place, line in enumerate(_lines(text)):
                y += _LINE if place or y > _LEGEND_TOP else 15
                if not place:
                    yield PosterText(x, y, label, "label")
                yield PosterText(x + _INDENT, y, line)


def _next(label: str) -> str:
    return " or ".join(dict.fromkeys(outcome.next_state.label for outcome in ACTIONS[label].outcomes))


def _lines(text: str) -> list[str]:
    return wrapped(text, _COLUMN - _INDENT)


def wrapped(text: str, width: float) -> list[str]:
    """The text in lines that are no wider, also in a wide font."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _width(longer, "plain") > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _width(text: str, kind: str) -> float:
    return text_width(text) * TEXT_SIZES[kind] / TEXT_SIZE * (_BOLD if kind in _IS_BOLD else 1.0)
