"""What lies behind the deviations of a run is counted once."""

from __future__ import annotations

from dataclasses import replace

from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.extended import thorough_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.judge.advice import VIOLATED
from dulcimer.conformance.judge.causes import grouped, with_causes
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import of_pdu, pattern_in_words
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report.contents import as_json
from dulcimer.conformance.report.document import read
from dulcimer.conformance.run.record import PeerIdentity, Run
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.sender_rules.requestor import requestor_log
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort

_RULES = [result.case for log in (SenderLog(), requestor_log()) for result in log.results()]
_USUAL = (*acceptor_cases(Titles()), *requestor_cases())
CASES: dict[str, Case] = {case.id: case for case in (*_USUAL, *_RULES)}


def deviates(name: str, observed: str, alternative: str = "silence", verdict: Verdict = Verdict.FAILED) -> Result:
    return Result(CASES[name], verdict, observed, alternative=alternative)


def causes_of(*results: Result) -> list[list[str]]:
    return [list(cause.cases) for cause in grouped(with_causes(results))]


def one_cause(*results: Result) -> bool:
    return len(causes_of(*results)) == 1


def test_same_bytes_in_the_same_state_are_one_cause() -> None:
    for cell, other in (("no-pdv", "none"), ("pdv-overrun", "overrun"), ("pdv-length-1", "1")):
        assert one_cause(
            deviates(f"ul.fsm.acc.sta06.evt19.p-data-{cell}", "silence"), deviates(f"pdv.length.{other}", "silence")
        )


def test_requestor_that_answers_a_rejection_does_so_for_one_cause() -> None:
    names = [name for name in CASES if name.startswith("enc.req.rj.")]
    names += ["enc.req.reserved.rj", "ul.fsm.req.sta05.evt04"]
    assert len(names) == 26
    assert one_cause(*(deviates(name, "A-ABORT(0,0)", "answer") for name in names))


def test_field_that_is_read_wrongly_is_one_cause() -> None:
    refused = "A-ASSOCIATE-RJ(1,2,2)"
    assert one_cause(*(deviates(f"enc.version.{value}", refused, "not-accepted") for value in ("0003", "8001", "ffff")))
    aborted = "A-ABORT(0,0)"
    names = ("pdv.header.bits", "pdv.header.bit-2", "pdv.header.bit-7-fragmented", "dimse.store.header-bits")
    assert one_cause(*(deviates(name, aborted, "not-answered") for name in names))


def test_peer_that_knows_no_unknown_user_item_refuses_the_optional_ones_for_that_cause() -> None:
    names = ("enc.user.identity", "enc.user.extended", "enc.user.common-extended", "enc.user.window")
    optional = [deviates(name, "A-ABORT(2,0)", "not-accepted") for name in names]
    assert one_cause(deviates("enc.item.unknown.user", "A-ABORT(2,0)", "not-accepted"), *optional)
    assert len(causes_of(*optional)) == len(optional)


def test_case_cut_in_other_segments_has_the_cause_of_the_case_or_that_it_was_cut() -> None:
    cut = deviates("enc.segment.octets.enc.version.0003", "close(fin)", "not-accepted")
    assert one_cause(deviates("enc.version.0003", "A-ABORT(0,0)", "not-accepted"), cut)
    (cause,) = grouped(with_causes([Result(CASES["enc.version.0003"], Verdict.OK, "A-ASSOCIATE-AC(1=0)"), cut]))
    assert cause.cases == (cut.case.id,)
    assert "r.ps3_8.9_1_3" in cause.id


def test_reserved_codes_are_one_cause_wherever_they_are_seen() -> None:
    assert one_cause(
        deviates("enc.sender.abort", "A-ABORT(2,3) has a reserved value", VIOLATED),
        deviates("ul.fsm.acc.sta06.evt13", "A-ABORT(2,3)", "reserved-abort"),
        deviates("pdv.context.even", "A-ABORT(2,3)", "reserved-values"),
    )


def test_unexpected_pdus_of_one_state_are_one_cause_and_those_of_another_state_are_not() -> None:
    sta6 = [deviates(f"ul.fsm.acc.sta06.evt{event}", "silence") for event in ("03", "04", "06", "13")]
    sta2 = [deviates(f"ul.fsm.acc.sta02.evt{event}", "silence") for event in ("03", "10")]
    assert causes_of(*sta2, *sta6) == [[row.case.id for row in sta6], [row.case.id for row in sta2]]


