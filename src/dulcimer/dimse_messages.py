"""The DIMSE messages (PS3.7 9.3, 10.3) as objects with a command set and a data set, with the names of pynetdicom.

::

               primitive_to_message            encode_msg
    primitive ---------------------> message -------------> P-DATA primitives
              <---------------------         <-------------
               message_to_primitive            decode_msg
"""

# ruff: noqa: N801 - names of pynetdicom

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from io import BytesIO
from typing import Any, ClassVar

from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from dulcimer._generated.commands import ELEMENTS, MESSAGE_CLASSES, MESSAGES, NO_DATA_SET, CommandField, MessageInfo
from dulcimer.dimse import command_set as codec
from dulcimer.dimse.decoder import DecodedMessage, values_of
from dulcimer.dimse.messages import COMMAND, MemorySink, Message, MessageAssembler, fragments
from dulcimer.dimse_primitives import DIMSEPrimitive, data_keyword, primitive_of
from dulcimer.errors import DIMSEProcessingError
from dulcimer.pdu_primitives import P_DATA

_CONTEXTS = range(256)
_LONGEST = 1 << 30
_LENGTH, _FIELD, _DATA_SET_TYPE = "CommandGroupLength", "CommandField", "CommandDataSetType"
_BY_ATTRIBUTE = {element.attribute: element for element in ELEMENTS.values()}
_CLASSES: dict[int, type[DIMSEMessage]] = {}


class DIMSEMessage:
    """A message: `command_set`, with an element for each that the message may have, and its encoded `data_set`."""

    info: ClassVar[MessageInfo | None] = None
    """What the standard says about the message; None for one that is not decoded yet."""

    def __init_subclass__(cls, *, message: CommandField) -> None:
        """Register the class for its command field."""
        cls.info = MESSAGES[message]
        _CLASSES[message] = cls

    def __init__(self) -> None:
        self.context_id: int | None = None
        """The ID of the presentation context; None while it is neither encoded nor decoded."""
        self.command_set = Dataset()
        self.data_set: BytesIO | None = BytesIO()
        self.encoded_command_set = BytesIO()
        """The command set as received."""
        self._assembler = MessageAssembler(_CONTEXTS, lambda _id, _command: MemorySink(_LONGEST))
        if self.info is not None:
            for keyword in (_LENGTH, _FIELD, *_keywords(self.info), _DATA_SET_TYPE):
                setattr(self.command_set, keyword, None)

    def decode_msg(self, primitive: P_DATA | None, assoc: object = None) -> bool:  # noqa: ARG002
        """Process a P-DATA; True if the message is complete; the object then has the class of that message.

        Raises DIMSEProcessingError for P-DATA that is not part of a DIMSE message (PS3.8 Annex E), or part of an
        undefined one.
        """
        if not isinstance(primitive, P_DATA):
            return False
        values = values_of(primitive)
        for _, header, fragment in values:
            if header & COMMAND:
                self.encoded_command_set.write(fragment)
        for whole in self._assembler.process(values):
            field = whole.command_set.command_field
            if field not in _CLASSES:
                raise DIMSEProcessingError(f"the Command Field {field!r} is not defined", clause="PS3.7 E.1")
            self._take(whole)
            return True
        return False

    @classmethod
    def of(cls, whole: Message) -> DIMSEMessage:
        """A message sent or received, as an object of its class; of this class if its command field is not defined."""
        made = cls()
        made._take(whole)
        return made

    def _take(self, whole: Message) -> None:
        self.__class__ = _CLASSES.get(whole.command_set.command_field or 0, type(self))
        self.context_id = whole.context_id
        self.command_set = DecodedMessage(whole.context_id, whole.command_set, None).command_set
        self.data_set = BytesIO(whole.data.getvalue() if isinstance(whole.data, MemorySink) else b"")

    @property
    def msg_type(self) -> str:
        """The name of the message, such as `C-STORE-RQ`; "unknown" for a command field that is not defined."""
        return "unknown" if self.info is None else self.info.name

    def __repr__(self) -> str:
        return f"<{self.msg_type} in context {self.context_id}>"

    def encode_msg(self, context_id: int, max_pdu_length: int) -> Iterator[P_DATA]:
        """The message as P-DATA of at most `max_pdu_length` bytes each, 0 for no limit (PS3.8 D.1, E.1).

        Raises ValueError if a mandatory element is missing, or no fragment fits.
        """
        info = self._known()
        given = {
            element.attribute: _plain(self.command_set[element.keyword].value)
            for element in map(_BY_ATTRIBUTE.__getitem__, _attributes(info))
            if self.command_set.get(element.keyword) is not None
        }
        missing = [_BY_ATTRIBUTE[name].name for name, mark, _ in info.elements if mark == "M" and name not in given]
        if missing:
            raise ValueError(f"{info.name} needs {', '.join(missing)} ({info.clause})")
        self.context_id = context_id
        data = None if self.data_set is None else self.data_set.getvalue()
        message = MESSAGE_CLASSES[info.command_field](**given)
        try:
            for request in fragments(context_id, message, data, max_pdu_length):
                made = P_DATA()
                made.presentation_data_value_list = [
                    (number, bytes([header]) + bytes(fragment)) for number, header, fragment in request.values
                ]
                yield made
        except DIMSEProcessingError as error:
            raise ValueError(str(error)) from error

    def message_to_primitive(self) -> DIMSEPrimitive:
        """The primitive of the message."""
        info = self._known()
        values = {int(element.tag): _plain(element.value) for element in self.command_set}
        data = None if self.data_set is None else self.data_set.getvalue()
        return primitive_of(info.command_field, values, data or None)

    def primitive_to_message(self, primitive: DIMSEPrimitive) -> None:
        """Copy the elements of the primitive; those that it does not have are removed from the command set."""
        info = self._known()
        for keyword in _keywords(info):
            value = getattr(primitive, keyword, None)
            if value is not None:
                setattr(self.command_set, keyword, value)
            elif keyword in self.command_set:
                delattr(self.command_set, keyword)
        data = getattr(primitive, data_keyword(info.command_field)) if info.data_set_name else None
        self.data_set = BytesIO() if data is None else data
        setattr(self.command_set, _FIELD, info.command_field)
        setattr(self.command_set, _DATA_SET_TYPE, NO_DATA_SET if data is None else codec.DATA_SET_FOLLOWS)
        delattr(self.command_set, _LENGTH)
        values = {int(element.tag): _plain(element.value) for element in self.command_set}
        setattr(self.command_set, _LENGTH, codec.encoded_length(values))

    def _known(self) -> MessageInfo:
        if self.info is None:
            raise ValueError("a DIMSEMessage has no type before it is decoded: use C_ECHO_RQ or another subclass")
        return self.info


