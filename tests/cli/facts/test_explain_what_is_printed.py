"""`explain` knows what the other commands print: statuses, cases, rules, clauses, UIDs, command elements, terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.commands import ELEMENTS, MESSAGES, SERVICE_STATUSES, STATUSES
from dulcimer._generated.conformance import RULES, SENDER_RULES
from dulcimer._generated.requestor import RULES as REQUESTOR_SENDER_RULES
from dulcimer._generated.services import SERVICE_CLASSES
from dulcimer._generated.terms import TERMS
from dulcimer.cli.facts import checks as check_facts
from dulcimer.cli.facts.names import explain
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report.contents import SEVERITY_MEANINGS

CODES = sorted({*STATUSES, *(row.first for rows in SERVICE_STATUSES.values() for row in rows)})
CLAUSES = sorted({demand.clause.split(",")[0] for demand in RULES.values()})


def kind_of(*words: str) -> str:
    (found,) = explain(list(words), None)
    assert found.summary
    assert found.clause
    return found.kind


@given(st.sampled_from(CODES), st.sampled_from(["{:04X}H", "{:04x}", "0x{:04X}", "{:04X}"]))
def test_every_status_in_any_form(code: int, form: str) -> None:
    if form in ("{:04x}", "{:04X}") and form.format(code).isalpha():
        return
    assert explain([form.format(code)], None) == explain(["status", f"{code:04X}"], None)


def test_every_case_rule_and_sender_rule() -> None:
    cases = [*check_facts.cases_by_id(), *(rule.id for rule in (*SENDER_RULES, *REQUESTOR_SENDER_RULES))]
    assert len(cases) > 1000
    assert {kind_of(name) for name in cases} == {"case"}
    assert {kind_of(name) for name in RULES} == {"rule"}


@pytest.mark.parametrize("clause", [clause for clause in CLAUSES if "Table" not in clause and "Annex" not in clause])
def test_every_clause_of_a_rule(clause: str) -> None:
    part, number = clause.split(" ")[:2]
    if "." not in number:
        return
    (found,) = explain([part, number], None)
    assert found.kind == "clause"
    assert any(section.rows for section in found.sections)


def test_every_uid_of_a_service_class_message_and_element() -> None:
    assert {kind_of(row.uid) for service in SERVICE_CLASSES.values() for row in service.sop_classes} == {"UID"}
    assert {kind_of(row.keyword) for service in SERVICE_CLASSES.values() for row in service.sop_classes} == {"UID"}
    assert {kind_of(info.name) for info in MESSAGES.values()} == {"message"}
    assert {kind_of(f"(0000,{element.tag:04X})") for element in ELEMENTS.values()} == {"command element"}


def test_every_term_and_what_it_refers_to() -> None:
    for name, term in TERMS.items():
        for written in (name, name.upper(), name.replace(" ", "-"), *term.also):
            assert kind_of(written) in ("term", "state", "pdu", "item", "message"), written
        for other in term.see:
            assert kind_of(*other.split()), other


@pytest.mark.parametrize("word", [*Verdict, *SEVERITY_MEANINGS, "A-ABORT(2,2)", "A-ASSOCIATE-RJ(1,1,7)"])
def test_words_of_a_report(word: str) -> None:
    assert kind_of(word) in ("verdict", "severity", "abort", "rejection")


def test_name_of_several_words_stands_among_others() -> None:
    assert [found.name for found in explain(["Sta6", "role", "selection", "ARTIM"], None)] == [
        "Sta6",
        "role selection",
        "ARTIM",
    ]


@pytest.mark.parametrize(
    ("uid", "summary"),
    [("1.2.840.10008.1.2.4.50", "JPEG Baseline"), ("1.2.276.0.99", "a private one"), ("2.25.1", "a private one")],
)
def test_uid_of_the_standard_or_not(uid: str, summary: str) -> None:
    assert summary in explain([uid], None)[0].summary


def test_uid_that_is_none_says_why() -> None:
    assert "leading zero" in dict(explain(["1.2.03.4"], None)[0].facts)["not valid"]
