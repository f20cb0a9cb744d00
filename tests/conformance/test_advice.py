"""What a report tells the maker of a peer to do."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from dulcimer._generated.conformance import SENDER_RULES
from dulcimer._generated.fsm import Events, States
from dulcimer._generated.requestor import RULES as REQUESTOR_RULES
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.judge.advice import VIOLATED, advice
from dulcimer.conformance.judge.outage import Outage
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.steps import data_of
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.wire.buffer import HEADER_LENGTH

CASES: tuple[Case, ...] = (*acceptor_cases(Titles()), *requestor_cases())
VERSION = "r.ps3_8.9_3_2.version-bit-0-tested"
LENGTHS = "r.ps3_8.9_3_1.lengths-exact"


@dataclass(frozen=True)
class About:
    rules: tuple[str, ...] = ()
    role: str = "acceptor"
    cell: Cell | None = None
    id: str = "enc.a-case"


def failed(alternative: str, about: About | Case) -> str:
    return advice(Verdict.FAILED, alternative, about)


def test_each_way_to_fail_tells_more_than_to_read_the_clause() -> None:
    for case in CASES:
        for row in case.expectation.alternatives:
            if row.verdict == Verdict.FAILED:
                told = advice(Verdict.FAILED, row.name, case)
                assert told, case.id
                assert "with the clause" not in told, case.id


def test_advice_on_a_rule_is_for_the_end_that_it_binds() -> None:
    assert failed("not-accepted", About((VERSION,))).startswith("test the protocol version with a mask")
    assert "mask" not in failed(VIOLATED, About((VERSION,), "requestor"))


def test_advice_for_the_end_that_meets_a_breach_says_what_to_do_with_it() -> None:
    assert failed("silence", About((LENGTHS,))).startswith("compare each length")
    assert failed(VIOLATED, About((LENGTHS,))).startswith("when a PDU is encoded, set each length field")


def test_cell_is_named_with_its_action_and_where_to_read_of_it() -> None:
    told = failed("silence", About(cell=(Events.EVT_19, States.STA_6)))
    assert "Evt19 in Sta6 is AA-8 (dulcimer explain Sta6 Evt19)" in told


FITS = {
    ("enc.pc.id.order", "not-accepted"): "keep the contexts by their ID; do not expect an order",
    ("enc.pc.id.255", "not-accepted"): "accept every odd context ID from 1 to 255",
    ("enc.pc.syntax.several-transfer", "not-accepted"): "look at all transfer syntaxes",
    ("enc.pc.count.128", "not-accepted"): "accept 1 to 128 presentation contexts",
    ("enc.req.user.no-version-name", "not-used"): "continue if there is none: it is optional",
    ("dimse.req.rsp.plain", "broken"): "require only the mandatory elements of a message",
    ("enc.user.identity", "not-accepted"): "skip an unsupported user information sub-item",
    ("enc.user.window", "not-accepted"): "skip an unsupported user information sub-item",
    ("enc.user.extended", "not-accepted"): "skip an unsupported user information sub-item",
    ("enc.version.0000", "accepted"): "reject a request whose protocol version has bit 0 not set",
    ("enc.version.0003", "not-accepted"): "test the protocol version with a mask",
    ("dimse.response.unsolicited", "answered"): "drop a response that answers no outstanding request",
    ("ul.fsm.acc.sta06.evt12", "silence"): "answer each A-RELEASE-RQ",
    ("ul.fsm.acc.sta06.evt16.user", "stays-open"): "close the connection, and free its socket",
    ("ul.fsm.acc.sta07.evt10.idle", "abort"): "continue to read data",
}
"""By case and reaction: how the advice begins, or what is in it."""


@pytest.mark.parametrize(("name", "alternative"), FITS)
def test_advice_fits_what_was_seen(name: str, alternative: str) -> None:
    case = next(case for case in CASES if case.id == name)
    assert any(row.name == alternative for row in case.expectation.alternatives)
    assert FITS[name, alternative] in failed(alternative, case)


def is_bare(case: Case) -> bool:
    """Whether the stimulus is a PDU that ends with its header."""
    sent = b"".join(map(data_of, case.injection.steps))
    while len(sent) > HEADER_LENGTH:
        sent = sent[HEADER_LENGTH + int.from_bytes(sent[2:HEADER_LENGTH], "big") :]
    return len(sent) == HEADER_LENGTH and not any(sent[2:])


def test_advice_for_a_header_alone_is_not_to_read_it_to_its_end() -> None:
    silent = [
        case
        for case in CASES
        if any((row.name, row.verdict) == ("silence", "FAILED") for row in case.expectation.alternatives)
    ]
    assert any(case.id == "ul.fsm.acc.sta02.evt19.type-ff-length-0" and is_bare(case) for case in silent)
    for case in silent:
        told = failed("silence", case)
        assert ("complete after its header" in told) is is_bare(case), case.id
        assert not ("reads the whole PDU" in told and is_bare(case)), case.id


def test_advice_for_a_peer_that_stops_says_whether_it_was_memory_a_crash_or_a_hang() -> None:
    def told(name: str, observed: str) -> str:
        return advice(Verdict.FAILED, "stops-serving", About(id=name), observed)

    crash = f"close(rst); {Outage.RESTARTED}"
    assert told("enc.length.rq-2gib", crash).startswith("compare a length with a limit of your own before memory")
    assert told("pdv.length.2gib", crash).startswith("compare a length")
    assert told("enc.pc.syntax.no-transfer", crash).startswith("look for a crash")
    assert "else a hang" in told("enc.pc.syntax.no-transfer", f"silence; {Outage.NOT_RESPONDING}")


def test_case_that_fails_with_a_rule_tells_what_the_rule_does() -> None:
    case = next(case for case in CASES if case.id == "dimse.echo.success")
    told = advice(Verdict.FAILED, VIOLATED, case, "C-ECHO-RSP(0000H); answered twice", "dimse.sender.once")
    assert told.startswith("send one final response for each request")


@pytest.mark.parametrize("alternative", ["reserved-abort", "reserved-values", "stops-serving"])
def test_what_is_wrong_in_itself_is_all_that_is_reported(alternative: str) -> None:
    about = About((LENGTHS,), cell=(Events.EVT_19, States.STA_6))
    assert failed(alternative, about) == failed(alternative, About())


def test_unknown_rule_of_another_version_leads_to_the_clause() -> None:
    assert failed("", About(("r.ps3_8.0.gone",))) == "compare what the peer does with the clause"


@pytest.mark.parametrize("verdict", [Verdict.OK, Verdict.INFORMATIONAL])
def test_there_is_no_advice_where_nothing_is_to_be_done(verdict: Verdict) -> None:
    assert advice(verdict, "", About((VERSION,))) == ""


def test_what_a_peer_sends_wrong_is_reported_by_its_rule_unless_there_are_many() -> None:
    for role, rows in (("acceptor", SENDER_RULES), ("requestor", REQUESTOR_RULES)):
        for row in rows:
            told = failed(VIOLATED, About(row.rules, role))
            assert told, row.id
            assert len(row.rules) > 2 or "look at the code" not in told, row.id
