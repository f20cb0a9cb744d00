"""The cases: complete, with stable ids, and made of bytes that are what they say."""

from __future__ import annotations

import re
from dataclasses import replace

from dulcimer._generated.conformance import CASES as ENCODING_CASES
from dulcimer._generated.conformance import ENTRIES, REACTIONS, SENDER_RULES
from dulcimer._generated.fsm import EVENTS, TABLE, States
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.model.case import revision
from dulcimer.conformance.model.steps import data_of
from dulcimer.conformance.stimuli.messages import Titles
from dulcimer.wire.codec import decode_lenient

CASES = acceptor_cases(Titles())
ID = re.compile(r"ul\.sender\.after-end|ul\.fsm\.acc\.sta\d\d\.evt\d\d(\.[a-z0-9-]+)*|(enc|pdv|dimse)(\.[a-z0-9-]+)+")


def test_every_cell_that_the_network_can_bring_about_in_a_driven_state_has_a_case() -> None:
    states = {States.from_label(entry.state) for entry in ENTRIES}
    cells = {cell for cell in TABLE if cell[1] in states and EVENTS[cell[0]].kind != "primitive"}
    assert len(cells) == 75
    assert {case.cell for case in CASES if case.cell} == cells


def test_ids_are_unique_and_follow_the_scheme() -> None:
    ids = [case.id for case in CASES] + [rule.id for rule in SENDER_RULES]
    assert len(ids) == len(set(ids))
    assert [identifier for identifier in ids if not ID.fullmatch(identifier)] == []


def test_every_case_says_what_it_demands() -> None:
    for case in CASES:
        assert case.requirement.endswith("."), case.id
        assert case.clause.startswith("PS3."), case.id
        assert case.severity in {"S0", "S1", "S2", "S3", "S4"}, case.id
        assert case.expected, case.id
        assert case.opening.steps or case.injection.steps, case.id


def test_revision_changes_with_the_expectation_and_not_with_the_ae_titles() -> None:
    others = acceptor_cases(Titles("OTHER", "PEER"))
    assert [case.rev for case in others] == [case.rev for case in CASES]
    assert [case.injection.steps for case in others] != [case.injection.steps for case in CASES]
    assert len({case.rev for case in CASES}) > len(CASES) / 2


def test_revision_changes_with_what_a_row_demands_and_not_with_its_words() -> None:
    for case in ENCODING_CASES:
        assert revision(case) == revision(replace(case, requirement="In other words."))
        assert revision(case) != revision(replace(case, severity="S5"))
    for reaction in REACTIONS.values():
        rows = reaction.alternatives
        assert revision(rows) == revision(tuple(replace(row, why=row.why and "another reason") for row in rows))
        assert revision(rows) != revision(rows[1:])
        for number, row in enumerate(rows):
            for changed in (replace(row, verdict="other"), replace(row, on=("other",))):
                assert revision(rows) != revision((*rows[:number], changed, *rows[number + 1 :]))


def test_a_stimulus_that_is_an_invalid_pdu_is_not_decodable() -> None:
    for case in CASES:
        if ".evt19." not in case.id or ".after-abort" in case.id:
            continue
        (step,) = case.injection.steps
        assert decode_lenient(data_of(step)).deviations, case.id


def test_a_stimulus_that_is_a_valid_pdu_decodes() -> None:
    for case in CASES:
        sent = [data for data in map(data_of, case.injection.steps) if data]
        if case.cell and len(sent) == len(case.injection.steps) == 1 and ".evt19" not in case.id:
            if "half-request" in case.id or case.opening.answer or case.expectation.overtaken:
                continue
            assert not decode_lenient(sent[0]).deviations, case.id
