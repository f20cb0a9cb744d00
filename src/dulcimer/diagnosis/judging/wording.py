"""A breach for a reader: what the standard says, where the bytes are, what to change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dulcimer._generated.fsm import States
from dulcimer.conformance.model.observation import Violation
from dulcimer.conformance.model.seen import SILENCE
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.diagnosis.judging.followed_end import Found
from dulcimer.diagnosis.judging.skimming import BEGINNING, SkimmedPdu
from dulcimer.diagnosis.judging.verdicts import Breach, StoryStep, WirePlace
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.oracle.verdicts import Oddity, Unexplained
from dulcimer.fuzz.proxy.advice import deviation_of, deviation_of_rule
from dulcimer.trace.masking import Masks, PduMasker
from dulcimer.wire.codec import decode_lenient
from dulcimer.wire.fieldmap import field_map

SHOWN: Final = 32
"""Bytes of a place that are kept."""
STATE_RULE: Final = "ul.fsm."
"""How the ids of breaches of Table 9-10 begin."""
SEVERITY: Final = {Oddity.IMPOSSIBLE: "S1", Oddity.MALFORMED: "S2", Oddity.SILENCE: "S2"}
LESS_SEVERE: Final = "S3"
NO_HARM: Final = "S4"
"""Severity of what receivers have to pass over, such as reserved bytes: it is tolerated."""
_FIELD: Final = {
    "version": "protocol_version",
    "abort": "source",
    "abort_reason": "reason_diag",
    "rejection": "result",
    "maximum_length": "pdu_length",
    "even_fragments": "item_length",
    "control_header": "message_control_header",
    "data_context": "presentation_context_id",
    "command_set": "fragment",
    "request_message": "fragment",
    "response": "fragment",
    "statuses": "fragment",
    "once": "fragment",
    "answered_class": "fragment",
    "messages": "message_control_header",
    "after_the_end": "pdu_type",
}
"""The field that a rule is about, by its check: the first of that name."""


def breach_of(
    end: LinkEnd,
    found: Found,
    pdu: SkimmedPdu,
    whole: bytes,
    states: frozenset[States],
    story: Sequence[StoryStep],
) -> Breach:
    """Something that is wrong with a PDU of an end, whose bytes are `whole` as far as they are known."""
    if isinstance(found, Violation):
        told = deviation_of_rule(end, found)
        rule, path = found.rule, ""
        start, size = 0, min(len(whole), BEGINNING) if pdu.is_skimmed else len(whole)
        if field := _field(found, whole):
            path, start, size = field
        requirement = rule.requirement.replace("the tester", f"the {end.opposite}")
        return Breach(
            end,
            rule.id,
            rule.clause,
            requirement,
            rule.severity,
            told.text,
            place_of(pdu, whole, start, size, path),
            states=states,
            story=tuple(story),
            advice=told.advice,
            is_tolerated=Verdict(rule.verdict) is not Verdict.FAILED or rule.severity == NO_HARM,
        )
    deviation = deviation_of(end, found)
    path, start, size = _deviating(whole) if found.oddity is Oddity.MALFORMED and not pdu.is_skimmed else ("", 0, 0)
    return Breach(
        end,
        f"{STATE_RULE}{found.oddity}",
        found.clause,
        f"{deviation.meaning[:1].upper()}{deviation.meaning[1:]}.",
        SEVERITY.get(found.oddity, LESS_SEVERE),
        _with_nothing(deviation.text),
        place_of(pdu, whole, start, size or len(whole), path),
        expected=found.expected,
        states=states,
        cells=found.cells,
        story=tuple(story),
        advice=deviation.advice,
    )


def place_of(pdu: SkimmedPdu, whole: bytes, start: int, size: int, path: str) -> WirePlace:
    """Where the bytes from `start` on are. Data sets and secrets are neither kept nor shown: zeros stand for them."""
    known = pdu.data if pdu.is_skimmed else PduMasker(Masks()).masked(whole).filled()
    frames = pdu.frames if not path else tuple(sorted({pdu.frame_at(start), pdu.frame_at(start + size - 1)}))
    return WirePlace(pdu.offset + start, known[start : start + min(size, SHOWN)], size, path, frames, pdu.t)


def _with_nothing(text: str) -> str:
    """What is expected, for a reader: silence is nothing that one could see."""
    return text.replace(f" or {SILENCE} is expected", " or nothing is expected").replace(
        f"where {SILENCE} is expected", "where nothing is expected"
    )


def _field(found: Violation, whole: bytes) -> tuple[str, int, int] | None:
    """Path, offset and size of the field that a rule is about."""
    check = found.rule.check
    if check in ("structure", "values"):
        return _deviating(whole, structural=check == "structure")
    if check == "reserved":
        places = [one for one in field_map(whole) if one.kind == "reserved" and any(one.raw)]
        named = [one for one in places if found.problem.startswith(f"{one.path},")] or places
        return (named[0].path, named[0].offset, len(named[0].raw)) if named else None
    if check == "ae_titles":
        name = "called_ae_title" if found.problem.startswith("the called") else "calling_ae_title"
    else:
        name = _FIELD.get(check, "")
    wanted = [one for one in field_map(whole) if one.name == name] if name else []
    return (wanted[0].path, wanted[0].offset, len(wanted[0].raw)) if wanted else None


def _deviating(whole: bytes, *, structural: bool | None = None) -> tuple[str, int, int]:
    """Path, offset and size of the first field that deviates."""
    found = decode_lenient(whole).deviations
    first = next((one for one in found if structural is None or one.structural == structural), None)
    if first is None:
        return "", 0, len(whole)
    leaves = [one for one in field_map(whole) if one.offset <= first.offset < one.offset + len(one.raw)]
    return first.path, first.offset, len(leaves[0].raw) if leaves else 1


def is_about_state(found: Found) -> bool:
    """Whether it is about the order of PDUs, and not about the bytes of one."""
    return isinstance(found, Unexplained) and found.oddity is not Oddity.MALFORMED
