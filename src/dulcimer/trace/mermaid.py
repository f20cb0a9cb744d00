"""A trace as a sequence diagram in the language of Mermaid, which GitHub, GitLab and many editors draw."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from dulcimer.counting import counted
from dulcimer.escaping import escaped
from dulcimer.trace.diagram import DiagramRow, rows_of, thinned
from dulcimer.trace.records import ACCEPTOR, ENDS, REQUESTOR
from dulcimer.trace.traced import TracedAssociation

_SPECIAL: Final = re.compile(r"[^A-Za-z0-9 .,:()/+=>\-_?]")
"""Mermaid gives other characters a meaning, some of them in some places."""
_OTHER: Final = {REQUESTOR: ACCEPTOR, ACCEPTOR: REQUESTOR}


def mermaid_of(associations: Iterable[TracedAssociation]) -> Iterator[str]:
    """The lines of one diagram with all these associations, one below the other."""
    yield "sequenceDiagram"
    yield f"    participant {REQUESTOR}"
    yield f"    participant {ACCEPTOR}"
    for association in associations:
        yield f"    Note over {REQUESTOR},{ACCEPTOR}: Association {association.number}"
        for row in thinned(rows_of(association)):
            yield from (f"    {line}" for line in _row(row))


def _row(row: DiagramRow) -> Iterator[str]:
    yield from _notes(row.before)
    if row.label and row.sender and row.size:
        words = f"{row.label}, {counted(row.size, 'byte')}" + (f": {row.words}" if row.words else "")
        arrow = "-->>" if row.is_data else "-x" if row.is_wrong else "->>"
        yield f"{row.sender}{arrow}{_OTHER[row.sender]}: {_text(words)}"
    elif row.label:
        yield f"Note over {REQUESTOR},{ACCEPTOR}: {_text(row.label)}"
    yield from _notes(row.after)
    if row.label and not row.is_data:
        yield f"Note over {REQUESTOR},{ACCEPTOR}: {' / '.join(row.states[end] for end in ENDS)}"


def _notes(notes: Iterable[tuple[str, str]]) -> Iterator[str]:
    sides = {REQUESTOR: "left of", ACCEPTOR: "right of"}
    for end, note in notes:
        yield f"Note {sides.get(end, 'right of')} {end or ACCEPTOR}: {_text(note)}"


def _text(text: str) -> str:
    """Text in which nothing has a meaning for Mermaid: its entities are numbers between # and ;."""
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", escaped(text)).replace(":", "#58;")
