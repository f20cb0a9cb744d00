"""Similar warnings do not fill the log of a server: a few are shown, the others are counted."""

from __future__ import annotations

import io
import logging
import re
import time
from pathlib import Path

import pytest

from dulcimer.cli.logs.bounded import MOST_ALIKE, BoundedHandler
from dulcimer.sop_class import Verification
from support.peers.processes import HOST, dulcimer_serve
from support.raw_dimse import requesting


class Log:
    """A logger with a bounded handler; `now` is the time in seconds."""

    def __init__(self, level: int = logging.INFO) -> None:
        self.now = 100.0
        self.output = io.StringIO()
        self.handler = BoundedHandler(self.output, lambda: self.now)
        self.logger = logging.Logger("a server", level)
        self.logger.addHandler(self.handler)

    @property
    def lines(self) -> list[str]:
        return self.output.getvalue().splitlines()


def test_what_comes_too_often_is_counted_and_reported_when_the_second_is_over() -> None:
    log = Log()
    for number in range(10_000):
        log.logger.warning("request %d is bad", number)
    assert log.lines == [f"request {number} is bad" for number in range(MOST_ALIKE)]
    log.logger.error("something else")
    assert log.lines[MOST_ALIKE:] == ["something else"]
    log.now += 1.0
    log.logger.warning("request %d is bad", 10_000)
    more = f"... and {10_000 - MOST_ALIKE} more like it: request {MOST_ALIKE} is bad"
    assert log.lines[MOST_ALIKE + 1 :] == [more, "request 10000 is bad"]
    log.handler.close()
    assert len(log.lines) == MOST_ALIKE + 3


def test_second_of_one_kind_is_not_cut_short_by_that_of_another() -> None:
    log = Log()
    for word in ("first", "second"):
        for _ in range(MOST_ALIKE + 1):
            log.logger.warning(word)
        log.now += 0.5
    log.handler._on_time()
    log.logger.warning("second")
    assert log.lines[2 * MOST_ALIKE :] == ["... and 1 more like it: first"]
    log.handler.close()
    assert log.lines[2 * MOST_ALIKE + 1 :] == ["... and 2 more like it: second"]


def test_what_was_left_out_is_reported_at_the_end() -> None:
    log = Log()
    for _ in range(MOST_ALIKE + 5):
        log.logger.warning("alike")
    log.handler.close()
    assert log.lines == ["alike"] * MOST_ALIKE + ["... and 5 more like it: alike"]


def test_nothing_is_left_out_of_a_few_each_second_and_of_what_was_asked_for() -> None:
    log = Log()
    for _ in range(50):
        for _ in range(MOST_ALIKE):
            log.logger.warning("alike")
        log.now += 1.0
    for _ in range(100):
        log.logger.info("a step")
    log.handler.close()
    assert log.lines == ["alike"] * 50 * MOST_ALIKE + ["a step"] * 100


def test_what_was_left_out_is_reported_without_another_line() -> None:
    log = Log()
    for _ in range(MOST_ALIKE + 1):
        log.logger.warning("alike")
    timer = log.handler._timer
    assert timer is not None
    log.now += 1.0
    timer.join(30.0)
    assert log.lines[MOST_ALIKE:] == ["... and 1 more like it: alike"]
    assert log.handler._timer is None


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["alone", "workers"])
def test_bad_requests_of_a_peer_do_not_fill_the_log_of_serve(tmp_path: Path, options: tuple[str, ...]) -> None:
    count = 500
    bad = {"affected_sop_class_uid": Verification, "command_field": 0x0140, "command_data_set_type": 0x0101}
    with dulcimer_serve(tmp_path / "archive", *options) as peer:
        begin = time.monotonic()
        with requesting((HOST, peer.port), Verification) as raw:
            for number in range(count):
                answer = raw.ask({**bad, "message_id": number})
                assert answer is not None
                assert answer.value("status") == 0x0211
        peer.process.terminate()
        assert peer.process.wait(60.0) == 0
        seconds = time.monotonic() - begin
        lines = [line for line in peer.log().splitlines() if "0211H" in line]
    more = [int(found[1]) for line in lines if (found := re.match(r"W: \.\.\. and (\d+) more like it: ", line))]
    assert len(lines) - len(more) + sum(more) == count
    assert len(lines) <= (MOST_ALIKE + 1) * (seconds + 1)
