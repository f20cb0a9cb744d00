"""The explorer in Chromium: its machine is that of Python, and all three modes work with the keyboard alone."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Page

from dulcimer._generated.codes import AbortSource
from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE, Events, States
from dulcimer.cli.main import app
from dulcimer.fsm import StateMachine
from dulcimer.learn.explorer.page import explorer_page
from dulcimer.learn.explorer.stories import STORIES
from dulcimer.learn.labs.turns import ABORT, ACCEPT, RELEASED, REQUEST, C, S, echo_request, echo_response
from dulcimer.wire.model import Abort, AssociateRj
from support.associations import CAUSES
from support.browser.accessibility import page_in_chromium, tab_to
from support.captures.judged_captures import captured
from support.captures.planted_captures import together
from support.command_runs import CommandRunner
from support.trace.recorded_echo import EVIL, echo_trace

pytestmark = [pytest.mark.peer("Chromium"), pytest.mark.xdist_group("explorer")]

WALKS, LENGTH = 60, 60
STEPS = """(rows) => rows.map(([state, event, end, supported, user]) => {
  const is_requestor = end === "requestor";
  const facts = { is_requestor, request_is_supported: supported, abort_is_from_service_user: user };
  const holds = (guard) => facts[guard];
  const step = explorer.stepOf(explorer.spec, state, event, holds);
  return step && [step.action, step.next, step.effects];
})"""


class Shown:
    """The page, and all that it said on the console or asked of the network."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def open(self, text: str, place: str = "") -> None:
        path = self.folder / "page.html"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        self.page.goto("about:blank")
        self.page.goto(f"{path.as_uri()}{place}")

    @property
    def place(self) -> str:
        """What the address says about the moment."""
        return str(self.page.evaluate("location.hash"))

    def states(self) -> tuple[str, str]:
        one, other = self.page.locator(".now b").all_inner_texts()
        return one, other

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, selector: str) -> None:
        tab_to(self.page, selector)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    with page_in_chromium(obeys_pages=True) as page:
        yield Shown(page, tmp_path_factory.mktemp("explorer"))


@pytest.fixture(autouse=True)
def nothing_is_said_or_asked(shown: Shown) -> Iterator[None]:
    shown.said.clear()
    shown.asked.clear()
    yield
    assert shown.said == []
    assert [address for address in shown.asked if not address.startswith(("file:", "about:"))] == []


PAGE = explorer_page()


@pytest.mark.clause("PS3.8 Table 9-10")
def test_machine_of_the_page_is_that_of_python_in_every_cell_and_on_walks(shown: Shown) -> None:
    shown.open(PAGE)
    rows: list[list[Any]] = []
    wanted: list[Any] = []
    chance = Random(8)
    cells = [(event, state, end, fact) for event in Events for state in States for end in (0, 1) for fact in (0, 1)]
    for event, state, end, fact in cells:
        machine = machine_of(is_requestor=bool(end), supported=bool(fact))
        machine.state = STATES[state].label
        rows.append(row(machine, event, bool(end), bool(fact)))
        wanted.append(stepped(machine, event, bool(end), bool(fact)))
    for _ in range(WALKS):
        end, fact = chance.random() < 0.5, chance.random() < 0.5
        machine = machine_of(is_requestor=end, supported=fact)
        for _ in range(LENGTH):
            event = chance.choice([one for one in Events if machine.allows(one)] or list(Events))
            rows.append(row(machine, event, end, fact))
            wanted.append(stepped(machine, event, end, fact))
    assert len(cells) == 4 * 247
    assert shown.page.evaluate(STEPS, rows) == wanted


def machine_of(*, is_requestor: bool, supported: bool) -> StateMachine:
    machine = StateMachine(is_requestor=is_requestor)
    machine.refusal = None if supported else AssociateRj(1, 2, 2)
    return machine


