"""The entry to the pages of the protocol, and the glossary."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from codegen.site.made import MADE_FOLDERS, MadePage
from codegen.site.pages import dimse, machine, pdus, rules
from codegen.site.prose import clause, escaped, linked, page, role
from codegen.site.whole import WholePage, whole_pages
from dulcimer._generated.codes import PduType
from dulcimer._generated.commands import MESSAGES
from dulcimer._generated.conformance import RULES
from dulcimer._generated.editions import EDITION
from dulcimer._generated.fsm import ACTIONS, Events, States
from dulcimer._generated.terms import TERMS

_ELSEWHERE = frozenset((*MADE_FOLDERS, "_build", "_static", "decisions", "reference"))
"""Folders of the docs whose pages are in a list of their own."""


def pages(root: Path) -> Iterator[MadePage]:
    """The index and what it leads to."""
    yield MadePage("protocol/index", _index(unlisted(root / "docs"), whole_pages(root / "docs")))
    yield MadePage(machine.TABLE_PAGE, machine.table_page())
    yield MadePage("protocol/pdus", pdus.index_page())
    yield MadePage("protocol/messages", dimse.index_page())
    yield MadePage("protocol/rules", rules.index_page())
    yield MadePage("protocol/glossary", _glossary())


def unlisted(docs: Path) -> list[str]:
    """Pages that are not in the contents of the home page, such as lessons: they are listed with the protocol."""
    listed = set((docs / "index.md").read_text(encoding="utf-8").split())
    found = (path.relative_to(docs).with_suffix("") for path in sorted(docs.rglob("*.md")))
    return [
        f"/{page}"
        for page in found
        if page.parts[0] not in _ELSEWHERE | {"index"} and not any(fnmatchcase(str(page), entry) for entry in listed)
    ]


def _index(more: list[str], whole: list[WholePage]) -> str:
    kinds = ", ".join(role("pdu", kind.label) for kind in PduType)
    cells = len(States) * len(Events)
    return page(
        "The protocol, page by page",
        (),
        "Two programs want to exchange images. They open a TCP connection, agree on an association, exchange messages, "
        f"and release the association. PS3.8 says how: {len(States)} states, {len(Events)} events, and a table with "
        f"{cells} cells that says for each state and event what happens.",
        f"- [Table 9-10](table-9-10.md): every state, event, action and cell. {len(ACTIONS)} actions.\n"
        f"- [PDUs and items](pdus.md): the bytes. {kinds}.\n"
        f"- [Messages and statuses](messages.md): {len(MESSAGES)} DIMSE messages, and what a response may say.\n"
        f"- [Rules](rules.md): {len(RULES)} demands of the standard, in our own words.\n"
        f"- [Glossary](glossary.md): {len(TERMS)} terms in plain words.",
        "```{dul:table}\n```",
        "Every page is made from the data that run the stack and the tests; `dulcimer explain` has it in a terminal. "
        f"Clauses are links to edition {EDITION} of the standard, in which they were read, and which stays as it is. "
        f"With `current` in place of `{EDITION}`, an address leads to the newest edition.",
        "## Lessons and more" if more or whole else "",
        "\n".join(f'- <a href="../{page.path}">{escaped(page.title)}</a>' for page in whole if page.is_entry),
        "```{toctree}\n:titlesonly:\n\n" + "\n".join(more) + "\n```" if more else "",
        "```{toctree}\n:hidden:\n\ntable-9-10\npdus\nmessages\nrules\nglossary\n```",
        orphan=False,
    )


def _glossary() -> str:
    entries = []
    for name, term in sorted(TERMS.items(), key=lambda entry: entry[0].lower()):
        text = f"{linked(term.text)} {clause(term.clause)}"
        also = f" Also called: {escaped(', '.join(term.also))}." if term.also else ""
        see = f" See {', '.join(map(_see, term.see))}." if term.see else ""
        entries.append(f"{escaped(name)}\n: {text}.{also}{see}")
    return page(
        "Glossary",
        ("[Protocol](/protocol/index.md)",),
        "Terms of DICOM networking in our own words; `dulcimer explain` knows them, too.",
        "{.glossary}\n" + "\n\n".join(entries),
        orphan=False,
    )


def _see(name: str) -> str:
    return linked(name) if linked(name) != escaped(name) else f"*{escaped(name)}*"
