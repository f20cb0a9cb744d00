"""The poster: Table 9-10, every state, event and action in words, to be read on A3, nothing on anything else."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

from codegen.illustrated.poster import HEIGHT, TEXT_SIZES, WIDTH, poster, poster_texts
from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE, States

POSTER = Path(__file__).parents[2] / "docs" / "learn" / "poster.svg"
SVG = "{http://www.w3.org/2000/svg}"
THIRDS_OF_A_MILLIMETRE = 3
POINT = 0.3528
"""In millimetres."""
TEXTS = list(poster_texts())


def test_poster_is_a3_and_the_same_each_time() -> None:
    root = ET.fromstring(POSTER.read_text(encoding="utf-8"))
    assert (root.get("width"), root.get("height")) == ("420mm", "297mm")
    assert root.get("viewBox") == f"0 0 {420 * THIRDS_OF_A_MILLIMETRE} {297 * THIRDS_OF_A_MILLIMETRE}"
    assert POSTER.read_text(encoding="utf-8") == poster()
    assert root.findtext(f"{SVG}title") and root.findtext(f"{SVG}desc")


def test_poster_has_every_cell_of_the_table_in_its_row_and_column() -> None:
    columns = {text.text: text.x for text in TEXTS if text.kind == "column"}
    rows = {text.text: text.y for text in TEXTS if text.text.startswith("Evt")}
    assert (len(columns), len(rows)) == (len(STATES), len(EVENTS))
    found = {
        (event, state): text.text
        for text in TEXTS
        if text.anchor == "middle" and text.kind != "column"
        for event, y in rows.items()
        for state, x in columns.items()
        if text.x == x and abs(text.y - y) < 3
    }
    assert found == {(EVENTS[event].label, States(state).label): action for (event, state), action in TABLE.items()}


def test_poster_says_every_state_event_and_action_in_words() -> None:
    said = " ".join(text.text for text in TEXTS if text.kind == "plain").replace("\N{NO-BREAK SPACE}", " ")
    for words in (*(one.meaning for one in STATES), *(one.description for one in EVENTS)):
        assert words in said
    for action in ACTIONS.values():
        states = " or ".join(dict.fromkeys(outcome.next_state.label for outcome in action.outcomes))
        assert f"{action.description} → {states}" in said


def test_no_words_of_the_poster_run_into_others_or_off_the_page() -> None:
    boxes = [text.box for text in TEXTS]
    assert [(one.owner, other.owner) for one, other in combinations(boxes, 2) if one.overlaps(other)] == []
    edge = 5 * THIRDS_OF_A_MILLIMETRE
    assert min(min(box.left, box.top) for box in boxes) >= edge
    assert max(box.right for box in boxes) <= WIDTH - edge
    assert max(box.bottom for box in boxes) <= HEIGHT - edge


def test_words_of_the_poster_can_be_read_on_paper() -> None:
    smallest = min(size for kind, size in TEXT_SIZES.items() if kind != "column") / THIRDS_OF_A_MILLIMETRE / POINT
    assert smallest >= 8.5
