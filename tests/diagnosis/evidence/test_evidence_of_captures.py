"""Facts of captures: the same however the bytes are cut, and none that the capture does not show."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.diagnosis.evidence.captured import evidence_of_capture
from dulcimer.diagnosis.evidence.conversations import SeenConnection
from dulcimer.diagnosis.evidence.facts import (
    ConnectFailure,
    ForeignBytes,
    MessageSeen,
    PduForm,
    PlaceKind,
    RequestSeen,
    SeenFact,
    SeenPlace,
    TransferTiming,
)
from dulcimer.diagnosis.evidence.watching import ConversationWatcher
from dulcimer.learn.labs.happenings import STORE_CT, find, store
from dulcimer.learn.labs.links import ScriptedLink, capture
from dulcimer.learn.labs.messages import C_STORE, CT, EXPLICIT, RESPONSE, acceptance, identifier, message, request
from support.diagnosis.twenty_questions import TWENTY, VARIATIONS

NOWHERE = SeenPlace(PlaceKind.FRAME, 0)


def conversation(data: bytes) -> SeenConnection:
    (one,) = evidence_of_capture(data).conversations
    return one


def without_places(facts: list[SeenFact]) -> list[SeenFact]:
    return [replace(fact, place=NOWHERE) for fact in facts]


def watched(pieces: list[tuple[bool, bytes]]) -> list[SeenFact]:
    found = SeenConnection(1)
    watcher = ConversationWatcher(found)
    for by_client, data in pieces:
        watcher.bytes_of(by_client, data, 1, None)
    watcher.ended(1, 1, None)
    return without_places(found.facts)


ASSOCIATION: list[tuple[bool, bytes]] = [
    (True, request(STORE_CT)),
    (False, acceptance(((0, EXPLICIT),))),
    (True, b"".join(message(C_STORE, bytes(40000), affected_sop_class_uid=CT, affected_sop_instance_uid="1.2"))),
    (False, b"".join(message(C_STORE | RESPONSE, affected_sop_class_uid=CT, status=0))),
]


@given(st.lists(st.integers(0, 41000), max_size=12))
def test_facts_do_not_depend_on_where_the_bytes_are_cut(cuts: list[int]) -> None:
    pieces: list[tuple[bool, bytes]] = []
    for by_client, data in ASSOCIATION:
        edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
        pieces += [(by_client, data[start:stop]) for start, stop in pairwise(edges)]
    assert watched(pieces) == watched(ASSOCIATION)


def test_a_fact_has_the_frame_with_which_it_could_be_read() -> None:
    found = SeenConnection(1)
    watcher = ConversationWatcher(found)
    (_, asked), (_, answer), *_ = ASSOCIATION
    for frame, data in ((4, asked[:10]), (7, asked[10:30]), (5, asked[30:])):  # the second segment came late
        watcher.bytes_of(True, data, frame, frame / 8)
    watcher.bytes_of(False, answer, 6, 6 / 8)
    assert [(one.place.number, one.place.t) for one in found.facts] == [(7, 7 / 8), (6, 6 / 8)]


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=80)), max_size=12))
def test_any_bytes_give_facts_and_no_error(pieces: list[tuple[bool, bytes]]) -> None:
    watched(pieces)


def test_syn_is_counted_until_the_end() -> None:
    one = conversation(capture(ScriptedLink().syn(4)))
    failure = one.first(ConnectFailure)
    assert failure and failure.tries == 4
    assert failure.seconds > 5


def test_connection_that_was_open_before_is_no_failed_one() -> None:
    link = ScriptedLink().associate(request(), acceptance())
    link.packets[:3] = []
    one = conversation(capture(link))
    assert not one.has_beginning
    assert one.first(ConnectFailure) is None


def test_association_is_found_where_the_capture_begins_in_the_middle() -> None:
    link = ScriptedLink().associate(request(STORE_CT), acceptance(((0, EXPLICIT),)))
    store(store(link), number=2).release()
    link.packets[:12] = []
    one = conversation(capture(link))
    assert any(fact.command_field == C_STORE for fact in one.all(MessageSeen))
    assert one.first(ForeignBytes) is None


def test_missing_frame_makes_a_conversation_that_is_not_whole() -> None:
    link = ScriptedLink().associate(request(STORE_CT), acceptance(((0, EXPLICIT),)))
    store(store(link), number=2).release()
    sent = [packet for packet in link.packets if len(packet.frame) > 10000]
    link.packets.remove(sent[1])
    one = conversation(capture(link))
    assert not one.is_whole
    assert [fact.message_id for fact in one.all(MessageSeen)][-1] == 2


def test_titles_are_bytes_as_on_the_wire() -> None:
    data = request(titles=b"A\0".ljust(16) + b" " * 16)
    asked = conversation(capture(ScriptedLink().open().client(data))).first(RequestSeen)
    assert asked and (asked.called, asked.calling) == (b"A\0".ljust(16), b" " * 16)


def test_values_of_keys_are_not_kept() -> None:
    one = conversation(capture(find(identifier((0x00080052, "STUDY"), (0x00100010, "SECRET^NAME")))))
    assert "SECRET" not in str(one.facts)


def test_forms_are_told_once_for_each_end() -> None:
    link = ScriptedLink().associate(request(STORE_CT), acceptance(((0, EXPLICIT),)))
    for number in (1, 2, 3):
        store(link, fragment=999, number=number)
    assert len(list(conversation(capture(link)).all(PduForm))) == 1


def test_time_of_stores_is_split_into_sending_and_waiting() -> None:
    link = ScriptedLink(step=0.01).associate(request(STORE_CT), acceptance(((0, EXPLICIT),)))
    link.client(*message(C_STORE, bytes(32000), affected_sop_class_uid=CT, affected_sop_instance_uid="1.2"))
    link.wait(2.0).server(*message(C_STORE | RESPONSE, affected_sop_class_uid=CT, status=0))
    timing = conversation(capture(link)).first(TransferTiming)
    assert timing and timing.stores == 1
    assert timing.sending == pytest.approx(0.02, abs=0.001)
    assert timing.waiting == pytest.approx(2.01, abs=0.001)


@pytest.mark.parametrize(
    ("cause", "make"), [*TWENTY.values(), *VARIATIONS.values()], ids=[*map(str, TWENTY), *map(str, VARIATIONS)]
)
def test_frames_of_facts_are_in_the_capture(cause: str, make: object) -> None:
    assert callable(make)
    data = make()
    for one in evidence_of_capture(data).conversations:
        assert all(fact.place.number >= 1 for fact in one.facts)
