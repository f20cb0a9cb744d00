"""Each exception from a rule of the linter or of the type checker has a reason."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
WAIVED = {"ARG001", "ARG002"}
"""Where the signature is that of a protocol, a base class or a table of functions, which needs no words."""
NOQA = re.compile(r"# (?:ruff: )?noqa(?::? ?(?P<codes>[A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*))?(?P<why>.*)")
IGNORED = re.compile(r"# type: ignore(?:\[[a-z, -]+\])?(?P<why>.*)")


def silent(line: str) -> bool:
    """Whether a line makes an exception without a reason."""
    noqa, ignored = NOQA.search(line), IGNORED.search(line)
    if noqa and (noqa["codes"] is None or not set(re.split(", ?", noqa["codes"])) <= WAIVED):
        return not says_why(noqa["why"])
    return ignored is not None and not says_why(ignored["why"])


def says_why(rest: str) -> bool:
    return len(re.findall(r"[a-z]+", rest)) >= 2


def test_every_exception_has_its_reason_beside_it_or_above_it() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("src", "codegen", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path != Path(__file__) and "scripts" not in path.parts
        for above, line in pairwise(["", *path.read_text(encoding="utf-8").splitlines()])
        if silent(line) and not above.lstrip().startswith("# ")
    ]
    assert not found, "\n".join(found)


def test_what_counts_as_a_reason() -> None:
    silent_lines = [
        "x  # noqa",
        "x  # noqa: B018",
        "x  # type: ignore[misc]",
        "x  # type: ignore",
        "x  # noqa: ARG001, B006",
    ]
    told = ["x", "x  # noqa: ARG002", "x  # noqa: B018 - it raises", "x  # type: ignore[misc]  # it has no types"]
    assert [silent(line) for line in silent_lines + told] == [True] * len(silent_lines) + [False] * len(told)
