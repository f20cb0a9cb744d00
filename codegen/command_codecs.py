"""Writes `_generated/command_codecs.py`: the command sets of the messages as plain `struct` code for the data path."""

from __future__ import annotations

from codegen.commands import SOURCE, class_name
from codegen.emit import WIDTH, Group, Node, assign, dict_of, tuple_of
from codegen.spec import Spec
from codegen.spec.dimse import Element, Message, Messages, attribute

_TEMPLATE = '''"""The command sets of the messages (PS3.7 6.3.1) as plain `struct` code, which the data path uses.

Generated from {source} by `python -m codegen`: do not edit.

Whatever does not have the usual form is left to `dulcimer.dimse.command_set`, which also says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Any

from dulcimer._generated.commands import (
{classes}
)

_LENGTH = Struct("<8sI")
_START = Struct("<8sIII")
_ELEMENT = Struct("<HHI")
{structs}
_GROUP_LENGTH = {group_length}
{headers}
_CLASS_UIDS = {{{class_uids}}}
_UIDS = {{{uids}}}
{numbers}
_PLAIN_UID = re.compile({plain_uid})
_LONGEST = {longest}
"""Longest text that is remembered: most come again and again."""


@lru_cache(maxsize=512)
def _uid_of(raw: bytes) -> str:
    """The UID in these bytes, "" for what has to be looked at more closely."""
    if len(raw) > _LONGEST or len(raw) % 2 or not _PLAIN_UID.fullmatch(raw):
        return ""
    return raw.rstrip(b"\\0").decode("ascii")


def _text(tag: int, value: str, padding: bytes) -> bytes:
    raw = value.encode("latin-1")
    if len(raw) % 2:
        raw += padding
    return _ELEMENT.pack(0, tag, len(raw)) + raw


_remembered = lru_cache(maxsize=512)(_text)


def _known(tag: int, value: str, padding: bytes) -> bytes:
    return _remembered(tag, value, padding) if len(value) <= _LONGEST else _text(tag, value, padding)


def usual_values(raw: bytes) -> dict[int, Any] | None:
    """The values by tag, if the command set has the usual form and no deviation; None otherwise.

    The usual form is the group length, a SOP class UID or none, the numbers that the message must have, and then other
    numbers and UIDs, all in the order of their tags.
    """
    size = len(raw)
    if size < {start}:
        return None
    opening, group_length, tag, length = _START.unpack_from(raw)
    if opening != _GROUP_LENGTH:
        return None
    values: dict[int, Any] = {{0: group_length}}
    position = {first}
    if tag in _CLASS_UIDS:
        position = {start} + length
        if position > size or length > _LONGEST or not (uid := _uid_of(raw[{start}:position])):
            return None
        values[tag >> 16] = uid
    layout = _LAYOUTS.get(raw[position + 8 : position + 10])
    if layout is None:
        return None
    numbers, headers, tags = layout
    if position + numbers.size > size:
        return None
    found = numbers.unpack_from(raw, position)
    if found[::2] != headers:
        return None
    values.update(zip(tags, found[1::2], strict=True))
    position += numbers.size
    last = tags[-1]
    while position < size:
        start = position + 8
        if start > size:
            return None
        group, tag, length = _ELEMENT.unpack_from(raw, position)
        position = start + length
        if group or tag <= last or position > size or length > _LONGEST:
            return None
        if tag in _NUMBERS and length == 2:
            values[tag] = raw[start] | raw[start + 1] << 8
        elif tag in _UIDS and (uid := _uid_of(raw[start:position])):
            values[tag] = uid
        else:
            return None
        last = tag
    return values


{encoders}


{makers}


{layouts}
"""The numbers that come together in a message, by the bytes of its command field: headers and tags."""

{encoder_table}
"""From a message and its Command Data Set Type to its command set; empty for what is not usual."""

{maker_table}
"""From values by tag to the message of that command field. Raises `KeyError` if a mandatory one is missing."""
'''

