"""A script becomes steps with bytes; a changed PDU takes the place of the usual one."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.codes import PduType
from dulcimer._generated.commands import CommandField
from dulcimer._generated.conformance import Echo
from dulcimer._generated.fsm import EVENT_OF_PDU, Events, States
from dulcimer.conformance.stimuli.answers import DimseRequest
from dulcimer.conformance.stimuli.messages import echo_command
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.dimse import command_set
from dulcimer.errors import DecodeError
from dulcimer.fuzz.sequences.moves import Act, Script
from dulcimer.fuzz.sequences.planner import Planner
from dulcimer.fuzz.sequences.rendering import BasePdus, base_of, sequence_of
from dulcimer.fuzz.sequences.steps import AwaitReply, HalfClose, Pause, RefuseConnection, SendBytes, TargetRole
from dulcimer.wire.codec import decode, encode
from dulcimer.wire.model import AssociateAc, AssociateRq, PDataTf, PresentationContextRq
from support.associations import IMPLICIT, RQ, USER_INFORMATION, VERIFICATION

ROLES: tuple[TargetRole, ...] = ("acceptor", "requestor")
BASES = BasePdus()
SCRIPTS = [
    way for role in ROLES for planner in [Planner(role)] for cell in planner.scripts for way in planner.ways(cell)
]
scripts = st.sampled_from(SCRIPTS)


def script_of(role: TargetRole, event: Events, state: States) -> Script:
    return Planner(role).scripts[event, state]


@given(scripts)
def test_the_bytes_of_a_sequence_are_those_of_its_moves_in_order(script: Script) -> None:
    whole = b"".join(base_of(script, place, BASES) for place in script.places)
    found = sequence_of(script, BASES)
    assert found.sent == whole
    assert (found.role, found.cell) == (script.role, script.cell)


@given(scripts)
def test_there_is_one_segment_for_each_pdu_that_is_not_joined(script: Script) -> None:
    sends = [step for step in sequence_of(script, BASES).steps if isinstance(step, SendBytes)]
    assert len(sends) == sum(move.act is Act.SEND and not move.joined for move in script.moves)


@given(scripts)
def test_each_pdu_that_a_target_shows_on_the_way_is_awaited(script: Script) -> None:
    awaited = [step.kinds for step in sequence_of(script, BASES).steps if isinstance(step, AwaitReply)]
    by_the_way = [(name,) for name in chain.from_iterable(move.shows for move in script.moves[:-1])]
    assert awaited[: len(by_the_way)] == by_the_way


@given(scripts, st.data())
def test_a_changed_pdu_takes_the_place_of_the_usual_one(script: Script, data: st.DataObject) -> None:
    if not script.places:
        return
    place = data.draw(st.sampled_from(script.places))
    changed = SendBytes(data.draw(st.binary(max_size=30)), "changed", ("some: a -> b",))
    found = sequence_of(script, BASES, {place: changed})
    parts = [changed.data if each == place else base_of(script, each, BASES) for each in script.places]
    assert found.sent == b"".join(parts)
    assert any(changed.operators == step.operators for step in found.steps if isinstance(step, SendBytes))


@pytest.mark.parametrize("role", ROLES)
def test_each_base_pdu_causes_its_event(role: TargetRole) -> None:
    for script in Planner(role).scripts.values():
        for place in script.places:
            move = script.moves[place]
            for data in BASES.pdus(role, move.event, move.kind):
                try:
                    label = PduType(decode(data).pdu_type).label
                except DecodeError:
                    assert move.event is Events.EVT_19
                else:
                    assert EVENT_OF_PDU[label] is move.event


def test_the_title_and_the_context_of_requests_that_are_rejected() -> None:
    bases = BasePdus(Titles("ME", "YOU"))
    usual, wanted = decode(bases.pdus("acceptor", Events.EVT_6)[0]), script_of("acceptor", Events.EVT_8, States.STA_3)
    other = decode(base_of(wanted, wanted.places[0], bases))
    assert isinstance(usual, AssociateRq)
    assert isinstance(other, AssociateRq)
    assert usual.called_ae_title.strip() == "YOU"
    assert other.called_ae_title.strip() != "YOU"


def test_a_requestor_is_answered_as_it_asks() -> None:
    request = encode(
        AssociateRq(
            "A", "B", (RQ.variable_items[0], PresentationContextRq.of(7, VERIFICATION, IMPLICIT), USER_INFORMATION)
        )
    )
    asked = DimseRequest(7, command_set.decode(echo_command(Echo(message_id=99))))
    bases = BasePdus(request=request, asks=(asked, asked))
    script = script_of("requestor", Events.EVT_11, States.STA_6)
    sends = [step for step in sequence_of(script, bases).steps if isinstance(step, SendBytes)]
    acceptance, *responses = (decode(step.data) for step in sends)
    assert isinstance(acceptance, AssociateAc)
    assert [item.presentation_context_id for item in acceptance.presentation_contexts] == [7]
    assert len(responses) == 2
    for response in responses:
        assert isinstance(response, PDataTf)
        (value,) = response.presentation_data_value_items
        command = command_set.decode(value.fragment)
        assert value.presentation_context_id == 7
        assert command.command_field == CommandField.C_ECHO_RSP
        assert command.value("message_id_being_responded_to") == 99


def test_the_moves_without_bytes() -> None:
    bases = BasePdus(artim=3.0, idle=5.0)
    assert sequence_of(script_of("requestor", Events.EVT_17, States.STA_4), bases).steps == (RefuseConnection(),)
    assert sequence_of(script_of("acceptor", Events.EVT_17, States.STA_2), bases).steps == (HalfClose(),)
    assert sequence_of(script_of("acceptor", Events.EVT_18, States.STA_2), bases).steps == (
        Pause(3.0),
        AwaitReply(("close",)),
    )
    released = sequence_of(script_of("acceptor", Events.EVT_11, States.STA_6), bases)
    assert released.steps[-1:] == (AwaitReply(("A-RELEASE-RQ",), 5.0),)
    assert sequence_of(script_of("requestor", Events.EVT_2, States.STA_4), bases).steps == (
        AwaitReply(("A-ASSOCIATE-RQ",)),
    )