def row(machine: StateMachine, event: Events, end: bool, fact: bool) -> list[Any]:
    return [machine.state, EVENTS[event].label, "requestor" if end else "acceptor", fact, fact]


def stepped(machine: StateMachine, event: Events, end: bool, fact: bool) -> list[Any] | None:
    """What the machine of Python does, and it is then in its next state: action, next state, effects."""
    label = TABLE.get((event, machine.current_state))
    if label is None:
        return None
    facts = {"is_requestor": end, "request_is_supported": fact, "abort_is_from_service_user": fact}
    (outcome,) = (one for one in ACTIONS[label].outcomes if one.guard is None or facts[one.guard] is not one.negated)
    source = AbortSource.SERVICE_USER if fact else AbortSource.SERVICE_PROVIDER
    made = machine.action(event, Abort(source, 0) if event is Events.EVT_16 else CAUSES.get(event))
    assert len(made) == len([one for one in outcome.effects if one != "ignore"])
    return [label, machine.state, list(outcome.effects)]


def test_every_cell_can_be_reached_and_the_way_leads_there(shown: Shown) -> None:
    shown.open(PAGE)
    found = shown.page.evaluate(
        """() => explorer.spec.events.flatMap((event) => explorer.spec.states.map((state) => {
          const way = explorer.wayTo(explorer.spec, explorer.firstWorld(), state.label, event.label);
          const last = way && explorer.played(explorer.spec, way).rows.at(-1);
          const step = last?.step;
          return [event.label, state.label, way && way.length, step && [step.event, step.state], step?.next];
        }))"""
    )
    for event, state, length, last, next_state in found:
        filled = (Events.from_label(event), States.from_label(state)) in TABLE
        assert length is not None, (event, state)
        assert last == [event, state] if filled else (next_state == state or length == 0)
    assert max(length for _, _, length, _, _ in found) <= 14


def test_stories_do_something_at_every_move_and_the_collision_goes_through_its_states(shown: Shown) -> None:
    shown.open(PAGE)
    for story in STORIES:
        rows = shown.page.evaluate(
            """(moves) => explorer.played(explorer.spec, explorer.movesIn(moves)).rows.map((row) => [
              row.dead || (row.event && !row.step) || false])""",
            story.moves,
        )
        assert rows and not any(dead for (dead,) in rows), story.title
    number = next(at for at, story in enumerate(STORIES, 1) if "collision" in story.title)
    seen: list[tuple[str, str]] = []
    shown.open(PAGE, f"#replay={number}.1")
    while not seen or seen[-1] != ("Sta1", "Sta1"):
        seen.append(shown.states())
        shown.press("ArrowRight")
        if shown.states() == seen[-1]:
            break
    wanted = [("Sta7", "Sta7"), ("Sta9", "Sta10"), ("Sta11", "Sta12"), ("Sta1", "Sta13")]
    assert [one for one in seen if one in wanted] == wanted
    shown.open(PAGE, f"#replay={number}.10")
    first, other = [
        [float(part) for part in re.findall(r"[\d.]+", path)]
        for path in shown.page.locator(".travel.pdu path:not(.tip)").evaluate_all(
            "(paths) => paths.slice(-2).map((path) => path.getAttribute('d'))"
        )
    ]
    assert (first[0] - other[0]) * (first[2] - other[2]) < 0, "the arrows go in opposite directions"
    assert first[1] < other[1] < other[3] <= first[3] or other[1] < first[3], "and cross"


def test_byte_seven_of_a_request_lights_the_protocol_version_in_four_places(shown: Shown) -> None:
    shown.open(PAGE, "#explore=r1AR&b=7")
    lit = shown.page.locator
    assert lit(".b.lit").all_inner_texts() == ["00", "01"]
    assert "protocol_version" in lit(".detail").inner_text()
    assert "PS3.8 9.3.2" in lit(".detail").inner_text()
    assert "protocol_version" in lit(".fields tr.lit").inner_text()
    assert lit(".piece.lit").get_attribute("title") == "protocol_version"
    lit(".fields tr", has_text="called_ae_title").first.click()
    assert bytes.fromhex("".join(lit(".b.lit").all_inner_texts())).strip() == b"ARCHIVE"
    assert lit(".piece.lit").get_attribute("title") == "called_ae_title"
    assert "&b=11" in shown.place


