"""Decoded PDUs as one HTML page without a script: bytes and fields side by side, each a link to the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from dulcimer.cli.show.dump import element_text, field_text
from dulcimer.cli.show.pdu_stream import DecodedPdu
from dulcimer.conformance.report import looks
from dulcimer.conformance.report.page import page, page_file, styles
from dulcimer.counting import counted
from dulcimer.escaping import escaped
from dulcimer.wire.fieldmap import Field

MOST_DETAILED: Final = 200
"""PDUs whose bytes and fields are in the page; a browser takes long for more."""
_MOST_FIELDS: Final = 500
_MOST_BYTES: Final = 64
_PER_LINE: Final = 16


@dataclass(frozen=True, slots=True)
class PagePdu:
    """A PDU of the page, and `where` it is: at an offset, or in a frame of a capture."""

    pdu: DecodedPdu
    where: str


def dump_page(title: str, pdus: Iterable[PagePdu], remarks: Iterable[str] = ()) -> tuple[str, int]:
    """The page, and how many problems the PDUs have."""
    css = styles() + looks.stylesheet() + page_file("dulcimer.cli.show", "dump_page.css")
    found = list(pdus)
    problems = sum(len(one.pdu.problems) for one in found)
    body = [f"<main><h1>{_safe(title)}</h1>", f"<p class=facts>{counted(len(found), 'PDU')}, {_verdict(problems)}</p>"]
    body += (f"<p class=trouble>{_safe(remark)}</p>" for remark in remarks)
    body += ["<p class=facts>Bytes lead to their field, and an offset leads to its bytes.</p>"] * bool(found)
    for number, one in enumerate(found, 1):
        if number > MOST_DETAILED:
            body.append(f"<p class=trouble>Only the first {MOST_DETAILED} PDUs are in this page.</p>")
            break
        body += _pdu(number, one)
    return page(title, css, "", [*body, "<footer>dulcimer decode</footer></main>"]), problems


def _verdict(problems: int) -> str:
    return f"<b class=bad>{counted(problems, 'problem')}</b>" if problems else "no problem found"


def _pdu(number: int, one: PagePdu) -> Iterator[str]:
    pdu = one.pdu
    name = pdu.kind.label if pdu.kind else f"unrecognized PDU of type {pdu.data[0]:02X}H"
    fields = pdu.fields[:_MOST_FIELDS]
    yield f'<section class=pdu id="pdu-{number}"><h2>{number}. {_safe(name)}</h2>'
    yield f"<p class=facts>{_safe(one.where)}, {counted(len(pdu.data), 'byte')}</p><div class=panes>"
    yield f'<div class=bytes role=group aria-label="Bytes of PDU {number}">{"".join(_bytes(number, pdu, fields))}</div>'
    columns = "".join(f"<th>{name}</th>" for name in ("offset", "field", "value: meaning", "clause"))
    yield f'<div class="scroll"><table class=leaves><thead><tr>{columns}</tr></thead><tbody>'
    yield from (_field(number, place, pdu.offset, leaf) for place, leaf in enumerate(fields))
    yield from _commands(pdu)
    yield "</tbody></table></div></div>"
    if len(pdu.fields) > len(fields):
        yield f"<p class=trouble>Only the first {_MOST_FIELDS} of {len(pdu.fields)} fields are shown.</p>"
    yield "</section>"


def _bytes(number: int, pdu: DecodedPdu, fields: Iterable[Field]) -> Iterator[str]:
    """The bytes in lines of 16; those of one field are one link, which may go over several lines."""
    column = 0
    yield f"<span class=at>{pdu.offset:5}</span>"
    for place, leaf in enumerate(fields):
        if not leaf.size:
            continue
        bad = " class=bad" if leaf.problem else ""
        title = escape(f"{leaf.name}{f': {leaf.problem}' if leaf.problem else ''}", quote=True)
        yield f'<a href="#f{number}-{place}" id="b{number}-{place}" title="{escaped(title)}"{bad}>'
        for index, byte in enumerate(leaf.raw[:_MOST_BYTES]):
            if column == _PER_LINE:
                yield f"\n<span class=at>{pdu.offset + leaf.offset + index:5}</span>"
                column = 0
            yield f" {byte:02x}"
            column += 1
        yield "</a>"
        if leaf.size > _MOST_BYTES:
            yield f"\n      ... {leaf.size - _MOST_BYTES} more\n"
            column = _PER_LINE


def _field(number: int, place: int, offset: int, leaf: Field) -> str:
    depth = min(leaf.path.count("."), 4)
    problem = f" <b class=bad>{_safe(leaf.problem)}</b>" if leaf.problem else ""
    is_item = leaf.name == "item_type"
    value = f"{field_text(leaf)}: {leaf.meaning}" if is_item and leaf.meaning else field_text(leaf)
    return (
        f'<tr id="f{number}-{place}"{" class=item" if is_item else ""}>'
        f'<td><a href="#b{number}-{place}">{offset + leaf.offset}</a></td>'
        f"<td class=d{depth}>{_safe(leaf.name.replace('_', ' '))}</td>"
        f"<td>{_safe(value)}{problem}</td><td>{_safe(leaf.clause)}</td></tr>"
    )


def _commands(pdu: DecodedPdu) -> Iterator[str]:
    for command in pdu.commands:
        problem = f" <b class=bad>{_safe(command.problem)}</b>" if command.problem else ""
        name, clause = _safe(command.message), _safe(command.clause)
        yield f"<tr class=part><td></td><td colspan=2>{name}{problem}</td><td>{clause}</td></tr>"
        for one in command.elements:
            problem = f" <b class=bad>{_safe(one.problem)}</b>" if one.problem else ""
            yield (
                f"<tr><td>{one.offset}</td><td class=d1>{_safe(one.label)}</td>"
                f"<td>{_safe(element_text(one))}{problem}</td><td>{_safe(one.clause)}</td></tr>"
            )


def _safe(text: str) -> str:
    """Text of files and peers as HTML: nothing in it is obeyed."""
    return escape(escaped(text))
