"""Text of the specification as Markdown for MyST: names become links to their pages, clauses to the standard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from codegen.pages.markdown import table
from codegen.site.nouns import nouns
from dulcimer.cli.facts.explanation import Cell, Explanation, Section, plain
from dulcimer.conformance.report.clauses import links
from dulcimer.learn.explorer.wording import joined

_SPECIAL = re.compile(r"([\\`*_\[\]<>{}#])")
_NAME = re.compile(
    r"(?<![\w-])(?<!\w\.)(?:"
    r"(?P<state>Sta\d+)|(?P<event>Evt\d+)|(?P<action>(?:AE|DT|AR|AA)-\d+)"
    r"|(?P<pdu>A-ASSOCIATE-(?:RQ|AC|RJ)|P-DATA-TF|A-RELEASE-R[QP]|A-ABORT(?! (?:request|indication|service)))"
    r"|(?P<message>[CN]-[A-Z]+(?:-REPORT)?-R(?:Q|SP))"
    r"|(?P<status>[0-9A-F]{4}H)"
    r"|(?P<rule>r\.ps3_\d+\.[a-z0-9_]+\.[a-z0-9-]+)"
    r"|(?P<case>(?:ul|enc|pdv|dimse)\.[a-z0-9.-]+)"
    r")(?![\w-])"
)
_ITEM = re.compile(r"\[([0-9A-F]{2}H)\]")
_NOTES = {
    "deviations": "Seen by the tests of the project, with the version that is named; later versions may do better. "
    "Each was tried with the implementation's own server or client, and the reason says why the implementation, and "
    "not the check, is wrong.",
}
"""What a section needs on a page, where a reader may begin: by its key."""


def linked(text: str) -> str:
    """`text` with its names as roles."""
    return "".join(_linked(text))


def _linked(text: str) -> Iterator[str]:
    end = 0
    for found in _NAME.finditer(text):
        kind = str(found.lastgroup)
        yield escaped(text[end : found.start()])
        yield role(kind, found[0])
        end = found.end()
    yield escaped(text[end:])


def role(kind: str, name: str) -> str:
    """A link to the page of a noun; only its name if it has none."""
    if (kind, plain(name)) in nouns():
        return f"{{dul:{kind}}}`{name}`"
    return f"`{name}`" if kind == "case" else escaped(name)


def escaped(text: str) -> str:
    """`text` as it is, whatever Markdown would make of it."""
    return _SPECIAL.sub(r"\\\1", text)


def clause(text: str) -> str:
    """A clause with links to its places in the standard."""
    places = links(text)
    if not places:
        return escaped(text)
    if [place.text for place in places] == [text]:
        return f"[{text}]({places[0].address})"
    return f"{linked(text)} ({', '.join(f'[{place.text}]({place.address})' for place in places)})"


def page(title: str, trail: Sequence[str], *parts: str, orphan: bool = True) -> str:
    """A page: where it is, heading, parts a blank line apart."""
    front = "---\norphan: true\n---\n\n" if orphan else ""
    where = ["{.trail}\n" + " › ".join(trail)] if trail else []
    return front + "\n\n".join([*where, f"# {escaped(title)}", *filter(None, parts)]) + "\n"


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Labels with texts, which are Markdown already."""
    return "\n".join(f":{label}: {text}" for label, text in rows)


def section(found: Section, level: int = 2) -> str:
    """A section of an explanation, without a heading if it has none; "" if it has no rows."""
    if not found.rows:
        return ""
    rows = [[_cell(column, value) for column, value in zip(found.columns, row, strict=True)] for row in found.rows]
    heading = f"{'#' * level} {escaped(found.heading)}" if found.heading else ""
    return "\n\n".join(filter(None, [heading, _NOTES.get(found.key, ""), table([*map(escaped, found.columns)], rows)]))


def sections(found: Explanation, *keys: str, level: int = 2) -> Iterator[str]:
    """The sections of an explanation that have these keys, in their order there."""
    yield from (section(part, level) for part in found.sections if part.key in keys)


def _cell(column: str, value: Cell) -> str:
    text = value if isinstance(value, str) else joined(value)
    if column == "clause":
        return clause(text)
    if column == "step":
        return f"`{text}`" if ":" in text or "_" in text else linked(text)
    if column == "field":
        name = _ITEM.sub("", text)
        return f"`{name}`" + "".join(f" {role('item', key)}" for key in _ITEM.findall(text))
    return linked(text)


def explained(found: Explanation, *, without: Sequence[str] = ()) -> Iterator[str]:
    """The facts and sections of an explanation, but for the sections `without`."""
    rows = [(label, linked(text)) for label, text in found.facts]
    yield facts([*rows, ("clause", clause(found.clause))])
    yield from (section(part) for part in found.sections if part.key not in without)
