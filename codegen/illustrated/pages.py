"""The pages of the illustrated associations, one for each session, and their index."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

from codegen.illustrated import tls
from codegen.illustrated.fields import IllustratedField, illustrated
from codegen.illustrated.moments import Moment, played, source_of
from codegen.illustrated.sessions import SESSIONS, echo
from dulcimer._generated.fsm import ACTIONS, EVENTS
from dulcimer.conformance.model.seen import pdu_name
from dulcimer.conformance.report.clauses import links_in_html
from dulcimer.conformance.report.page import page, page_file, styles
from dulcimer.counting import counted
from dulcimer.trace.records import ACCEPTOR, REQUESTOR, MachineStep

_HERE: Final = "codegen.illustrated"
_PROSE: Final = Path(__file__).parent / "prose"
_ROW: Final = 16
_TLS: Final = "tls"
_RFC: Final = "https://www.rfc-editor.org/rfc/rfc8446#"
_EVENTS: Final = {event.label: event for event in EVENTS}

NAMES: Final = (*(session.__name__ for session in SESSIONS), _TLS)
"""The sessions, in the order of their pages."""


@dataclass(frozen=True, slots=True)
class IllustratedSession:
    """All that a page shows."""

    name: str
    prose: Mapping[str, Any]
    source: tuple[str, ...]
    moments: tuple[Moment, ...]
    fields: list[list[IllustratedField]]

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(len(moment.data) for moment in self.moments)


def session_named(name: str) -> IllustratedSession:
    """A session with its recording and its text. Raises ValueError if these do not fit together."""
    prose = tomllib.loads((_PROSE / f"{name}.toml").read_text(encoding="utf-8"))
    if name == _TLS:
        moments = tls.moments()
        found = IllustratedSession(name, prose, source_of(echo), moments, [tls.fields_of(one.data) for one in moments])
    else:
        session = next(one for one in SESSIONS if one.__name__ == name)
        recorded = played(session)
        found = IllustratedSession(name, prose, recorded.source, recorded.moments, illustrated(recorded.moments))
    if len(prose["steps"]) != len(found.moments):
        raise ValueError(f"{name}.toml has {len(prose['steps'])} steps for {len(found.moments)} PDUs")
    return found


def page_of(name: str) -> str:
    """The page of a session."""
    session = session_named(name)
    prose = session.prose
    body = [
        "<header class=top><p class=kind><a href=index.html>Illustrated associations</a></p>",
        f"<h1>{escape(prose['title'])}</h1><p class=about>{escape(prose['about'])}</p>",
        f"<p class=lead>{escape(prose['intro'])}</p>",
        f"<p class=facts>{counted(len(session.moments), 'message')}, {counted(session.size, 'byte')}. Point at a byte,",
        " or move through the bytes with the arrow keys, to see its field, value and clause.</p></header><main>",
        *ladder(session),
    ]
    for number in range(len(session.moments)):
        body += _step(session, number)
    body.append(f"<section class=end><h2>Over</h2><p>{escape(prose['end'])}</p></section></main>")
    body += _footer(name)
    return noted(page(prose["title"], _css(), page_file(_HERE, "page.js"), body))


def index() -> str:
    """The page that leads to the others."""
    body = [
        "<header class=top><p class=kind>Learn</p><h1>Illustrated associations</h1>",
        "<p class=lead>Six sessions between two programs, each byte explained: which field it is, what it says, which",
        " clause of the standard defines it, in which state both ends are, and which line of Python sent it. All of it",
        " was recorded; nothing was drawn by hand.</p></header><main><ol class=cards>",
    ]
    for number, name in enumerate(NAMES, start=1):
        session = session_named(name)
        size = f"{counted(len(session.moments), 'message')}, {counted(session.size, 'byte')}"
        body.append(
            f'<li><a href="{name}.html"><span class=number>{number}</span><span><b>{escape(session.prose["title"])}</b>'
            f"<span>{escape(session.prose['about'])}</span><small>{size}</small></span></a></li>"
        )
    body += ["</ol></main>", *_footer("")]
    return noted(page("Illustrated associations", _css(), "", body))


def noted(text: str) -> str:
    """The page, with what made it."""
    first, rest = text.split("\n", 1)
    return f"{first}\n<!-- Generated from codegen/illustrated/ by `python -m codegen`: do not edit. -->\n{rest}"


def _css() -> str:
    return styles() + page_file(_HERE, "page.css")


def _footer(name: str) -> Iterator[str]:
    yield "<footer>"
    if name:
        place = NAMES.index(name)
        if place:
            yield f'<p>Before: <a href="{NAMES[place - 1]}.html">{_title(NAMES[place - 1])}</a></p>'
        if place + 1 < len(NAMES):
            yield f'<p>Next: <a href="{NAMES[place + 1]}.html">{_title(NAMES[place + 1])}</a></p>'
    yield "<p>Made from a recording by dulcimer, with its own schemas and Table 9-10. Names and data are made up.</p>"
    yield "</footer>"


def _title(name: str) -> str:
    return escape(str(tomllib.loads((_PROSE / f"{name}.toml").read_text(encoding="utf-8"))["title"]))


def _name(session: IllustratedSession, number: int) -> str:
    """What passes: a PDU, or TLS."""
    return "TLS" if session.name == _TLS else pdu_name(session.moments[number].data)


def ladder(session: IllustratedSession, target: str = "") -> Iterator[str]:
    """All that passes, as a table that leads to the steps, which are on the page `target`."""
    yield "<nav aria-label='All messages'><table class=ladder><thead><tr><th scope=col>requestor"
    yield "<th scope=col><span class=quiet>message</span><th scope=col>acceptor</thead><tbody>"
    for number, (moment, told) in enumerate(zip(session.moments, session.prose["steps"], strict=True), start=1):
        left, right = _after(session.moments, number - 1)
        label = f"{_name(session, number - 1)}, {counted(len(moment.data), 'byte')}"
        place = f"{target}#step-{number}"
        yield (
            f'<tr class="from-{moment.sender}"><td>{left}<td><a href="{place}"><b>{escape(told["title"])}</b>'
            f"<small>{escape(label)}</small><i aria-hidden=true></i></a><td>{right}"
        )
    yield "</tbody></table></nav>"


def _after(moments: Sequence[Moment], number: int) -> tuple[str, str]:
    """The states of both ends when this one has arrived, or when the next one is sent, if they cross."""
    arrivals = [(one.arrived, 0, place, one.received_by) for place, one in enumerate(moments)]
    sendings = [(one.t, 1, place, one.sent_by) for place, one in enumerate(moments)]
    last = arrivals[number]
    if number + 1 < len(moments) and 0 < moments[number + 1].t < moments[number].arrived:
        last = sendings[number + 1]
    states = {REQUESTOR: moments[0].sent_by.state, ACCEPTOR: moments[0].received_by.state}
    for event in sorted((*arrivals, *sendings), key=lambda event: event[:3]):
        step = event[3]
        states[step.fsm] = step.next_state
        if event is last:
            break
    return states[REQUESTOR], states[ACCEPTOR]


def _step(session: IllustratedSession, number: int) -> Iterator[str]:
    moment, told, fields = session.moments[number], session.prose["steps"][number], session.fields[number]
    place = number + 1
    name, size = _name(session, number), counted(len(moment.data), "byte")
    arrow = "&rarr;" if moment.sender == REQUESTOR else "&larr;"
    yield f'<section class="step from-{moment.sender}" id="step-{place}">'
    yield f"<p class=who><span>{moment.sender}</span> {arrow if moment.sender == REQUESTOR else '&rarr;'} "
    yield f"<span>{moment.receiver}</span> <b>{escape(name)}</b> <small>{size}</small></p>"
    yield f"<h2><span class=number>{place}</span> {escape(told['title'])}</h2><p class=says>{escape(told['text'])}</p>"
    yield "<div class=machines>"
    yield _machine(moment.sender, moment.sent_by, "sends")
    yield _machine(moment.receiver, moment.received_by, "receives")
    yield "</div>"
    yield from _code(session, moment.line)
    yield from _bytes(place, fields)
    if session.name == _TLS and (inside := number - (len(session.moments) - _inside())) >= 0:
        target = f"echo.html#step-{inside + 1}"
        yield f'<p class=inside>What is inside: <a href="{target}">step {inside + 1} of C-ECHO</a>.</p>'
    yield "</section>"


def _inside() -> int:
    return len(session_named("echo").moments)


def _machine(end: str, step: MachineStep, does: str) -> str:
    """What the machine of an end does with it."""
    if not step.event:
        return f"<p><b>{end}</b> {does}, and waits in {step.state}: the connection is not open yet</p>"
    event, action = _EVENTS[step.event], ACTIONS[step.action]
    clause = f"PS3.8 Table 9-10 {step.event}/{step.state}"
    return (
        f"<p><b>{end}</b> <span class=states>{step.state} &rarr; {step.next_state}</span> "
        f"{step.event}, {escape(event.description)}: {step.action}, {escape(action.description)} "
        f"<span class=places>({links_in_html(clause)})</span></p>"
    )


def _code(session: IllustratedSession, line: int) -> Iterator[str]:
    """The session, with the line that sent this."""
    lines = []
    for number, text in enumerate(session.source):
        mark = " class=now" if number == line else ""
        if text.strip() and abs(number - line) <= 1:
            lines.append(f"<span{mark}><i>{number + 1:>2}</i> {escape(text)}</span>")
    text = "".join(lines)
    yield f"<figure class=code><figcaption>The line that sends it</figcaption><pre tabindex=0>{text}</pre></figure>"


def _bytes(place: int, fields: Sequence[IllustratedField]) -> Iterator[str]:
    """The bytes, each in its field, and the table of the fields."""
    yield "<div class=bytes><div class=pair>"
    yield f"<div class=hex tabindex=0 role=group aria-label='Bytes of step {place}'>"
    of = [number for number, field in enumerate(fields) for _ in field.raw]
    data = b"".join(field.raw for field in fields)
    for start in range(0, len(data), _ROW):
        cells = "".join(
            f'<span class="b{" odd" if of[at] % 2 else ""}" data-f={of[at]}>{data[at]:02X}</span>'
            for at in range(start, min(start + _ROW, len(data)))
        )
        yield f"<div class=hex-row><i>{start}</i>{cells}</div>"
    yield f"</div><div class=detail aria-live=polite><b>{counted(len(data), 'byte')}</b>"
    yield f"<span>{counted(len(fields), 'field')}. Point at one.</span></div></div>"
    yield f"<details><summary>All {counted(len(fields), 'field')}</summary><table class=fields><tbody>"
    group = ""
    for number, field in enumerate(fields):
        if field.group != group:
            group = field.group
            if group:
                yield f"<tr class=group><td colspan=4>{escape(group)}"
        yield f"<tr data-f={number} id=s{place}f{number}><td>{field.offset}<td>{escape(field.name)}"
        yield f"<td>{escape(field.says)}<td class=doc>{escape(field.doc)} <span class=places>{_clause(field)}</span>"
    yield "</table></details></div>"


def _clause(field: IllustratedField) -> str:
    if field.clause.startswith("RFC"):
        section = field.clause.rpartition(" ")[2]
        anchor = f"appendix-{section}" if section[:1].isalpha() else f"section-{section}"
        return f'<a href="{_RFC}{anchor}">{escape(field.clause)}</a>'
    return links_in_html(field.clause)
