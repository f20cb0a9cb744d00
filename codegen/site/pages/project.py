"""Files of the project that are pages of the site, too: README, changes, how to contribute, how to report."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from codegen.site.made import MadePage
from codegen.site.outside import PROJECT_FILES, relinked
from codegen.site.prose import page

_FIRST_HEADING = re.compile(r"^# .*$", re.MULTILINE)
_DECISIONS = """
Why something is as it is, one short page for each decision. [How they are written](/decisions/README.md).

```{toctree}
:glob:
:titlesonly:

/decisions/0*
/decisions/README
```
""".strip()


def pages(root: Path) -> Iterator[MadePage]:
    """Their pages."""
    for file, name in PROJECT_FILES.items():
        text = (root / file).read_text(encoding="utf-8")
        if file == "README.md":
            text = _FIRST_HEADING.sub("# A first look", text, count=1)
        yield MadePage(name, relinked(text, posixpath.dirname(file), posixpath.dirname(name)))
    yield MadePage("project/decisions", page("Decisions", (), _DECISIONS, orphan=False))
