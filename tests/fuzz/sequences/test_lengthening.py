"""Longer associations have the same steps around more messages, and stay sequences that a peer can follow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.fsm import Events
from dulcimer.fuzz.choices import OctetChoices, SeededChoices
from dulcimer.fuzz.corpus.requestor_seeds import requestor_seeds
from dulcimer.fuzz.corpus.seeds import acceptor_seeds
from dulcimer.fuzz.corpus.streams import steps_of
from dulcimer.fuzz.sequences.lengthening import is_message, lengthened
from dulcimer.fuzz.sequences.planner import Planner
from dulcimer.fuzz.sequences.rendering import BasePdus, sequence_of
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, SendBytes, cell_of

SEEDS = acceptor_seeds()
BASES = BasePdus()
ECHO = tuple(steps_of(BASES.pdus("acceptor", Events.EVT_10)))
SCRIPTS = tuple(sequence_of(script, BASES) for script in Planner("acceptor").scripts.values())
ANY = st.sampled_from((*SEEDS.values(), *requestor_seeds().values(), *SCRIPTS))


def messages(sequence: FuzzSequence) -> int:
    return sum(map(is_message, sequence.steps))


@given(ANY, st.binary(max_size=4), st.booleans())
def test_only_messages_and_their_waits_come_again(sequence: FuzzSequence, data: bytes, has_message: bool) -> None:
    """What is left out of the longer one is the sequence itself."""
    longer = lengthened(sequence, OctetChoices(data), ECHO if has_message else ())
    assert (longer.role, longer.cell) == (sequence.role, sequence.cell)
    more = len(longer.steps) - len(sequence.steps)
    if not more:
        assert longer == sequence
        return
    places = range(1, len(sequence.steps) + 1)
    place = next(at for at in places if longer.steps[:at] + longer.steps[at + more :] == sequence.steps)
    added = longer.steps[place : place + more]
    assert all(is_message(step) or isinstance(step, AwaitReply) for step in added)


@given(ANY, st.integers())
def test_same_choices_lengthen_it_in_the_same_way(sequence: FuzzSequence, seed: int) -> None:
    one, other = (lengthened(sequence, SeededChoices(seed), ECHO) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("name", ["C-ECHO", "C-FIND", "C-STORE in fragments", "C-ECHO, then A-ABORT"])
def test_messages_of_an_association_come_two_to_four_times(name: str) -> None:
    times = {messages(lengthened(SEEDS[name], SeededChoices(seed))) / messages(SEEDS[name]) for seed in range(40)}
    assert times == {2, 3, 4}


def test_state_after_messages_is_that_of_the_script() -> None:
    """An A-RELEASE-RQ in Sta6, and what comes in Sta8, follow messages that were answered."""
    sequence = next(each for each in SCRIPTS if each.cell == cell_of("Evt6-Sta8"))
    longer = lengthened(sequence, OctetChoices(b""), ECHO)
    assert longer.steps[2:4] == ECHO
    assert isinstance(longer.steps[3], AwaitReply)
    assert longer.steps[4:] == sequence.steps[2:]


@pytest.mark.parametrize("name", ["P-DATA-TF first", "A-RELEASE-RQ first", "all in one segment"])
def test_where_no_association_is_known_to_be_there_nothing_is_added(name: str) -> None:
    assert lengthened(SEEDS[name], OctetChoices(b""), ECHO) == SEEDS[name]


def test_long_messages_come_once() -> None:
    long = SendBytes(b"\4\0" + bytes(20_000), "P-DATA-TF")
    sequence = FuzzSequence("acceptor", (*SEEDS["C-ECHO"].steps[:2], long))
    assert lengthened(sequence, OctetChoices(b"")) == sequence