def test_keyboard_alone_opens_an_association_reads_a_blank_cell_and_takes_back(shown: Shown) -> None:
    shown.open(PAGE)
    shown.tab_to(".end[data-end=requestor] button.able")
    shown.press("Enter")
    assert shown.states() == ("Sta4", "Sta1")
    for end in ("acceptor", "requestor", "acceptor"):
        shown.tab_to(f".end[data-end={end}] .take:not(:disabled)")
        shown.press("Enter")
    assert shown.states() == ("Sta5", "Sta3")
    assert "Evt6" in shown.page.locator(".why h3").inner_text()
    shown.tab_to(".end[data-end=acceptor] button.blank[data-move=ab]")
    assert shown.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    shown.press("Enter")
    assert "this cell is blank" in shown.page.locator(".why").inner_text()
    assert "may ask for this only in Sta6" in shown.page.locator(".live").inner_text()
    shown.press("u")
    assert shown.states() == ("Sta5", "Sta2")


def test_keyboard_alone_finds_the_way_to_a_cell_of_the_table(shown: Shown) -> None:
    shown.open(PAGE, "#explore=r1AR")
    shown.tab_to("summary")
    shown.press("Enter")
    shown.tab_to(".grid button")
    shown.press(*["ArrowDown"] * 11, *["ArrowRight"] * 6)
    assert shown.page.evaluate("document.activeElement.getAttribute('aria-label')") == "Sta7 Evt12 AR-8"
    shown.press("Enter")
    assert (
        shown.page.locator(".why h3").inner_text()
        == "Sta7 + Evt12 \N{RIGHTWARDS ARROW} AR-8 \N{RIGHTWARDS ARROW} Sta9 or Sta10"
    )
    shown.page.locator(".why [data-way]").focus()
    shown.press("Enter")
    assert shown.states() in (("Sta9", "Sta7"), ("Sta7", "Sta10"))
    shown.page.locator(".end[data-end=requestor] .state[data-state=Sta1]").focus()
    shown.press("ArrowDown", "Enter")
    assert shown.page.locator(".why h3").inner_text() == "Sta6 established"


def test_keyboard_alone_answers_a_quiz(shown: Shown) -> None:
    shown.open(PAGE)
    shown.tab_to("[data-mode-of=quiz]")
    shown.press("Enter")
    for number in range(10):
        question = shown.page.evaluate("(number) => explorer.questionOf(1, number)", number)
        assert len(set(question["options"])) == len(question["options"]) >= 2
        shown.press(str(question["right"] + 1))
        assert shown.page.locator(".live").inner_text() == "Right."
        assert shown.page.locator(".option.right").count() == 1
        assert shown.place == f"#quiz=1.{number + 1}"
        assert f"{number + 1} right so far" in shown.page.locator(".quiz").inner_text()
        shown.press("Enter")
    assert shown.place == "#quiz=2.1"


def test_address_holds_the_moment_and_stays_short(shown: Shown) -> None:
    shown.open(PAGE, "#explore=" + "r1ARAa7R" + "r9Aa9R" * 120)
    assert shown.states() == ("Sta6", "Sta6")
    assert len(shown.place) <= 2048
    for odd in (
        "#explore=%00zz!!xr",
        "#replay=99.99",
        "#replay=x",
        "#quiz=0.0",
        "#explore=r1&c=Sta99&b=x",
        "#" + "&" * 99,
    ):
        shown.open(PAGE, odd)
        assert all(state.startswith("Sta") or state in ("not known", "") for state in shown.states())


