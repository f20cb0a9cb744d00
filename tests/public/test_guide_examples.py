"""The examples of docs/guide do what the pages show; those of a page run one after the other."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.dicom_files import TEST_FILES

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
EXAMPLE = re.compile(r"^```python\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")
END = "\x1e\n"
PAGES = sorted(path.name for path in GUIDE.glob("*.md"))
HERE = [
    "README.md",
    "ae.md",
    "association.md",
    "async.md",
    "events.md",
    "from_pynetdicom.md",
    "learning.md",
    "machine.md",
    "schemas.md",
    "traces.md",
]
"""Pages whose examples need nothing but a file; the others have tests of their own."""


@pytest.mark.parametrize("page", HERE)
def test_examples_print_what_the_page_shows(page: str, tmp_path: Path) -> None:
    examples = EXAMPLE.findall((GUIDE / page).read_text(encoding="utf-8"))
    assert examples
    program = "".join(f"{example}\nprint(end={END!r})\n" for example, _ in examples)
    shutil.copy(TEST_FILES / "CT_small.dcm", tmp_path)
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    printed = done.stdout.split(END)[:-1]
    assert [text for text, (_, shown) in zip(printed, examples, strict=True) if shown] == [
        shown for _, shown in examples if shown
    ]


def test_index_leads_to_every_page_and_no_link_leads_nowhere() -> None:
    for page in PAGES:
        for target in LINK.findall((GUIDE / page).read_text(encoding="utf-8")):
            assert (GUIDE / target).exists(), f"{page}: {target}"
    listed = set(LINK.findall((GUIDE / "README.md").read_text(encoding="utf-8")))
    assert listed == {page for page in PAGES if page != "README.md"}


def test_examples_of_every_page_are_tested_somewhere() -> None:
    tests = [path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].rglob("test_*.py")]
    for page in set(PAGES) - set(HERE):
        assert any(f'"{page}"' in text for text in tests), page
