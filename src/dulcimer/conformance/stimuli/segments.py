"""Correct cases once more, cut into TCP segments in other ways: the peer has to read by length (PS3.8 9.1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dulcimer._generated.conformance import Alternative
from dulcimer._generated.fsm import Events
from dulcimer.conformance.model.case import Case, Step, revision
from dulcimer.wire.codec import encode
from dulcimer.wire.model import ReleaseRq

_RULE = "r.ps3_8.9_1_3.pdus-on-the-stream"
_CLAUSE = "PS3.8 9.1.3"
_MOST_OCTETS = 2048
"""A case that sends more is not sent octet by octet."""

_IN_HEADER = 3
"""A segment ends so many bytes into the header of a PDU."""

_RELEASED_FIRST = Alternative(
    "released-first",
    "INFORMATIONAL",
    ("A-RELEASE-RP",),
    why="the release was answered before the request that came before it; the standard lets the user do that",
)


def segment_cases(cases: Iterable[Case]) -> Iterator[Case]:
    """Of each case that a correct peer goes along with: octet by octet, and all in one segment.

    A cut in the header asks how the reader begins a PDU, whatever is in it: one case for each type of PDU and state.
    """
    cut: set[tuple[int, int]] = set()
    for case in cases:
        cut_already = case.id.startswith("enc.segment.")
        if cut_already or not case.lawful or case.settle == "none" or not all(step.data for step in case.inject):
            continue
        if any(step.meanwhile for step in case.inject):
            # Octet by octet it would depend on the speed of the peer how much it sees of what comes meanwhile.
            yield _variant(
                case,
                "cut-in-cancel",
                tuple(replace(step, split=step.meanwhile and step.meanwhile + _IN_HEADER) for step in case.inject),
            )
        elif sum(len(step.data) for step in case.inject) <= _MOST_OCTETS:
            yield _variant(case, "octets", tuple(replace(step, octets=True) for step in case.inject))
        kind = (case.inject[0].data[0], len(case.drive))
        if kind not in cut:
            cut.add(kind)
            yield _variant(case, "cut-in-header", tuple(replace(step, split=_IN_HEADER) for step in case.inject))
        if case.drive[-1].action == "expect" and case.settle == "echo" and case.answers == 1:
            yield _coalesced(case)


def _variant(case: Case, how: str, inject: tuple[Step, ...]) -> Case:
    words = {
        "octets": "octet by octet",
        "cut-in-header": "with the first segment ending inside a header",
        "cut-in-cancel": "with the first segment ending inside the header of the C-CANCEL-RQ",
    }
    return replace(
        case,
        id=f"enc.segment.{how}.{case.id}",
        rev=revision(how, case.rev),
        clause=f"{_CLAUSE}, {case.clause}",
        requirement=f"{case.requirement} So it is when the PDUs come {words[how]}.",
        inject=inject,
        twin=case.id,
        rules=(_RULE, *case.rules),
    )


def _coalesced(case: Case) -> Case:
    (step,) = case.inject
    together = replace(
        step,
        label=f"{step.label}, and an A-RELEASE-RQ in the same segment",
        data=step.data + encode(ReleaseRq()),
        events=(*step.events, Events.EVT_12),
    )
    return replace(
        case,
        id=f"enc.segment.coalesced.{case.id}",
        rev=revision("coalesced", case.rev),
        clause=f"{_CLAUSE}, {case.clause}",
        requirement=f"{case.requirement} So it is when the A-RELEASE-RQ comes in the same segment.",
        inject=(together,),
        alternatives=(_RELEASED_FIRST, *case.alternatives),
        settle="released",
        twin=case.id,
        rules=(_RULE, *case.rules),
    )
