"""The indexed attributes of an instance, read from its file without its bulk data."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import IO

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID

from dulcimer.archive.index.attributes import Attribute, Level, attributes, stored, unique_key
from dulcimer.archive.values.datasets import SPECIFIC_CHARACTER_SET, items, plain_texts, texts
from dulcimer.archive.values.patterns import fold
from dulcimer.archive.values.scan import data_set_of, scan
from dulcimer.dimse.bounds import DEFLATED, EXPLICIT_BIG, IMPLICIT_LITTLE, DataSetTooLarge, measure_items
from dulcimer.limits import DEFAULTS, DataSetLimits, Limits
from dulcimer.services.header import read_header
from dulcimer.services.instance_file import InstanceFile

logger = logging.getLogger("dulcimer.archive")

LONGEST_VALUE = 1 << 16
"""Maximum characters of a value that the index keeps; `LONGEST_INDEXED` for values with a database index."""
LONGEST_INDEXED = 512
_BUFFER = 1 << 15
_DEEPEST = 16
"""Maximum nesting of a sequence that is kept."""


_SOP_CLASS, _SOP_INSTANCE = 0x00080016, 0x00080018
_PLACES = ((Level.STUDY, "Study"), (Level.SERIES, "Series"))
_PLACE = frozenset({_SOP_CLASS, _SOP_INSTANCE, *(int(unique_key(level).tag) for level, _ in _PLACES)})
_NO_ITEMS = DataSetLimits("index", 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Record:
    """The index entry of one instance: texts by level and column, and the file.

    Several values are joined by a backslash. `path` is relative to the archive's directory and has slashes, `size` is
    in bytes, `modified` in nanoseconds since 1970, `offset` is the first byte of the data set. `is_whole` is False
    if reading stopped at the limit of elements, so that there may be more.
    """

    values: dict[Level, dict[str, str]]
    path: str
    size: int
    modified: int
    offset: int
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    is_whole: bool = True

    @property
    def has_place(self) -> bool:
        """Whether it belongs to a study and a series; other instances are kept, but queries do not find them."""
        return all(self.values[level][unique_key(level).column] for level in (Level.STUDY, Level.SERIES))


def read_record(path: Path, root: Path, limits: Limits = DEFAULTS) -> Record:
    """Read the index entry from the file below `root`, in bounded time and memory.

    Damaged elements, and those beyond the limits, are left out. Raises NotADicomFile for a file without an instance,
    OSError if it cannot be read.
    """
    instance = InstanceFile.inspect(path)
    with path.open("rb", buffering=_BUFFER) as file:
        status = os.fstat(file.fileno())
        elements = _read(file, instance, limits, *_wanted())
    of_items = DataSetLimits("index", 0, 0, limits.index_elements, limits.index_items, _DEEPEST)
    values: dict[Level, dict[str, str]] = {
        level: {found.column: _text_or_nothing(elements, found, of_items) for found in stored(level)} for level in Level
    }
    # The UIDs of the File Meta Information, under which it was received and stored, whatever its data set says.
    values[Level.IMAGE]["sop_instance_uid"] = instance.sop_instance_uid
    values[Level.IMAGE]["sop_class_uid"] = instance.sop_class_uid
    return Record(
        values,
        path.relative_to(root).as_posix(),
        status.st_size,
        status.st_mtime_ns,
        instance.offset,
        instance.sop_class_uid,
        instance.sop_instance_uid,
        instance.transfer_syntax,
        elements.is_whole,
    )


def why_not_found(instance: InstanceFile, limits: Limits = DEFAULTS) -> str:
    """Why queries will not find an instance that is kept; "" if they will find it.

    Only the beginning of the data set is read, up to the Series Instance UID, in bounded time. Raises OSError.
    """
    with instance.path.open("rb", buffering=_BUFFER) as file:
        elements = _read(file, instance, limits, _PLACE, max(_PLACE))
    found = {tag: _text_or_nothing(elements, attributes()[BaseTag(tag)], _NO_ITEMS) for tag in _PLACE}
    missing = [name for level, name in _PLACES if not found[int(unique_key(level).tag)]]
    if missing:
        return f"it has no {' and '.join(missing)} Instance UID"
    for tag, name, stored_as in (
        (_SOP_CLASS, "Class", instance.sop_class_uid),
        (_SOP_INSTANCE, "Instance", instance.sop_instance_uid),
    ):
        if found[tag] and found[tag] != stored_as:
            return f"its data set has another SOP {name} UID"
    return ""


def values_of(attribute: Attribute, text: str) -> tuple[str, ...]:
    """The values in a text of a record."""
    if not text:
        return ()
    return tuple(text.split("\\")) if attribute.multiple or attribute.is_name else (text,)


def items_of(text: str) -> list[Dataset]:
    """The items in the text of a sequence."""
    return [Dataset.from_json(item) for item in json.loads(text)] if text else []


@cache
def _wanted() -> tuple[frozenset[int], int]:
    tags = [int(SPECIFIC_CHARACTER_SET)]
    tags += [int(tag) for tag, attribute in attributes().items() if not attribute.derived]
    return frozenset(tags), max(tags)


class _Elements:
    """The wanted elements of a data set, undecoded; `is_whole`: all were read."""

    def __init__(self, raw: dict[int, RawDataElement], *, implicit: bool, little: bool, is_whole: bool) -> None:
        self.raw = raw
        self.is_whole = is_whole
        self._implicit = implicit
        self._little = little

    @cached_property
    def data_set(self) -> Dataset:
        """The same as a data set; most instances are indexed without it."""
        return data_set_of(self.raw, implicit=self._implicit, little=self._little)


def _read(file: IO[bytes], instance: InstanceFile, limits: Limits, wanted: frozenset[int], last: int) -> _Elements:
    implicit, little, deflated = _encoding(instance.transfer_syntax)
    if little and not deflated:
        file.seek(instance.offset)
        head = file.read(_BUFFER)
        raw = scan(head, whole=len(head) < _BUFFER, implicit=implicit, wanted=wanted, last=last)
        if raw is not None:
            return _Elements(raw, implicit=implicit, little=True, is_whole=True)
    syntax = DEFLATED if deflated else IMPLICIT_LITTLE if implicit else "" if little else EXPLICIT_BIG
    header = read_header(file, instance.offset, syntax, wanted=wanted, last=last, most=limits.index_elements)
    raw = {
        tag: RawDataElement(BaseTag(tag), one.vr, one.length, one.value, 0, header.implicit, header.little)
        for tag, one in header.elements.items()
    }
    return _Elements(raw, implicit=header.implicit, little=header.little, is_whole=header.is_whole)


@lru_cache(maxsize=64)
def _encoding(transfer_syntax: str) -> tuple[bool, bool, bool]:
    try:
        syntax = UID(transfer_syntax)
        return syntax.is_implicit_VR, syntax.is_little_endian, syntax.is_deflated
    except ValueError:
        # Private transfer syntaxes are explicit and little endian by custom.
        return False, True, False


def _text_or_nothing(elements: _Elements, attribute: Attribute, of_items: DataSetLimits) -> str:
    element = elements.raw.get(int(attribute.tag))
    if element is None:
        return ""
    try:
        return (
            _json_of(elements, element, attribute, of_items)
            if attribute.is_sequence
            else _text_of(elements, element, attribute)
        )
    except Exception as error:  # damaged values make pydicom raise anything; the other values are still useful
        logger.info("%s cannot be indexed: %r", attribute.keyword, error)
        return ""


def _text_of(elements: _Elements, raw: RawDataElement, attribute: Attribute) -> str:
    values = plain_texts(raw, attribute.vr)
    text = "\\".join(texts(elements.data_set, attribute.tag) if values is None else values)
    text = text[: LONGEST_INDEXED if attribute.indexed or attribute.vr == "UI" else LONGEST_VALUE]
    while attribute.is_name and len(fold(text)) > (LONGEST_INDEXED if attribute.indexed else LONGEST_VALUE):
        text = text[: len(text) // 2]
    return text


def _json_of(elements: _Elements, raw: RawDataElement, attribute: Attribute, of_items: DataSetLimits) -> str:
    """The items as JSON, "" if there are none, or too many."""
    implicit = raw.is_implicit_VR or raw.VR == "UN"
    try:
        measure_items(raw.value or b"", implicit=implicit, little=raw.is_little_endian, limits=of_items)
    except DataSetTooLarge as error:
        logger.info("%s is not indexed: %s", attribute.keyword, error)
        return ""
    text = json.dumps([item.to_json_dict() for item in items(elements.data_set, attribute.tag)])
    return text if 2 < len(text) <= LONGEST_VALUE else ""
