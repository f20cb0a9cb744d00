"""DIMSE primitives that users fill in or read, one class for each service (PS3.7 9.1, 10.1).

A primitive is a request while `MessageIDBeingRespondedTo` is None, a response once it is set. Its attributes are the
elements of both messages by their keywords (`MessageID`, `AffectedSOPClassUID`), and their data sets, encoded, as
`io.BytesIO` (`DataSet`, `Identifier`). Setting an attribute checks the value: TypeError for another type, ValueError
for one out of range.
"""

# ruff: noqa: N801 - names of pynetdicom

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar, Self

from dulcimer._generated.commands import ELEMENTS, MESSAGE_CLASSES, MESSAGES, CommandField, Element, Priority
from dulcimer.counting import counted
from dulcimer.parameters import Parameter, Primitive, number, one_of, parameter, uid
from dulcimer.switches import LONGEST_AE_TITLE, PROCESS_SWITCHES
from dulcimer.values import AeTitle, lenient_uid, set_title

__all__ = [
    "C_CANCEL",
    "C_ECHO",
    "C_FIND",
    "C_GET",
    "C_MOVE",
    "C_STORE",
    "N_ACTION",
    "N_CREATE",
    "N_DELETE",
    "N_EVENT_REPORT",
    "N_GET",
    "N_SET",
    "DIMSEPrimitive",
    "primitive_of",
]

_BY_ATTRIBUTE = {element.attribute: element for element in ELEMENTS.values()}
_CLASSES: dict[int, type[DIMSEPrimitive]] = {}
_US = number(0, 0xFFFF)
_LONGEST_TEXT = 64


def _number(value: int | None, name: str) -> int | None:
    return None if value is None else _US(value, name)


def _uid(value: Any, name: str) -> Any:
    return uid(value, name) or None


def _title(value: AeTitle | None, name: str) -> str | None:
    return set_title(value, name, allow_empty=False)


def _text(value: str | None, name: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name!r} must be str or None, not {type(value).__name__!r}")
    if value is not None and len(value) > _LONGEST_TEXT:
        raise ValueError(f"{name!r} must not exceed {_LONGEST_TEXT} characters")
    return value


def _tags(value: Any, name: str) -> Any:
    from pydicom.tag import BaseTag, Tag

    if value is None:
        return None
    several = value if isinstance(value, Iterable) and not isinstance(value, str | tuple | BaseTag) else [value]
    try:
        tags = [Tag(tag) for tag in several]
        return tags[0] if len(tags) == 1 else tags or None
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name!r} must be a tag or a list of tags, not {value!r}") from error


def _stream(value: BytesIO | None, name: str) -> BytesIO | None:
    if value is not None and not isinstance(value, BytesIO):
        raise TypeError(f"{name!r} must be a BytesIO object or None, not {type(value).__name__!r}")
    return value


_CHECKS: dict[str, Callable[[Any, str], Any]] = {"US": _number, "UI": _uid, "AE": _title, "LO": _text, "AT": _tags}