_ENCODER = """def _encode_{name}(message: {cls}, data_set_type: int) -> bytes:{unusual}
    body = b"".join(
        (
{pieces}
        )
    )
    return _LENGTH.pack(_GROUP_LENGTH, len(body)) + body"""

_UNUSUAL = '''
    {condition}
        return b""'''

_MAKER = """def _make_{name}(values: dict[int, Any]) -> {cls}:
    get = values.get
    return {cls}(
{arguments}
    )"""

_INDENT = 12
_MAKER_WITHOUT_OPTIONS = _MAKER.replace("    get = values.get\n", "")


def generate(spec: Spec) -> str:
    """The text of the module."""
    # Imported late: it reads files written just before.
    from dulcimer.dimse.command_values import PLAIN_UID
    from dulcimer.wire.fields import LONGEST_UID

    messages = spec.messages
    rows = messages.messages
    runs = [run for name, row in rows.items() for run in _runs(name, row, messages)]
    used = {keyword for name, row in rows.items() for keyword in _keywords(name, row, messages)}
    tags = sorted(messages.elements[keyword].tag for keyword in used if _is_number(messages.elements[keyword]))
    uids = [one.tag for one in messages.elements.values() if one.vr == "UI"]
    group_length = messages.elements["CommandGroupLength"].tag
    first = 12
    return _TEMPLATE.format(
        source=SOURCE,
        classes="\n".join(f"    {name}," for name in sorted(class_name(name) for name in rows)),
        structs="\n".join(f'_NUMBERS_{n} = Struct("<{"8sH" * n}")' for n in sorted({len(run) for run in runs})),
        group_length=_header(group_length, 4),
        headers="\n".join(f"_TAG_{tag:04X} = {_header(tag, 2)}" for tag in tags),
        class_uids=", ".join(f"0x{tag << 16:08X}" for tag in uids if tag < _field(messages)),
        uids=", ".join(_tag(tag) for tag in uids if tag > _field(messages)),
        numbers=assign("_NUMBERS", _set_of(sorted(one.tag for one in messages.elements.values() if _is_number(one)))),
        plain_uid=f'rb"{PLAIN_UID.pattern.decode()}"',
        longest=LONGEST_UID,
        first=first,
        start=first + 8,
        encoders="\n\n\n".join(_encoder(name, row, messages) for name, row in rows.items()),
        makers="\n\n\n".join(_maker(name, row, messages) for name, row in rows.items()),
        layouts=assign(
            "_LAYOUTS: dict[bytes, tuple[Struct, tuple[bytes, ...], tuple[int, ...]]]",
            dict_of(_layout(name, row, messages) for name, row in rows.items()),
        ),
        encoder_table=assign(
            "ENCODERS: dict[type, Callable[[Any, int], bytes]]",
            dict_of((class_name(name), f"_encode_{_python(name)}") for name in rows),
        ),
        maker_table=assign(
            "MAKERS: dict[int, Callable[[dict[int, Any]], Any]]",
            dict_of((_tag(row.command_field), f"_make_{_python(name)}") for name, row in rows.items()),
        ),
    )


def _python(name: str) -> str:
    return name.lower().replace("-", "_")


def _tag(number: int) -> str:
    return f"0x{number:04X}"


def _header(tag: int, length: int) -> str:
    raw = bytes(2) + tag.to_bytes(2, "little") + length.to_bytes(4, "little")
    return 'b"' + "".join(f"\\x{byte:02x}" for byte in raw) + '"'


def _set_of(tags: list[int]) -> Node:
    return Group("{", tuple(("", _tag(tag)) for tag in tags), "}")


def _is_number(element: Element) -> bool:
    return element.vr == "US" and element.vm == "1"


def _field(messages: Messages) -> int:
    return messages.elements["CommandField"].tag


def _keywords(name: str, row: Message, messages: Messages) -> list[str]:
    """The elements of a message in the order of their tags, with those that every message has."""
    keywords = ["CommandField", "CommandDataSetType", *row.elements]
    if name.endswith("-RSP"):
        extras = messages.status_elements_c if name.startswith("C-") else messages.status_elements_n
        keywords += [keyword for keyword in extras if keyword not in row.elements]
    return sorted(keywords, key=lambda keyword: messages.elements[keyword].tag)


