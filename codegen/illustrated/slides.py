"""Slides for two lectures, from the same tables and recordings as everything else; one HTML file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, Final

from codegen.illustrated import pages
from codegen.illustrated.fields import IllustratedField
from dulcimer._generated.codes import REJECT_REASONS, AbortReason, Code, ContextResult, PduType, RejectSource
from dulcimer._generated.drawing import LAYERS, SIZES
from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE
from dulcimer.conformance.report.page import page, page_file, styles
from dulcimer.learn.drawing.picture import DrawnLight, machine_parts

PROSE: Final = Path(__file__).parent / "prose" / "slides.toml"
_SHOWN: Final = 12


def slides() -> str:
    """The page."""
    prose = tomllib.loads(PROSE.read_text(encoding="utf-8"))
    body = ["<main>"]
    count = len(prose["slides"])
    for number, slide in enumerate(prose["slides"], start=1):
        body += _slide(number, count, slide)
    body.append("</main>")
    drawing = page_file("dulcimer.learn.drawing", "drawing.css")
    css = styles() + drawing + page_file(__package__, "page.css") + page_file(__package__, "slides.css")
    return pages.noted(page(prose["title"], css, page_file(__package__, "slides.js"), body))


def _slide(number: int, count: int, slide: dict[str, Any]) -> Iterator[str]:
    yield f'<section class=slide id="{number}" tabindex=-1 aria-label="Slide {number} of {count}">'
    heading = "h1" if number == 1 else "h2"
    yield f"<{heading}>{escape(slide['title'])}</{heading}>"
    lines = "".join(f"<li>{escape(line)}</li>" for line in slide.get("lines", ()))
    if lines:
        yield f"<ul class=lines>{lines}</ul>"
    if "show" in slide:
        what, *arguments = slide["show"].split()
        yield f"<div class=shown>{''.join(_SHOWS[what](*arguments))}</div>"
    if "command" in slide:
        text = "\n".join(f"$ {escape(line)}" for line in slide["command"])
        yield f"<pre class=command tabindex=0>{text}</pre>"
    if "notes" in slide:
        yield f"<aside><b>Notes.</b> {escape(slide['notes'])}</aside>"
    hint = " · arrow keys; N shows notes" if number == 1 else ""
    yield f"<p class=place>{number} / {count}{hint}</p></section>"


def _table(*rows: tuple[str, ...]) -> Iterator[str]:
    yield "<table class=plain>"
    for row in rows:
        first, *others = map(escape, row)
        yield f"<tr><th scope=row>{first}" + "".join(f"<td>{one}" for one in others)
    yield "</table>"


def _pdus() -> Iterator[str]:
    return _table(*((f"{kind:02X}H", kind.label, kind.description) for kind in PduType))


def _codes(codes: type[Code]) -> list[tuple[str, ...]]:
    return [(str(int(one)), one.description, one.clause) for one in codes]


def _rejections() -> Iterator[str]:
    rows = []
    for source, reasons in REJECT_REASONS.items():
        rows += [(f"{source}/{int(one)}", RejectSource(source).description, one.description) for one in reasons]
    return _table(*rows)


def _cells(label: str) -> Iterator[str]:
    state = next(one for one in STATES if one.label == label)
    named = {(event.label, where.label): action for (event, where), action in TABLE.items()}
    rows = []
    for event in EVENTS:
        action = named.get((event.label, label), "")
        if action:
            states = dict.fromkeys(outcome.next_state.label for outcome in ACTIONS[action].outcomes)
            rows.append((event.label, event.description, action, " or ".join(states)))
    yield f"<p>{escape(state.meaning)}</p>"
    yield from _table(*rows)


def _ladder(name: str) -> Iterator[str]:
    return pages.ladder(pages.session_named(name), target=f"illustrated/{name}.html")


def _step(name: str, step: str) -> list[IllustratedField]:
    return pages.session_named(name).fields[int(step) - 1]


def _machine(layer: str, *states: str) -> Iterator[str]:
    """The picture of a layer, with these states marked."""
    drawn = LAYERS[layer]
    yield (
        f'<svg class=machine viewBox="0 0 {SIZES["width"]} {SIZES["height"]}" preserveAspectRatio="xMinYMin" role=img '
        f'aria-label="{escape(drawn.title)}. {escape(drawn.about)}">'
    )
    yield from machine_parts(layer, DrawnLight(frozenset(states)))
    yield "</svg>"


def _fields(name: str, step: str, count: str) -> Iterator[str]:
    rows = []
    for field in _step(name, step)[: int(count)]:
        raw = field.raw[:_SHOWN].hex(" ").upper() + (" ..." if len(field.raw) > _SHOWN else "")
        rows.append((str(field.offset), raw, field.name, field.says))
    return _table(*rows)


def _items(name: str, step: str) -> Iterator[str]:
    fields = _step(name, step)
    rows = []
    for one, field in enumerate(fields):
        if field.name == "item type":
            length = next(other for other in fields[one:] if other.name == "item length")
            rows.append((field.says.partition(":")[0], field.group, length.says))
    return _table(*rows)


_SHOWS: Final[dict[str, Any]] = {
    "pdus": _pdus,
    "results": lambda: _table(*_codes(ContextResult)),
    "aborts": lambda: _table(*_codes(AbortReason)),
    "rejections": _rejections,
    "states": lambda: _table(*((one.label, one.meaning) for one in STATES)),
    "cells": _cells,
    "machine": _machine,
    "ladder": _ladder,
    "fields": _fields,
    "items": _items,
}
