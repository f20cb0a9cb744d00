"""Writes `_generated/commands.py`: DIMSE elements, messages and statuses."""

from __future__ import annotations

from codegen.emit import Node, assign, call, cited, dict_of, module, text, tuple_of
from codegen.spec import Spec
from codegen.spec.dimse import Element, Message, Messages, Statuses, attribute, expand

SOURCE = "spec/ps3_7/"

_IMPORTS = """
from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar
"""

_CLASSES = '''
@dataclass(frozen=True, slots=True)
class Element:
    """An element of a command set; `attribute` is its keyword as a Python name."""

    tag: int
    keyword: str
    attribute: str
    name: str
    vr: str
    vm: str
    clause: str
    retired: bool


@dataclass(frozen=True, slots=True)
class MessageInfo:
    """A DIMSE message.

    `elements` are attribute, mark ("M", "U" or "C") and whether the value equals that of the request, in the
    order of the tags, without those that every message has. `data_set` is "M", "U", "C" or "none".
    `request` and `response` are command fields. `conditions` say when what is marked "C" is present.
    """

    name: str
    command_field: int
    elements: tuple[tuple[str, str, bool], ...]
    data_set: str
    data_set_name: str
    request: int | None
    response: int | None
    conditions: dict[str, str]
    clause: str


@dataclass(frozen=True, slots=True)
class StatusInfo:
    """A status of any service; `elements` of the response, or its data set, give details."""

    code: int
    meaning: str
    category: str
    elements: tuple[str, ...]
    in_data_set: bool
    clause: str


@dataclass(frozen=True, slots=True)
class StatusRange:
    """Statuses `first` to `last` of one service."""

    first: int
    last: int
    meaning: str
    category: str
    clause: str


@dataclass(frozen=True, slots=True)
class StatusClass:
    """A class of statuses: ranges of values, and whether such a response is the last one to its request."""

    name: str
    ranges: tuple[tuple[int, int], ...]
    final: bool
    clause: str


class MessageBase:
    """Base of the DIMSE messages."""

    __slots__ = ()

    command_field: ClassVar[int]
    info: ClassVar[MessageInfo]
'''

_FUNCTIONS = '''
def status_category(code: int) -> str:
    """The name of the class of a status, "Unknown" for a value that is not to be used (PS3.7 Annex C)."""
    for status_class in STATUS_CLASSES.values():
        for first, last in status_class.ranges:
            if first <= code <= last:
                return status_class.name
    return "Unknown"


def status_meaning(code: int, service: str = "") -> str:
    """What a status means, to a service such as "C-STORE" if it is given; "" if the standard does not say."""
    for known in SERVICE_STATUSES.get(service, ()):
        if known.first <= code <= known.last:
            return known.meaning
    return STATUSES[code].meaning if code in STATUSES else ""
'''

_TYPES = {"US": "int", "UL": "int", "UI": "str", "AE": "str", "LO": "str"}


def generate(spec: Spec) -> str:
    """The source of the module."""
    messages, statuses = spec.messages, spec.statuses
    return module(
        SOURCE,
        "DIMSE: command elements, messages and statuses (PS3.7 9.3, 10.3, Annexes C and E).",
        _IMPORTS,
        _enum("CommandField", "Command Field (0000,0100), PS3.7 E.1.", _fields(messages)),
        _enum(
            "Priority",
            "Priority (0000,0700), PS3.7 E.1: not in numeric order.",
            [f"{name} = {value:#06x}" for name, value in messages.priorities.items()],
        ),
        _CLASSES,
        "\n\n".join(_tables(messages, statuses)),
        *(_dataclass(name, message, messages) for name, message in messages.messages.items()),
        assign(
            "MESSAGE_CLASSES: dict[int, type[MessageBase]]",
            dict_of((_number(row.command_field), class_name(name)) for name, row in messages.messages.items()),
        )
        + '\n"""The class of each command field."""',
        _FUNCTIONS,
    )


def class_name(message: str) -> str:
    """`N-EVENT-REPORT-RQ` as `NEventReportRq`."""
    return "".join(part.capitalize() for part in message.split("-"))


def _fields(messages: Messages) -> list[str]:
    return [f"{name.replace('-', '_')} = {_number(row.command_field)}" for name, row in messages.messages.items()]


def _enum(name: str, doc: str, members: list[str]) -> str:
    return "\n".join([f"class {name}(IntEnum):", f'    """{doc}"""', "", *("    " + line for line in members)])


