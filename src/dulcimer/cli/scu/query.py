"""The query of a command: information model, level and keys, made into an identifier (PS3.4 C.2, K.2, CC.2.8)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path as FilePath
from typing import Any

import typer
from pydicom import dcmread
from pydicom.charset import python_encoding
from pydicom.datadict import keyword_for_tag, tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.tag import BaseTag, Tag

from dulcimer import sop_class
from dulcimer.cli.scu.query_keys import Key, Path, name_of, parse_key, paths_of, put
from dulcimer.counting import counted
from dulcimer.dimse.charsets import unencodable


class QueryModel(Enum):
    """The information models, with the part of their name that the SOP classes share."""

    PATIENT = "PatientRoot"
    STUDY = "StudyRoot"
    PATIENT_STUDY = "PatientStudyOnly"
    WORKLIST = "ModalityWorklist"
    UPS = "UnifiedProcedureStep"

    @property
    def has_levels(self) -> bool:
        """Whether a query names a level."""
        return self in (QueryModel.PATIENT, QueryModel.STUDY, QueryModel.PATIENT_STUDY)

    def sop_class(self, service: str) -> str:
        """The UID of the SOP class for "Find", "Get" or "Move"."""
        if self is QueryModel.WORKLIST:
            return str(sop_class.ModalityWorklistInformationFind)
        if self is QueryModel.UPS:
            return str(sop_class.UnifiedProcedureStepPull)
        return str(getattr(sop_class, f"{self.value}QueryRetrieveInformationModel{service}"))


LEVELS = ("PATIENT", "STUDY", "SERIES", "IMAGE")
UNIQUE_KEYS = dict(zip(LEVELS, ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"), strict=True))

_OF_A_LEVEL = {
    "IMAGE": "SOPInstanceUID SOPClassUID InstanceNumber ContentDate ContentTime NumberOfFrames ImageType Rows Columns",
    "SERIES": "SeriesInstanceUID Modality SeriesNumber SeriesDescription SeriesDate SeriesTime BodyPartExamined "
    "ProtocolName StationName PerformedProcedureStepStartDate NumberOfSeriesRelatedInstances",
    "PATIENT": "PatientName PatientID IssuerOfPatientID PatientBirthDate PatientBirthTime PatientSex EthnicGroup "
    "OtherPatientIDs OtherPatientNames PatientComments NumberOfPatientRelatedStudies NumberOfPatientRelatedSeries "
    "NumberOfPatientRelatedInstances",
}
"""Attributes that determine the level of a query; others belong to the study (PS3.4 C.6.1.1)."""

USUAL_KEYS = {
    "PATIENT": "PatientName PatientID PatientBirthDate PatientSex",
    "STUDY": "PatientName PatientID StudyDate StudyTime AccessionNumber ModalitiesInStudy StudyDescription "
    "StudyInstanceUID",
    "SERIES": "Modality SeriesNumber SeriesDescription NumberOfSeriesRelatedInstances SeriesInstanceUID",
    "IMAGE": "InstanceNumber SOPClassUID SOPInstanceUID",
    "WORKLIST": "PatientName PatientID AccessionNumber RequestedProcedureID "
    "ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate "
    "ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartTime "
    "ScheduledProcedureStepSequence[0].Modality ScheduledProcedureStepSequence[0].ScheduledStationAETitle "
    "ScheduledProcedureStepSequence[0].ScheduledProcedureStepDescription",
    "UPS": "PatientName PatientID ProcedureStepState ScheduledProcedureStepPriority ProcedureStepLabel "
    "ScheduledProcedureStepStartDateTime SOPInstanceUID",
}
"""The return keys if none is given: at these levels, and in the models without levels."""

_HIDDEN = {
    Tag(tag_for_keyword(keyword) or 0) for keyword in ("QueryRetrieveLevel", "SpecificCharacterSet", "RetrieveAETitle")
}


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """An identifier that is complete, the attributes to show of each match, and the assumptions made."""

    model: QueryModel
    identifier: Dataset
    columns: tuple[Path, ...]
    remarks: tuple[str, ...]

    @property
    def level(self) -> str:
        """The level, "" in a model without levels."""
        return str(self.identifier.get("QueryRetrieveLevel", "") or "")


def query_for_find(
    model: QueryModel, keys: Sequence[str], file: FilePath | None, level: str | None, *, relational: bool = False
) -> PreparedQuery:
    """A query for matches; if no key without a value is given, the usual ones of the level are added."""
    identifier, parsed = _given(keys, file)
    remarks: list[str] = []
    if model.has_levels:
        _set_level(identifier, level or "", _level_of_keys(identifier, model), remarks)
    asked = str(identifier.QueryRetrieveLevel) if model.has_levels else model.name
    wishes = [key for key in parsed if not key.value]
    if file is None and not wishes:
        usual = [parse_key(text) for text in USUAL_KEYS.get(asked, "").split()]
        missing = [key for key in usual if key.path not in {given.path for given in parsed}]
        for key in missing:
            put(identifier, key)
        shown = [*(key.path for key in usual), *(key.path for key in parsed)]
        remarks.append(f"No return keys (-k KEY) given: asking for the usual ones of {asked}.")
    else:
        shown = [*(key.path for key in parsed), *paths_of(identifier)]
    if not relational:
        _remark_on_missing_keys(identifier, model, remarks)
    _set_character_set(identifier, remarks)
    columns = tuple(path for path in dict.fromkeys(shown) if path[-1][0] not in _HIDDEN)
    return PreparedQuery(model, identifier, columns, tuple(remarks))


def query_for_retrieval(
    model: QueryModel, keys: Sequence[str], file: FilePath | None, level: str | None, *, relational: bool = False
) -> PreparedQuery:
    """A query for instances to retrieve; `typer.BadParameter` if it has no unique key at all (PS3.4 C.4.2.2.1)."""
    identifier, _ = _given(keys, file)
    remarks: list[str] = []
    named = [name for name, keyword in UNIQUE_KEYS.items() if identifier.get(keyword)]
    if not named:
        raise typer.BadParameter(
            "nothing to retrieve: give a unique key with its value: " + ", ".join(UNIQUE_KEYS.values()),
            param_hint="'-k'",
        )
    if model is QueryModel.STUDY and named == ["PATIENT"] and not (level or identifier.get("QueryRetrieveLevel")):
        raise typer.BadParameter(
            "patients can be retrieved only in the Patient Root information model (PS3.4 C.6.1.1): add -P",
            param_hint="'-k'",
        )
    _set_level(identifier, level or "", named[-1], remarks)
    if not relational:
        _remark_on_missing_keys(identifier, model, remarks)
    _set_character_set(identifier, remarks)
    return PreparedQuery(model, identifier, (), tuple(remarks))


def _given(keys: Sequence[str], file: FilePath | None) -> tuple[Dataset, list[Key]]:
    identifier = Dataset() if file is None else read_query(file)
    parsed = [parse_key(text) for text in keys]
    for key in parsed:
        put(identifier, key)
    return identifier, parsed


def read_query(path: FilePath) -> Dataset:
    """The identifier in a file: DICOM, with or without a header, or the DICOM JSON Model (PS3.18 F)."""
    try:
        raw = path.read_bytes()
        if raw.lstrip()[:1] in (b"{", b"["):
            found: Any = json.loads(raw)
            if isinstance(found, list):
                if len(found) != 1:
                    raise ValueError(f"it has {counted(len(found), 'data set')}; a query is one")
                found = found[0]
            return Dataset.from_json(found)
        data_set = dcmread(path, force=True)
        tags = list(data_set.keys())
        if not any(map(keyword_for_tag, tags)) or any(map(_is_unknown, tags)):
            raise ValueError("neither DICOM nor JSON")
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        EOFError,
        NotImplementedError,
        InvalidDicomError,
        BytesLengthException,
    ) as error:
        raise typer.BadParameter(f"{path} is not a query: {error}", param_hint="'-f'") from error
    plain = Dataset()
    plain.update({tag: data_set[tag] for tag in data_set.keys()})  # noqa: SIM118 - iterating gives elements
    return plain


def _is_unknown(tag: BaseTag) -> bool:
    return tag.group % 2 == 0 and name_of(tag).startswith("(")


def _set_level(identifier: Dataset, option: str, derived: str, remarks: list[str]) -> None:
    if option:
        identifier.QueryRetrieveLevel = option
    elif not identifier.get("QueryRetrieveLevel"):
        identifier.QueryRetrieveLevel = derived
        remarks.append(f"No --level given: using {derived}, which fits the keys.")


def _remark_on_missing_keys(identifier: Dataset, model: QueryModel, remarks: list[str]) -> None:
    """Remark which unique keys of the levels above are missing; without them a query has to be relational."""
    if not model.has_levels or identifier.QueryRetrieveLevel not in LEVELS:
        return
    top = LEVELS.index("STUDY" if model is QueryModel.STUDY else "PATIENT")
    above = [UNIQUE_KEYS[level] for level in LEVELS[top : LEVELS.index(identifier.QueryRetrieveLevel)]]
    missing = [keyword for keyword in above if not _is_single(identifier.get(keyword))]
    if missing:
        remarks.append(
            f"At level {identifier.QueryRetrieveLevel}, a query needs one value each of {' and '.join(missing)} "
            "(PS3.4 C.4.1.2.1): peers may refuse the query, or answer in any way."
        )


def _is_single(value: object) -> bool:
    return isinstance(value, str) and bool(value) and "*" not in value and "?" not in value


def _level_of_keys(identifier: Dataset, model: QueryModel) -> str:
    """The lowest level of any key; the top of the model if there are no keys."""
    lowest = "STUDY" if model is QueryModel.STUDY or _study_key(identifier) else "PATIENT"
    for level in ("IMAGE", "SERIES"):
        if any(keyword in identifier for keyword in _OF_A_LEVEL[level].split()):
            lowest = level
            break
    return lowest


def _study_key(identifier: Dataset) -> bool:
    others = {tag for tags in _OF_A_LEVEL.values() for tag in map(tag_for_keyword, tags.split())}
    return any(int(tag) not in others and BaseTag(tag) not in _HIDDEN for tag in identifier.keys())  # noqa: SIM118 - iterating decodes every element


def _set_character_set(identifier: Dataset, remarks: list[str]) -> None:
    """Name the character set that the keys need (PS3.4 C.2.2.2); `typer.BadParameter` if the one given is not enough.

    A key is never changed: a question mark in place of a letter would be a wild card.
    """
    known = identifier.get("SpecificCharacterSet")
    for term in [known] if isinstance(known, str) else known or ():
        if term and term not in python_encoding:
            raise typer.BadParameter(f"{term!r} is not a character set of PS3.3 C.12.1.1.2", param_hint="'-k'")
    if not known and unencodable(identifier, strict=True):
        identifier.SpecificCharacterSet = "ISO_IR 192"
        remarks.append("The keys are sent in UTF-8 (SpecificCharacterSet=ISO_IR 192).")
    if found := unencodable(identifier, strict=True):
        raise typer.BadParameter(str(found), param_hint="'-k'")
