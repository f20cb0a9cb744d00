"""Verdicts: what a case says about the peer."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What a case says about the peer, from good to bad."""

    OK = "OK"
    NON_STRICT = "NON-STRICT"
    INFORMATIONAL = "INFORMATIONAL"
    UNIMPLEMENTED = "UNIMPLEMENTED"
    UNOBSERVABLE = "UNOBSERVABLE"
    INCONCLUSIVE = "INCONCLUSIVE"
    FAILED = "FAILED"
    ERROR = "ERROR"


MEANINGS = {
    Verdict.OK: "as the standard demands",
    Verdict.NON_STRICT: "a deviation that does no harm",
    Verdict.INFORMATIONAL: "the standard leaves it open",
    Verdict.UNIMPLEMENTED: "the peer does not offer what the case needs",
    Verdict.UNOBSERVABLE: "the peer left the state before it could be tested",
    Verdict.INCONCLUSIVE: "not decided while the tester was waiting",
    Verdict.FAILED: "the standard does not allow this",
    Verdict.ERROR: "the tester or the network failed",
}

CONCLUSIVE = frozenset({Verdict.OK, Verdict.NON_STRICT, Verdict.INFORMATIONAL, Verdict.FAILED})
"""Verdicts that say something about the peer."""

RANK = {verdict: number for number, verdict in enumerate(Verdict)}
"""From good to bad."""
