"""What the time of a close says of a target: whether it had noticed the connection, and whether ARTIM can have expired.

Table 9-10 knows no times. Without them a close is often explained by ARTIM, or by a target that never took the
connection, though nobody could have had the time for either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dulcimer.fuzz.engine.conversation import Ended, EndKind, Entry, HalfClosed, Received, Sent

SHORTEST_ARTIM = 0.5
"""Seconds; nobody could request an association in less."""
WATCHED = 0.005
"""Seconds of silence on both sides after which a target that closes at once, or never serves, has closed."""


@dataclass(frozen=True, slots=True)
class CloseTiming:
    """What the time says of a close.

    `has_noticed`: the target had surely noticed the connection. `may_have_expired`: ARTIM may have.
    """

    has_noticed: bool = False
    may_have_expired: bool = True


UNTIMED = CloseTiming()
"""The time of the close says nothing."""


def timing_of(entries: Sequence[Entry]) -> CloseTiming:
    """What the time says of the close at the end of a record.

    A target that leaves by itself, whatever the table says, has left before the tester acts if it is watched for a
    moment. If it was not, and ARTIM cannot have expired, nothing says why it has closed.
    """
    last = entries[-1]
    if not isinstance(last, Ended) or last.how is not EndKind.FIN:
        return UNTIMED
    lasted = last.at >= SHORTEST_ARTIM
    return CloseTiming(lasted or _watched(entries) >= WATCHED, lasted)


def _watched(entries: Sequence[Entry]) -> float:
    """Seconds from the last PDU of the target to what the tester did then; 0 if it has done nothing more."""
    since, acted = 0.0, None
    for entry in entries:
        match entry:
            case Received(at=at):
                since, acted = at, None
            case Sent(at=at) | HalfClosed(at=at) if acted is None:
                acted = at
            case _:
                pass
    return 0.0 if acted is None else acted - since
