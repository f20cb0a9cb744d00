"""Whatever our own stack answers to whatever is sent is explained: the oracle raises no false alarm."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer._generated.fsm import EVENTS, STATES, TABLE
from dulcimer.fuzz.campaign.making import make_case
from dulcimer.fuzz.choices import Choices, SeededChoices
from dulcimer.fuzz.corpus.seeds import acceptor_seeds
from dulcimer.fuzz.oracle.referee import Judgement
from dulcimer.fuzz.oracle.verdicts import Unexplained
from dulcimer.fuzz.sequences.lengthening import lengthened
from dulcimer.fuzz.sequences.moves import Act
from dulcimer.fuzz.sequences.planner import RECEIVED, Planner
from dulcimer.fuzz.sequences.rendering import BasePdus
from dulcimer.fuzz.sequences.steps import Chunks, SendBytes, TargetRole, cell_name
from support.fuzz_talks import FuzzTalk
from support.wire_strategies import any_bytes, damaged

LONGEST = 2000
"""Bytes of the bases; longer ones take long, and have nothing that others have not."""
ROLES: tuple[TargetRole, ...] = ("acceptor", "requestor")
BASES = BasePdus()
ANY_BYTES = any_bytes()
JUDGEMENTS = {role: Judgement(role) for role in ROLES}
PLANNERS = {role: Planner(role) for role in ROLES}
SCRIPTS = {role: [way for cell in planner.scripts for way in planner.ways(cell)] for role, planner in PLANNERS.items()}


def problems(talk: FuzzTalk) -> list[str]:
    return [str(verdict) for verdict in talk.verdicts if isinstance(verdict, Unexplained)]


@settings(max_examples=100)
@given(st.sampled_from(ROLES), st.data())
def test_any_bytes_in_any_state_are_answered_as_the_table_allows(role: TargetRole, data: st.DataObject) -> None:
    """A script, with a damaged PDU or any bytes in any place, and a user who does what it likes."""
    script = data.draw(st.sampled_from(SCRIPTS[role]))
    talk = FuzzTalk(role, lambda _, choices: data.draw(st.sampled_from(choices)), JUDGEMENTS[role])
    for move in script.moves:
        if move.act is Act.ARTIM:
            talk.wait_for_artim()
        elif move.act is Act.HALF_CLOSE:
            talk.close()
        elif move.act is Act.SEND:
            for base in BASES.pdus(role, move.event, move.kind):
                sent = st.one_of(st.just(base), damaged(st.just(base)), ANY_BYTES)
                talk.send(data.draw(sent))
        if data.draw(st.booleans()):
            talk.silence()
    talk.silence()
    talk.close()
    assert not problems(talk)


def changed(data: bytes, choices: Choices) -> bytes:
    """The bytes with up to three other bytes in up to two places; sometimes none is."""
    found = bytearray(data)
    for _ in range(choices.integer(0, 2)):
        start = choices.integer(0, len(found))
        found[start : start + choices.integer(0, 3)] = choices.octets(choices.integer(0, 3))
    return bytes(found)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("role", ROLES)
def test_hundreds_of_conversations_with_changed_bytes_in_pieces_raise_no_alarm(role: TargetRole, seed: int) -> None:
    choices = SeededChoices(seed)
    for _ in range(200):
        script = choices.pick(SCRIPTS[role])
        talk = FuzzTalk(role, lambda _, ways: choices.pick(ways), JUDGEMENTS[role])
        for move in script.moves:
            for base in BASES.pdus(role, move.event, move.kind) if move.act is Act.SEND else ():
                data = changed(base, choices)
                cut = choices.integer(0, len(data)) if choices.chance(1, 3) else 0
                for piece in (data[:cut], data[cut:]):
                    talk.send(piece, changed=data != base)
                    if choices.chance(1, 2):
                        talk.silence()
        talk.silence()
        talk.close()
        assert not problems(talk), script


@pytest.mark.parametrize("seed", range(2))
def test_several_damaged_pdus_in_an_association_raise_no_alarm(seed: int) -> None:
    choices = SeededChoices(seed)
    bases = tuple(each for each in acceptor_seeds().values() if len(each.sent) < LONGEST)
    for _ in range(150):
        case = make_case(lengthened(choices.pick(bases), choices), choices, {}).sequence
        talk = FuzzTalk("acceptor", lambda _, ways: choices.pick(ways), JUDGEMENTS["acceptor"])
        for step in case.steps:
            if isinstance(step, SendBytes | Chunks):
                talk.send(step.data, changed=bool(step.operators))
            elif choices.chance(1, 2):
                talk.silence()
        talk.silence()
        talk.close()
        assert not problems(talk), case.operators


@settings(max_examples=100)
@given(st.sampled_from(ROLES), st.data())
def test_the_cells_that_are_certain_were_visited_and_the_visited_ones_are_possible(
    role: TargetRole, data: st.DataObject
) -> None:
    script = data.draw(st.sampled_from(SCRIPTS[role]))
    talk = FuzzTalk(role, lambda _, choices: data.draw(st.sampled_from(choices)), JUDGEMENTS[role])
    for move in script.moves:
        if move.act is Act.SEND:
            for base in BASES.pdus(role, move.event, move.kind):
                talk.send(data.draw(st.just(base) | damaged(st.just(base))))
            talk.silence()
    talk.silence()
    seen = talk.target.cells.seen
    assert {cell_name(cell) for cell in talk.referee.certain} <= {cell_name(cell) for cell in seen}
    if role == "requestor":
        seen = {cell for cell in seen if STATES[cell[1]].label != "Sta1"}
    assert {cell_name(cell) for cell in seen} <= {cell_name(cell) for cell in talk.referee.possible}


@pytest.mark.parametrize("role", ROLES)
def test_unchanged_scripts_make_the_cells_of_pdus_certain(role: TargetRole) -> None:
    """With a user who answers at once, what a PDU leads to shows which cell it was."""
    usual = {"associate": "accept", "data": "wait", "release": "answer", "anything": "nothing"}
    shown = set()
    for cell, script in PLANNERS[role].scripts.items():
        talk = FuzzTalk(role, lambda what, _: usual[what], JUDGEMENTS[role])
        for move in script.moves:
            if move.act is Act.SEND:
                for base in BASES.pdus(role, move.event, move.kind):
                    talk.send(base)
        assert not problems(talk), cell_name(cell)
        shown |= talk.referee.certain
    filled = {cell for cell in TABLE if cell[0] in RECEIVED and EVENTS[cell[0]].kind == "pdu"}
    wanted = {cell for cell in filled if STATES[cell[1]].label in ("Sta2", "Sta5", "Sta6") and TABLE[cell] == "AA-8"}
    in_role = {cell for cell in wanted if cell in PLANNERS[role].scripts}
    assert in_role <= shown
    assert len(in_role) >= 5
