"""The kill table in the documentation: it is of the present table and cases, and whole."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from dulcimer._generated.fsm import TABLE, Events, States
from selftest.bench import Tier, trials_of
from selftest.model import ROLES, Role
from selftest.mutants import cell_label, mutants
from selftest.page import digest, page
from selftest.report import FAILED, HARDENED, LETTER, MILD, PARTS, THOROUGH, THOROUGH_MILD
from selftest.run import Outcome, Selftest
from selftest.visibility import LEEWAYS, sight_of

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
    assert f"`{digest()}`" in TEXT, "write it anew: make selftest-page"


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
    marks = {tier: [role for role, *_, case in KILLS if case.endswith(f"`{tier.mark}")] for tier in Tier}
    assert total(FAILED) == [marks[Tier.CHECK].count(role) for role in ROLES]
    thorough = zip(total(THOROUGH), total(HARDENED), strict=True)
    assert list(map(sum, thorough)) == [marks[Tier.THOROUGH].count(role) for role in ROLES]
    assert list(map(sum, zip(*map(total, PARTS), strict=True))) == total("killed")
    assert total("cases played against the correct machine") == [len(trials_of(role)) for role in ROLES]


def test_its_head_says_who_finds_how_many() -> None:
    numbers = {name: sum(total(name)) for name in (*PARTS, HARDENED)}
    told = " ".join(TEXT.partition("## Totals")[0].split())
    assert f"- {numbers[FAILED]} get that from a case of `dulcimer check`" in told
    assert f"- {numbers[MILD]} get NON-STRICT there" in told
    assert f"{numbers[HARDENED]} of them get FAILED with `--thorough`" in told
    assert f"- {numbers[THOROUGH]} are found only with `--thorough`" in told
    assert f"- {numbers[THOROUGH_MILD]} are found only with `--thorough`, and get NON-STRICT" in told
    assert f"- {numbers[LETTER]} are found by neither" in told


@pytest.mark.parametrize("role", ROLES)
def test_killing_cases_exist_and_say_by_a_mark_who_plays_them(role: Role) -> None:
    known = {f"`{trial.case.id}`{trial.tier.mark}" for trial in trials_of(role)}
    assert {case for found, _, _, case in KILLS if found == role} <= known


@pytest.mark.parametrize("role", ROLES)
def test_what_is_visible_and_why_not_is_recomputed_for_some(role: Role) -> None:
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