def test_what_was_seen_tells_causes_apart() -> None:
    assert not one_cause(
        deviates("enc.maxlen.8", "silence", "not-answered"), deviates("enc.maxlen.9", "A-ABORT(0,0)", "not-answered")
    )


def test_worst_cause_comes_first_and_has_the_worst_of_its_results() -> None:
    mild = deviates("dimse.command.no-message-id", "silence", "dropped", Verdict.NON_STRICT)
    cosmetic = deviates("enc.sender.ac-echo", "byte 43 is 00H", VIOLATED)
    grave = deviates("enc.version.0003", "A-ABORT(0,0)", "not-accepted")
    found = grouped(with_causes([mild, cosmetic, grave]))
    assert [cause.cases for cause in found] == [(row.case.id,) for row in (grave, cosmetic, mild)]
    assert [cause.severity for cause in found] == ["S1", "S4", "S2"]


def test_what_deviates_has_a_cause_with_a_sentence_and_nothing_else_has_one() -> None:
    for case in (*_USUAL, *_RULES, *thorough_cases(_USUAL)):
        rows = [
            row for each in ((), *case.follows) for row in getattr(each, "alternatives", case.expectation.alternatives)
        ]
        for row in rows:
            seen = Result(case, Verdict(row.verdict), pattern_in_words(row.on[0]), alternative=row.name)
            (result,) = with_causes([seen])
            deviation = result.verdict in (Verdict.FAILED, Verdict.NON_STRICT)
            assert bool(result.cause) == deviation
            assert all(cause.title.endswith(".") and cause.rule for cause in grouped([result])), case.id


def test_report_holds_the_causes() -> None:
    run = Run(
        PeerIdentity("127.0.0.1", 104), [deviates("pdv.length.none", "silence"), deviates("pdv.length.0", "silence")]
    )
    document = as_json(run, "catalogue")
    report = read(document)
    assert [cause.cases for cause in report.causes] == [("pdv.length.none",), ("pdv.length.0",)]
    assert [case.cause for case in report.cases] == [cause.id for cause in report.causes]
    assert document["causes"][0]["rule"] == "r.ps3_8.9_3_5.one-or-more-pdvs"


def test_reason_beside_source_0_is_one_mild_cause_wherever_it_is_seen() -> None:
    results = [
        deviates("enc.length.rq-0", "A-ABORT(0,2)", "abort-with-reason", Verdict.NON_STRICT),
        deviates("ul.fsm.acc.sta02.evt13", "A-ABORT(0,2)", "user-abort-with-reason", Verdict.NON_STRICT),
        deviates("enc.sender.abort-reason", "A-ABORT(0,2) has a reason", VIOLATED, Verdict.NON_STRICT),
    ]
    assert one_cause(*results)


def test_abort_of_the_user_with_a_reason_fails_no_case() -> None:
    abort = of_pdu(0.0, encode(Abort(0, 2)), Abort(0, 2))
    for case in (*_USUAL, *thorough_cases(_USUAL)):
        for rows in (
            case.expectation.alternatives,
            case.expectation.if_overtaken,
            *(row.alternatives for row in case.follows),
        ):
            row = next((row for row in rows if abort.fits(row.on)), None)
            assert row is None or row.name not in ("reserved-abort", "reserved-values"), case.id


def test_peer_that_sends_back_what_it_does_not_expect_does_so_for_one_cause() -> None:
    rows = {"03": "A-ASSOCIATE-AC(1=0)", "04": "A-ASSOCIATE-RJ(1,1,1)", "10": "C-ECHO-RQ", "12": "A-RELEASE-RQ"}
    results = [deviates(f"ul.fsm.acc.sta02.evt{event}", seen, "") for event, seen in rows.items()]
    data = deviates("pdv.sender.context", "data on context 1, which was not accepted", VIOLATED)
    assert one_cause(*results, replace(data, seen_in=("ul.fsm.acc.sta02.evt10",)))


def test_what_is_sent_after_the_end_is_one_cause_in_cases_and_rules() -> None:
    assert one_cause(
        deviates("ul.sender.after-end", "A-ASSOCIATE-RQ after A-RELEASE-RP", VIOLATED),
        deviates("ul.fsm.acc.sta13.evt06.after-release", "A-ASSOCIATE-RQ", "other"),
        deviates("ul.fsm.acc.sta13.evt12.after-release", "A-RELEASE-RP", "acted-on"),
        deviates("ul.fsm.acc.sta06.evt12", "A-RELEASE-RP, then A-ABORT(0,0)", "speaks-after-the-end"),
    )
