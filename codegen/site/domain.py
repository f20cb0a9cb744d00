"""The Sphinx domain ``dul``: roles such as {dul:state}`Sta6`, the table, and the names in ``objects.inv``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.domains import Domain, ObjType
from sphinx.roles import XRefRole
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from codegen.site.nouns import KINDS, Noun, cell_noun, nouns
from dulcimer._generated.fsm import EVENTS, TABLE, Events, States
from dulcimer.cli.facts.explanation import plain

if TYPE_CHECKING:
    from docutils.nodes import Element, Node
    from docutils.parsers.rst import Directive
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import RoleFunction

_INVENTORY_PRIORITY = 1


class TableOfCells(SphinxDirective):
    """Table 9-10 with a link in every cell; blank ones have a middle dot."""

    def run(self) -> list[Node]:
        """The table."""
        body = nodes.tbody()
        for which in Events:
            row = nodes.row()
            row += self._entry("event", EVENTS[which].label, EVENTS[which].label, "head")
            for place in States:
                action = TABLE.get((which, place), "")
                kind = action.partition("-")[0].lower() or "blank"
                row += self._entry("cell", cell_noun(place, which).name, action or "·", kind)
            body += row
        head = nodes.row()
        head += nodes.entry()
        for place in States:
            head += self._entry("state", place.label, place.label, "head")
        group = nodes.tgroup(cols=len(States) + 1)
        group += [nodes.colspec(colwidth=1) for _ in range(len(States) + 1)]
        group += nodes.thead("", head)
        group += body
        return [nodes.container("", nodes.table("", group, classes=["cells"]), classes=["table-of-cells"])]

    def _entry(self, kind: str, name: str, text: str, style: str) -> nodes.entry:
        reference = pending_xref(
            "", nodes.inline("", text), refdomain="dul", reftype=kind, reftarget=name, refexplicit=True, refwarn=True
        )
        reference.source, reference.line = self.get_source_info()
        reference["refdoc"] = self.env.current_document.docname
        return nodes.entry("", nodes.paragraph("", "", reference), classes=[style])


class NounRole(XRefRole):
    """A link to the page of a noun; its text is the name as it is written, its tooltip what the noun is."""

    innernodeclass = nodes.inline


class DicomUpperLayerDomain(Domain):
    """The nouns of the protocol. Their pages are known before anything is read: nothing is collected from pages."""

    name = "dul"
    label = "DICOM Upper Layer"
    object_types: ClassVar[dict[str, ObjType]] = {kind: ObjType(word, kind) for kind, word in KINDS.items()}
    roles: ClassVar[dict[str, RoleFunction | XRefRole]] = {kind: NounRole() for kind in KINDS}
    directives: ClassVar[dict[str, type[Directive]]] = {"table": TableOfCells}

    def resolve_xref(
        self,
        env: BuildEnvironment,  # noqa: ARG002
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: pending_xref,  # noqa: ARG002
        contnode: Element,
    ) -> nodes.reference | None:
        """The link; None for a name that is not known, of which Sphinx then warns."""
        found = nouns().get((typ, plain(target)))
        return None if found is None else _reference(found, fromdocname, builder, contnode)

    def resolve_any_xref(
        self,
        env: BuildEnvironment,  # noqa: ARG002
        fromdocname: str,
        builder: Builder,
        target: str,
        node: pending_xref,  # noqa: ARG002
        contnode: Element,
    ) -> list[tuple[str, nodes.reference]]:
        """The links that {any}`...` may mean."""
        found = (nouns().get((kind, plain(target))) for kind in KINDS)
        return [(f"dul:{one.kind}", _reference(one, fromdocname, builder, contnode)) for one in found if one]

    def get_objects(self) -> Iterable[tuple[str, str, str, str, str, int]]:
        """The nouns for ``objects.inv`` and for the search."""
        for one in dict.fromkeys(nouns().values()):
            yield one.name, one.name, one.kind, one.page, one.anchor, _INVENTORY_PRIORITY

    def merge_domaindata(self, docnames: Iterable[str], otherdata: dict[str, object]) -> None:
        """Nothing is collected, so nothing is to be merged when pages are read in parallel."""


def _reference(found: Noun, source: str, builder: Builder, content: Element) -> nodes.reference:
    return make_refnode(builder, source, found.page, found.anchor, content, found.says)
