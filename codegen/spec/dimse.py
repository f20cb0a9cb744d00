"""`spec/ps3_7/messages.toml` and `statuses.toml`: elements, messages, statuses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from codegen.spec.codes import Number
from codegen.spec.reader import Place, check_choice, check_unique, read

VRS = ("UL", "US", "UI", "AE", "LO", "AT", "SH", "LT", "CS", "IS")
MARKS = ("M", "U", "C", "U(=)", "C(=)")
DATA_SET_MARKS = ("M", "U", "C", "none")
CATEGORIES = ("Success", "Pending", "Cancel", "Warning", "Failure")


@dataclass(frozen=True)
class Element:
    """A command element; `tag` is the element number in group 0000."""

    tag: int
    vr: str
    vm: str
    clause: str
    name: str
    retired: bool = False


@dataclass(frozen=True)
class Message:
    """A DIMSE message: `elements` maps keywords to marks."""

    command_field: int
    clause: str
    elements: dict[str, str]
    data_set: str
    response: str = ""
    data_set_name: str = ""
    conditions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Messages:
    """The whole of `messages.toml`."""

    common: tuple[str, ...]
    status_elements_c: tuple[str, ...]
    status_elements_n: tuple[str, ...]
    no_data_set: Number
    priorities: dict[str, int]
    elements: dict[str, Element]
    messages: dict[str, Message]


@dataclass(frozen=True)
class StatusClass:
    """A class of statuses: patterns of values, and exceptions."""

    values: tuple[str, ...]
    except_: tuple[str, ...]
    final: bool
    clause: str

    def ranges(self) -> list[tuple[int, int]]:
        """The values as ranges, first and last, in order."""
        excepted = {first for first, _ in map(expand, self.except_)}
        ranges = []
        for start, last in sorted(map(expand, self.values)):
            first = start
            for hole in sorted(code for code in excepted if start <= code <= last):
                ranges.append((first, hole - 1))
                first = hole + 1
            ranges.append((first, last))
        return ranges


@dataclass(frozen=True)
class Status:
    """A status of any service."""

    clause: str
    meaning: str
    elements: tuple[str, ...]
    data_set: bool = False


@dataclass(frozen=True)
class ServiceStatus:
    """A status of one service."""

    clause: str
    meaning: str


@dataclass(frozen=True)
class Statuses:
    """The whole of `statuses.toml`."""

    classes: dict[str, StatusClass]
    statuses: dict[str, Status]
    names: dict[str, str]
    services: dict[str, dict[str, ServiceStatus]]

    def category(self, code: int) -> str:
        """The class of a value, "Unknown" if it is in none."""
        for name, status_class in self.classes.items():
            if any(first <= code <= last for first, last in status_class.ranges()):
                return name
        return "Unknown"


def expand(pattern: str) -> tuple[int, int]:
    """`A7xx` as A700 and A7FF; ValueError if it is not such a pattern."""
    if not re.fullmatch(r"[0-9A-F]{1,4}x*", pattern) or len(pattern) != 4:
        raise ValueError(pattern)
    return int(pattern.replace("x", "0"), 16), int(pattern.replace("x", "F"), 16)


def attribute(keyword: str) -> str:
    """`AffectedSOPClassUID` as `affected_sop_class_uid`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", keyword).lower()


def load_messages(root: Path) -> Messages:
    """Read and check `messages.toml`."""
    messages, place = read(Messages, root / "spec/ps3_7/messages.toml", root)
    here = place.at("elements")
    check_unique({key: element.tag for key, element in messages.elements.items()}, here, "tag")
    for key, element in messages.elements.items():
        check_choice(element.vr, VRS, here.at(key).at("vr"))
        check_choice(element.vm, ("1", "1-n"), here.at(key).at("vm"))
    for name in ("common", "status_elements_c", "status_elements_n"):
        _check_elements(getattr(messages, name), messages, place.at(name))
    here = place.at("messages")
    check_unique({name: row.command_field for name, row in messages.messages.items()}, here, "command field")
    for name, message in messages.messages.items():
        _check_message(message, messages, here.at(name))
    for name in messages.messages:
        asked = any(message.response == name for message in messages.messages.values())
        if name.endswith("-RSP") and not asked:
            here.at(name).fail("expected a request with this response")
    check_unique(dict(messages.priorities), place.at("priorities"), "code")
    return messages


