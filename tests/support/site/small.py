"""The site with few of its pages."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ("conf.py", "index.md", "_static", "learn/3-release.md")
"""What of the folder of the docs is copied."""
STUBS = ("guide/troubleshooting", "conformance/check", "guide/fuzzing", "guide/README", "guide/learning")
"""Pages that have nothing but a heading."""
PAGES = "protocol/(index|table-9-10)|states/sta7|cells/sta7-evt1[0-3]|pdus/05h"
"""The pages that are made."""


def build(folder: Path) -> Path:
    """Build the site with few pages below `folder`; the folder with the pages."""
    docs, site = folder / "docs", folder / "site"
    for name in SOURCES:
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / "docs" / name).is_dir():
            shutil.copytree(ROOT / "docs" / name, docs / name)
        else:
            shutil.copy(ROOT / "docs" / name, docs / name)
    for name in STUBS:
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / f"{name}.md").write_text("# A page\n", encoding="utf-8")
    (docs / "learn/whole.html").write_text("<title>A whole page</title>", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-D", f"dul_pages={PAGES}", str(docs), str(site)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return site
