"""The sanity run of a requestor, and weaker ones for commands that always deviate in some respect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dulcimer._generated.conformance import Alternative
from dulcimer._generated.requestor import ENDINGS, EXPECTATIONS
from dulcimer.conformance.catalogue.requestor import drive_step
from dulcimer.conformance.model.parts import CaseOpening, Closing, Expectation, Injection, Settle
from dulcimer.conformance.model.requestor_case import RequestorCase

_ANY_END = (
    Alternative("ended", "OK", ("ended(*)", "died(*)", "unknown")),
    Alternative(
        "failed", "FAILED", ("*",), why="the association has ended, but the command still runs or connects again"
    ),
)


def sanity_case() -> RequestorCase:
    """The sanity run: the association is accepted, requests are answered with success, the release is answered."""
    return RequestorCase(
        id="sanity",
        rev="1",
        clause="PS3.8 9.2",
        requirement="The command completes its work with an acceptor that accepts everything, and ends with status 0.",
        severity="S0",
        role="requestor",
        opening=CaseOpening(tuple(map(drive_step, ("accept", "expect A-ASSOCIATE-RQ")))),
        injection=Injection((drive_step("send A-ASSOCIATE-AC"),)),
        expectation=Expectation(EXPECTATIONS["used"]),
        closing=Closing(settle=Settle.RELEASE),
        serves=True,
        endings=ENDINGS["success"],
    )


def lesser_sanity_cases() -> Iterator[tuple[RequestorCase, bool]]:
    """The sanity run with fewer requirements, and whether the command has to request release."""
    whole = sanity_case()
    yield replace(whole, endings=_ANY_END), True
    yield replace(whole, closing=Closing()), False
    yield replace(whole, closing=Closing(), endings=_ANY_END), False
