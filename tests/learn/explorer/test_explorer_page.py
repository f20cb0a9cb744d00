"""The explorer as a page: one file, nothing in a recording is obeyed, and what it shows of one."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import webbrowser
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from dulcimer._generated.editions import EDITION
from dulcimer._generated.fsm import ACTIONS, EFFECTS, EVENTS, STATES, TABLE, Events, States
from dulcimer.cli.main import app
from dulcimer.conformance.report.page import colours
from dulcimer.learn.explorer.asked import QUESTIONS, QUIZZES
from dulcimer.learn.explorer.page import explorer_page
from dulcimer.learn.explorer.replayed import MOST_BYTES, MOST_PDUS, MOST_ROWS
from dulcimer.learn.explorer.sent import sent_pdus
from dulcimer.learn.labs.turns import ACCEPT, RELEASED, REQUEST, C, S, echo_request, echo_response
from dulcimer.learn.quiz.fields import dump
from dulcimer.learn.quiz.maker import questions
from dulcimer.learn.quiz.question import QuizQuestion
from dulcimer.wire.fieldmap import field_map
from support.captures.judged_captures import captured
from support.command_runs import CommandRunner
from support.html_pages import Page
from support.trace.recorded_echo import EVIL, echo_trace

GUIDE = Path(__file__).parents[3] / "docs" / "guide"


def data_of(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Page(text).texts["script"][0])
    return found


def made_from(tmp_path: Path, name: str, content: bytes) -> str:
    (tmp_path / name).write_bytes(content)
    page = tmp_path / "page.html"
    words = ["explore", str(tmp_path / name), "--output", str(page)]
    assert CommandRunner().invoke(app, words, env={"NO_COLOR": "1"}).exit_code == 0
    return page.read_text(encoding="utf-8")


PAGE = explorer_page()


def test_page_is_small_and_the_same_each_time() -> None:
    assert len(PAGE.encode()) < 500_000
    assert explorer_page() == PAGE


def test_page_asks_nothing_of_the_network_and_runs_only_its_own_script() -> None:
    assert not re.search(
        r"@import|url\(|<link|<img|<iframe|fetch\(|XMLHttpRequest|\b(inner|outer)HTML\b|\beval\b", PAGE
    )
    (policy,) = (value for value in Page(PAGE).values("content") if "default-src" in value)
    told = policy.split("; ")
    assert told[0] == "default-src 'none'"
    for kind, pattern in (("style-src", r"<style>(.*?)</style>"), ("script-src", r"<script>(.*?)</script>")):
        (content,) = re.findall(pattern, PAGE, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in told
    assert {link.partition("#")[0] for link in Page(PAGE).values("href")} == set()


@pytest.mark.clause("PS3.8 Table 9-10")
def test_page_has_the_machine_of_python() -> None:
    machine = data_of(PAGE)["machine"]
    assert {(event, state): action for event, row in machine["table"].items() for state, action in row.items()} == {
        (EVENTS[event].label, STATES[state].label): action for (event, state), action in TABLE.items()
    }
    for label, action in ACTIONS.items():
        drawn = machine["actions"][label]
        assert drawn["description"] == action.description
        assert [(one["guard"], one["negated"], tuple(one["effects"]), one["next"]) for one in drawn["outcomes"]] == [
            (one.guard, one.negated, one.effects, one.next_state.label) for one in action.outcomes
        ]
    assert set(machine["effects"]) == set(EFFECTS)
    assert [one["label"] for one in machine["states"]] == [state.label for state in States]
    assert [one["label"] for one in machine["events"]] == [event.label for event in Events]


def test_page_asks_what_the_command_asks_for_the_same_seed() -> None:
    data = data_of(PAGE)
    texts, quizzes = data["quiz"]["texts"], data["quiz"]["quizzes"]
    assert len(quizzes) == QUIZZES
    for seed, rows in enumerate(quizzes, 1):
        for row, question in zip(rows, questions(seed, QUESTIONS), strict=True):
            kind, text, lines, options, right, why, clause, look, end, pdu, offset = row
            content = bytes.fromhex(data["pdus"][pdu][1]) if pdu >= 0 else b""
            shown = dump(content) if content else tuple(texts[line] for line in lines)
            words = tuple(texts[option] for option in options)
            told = (texts[kind], texts[text], shown, words, right, texts[why], texts[clause], texts[look], texts[end])
            assert QuizQuestion(*told, data=content, offset=offset) == question


def test_every_byte_that_an_end_sends_belongs_to_one_field() -> None:
    data = data_of(PAGE)
    for one, sample in zip(sent_pdus(), data["machine"]["samples"], strict=True):
        name, digits, missing, whole, rows = data["pdus"][sample["pdu"]]
        assert (bytes.fromhex(digits), missing, whole) == (one.data, 0, 1)
        assert sum(row[0] for row in rows) == len(one.data)
        assert [data["texts"][row[1]] for row in rows] == [
            field.path for field in field_map(one.data) if field.offset < len(one.data)
        ]
        assert one.name in (data["texts"][name], "unknown PDU")


def test_every_clause_in_the_page_is_a_link_to_the_standard() -> None:
    machine = data_of(PAGE)["machine"]
    clauses = {one["clause"] for kind in ("actions", "effects") for one in machine[kind].values() if one.get("clause")}
    clauses |= {one["clause"] for one in machine["states"]}
    assert clauses <= set(machine["links"])
    for places in machine["links"].values():
        assert places
        assert all(address.startswith(f"https://dicom.nema.org/medical/dicom/{EDITION}/") for _, address in places)


def test_capture_begins_with_its_violation_and_shows_frame_bytes_and_what_was_allowed(tmp_path: Path) -> None:
    turns = [(C, REQUEST), (S, ACCEPT), (C, echo_request()), (S, echo_response()), (S, RELEASED)]
    replay = data_of(made_from(tmp_path, "bad.pcapng", captured(turns)))["replay"]
    (association,) = replay["associations"]
    worst = next(one for one in association["breaches"] if not one["tolerated"])
    row = association["rows"][worst["row"]]
    assert (row["label"], row["sender"], worst["end"]) == ("A-RELEASE-RP", "acceptor", "acceptor")
    assert row["frame"] in worst["frames"]
    assert worst["hex"].startswith("06 00 00 00 00 04")
    assert worst["expected"] and worst["requirement"] and worst["clause"]
    assert replay["unit"] == "frame"


def test_trace_has_its_steps_in_their_rows_and_is_never_markup(tmp_path: Path) -> None:
    text = made_from(tmp_path, "echo.jsonl", echo_trace())
    (association,) = data_of(text)["replay"]["associations"]
    labels = [row["label"] for row in association["rows"]]
    assert labels[:3] == ["transport connection opened", "A-ASSOCIATE-RQ", "A-ASSOCIATE-AC"]
    assert association["rows"][2]["steps"] == [["requestor", "Sta5", "Evt3", "AE-3", "Sta6"]]
    assert EVIL not in text
    assert "<b>TITLE" not in text


def test_what_is_neither_trace_nor_capture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("hello", encoding="utf-8")
    result = CommandRunner().invoke(app, ["explore", str(path), "-o", str(tmp_path / "a.html")], env={"NO_COLOR": "1"})
    assert result.exit_code == 2
    assert "neither a capture nor a trace" in " ".join(result.stderr.replace("│", " ").split())
    assert not (tmp_path / "a.html").exists()


@pytest.mark.parametrize("starts", [True, False], ids=["with a browser", "without a browser"])
def test_command_opens_the_page_that_it_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, starts: bool) -> None:
    opened: list[str] = []

    def start(address: str) -> bool:
        opened.append(address)
        return starts

    monkeypatch.setattr(webbrowser, "open", start)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = CommandRunner().invoke(app, ["explore"], env={"NO_COLOR": "1"})
    path = Path(result.stdout.strip())
    assert result.exit_code == 0
    assert opened == [path.as_uri()]
    assert path.read_text(encoding="utf-8") == PAGE
    assert ("No browser could be started" in result.stderr) is not starts


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_lines_stand_out_from_what_is_below_them(scheme: str) -> None:
    block = colours().partition("@media")[0 if scheme == "light" else 2]
    found = {name: value if len(value) == 7 else f"#{value[1] * 2}{value[2] * 2}{value[3] * 2}"
             for name, value in re.findall(r"--(\w+): (#\w+);", block)}  # fmt: skip
    for text, ground in product(("ink", "quiet", "accent"), ("paper", "panel")):
        one, other = sorted((luminance(found[text]), luminance(found[ground])), reverse=True)
        assert (one + 0.05) / (other + 0.05) >= 4.5, (text, ground)
    one, other = sorted((luminance(found["ink"]), luminance(found["mark"])), reverse=True)
    assert (one + 0.05) / (other + 0.05) >= 4.5


def test_guide_names_commands_limits_and_a_moment_as_they_are() -> None:
    text = (GUIDE / "explorer.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ dulcimer (\w+)(.*)$", text, re.MULTILINE)
    assert len(commands) >= 3
    assert {name for name, _ in commands} == {"explore"}
    assert {word for _, words in commands for word in words.split() if word.startswith("-")} == {"--output"}
    for limit in (MOST_ROWS, MOST_PDUS, MOST_BYTES):
        assert f"{limit:,}" in text
    assert f"from 1 to {QUIZZES}" in text
    assert "explorer.html#explore=r1AR&b=7" in text
