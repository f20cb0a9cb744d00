"""What the loader of `spec/conformance/requestor/` refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.requestor import generate
from codegen.spec import SpecError

FOLDER = "spec/conformance/requestor"
DAMAGES = {
    "an unknown key": ("cases.toml", "accept = { protocol_version = 3 }", "accept = { version = 3 }", "unknown key"),
    "an unknown expectation": ("cases.toml", 'expect = "used"', 'expect = "user"', "expect: unknown value 'user'"),
    "an id given twice": ("cases.toml", "enc.req.version.8001", "enc.req.version.0003", "two cases have this id"),
    "two things to send": ("cases.toml", 'wait = "nothing"', 'wait = "nothing"\npdu = "A-ABORT"', "exactly one of"),
    "an unknown rule": ("cases.toml", "r.ps3_8.9_2_2.ae-3", "r.ps3_8.9_2_2.ae-33", "unknown rule"),
    "an unknown state": ("entries.toml", 'state = "Sta5"', 'state = "Sta15"', "unknown value 'Sta15'"),
    "an unknown step": ("entries.toml", 'steps = ["accept"', 'steps = ["listen"', "unknown value 'listen'"),
    "an unknown port": ("entries.toml", 'port = "full"', 'port = "shut"', "unknown value 'shut'"),
    "a cell without a reaction": ("reactions.toml", 'actions = ["AE-4"]', 'actions = ["AE-7"]', "Evt4 in Sta5"),
    "an ending that is none": ("reactions.toml", '"hangs"]', '"sleeps"]', "matches no ending"),
    "a verdict without reason": (
        "reactions.toml",
        'verdict = "OK", on = ["close',
        'verdict = "FAILED", on = ["close',
        "'why'",
    ),
    "an unknown PDU": ("sender.toml", 'pdus = ["A-ABORT"]', 'pdus = ["A-ABORTION"]', "unknown value 'A-ABORTION'"),
}


@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_damaged_rows_of_requestors_are_refused(
    copy_of_project: Path, edit: Callable[[str, str, str], None], damage: str
) -> None:
    file, old, new, message = DAMAGES[damage]
    edit(f"{FOLDER}/{file}", old, new)
    with pytest.raises(SpecError) as caught:
        generate(copy_of_project)
    assert str(caught.value).startswith(f"{FOLDER}/")
    assert message in str(caught.value)


def test_rule_without_a_case_is_refused(copy_of_project: Path, edit: Callable[[str, str, str], None]) -> None:
    edit(f"{FOLDER}/cases.toml", 'rules = ["r.ps3_8.9_3_4.reserved-not-tested"]', 'rules = ["r.ps3_8.9_2_2.ae-4"]')
    with pytest.raises(SpecError, match="no case names this rule"):
        generate(copy_of_project)
