"""Correct cases again, in other TCP segments: the peer has to read by length (PS3.8 9.1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dulcimer._generated.conformance import Alternative
from dulcimer._generated.fsm import Events
from dulcimer.conformance.model.case import Case, revision
from dulcimer.conformance.model.parts import Settle
from dulcimer.conformance.model.steps import Expect, Send, Step
from dulcimer.wire.codec import encode
from dulcimer.wire.model import ReleaseRq

_RULE = "r.ps3_8.9_1_3.pdus-on-the-stream"
_CLAUSE = "PS3.8 9.1.3"
_MOST_OCTETS = 2048
"""A case that sends more is not sent octet by octet."""

_IN_HEADER = 3
"""Bytes of a PDU header that are in the first segment."""

_RELEASED_FIRST = Alternative(
    "released-first",
    "INFORMATIONAL",
    ("A-RELEASE-RP",),
    why="the release was answered before the request that came before it, which the standard allows the user",
)


def segment_cases(cases: Iterable[Case]) -> Iterator[Case]:
    """Each case that a correct peer accepts: octet by octet, and all in one segment.

    A cut in the header tests how the peer begins to read a PDU, whatever it is: one case for each PDU type and state.
    """
    cut: set[tuple[int, int]] = set()
    for case in cases:
        sends = [step for step in case.injection.steps if isinstance(step, Send) and step.data]
        all_sent = len(sends) == len(case.injection.steps)
        settles = case.closing.settle is not Settle.NONE
        if case.id.startswith("enc.segment.") or not case.injection.lawful or not settles or not all_sent:
            continue
        if any(step.meanwhile for step in sends):
            # Octet by octet, the speed of the peer would decide how many requests it sees before the cancel.
            cuts = (replace(step, split=step.meanwhile and step.meanwhile + _IN_HEADER) for step in sends)
            yield _variant(case, "cut-in-cancel", tuple(cuts))
        elif sum(len(step.data) for step in sends) <= _MOST_OCTETS:
            yield _variant(case, "octets", tuple(replace(step, octets=True) for step in sends))
        kind = (sends[0].data[0], len(case.opening.steps))
        if kind not in cut:
            cut.add(kind)
            yield _variant(case, "cut-in-header", tuple(replace(step, split=_IN_HEADER) for step in sends))
        one_echo = case.closing.settle is Settle.ECHO and case.expectation.answers == 1
        if isinstance(case.opening.steps[-1], Expect) and one_echo:
            yield _coalesced(case, *sends)


def _variant(case: Case, how: str, steps: tuple[Step, ...]) -> Case:
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
        requirement=f"{case.requirement} The same holds when the PDUs arrive {words[how]}.",
        injection=replace(case.injection, steps=steps),
        base=case.id,
        rules=(_RULE, *case.rules),
    )


def _coalesced(case: Case, step: Send) -> Case:
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
        requirement=f"{case.requirement} The same holds when the A-RELEASE-RQ arrives in the same segment.",
        injection=replace(case.injection, steps=(together,)),
        expectation=replace(case.expectation, alternatives=(_RELEASED_FIRST, *case.expectation.alternatives)),
        closing=replace(case.closing, settle=Settle.RELEASED),
        base=case.id,
        rules=(_RULE, *case.rules),
    )