def _attributes(info: MessageInfo) -> list[str]:
    return [field.name for field in fields(MESSAGE_CLASSES[info.command_field])]  # type: ignore[arg-type]  # every message is a dataclass


def _keywords(info: MessageInfo) -> list[str]:
    return [_BY_ATTRIBUTE[name].keyword for name in _attributes(info)]


def _plain(value: Any) -> Any:
    """The value of an element in the form of a message."""
    if isinstance(value, BaseTag):
        return (int(value),)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list) or (hasattr(value, "__iter__") and not isinstance(value, bytes)):
        return tuple(map(int, value))
    return value


class C_STORE_RQ(DIMSEMessage, message=CommandField.C_STORE_RQ):
    """C-STORE-RQ (PS3.7 Table 9.3-1)."""


class C_STORE_RSP(DIMSEMessage, message=CommandField.C_STORE_RSP):
    """C-STORE-RSP (PS3.7 Table 9.3-2)."""


class C_FIND_RQ(DIMSEMessage, message=CommandField.C_FIND_RQ):
    """C-FIND-RQ (PS3.7 Table 9.3-3)."""


class C_FIND_RSP(DIMSEMessage, message=CommandField.C_FIND_RSP):
    """C-FIND-RSP (PS3.7 Table 9.3-4)."""


class C_GET_RQ(DIMSEMessage, message=CommandField.C_GET_RQ):
    """C-GET-RQ (PS3.7 Table 9.3-6)."""


class C_GET_RSP(DIMSEMessage, message=CommandField.C_GET_RSP):
    """C-GET-RSP (PS3.7 Table 9.3-7)."""


class C_MOVE_RQ(DIMSEMessage, message=CommandField.C_MOVE_RQ):
    """C-MOVE-RQ (PS3.7 Table 9.3-9)."""


class C_MOVE_RSP(DIMSEMessage, message=CommandField.C_MOVE_RSP):
    """C-MOVE-RSP (PS3.7 Table 9.3-10)."""


class C_ECHO_RQ(DIMSEMessage, message=CommandField.C_ECHO_RQ):
    """C-ECHO-RQ (PS3.7 Table 9.3-12)."""


class C_ECHO_RSP(DIMSEMessage, message=CommandField.C_ECHO_RSP):
    """C-ECHO-RSP (PS3.7 Table 9.3-13)."""


class C_CANCEL_RQ(DIMSEMessage, message=CommandField.C_CANCEL_RQ):
    """C-CANCEL-RQ (PS3.7 Table 9.3-5)."""


class N_EVENT_REPORT_RQ(DIMSEMessage, message=CommandField.N_EVENT_REPORT_RQ):
    """N-EVENT-REPORT-RQ (PS3.7 Table 10.3-1)."""


class N_EVENT_REPORT_RSP(DIMSEMessage, message=CommandField.N_EVENT_REPORT_RSP):
    """N-EVENT-REPORT-RSP (PS3.7 Table 10.3-2)."""


class N_GET_RQ(DIMSEMessage, message=CommandField.N_GET_RQ):
    """N-GET-RQ (PS3.7 Table 10.3-3)."""


class N_GET_RSP(DIMSEMessage, message=CommandField.N_GET_RSP):
    """N-GET-RSP (PS3.7 Table 10.3-4)."""


class N_SET_RQ(DIMSEMessage, message=CommandField.N_SET_RQ):
    """N-SET-RQ (PS3.7 Table 10.3-5)."""


class N_SET_RSP(DIMSEMessage, message=CommandField.N_SET_RSP):
    """N-SET-RSP (PS3.7 Table 10.3-6)."""


class N_ACTION_RQ(DIMSEMessage, message=CommandField.N_ACTION_RQ):
    """N-ACTION-RQ (PS3.7 Table 10.3-7)."""


class N_ACTION_RSP(DIMSEMessage, message=CommandField.N_ACTION_RSP):
    """N-ACTION-RSP (PS3.7 Table 10.3-8)."""


class N_CREATE_RQ(DIMSEMessage, message=CommandField.N_CREATE_RQ):
    """N-CREATE-RQ (PS3.7 Table 10.3-9)."""


class N_CREATE_RSP(DIMSEMessage, message=CommandField.N_CREATE_RSP):
    """N-CREATE-RSP (PS3.7 Table 10.3-10)."""


class N_DELETE_RQ(DIMSEMessage, message=CommandField.N_DELETE_RQ):
    """N-DELETE-RQ (PS3.7 Table 10.3-11)."""


class N_DELETE_RSP(DIMSEMessage, message=CommandField.N_DELETE_RSP):
    """N-DELETE-RSP (PS3.7 Table 10.3-12)."""
