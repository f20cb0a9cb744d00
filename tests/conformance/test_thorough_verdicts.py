"""What follows a reaction, or comes of several things in one segment, is as grave as the catalogue says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from dulcimer._generated.conformance import Alternative
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.catalogue import ways
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.extended import thorough_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.judge.duplicates import mark_duplicates
from dulcimer.conformance.judge.judge import judge
from dulcimer.conformance.judge.races import pool_races
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.oracle import PossibleStates
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import Seen, closed, of_pdu, silence
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.after import After
from dulcimer.conformance.play.conversation import Conversation
from dulcimer.conformance.play.target import Timing
from dulcimer.conformance.run.races import race
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort, PDataTf, Pdu, PresentationDataValue, ReleaseRq

CASES: dict[str, Case] = {
    case.id: case for case in (*thorough_cases(acceptor_cases(Titles())), *thorough_cases(requestor_cases()))
}
CATALOGUE: dict[str, Case] = {case.id: case for case in acceptor_cases(Titles())}
ARTIM = 2.0


class Script(Conversation):
    """A conversation in which the peer shows what is written; ARTIM is over when nothing is left."""

    def __init__(self, case: Case, shown: Sequence[str], state: States, artim: float | None = None) -> None:
        connection = cast(Connection, SimpleNamespace(now=0.0, ended=False))
        timing = Timing(artim=artim)
        super().__init__(case, timing, connection, PossibleStates(state, is_requestor=isinstance(case, RequestorCase)))
        self._shown = list(shown)
        self.sent: list[Events] = []

    async def next(self, seconds: float) -> Seen:
        text = self._shown.pop(0) if self._shown else "silence"
        if text == "silence":
            return silence(self.connection.now + seconds)
        if text.startswith("close"):
            seen = closed(0.0, text[6:-1])
        else:
            pdu = PDUS[text]
            seen = of_pdu(0.0, encode(pdu), pdu)
        self.states.observe(seen.name, seen.source)
        return seen

    async def send(self, event: Events) -> None:
        self.sent.append(event)
        self.states.inject(event)


PDUS: dict[str, Pdu] = {
    "data": PDataTf((PresentationDataValue(1, 3, bytes(2)),)),
    "release": ReleaseRq(),
    "user abort": Abort(0, 0),
    "abort": Abort(2, 2),
    "AC": plain_pdu("A-ASSOCIATE-AC", Titles()),
}


def held(name: str, *shown: str, artim: float | None = None) -> Result:
    """What comes of a case whose stimuli have been sent, and who shows this."""
    case = CASES[name]
    assert case.cell is not None
    talk = Script(case, shown, case.cell[1], artim)
    for event in (case.cell[0], *ways.same_segment(case)):
        talk.states.inject(event)
    asyncio.run(After(talk, talk.send).held())
    return judge(case, talk.observed)


HELD = {
    # Data and an A-ASSOCIATE-AC in Sta6: the user may answer first, an A-ABORT of the provider is due.
    ("ul.fsm.acc.sta06.evt10.at-once-ac", "data", "abort"): ("OK", ""),
    ("ul.fsm.acc.sta06.evt10.at-once-ac", "abort", "close(fin)"): ("OK", ""),
    ("ul.fsm.acc.sta06.evt10.at-once-ac", "user abort"): ("OK", ""),
    ("ul.fsm.acc.sta06.evt10.at-once-ac", "data", "close(fin)"): ("NON-STRICT", "bare-close"),
    ("ul.fsm.acc.sta06.evt10.at-once-ac", "abort", "abort"): ("OK", ""),
    ("ul.fsm.acc.sta06.evt10.at-once-ac", "data"): ("FAILED", "silence"),
    ("ul.fsm.acc.sta06.evt10.at-once-ac",): ("INCONCLUSIVE", ""),
    ("ul.fsm.acc.sta06.evt10.at-once-ac", "abort", "data"): ("FAILED", "impossible"),
    ("ul.fsm.acc.sta06.evt10.at-once-ac", "data", "AC"): ("FAILED", "impossible"),
    # A requestor may ask for release in between, and an A-ABORT of the provider is due all the same.
    ("ul.fsm.req.sta06.evt10.at-once-ac", "release", "abort"): ("OK", ""),
    ("ul.fsm.req.sta06.evt10.at-once-ac", "release", "close(rst)"): ("NON-STRICT", "bare-close"),
    ("ul.fsm.req.sta06.evt10.at-once-ac", "release"): ("FAILED", "silence"),
    # The same in Sta2: an A-ABORT of the user, then the A-ASSOCIATE-AC is ignored.
    ("ul.fsm.acc.sta02.evt10.at-once-ac", "user abort"): ("OK", ""),
    ("ul.fsm.acc.sta02.evt10.at-once-ac", "abort"): ("NON-STRICT", "provider-abort"),
    ("ul.fsm.acc.sta02.evt10.at-once-ac", "user abort", "abort"): ("NON-STRICT", "abort"),
    ("ul.fsm.acc.sta02.evt10.at-once-ac", "close(rst)"): ("OK", ""),  # as ARTIM may at any time
    ("ul.fsm.acc.sta02.evt10.at-once-ac",): ("FAILED", "silence"),
    # A request behind it meets Sta13, which answers with one more A-ABORT.
    ("ul.fsm.acc.sta02.evt10.at-once-rq", "user abort", "abort"): ("OK", ""),
    ("ul.fsm.acc.sta02.evt10.at-once-rq", "user abort"): ("NON-STRICT", "ignored"),
    ("ul.fsm.acc.sta02.evt10.at-once-rq", "user abort", "AC"): ("FAILED", "other"),
    # Nothing is answered behind an A-ABORT.
    ("ul.fsm.acc.sta06.evt16.user.at-once-rq", "close(fin)"): ("OK", ""),
    ("ul.fsm.acc.sta06.evt16.user.at-once-rq", "silence", "close(fin)"): ("NON-STRICT", "late-close"),
    ("ul.fsm.acc.sta06.evt16.user.at-once-rq",): ("FAILED", "stays-open"),
    ("ul.fsm.acc.sta06.evt16.user.at-once-rq", "AC"): ("FAILED", "answer"),
    # Data that is no message: the standard does not say who aborts.
    ("ul.fsm.acc.sta06.evt10.no-message", "user abort"): ("OK", ""),
    ("ul.fsm.acc.sta06.evt10.no-message", "abort"): ("OK", ""),
    ("ul.fsm.acc.sta06.evt10.no-message",): ("OK", ""),
    ("ul.fsm.acc.sta06.evt10.no-message", "close(fin)"): ("NON-STRICT", "bare-close"),
    ("ul.fsm.acc.sta06.evt10.no-message-ac", "silence", "abort"): ("OK", ""),
    ("ul.fsm.acc.sta06.evt10.no-message-ac", "silence"): ("FAILED", "silence"),
    ("ul.fsm.acc.sta06.evt10.no-message-ac", "user abort", "silence", "abort"): ("NON-STRICT", "abort"),
}
"""Case and what the peer shows, and nothing behind it: the verdict and the name of the reaction."""


@pytest.mark.parametrize(("told", "expected"), HELD.items(), ids=" ".join)
def test_what_no_state_allows_is_as_grave_as_the_catalogue_says(
    told: tuple[str, ...], expected: tuple[str, str]
) -> None:
    result = held(*told)
    assert (str(result.verdict), result.alternative) == expected, result.observed
    assert result.observed


def test_artim_that_does_not_close_counts_only_if_it_was_declared() -> None:
    name = "ul.fsm.acc.sta02.evt10.at-once-ac"
    assert held(name, "user abort").verdict is Verdict.OK
    failed = held(name, "user abort", artim=ARTIM)
    assert (failed.verdict, failed.alternative) == (Verdict.FAILED, "open-after-artim")
    assert held(name, "user abort", "silence", "close(fin)", artim=ARTIM).verdict is Verdict.OK


def gone_on(name: str, reaction: str, *shown: str, verdict: Verdict = Verdict.OK, artim: float | None = None) -> Result:
    """What comes of a case that goes on after a reaction, which counts for this verdict."""
    case = CASES[name]
    rows = (Alternative("", str(verdict), ("*",), severity="S3"),)
    case = replace(case, expectation=replace(case.expectation, alternatives=rows))
    talk = Script(case, (reaction, *shown), States.STA_2, artim)

    async def run() -> None:
        talk.reacted(await talk.next(1.0))
        await After(talk, talk.send).go_on()

    asyncio.run(run())
    return judge(case, talk.observed)


THEN = {
    ("ul.fsm.acc.sta06.evt03.then-rejects", "abort", "silence", "abort"): ("OK", "abort"),
    ("ul.fsm.acc.sta06.evt03.then-rejects", "abort", "silence"): ("NON-STRICT", "ignored"),
    ("ul.fsm.acc.sta06.evt03.then-rejects", "abort", "silence", "AC"): ("FAILED", "other"),
    ("ul.fsm.acc.sta06.evt03.then-rejects", "abort", "close(fin)"): ("UNOBSERVABLE", "left"),
    ("ul.fsm.acc.sta06.evt03.then-rejects", "close(fin)"): ("UNOBSERVABLE", "before"),
    ("ul.fsm.acc.sta06.evt03.then-artim", "abort", "close(fin)"): ("OK", "artim"),
    ("ul.fsm.acc.sta06.evt03.then-artim", "abort", "silence", "close(fin)"): ("OK", "early"),
    ("ul.fsm.acc.sta06.evt03.then-artim", "abort"): ("INCONCLUSIVE", "not-yet"),
    ("ul.fsm.acc.sta06.evt03.then-artim", "abort", "silence", "AC"): ("FAILED", "answer"),
    ("ul.fsm.acc.sta06.evt03.then-artim", "abort", "AC"): ("UNOBSERVABLE", "before"),
    ("ul.fsm.acc.sta02.evt06.then-answers", "silence", "abort"): ("OK", "provider-abort"),
    ("ul.fsm.acc.sta02.evt06.then-answers", "silence", "close(fin)"): ("NON-STRICT", "bare-close"),
    ("ul.fsm.acc.sta02.evt06.then-answers", "AC"): ("UNOBSERVABLE", "before"),
}


@pytest.mark.parametrize(("told", "expected"), THEN.items(), ids=" ".join)
def test_what_follows_a_reaction_is_as_grave_as_the_catalogue_says(
    told: tuple[str, ...], expected: tuple[str, str]
) -> None:
    result = gone_on(*told)
    assert (str(result.verdict), result.alternative) == expected, result.observed


def test_connection_that_is_open_after_the_declared_artim_fails() -> None:
    result = gone_on("ul.fsm.acc.sta06.evt03.then-artim", "abort", artim=ARTIM)
    assert (result.verdict, result.alternative, result.severity) == (Verdict.FAILED, "open-after-artim", "S2")


@pytest.mark.parametrize("before", [Verdict.FAILED, Verdict.INFORMATIONAL])
def test_what_went_wrong_before_counts_where_it_is_asked_for_and_only_there(before: Verdict) -> None:
    result = gone_on("ul.fsm.acc.sta06.evt03.then-rejects", "abort", "silence", "AC", verdict=before)
    assert result.verdict is Verdict.UNOBSERVABLE
    assert "see ul.fsm.acc.sta06.evt03," in result.why
    mild = gone_on("ul.fsm.acc.sta06.evt03.then-rejects", "abort", "silence", "abort", verdict=Verdict.NON_STRICT)
    assert mild.verdict is Verdict.OK
    assert mild.notes == ("what came before is NON-STRICT: see ul.fsm.acc.sta06.evt03",)


def test_silence_that_may_come_of_a_busy_peer_is_tried_again() -> None:
    name = "ul.fsm.acc.sta02.evt06.then-answers"
    assert gone_on(name, "silence", "abort", verdict=Verdict.INCONCLUSIVE).retry
    assert not gone_on(name, "silence", "abort").retry


def test_state_that_is_wrong_in_itself_is_counted_once() -> None:
    case = CATALOGUE["ul.fsm.acc.sta13.evt06.after-abort"]
    own = Result(case, Verdict.FAILED, "A-ASSOCIATE-AC(1=0)", "why", alternative="other")
    reached = gone_on("ul.fsm.acc.sta06.evt03.then-rejects", "abort", "silence", "AC")
    differs = gone_on("ul.fsm.acc.sta06.evt04.then-rejects", "abort", "silence")
    own, reached, differs = mark_duplicates([own, reached, differs])
    assert [own.verdict, reached.verdict, differs.verdict] == [Verdict.FAILED, Verdict.OK, Verdict.NON_STRICT]
    assert reached.why == f"the same as in {own.case.id}, which is FAILED: why"


def test_state_that_is_left_now_and_then_is_left_for_cases_that_go_on_in_it_too() -> None:
    lost = Result(CATALOGUE["ul.fsm.acc.sta13.evt06.after-release"], Verdict.UNOBSERVABLE, "close(fin)", lost_race=True)
    waited = Result(CASES["ul.fsm.acc.sta13.evt06.after-release.then-artim"], Verdict.INCONCLUSIVE, "silence")
    other = Result(CASES["ul.fsm.acc.sta06.evt03.then-artim"], Verdict.INCONCLUSIVE, "silence")
    _, waited, other = pool_races([lost, waited, other])
    assert [waited.verdict, other.verdict] == [Verdict.UNOBSERVABLE, Verdict.INCONCLUSIVE]


@pytest.mark.parametrize(("name", "times"), [("then-artim", 0), ("then-rejects", 2)])
def test_cases_that_wait_for_artim_do_so_once(name: str, times: int) -> None:
    case = CASES[f"ul.fsm.acc.sta13.evt06.after-release.{name}"]
    played: list[Result] = []

    async def again() -> Result:
        played.append(Result(case, Verdict.OK, "A-ABORT(2,2)"))
        return played[-1]

    asyncio.run(race(Result(case, Verdict.OK, "A-ABORT(2,2)"), again))
    assert len(played) == times


def test_state_that_was_not_reached_makes_what_comes_at_once_unobservable() -> None:
    """The A-ABORT that brings the peer into Sta13 is missing: another case is about that."""
    result = held("ul.fsm.acc.sta13.evt03.after-abort.at-once-ac")
    assert (result.verdict, result.alternative) == (Verdict.UNOBSERVABLE, "before")


def test_reaction_that_fails_by_itself_is_not_counted_again_with_what_comes_at_once() -> None:
    base = Result(CATALOGUE["ul.fsm.acc.sta02.evt10"], Verdict.FAILED, "silence", "why", alternative="silence")
    same = held("ul.fsm.acc.sta02.evt10.at-once-ac")
    other = held("ul.fsm.acc.sta02.evt10.at-once-rq", "user abort", "AC")
    base, same, other = mark_duplicates([base, same, other])
    assert [base.verdict, same.verdict, other.verdict] == [Verdict.FAILED, Verdict.UNOBSERVABLE, Verdict.FAILED]
    assert base.case.id in same.why
