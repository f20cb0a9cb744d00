"""The elements of a command set, each with its place in the bytes it came from (PS3.7 6.3.1)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from dulcimer._generated.commands import (
    ELEMENTS,
    MESSAGES,
    NO_DATA_SET,
    Priority,
    status_category,
    status_meaning,
)
from dulcimer.counting import counted
from dulcimer.dimse import command_set
from dulcimer.dimse.command_values import CLAUSE, named, take
from dulcimer.errors import DIMSEProcessingError
from dulcimer.wire.fields import Uid

HEADER_SIZE = 8
_GROUP_LENGTH = 0x00000000


@dataclass(frozen=True, slots=True)
class Fragment:
    """A command fragment: its offset in all the bytes, and its own bytes."""

    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class CommandElement:
    """One element: the `offset` of its header in all the bytes, and `raw`, which includes the header of 8 bytes."""

    tag: int
    offset: int
    raw: bytes
    name: str
    vr: str
    value: Any
    meaning: str
    clause: str
    problem: str | None

    @property
    def label(self) -> str:
        """Tag and name."""
        return f"({self.tag >> 16:04X},{self.tag & 0xFFFF:04X}) {self.name}"


@dataclass(frozen=True, slots=True)
class CommandDump:
    """A whole command set; `problem` is what is wrong with it as a whole."""

    context_id: int
    size: int
    message: str
    clause: str
    elements: tuple[CommandElement, ...]
    problem: str | None

    @property
    def problems(self) -> list[str]:
        """What is wrong, in words."""
        found = [f"{element.label}: {element.problem}" for element in self.elements if element.problem]
        return [*found, self.problem] if self.problem else found


def command_dump(context_id: int, fragments: list[Fragment]) -> CommandDump:
    """The command set in `fragments`; never raises, whatever the bytes are."""
    data = b"".join(fragment.data for fragment in fragments)
    starts = list(accumulate((len(fragment.data) for fragment in fragments), initial=0))[:-1]
    found: list[CommandElement] = []
    problems: list[str] = []
    seen: dict[int, Any] = {}
    highest = -1
    try:
        for tag, offset, length, content in command_set.elements(data):
            raw = data[offset : offset + HEADER_SIZE + length]
            value, wrong = take(tag, content)
            rest = len(data) - offset - len(raw)
            problem = _place_problem(tag, value, rest, tag in seen, highest) or wrong or None
            if tag >> 16 == 0:
                seen[tag] = value
                highest = max(highest, tag)
            found.append(_element(tag, _place(fragments, starts, offset), raw, value, problem))
    except DIMSEProcessingError as error:
        problems.append(str(error))
    info = MESSAGES.get(command_field) if isinstance(command_field := seen.get(0x00000100), int) else None
    problems += _set_problems(seen, info)
    return CommandDump(
        context_id=context_id,
        size=len(data),
        message=info.name if info else "unknown message",
        clause=info.clause if info else CLAUSE,
        elements=tuple(found),
        problem="; ".join(problems) or None,
    )


def _place(fragments: list[Fragment], starts: list[int], offset: int) -> int:
    """Where a byte of the command set is in all the bytes; `starts` has the first byte of each fragment in the set."""
    index = bisect_right(starts, offset) - 1
    return fragments[index].offset + offset - starts[index]


def _element(tag: int, offset: int, raw: bytes, value: Any, problem: str | None) -> CommandElement:
    definition = ELEMENTS.get(tag)
    return CommandElement(
        tag=tag,
        offset=offset,
        raw=raw,
        name=definition.name if definition else "unknown element",
        vr=definition.vr if definition else "",
        value=value,
        meaning=_meaning(tag, value),
        clause=definition.clause if definition else CLAUSE,
        problem=problem,
    )


def _place_problem(tag: int, value: Any, rest: int, again: bool, highest: int) -> str | None:
    if tag >> 16:
        return None
    if tag <= highest:
        return "appears twice" if again else "elements must be in ascending order"
    if tag == _GROUP_LENGTH and value is not None and value != rest:
        return f"announces {counted(value, 'byte')}, but {rest} follow"
    return None


def _set_problems(values: dict[int, Any], info: Any) -> Iterator[str]:
    if _GROUP_LENGTH not in values:
        yield "no Command Group Length (0000,0000)"
    if values.get(0x00000100) is None:
        yield "no Command Field (0000,0100)"
    elif info is None:
        yield "the Command Field (0000,0100) is not defined (PS3.7 E.1)"
    if values.get(0x00000800) is None:
        yield "no Command Data Set Type (0000,0800)"
    tags = {element.attribute: tag for tag, element in ELEMENTS.items()}
    for attribute, mark, _ in info.elements if info else ():
        if mark == "M" and values.get(tag := tags[attribute]) is None:
            yield f"{info.name} without {'a value of ' if tag in values else ''}{named(tag)}"


def _meaning(tag: int, value: Any) -> str:
    definition = ELEMENTS.get(tag)
    if definition is None:
        return ""
    match definition.attribute, value:
        case "command_field", int(number):
            return MESSAGES[number].name if number in MESSAGES else "not defined"
        case "command_data_set_type", int(number):
            return "no data set" if number == NO_DATA_SET else "a data set follows"
        case "priority", int(number):
            return next((member.name.lower() for member in Priority if member == number), "not defined")
        case "status", int(number):
            meaning = status_meaning(number)
            return f"{status_category(number)}: {meaning}" if meaning else status_category(number)
        case _, str(text) if definition.vr == "UI":
            return Uid().meaning(text, {})
        case _:
            return ""
