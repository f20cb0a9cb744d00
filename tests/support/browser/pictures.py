"""Pictures of the explorer, and a sheet with all of them, to be looked at: light, dark, on a phone, on paper.

They are looked at, and not compared: a browser draws text with the fonts of its machine, so that no picture is the same
on another one. What can be measured is in the tests: no scrolling sideways, sizes, contrast, what axe-core finds.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Page

from dulcimer.learn.explorer.page import explorer_page
from dulcimer.learn.explorer.stories import STORIES
from dulcimer.learn.labs.turns import ABORT, ACCEPT, RELEASED, REQUEST, C, S, echo_request, echo_response
from support.browser.accessibility import page_in_chromium
from support.captures.judged_captures import captured

_DESK, _PHONE, _PAPER = (1440, 900), (390, 844), (1587, 1123)
"""Pixels; paper is A3, lying."""
_COLLISION = next(number for number, story in enumerate(STORIES, start=1) if "collision" in story.title)
_DROPPED = "early_release.pcapng"


@dataclass(frozen=True)
class Picture:
    """A moment of the page; `dropped`: a capture with a violation is opened in it."""

    name: str
    place: str
    size: tuple[int, int] = _DESK
    dropped: bool = False
    media: Literal["screen", "print"] = "screen"


PICTURES: Final = (
    Picture("an association is requested, one byte is selected", "#explore=r1AR&b=7"),
    Picture("release collision", f"#replay={_COLLISION}.10"),
    Picture("a capture with a violation", "", dropped=True),
    Picture("a quiz", "#quiz=1.4"),
    Picture("on a phone", "#explore=r1ARAa7R", _PHONE),
    Picture("a violation on a phone", "", _PHONE, dropped=True),
    Picture("on paper", f"#replay={_COLLISION}.10", _PAPER, media="print"),
)


def capture_with_a_violation() -> bytes:
    """The release is answered before it is requested."""
    turns = [(C, REQUEST), (S, ACCEPT), (C, echo_request()), (S, echo_response()), (S, RELEASED), (C, ABORT)]
    return captured(turns)


def take(page: Page, file: Path, one: Picture, scheme: Literal["light", "dark"], target: Path) -> None:
    """Write one picture."""
    page.emulate_media(color_scheme=scheme, media=one.media, reduced_motion="reduce")
    page.set_viewport_size({"width": one.size[0], "height": one.size[1]})
    page.goto("about:blank")
    page.goto(f"{file.as_uri()}{one.place}")
    if one.dropped:
        content = capture_with_a_violation()
        page.locator(".open input").set_input_files({"name": _DROPPED, "mimeType": "", "buffer": content})
        page.locator(".note", has_text=_DROPPED).wait_for()
    page.screenshot(path=target, full_page=one.size == _PHONE or one.media == "print")


def write_pictures(folder: Path) -> Path:
    """All of them, and the sheet, whose path is returned."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "explorer.html"
    file.write_text(explorer_page(), encoding="utf-8")
    figures = []
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    with page_in_chromium(obeys_pages=True) as page:
        for one in PICTURES:
            for scheme in schemes if one.media == "screen" else schemes[:1]:
                name = f"{one.name.replace(',', '').replace(' ', '_')}_{scheme}.png"
                take(page, file, one, scheme, folder / name)
                title = escape(f"{one.name}, {scheme}, {one.size[0]} x {one.size[1]}")
                figures.append(f'<figure><img src="{name}" alt="{title}"><figcaption>{title}</figcaption></figure>')
    sheet = folder / "index.html"
    style = "body{background:#888}figure{display:inline-block;margin:1rem;vertical-align:top}img{max-width:46rem}"
    page_text = f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Pictures</title><style>{style}</style>'
    sheet.write_text("\n".join([page_text, *figures, "</html>"]), encoding="utf-8")
    return sheet


def main() -> None:
    """Write them into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    print(write_pictures(parser.parse_args().folder))


if __name__ == "__main__":
    main()