def _is_fixed(keyword: str, row: Message, messages: Messages) -> bool:
    """Whether each such message has it, as a number."""
    always = keyword in ("CommandField", "CommandDataSetType") or row.elements.get(keyword) == "M"
    return always and _is_number(messages.elements[keyword])


def _runs(name: str, row: Message, messages: Messages) -> list[list[str]]:
    """The numbers that come together in each such message."""
    runs: list[list[str]] = [[]]
    for keyword in _keywords(name, row, messages):
        if _is_fixed(keyword, row, messages):
            runs[-1].append(keyword)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _layout(name: str, row: Message, messages: Messages) -> tuple[str, Node]:
    run = _runs(name, row, messages)[0]
    tags = [messages.elements[keyword].tag for keyword in run]
    key = "".join(f"\\x{byte:02x}" for byte in row.command_field.to_bytes(2, "little"))
    headers = tuple_of(f"_TAG_{tag:04X}" for tag in tags)
    return f'b"{key}"', tuple_of([f"_NUMBERS_{len(run)}", headers, tuple_of(map(_tag, tags))])


def _value(keyword: str, row: Message) -> str:
    if keyword == "CommandField":
        return _tag(row.command_field)
    return "data_set_type" if keyword == "CommandDataSetType" else f"message.{attribute(keyword)}"


def _encoder(name: str, row: Message, messages: Messages) -> str:
    pieces: list[str] = []
    unusual: list[str] = []
    runs = {run[0]: run for run in _runs(name, row, messages)}
    inside = {keyword for run in runs.values() for keyword in run[1:]}
    for keyword in _keywords(name, row, messages):
        element, value = messages.elements[keyword], _value(keyword, row)
        if keyword in runs:
            numbers = [
                item for one in runs[keyword] for item in (f"_TAG_{messages.elements[one].tag:04X}", _value(one, row))
            ]
            pieces += [f"_NUMBERS_{len(runs[keyword])}.pack(", *(f"    {item}," for item in numbers), "),"]
        elif keyword in inside:
            continue
        elif element.vr in ("UI", "AE"):
            function = "_text" if keyword.endswith("InstanceUID") else "_known"
            padding = 'b"\\0"' if element.vr == "UI" else 'b" "'
            written = f"{function}({_tag(element.tag)}, {value}, {padding})"
            pieces += [f"{written},"] if row.elements.get(keyword) == "M" else _unless_none(value, written)
        elif _is_number(element) and keyword in row.elements:
            pieces += _unless_none(value, f"_NUMBERS_1.pack(_TAG_{element.tag:04X}, {value})")
        else:
            unusual.append(f"{value} is not None")
    condition = f"if {' or '.join(unusual)}:"
    if len(condition) > WIDTH - 4:
        condition = "if (\n        " + "\n        or ".join(unusual) + "\n    ):"
    return _ENCODER.format(
        name=_python(name),
        cls=class_name(name),
        unusual=_UNUSUAL.format(condition=condition) if unusual else "",
        pieces="\n".join(" " * _INDENT + piece for piece in pieces),
    )


def _unless_none(value: str, written: str) -> list[str]:
    lines = ['b""', f"if {value} is None", f"else {written},"]
    line = " ".join(lines)
    return [line] if _INDENT + len(line) <= WIDTH else lines


def _maker(name: str, row: Message, messages: Messages) -> str:
    arguments = []
    for keyword in _keywords(name, row, messages):
        if keyword in ("CommandField", "CommandDataSetType"):
            continue
        tag = _tag(messages.elements[keyword].tag)
        found = f"values[{tag}]" if row.elements.get(keyword) == "M" else f"get({tag})"
        arguments.append(f"        {attribute(keyword)}={found},")
    template = _MAKER if any("get(" in line for line in arguments) else _MAKER_WITHOUT_OPTIONS
    return template.format(name=_python(name), cls=class_name(name), arguments="\n".join(arguments))
