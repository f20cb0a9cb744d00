"""The site with few of its pages, and what axe-core says about one of them in Chromium."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.peers.catalogue import PACKAGES, program_path

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ("conf.py", "index.md", "_static")
"""What of the folder of the docs is copied."""
STUBS = ("guide/troubleshooting", "conformance/check", "guide/fuzzing", "guide/README")
"""Pages that have nothing but a heading."""
PAGES = "protocol/(index|table-9-10)|states/sta7|cells/sta7-evt1[0-3]|pdus/05h"
"""The pages that are made."""

_AXE = """
<script src="AXE_FILE"></script>
<script>
const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));
(async () => {
  const found = {};
  for (const theme of ["light", "dark"]) {
    document.body.dataset.theme = theme;
    await wait(400);
    const result = await axe.run(document, {resultTypes: ["violations"]});
    found[theme] = result.violations.map(one => [one.impact, one.id, one.nodes.slice(0, 3).map(node => node.html)]);
  }
  const shown = document.createElement("pre");
  shown.id = "axe-result";
  shown.textContent = JSON.stringify(found);
  document.body.append(shown);
})();
</script>
"""
_RESULT = re.compile(r'<pre id="axe-result">(.*?)</pre>', re.DOTALL)


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
    (docs / "learn").mkdir()
    (docs / "learn/whole.html").write_text("<title>A whole page</title>", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-D", f"dul_pages={PAGES}", str(docs), str(site)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return site


def accessibility(page: Path) -> dict[str, list[list[Any]]]:
    """What axe-core finds on a page, by light and dark: impact, name of the rule, elements."""
    axe = PACKAGES / "npm" / "node_modules" / "axe-core" / "axe.min.js"
    judged = page.with_name(f"axe-{page.name}")
    script = _AXE.replace("AXE_FILE", axe.as_uri())
    judged.write_text(page.read_text(encoding="utf-8").replace("</body>", script + "</body>"), encoding="utf-8")
    result = _RESULT.search(dump_dom(judged))
    assert result, "axe-core did not run"
    found: dict[str, list[list[Any]]] = json.loads(html.unescape(result[1]))
    return found


def dump_dom(page: Path) -> str:
    """The page after its scripts have run, 1440 pixels wide."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={page.parent / 'profile'}"]
    options += ["--window-size=1440,900", "--virtual-time-budget=20000", "--dump-dom"]
    command = [program_path("chromium") or "chromium", *options, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
