"""What notebooks show: tables without script, in which nothing that came from outside has a meaning."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings

from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer.cli.facts.names import explain
from dulcimer.learn.labs.turns import ECHO, REQUEST, C
from dulcimer.learn.table_cell import TableCell
from dulcimer.notebook import MOST_ROWS, notebook_table
from dulcimer.wire.model import AssociateRj, AssociateRq, UserIdentity, UserInformation
from support.captures.judged_captures import verdict
from support.html_pages import Page
from support.wire_strategies import legal_pdus

HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J"


def shown(value: Any) -> Page:
    page = Page(value._repr_html_())
    assert not {"script", "img", "style", "link"} & set(page.tags)
    return page


def cells(page: Page) -> list[str]:
    return page.texts.get("td", [])


@settings(deadline=None, max_examples=50)
@given(legal_pdus())
def test_pdu_is_a_table_of_its_fields(pdu: Any) -> None:
    assert bool(cells(shown(pdu))) == bool(fields(pdu))


def test_text_of_a_peer_stays_text() -> None:
    page = shown(AssociateRq(HOSTILE, "SCU", ()))
    assert any("<img src=x" in text and "\\x1b" in text for text in cells(page))


def test_secret_of_a_user_identity_is_not_shown() -> None:
    identity = UserIdentity(2, b"somebody", b"opensesame")
    text = " ".join(cells(shown(AssociateRq("A", "B", (UserInformation((identity,)),)))))
    assert "opensesame" not in text
    assert b"opensesame".hex(" ") not in text
    assert "10 bytes" in text


@pytest.mark.parametrize("state", States, ids=lambda one: one.label)
def test_state_shows_its_filled_cells(state: States) -> None:
    events = [event.label for event in Events if (event, state) in TABLE]
    assert [text.partition(":")[0] for text in cells(shown(state))[::3]] == events


@pytest.mark.parametrize("event", Events, ids=lambda one: one.label)
def test_event_shows_its_filled_cells(event: Events) -> None:
    states = {state.label for state in States if (event, state) in TABLE}
    assert set(cells(shown(event))[::3]) == states


def test_cell_shows_its_steps_or_that_it_is_blank() -> None:
    for event in Events:
        for state in States:
            cell = TableCell(state, event)
            assert cell == TableCell.of(state.label, event.label)
            texts = cells(shown(cell))
            assert any("next state" in text for text in texts) == ((event, state) in TABLE)
    assert str(TableCell.of("Sta6", "Evt12")) == "Sta6 + Evt12 -> AR-2"
    assert str(TableCell.of("Sta6", "Evt1")) == "Sta6 + Evt1 -> blank"


def test_explanation_and_verdict_are_tables_too() -> None:
    (found,) = explain(["Sta6", "Evt12"], None)
    assert "AR-2" in " ".join(shown(found).texts["p"] + shown(found).texts["b"] + cells(shown(found)))
    assert "violation" in cells(shown(verdict([(C, REQUEST), (C, ECHO)])))
    assert "PS3.8 9.3.4" in " ".join(shown(AssociateRj(1, 1, 7)).texts["p"])


def test_long_table_is_cut_and_says_so() -> None:
    text = notebook_table("t", "", ("a",), ((str(number),) for number in range(10_000)))
    assert text.count("<tr>") == MOST_ROWS + 1
    assert "Only the first" in text
