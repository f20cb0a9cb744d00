"""Cases and observations made by hand, for tests of the judge."""

from __future__ import annotations

from dulcimer._generated.conformance import Alternative
from dulcimer._generated.requestor import ENDINGS
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.oracle import CLOSE
from dulcimer.conformance.model.parts import Closing, Expectation, Injection
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.seen import SILENCE, Seen, of_pdu
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort, AssociateRj, Pdu, ReleaseRp, ReleaseRq

ROWS = (
    Alternative("right", "OK", ("A-ABORT(2,*)",)),
    Alternative("late", "NON-STRICT", ("A-RELEASE-RP",), severity="S3", why="it came late"),
    Alternative("wrong", "FAILED", ("A-ABORT(0,*)",), severity="S4", why="that is wrong"),
)
SILENT = Seen(0.5, SILENCE, (SILENCE,))
GONE = Seen(0.0, "gone", ("gone",))
PDUS: dict[str, Pdu] = {
    "right": Abort(2, 2),
    "wrong": Abort(0, 0),
    "late": ReleaseRp(),
    "not named": ReleaseRq(),
    "busy": AssociateRj(2, 3, 2),
}


def came(name: str) -> Seen:
    """A PDU by what it is to the case."""
    return of_pdu(0.1, encode(PDUS[name]), PDUS[name])


def closed(how: str = "fin", before: str = "") -> Seen:
    """A close, of which a player may say that it came early or late."""
    return Seen(0.2, CLOSE, (f"{before}close({how})",))


def case_of(
    expectation: Expectation | None = None, *, identifier: str = "enc.a-case", closing: Closing | None = None
) -> Case:
    """A case of an acceptor."""
    return Case(
        id=identifier,
        rev="1",
        clause="PS3.8 9.2",
        requirement="It is so.",
        severity="S2",
        role="acceptor",
        expectation=expectation or Expectation(ROWS),
        closing=closing or Closing(),
    )


def requestor_case_of(
    expectation: Expectation | None = None,
    *,
    injection: Injection | None = None,
    endings: tuple[Alternative, ...] = ENDINGS["any"],
) -> RequestorCase:
    """A case of a requestor."""
    return RequestorCase(
        id="enc.req.a-case",
        rev="1",
        clause="PS3.8 9.2",
        requirement="It is so.",
        severity="S2",
        role="requestor",
        expectation=expectation or Expectation(ROWS),
        injection=injection or Injection(),
        endings=endings,
    )
