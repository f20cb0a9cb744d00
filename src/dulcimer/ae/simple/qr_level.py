"""Levels of Query/Retrieve, each with the information model that begins there (PS3.4 C.3)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from dulcimer._generated.services import SERVICE_CLASSES

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Filter: TypeAlias = "Dataset | Mapping[str, Any]"
"""What to look for: a data set, or values by keyword; an empty value asks for the attribute to be returned."""

_UIDS = {row.keyword: row.uid for row in SERVICE_CLASSES["Query/Retrieve"].sop_classes}


class QRLevel(Enum):
    """The level of a query. PATIENT uses the Patient Root model (PS3.4 C.3.1), the others Study Root (PS3.4 C.3.2).

    The value is that of Query/Retrieve Level (0008,0052). A filter that has the attribute keeps its own: so
    `QRLevel.PATIENT` with the level "STUDY" in the filter looks for studies in the Patient Root model.
    """

    PATIENT = "PATIENT"
    STUDY = "STUDY"
    SERIES = "SERIES"
    IMAGE = "IMAGE"

    @property
    def find(self) -> str:
        """The SOP class for C-FIND."""
        return self._model("Find")

    @property
    def move(self) -> str:
        """The SOP class for C-MOVE."""
        return self._model("Move")

    @property
    def get(self) -> str:
        """The SOP class for C-GET."""
        return self._model("Get")

    def identifier(self, criteria: Filter) -> Dataset:
        """The identifier of a request: the filter, with the level unless it names one.

        Raises ValueError for a keyword that no attribute has (PS3.6 6), or a value that is not valid for the attribute.
        """
        from pydicom.datadict import tag_for_keyword
        from pydicom.dataset import Dataset

        identifier = Dataset()
        if isinstance(criteria, Mapping):
            for keyword, value in criteria.items():
                if tag_for_keyword(keyword) is None:
                    raise ValueError(f"{keyword!r} is not the keyword of an attribute")
                setattr(identifier, keyword, value)
        else:
            identifier.update(criteria)
        if "QueryRetrieveLevel" not in identifier:
            identifier.QueryRetrieveLevel = self.value
        return identifier

    def _model(self, service: str) -> str:
        root = "PatientRoot" if self is QRLevel.PATIENT else "StudyRoot"
        return _UIDS[f"{root}QueryRetrieveInformationModel{service}"]
