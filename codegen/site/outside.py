"""Links in Markdown that leave the docs: they work on a code host; on the site they lead to a page, or go."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PROJECT_FILES = {
    "README.md": "project/readme",
    "CHANGELOG.md": "project/changelog",
    ".github/CONTRIBUTING.md": "project/contributing",
    ".github/SECURITY.md": "project/security",
}
"""Files of the project that have a page of the site."""

_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s:]+)\)")
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)


def lead_links_outside_somewhere(_app: Sphinx, docname: str, source: list[str]) -> None:
    """What Sphinx calls with each page that it reads."""
    here = posixpath.dirname(docname)
    source[0] = relinked(source[0], posixpath.join("docs", here), here)


def relinked(text: str, folder: str, here: str) -> str:
    """`text`, a Markdown file of this `folder` of the project, with links that work in the folder `here` of the site.

    A link to a file that has no page becomes its text.
    """
    parts, end = [], 0
    for fence in _FENCE.finditer(text):
        parts += [_relinked(text[end : fence.start()], folder, here), fence[0]]
        end = fence.end()
    return "".join((*parts, _relinked(text[end:], folder, here)))


def _relinked(text: str, folder: str, here: str) -> str:
    def changed(found: re.Match[str]) -> str:
        words, target = found[1], found[2]
        path, mark, anchor = target.partition("#")
        if not path or target.startswith("/"):
            return found[0]
        where = posixpath.normpath(posixpath.join(folder, path))
        if where in PROJECT_FILES:
            return f"[{words}](/{PROJECT_FILES[where]}.md{mark}{anchor})"
        if where.startswith("docs/") and where.endswith(".md"):
            return f"[{words}](/{where.removeprefix('docs/')}{mark}{anchor})"
        if where.startswith("docs/") and where.endswith(".html"):
            address = posixpath.relpath(where.removeprefix("docs/"), here or ".")
            return f'<a href="{address}{mark}{anchor}">{words}</a>'
        if where.startswith("docs/") and "." in posixpath.basename(where):
            return found[0] if folder.startswith("docs") else words
        return words

    return _LINK.sub(changed, text)