def _check_message(message: Message, messages: Messages, here: Place) -> None:
    _check_elements(message.elements, messages, here.at("elements"))
    tags = [messages.elements[key].tag for key in message.elements]
    if tags != sorted(tags):
        here.at("elements").fail("expected the elements in the order of their tags")
    for key, mark in message.elements.items():
        check_choice(mark, MARKS, here.at("elements").at(key))
    check_choice(message.data_set, DATA_SET_MARKS, here.at("data_set"))
    if (message.data_set == "none") != (message.data_set_name == ""):
        here.fail("expected data_set_name unless data_set is 'none'")
    marked = {key for key, mark in message.elements.items() if mark.startswith("C")}
    marked |= {"data_set"} if message.data_set == "C" else set()
    if set(message.conditions) != marked:
        here.at("conditions").fail(f"expected a condition for each of: {', '.join(sorted(marked)) or 'nothing'}")
    if message.response:
        response = messages.messages.get(message.response)
        if response is None:
            here.at("response").fail(f"unknown message {message.response!r}")
        if response.command_field != message.command_field | 0x8000:
            here.at("response").fail(f"expected command field {message.command_field | 0x8000:#06x}")


def _check_elements(keys: Iterable[str], messages: Messages, here: Place) -> None:
    for key in keys:
        if key not in messages.elements or messages.elements[key].retired:
            here.fail(f"unknown element {key!r}, expected a key of [elements] that is not retired")


def load_statuses(root: Path, messages: Messages) -> Statuses:
    """Read and check `statuses.toml`."""
    statuses, place = read(Statuses, root / "spec/ps3_7/statuses.toml", root)
    if set(statuses.classes) != set(CATEGORIES):
        place.at("classes").fail(f"expected {', '.join(CATEGORIES)}")
    for name, row in statuses.classes.items():
        _check_patterns(row.values, place.at("classes").at(name).at("values"))
        _check_patterns(row.except_, place.at("classes").at(name).at("except"))
    _check_disjoint(
        [(first, last, name) for name, row in statuses.classes.items() for first, last in row.ranges()],
        place.at("classes"),
    )
    for code, status in statuses.statuses.items():
        here = place.at("statuses").at(code)
        _check_patterns([code], here)
        if "x" in code:
            here.fail("expected four hexadecimal digits")
        _check_elements(status.elements, messages, here.at("elements"))
        _check_category(code, statuses, here)
    services = {name.rsplit("-", 1)[0] for name in messages.messages}
    for service, rows in statuses.services.items():
        here = place.at("services").at(service)
        check_choice(service, tuple(sorted(services)), here)
        check_service_statuses(rows, statuses, here)
    tables: list[Iterable[str]] = [statuses.statuses, *statuses.services.values()]
    known = [expand(row) for rows in tables for row in rows]
    for name, code in statuses.names.items():
        here = place.at("names").at(name)
        _check_patterns([code], here)
        if not any(first <= int(code, 16) <= last for first, last in known):
            here.fail("expected a value in [statuses] or [services]")
    return statuses


def check_service_statuses(rows: Iterable[str], statuses: Statuses, here: Place) -> None:
    """Fail at `here` unless each row is a pattern of statuses of one class, and no status is in two rows."""
    codes = tuple(rows)
    _check_patterns(codes, here)
    for code in codes:
        _check_category(code, statuses, here.at(code))
    _check_disjoint([(*expand(code), code) for code in codes], here)


def _check_patterns(patterns: Iterable[str], here: Place) -> None:
    for pattern in patterns:
        try:
            expand(pattern)
        except ValueError:
            here.fail(f"expected hexadecimal digits and then x, four in all, found {pattern!r}")


def _check_category(code: str, statuses: Statuses, here: Place) -> None:
    first, last = expand(code)
    categories = {statuses.category(first), statuses.category(last)}
    if len(categories) != 1 or "Unknown" in categories:
        here.fail("expected a value of one of the [classes]")


def _check_disjoint(ranges: list[tuple[int, int, str]], here: Place) -> None:
    ordered = sorted(ranges)
    for (_, last, name), (first, _, other) in pairwise(ordered):
        if first <= last:
            here.fail(f"duplicate code {first:04X}: in {name} and in {other}")
