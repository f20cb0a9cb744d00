"""The picture of the state machine: all of Table 9-10, nothing on top of anything else, the same bytes each time."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

import pytest
from typer.testing import Result

from dulcimer._generated.drawing import ARROWS, DRAWN_STATES, FRAMES, SIZES
from dulcimer._generated.fsm import ACTIONS, STATES, TABLE, Events, States
from dulcimer.cli.main import app
from dulcimer.conformance.report.page import colours
from dulcimer.learn.drawing.arrows import arrows_of, arrows_through, layer_names, outcomes_of, words_of
from dulcimer.learn.drawing.boxes import TEXT_SIZE, boxes_of
from dulcimer.learn.drawing.picture import DrawnLight, drawing_styles, machine_svg
from dulcimer.learn.drawing.twin import COLUMNS, twin_rows
from support.command_runs import CommandRunner

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.clause("PS3.8 Table 9-10")
def test_every_outcome_of_every_cell_is_on_exactly_one_arrow() -> None:
    drawn = [
        (one.event, one.state, one.outcome.guard, one.outcome.negated, one.outcome.next_state.label, ARROWS[number].to)
        for number in arrows_of("all")
        for one in outcomes_of(number)
    ]
    table = {
        (event, state, outcome.guard, outcome.negated, outcome.next_state.label, outcome.next_state.label)
        for (event, state), action in TABLE.items()
        for outcome in ACTIONS[action].outcomes
    }
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == table


@pytest.mark.parametrize("layer", layer_names())
def test_no_words_run_into_a_state_or_other_words(layer: str) -> None:
    boxes = list(boxes_of(layer))
    assert [(one, other) for one, other in combinations(boxes, 2) if one.overlaps(other)] == []
    assert all(box.left >= 0 and box.right <= SIZES["width"] and box.bottom <= SIZES["height"] for box in boxes)


def test_words_of_two_states_that_stand_on_each_other_are_found() -> None:
    first, second, *_ = boxes_of("all")
    assert not first.overlaps(second)
    assert first.overlaps(first)


def test_no_arrow_goes_through_a_state() -> None:
    half_width, half_height = SIZES["node_width"] // 2, SIZES["node_height"] // 2
    for arrow in ARROWS:
        for (x0, y0), (x1, y1) in zip(arrow.points, arrow.points[1:], strict=False):
            for state in DRAWN_STATES.values():
                left, right = max(min(x0, x1), state.x - half_width), min(max(x0, x1), state.x + half_width)
                top, bottom = max(min(y0, y1), state.y - half_height), min(max(y0, y1), state.y + half_height)
                outside = left > right or top > bottom
                touches_border = left == right and top == bottom
                assert outside or touches_border, (arrow.from_, arrow.to)


@pytest.mark.parametrize("layer", layer_names())
def test_picture_is_a_whole_drawing_with_a_name_and_is_the_one_in_the_reference(layer: str) -> None:
    text = machine_svg(layer)
    root = ET.fromstring(text)
    assert root.findtext(f"{SVG}title") and root.findtext(f"{SVG}desc")
    assert {group.get("data-arrow") for group in root.iter(f"{SVG}g") if "arrow" in str(group.get("class"))} == set(
        map(str, arrows_of(layer))
    )
    assert text == machine_svg(layer)
    assert (REFERENCE / f"state_machine_{layer}.svg").read_text(encoding="utf-8").endswith(f" -->\n{text}")


def test_every_state_is_in_the_picture_with_its_meaning() -> None:
    root = ET.fromstring(machine_svg())
    titles = {group.get("data-state"): group.findtext(f"{SVG}title") for group in root.iter(f"{SVG}g")}
    del titles[None]
    assert titles == {state.label: f"{state.label}: {state.meaning}" for state in STATES}


def test_looks_have_three_weights_and_one_accent_and_no_small_text() -> None:
    styles = drawing_styles().removeprefix(colours())
    assert {float(width) for width in re.findall(r"stroke-width: ([\d.]+)", styles)} == {1.5, 2, 3}
    assert set(re.findall(r"var\(--(\w+)\)", styles)) <= {
        "paper",
        "panel",
        "ink",
        "quiet",
        "accent",
        "mark",
    }
    sizes = [float(size) for size in re.findall(r"([\d.]+)px", styles)]
    assert min(sizes) == TEXT_SIZE >= 12
    assert "#" not in styles


@pytest.mark.parametrize("layer", layer_names())
def test_table_says_what_the_picture_says(layer: str) -> None:
    rows = list(twin_rows(layer))
    assert all(len(row) == len(COLUMNS) for row in rows)
    told = {(event, state, action, to) for states, event, _, action, _, to in rows for state in states.split(", ")}
    assert told == {
        (one.event.label, one.state.label, one.action, ARROWS[number].to)
        for number in arrows_of(layer)
        for one in outcomes_of(number)
    }


def test_words_name_an_exception_in_a_frame_and_a_condition() -> None:
    (home,) = (n for n, arrow in enumerate(ARROWS) if arrow.from_ in FRAMES and arrow.to == "Sta1")
    assert words_of(home).lines == ("Evt16 AA-3", "Evt17 AA-4")
    assert "Sta4: Evt15 AA-2" in words_of(home).exceptions
    collision = arrows_through([(Events.EVT_12, States.STA_7)])
    assert {words_of(number).lines[1] for number in collision} == {"as requestor", "as acceptor"}


def test_what_is_marked_is_all_that_is_marked() -> None:
    lit = machine_svg(light=DrawnLight(frozenset({"Sta6"}), frozenset({7})))
    marked = re.findall(r'class="(\w+)[^"]* lit" data-(\w+)="(\w+)"', lit)
    assert sorted(marked) == [("arrow", "arrow", "7"), ("label", "arrow", "7"), ("state", "state", "Sta6")]
    assert " lit" not in machine_svg().partition("</style>")[2]


# ---------------------------------------------------------------------- explain --svg


def explain(*arguments: str) -> Result:
    return CommandRunner().invoke(app, ["explain", *arguments], env={"NO_COLOR": "1", "COLUMNS": "100"})


def marked_in(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    return set(re.findall(r'class="state[^"]* lit" data-state="(\w+)"', text)) | {
        f"{ARROWS[int(number)].from_}-{ARROWS[int(number)].to}"
        for number in re.findall(r'class="arrow[^"]* lit" data-arrow="(\d+)"', text)
    }


@pytest.mark.parametrize(
    ("names", "marked"),
    [
        ("Sta6 Evt12", {"Sta6", "Sta8", "Sta6-Sta8"}),
        ("Sta7 Evt12", {"Sta7", "Sta9", "Sta10", "Sta7-Sta9", "Sta7-Sta10"}),
        ("Sta6 Evt1", {"Sta6"}),
        ("AR-1", {"Sta6-Sta7"}),
        ("Evt11", {"Sta6-Sta7"}),
        ("Sta13", {"Sta13"}),
    ],
)
def test_explain_draws_the_machine_with_what_it_explains_marked(tmp_path: Path, names: str, marked: set[str]) -> None:
    result = explain(*names.split(), "--svg", str(tmp_path / "a.svg"))
    assert result.exit_code == 0
    assert names.split()[0] in result.stdout
    assert marked_in(tmp_path / "a.svg") == marked


def test_table_is_drawn_without_marks(tmp_path: Path) -> None:
    assert explain("--table", "--svg", str(tmp_path / "a.svg")).exit_code == 0
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == machine_svg()


def test_what_is_not_in_the_picture_is_refused(tmp_path: Path) -> None:
    result = explain("07H", "--svg", str(tmp_path / "a.svg"))
    assert result.exit_code == 2
    assert "is not in the picture" in " ".join(result.stderr.split())
    assert not (tmp_path / "a.svg").exists()
