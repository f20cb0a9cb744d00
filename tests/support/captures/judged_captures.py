"""Captures of associations for the judge, in a line or two each, and what it says of them."""

from __future__ import annotations

from collections.abc import Sequence

from dulcimer.captures import pcapng
from dulcimer.captures.following import CaptureReader
from dulcimer.captures.tcp import TcpConversation
from dulcimer.diagnosis.judging.judge import judge_events
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, Breach
from dulcimer.learn.labs.turns import C, S, Turn


def conversation(turns: Sequence[Turn], closes: Sequence[bool] = (C, S)) -> TcpConversation:
    """A connection in which these bytes are sent, each in a frame of its own, and then closed in this order.

    The frames of turn n, counted from 0, are 4 + 2 n and its acknowledgement.
    """
    talk = TcpConversation()
    talk.open(1.0)
    for number, (by_client, data) in enumerate(turns):
        talk.send(1 + number / 100, talk.client if by_client else talk.server, data)
    for by_client in closes:
        talk.finish(9.0, talk.client if by_client else talk.server)
    return talk


def captured(turns: Sequence[Turn], closes: Sequence[bool] = (C, S)) -> bytes:
    """The same as a capture."""
    return pcapng.write(conversation(turns, closes).packets, application="test")


def judged(capture: bytes) -> list[AssociationVerdict]:
    """The verdicts on the associations of a capture."""
    return [one for one in judge_events(CaptureReader(capture)) if isinstance(one, AssociationVerdict)]


def verdict(turns: Sequence[Turn], closes: Sequence[bool] = (C, S)) -> AssociationVerdict:
    """The verdict on one association."""
    (only,) = judged(captured(turns, closes))
    return only


def violations(found: AssociationVerdict) -> list[Breach]:
    """Those of both ends."""
    return [breach for end in found.ends for breach in end.breaches if not breach.is_tolerated]


def frame(turn: int) -> int:
    """The number of the frame of a turn."""
    return 4 + 2 * turn
