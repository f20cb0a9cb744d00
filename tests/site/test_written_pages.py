"""What is written by hand for the site says what is there."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.main import NAMES

DOCS = Path(__file__).parents[2] / "docs"


def test_page_of_benchmarks_lists_every_measure() -> None:
    rows = re.findall(r"^\| (`.*?) \|", (DOCS / "benchmarks.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for row in rows for name in re.findall(r"`([\w-]+)`", row)] == list(NAMES)
