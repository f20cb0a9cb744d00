"""Data sets whose elements are decoded also where pydicom returns them undecoded."""

from __future__ import annotations

from collections.abc import ItemsView, ValuesView
from contextlib import suppress
from typing import Any

from pydicom.dataset import Dataset
from pydicom.tag import BaseTag


class DecodedDataset(Dataset):
    """A data set with decoded `values` and `items`, also in sequences; what cannot be decoded stays as received.

    Nothing is decoded before it is accessed: pydicom logs invalid values, and they may name patients.
    """

    @classmethod
    def of(cls, data_set: Dataset) -> DecodedDataset:
        """The same data set, no copy."""
        data_set.__class__ = cls
        assert isinstance(data_set, cls)
        return data_set

    def values(self) -> ValuesView[Any]:
        """The elements."""
        return self._decoded().values()

    def items(self) -> ItemsView[BaseTag, Any]:
        """The elements with their tags."""
        return self._decoded().items()

    def _decoded(self) -> dict[BaseTag, Any]:
        found: dict[BaseTag, Any] = {}
        for tag in list(self.keys()):
            # Else pydicom decodes an element without a value at once, and raises for a VR that it does not know.
            found[tag] = self.get_item(tag, keep_deferred=True)
            with suppress(Exception):  # pydicom has no common exception; it raises again when the element is accessed
                found[tag] = self[tag]
                for item in self[tag].value if self[tag].VR == "SQ" else ():
                    self.of(item)
        return found