def made_from(tmp_path: Path, name: str, content: bytes) -> str:
    (tmp_path / name).write_bytes(content)
    words = ["explore", str(tmp_path / name), "--output", str(tmp_path / "made.html")]
    assert CommandRunner().invoke(app, words, env={"NO_COLOR": "1"}).exit_code == 0
    return (tmp_path / "made.html").read_text(encoding="utf-8")


def test_violation_is_told_in_words_with_an_icon_its_bytes_and_its_frame(shown: Shown, tmp_path: Path) -> None:
    turns = [(C, REQUEST), (S, ACCEPT), (C, echo_request()), (S, echo_response()), (S, RELEASED), (C, ABORT)]
    shown.open(made_from(tmp_path, "bad.pcapng", captured(turns)))
    told = shown.page.locator(".why .breach").inner_text()
    for words in (
        "\N{MULTIPLICATION X}",
        "Violation of the acceptor",
        "Allowed",
        "06 00 00 00 00 04",
        "Frame",
        "PS3.8",
    ):
        assert words in told
    assert "1 violation" in shown.page.locator(".banner").inner_text()
    shown.press("ArrowLeft")
    assert shown.page.locator(".why .breach").count() == 0


def test_long_trace_is_drawn_in_part_and_nothing_in_it_is_obeyed(shown: Shown, tmp_path: Path) -> None:
    shown.open(made_from(tmp_path, "long.jsonl", echo_trace(2000)), f"#replay={len(STORIES) + 1}.1000")
    assert 40 < shown.page.locator(".lane .row").count() < 100
    assert shown.page.locator("output").inner_text() == "1000 / 2004"
    shown.press("ArrowRight")
    assert shown.page.locator("output").inner_text() == "1001 / 2004"
    assert shown.page.locator("script").count() == 2


def test_step_of_a_long_trace_changes_little_of_the_page(shown: Shown, tmp_path: Path) -> None:
    shown.open(made_from(tmp_path, "long.jsonl", echo_trace(2000)), f"#replay={len(STORIES) + 1}.1000")
    most = shown.page.evaluate(
        """() => {
          const next = document.querySelector("button[title='one step on']");
          let most = 0;
          for (let step = 0; step < 60; step += 1) {
            const seen = new MutationObserver(() => {});
            seen.observe(document.body, { childList: true, subtree: true });
            next.click();
            const changes = seen.takeRecords().flatMap((one) => [...one.addedNodes, ...one.removedNodes]);
            const elements = changes.filter((node) => node.nodeType === 1);
            most = Math.max(most, elements.reduce((sum, node) => sum + 1 + node.querySelectorAll("*").length, 0));
          }
          return most;
        }"""
    )
    assert shown.page.locator("output").inner_text() == "1060 / 2004"
    assert 0 < most < 80


def test_trace_can_be_dropped_into_the_page(shown: Shown, tmp_path: Path) -> None:
    path = tmp_path / "echo.jsonl"
    path.write_bytes(echo_trace())
    shown.open(PAGE)
    shown.page.locator(".open input").set_input_files(path)
    shown.page.locator(".source option", has_text="echo.jsonl").wait_for(state="attached")
    assert "99H is not the type of a PDU" in shown.page.locator(".why .breach").inner_text()
    shown.press("ArrowLeft")
    assert shown.page.locator(".now b").first.inner_text() == "Sta6"
    assert "A-ASSOCIATE-AC" in shown.page.locator(".bytes h2").inner_text()
    shown.page.locator(".fields tr", has_text="application_context_name").click()
    assert "DICOM Application Context Name" in shown.page.locator(".detail").inner_text()
    shown.page.locator(".open input").set_input_files({"name": "x.txt", "mimeType": "", "buffer": EVIL.encode()})
    shown.page.locator(".why h3", has_text="cannot be shown").wait_for()
    assert shown.page.locator("script").count() == 2


