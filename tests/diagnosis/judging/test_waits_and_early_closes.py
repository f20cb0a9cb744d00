"""What the times of a capture say of ARTIM: verdicts become inconclusive, and nothing is called a violation."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dulcimer.captures import pcapng
from dulcimer.captures.tcp import TcpConversation
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, DoubtCause, WireOutcome
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.learn.labs.turns import ABORT, ACCEPT, REJECT, RELEASE, RELEASED, REQUEST, C, S
from support.captures.judged_captures import judged, violations

Moment = tuple[float, bool, bytes | None]
"""Seconds after the one before, the end that acts, and what it sends; None: it closes the connection."""
CLIENT, SERVER = LinkEnd.CLIENT, LinkEnd.SERVER
ACCEPTED: list[Moment] = [(0.01, C, REQUEST), (0.01, S, ACCEPT)]
CLOSED: list[Moment] = [(0.01, C, None), (0.01, S, None)]


def verdict_on(moments: Sequence[Moment]) -> AssociationVerdict:
    talk, t = TcpConversation(), 1.0
    talk.open(t)
    for seconds, by_client, data in moments:
        t += seconds
        end = talk.client if by_client else talk.server
        if data is None:
            talk.finish(t, end)
        else:
            talk.send(t, end, data)
    (found,) = judged(pcapng.write(talk.packets, application="test"))
    return found


def doubted(found: AssociationVerdict) -> dict[LinkEnd, list[str]]:
    assert violations(found) == []
    return {
        end.end: [one.text for one in end.doubts if one.cause is DoubtCause.ARTIM] for end in found.ends if end.doubts
    }


@pytest.mark.clause("PS3.8 9.1.5")
@pytest.mark.parametrize(
    ("moments", "end", "said"),
    [
        (
            [*ACCEPTED, (0.01, C, RELEASE), (0.01, S, RELEASED), (0.002, S, None), (0.01, C, None)],
            SERVER,
            "2 ms in Sta13",
        ),
        ([*ACCEPTED, (0.01, C, ABORT), (0.001, C, None), (0.01, S, None)], CLIENT, "1 ms in Sta13"),
        ([(0.01, C, REQUEST), (0.01, S, REJECT), (0.0, S, None), (0.01, C, None)], SERVER, "0 ms in Sta13"),
        ([(0.01, C, REQUEST), (0.02, S, None), (0.01, C, None)], SERVER, "30 ms in Sta2"),
    ],
    ids=["release", "abort", "rejection", "request"],
)
def test_close_that_only_a_very_short_artim_explains_is_doubted(moments: list[Moment], end: LinkEnd, said: str) -> None:
    found = verdict_on(moments)
    assert found.outcome is WireOutcome.INCONCLUSIVE
    assert list(doubted(found)) == [end]
    assert said in doubted(found)[end][0]


@pytest.mark.clause("PS3.8 9.1.5")
@pytest.mark.parametrize(
    ("moments", "said"),
    [
        (
            [(90.0, C, REQUEST), (0.01, S, ACCEPT), (0.01, C, ABORT), *CLOSED[::-1]],
            {CLIENT: "A-ASSOCIATE-RQ", SERVER: "Sta2"},
        ),
        (
            [*ACCEPTED, (0.01, C, RELEASE), (0.01, S, RELEASED), (300.0, C, None), (0.01, S, None)],
            {CLIENT: "the end of the connection", SERVER: "300 s passed in Sta13"},
        ),
        ([*ACCEPTED, (0.01, C, ABORT), (70.0, S, None), (0.01, C, None)], {CLIENT: "Sta13", SERVER: "the end"}),
    ],
    ids=["before the request", "after the release", "after the abort"],
)
def test_wait_that_is_longer_than_usual_is_doubted(moments: list[Moment], said: dict[LinkEnd, str]) -> None:
    found = verdict_on(moments)
    assert found.outcome is WireOutcome.INCONCLUSIVE
    told = doubted(found)
    assert set(told) == set(said)
    assert all(text in told[end][0] for end, text in said.items()), told


@pytest.mark.parametrize(
    "moments",
    [
        [*ACCEPTED, (0.01, C, RELEASE), (0.01, S, RELEASED), *CLOSED],
        [*ACCEPTED, (0.01, C, RELEASE), (0.01, S, RELEASED), (30.0, S, None), (0.01, C, None)],
        [*ACCEPTED, (0.01, C, ABORT), *CLOSED[::-1]],
        [(30.0, C, REQUEST), (0.01, S, REJECT), *CLOSED],
        [(0.01, C, REQUEST), (600.0, S, ACCEPT), (600.0, C, RELEASE), (600.0, S, RELEASED), *CLOSED],
        [*ACCEPTED, (0.01, C, RELEASE), (0.01, C, ABORT), (0.0, S, None), (0.0, C, None)],
    ],
    ids=["release", "ARTIM expires", "abort", "slow request", "slow users", "abort instead"],
)
def test_usual_times_are_not_doubted(moments: list[Moment]) -> None:
    found = verdict_on(moments)
    assert doubted(found) == {}
    assert found.outcome is WireOutcome.CONSISTENT


def test_wait_that_lasts_until_the_capture_ends_is_doubted() -> None:
    waits, other = TcpConversation(), TcpConversation(("192.0.2.1", 50000))
    waits.open(1.0)
    for end, data in ((waits.client, REQUEST), (waits.server, REJECT)):
        waits.send(1.1, end, data)
    other.open(200.0)
    other.send(200.0, other.client, REQUEST)
    first, second = judged(pcapng.write([*waits.packets, *other.packets], application="test"))
    assert set(doubted(first)) == {CLIENT, SERVER}
    assert doubted(second) == {}
