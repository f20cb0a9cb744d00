"""Links from a clause to the text of the standard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PAGE = "https://dicom.nema.org/medical/dicom/current/output/html/part{part:02}.html#{anchor}"
"""One page for each part, in the current edition: its anchors stay the same, addresses of single editions do not."""

_REFERENCE = re.compile(
    r"PS3\.(?P<part>\d+)"
    r"|Table\s+(?P<table>[A-Z0-9]+(?:[.-]\d+)+)"
    r"|Annex\s+(?P<annex>[A-Z])\b"
    r"|(?<![\w.-])(?P<section>(?:\d+|[A-Z])(?:\.\d+)+)\b"
)


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the standard: its name and its address."""

    text: str
    address: str


def links(clause: str) -> tuple[Link, ...]:
    """The places that a clause names, such as ``PS3.8 Table 9-10 Evt12/Sta7 AR-8`` or ``PS3.8 9.3.2, 7.1.1.3``."""
    return tuple(dict.fromkeys(_links(clause)))


def _links(clause: str) -> Iterator[Link]:
    part = 0
    for found in _REFERENCE.finditer(clause):
        if found["part"]:
            part = int(found["part"])
        elif part:
            if found["table"]:
                anchor, text = f"table_{found['table']}", f"Table {found['table']}"
            elif found["annex"]:
                anchor, text = f"chapter_{found['annex']}", f"Annex {found['annex']}"
            else:
                anchor, text = f"sect_{found['section']}", found["section"]
            yield Link(f"PS3.{part} {text}", _PAGE.format(part=part, anchor=anchor))
