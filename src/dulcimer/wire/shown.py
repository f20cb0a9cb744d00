"""PDUs in notebooks: each field with its value, items inside items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from dulcimer.counting import counted
from dulcimer.notebook import notebook_table


class ShownInNotebooks:
    """A dataclass that a notebook shows as a table; what `repr` leaves out is left out, but for its size."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """The table."""
        note = (type(self).__doc__ or "").partition("\n")[0]
        return notebook_table(type(self).__name__, note, ("field", "value"), _rows(self, ""))


def _rows(value: object, path: str) -> Iterator[tuple[str, str]]:
    assert is_dataclass(value)
    for one in fields(value):
        inner = getattr(value, one.name)
        where = f"{path}{one.name}"
        if isinstance(inner, tuple):
            for number, element in enumerate(inner):
                yield from _element(element, f"{where}[{number}]")
        elif isinstance(inner, bytes | bytearray | memoryview):
            yield where, inner.hex(" ") if one.repr else counted(len(inner), "byte")
        else:
            yield where, str(inner)


def _element(element: object, where: str) -> Iterator[tuple[str, str]]:
    if not is_dataclass(element):
        yield where, str(element)
        return
    yield where, type(element).__name__
    yield from _rows(element, f"{where}.")
