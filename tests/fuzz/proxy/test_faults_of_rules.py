"""Each fault does to a PDU what its name says, and is told."""

from __future__ import annotations

import pytest

from dulcimer._generated.fsm import States
from dulcimer.fuzz.proxy.events import LinkEnded, PduSeen
from dulcimer.fuzz.proxy.link import EndLink, ForwardBytes, ForwardEnd, ProxiedLink
from support.proxied import BYTES, CLIENT, SERVER, deviations_in, given_to, link_of

RQ, AC, RELEASE_RQ, ABORT = (BYTES[f"A-{name}"] for name in ("ASSOCIATE-RQ", "ASSOCIATE-AC", "RELEASE-RQ", "ABORT"))


def pieces_of(link: ProxiedLink, *, until: float = 1.0) -> list[tuple[float, bytes]]:
    """What the server is given, and when."""
    found: list[tuple[float, bytes]] = []
    now = 1.0
    while True:
        found += [(now, one.data) for one in link.actions() if isinstance(one, ForwardBytes) and one.to is SERVER]
        deadline = link.next_deadline()
        if deadline is None or deadline > until:
            return found
        now = deadline
        link.handle_timeout(now)


@pytest.mark.parametrize(
    ("action", "wanted"),
    [
        ("drop", []),
        ("duplicate", [(1.0, RQ), (1.0, RQ)]),
        ("truncate 10", [(1.0, RQ[:10])]),
        ("split 10", [(1.0, RQ[:10]), (1.0, RQ[10:])]),
        ("delay 2", [(3.0, RQ)]),
    ],
)
def test_a_pdu_is_dropped_doubled_cut_or_delayed(action: str, wanted: list[tuple[float, bytes]]) -> None:
    link = link_of(f"A-ASSOCIATE-RQ: {action}")
    link.receive_data(CLIENT, RQ, 1.0)
    assert pieces_of(link, until=5.0) == wanted
    (seen,) = [one for one in link.told() if isinstance(one, PduSeen)]
    assert seen.faults[0].startswith(action)


def test_one_byte_comes_at_a_time_and_in_a_drip_with_pauses() -> None:
    link = link_of("A-RELEASE-RQ: one byte at a time", "A-ABORT: drip 0.5")
    link.receive_data(CLIENT, RELEASE_RQ, 1.0)
    assert pieces_of(link) == [(1.0, bytes((octet,))) for octet in RELEASE_RQ]
    link.receive_data(CLIENT, ABORT, 1.0)
    assert pieces_of(link, until=6.0) == [(1.0 + 0.5 * number, bytes((octet,))) for number, octet in enumerate(ABORT)]


def test_coalesced_pdus_come_at_once_and_the_first_does_not_wait_for_ever() -> None:
    link = link_of("1st A-RELEASE-RQ: coalesce 2", "2nd A-RELEASE-RQ: coalesce 2")
    link.receive_data(CLIENT, RELEASE_RQ, 1.0)
    assert pieces_of(link) == []
    link.receive_data(CLIENT, ABORT, 1.0)
    assert pieces_of(link) == [(1.0, RELEASE_RQ + ABORT)]
    link.receive_data(CLIENT, RELEASE_RQ, 1.0)
    assert pieces_of(link, until=5.0) == [(3.0, RELEASE_RQ)]


@pytest.mark.parametrize("action", ["reset", "close"])
def test_a_connection_is_reset_or_closed_at_both_ends_instead_of_the_pdu(action: str) -> None:
    link = link_of(f"A-ASSOCIATE-RQ from client: {action}")
    link.receive_data(CLIENT, RQ, 1.0)
    assert link.actions() == [EndLink(reset=action == "reset")]
    assert LinkEnded(1, 1.0, action) in link.told()
    assert not deviations_in(link.told())


def test_after_a_half_close_the_other_direction_goes_on() -> None:
    link = link_of("A-ASSOCIATE-RQ: half-close")
    link.receive_data(CLIENT, RQ + RELEASE_RQ, 1.0)
    assert link.actions() == [ForwardBytes(SERVER, RQ), ForwardEnd(SERVER)]
    link.receive_data(SERVER, AC, 1.0)
    assert given_to(CLIENT, link.actions()) == AC


def test_the_same_seed_makes_the_same_mutation_and_another_seed_another_one() -> None:
    def mutated(seed: int) -> bytes:
        link = link_of("any PDU: mutate", seed=seed)
        link.receive_data(CLIENT, RQ, 1.0)
        return given_to(SERVER, link.actions())

    assert mutated(1) == mutated(1) != RQ
    assert len({mutated(seed) for seed in range(5)}) > 1


def test_a_receiver_may_refuse_or_take_a_mutated_pdu_and_nobody_is_blamed() -> None:
    for reply in (AC, ABORT):
        link = link_of("A-ASSOCIATE-RQ: mutate user_information/maximum_length/item_length:length-plus-one")
        link.receive_data(CLIENT, RQ, 1.0)
        assert given_to(SERVER, link.actions()) != RQ
        link.receive_data(SERVER, reply, 1.1)
        assert not deviations_in(link.told())


def test_the_beginning_of_a_pdu_may_be_refused_if_the_proxy_has_cut_it() -> None:
    for rules, count in ((("A-ASSOCIATE-RQ: truncate 40",), 0), ((), 1)):
        link = link_of(*rules)
        link.receive_data(CLIENT, RQ[:40] if not rules else RQ, 1.0)
        link.receive_data(SERVER, ABORT, 1.1)
        assert len([one for one in deviations_in(link.told()) if one.end is SERVER]) == count


def test_rules_for_one_pdu_are_applied_in_their_order() -> None:
    link = link_of("A-RELEASE-RQ: duplicate", "A-RELEASE-RQ: truncate 4", "any PDU from server: drop")
    link.receive_data(CLIENT, RELEASE_RQ, 1.0)
    assert given_to(SERVER, link.actions()) == 2 * RELEASE_RQ[:4]


def test_a_client_is_judged_by_what_it_was_given_not_by_what_the_server_has_sent() -> None:
    """The server accepts, but the client gets a rejection; it may close then, and send no data."""
    link = link_of("A-ASSOCIATE-AC: drop")
    link.receive_data(CLIENT, RQ, 1.0)
    link.receive_data(SERVER, AC, 1.1)
    link.told()
    link.receive_data(CLIENT, RELEASE_RQ, 1.2)
    (seen,) = [one for one in link.told() if isinstance(one, PduSeen)]
    assert seen.states.server == {States.STA_8}
    assert [one.end for one in seen.deviations if one.sure] == [CLIENT]
