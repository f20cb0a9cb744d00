"""Keys of a query from the command line: ``PatientName=DOE*``, ``(0010,0020)``, ``ScheduledProcedureStepSequence[0].
Modality=CT``, as in DCMTK's tools.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer
from pydicom import config
from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag

_STEP = re.compile(
    r"(?:\(?(?P<group>[0-9A-Fa-f]{4}),\s?(?P<element>[0-9A-Fa-f]{4})\)?|(?P<number>[0-9A-Fa-f]{8})"
    r"|(?P<keyword>[A-Za-z][A-Za-z0-9]*))(?:\[(?P<item>\d{1,4})\])?"
)
_INTEGERS = ("US", "SS", "UL", "SL", "UV", "SV")
_FLOATS = ("FL", "FD")
_BINARY = ("OB", "OW", "OF", "OD", "OL", "OV", "UN")
_NO_BACKSLASH = ("LT", "ST", "UT", "UR")

Path = tuple[tuple[BaseTag, int | None], ...]
"""Tags from the outermost sequence to the element, with item numbers where given."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key: where it goes, and its value, "" for any."""

    path: Path
    value: str

    @property
    def tag(self) -> BaseTag:
        """The tag of the element."""
        return self.path[-1][0]


def parse_key(text: str) -> Key:
    """The key that `text` gives; `typer.BadParameter` if it is not a key."""
    place, _, value = text.partition("=")
    path: list[tuple[BaseTag, int | None]] = []
    rest = place.strip()
    while True:
        step = _STEP.match(rest)
        if step is None:
            raise _wrong(text, f"{repr(rest) if rest else 'nothing'} is neither a keyword nor a tag (gggg,eeee)")
        path.append((_tag(step, text), None if step["item"] is None else int(step["item"])))
        rest = rest[step.end() :]
        if not rest:
            break
        if not rest.startswith("."):
            raise _wrong(text, f"{rest!r} follows the name of an attribute; a value is given after '='")
        rest = rest[1:]
    path = [(tag, item if item is not None or last else 0) for (tag, item), last in _with_last(path)]
    for (tag, item), last in _with_last(path):
        if (item is not None or not last) and vr_of(tag) != "SQ":
            raise _wrong(text, f"{name_of(tag)} is not a sequence and has no items")
    if value and vr_of(path[-1][0]) == "SQ":
        raise _wrong(text, "a sequence has no value of its own; name an attribute in it, as in Sequence[0].Modality=CT")
    return Key(tuple(path), value)


def _with_last(path: list[Any]) -> Iterator[tuple[Any, bool]]:
    return ((step, number == len(path) - 1) for number, step in enumerate(path))


def _tag(step: re.Match[str], text: str) -> BaseTag:
    if step["keyword"] is None:
        tag = Tag(int(step["number"] or step["group"] + step["element"], 16))
        if tag.group in (0x0000, 0x0002, 0xFFFE):
            raise _wrong(text, f"elements of group {tag.group:04X}H cannot be in a query")
        return tag
    found = tag_for_keyword(step["keyword"])
    if found is None:
        raise _wrong(text, f"{step['keyword']} is not the keyword of an attribute{_near(step['keyword'])}")
    return Tag(found)


def _near(keyword: str) -> str:
    import difflib

    from pydicom._dicom_dict import DicomDictionary

    lower = {row[4].lower(): row[4] for row in DicomDictionary.values() if row[4]}
    near = difflib.get_close_matches(keyword.lower(), lower, n=3, cutoff=0.75)
    return f" (PS3.6); similar: {', '.join(lower[name] for name in near)}" if near else " (PS3.6)"


def vr_of(tag: BaseTag) -> str:
    """The VR that the dictionary has, the first where it has several; LO for a private attribute."""
    try:
        return dictionary_VR(tag)[:2]
    except KeyError:
        return "LO"


def name_of(tag: BaseTag) -> str:
    """The keyword of an attribute, its tag if it has none."""
    return keyword_for_tag(tag) or f"({tag.group:04X},{tag.element:04X})"


def put(identifier: Dataset, key: Key) -> None:
    """Put the key into the identifier, making sequences and items on the way."""
    data_set = identifier
    for tag, item in key.path:
        if item is None:
            break
        if tag not in data_set:
            data_set.add(DataElement(tag, "SQ", Sequence()))
        items = data_set[tag].value
        if item > len(items):
            problem = f"items are numbered from 0 without gaps; so far there are {len(items)}"
            raise _wrong(f"{name_of(tag)}[{item}]", problem)
        if item == len(items):
            items.append(Dataset())
        data_set = items[item]
    else:
        return
    data_set.add(_element(key))


def _element(key: Key) -> DataElement:
    vr = vr_of(key.tag)
    try:
        return DataElement(key.tag, vr, _value(key, vr), validation_mode=config.IGNORE)
    except (ValueError, TypeError, OverflowError) as error:
        wanted = {"AT": "tag", "IS": "whole number", "DS": "number"}.get(vr, "")
        wanted = "whole number" if vr in _INTEGERS else "number" if vr in _FLOATS else wanted
        problem = f"a value of VR {vr} is a {wanted} (PS3.5 6.2)" if wanted else str(error)
        raise _wrong(f"{name_of(key.tag)}={key.value}", problem) from error


def _value(key: Key, vr: str) -> Any:
    if vr == "SQ":
        return Sequence()
    if not key.value:
        return None if vr in (*_INTEGERS, *_FLOATS, "AT") else b"" if vr in _BINARY else ""
    if vr in _BINARY:
        raise ValueError(f"attributes of VR {vr} cannot be matched; ask for it without a value")
    parts = [key.value] if vr in _NO_BACKSLASH else key.value.split("\\")
    if vr in _INTEGERS:
        values: list[Any] = [int(part, 0) for part in parts]
    elif vr in _FLOATS:
        values = [float(part) for part in parts]
    elif vr == "AT":
        values = [Tag(int(re.sub(r"[(),\s]", "", part), 16)) for part in parts]
    else:
        values = parts
    return values[0] if len(values) == 1 else values


def paths_of(data_set: Dataset) -> Iterator[Path]:
    """The path of each element of a data set, those of the first items of sequences too."""
    for element in data_set:
        if element.VR == "SQ" and element.value:
            for rest in paths_of(element.value[0]):
                yield ((element.tag, 0), *rest)
        else:
            yield ((element.tag, None),)


def _wrong(text: str, problem: str) -> typer.BadParameter:
    return typer.BadParameter(f"{text!r}: {problem}", param_hint="'-k'")
