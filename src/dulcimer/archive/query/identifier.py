"""Identifiers of C-FIND, C-MOVE and C-GET requests, as their model and level allow (PS3.4 C.4.1 to C.4.3, C.6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pydicom.dataset import Dataset
from pydicom.tag import Tag

from dulcimer._generated.services import SERVICE_CLASSES
from dulcimer.archive.index.attributes import Attribute, Level, attributes, unique_key
from dulcimer.archive.values.charsets import character_set_of
from dulcimer.archive.values.datasets import IdentifierError, Keys, parse_keys, texts
from dulcimer.archive.values.matching import UNIVERSAL, OneOf, TextMatching

QUERY_RETRIEVE_LEVEL = Tag(0x0008, 0x0052)
QUERY_RETRIEVE_VIEW = Tag(0x0008, 0x0053)
RETRIEVE_AE_TITLE = Tag(0x0008, 0x0054)
INSTANCE_AVAILABILITY = Tag(0x0008, 0x0056)
TIMEZONE_OFFSET = Tag(0x0008, 0x0201)
NOT_KEYS = frozenset(
    {QUERY_RETRIEVE_LEVEL, QUERY_RETRIEVE_VIEW, RETRIEVE_AE_TITLE, INSTANCE_AVAILABILITY, TIMEZONE_OFFSET}
)
"""Attributes of an Identifier that are returned or obeyed, but never matched."""


class Model(Enum):
    """An information model; the value is how the keywords of its SOP classes begin."""

    PATIENT_ROOT = "PatientRoot"
    STUDY_ROOT = "StudyRoot"
    PATIENT_STUDY_ONLY = "PatientStudyOnly"
    COMPOSITE_INSTANCE = "CompositeInstance"
    WORKLIST = "ModalityWorklist"

    @property
    def levels(self) -> tuple[Level, ...]:
        """Its levels from the top."""
        return _LEVELS[self]

    @classmethod
    def of(cls, sop_class_uid: str) -> Model:
        """The model of a SOP class. Raises ValueError for a class without one of these models."""
        for service in ("Query/Retrieve", "Basic Worklist Management"):
            for sop_class in SERVICE_CLASSES[service].sop_classes:
                if sop_class.uid == sop_class_uid:
                    for model in cls:
                        if sop_class.keyword.startswith(model.value):
                            return model
        raise ValueError(f"{sop_class_uid} does not belong to an information model of this archive")


_LEVELS = {
    Model.PATIENT_ROOT: (Level.PATIENT, Level.STUDY, Level.SERIES, Level.IMAGE),
    Model.STUDY_ROOT: (Level.STUDY, Level.SERIES, Level.IMAGE),
    Model.PATIENT_STUDY_ONLY: (Level.PATIENT, Level.STUDY),
    Model.COMPOSITE_INSTANCE: (Level.IMAGE,),
    Model.WORKLIST: (),
}


@dataclass(frozen=True, slots=True)
class Query:
    """A C-FIND request that can be answered.

    `supported` are the requested attributes that the archive has at this level; `all_supported`: there were no
    others.
    """

    level: Level
    identifier: Dataset
    keys: Keys
    supported: tuple[Attribute, ...]
    all_supported: bool
    character_set: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RetrievalQuery:
    """A C-MOVE or C-GET request that can be answered: the values of the Unique Keys, by level."""

    level: Level
    values: dict[Level, tuple[str, ...]]


def parse_query(
    model: Model,
    identifier: Dataset,
    *,
    level: Level | None = None,
    relational: bool = False,
    combined_datetime: bool = False,
) -> Query:
    """The query of the Identifier of a C-FIND request.

    Keys of the level and of the levels above it are matched and returned; the standard allows an SCU only the Unique
    Keys of those above, but many send more. The level is the one given, else that of the Identifier. Raises
    IdentifierError.
    """
    level = level if level is not None else _level(model, identifier)
    keys = parse_keys(identifier, ignored=NOT_KEYS, combined_datetime=combined_datetime)
    if not relational:
        for above in model.levels[: model.levels.index(level)]:
            _single_unique_key(keys, above)
    known = attributes()
    asked = [*keys.plain, *keys.sequences]
    supported = tuple(known[tag] for tag in asked if tag in known and known[tag].level <= level)
    return Query(level, identifier, keys, supported, len(supported) == len(asked), character_set_of(identifier))


def parse_retrieval(model: Model | None, identifier: Dataset) -> RetrievalQuery:
    """The query of the Identifier of a C-MOVE or C-GET request; without a model, keys above the level may be left out.

    Raises IdentifierError.
    """
    level = _level(model or Model.PATIENT_ROOT, identifier)
    values: dict[Level, tuple[str, ...]] = {}
    for other in Level:
        attribute = unique_key(other)
        if other > level:
            continue
        given = texts(identifier, attribute.tag)
        if not given and (other is level or (model is not None and other in model.levels)):
            raise IdentifierError(f"{attribute.keyword} is missing", offending_element=attribute.tag)
        if other is not level and len(given) > 1:
            raise IdentifierError(f"{attribute.keyword} has several values", offending_element=attribute.tag)
        if any("*" in value or "?" in value for value in given) and attribute.vr == "UI":
            raise IdentifierError(f"{attribute.keyword} has wild cards", offending_element=attribute.tag)
        if given:
            values[other] = tuple(dict.fromkeys(given))
    return RetrievalQuery(level, values)


def _level(model: Model, identifier: Dataset) -> Level:
    given = texts(identifier, QUERY_RETRIEVE_LEVEL)
    if not given:
        raise IdentifierError("QueryRetrieveLevel is missing", offending_element=QUERY_RETRIEVE_LEVEL)
    level = Level.__members__.get(given[0])
    if len(given) > 1 or level not in model.levels:
        names = ", ".join(level.name for level in model.levels)
        raise IdentifierError(f"QueryRetrieveLevel is not one of {names}", offending_element=QUERY_RETRIEVE_LEVEL)
    return level


def _single_unique_key(keys: Keys, level: Level) -> None:
    attribute = unique_key(level)
    matcher = keys.plain.get(attribute.tag, UNIVERSAL)
    single = (isinstance(matcher, OneOf) and len(matcher.values) == 1) or (
        isinstance(matcher, TextMatching) and matcher.pattern.literal is not None
    )
    if not single:
        problem = "is missing" if matcher == UNIVERSAL else "must have one value without wild cards"
        raise IdentifierError(f"{attribute.keyword} {problem}", offending_element=attribute.tag)
