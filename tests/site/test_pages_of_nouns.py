"""Every noun of the protocol has a page that is there, at the address that others may keep; every role leads to one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from codegen.site.extension import made_pages
from codegen.site.made import MADE_FOLDERS, MadePage, write_pages
from codegen.site.nouns import KINDS, nouns
from codegen.site.outside import relinked
from codegen.site.prose import linked
from dulcimer._generated.conformance import RULES
from dulcimer._generated.deviations import DEVIATIONS
from dulcimer._generated.fsm import EVENT_OF_PDU, TABLE, Events, States
from dulcimer.cli.facts import checks, machine
from dulcimer.cli.facts.explanation import Explanation, plain
from dulcimer.wire.pdus import PDU_SCHEMAS

ROOT = Path(__file__).parents[2]
ROLE = re.compile(r"\{dul:(\w+)\}`(?:[^`<]*<)?([^`<>]+)>?`")
LINK = re.compile(r"\]\(/([^)#\s]+)\.md(?:#[^)]*)?\)")
WRITTEN = sorted(
    path for path in (ROOT / "docs").rglob("*.md") if path.relative_to(ROOT / "docs").parts[0] not in MADE_FOLDERS
)


@cache
def made() -> list[MadePage]:
    """Not while tests are collected, which each worker does."""
    return list(made_pages())


@cache
def pages() -> dict[str, str]:
    return {page.name: page.text for page in made() if page.suffix == ".md"}


@cache
def pictures() -> dict[str, str]:
    return {page.name: page.text for page in made() if page.suffix == ".svg"}


def test_every_noun_has_its_page_and_its_place_in_it() -> None:
    for noun in nouns().values():
        assert noun.page in pages(), noun.name
        assert not noun.anchor or f'<span id="{noun.anchor}">' in pages()[noun.page], noun.name
    assert {noun.kind for noun in nouns().values()} == set(KINDS)


def test_addresses_are_those_that_others_may_keep() -> None:
    for page in ("states/sta6", "events/evt12", "actions/ar-8", "cells/sta6-evt12", "pdus/01h", "items/21h"):
        assert page in pages()
    for page in ("messages/c-echo-rq", "statuses/0122h", "rules/r.ps3_8.9_3_4.result", "protocol/table-9-10"):
        assert page in pages()
    assert sum(name.startswith("cells/") for name in pages()) == len(States) * len(Events)
    assert sum(name.startswith("rules/") for name in pages()) == len(RULES)
    assert '<span id="f7">' in pages()["pdus/01h"]


def test_blank_cells_say_why_and_others_what_happens() -> None:
    for place in States:
        for which in Events:
            text = pages()[f"cells/{place.label.lower()}-{which.label.lower()}"]
            action = TABLE.get((which, place))
            assert ("The cell is **blank**: this cannot happen, since" in text) == (action is None)
            assert action is None or f"{{dul:action}}`{action}` →" in text
    for label, event in EVENT_OF_PDU.items():
        assert f"The bytes of an {{dul:pdu}}`{label}`" in pages()[f"events/{event.label.lower()}"]


def test_states_and_cells_with_an_action_have_a_picture_with_what_is_marked() -> None:
    assert len(pictures()) == len(States) + len(TABLE)
    assert pictures()["states/sta7"] != pictures()["cells/sta7-evt12"] != pictures()["cells/sta7-evt13"]
    for name in pictures():
        assert f"]({name.partition('/')[2]}.svg)" in pages()[name]


def test_release_collision_is_told_with_its_bytes_its_cases_and_who_gets_it_wrong() -> None:
    text = pages()["cells/sta7-evt12"]
    for words in ("{dul:action}`AR-8` → {dul:state}`Sta9` or {dul:state}`Sta10`", "`05`", "either end can be here"):
        assert words in text
    for words in ("dulcimer explain Sta7 Evt12", "ul.fsm.req.sta07.evt12", "echoscu of DCMTK"):
        assert words in text


def test_every_role_names_a_noun() -> None:
    sources = {**pages(), **{str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in WRITTEN}}
    used = {(kind, plain(name), source) for source, text in sources.items() for kind, name in ROLE.findall(text)}
    assert len(used) > 3000
    wrong = {(kind, name, source) for kind, name, source in used if (kind, name) not in nouns() and kind != "table"}
    assert not wrong


def test_every_link_of_a_made_page_leads_to_a_page() -> None:
    written = {str(path.relative_to(ROOT / "docs").with_suffix("")) for path in WRITTEN}
    targets = {(name, target) for name, text in pages().items() for target in LINK.findall(text)}
    assert {(name, target) for name, target in targets if target not in pages() and target not in written} == set()


def test_every_field_of_every_pdu_has_its_bytes_in_an_example() -> None:
    for kind, layout in PDU_SCHEMAS.items():
        example = pages()[f"pdus/{kind:02x}h"].partition("## An example")[2]
        for name, part in layout.parts.items():
            assert f"`{name}`" in example or not hasattr(part, "width"), (kind, name)


def deviations_of(found: Explanation) -> list[tuple[str, str]]:
    """Who does what otherwise, as `dulcimer explain` has it, in the words of a page."""
    rows = [row for part in found.sections if part.key == "deviations" for row in part.rows]
    return [(str(who), linked(str(what))) for who, what in rows]


def test_cells_and_rules_show_what_implementations_do_otherwise_as_explain_does() -> None:
    told = {
        f"cells/{place.label}-{which.label}".lower(): machine.cell(place, which) for place in States for which in Events
    }
    told |= {f"rules/{name}": found for name in RULES if (found := checks.rule(name)) is not None}
    shown = [(name, one) for name, found in told.items() for one in deviations_of(found)]
    for name, (who, what) in shown:
        assert f"| {who} | {what} |" in pages()[name], (name, who)
    reasons = {linked(one.reason) for one in DEVIATIONS}
    assert {reason for reason in reasons if any(what.startswith(reason) for _, (_, what) in shown)} == reasons


def test_folders_of_made_pages_are_ignored_by_git_and_have_nothing_else() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {f"/docs/{folder}/" for folder in MADE_FOLDERS} <= set(ignored)
    pruned = (ROOT / "MANIFEST.in").read_text(encoding="utf-8").splitlines()
    assert {f"prune docs/{folder}" for folder in MADE_FOLDERS} <= set(pruned)
    assert {name.partition("/")[0] for name in pages()} == set(MADE_FOLDERS)


def test_page_that_is_as_it_was_is_left_alone_and_one_that_is_made_no_longer_goes(tmp_path: Path) -> None:
    pages = [MadePage("states/sta1", "one"), MadePage("states/sta2", "two")]
    write_pages(tmp_path, pages)
    before = (tmp_path / "states/sta1.md").stat().st_mtime_ns
    write_pages(tmp_path, pages[:1])
    assert (tmp_path / "states/sta1.md").stat().st_mtime_ns == before
    assert not (tmp_path / "states/sta2.md").exists()


@pytest.mark.parametrize(
    ("folder", "text", "site"),
    [
        ("docs", "[x](../.github/CONTRIBUTING.md)", "[x](/project/contributing.md)"),
        ("docs/guide", "[x](serve.md#limits)", "[x](/guide/serve.md#limits)"),
        ("docs/guide", "[x](../../spec/README.md)", "x"),
        ("", "[x](docs/decisions/README.md) [y](https://a.b/c)", "[x](/decisions/README.md) [y](https://a.b/c)"),
        ("", "[x](docs/learn/x/index.html)", '<a href="../learn/x/index.html">x</a>'),
        ("docs/guide", "[x](../learn/x.html#y)", '<a href="../learn/x.html#y">x</a>'),
        ("", "```\n[x](../y.py)\n```", "```\n[x](../y.py)\n```"),
    ],
)
def test_links_that_leave_the_docs_lead_to_a_page_or_go(folder: str, text: str, site: str) -> None:
    assert relinked(text, folder, folder.removeprefix("docs").strip("/") if folder else "project") == site
