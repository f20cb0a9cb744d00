"""The navigation of pages that are not in it: one for each folder, made once.

Sphinx lays out all of the contents again for each page, to mark the page in them. The pages of single cells, rules and
the like are not in the contents: there are hundreds, and what would be made is always the same.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

Contents = Callable[..., str]
BEFORE_THE_THEME = 400
"""The priority of `SharedNavigation.give`: themes make the navigation at 500."""

_CAPTION = 'role="heading">', 'role="heading" aria-level="2">'
"""What Sphinx says of a caption in the contents, and what readers of the screen need."""


class SharedNavigation:
    """The navigation of one build, by folder and by the arguments with which a theme asks for it."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], str] = {}

    def give(
        self, app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None
    ) -> None:
        """What Sphinx calls for each page before it is written."""
        contents: Contents = context["toctree"]

        def made(**how: object) -> str:
            return contents(**how).replace(*_CAPTION)

        def shared(**how: object) -> str:
            key = posixpath.dirname(pagename), repr(sorted(how.items()))
            if key not in self._made:
                self._made[key] = made(**how)
            return self._made[key]

        context["toctree"] = shared if "orphan" in app.env.metadata.get(pagename, ()) else made
