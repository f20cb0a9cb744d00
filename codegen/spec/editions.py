"""`spec/editions.toml`: the editions of the standard that links lead to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from codegen.spec.reader import Place, read

FILE = "spec/editions.toml"
_EDITION = re.compile(r"20\d\d[a-e]")
_ANNEX = re.compile(r"PS3\.\d+ Annex [A-Z]{1,2}")


@dataclass(frozen=True)
class Editions:
    """The whole file: the edition of the facts, and that of annexes which came later."""

    edition: str
    later: dict[str, str]


def load_editions(root: Path) -> Editions:
    """Read and check the file."""
    editions, place = read(Editions, root / FILE, root)
    _check_edition(editions.edition, place.at("edition"))
    for annex, edition in editions.later.items():
        here = place.at("later").at(annex)
        if not _ANNEX.fullmatch(annex):
            here.fail("expected an annex such as 'PS3.4 Annex JJ'")
        _check_edition(edition, here)
        if edition <= editions.edition:
            here.fail(f"expected an edition after {editions.edition}, found {edition!r}")
    return editions


def _check_edition(edition: str, place: Place) -> None:
    if not _EDITION.fullmatch(edition):
        place.fail(f"expected an edition such as '2020c', found {edition!r}")
