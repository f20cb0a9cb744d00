"""A trace as a picture: the states of both ends from step to step, and the PDUs between them, which may cross."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from textwrap import shorten
from typing import Final

from dulcimer._generated.fsm import STATES, States
from dulcimer.conformance.report.page import colours, page_file
from dulcimer.counting import counted
from dulcimer.escaping import escaped
from dulcimer.trace.both_ends import JointAssociation, JointPdu, JointStep, joined
from dulcimer.trace.records import ACCEPTOR, ENDS, REQUESTOR
from dulcimer.trace.traced import TraceContents

MOST_STEPS: Final = 400
"""Steps of an association in the picture."""
_WIDTH: Final = 940
_LINES: Final = {REQUESTOR: 310, ACCEPTOR: 630}
_ROW: Final = 46
_HEAD: Final = 92
_PILL: Final = (52, 22)
_BESIDE: Final = 40
_MOST_WORDS: Final = 46
_LOST: Final = 0.6
"""How far an arrow goes whose PDU never arrived, as a share of the way."""


def trace_svg(trace: TraceContents) -> str:
    """The picture, of all associations, one below the other; records of both ends of one are drawn as one."""
    joint = list(joined(trace.associations))
    parts: list[str] = []
    top = 0
    for one in joint:
        parts += _association(one, top)
        top += _height(one)
    title = escape(escaped(trace.header.title or "Trace"))
    about = f"{counted(len(joint), 'association')}: the states of both ends, and the PDUs between them"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="joint" viewBox="0 0 {_WIDTH} {top}" '
            f'width="{_WIDTH}" height="{top}" role="img" aria-labelledby="title about">',
            f'<title id="title">{title}</title>\n<desc id="about">{about}</desc>',
            f"<style>\n{colours()}{page_file('dulcimer.trace', 'joint.css')}</style>",
            f'<rect class="paper" width="{_WIDTH}" height="{top}"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _height(joint: JointAssociation) -> int:
    return _HEAD + _ROW * min(len(joint.steps), MOST_STEPS) + _ROW


def _association(joint: JointAssociation, top: int) -> Iterator[str]:
    steps = joint.steps[:MOST_STEPS]
    bottom = top + _HEAD + _ROW * len(steps) - 6
    left_out = len(joint.steps) - len(steps)
    heading = f"Association {joint.number}" + (f", without its last {counted(left_out, 'step')}" if left_out else "")
    yield f'<text class="heading" x="{_WIDTH // 2}" y="{top + 26}">{heading}</text>'
    for end in ENDS:
        x = _LINES[end]
        yield f'<text class="end" x="{x}" y="{top + 50}">{end}</text>'
        yield f'<line class="life" x1="{x}" y1="{top + 60}" x2="{x}" y2="{bottom}"/>'
        if end in joint.recorded:
            yield from _pill(end, top + 70, STATES[States.STA_1].label)
    for pdu in joint.pdus:
        yield from _arrow(pdu, top, len(steps))
    for number, one in enumerate(steps):
        yield from _step(one, _y(number, top))


def _y(number: int, top: int) -> int:
    return top + _HEAD + _ROW * number + 14


def _step(one: JointStep, y: int) -> Iterator[str]:
    step, end = one.step, one.step.fsm
    side = -1 if end == REQUESTOR else 1
    x, anchor = _LINES[end] + side * _BESIDE, "end" if side < 0 else "start"
    action = step.action or "blank"
    yield from _pill(end, y, step.next_state)
    yield f'<text class="step" x="{x}" y="{y - 1}" text-anchor="{anchor}">{escape(f"{step.event}: {action}")}</text>'
    if one.notes:
        words = escape(shorten(", ".join(map(escaped, one.notes)), _MOST_WORDS, placeholder=" ..."))
        yield f'<text class="note" x="{x}" y="{y + 15}" text-anchor="{anchor}">{words}</text>'


def _pill(end: str, y: int, state: str) -> Iterator[str]:
    width, height = _PILL
    x = _LINES[end]
    yield f'<rect class="state" x="{x - width // 2}" y="{y - height // 2}" width="{width}" height="{height}" rx="11"/>'
    yield f'<text class="name" x="{x}" y="{y + 5}">{escape(state)}</text>'


def _arrow(pdu: JointPdu, top: int, count: int) -> Iterator[str]:
    """From the step that sent the PDU to the one it led to; dashed if no machine sent it, crossed if it is lost."""
    places = [place for place in (pdu.sent, pdu.arrived) if place is not None]
    if not places or max(places) >= count:
        return
    right = 1 if pdu.sender == REQUESTOR else -1
    start = _LINES[pdu.sender] + right * (_PILL[0] // 2 + 2)
    stop = _LINES[ACCEPTOR if right > 0 else REQUESTOR] - right * (_PILL[0] // 2 + 3)
    y1, y2 = _y(places[0], top), _y(places[-1], top)
    kind = "pdu" if pdu.sent is not None else "pdu odd"
    if pdu.arrived is None:
        stop, y2 = round(start + (stop - start) * _LOST), y1 + _ROW // 2
        yield f'<g class="pdu lost"><path d="M{start} {y1}L{stop} {y2}"/>'
        yield f'<path d="M{stop - 5} {y2 - 5}l10 10m0 -10l-10 10"/>{_named(pdu, start, y1, right)}</g>'
        return
    length = ((stop - start) ** 2 + (y2 - y1) ** 2) ** 0.5
    ux, uy = (stop - start) / length, (y2 - y1) / length
    tips = (f"{stop - 11 * ux + side * 5 * uy:.1f} {y2 - 11 * uy - side * 5 * ux:.1f}" for side in (1, -1))
    yield f'<g class="{kind}"><path d="M{start} {y1}L{stop - 8 * ux:.1f} {y2 - 8 * uy:.1f}"/>'
    yield f'<path class="tip" d="M{stop} {y2}L{"L".join(tips)}z"/>{_named(pdu, start, y1, right)}</g>'


def _named(pdu: JointPdu, x: int, y: int, right: int) -> str:
    anchor = "start" if right > 0 else "end"
    odd = "" if pdu.sent is not None else ", not of its machine"
    return f'<text x="{x + 8 * right}" y="{y - 7}" text-anchor="{anchor}">{escape(pdu.label)}{odd}</text>'
