"""What a command does when nothing is wrong: how it ends, and whether it requests release before that.

A command that always ends with another status than 0, or closes the connection without a release, is still tested.
What it always does counts against it once, in the case that is about it, and in no other.
"""

from __future__ import annotations

from dataclasses import dataclass

PLAIN_RESPONSE = "ul.fsm.req.sta06.evt10"
"""The case in which a request is answered with success: what the command does then shows its habits."""


@dataclass(frozen=True, slots=True)
class Habit:
    """`ending` as in `Ending.how`, "" if only status 0 was seen; `releases`: whether it requests release."""

    ending: str = ""
    releases: bool = True

    @property
    def in_words(self) -> str:
        """The deviations in words; "" if there are none."""
        parts = []
        if not self.releases:
            parts.append(f"it closes the connection without a release (see {PLAIN_RESPONSE})")
        if self.ending.startswith("died("):
            parts.append(f"it is ended by {self.ending[5:-1]} even when all went well (see {PLAIN_RESPONSE})")
        elif self.ending:
            parts.append(f"it ends with status {self.ending[6:-1]} even when all went well")
        return ", and ".join(parts)