def dropped(shown: Shown, name: str, content: bytes) -> str:
    """What the note above the rows says of a file that is opened in the page."""
    shown.page.locator(".open input").set_input_files({"name": name, "mimeType": "", "buffer": content})
    shown.page.locator(".note", has_text=name).wait_for()
    return " ".join(shown.page.locator(".note").inner_text().split())


def test_capture_can_be_dropped_into_the_page_and_is_judged_there(shown: Shown) -> None:
    good = [(C, REQUEST), (S, ACCEPT), (C, echo_request()), (S, echo_response())]
    shown.open(PAGE)
    told = dropped(shown, "good.pcapng", gzip.compress(captured([*good, (C, ABORT)])))
    assert "judges Table 9-10 and the encoding of each PDU, and found no violation" in told
    assert re.search(r"dulcimer trace check good\.pcapng judges all \d\d rules", told)
    assert shown.page.locator(".banner").is_hidden()
    shown.press("ArrowRight", "ArrowRight")
    assert shown.states() == ("Sta6", "Sta6")
    assert "A-ASSOCIATE-AC" in shown.page.locator(".bytes h2").inner_text()
    both, one = together()[0], captured([*good, (S, RELEASED), (C, ABORT)])
    told = dropped(shown, "bad.pcapng", one)
    assert "found no violation" not in told
    assert "1 violation" in shown.page.locator(".banner").inner_text()
    told = shown.page.locator(".why .breach").inner_text()
    for words in (
        "Violation of the acceptor",
        "S1",
        "A-RELEASE-RP where",
        "Sta6 Evt10 DT-2",
        "06 00 00 00 00 04",
        "Frame",
    ):
        assert words in told
    dropped(shown, "many.pcapng", both)
    assert shown.page.locator(".source option", has_text="violation").count() >= 6
    assert shown.page.locator("script").count() == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"hello", "x is neither a capture (pcap, pcapng) nor a trace of dulcimer"),
        (
            captured([(C, b"\x16\x03\x01\0\5\1\0\0\1\0")]),
            "no DICOM in x: 1 connection, TLS. What is inside TLS cannot be seen",
        ),
        (captured([(C, b"GET / HTTP/1.1\r\n\r\n")]), "no DICOM in x: 1 connection, HTTP."),
        (captured([])[:108], "x has 0 frames, and no TCP connection in them."),
        (b"\x1f\x8b\x08 no gzip", "x is compressed, and cannot be decompressed here"),
    ],
    ids=["text", "TLS", "HTTP", "no frames", "damaged gzip"],
)
def test_file_that_cannot_be_shown_says_why_in_words(shown: Shown, content: bytes, words: str) -> None:
    shown.open(PAGE)
    assert words in dropped(shown, "x", content)
    assert words in shown.page.locator(".why .card").inner_text()
    assert words in shown.page.locator(".live").inner_text()
    shown.page.locator(".end[data-end=requestor] button.able").first.click()
    assert shown.page.locator(".note").is_hidden()


@pytest.mark.parametrize("place", ["#explore=r1ARAa7R", "#replay=3.9", "#quiz=1.4"])
def test_nothing_hangs_over_the_edge_of_a_phone(shown: Shown, place: str) -> None:
    shown.page.set_viewport_size({"width": 390, "height": 844})
    shown.open(PAGE, place)
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 390
    small = shown.page.evaluate(
        """() => [...document.querySelectorAll(".end .machine text, body :not(svg *)")]
          .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
          .filter((one) => one.getBoundingClientRect().width && getComputedStyle(one).visibility === "visible")
          .map((one) => [one.textContent.slice(0, 40), parseFloat(getComputedStyle(one).fontSize)
            * (one.closest("svg.machine")?.getScreenCTM().a ?? 1)])
          .filter(([, size]) => size < 11.99)"""
    )
    assert small == []
    shown.page.set_viewport_size({"width": 1440, "height": 900})
