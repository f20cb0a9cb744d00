"""`dulcimer explain`: what a name of the standard means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import Result

from dulcimer._generated.codes import ItemType, PduType
from dulcimer._generated.deviations import DEVIATIONS, StackDeviation
from dulcimer._generated.fsm import ACTIONS, TABLE, Events, States
from dulcimer.cli.facts import codes as code_facts
from dulcimer.cli.facts import names
from dulcimer.cli.facts.names import known_names
from dulcimer.cli.main import app
from dulcimer.wire.fields import Leaf
from dulcimer.wire.items import ITEM_SCHEMAS
from dulcimer.wire.layout import Layout
from dulcimer.wire.pdus import PDU_SCHEMAS
from support.command_runs import CommandRunner


def explain(*arguments: str, columns: int = 100) -> Result:
    result = CommandRunner().invoke(app, ["explain", *arguments], env={"COLUMNS": str(columns), "NO_COLOR": "1"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def explained(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(explain("--json", *arguments).stdout)
    return found


@pytest.mark.clause("PS3.8 Table 9-10")
def test_table_in_json_has_exactly_the_filled_cells() -> None:
    table = json.loads(explain("--table", "--json").stdout)
    cells = {(event, state): cell for event, row in table.items() for state, cell in row.items()}
    assert len(cells) == 123
    assert cells == {
        (event.label, state.label): [
            action,
            list(dict.fromkeys(outcome.next_state.label for outcome in ACTIONS[action].outcomes)),
        ]
        for (event, state), action in TABLE.items()
    }
    assert table["Evt1"] == {"Sta1": ["AE-1", ["Sta4"]]}
    assert table["Evt12"]["Sta7"] == ["AR-8", ["Sta9", "Sta10"]]


@pytest.mark.parametrize("columns", [100, 200])
def test_table_in_text_has_a_row_for_each_event_and_fits(columns: int) -> None:
    lines = explain("--table", columns=columns).stdout.splitlines()
    for event in Events:
        (row,) = [line for line in lines if line.startswith(f"{event.label} ")]
        assert [word for word in row.split() if word in ACTIONS] == [
            TABLE[event, state] for state in States if (event, state) in TABLE
        ]
    assert all(len(line.rstrip()) <= columns for line in lines)


@pytest.mark.parametrize("state", States, ids=lambda state: state.label)
@pytest.mark.parametrize("event", Events, ids=lambda event: event.label)
def test_cell_tells_its_action_and_next_state_or_why_it_is_blank(event: Events, state: States) -> None:
    cell = explained(event.label, state.label)
    assert cell["kind"] == "cell"
    action = TABLE.get((event, state))
    if action is None:
        assert "blank" in cell["summary"]
        assert cell["why"]
        assert "action" not in cell
    else:
        assert cell["action"].startswith(f"{action}: ")
        assert all(outcome.next_state.label in cell["summary"] for outcome in ACTIONS[action].outcomes)
    here = {row["event"] for row in cell["also_here"]}
    assert here == {one.label for one in Events if (one, state) in TABLE and one != event}


def test_order_and_case_of_a_cell_do_not_matter() -> None:
    assert (
        explained("Sta6", "Evt12")
        == explained("EVT12", "sta6")
        == explained("state-6", "event_12")
        == explained("evt 12", "STA 6")
    )


@pytest.mark.clause("PS3.8 Table 9-8")
@pytest.mark.parametrize(("role", "reached"), [("requestor", "Sta9"), ("acceptor", "Sta10")])
def test_role_chooses_the_side_of_a_release_collision(role: str, reached: str) -> None:
    cell = explained("Sta7", "Evt12", "--role", role)
    assert cell["summary"] == f"-> AR-8 -> {reached}"
    assert [step["step"] for step in cell["steps"]] == ["issue:A-RELEASE indication", f"next state {reached}"]


def test_role_that_cannot_be_in_a_state_is_reported() -> None:
    assert "never the acceptor" in explained("Sta9", "Evt14", "--role", "acceptor")["role"]


def test_steps_are_in_the_order_of_the_standard() -> None:
    steps = explained("AA-8")["steps"]
    assert [step["step"] for step in steps] == [
        "send_pdu:A-ABORT",
        "issue:A-P-ABORT indication",
        "start_artim",
        "next state Sta13",
    ]
    assert all(step["which means"] and step["clause"] for step in steps)


@pytest.mark.parametrize("name", known_names())
def test_every_known_name_is_explained_in_text_and_json(name: str) -> None:
    text = explain(name)
    assert text.exit_code == 0, text.stderr
    assert all(len(line.rstrip()) <= 100 for line in text.stdout.splitlines())
    found = explained(name)
    assert found["clause"].startswith("PS3.")
    assert found["name"] in text.stdout


@pytest.mark.parametrize("name", ["07H", "0x07", "0x7", "7h", "A-ABORT", "a-abort", "a abort", "abort"])
def test_pdu_has_many_names(name: str) -> None:
    assert explained(name)["name"] == f"07H {PduType.A_ABORT.label}"


def test_item_may_be_called_by_words() -> None:
    assert explained("user", "identity")["name"] == f"58H {ItemType.USER_IDENTITY.label}"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("reject 1 1 7", "called AE title not recognized"),
        ("reject 9 9 9", "reserved value 9"),
        ("abort 2 1", "unrecognized PDU"),
        ("result 3", "abstract syntax not supported"),
        ("status 0122", "SOP class not supported"),
    ],
)
def test_numbers_in_pdus_and_responses_are_explained(words: str, told: str) -> None:
    assert told in explained(*words.split())["summary"]


def test_status_is_explained_for_each_service_that_has_it() -> None:
    assert {row["service"] for row in explained("status", "0xA700")["services"]} >= {"C-STORE", "C-FIND"}


@pytest.mark.parametrize(
    ("words", "near"),
    [("Sta14", "Sta1"), ("A-ABORD", "A-ABORT"), ("AR-11", "AR-1"), ("C-STOR-RQ", "C-STORE-RQ"), ("A3H", "03H")],
)
def test_unknown_name_is_a_usage_error_with_near_ones(words: str, near: str) -> None:
    result = explain(*words.split(), columns=300)
    assert result.exit_code == 2
    assert near in result.stderr.partition("Similar:")[2]


@pytest.mark.parametrize("words", ["", "--table Sta6", "reject 1", "abort x y", "result 256", "status 12345"])
def test_what_cannot_be_explained_is_a_usage_error(words: str) -> None:
    assert explain(*words.split()).exit_code == 2


@settings(deadline=None)
@given(st.lists(st.text(min_size=1).filter(lambda word: not word.startswith("-")), min_size=1, max_size=3))
def test_any_words_are_explained_or_a_usage_error(words: list[str]) -> None:
    assert explain(*words).exit_code in (0, 2)


@pytest.mark.parametrize("deviation", DEVIATIONS, ids=lambda one: f"{one.stack}: {one.cases[0]}")
def test_what_an_implementation_does_otherwise_stands_where_its_case_is_explained(deviation: StackDeviation) -> None:
    (found,) = names.explain([deviation.cases[0]], None)
    (section,) = [one for one in found.sections if one.key == "deviations"]
    assert any(stack == deviation.stack and str(text).startswith(deviation.reason) for stack, text in section.rows)


def test_cell_state_event_and_action_tell_what_implementations_do_there() -> None:
    for words in (["Sta7", "Evt12"], ["Sta7"], ["Evt12"], ["AR-8"]):
        assert "DUL Peer Requested Release" in " ".join(explain(*words, columns=200).stdout.split()), words
    assert "DUL Peer" not in explain("Sta7", "Evt12", "--role", "acceptor").stdout
    assert "DUL Peer" not in explain("Sta7", "Evt13").stdout


def test_pdu_and_rule_tell_what_implementations_do_with_them() -> None:
    assert any("pynetdicom2" in row["which"] for row in explained("57H")["deviations"])
    rule = explained("r.ps3_8.9_3_2.version-bit-0-tested")
    assert any("compares the whole field" in row["does what"] for row in rule["deviations"])


@pytest.mark.parametrize("layout", [*PDU_SCHEMAS.values(), *ITEM_SCHEMAS.values()], ids=lambda one: one.title)
def test_every_field_is_known_by_its_name_with_every_place_where_it_stands(layout: Layout) -> None:
    for name, part in layout.parts.items():
        found = code_facts.field(name.replace("_", "-"))
        if isinstance(part, Leaf):
            assert found is not None
            assert (layout.title, part.doc) in [(row[0], row[3]) for row in found.sections[0].rows]


def test_field_of_codes_tells_their_values() -> None:
    shown = explain("result_reason").stdout
    assert "Presentation Context (AC) item" in shown
    assert "abstract-syntax-not-supported" in shown or "abstract syntax" in shown
