"""What a command does when nothing is wrong: how it ends, and whether it asks for release before it does.

A command that always ends with another status than 0, or closes the connection without a release, is tested all the
same. What it always does is held against it once, in the case that is about it, and against no other.
"""

from __future__ import annotations

from dataclasses import dataclass

PLAIN_RESPONSE = "ul.fsm.req.sta06.evt10"
"""The case in which a request is answered with success: what the command does then shows its habits."""


@dataclass(frozen=True, slots=True)
class Habit:
    """`ending` as in `Ending.how`, "" if nothing but status 0 was seen; `releases`: whether it asks for release."""

    ending: str = ""
    releases: bool = True

    @property
    def in_words(self) -> str:
        """What is not as it should be, for a reader; "" if all is."""
        parts = []
        if not self.releases:
            parts.append(f"it closes the connection without a release (see {PLAIN_RESPONSE})")
        if self.ending.startswith("died("):
            parts.append(f"it is ended by {self.ending[5:-1]} even when all went well (see {PLAIN_RESPONSE})")
        elif self.ending:
            parts.append(f"it ends with status {self.ending[6:-1]} even when all went well")
        return ", and ".join(parts)
