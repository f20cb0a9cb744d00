"""A connection through the proxy, without sockets: bytes pass unchanged, both ends are followed, neither is blamed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer._generated.fsm import States
from dulcimer.fuzz.proxy.cutting import LONGEST_HELD
from dulcimer.fuzz.proxy.events import DirectionEnded, EndIsSilent, LinkEnded, PduSeen
from dulcimer.fuzz.proxy.forwarding import MOST_WAITING
from dulcimer.fuzz.proxy.link import EndLink, ForwardEnd
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue
from support.proxied import BYTES, CLIENT, SERVER, ProxiedTalk, deviations_in, given_to, link_of, settings_of
from support.wire_strategies import any_bytes

RQ, AC, RELEASE_RQ, RELEASE_RP = (
    BYTES[f"A-{name}"] for name in ("ASSOCIATE-RQ", "ASSOCIATE-AC", "RELEASE-RQ", "RELEASE-RP")
)
ANY_BYTES = any_bytes()
NO_CHANGE = ("any PDU: delay 0", "any PDU: one byte at a time", "any PDU from client: split 7", "A-ABORT: drip 0")


def data_of(size: int) -> bytes:
    return encode(PDataTf((PresentationDataValue(1, 2, bytes(size)),)))


@settings(max_examples=40)
@given(st.data())
def test_any_bytes_cut_anywhere_come_out_as_they_went_in(data: st.DataObject) -> None:
    """Without rules, and with rules that only cut."""
    rules = data.draw(st.lists(st.sampled_from(NO_CHANGE), max_size=2))
    link = link_of(*rules)
    sent = dict.fromkeys((CLIENT, SERVER), b"")
    given_bytes = dict.fromkeys((CLIENT, SERVER), b"")
    chunks = st.tuples(st.sampled_from((CLIENT, SERVER)), st.sampled_from(tuple(BYTES.values())) | ANY_BYTES)
    for end, chunk in data.draw(st.lists(chunks, max_size=6)):
        cut = data.draw(st.integers(0, len(chunk)))
        for piece in (chunk[:cut], chunk[cut:]):
            sent[end] += piece
            link.receive_data(end, piece, 1.0)
            given_bytes[end] += given_to(end.opposite, link.actions())
            if not rules:
                assert given_bytes == sent
    for end in (CLIENT, SERVER):
        link.receive_end(end, 2.0)
        given_bytes[end] += given_to(end.opposite, link.actions())
    assert given_bytes == sent
    assert link.is_over


@settings(max_examples=60)
@given(st.data())
def test_two_correct_peers_whose_users_do_what_they_like_are_never_blamed(data: st.DataObject) -> None:
    rules = data.draw(st.lists(st.sampled_from(NO_CHANGE), max_size=1))
    cut = data.draw(st.sampled_from((int, lambda size: max(size // 2, 1), lambda size: min(size, 11))))
    talk = ProxiedTalk(lambda _, ways: data.draw(st.sampled_from(ways)), settings_of(*rules), cut)
    talk.run()
    talk.run(11.0)
    talk.run(100.0)
    wrong = [
        one for one in deviations_in(talk.told) if "Table 9-10" in one.clause or one.clause.startswith("PS3.8 9.3")
    ]
    assert wrong == []
    assert talk.took[CLIENT] == talk.gave[SERVER]


def test_an_association_is_followed_in_both_machines() -> None:
    usual = {"associate": "accept", "data": "wait", "release": "answer", "anything": "nothing"}
    talk = ProxiedTalk(lambda what, _: usual[what], settings_of())
    talk.run()
    seen = [one for one in talk.told if isinstance(one, PduSeen)]
    assert [(one.sender, one.name) for one in seen] == [(CLIENT, "A-ASSOCIATE-RQ"), (SERVER, "A-ASSOCIATE-AC")]
    assert [(one.states.client, one.states.server) for one in seen] == [
        (frozenset({States.STA_5}), frozenset({States.STA_3})),
        (frozenset({States.STA_6}), frozenset({States.STA_6})),
    ]


@pytest.mark.clause("PS3.8 9.2.3")
def test_a_deviation_names_the_end_the_clause_what_it_means_and_what_to_change() -> None:
    link = link_of()
    link.receive_data(CLIENT, RQ, 1.0)
    link.receive_data(SERVER, RELEASE_RP, 1.1)
    (one,) = [each for each in deviations_in(link.told()) if each.sure]
    assert one.end is SERVER
    assert "A-RELEASE-RP where" in one.text
    assert one.clause.startswith("PS3.8 Table 9-10")
    assert one.meaning
    assert one.advice
    assert given_to(CLIENT, link.actions()) == RELEASE_RP


def test_a_pdu_that_the_proxy_has_dropped_is_not_missed_at_the_end_that_sent_it() -> None:
    link = link_of("A-RELEASE-RQ from client: drop")
    for end, pdu in ((CLIENT, RQ), (SERVER, AC), (CLIENT, RELEASE_RQ)):
        link.receive_data(end, pdu, 1.0)
    link.handle_timeout(100.0)
    link.receive_data(SERVER, RELEASE_RQ, 100.0)  # the server knows nothing of the other request
    told = link.told()
    assert not [one for one in deviations_in(told) if "Table 9-10" in one.clause]
    assert [one.faults for one in told if isinstance(one, PduSeen)] == [(), (), ("drop",), ()]


def test_silence_where_a_reaction_is_due_is_told_once() -> None:
    link = link_of()
    for end, pdu in ((CLIENT, RQ), (SERVER, AC), (CLIENT, RQ)):
        link.receive_data(end, pdu, 1.0)
    link.told()
    assert link.next_deadline() == 11.0
    link.handle_timeout(11.0)
    link.handle_timeout(12.0)
    (silent,) = [one for one in link.told() if isinstance(one, EndIsSilent)]
    assert silent.end is SERVER
    assert silent.deviations[0].sure
    assert "AA-8" in silent.deviations[0].clause


def test_ends_are_passed_on_as_they_come_and_a_reset_ends_both() -> None:
    link = link_of()
    link.receive_data(CLIENT, RQ, 1.0)
    link.receive_data(SERVER, AC[:9], 1.1)
    link.receive_end(SERVER, 1.2)
    assert ForwardEnd(CLIENT) in link.actions()
    (ended,) = [one for one in link.told() if isinstance(one, DirectionEnded)]
    assert (ended.sender, ended.remains) == (SERVER, 9)
    assert "in the middle of a PDU" in ended.deviations[0].text
    link.receive_end(CLIENT, 1.3, reset=True)
    assert link.actions() == [EndLink(reset=True)]
    assert isinstance(link.told()[-1], LinkEnded)
    assert link.next_deadline() is None


def test_a_server_whose_client_has_gone_may_close_and_is_not_blamed() -> None:
    link = link_of()
    for end, pdu in ((CLIENT, RQ), (SERVER, AC)):
        link.receive_data(end, pdu, 1.0)
    link.receive_end(CLIENT, 2.0)
    link.receive_end(SERVER, 2.1)
    assert {one.end for one in deviations_in(link.told())} == {CLIENT}
    assert link.actions()[-1] == EndLink()


def test_an_end_that_does_not_close_after_the_other_is_not_kept_for_ever() -> None:
    link = link_of()
    link.receive_data(CLIENT, RQ, 1.0)
    link.receive_end(CLIENT, 2.0)
    link.actions()
    link.handle_timeout(62.0)
    assert link.actions() == [EndLink()]
    assert link.is_over


def test_a_declared_length_takes_no_memory_and_its_bytes_pass_as_they_come() -> None:
    for rules in ((), ("P-DATA-TF from client: drop",)):
        link = link_of(*rules)
        link.receive_data(CLIENT, RQ, 1.0)
        link.receive_data(SERVER, AC, 1.0)
        link.actions()
        beginning = bytes.fromhex("0400fffffff0fffffff00100")
        given_bytes = b""
        for piece in (beginning[:4], beginning[4:7], beginning[7:], *([bytes(1 << 16)] * 40)):
            link.receive_data(CLIENT, piece, 2.0)
            given_bytes += given_to(SERVER, link.actions())
        assert given_bytes == beginning + bytes(40 << 16)
        assert not deviations_in(link.told())


@pytest.mark.parametrize("rules", [(), ("A-ABORT: drop",), ("P-DATA-TF from client: drop",)])
def test_a_pdu_that_is_too_long_to_be_held_is_followed_by_its_beginning(rules: tuple[str, ...]) -> None:
    link = link_of(*rules)
    for end, pdu in ((CLIENT, RQ), (SERVER, AC)):
        link.receive_data(end, pdu, 1.0)
    long = data_of(LONGEST_HELD + 10)
    for at in range(0, len(long), 100_000):
        link.receive_data(CLIENT, long[at : at + 100_000], 1.0)
    link.receive_data(CLIENT, RELEASE_RQ, 1.0)
    assert given_to(SERVER, link.actions()).endswith(long + RELEASE_RQ)
    seen = [one for one in link.told() if isinstance(one, PduSeen)][2:]
    assert [(one.name, one.size) for one in seen] == [("P-DATA-TF", len(long)), ("A-RELEASE-RQ", 10)]
    assert seen[-1].states.server == {States.STA_8}
    assert bool(seen[0].faults) == (rules == ("P-DATA-TF from client: drop",))


def test_nothing_more_is_wanted_while_much_waits() -> None:
    link = link_of("any PDU: delay 5")
    link.receive_data(CLIENT, data_of(MOST_WAITING // 2), 1.0)
    assert link.wants_data(CLIENT)
    link.receive_data(CLIENT, data_of(MOST_WAITING // 2), 1.0)
    assert not link.wants_data(CLIENT)
    assert link.wants_data(SERVER)
    link.handle_timeout(20.0)
    assert link.wants_data(CLIENT)


def test_no_content_of_a_data_set_is_told() -> None:
    link = link_of("P-DATA-TF: mutate", seed=3)
    for end, pdu in ((CLIENT, RQ), (SERVER, AC)):
        link.receive_data(end, pdu, 1.0)
    secret = b"Doe^John" * 20
    for number in range(40):
        pdu = encode(PDataTf((PresentationDataValue(1, number % 2 * 2, secret),)))
        link.receive_data(CLIENT, pdu, 1.0)
    told = repr(link.told())
    assert "fault" in told
    assert "mutated P-DATA-TF" in told
    assert "Doe" not in told