class DIMSEPrimitive(Primitive):
    """Base of the primitives."""

    REQUEST_KEYWORDS: ClassVar[tuple[str, ...]] = ()
    """The keywords that a request must have."""
    RESPONSE_KEYWORDS: ClassVar[tuple[str, ...]] = ()
    """The keywords that a response must have."""
    _request: ClassVar[int]
    _elements: ClassVar[dict[str, Element]]

    if TYPE_CHECKING:  # the attributes come from the messages

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...

    def __init_subclass__(cls, *, request: CommandField) -> None:
        """Take over the elements and data sets of the request and of its response."""
        cls._request = request
        cls._elements = {}
        response = MESSAGES[request].response
        infos = [MESSAGES[field] for field in (request, response) if field is not None]
        for info in infos:
            for field in fields(MESSAGE_CLASSES[info.command_field]):  # type: ignore[arg-type]  # every message is a dataclass
                element = _BY_ATTRIBUTE[field.name]
                cls._elements[element.keyword] = element
                cls._add(element.keyword, parameter(_CHECKS[element.vr], None))
            if info.data_set_name:
                cls._add(data_keyword(info.command_field), parameter(_stream, None))
            required = tuple(_BY_ATTRIBUTE[name].keyword for name, mark, _ in info.elements if mark == "M")
            if info.command_field == request:
                data = (data_keyword(request),) if info.data_set == "M" else ()
                cls.REQUEST_KEYWORDS = (*required, *data)
            else:
                cls.RESPONSE_KEYWORDS = required
        if "Priority" in cls._elements:
            cls._add("Priority", parameter(one_of(*Priority), int(Priority.LOW)))
        super().__init_subclass__()
        _CLASSES.update({info.command_field: cls for info in infos})

    @classmethod
    def _add(cls, keyword: str, made: Parameter[Any, Any]) -> None:
        made.__set_name__(cls, keyword)
        setattr(cls, keyword, made)

    @property
    def msg_type(self) -> str:
        """The service, such as `C-STORE`."""
        return MESSAGES[self._request].name.removesuffix("-RQ")

    @property
    def is_response(self) -> bool:
        """Whether it is a response."""
        has_response = MESSAGES[self._request].response is not None
        return has_response and self.MessageIDBeingRespondedTo is not None

    @property
    def is_valid_request(self) -> bool:
        """Whether all mandatory elements of a request are set."""
        return all(getattr(self, keyword) is not None for keyword in self.REQUEST_KEYWORDS)

    @property
    def is_valid_response(self) -> bool:
        """Whether all mandatory elements of a response are set."""
        return all(getattr(self, keyword) is not None for keyword in self.RESPONSE_KEYWORDS)

    def to_message(self) -> tuple[Any, bytes | None]:
        """The message, a dataclass of `dulcimer._generated.commands`, and its data set; None if there is none.

        Raises ValueError if a mandatory element is missing.
        """
        field = self._request if not self.is_response else MESSAGES[self._request].response or 0
        made = MESSAGE_CLASSES[field]
        given = {}
        for name in (field.name for field in fields(made)):  # type: ignore[arg-type]  # every message is a dataclass
            value = getattr(self, _BY_ATTRIBUTE[name].keyword)
            if value is not None:
                given[name] = _written(_BY_ATTRIBUTE[name].vr, value)
        info = MESSAGES[field]
        missing = [_BY_ATTRIBUTE[name].name for name, mark, _ in info.elements if mark == "M" and name not in given]
        if missing:
            raise ValueError(f"{info.name} needs {', '.join(missing)} ({info.clause})")
        data: BytesIO | None = getattr(self, data_keyword(field)) if info.data_set_name else None
        return made(**given), None if data is None else data.getvalue() or None

    @classmethod
    def of(cls, field: int, values: Mapping[int, Any], data: bytes | None) -> Self:
        """What a peer sent: the elements of a command set by tag, and its data set.

        Nothing is checked: missing and damaged elements are None.
        """
        given: dict[str, Any] = dict.fromkeys(cls._elements)
        for keyword, element in cls._elements.items():
            value = values.get(element.tag)
            if value is None or isinstance(value, bytes):
                continue
            if element.vr == "UI":
                value = lenient_uid(value) or None
            elif element.vr == "AT":
                value = _tags(list(value), keyword)
            given[keyword] = value
        if data is not None and MESSAGES[field].data_set_name:
            given[data_keyword(field)] = BytesIO(data)
        return cls.taken(**given)

    def _shown(self, name: str) -> str:
        value = vars(self)[name]
        return counted(len(value.getvalue()), "byte") if isinstance(value, BytesIO) else str(value)


def primitive_of(field: int, values: Mapping[int, Any], data: bytes | None) -> DIMSEPrimitive:
    """The primitive for a message that a peer sent: its command field, its elements by tag, its data set.

    KeyError if the command field is not defined.
    """
    return _CLASSES[field].of(field, values, data)


def _written(vr: str, value: Any) -> Any:
    """A value in the form of a message."""
    if vr == "AT":
        return tuple(map(int, value if isinstance(value, list) else [value]))
    if vr == "AE" and not PROCESS_SWITCHES.use_short_dimse_aet:
        return value.ljust(LONGEST_AE_TITLE)
    return value


def data_keyword(field: int) -> str:
    """The keyword of the data set of a message, "" if it has none."""
    return MESSAGES[field].data_set_name.replace(" ", "")


class C_STORE(DIMSEPrimitive, request=CommandField.C_STORE_RQ):
    """C-STORE (PS3.7 9.1.1)."""


class C_FIND(DIMSEPrimitive, request=CommandField.C_FIND_RQ):
    """C-FIND (PS3.7 9.1.2)."""


class C_GET(DIMSEPrimitive, request=CommandField.C_GET_RQ):
    """C-GET (PS3.7 9.1.3)."""


class C_MOVE(DIMSEPrimitive, request=CommandField.C_MOVE_RQ):
    """C-MOVE (PS3.7 9.1.4)."""


class C_ECHO(DIMSEPrimitive, request=CommandField.C_ECHO_RQ):
    """C-ECHO (PS3.7 9.1.5)."""


class C_CANCEL(DIMSEPrimitive, request=CommandField.C_CANCEL_RQ):
    """C-CANCEL of the operation `MessageIDBeingRespondedTo` (PS3.7 9.3.2.3); it is not answered itself."""


class N_EVENT_REPORT(DIMSEPrimitive, request=CommandField.N_EVENT_REPORT_RQ):
    """N-EVENT-REPORT (PS3.7 10.1.1)."""


class N_GET(DIMSEPrimitive, request=CommandField.N_GET_RQ):
    """N-GET (PS3.7 10.1.2)."""


class N_SET(DIMSEPrimitive, request=CommandField.N_SET_RQ):
    """N-SET (PS3.7 10.1.3)."""


class N_ACTION(DIMSEPrimitive, request=CommandField.N_ACTION_RQ):
    """N-ACTION (PS3.7 10.1.4)."""


class N_CREATE(DIMSEPrimitive, request=CommandField.N_CREATE_RQ):
    """N-CREATE (PS3.7 10.1.5)."""


class N_DELETE(DIMSEPrimitive, request=CommandField.N_DELETE_RQ):
    """N-DELETE (PS3.7 10.1.6)."""