def _number(value: int) -> str:
    return f"0x{value:04X}"


def _tables(messages: Messages, statuses: Statuses) -> list[str]:
    requests = {row.response: row.command_field for row in messages.messages.values() if row.response}
    no_data_set = messages.no_data_set
    return [
        f"NO_DATA_SET = {_number(no_data_set.value)}\n"
        f'"""Command Data Set Type (0000,0800) of a message without a data set ({no_data_set.clause})."""',
        assign(
            "ELEMENTS: dict[int, Element]",
            dict_of(_element(keyword, element) for keyword, element in messages.elements.items()),
        ),
        assign(
            "MESSAGES: dict[int, MessageInfo]",
            dict_of(_message(name, row, messages, requests) for name, row in messages.messages.items()),
        ),
        assign(
            "STATUS_CLASSES: dict[str, StatusClass]",
            dict_of(_status_class(name, statuses) for name in statuses.classes),
        ),
        assign("STATUSES: dict[int, StatusInfo]", dict_of(_status(code, statuses) for code in statuses.statuses)),
        assign(
            "SERVICE_STATUSES: dict[str, tuple[StatusRange, ...]]",
            dict_of(_service(name, statuses) for name in statuses.services),
        ),
    ]


def _element(keyword: str, element: Element) -> tuple[str, Node]:
    words = (keyword, attribute(keyword), element.name, element.vr, element.vm, element.clause)
    tag = f"0x{element.tag:08X}"
    return tag, call("Element", tag, *map(text, words), str(element.retired))


def _message(name: str, row: Message, messages: Messages, requests: dict[str, int]) -> tuple[str, Node]:
    response = messages.messages[row.response].command_field if row.response else None
    request = requests.get(name)
    elements = [
        tuple_of([text(attribute(keyword)), text(mark[0]), str("=" in mark)]) for keyword, mark in row.elements.items()
    ]
    conditions = [(text(attribute(key)), text(condition)) for key, condition in row.conditions.items()]
    node = call(
        "MessageInfo",
        text(name),
        _number(row.command_field),
        tuple_of(elements),
        text(row.data_set),
        text(row.data_set_name),
        "None" if request is None else _number(request),
        "None" if response is None else _number(response),
        dict_of(conditions, one_a_line=False),
        text(row.clause),
    )
    return _number(row.command_field), node


def _status_class(name: str, statuses: Statuses) -> tuple[str, Node]:
    row = statuses.classes[name]
    ranges = tuple_of(tuple_of([_number(first), _number(last)]) for first, last in row.ranges())
    return text(name), call("StatusClass", text(name), ranges, str(row.final), text(row.clause))


def _status(code: str, statuses: Statuses) -> tuple[str, Node]:
    row, (number, _) = statuses.statuses[code], expand(code)
    node = call(
        "StatusInfo",
        _number(number),
        text(row.meaning),
        text(statuses.category(number)),
        tuple_of(text(attribute(keyword)) for keyword in row.elements),
        str(row.data_set),
        text(row.clause),
    )
    return _number(number), node


def _service(name: str, statuses: Statuses) -> tuple[str, Node]:
    rows = []
    for code, row in statuses.services[name].items():
        first, last = expand(code)
        category = text(statuses.category(first))
        rows.append(call("StatusRange", _number(first), _number(last), text(row.meaning), category, text(row.clause)))
    return text(name), tuple_of(rows, one_a_line=True)


def _dataclass(name: str, row: Message, messages: Messages) -> str:
    number = _number(row.command_field)
    lines = [
        "@dataclass(frozen=True, slots=True, kw_only=True)",
        f"class {class_name(name)}(MessageBase):",
        f'    """{cited(name, row.clause)}"""',
        "",
        f"    command_field = {number}",
        f"    info = MESSAGES[{number}]",
    ]
    keywords = list(row.elements)
    if name.endswith("-RSP"):
        extras = messages.status_elements_c if name.startswith("C-") else messages.status_elements_n
        keywords += [keyword for keyword in extras if keyword not in row.elements]
    for keyword in keywords:
        element = messages.elements[keyword]
        kind = _TYPES[element.vr] if element.vm == "1" else "tuple[int, ...]"
        required = row.elements.get(keyword) == "M"
        lines.append(f"    {attribute(keyword)}: {kind}" + ("" if required else " | None = None"))
    return "\n".join(lines)
