"""The explorer as one HTML page without requests: what it shows comes from the data in it, as text."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any, Final

from dulcimer import __version__
from dulcimer._generated.drawing import SIZES
from dulcimer.conformance.report import looks
from dulcimer.conformance.report.exhibits import Exhibits
from dulcimer.conformance.report.page import byte_script, byte_styles, colours, page, page_file
from dulcimer.diagnosis.reporting.judged_file import JudgedFile
from dulcimer.learn.drawing.picture import machine_parts
from dulcimer.learn.explorer.asked import quizzes_json
from dulcimer.learn.explorer.captured import capture_json, judging_json
from dulcimer.learn.explorer.layouts import layouts_json
from dulcimer.learn.explorer.machine import links_of, machine_json
from dulcimer.learn.explorer.replayed import MOST_BYTES, MOST_ROWS, replay_json
from dulcimer.learn.explorer.sent import sent_json
from dulcimer.learn.explorer.stories import STORIES
from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.records import MOST_FILLED

SCRIPTS: Final = (
    *("machine", "world", "maps", "lane", "why"),
    *("leaves", "decoder", "recorded", "frames", "segments", "ordering", "connections", "streams", "skimmer"),
    *("possible", "ends", "judged", "captured", "traced", "dropped"),
    *("replayed", "moments", "panes", "explore", "player", "quiz", "table", "address", "main"),
)
_ROOM = "dulcimer.learn.explorer"

_KEYS: Final = (
    "Keys: <kbd>Tab</kbd> from part to part, arrow keys inside a map, the table, the bytes and the fields; "
    "<kbd>\N{LEFTWARDS ARROW}</kbd> <kbd>\N{RIGHTWARDS ARROW}</kbd> step in Replay, "
    "<kbd>u</kbd> takes back in Explore, <kbd>1</kbd> to <kbd>4</kbd> answer in Quiz. "
    "A trace or a capture (pcap, pcapng) can be dropped here."
)


def explorer_page(trace: RecordedTrace | None = None, judged: JudgedFile | None = None, title: str = "") -> str:
    """The page; with a recorded trace, and what was `judged` of it, it begins with that."""
    exhibits = Exhibits()
    machine = {**machine_json(), **sent_json(exhibits), "stories": [story._asdict() for story in STORIES]}
    replay = None if trace is None or judged is None else replay_json(trace, judged, exhibits)
    machine |= {"schemas": layouts_json(), "most_bytes": MOST_BYTES, "most_rows": MOST_ROWS, "most_filled": MOST_FILLED}
    machine |= {"capture": capture_json(), "judging": judging_json()}
    quiz = quizzes_json(exhibits)
    machine["links"] = links_of(
        [*_clauses_of(machine), *quiz["clauses"], *([] if replay is None else replay["clauses"])]
    )
    data: dict[str, Any] = {"machine": machine, "replay": replay, "quiz": quiz, **exhibits.as_json()}
    css = colours() + looks.stylesheet() + page_file("dulcimer.learn.drawing", "drawing.css")
    css += byte_styles() + page_file(_ROOM, "explorer.css")
    script = byte_script() + "".join(page_file(_ROOM, f"script/{name}.js") for name in SCRIPTS)
    name = f"{title}: dulcimer explore" if title else "The DICOM upper layer, to explore"
    return page(name, css, script, _body(title), data)


def _clauses_of(machine: dict[str, Any]) -> Iterator[str]:
    """What the page may name where it judges a recording by itself."""
    yield from (rule["clause"] for one in machine["judging"]["rules"].values() for rule in one.values())
    yield machine["schemas"]["after"]["clause"]
    yield from (part["clause"] for layout in machine["schemas"]["layouts"] for part in layout["parts"])


def _body(title: str) -> Iterator[str]:
    yield '<header class="bar"><h1>DICOM upper layer <small>PS3.8, to explore</small></h1>'
    yield '<nav class="modes" aria-label="mode">'
    for mode, words in (("explore", "Explore"), ("replay", "Replay"), ("quiz", "Quiz")):
        yield f'<button type="button" data-mode-of="{mode}" aria-pressed="false">{words}</button>'
    yield "</nav>"
    if title:
        yield f'<p class="file">{escape(title)}</p>'
    yield '<div class="tools"><label class="open">open a trace or capture '
    yield '<input type="file" accept=".jsonl,.qlog,.json,.pcap,.pcapng,.cap,.gz"></label>'
    yield '<button type="button" class="link" hidden>copy link</button></div></header>'
    yield '<p class="banner" role="status" hidden></p><div class="note" hidden></div>'
    yield '<main><div class="stage">'
    yield from _end("requestor", "Requestor", "SCU, client")
    yield '<section class="wire" aria-label="on the wire"><h2>On the wire</h2><div class="lane-tools"></div>'
    yield '<div class="lane"><svg aria-hidden="true"></svg><ol></ol></div><div class="quiz"></div></section>'
    yield from _end("acceptor", "Acceptor", "SCP, server")
    yield '</div><div class="below">'
    yield '<section class="why" aria-label="why"><h2>Why</h2><div class="card"></div></section>'
    yield '<section class="bytes" aria-label="bytes"><h2>Bytes</h2><div class="strip" aria-hidden="true"></div>'
    yield '<div class="detail-place"></div><div class="hex-place"></div></section>'
    yield '<section class="tree" aria-label="fields"><h2>Fields</h2><div class="fields-place"></div></section>'
    yield '</div></main><details class="table"><summary>Table 9-10: every state and event, as a table</summary>'
    yield '<div class="scroll"></div></details>'
    yield f"<footer><p>dulcimer {escape(__version__)}. {_KEYS}</p>"
    yield "<noscript><p>This page needs its script, which this browser does not run.</p></noscript></footer>"
    yield '<p class="live" role="status" aria-live="polite"></p>'


def _end(name: str, title: str, about: str) -> Iterator[str]:
    width, height = SIZES["width"], SIZES["height"]
    yield f'<section class="end" data-end="{name}" aria-label="{name}"><h2>{title} <small>{about}</small></h2>'
    yield '<p class="now"></p>'
    yield f'<svg class="machine" viewBox="0 0 {width} {height}" role="group" aria-label="machine of the {name}">'
    yield from machine_parts()
    yield '</svg><div class="controls"></div></section>'
