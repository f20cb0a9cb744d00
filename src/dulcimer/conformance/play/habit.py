"""What a command does when nothing is wrong: how it ends, and whether it asks for release before it does.

A command that always ends with another status than 0, or closes the connection without a release, is tested all the
same. What it always does is held against it once, in the case that is about it, and against no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dulcimer._generated.conformance import Alternative
from dulcimer._generated.requestor import ENDINGS, EXPECTATIONS
from dulcimer.conformance.catalogue.requestor import drive_step
from dulcimer.conformance.model.requestor_case import RequestorCase

PLAIN_RESPONSE = "ul.fsm.req.sta06.evt10"
"""The case in which a request is answered with success: what the command does then shows its habits."""
_ENDS_SOMEHOW = (
    Alternative("ended", "OK", ("ended(*)", "died(*)", "unknown")),
    Alternative("failed", "FAILED", ("*",), why="the association is over, and the command still runs or calls again"),
)


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


def sanity_case() -> RequestorCase:
    """The sanity run: the association is accepted, requests are answered with success, the release is answered."""
    return RequestorCase(
        id="sanity",
        rev="1",
        clause="PS3.8 9.2",
        requirement="The command does its work with an acceptor that does all it asks, and ends with status 0.",
        severity="S0",
        role="requestor",
        drive=tuple(map(drive_step, ("accept", "expect A-ASSOCIATE-RQ"))),
        inject=(drive_step("send A-ASSOCIATE-AC"),),
        alternatives=EXPECTATIONS["used"],
        serves=True,
        settle="release",
        endings=ENDINGS["success"],
    )


def lesser_sanity_cases() -> Iterator[tuple[RequestorCase, bool]]:
    """The sanity run with less that has to be in order, and whether it asks for release."""
    whole = sanity_case()
    yield replace(whole, endings=_ENDS_SOMEHOW), True
    yield replace(whole, settle="none"), False
    yield replace(whole, settle="none", endings=_ENDS_SOMEHOW), False
