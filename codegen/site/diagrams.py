"""Diagrams that are text for Mermaid: a code host draws them; the site, which loads nothing, shows the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from docutils.nodes import Node


class MermaidText(SphinxDirective):
    """The text of a diagram, folded."""

    has_content = True

    def run(self) -> list[Node]:
        """The text, between the tags of what can be folded."""
        text = "\n".join(self.content)
        return [
            nodes.raw("", '<details class="diagram"><summary>The diagram as text for Mermaid</summary>', format="html"),
            nodes.literal_block(text, text, language="text"),
            nodes.raw("", "</details>", format="html"),
        ]
