"""All leaves of a schema, to make tables, documents or mutations from."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer.wire.fields import Leaf
from dulcimer.wire.layout import Layout


def walk(schema: Layout, path: str = "") -> Iterator[tuple[str, Leaf]]:
    """Each leaf with its path in which ``[]`` stands for any index and ``[20H]`` for an item of that type.

    For example ``variable_items[20H].sub_items[30H].abstract_syntax_name``. `leaf.name`, `kind`, `width`,
    `doc`, `clause`, and for a length `governs`, describe the field. Lists and the layouts in them come in
    the order of the standard; an item of unknown type is left out.
    """
    for name, part in schema.parts.items():
        where = f"{path}.{name}" if path else name
        if isinstance(part, Leaf):
            yield where, part
        else:
            for key, layout in part.elements():
                yield from walk(layout, f"{where}[{key}]")
