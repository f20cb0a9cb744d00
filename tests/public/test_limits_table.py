"""The table of the guide has every limit, with its default."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from dulcimer.limits import DEFAULTS

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "serve.md"
ROW = re.compile(r"^\| `([a-z-]+)` \| ([0-9]+) \| .+ \| .+ \|$", re.MULTILINE)


@pytest.mark.parametrize("name", [field.name for field in fields(DEFAULTS)])
def test_limit_is_in_the_table_with_its_default(name: str) -> None:
    rows = dict(ROW.findall(GUIDE.read_text()))
    assert rows[name.replace("_", "-")] == str(getattr(DEFAULTS, name))
