"""`spec/terms.toml`: terms of DICOM networking in our own words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from codegen.spec.reader import read


@dataclass(frozen=True)
class Term:
    """One term: `also` are other ways to write it, `see` names that explain more."""

    clause: str
    text: str
    also: tuple[str, ...] = ()
    see: tuple[str, ...] = ()


@dataclass(frozen=True)
class Terms:
    """The whole file."""

    terms: dict[str, Term]


def load_terms(root: Path) -> dict[str, Term]:
    """Read and check the file: no two terms are written alike."""
    terms, place = read(Terms, root / "spec/terms.toml", root)
    here, seen = place.at("terms"), dict[str, str]()
    for name, term in terms.terms.items():
        for written in (name, *term.also):
            key = re.sub(r"[^a-z0-9]", "", written.lower())
            if not key or key in seen:
                here.at(name).fail(f"{written!r} is written like {seen.get(key, 'nothing')!r}")
            seen[key] = name
    return terms.terms
