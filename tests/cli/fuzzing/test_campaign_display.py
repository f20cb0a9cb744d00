"""The live display of a campaign, on a terminal of 80 columns and elsewhere."""

from __future__ import annotations

import io
import re
from dataclasses import replace

from rich.console import Console

from dulcimer.cli.fuzzing.display import CampaignDisplay, progress_line
from dulcimer.fuzz.campaign.result import CampaignProgress
from support.fuzz_campaigns import HOSTILE, progress


class Shown:
    """A display on a console of its own, and a clock that is set by hand."""

    def __init__(self, *, terminal: bool) -> None:
        self.now = 0.0
        self.file = io.StringIO()
        console = Console(file=self.file, width=80, force_terminal=terminal, color_system=None, legacy_windows=False)
        self.display = CampaignDisplay(console, clock=lambda: self.now)

    @property
    def text(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", self.file.getvalue())


def picture(*shown: CampaignProgress) -> str:
    """What a terminal shows in the end."""
    screen = Shown(terminal=True)
    with screen.display as display:
        for one in shown:
            screen.file.seek(0)
            screen.file.truncate()
            display.show(one)
            screen.now += 1
        return screen.text


def test_terminal_shows_where_the_campaign_is_in_80_columns() -> None:
    text = picture(progress(findings=("crash in Evt6-Sta2: signal 11",)))
    for part in (
        "batch 27",
        "6 min 50 s left",
        "306,950 cases, 1,612/s, 2 workers",
        "78 of 87 (90 %)",
        "2,310 of 2,904 (80 %)",
        "41 MiB, 9 descriptors",
        "corpus  171",
        "restarts  2",
        "1 finding",
        "crash in Evt6-Sta2: signal 11",
    ):
        assert part in text, part
    assert max(map(len, text.splitlines())) <= 80


def test_latest_findings_are_shown_whatever_their_place_in_the_list() -> None:
    old = tuple(f"deviation {number}" for number in range(9))
    text = picture(progress(findings=old), progress(findings=("crash", *old)))
    assert "10 findings, the latest:" in text
    assert text.rstrip().endswith("crash")


def test_findings_told_in_the_same_words_have_one_line_and_are_all_counted() -> None:
    text = picture(progress(findings=("exit: signal 11", "exit: signal 11", "hang")))
    assert "3 findings, the latest:" in text and text.count("signal 11") == 1


def test_hostile_texts_do_not_reach_the_terminal() -> None:
    text = picture(replace(progress(findings=(HOSTILE,)), doing=HOSTILE))
    assert text.replace("\n", "").isprintable()


def test_display_is_removed_at_the_end_and_messages_stay() -> None:
    screen = Shown(terminal=True)
    with screen.display as display:
        display.show(progress())
        display.say("the target was [bold]restarted[/]")
    assert "the target was [bold]restarted[/]" in screen.text
    assert screen.file.getvalue().rstrip().endswith(("\x1b[2K", "\x1b[?25h"))


def test_terminal_is_not_drawn_more_often_than_can_be_seen() -> None:
    screen = Shown(terminal=True)
    with screen.display as display:
        display.show(progress())
        before = screen.file.tell()
        screen.now += 0.01
        display.show(replace(progress(), cases=1))
        assert screen.file.tell() == before


def test_elsewhere_a_line_comes_now_and_then_and_each_finding_once() -> None:
    screen = Shown(terminal=False)
    with screen.display as display:
        for second in range(25):
            screen.now = float(second)
            findings = ("crash",) if second > 3 else ()
            display.show(progress(findings=findings, seconds=float(second)))
    lines = screen.text.splitlines()
    assert lines[0] == progress_line(progress(seconds=0.0))
    assert lines[1] == "found crash"
    assert [line for line in lines if line.startswith("306,950 cases")] == [lines[0], *lines[2:]]
    assert len(lines) == 4


def test_line_says_what_a_campaign_without_limits_can_say() -> None:
    line = progress_line(CampaignProgress("calibrating", 0.5))
    assert line == "calibrating"
    limited = CampaignProgress("batch 1", 10.0, cases=1000, rate=100.0, limit_cases=3000, limit_seconds=600.0)
    assert progress_line(limited).endswith("batch 1, 20 s left")
