"""What the times of a capture say of ARTIM: never a violation, since nobody sees how long that timer is (PS3.8 9.1.5).

A wait that ARTIM bounds may last for as long as ARTIM does, and ARTIM has no least value. So a wait that is longer than
usual, and a close that only an ARTIM shorter than usual explains, make a verdict inconclusive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from dulcimer._generated.fsm import STATES, States
from dulcimer.conformance.model.oracle import CLOSE
from dulcimer.diagnosis.judging.followed_end import FollowedEnd
from dulcimer.fuzz.oracle.closing import SHORTEST_ARTIM
from dulcimer.fuzz.oracle.ends import LinkEnd

LONG_WAIT: Final = 60.0
"""Seconds; implementations wait for 10 to 30 if nothing else is configured."""
_TIMED: Final = (States.STA_2, States.STA_13)
"""The states in which ARTIM runs (PS3.8 9.1.5)."""
_NOBODY_KNOWS: Final = "and a capture does not show how long that is (PS3.8 9.1.5)"


class ArtimWatch:
    """Watches the times of one connection, in seconds; `last`: when something was judged last."""

    __slots__ = ("_began", "last")

    def __init__(self, opened: float) -> None:
        self.last = opened
        self._began = dict.fromkeys(LinkEnd, opened)

    def sent(self, end: LinkEnd, t: float) -> None:
        """An end has sent a PDU: it can have begun to wait since."""
        self._began[end] = t

    def lasted(self, t: float, followers: Iterable[FollowedEnd]) -> Iterator[tuple[LinkEnd, str]]:
        """Nothing happened until then: the ends that waited for longer than usual, and what that says."""
        seconds = t - self.last
        self.last = max(self.last, t)
        if seconds < LONG_WAIT:
            return
        for one in followers:
            if owed := one.owed:
                due = " or ".join("the end of the connection" if each == CLOSE else each for each in owed)
                yield one.end, f"{seconds:.0f} s passed without what Table 9-10 requires of the {one.end}: {due}"
            elif one.waits_for_artim:
                where = _in_state(one.states)
                yield one.end, f"{seconds:.0f} s passed{where}, where ARTIM bounds the wait, {_NOBODY_KNOWS}"

    def closes(self, one: FollowedEnd, t: float) -> str:
        """An end closes its direction then: why that cannot be judged, "" if it can be."""
        seconds = t - self._began[one.end]
        expired = one.timed_out_in if seconds < SHORTEST_ARTIM else frozenset()
        if not expired:
            return ""
        milliseconds = max(0.0, seconds) * 1000
        return f"closed after {milliseconds:.0f} ms{_in_state(expired)}: only ARTIM explains that, {_NOBODY_KNOWS}"


def _in_state(states: frozenset[States]) -> str:
    found = [STATES[state].label for state in _TIMED if state in states]
    return f" in {found[0]}" if len(found) == 1 else ""
