"""The kill table in the documentation: it is of the present table and cases, and whole."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer.conformance.selftest.bench import cases_of
from dulcimer.conformance.selftest.endings import EndCase, RequestorEndCase
from dulcimer.conformance.selftest.model import ROLES, Role
from dulcimer.conformance.selftest.mutants import cell_label, mutants
from dulcimer.conformance.selftest.page import EXTRA, digest, page
from dulcimer.conformance.selftest.report import EXTRA as EXTRA_ONLY
from dulcimer.conformance.selftest.report import FAILED, MILD
from dulcimer.conformance.selftest.run import Outcome, Selftest
from dulcimer.conformance.selftest.visibility import LEEWAYS, sight_of

PAGE = Path(__file__).parents[2] / "docs" / "conformance" / "self_test.md"
TEXT = PAGE.read_text(encoding="utf-8")
MUTANTS = {mutant.id: mutant for mutant in mutants()}
BY_CELL: dict[str, list[str]] = {}
for mutant in MUTANTS.values():
    BY_CELL.setdefault(cell_label(mutant.cell), []).append(mutant.name)
RECOMPUTED = 60
KILL = re.compile(
    r"\| (?P<cell>Evt\d+-Sta\d+) \| (?P<action>\S+) \| (?P<names>.*) \| (?P<verdict>\S*) \| (?P<case>.*) \|"
)
HIDDEN = re.compile(r"- (?P<role>\w+), (?P<number>\d+): (?P<cells>.*)")


def names_in(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def kills() -> list[tuple[Role, str, str, str]]:
    """Role, mutant, verdict and case of each row."""
    found: list[tuple[Role, str, str, str]] = []
    for role in ROLES:
        part = TEXT.split(f"## What kills the mutants of the {role}\n")[1].split("\n## ")[0]
        for row in KILL.finditer(part):
            assert TABLE[cell_of(row["cell"])] == row["action"]
            found += [(role, f"{row['cell']}.{name}", row["verdict"], row["case"]) for name in names_in(row["names"])]
    return found


def cell_of(label: str) -> tuple[Events, States]:
    event, state = label.split("-")
    return Events.from_label(event), States.from_label(state)


def hidden() -> list[tuple[str, str, str]]:
    """Role, mutant and reason of each that cannot be seen."""
    found: list[tuple[str, str, str]] = []
    for part in TEXT.split("## Mutants that cannot be seen\n")[1].split("\n### ")[1:]:
        reason, _, lists = part.partition("\n")
        for row in HIDDEN.finditer(lists):
            before = len(found)
            for group in row["cells"].split("; "):
                cell, _, names = group.partition(": ")
                of_cell = BY_CELL[cell] if names == "all" else names_in(names)
                found += [(row["role"], f"{cell}.{name}", reason.lower()) for name in of_cell]
            assert len(found) - before == int(row["number"])
    return found


KILLS, HIDDEN_ONES = kills(), hidden()


def total(name: str) -> list[int]:
    (row,) = re.findall(rf"^\| {re.escape(name)} \| (\d+) \| (\d+) \|$", TEXT, re.MULTILINE)
    return [int(number) for number in row]


def test_the_page_is_of_the_present_table_and_cases() -> None:
    assert f"`{digest()}`" in TEXT, "write it anew: python -m dulcimer.conformance.selftest --write-docs FILE"


def test_every_mutant_stands_in_it_once_for_each_role() -> None:
    listed = [(role, name) for role, name, *_ in (*KILLS, *HIDDEN_ONES)]
    assert sorted(listed) == sorted((role, name) for role in ROLES for name in MUTANTS)


def test_every_visible_mutant_is_killed_and_nothing_fails_the_right_machine() -> None:
    assert "survived**" not in TEXT
    assert {verdict for _, _, verdict, _ in KILLS} == {"FAILED"}
    assert total("survived") == total("false alarms") == [0, 0]
    assert total("killed") == total("visible")


def test_totals_are_those_of_the_lists() -> None:
    assert total("mutants") == [len(MUTANTS)] * len(ROLES)
    assert total("visible") == [sum(found == role for found, *_ in KILLS) for role in ROLES]
    assert total("not visible") == [sum(found == role for found, *_ in HIDDEN_ONES) for role in ROLES]
    assert total("killed by FAILED") == total("killed")
    of_check = [sum(found == role and not case.endswith(EXTRA) for found, *_, case in KILLS) for role in ROLES]
    assert total(FAILED) == of_check
    parts = zip(total(FAILED), total(MILD), total(EXTRA_ONLY), strict=True)
    assert list(map(sum, parts)) == total("killed")
    assert total("cases played against the right machine") == [len(cases_of(role)) for role in ROLES]


@pytest.mark.parametrize("role", ROLES)
def test_killing_cases_exist_and_those_of_the_self_test_are_marked(role: Role) -> None:
    marks = {case.id: EXTRA * isinstance(case, EndCase | RequestorEndCase) for case in cases_of(role)}
    named = {case for found, _, _, case in KILLS if found == role}
    assert named <= {f"`{case}`{mark}" for case, mark in marks.items()}


@pytest.mark.parametrize("role", ROLES)
def test_what_is_visible_and_why_not_is_computed_anew_for_some(role: Role) -> None:
    reasons = {name: reason for found, name, reason in HIDDEN_ONES if found == role}
    for name in random.Random(role).sample(sorted(MUTANTS), RECOMPUTED):
        assert sight_of(MUTANTS[name], role).why.lower() == reasons.get(name, ""), name


def test_every_mutant_that_differs_is_explained_by_one_leeway_of_the_table() -> None:
    allowed = {reason for *_, reason in HIDDEN_ONES if reason.startswith("allowed: ")}
    assert allowed == {f"allowed: {leeway.reason}".lower() for leeway in LEEWAYS}


def test_a_survivor_would_be_marked() -> None:
    wrong = MUTANTS["Evt13-Sta6.blank"]
    outcome = Outcome(wrong, "acceptor", sight_of(wrong, "acceptor"))
    text = page(Selftest({role: [] for role in ROLES}, [outcome]))
    assert "| Evt13-Sta6 | AA-8 | `blank` |  | **survived** |" in text
    assert "**0/1**" in text


def test_the_page_can_be_read_in_a_browser() -> None:
    assert len(TEXT.encode()) < 200_000
    assert TEXT.startswith("# Does the suite see a wrong cell?\n")
    for link in re.findall(r"\]\(#([a-z-]+)\)", TEXT):
        assert any(
            re.sub(r"[^a-z -]", "", heading.lower()).replace(" ", "-") == link
            for heading in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
        )
