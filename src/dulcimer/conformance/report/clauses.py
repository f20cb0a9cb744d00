"""Clauses and cells of Table 9-10 for readers: links to the text of the standard, and its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from dulcimer._generated.editions import EDITION, LATER_EDITIONS
from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE
from dulcimer.conformance.model.oracle import Cell

_PAGE = "https://dicom.nema.org/medical/dicom/{edition}/output/html/part{part:02}.html#{anchor}"
"""One page for each part of an edition."""

_REFERENCE = re.compile(
    r"PS3\.(?P<part>\d+)"
    r"|Table\s+(?P<table>[A-Z0-9]+(?:[.-]\d+)+)"
    r"|Annex\s+(?P<annex>[A-Z]{1,2})\b"
    r"|(?<![\w.-])(?P<section>(?:\d+|[A-Z]{1,2})(?:\.\d+)+)\b"
)


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the standard: its name and its address."""

    text: str
    address: str


def links(clause: str) -> tuple[Link, ...]:
    """The places that a clause names, such as ``PS3.8 Table 9-10 Evt12/Sta7 AR-8`` or ``PS3.8 9.3.2, 7.1.1.3``."""
    return tuple(dict.fromkeys(_links(clause)))


def _links(clause: str) -> Iterator[Link]:
    part = 0
    for found in _REFERENCE.finditer(clause):
        if found["part"]:
            part = int(found["part"])
        elif part:
            if found["table"]:
                anchor, text = f"table_{found['table']}", f"Table {found['table']}"
            elif found["annex"]:
                anchor, text = f"chapter_{found['annex']}", f"Annex {found['annex']}"
            else:
                anchor, text = f"sect_{found['section']}", found["section"]
            yield Link(f"PS3.{part} {text}", _PAGE.format(edition=_edition(part, anchor), part=part, anchor=anchor))


def _edition(part: int, anchor: str) -> str:
    """The edition to read a place in: that of the facts, unless its annex came later."""
    chapter = anchor.partition("_")[2].partition(".")[0]
    return LATER_EDITIONS.get(f"PS3.{part} Annex {chapter}", EDITION)


def links_in_html(clause: str) -> str:
    """The places that a clause names as HTML links; "" if there are none."""
    return ", ".join(f'<a href="{escape(link.address)}">{escape(link.text)}</a>' for link in links(clause))


def clause_in_html(clause: str) -> str:
    """The clause as HTML, with links."""
    places = links_in_html(clause)
    if [link.text for link in links(clause)] == [clause]:
        return f"<span class=places>{places}</span>"
    return f"{escape(clause)} <span class=places>(read {places})</span>" if places else escape(clause)


def cell_in_words(cell: Cell) -> str:
    """The state, event and action of a cell in the words of the standard; a blank cell has no action."""
    event, state = cell
    words = f"{STATES[state].label}: {STATES[state].meaning} {EVENTS[event].label}: {EVENTS[event].description}."
    if cell not in TABLE:
        return words
    action = ACTIONS[TABLE[cell]]
    return f"{words} {action.label}: {action.description}"
