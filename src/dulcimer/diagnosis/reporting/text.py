"""The verdicts as text of 80 columns, for a terminal; colours are names of styles, and never alone."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from dulcimer.counting import counted
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, Breach, EndVerdict, StoryStep, WireOutcome
from dulcimer.diagnosis.reporting.document import address_of, outcomes_in_words, title_of
from dulcimer.diagnosis.reporting.judged_file import JudgedFile
from dulcimer.escaping import escaped
from dulcimer.fuzz.oracle.ends import LinkEnd

WIDTH: Final = 80
_LABEL: Final = 11
_INDENT: Final = "  "
_MOST_LISTED: Final = 30
"""Associations without a violation that have a line of their own."""
_BYTES_SHOWN: Final = 16
_NO_DICOM: Final = (
    "No DICOM was found. Is it encrypted (TLS), or was the capture cut to the headers? tcpdump keeps whole frames "
    "with -s 0."
)
_NO_BYTES: Final = "No bytes were sent or received in the trace: was the connection ever open, or was the file cut off?"
_STYLES: Final = {
    WireOutcome.VIOLATION: "bold red",
    WireOutcome.CONSISTENT: "green",
    WireOutcome.INCONCLUSIVE: "yellow",
}


class VerdictLine(NamedTuple):
    """One line, and its style."""

    text: str
    style: str = ""


def lines_of(one: JudgedFile) -> Iterator[VerdictLine]:
    """All that is said of a file."""
    yield from _wrapped(f"{escaped(one.name)}: {_contents(one)}", "bold")
    for remark in (*one.remarks, *([f"The file is damaged: {one.damage}."] if one.damage else ())):
        yield from _wrapped(escaped(remark), "yellow", indent=_INDENT)
    listed = 0
    for found in one.associations:
        if found.outcome is not WireOutcome.VIOLATION:
            listed += 1
            if listed > _MOST_LISTED and not _has_breaches(found):
                continue
        yield VerdictLine("")
        yield from _association(found, one.unit)
    if listed > _MOST_LISTED:
        yield VerdictLine("")
        yield VerdictLine(f"{counted(listed - _MOST_LISTED, 'more association')} without a violation.", "dim")


def summary_of(files: Sequence[JudgedFile]) -> Iterator[VerdictLine]:
    """The last lines: how many associations have each verdict."""
    yield VerdictLine("")
    totals = {outcome: sum(one.counts[outcome] for one in files) for outcome in WireOutcome}
    if not sum(totals.values()):
        yield from _wrapped(_NO_DICOM if any(one.unit == "frame" for one in files) else _NO_BYTES, "bold red")
        return
    broken = totals[WireOutcome.VIOLATION]
    yield VerdictLine(f"{counted(sum(totals.values()), 'association')}: {outcomes_in_words(totals)}.", "bold")
    if not broken:
        yield from _wrapped(
            "No violation is no proof of conformance: a capture does not show what the ends did not do.", "dim"
        )


def _contents(one: JudgedFile) -> str:
    parts = [counted(one.frames, one.unit), counted(len(one.associations), "association")]
    parts += [f"left out: {number} {name}" for name, number in one.other_protocols.items()]
    return ", ".join(parts)


def _has_breaches(found: AssociationVerdict) -> bool:
    return any(end.breaches for end in found.ends)


def _association(found: AssociationVerdict, unit: str) -> Iterator[VerdictLine]:
    first, last = found.frames
    yield from _wrapped(f"{found.number}  {escaped(title_of(found))}, {unit}s {first} to {last}", "bold")
    client, server = (address_of(found, end) for end in LinkEnd)
    yield from _wrapped(f"{client} to {server}, {found.seconds:.3f} s, {found.ending}", indent="   ")
    for end in found.ends:
        mark = str(end.outcome).upper() if end.outcome is WireOutcome.VIOLATION else str(end.outcome)
        yield VerdictLine(f"   {end.end:<8}{mark:<14}{counted(end.pdus, 'PDU')}", _STYLES[end.outcome])
        yield from _doubts(end, unit)
    for end in found.ends:
        for breach in end.breaches:
            yield VerdictLine("")
            yield from _breach(breach, unit)
        if end.left_out:
            yield VerdictLine(f"{_INDENT}{counted(end.left_out, 'more breach', 'more breaches')} of the {end.end}")


def _doubts(end: EndVerdict, unit: str) -> Iterator[VerdictLine]:
    for doubt in end.doubts:
        yield from _wrapped(f"{doubt.text} ({unit} {doubt.frame})", "yellow", indent=" " * _LABEL)


def _breach(breach: Breach, unit: str) -> Iterator[VerdictLine]:
    place = breach.place
    kind = "deviation, tolerated" if breach.is_tolerated else "violation"
    style = "yellow" if breach.is_tolerated else "bold red"
    yield from _wrapped(
        f"{_frames(place.frames, unit)}, {breach.end}: {escaped(breach.observed)}", style, indent=_INDENT
    )
    yield from _row(kind, f"{breach.severity}  {breach.rule}")
    yield from _row("standard", f"{breach.requirement} ({breach.clause})")
    if place.size:
        yield from _row("bytes", _bytes(breach))
    if breach.expected:
        yield from _row("allowed", " or ".join("nothing" if one == "silence" else one for one in breach.expected))
    for number, step in enumerate(breach.story):
        yield from _step(step, unit, is_first=not number, is_last=number == len(breach.story) - 1)
    if breach.advice:
        yield from _row("change", f"in the {breach.end}: {breach.advice}")


def _frames(frames: Sequence[int], unit: str) -> str:
    name = unit.capitalize()
    if len(frames) == 1:
        return f"{name} {frames[0]}"
    return f"{name}s {', '.join(map(str, frames[:3]))}{' ...' if len(frames) > 3 else ''}"


def _bytes(breach: Breach) -> str:
    place = breach.place
    shown = place.data[:_BYTES_SHOWN].hex(" ").upper()
    more = " ..." if place.size > len(place.data[:_BYTES_SHOWN]) else ""
    where = f"{place.path}, " if place.path else ""
    size = counted(place.size, "byte")
    return f"{shown}{more} ({where}{size} from byte {place.offset} of the {breach.end})".strip()


def _step(step: StoryStep, unit: str, *, is_first: bool, is_last: bool) -> Iterator[VerdictLine]:
    times = f" ({step.count} times)" if step.count > 1 else ""
    mark = ">" if is_last else " "
    text = f"{mark} {unit} {step.frame:<6} {step.sender}  {escaped(step.text)}{times}"
    label = "led here" if is_first else ""
    yield from _row(label, text, hanging=18, style="red" if is_last else "")


def _row(label: str, text: str, *, hanging: int = 0, style: str = "") -> Iterator[VerdictLine]:
    begin = f"{_INDENT}{_INDENT}{label:<{_LABEL}}"
    if len(label) >= _LABEL:
        begin = f"{_INDENT}{_INDENT}{label} "
    yield from _wrapped(text, style, indent=begin, then=" " * (2 * len(_INDENT) + _LABEL + hanging))


def _wrapped(text: str, style: str = "", *, indent: str = "", then: str | None = None) -> Iterator[VerdictLine]:
    rest = indent if then is None else then
    for line in textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=rest) or [indent]:
        yield VerdictLine(line, style)
