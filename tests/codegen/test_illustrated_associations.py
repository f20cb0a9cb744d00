"""The illustrated associations: every byte has its field, clause, states and line; the recording is always the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codegen.illustrated import pages, tls
from codegen.illustrated.moments import played
from codegen.illustrated.sessions import SESSIONS, echo
from dulcimer._generated.fsm import ACTIONS, TABLE, Events, States
from dulcimer.captures import pcapng
from dulcimer.captures.following import CaptureReader
from dulcimer.captures.tcp import TcpConversation
from dulcimer.diagnosis.judging.judge import judge_events
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, WireOutcome
from dulcimer.trace.records import REQUESTOR

FOLDER = Path(__file__).parents[2] / "docs" / "learn" / "illustrated"
EVENTS = {event.label: event for event in Events}
STATES = {state.label: state for state in States}


@pytest.mark.parametrize("name", pages.NAMES)
def test_every_byte_is_in_one_field_with_name_meaning_and_clause(name: str) -> None:
    session = pages.session_named(name)
    for moment, fields in zip(session.moments, session.fields, strict=True):
        assert b"".join(field.raw for field in fields) == moment.data
        at = 0
        for field in fields:
            assert field.offset == at
            at += len(field.raw)
            assert field.name and field.doc
            assert re.match(r"PS3\.\d+ \S|RFC 8446 \S", field.clause), field
            assert field.says or not field.raw.strip(b"\0 "), field


@pytest.mark.parametrize("name", pages.NAMES)
def test_every_message_has_the_line_that_sends_it_and_steps_of_the_table(name: str) -> None:
    session = pages.session_named(name)
    for moment in session.moments:
        line = session.source[moment.line]
        assert re.search(r"\.(request|accept|send|release|confirm_release|abort)\(", line), line
        for step in (moment.sent_by, moment.received_by):
            if step.event:
                assert TABLE[EVENTS[step.event], STATES[step.state]] == step.action
                assert step.next_state in {one.next_state.label for one in ACTIONS[step.action].outcomes}
            else:
                assert name == "tls"


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.__name__)
def test_a_session_is_recorded_the_same_each_time_and_keeps_the_standard(session: object) -> None:
    assert callable(session)
    first = played(session)
    assert first == played(session)
    talk = TcpConversation()
    talk.open(0.0)
    for moment in first.moments:
        talk.send(moment.t, talk.client if moment.sender == REQUESTOR else talk.server, moment.data)
    (verdict,) = judge_events(CaptureReader(pcapng.write(talk.packets, application="a test")))
    assert isinstance(verdict, AssociationVerdict)
    assert {end.outcome for end in verdict.ends} == {WireOutcome.CONSISTENT}


def test_collision_goes_through_the_four_states_that_are_for_it() -> None:
    table = re.findall(r'<tr class="from-\w+"><td>(\w+)<td>.*?<td>(\w+)', (FOLDER / "collision.html").read_text())
    assert table[2:] == [("Sta7", "Sta7"), ("Sta9", "Sta10"), ("Sta11", "Sta12"), ("Sta1", "Sta13")]


def test_tls_was_recorded_with_the_pdus_of_the_first_page() -> None:
    """After the handshake each record has its header, the PDU, the inner type and 16 bytes of proof (RFC 8446 5.2)."""
    inside = played(echo).moments
    recorded = tls.moments()[-len(inside) :]
    assert [(one.sender, len(one.data)) for one in recorded] == [(one.sender, len(one.data) + 22) for one in inside]


@pytest.mark.parametrize("name", ["index", *pages.NAMES])
def test_page_needs_nothing_but_itself_and_its_links_lead_somewhere(name: str) -> None:
    text = (FOLDER / f"{name}.html").read_text(encoding="utf-8")
    assert "default-src 'none'; style-src 'sha256-" in text.replace("&#x27;", "'")
    assert not re.search(r"\b(src|srcset|data|action)=|@import|url\(", text)
    for address in re.findall(r'href="?([^" >]+)', text):
        target, _, anchor = address.partition("#")
        if not address.startswith("https:"):
            there = FOLDER / (target or f"{name}.html")
            assert there.is_file(), address
            assert not anchor or f'id="{anchor}"' in there.read_text(encoding="utf-8"), address


def test_page_has_a_heading_for_each_step_and_a_row_for_each_field() -> None:
    session = pages.session_named("get")
    text = (FOLDER / "get.html").read_text(encoding="utf-8")
    assert text.count("<section class=") == len(session.moments) + 1
    assert text.count("<tr data-f=") == sum(len(fields) for fields in session.fields)
    assert text.count('<span class="b') == session.size
