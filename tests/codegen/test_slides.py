"""The slides: each shows what it promises, the page needs nothing else, and the plan names all of them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from codegen.illustrated.slides import PROSE
from dulcimer.learn.drawing.picture import DrawnLight, machine_parts

LEARN = Path(__file__).parents[2] / "docs" / "learn"
SLIDES = tomllib.loads(PROSE.read_text(encoding="utf-8"))["slides"]
PAGE = (LEARN / "slides.html").read_text(encoding="utf-8")


def test_every_slide_is_there_once_and_shows_what_it_promises() -> None:
    assert re.findall(r'<section class=slide id="(\d+)"', PAGE) == [str(number + 1) for number in range(len(SLIDES))]
    shown = PAGE.split("<section class=slide ")[1:]
    for slide, text in zip(SLIDES, shown, strict=True):
        what = slide.get("show", "").partition(" ")[0]
        assert ("<table" in text) == (what not in ("", "machine")), slide["title"]
        assert ("<svg class=machine" in text) == (what == "machine"), slide["title"]
        assert ("<pre" in text) == ("command" in slide), slide["title"]


def test_page_needs_nothing_but_itself_and_its_links_lead_somewhere() -> None:
    assert not re.search(r"\b(src|srcset|data|action)=|@import|url\(", PAGE)
    for target, anchor in re.findall(r'href="([^"#]+)#([^"]+)"', PAGE):
        assert f'id="{anchor}"' in (LEARN / target).read_text(encoding="utf-8")


def test_plan_of_the_lectures_names_every_slide_in_ninety_minutes_each() -> None:
    plan = (LEARN / "teachers.md").read_text(encoding="utf-8")
    named: set[int] = set()
    for first, last, more in re.findall(r"slides? (\d+)(?: to (\d+))?((?:, \d+)*)", plan):
        named |= set(range(int(first), int(last or first) + 1)) | {int(one) for one in re.findall(r"\d+", more)}
    assert named == set(range(1, len(SLIDES) + 1))
    for lecture in plan.split("\n## Lecture ")[1:]:
        table = lecture.partition("\n## ")[0]
        assert sum(map(int, re.findall(r"^\| (\d+) \|", table, re.MULTILINE))) == 90


def test_pictures_of_the_slides_are_those_of_the_reference_with_states_marked() -> None:
    pictures = re.findall(r"<svg class=machine .*?</svg>", PAGE, re.DOTALL)
    layers = [slide["show"].split()[1:] for slide in SLIDES if slide.get("show", "").startswith("machine ")]
    assert {layer for layer, *_ in layers} == {"main", "release", "abort"}
    for picture, (layer, *states) in zip(pictures, layers, strict=True):
        assert "".join(machine_parts(layer, DrawnLight(frozenset(states)))) in picture
        assert re.findall(r'class="state \w+ lit" data-state="(\w+)"', picture) == states
