"""The rules: each is named by a case or explained, ids last, and what is wrong in the files is refused."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from codegen.conformance import ROOT, generate
from codegen.pages.conformance_rules import generate as rules_page
from codegen.pages.conformance_rules import load_all
from codegen.spec import SpecError, load
from codegen.spec.rules import load_rules, rules_of_action
from dulcimer._generated.fsm import ACTIONS
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.stimuli.requests import Titles

RULES = load_rules(ROOT)
PUBLISHED = Path(__file__).with_name("published_ids.txt")

PDUS, ANNEXES = "rules/ps3_8_9_3_pdus.toml", "rules/ps3_8_annexes.toml"
UNKNOWN_ITEMS = "r.ps3_8.9_3_1.unknown-items-ignored"

DAMAGES = {
    "a case names an unknown rule": (
        "encoding.toml",
        f'["{UNKNOWN_ITEMS}"]',
        '["r.ps3_8.9_3_1.unknown-item-ignored"]',
        f"nearest is {UNKNOWN_ITEMS}",
    ),
    "a reaction names an unknown rule": (
        "reactions.toml",
        "r.ps3_8.9_2_3.table",
        "r.ps3_8.9_2_3.tables",
        "reaction.a1.rules: unknown rule",
    ),
    "a sender rule names an unknown rule": (
        "sender.toml",
        "r.ps3_8.9_3_1.seven-types",
        "r.ps3_8.9_3_1.eight-types",
        "nearest is r.ps3_8.9_3_1.seven-types",
    ),
    "a case names no rule": (
        "encoding.toml",
        'rules = ["r.ps3_8.9_3_2.version-bit-0-tested"]\n',
        "",
        "'rules' is missing",
    ),
    "an id twice": (PDUS, "r.ps3_8.9_3_1.items-ascend", "r.ps3_8.9_3_1.seven-types", "two rules have this id"),
    "a positional id": (PDUS, "r.ps3_8.9_3_1.items-ascend", "rule-17", "expected an id such as"),
    "a clause that is not that of the id": (
        PDUS,
        'items-ascend", clause = "PS3.8 9.3.1"',
        'items-ascend", clause = "PS3.8 9.3.10"',
        "is not in the clause that the id names",
    ),
    "a part that is not that of the id": (
        ANNEXES,
        'same-context", clause = "PS3.8 E.1"',
        'same-context", clause = "PS3.7 E.1"',
        "is not in the clause that the id names",
    ),
    "an unknown level": (ANNEXES, 'level = "should"', 'level = "must"', "unknown value 'must'"),
    "bound to nobody": (ANNEXES, 'who = "sender"', 'who = "vendor"', "unknown value 'vendor'"),
    "a remedy that is a sentence": (
        PDUS,
        "do not read the reserved fields of an A-ABORT",
        "Do not read the reserved fields of an A-ABORT.",
        "expected what to do",
    ),
    "no sentence": (ANNEXES, "sent as zero and not tested.", "sent as zero and not tested", "expected a sentence"),
}

GAPS = {
    "nobody names it": (
        "encoding.toml",
        '["r.ps3_8.9_3_2_3.user-data-any-order"]',
        f'["{UNKNOWN_ITEMS}"]',
        "no case names this rule",
    ),
    "named and unobservable": (
        PDUS,
        "is skipped and has no effect.",
        'is skipped and has no effect.", unobservable = "nobody looks',
        "a case names this rule, which is declared unobservable",
    ),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "spec", tmp_path / "spec")
    (tmp_path / "src").symlink_to(ROOT / "src")
    return tmp_path


def damage(root: Path, name: str, before: str, after: str) -> None:
    path = root / "spec" / "conformance" / name
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


@pytest.mark.parametrize("what", DAMAGES)
def test_damaged_rules_are_refused(root: Path, what: str) -> None:
    name, before, after, says = DAMAGES[what]
    damage(root, name, before, after)
    with pytest.raises(SpecError) as caught:
        generate(root)
    assert says in str(caught.value)


@pytest.mark.parametrize("what", GAPS)
def test_rule_is_either_named_or_explained(root: Path, what: str) -> None:
    name, before, after, says = GAPS[what]
    damage(root, name, before, after)
    with pytest.raises(SpecError) as caught:
        load_all(root, load(root))
    assert says in str(caught.value)


def test_every_rule_has_a_case_or_a_reason() -> None:
    load_all(ROOT, load(ROOT))


def test_folder_without_rules_is_refused(root: Path) -> None:
    shutil.rmtree(root / "spec" / "conformance" / "rules")
    with pytest.raises(SpecError, match="there is no rule"):
        load_rules(root)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_rule_is_a_demand_in_one_sentence(rule: object) -> None:
    statement = getattr(rule, "statement", "")
    assert re.fullmatch(r"[A-Z0-9].{10,220}\.", statement), statement
    assert " shall " not in statement


def test_every_action_has_its_rule() -> None:
    for action in ACTIONS:
        assert rules_of_action(action, RULES), action
    assert rules_of_action("AR-1", RULES) == ("r.ps3_8.9_2_2.ar-1",)
    assert len(rules_of_action("AE-6", RULES)) == 2


def test_ids_that_have_been_published_are_still_there() -> None:
    cases = {case.id for case in acceptor_cases(Titles())}
    gone = set(PUBLISHED.read_text(encoding="utf-8").split()) - cases - set(RULES)
    assert gone == set()


def test_every_case_names_rules_that_exist() -> None:
    for case in acceptor_cases(Titles()):
        assert case.rules, case.id
        assert set(case.rules) <= set(RULES), case.id


def test_page_lists_every_rule_and_every_case() -> None:
    text = rules_page(load(ROOT))
    for rule in RULES:
        assert f"| `{rule}` |" in text
    for case in acceptor_cases(Titles()):
        assert case.base or f"| `{case.id}` |" in text
