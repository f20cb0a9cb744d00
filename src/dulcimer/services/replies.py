"""Statuses and responses: from what a handler returns to a response message, and from a response to a status."""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from dulcimer._generated.commands import ELEMENTS, MESSAGE_CLASSES, status_category
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.command_values import comment, write
from dulcimer.dimse.data_set import add_command_element
from dulcimer.errors import EncodeError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

logger = logging.getLogger("dulcimer.services")

RESPONSE = 0x8000
NO_STATUS_IN_DATA_SET = 0xC001
STATUS_OF_WRONG_TYPE = 0xC002

_ECHOED = {
    "affected_sop_class_uid": ("affected_sop_class_uid", "requested_sop_class_uid"),
    "affected_sop_instance_uid": ("affected_sop_instance_uid", "requested_sop_instance_uid"),
    "event_type_id": ("event_type_id",),
    "action_type_id": ("action_type_id",),
}
_LAST_STATUS = 0xFFFF
_TAGS = {element.attribute: element.tag for element in ELEMENTS.values()}
_BY_KEYWORD = {element.keyword: element for element in ELEMENTS.values()}
_NAMES = {cls: frozenset(field.name for field in fields(cls)) for cls in MESSAGE_CLASSES.values()}  # type: ignore[arg-type]  # every message is a dataclass
_ECHOES = {
    cls: [
        (name, source)
        for name, sources in _ECHOED.items()
        for source in reversed(sources)
        if name in _NAMES[MESSAGE_CLASSES[field | RESPONSE]] and source in _NAMES[cls]
    ]
    for field, cls in MESSAGE_CLASSES.items()
    if field | RESPONSE in MESSAGE_CLASSES and not field & RESPONSE
}
"""The elements that a response repeats: its element, and that of the request."""
_STATUS_ELEMENTS = {
    element.tag
    for element in ELEMENTS.values()
    if element.attribute
    not in (
        "command_group_length",
        "command_field",
        "command_data_set_type",
        "message_id_being_responded_to",
        "affected_sop_class_uid",
    )
}


def category(status: int) -> str:
    """Success, Warning, Failure, Cancel, Pending or Unknown (PS3.7 Annex C)."""
    return status_category(status)


def status_elements(result: Any) -> dict[str, Any]:
    """The elements of a response from the status of a handler: a code, or a data set with Status and more.

    Anything else becomes a failure status: C001H for a data set without Status, C002H for another type, and for a
    status that is not a number of 2 bytes.
    """
    if isinstance(result, int):
        return {"status": int(result) if 0 <= result <= _LAST_STATUS else STATUS_OF_WRONG_TYPE}
    if not hasattr(result, "get") or not hasattr(result, "group_dataset"):
        return {"status": STATUS_OF_WRONG_TYPE}
    if "Status" not in result:
        return {"status": NO_STATUS_IN_DATA_SET}
    if not isinstance(result.Status, int) or not 0 <= result.Status <= _LAST_STATUS:
        return {"status": STATUS_OF_WRONG_TYPE}
    found: dict[str, Any] = {}
    for element in result:
        definition = _BY_KEYWORD.get(element.keyword)
        if definition is not None and element.value is not None:
            found[definition.attribute] = _plain(definition.vr, element.value)
    return found


def _plain(vr: str, value: Any) -> Any:
    """A value of pydicom as a value of a message."""
    if vr == "AT":
        return tuple(int(tag) for tag in ([value] if isinstance(value, int) else value))
    if vr == "LO" and not isinstance(value, str | bytes):
        return "\\".join(map(str, value))  # one text, which pydicom has taken for several
    return str(value) if isinstance(value, str) else value


def reply(request: Any, elements: dict[str, Any]) -> Any:
    """The response to a request with these elements, and those repeated from the request.

    The status is always sent: a comment is shortened to the length of Error Comment, and any other element with a value
    that cannot be written is left out.
    """
    cls = MESSAGE_CLASSES[request.command_field | RESPONSE]
    names = _NAMES[cls]
    given: dict[str, Any] = {"message_id_being_responded_to": request.message_id, "status": elements["status"]}
    for name, source in _ECHOES[type(request)]:
        value = getattr(request, source)
        if value is not None:
            given[name] = value
    for name, value in elements.items():
        if name in names and name != "status":
            _add(given, name, value)
    return cls(**given)


def _add(given: dict[str, Any], name: str, value: Any) -> None:
    if name == "error_comment":
        value = comment(str(value))
        if value:
            given[name] = value
        return
    try:
        write(_TAGS[name], value)
    except EncodeError as error:
        logger.warning("left out of a response: %s", error)
    else:
        given[name] = value


def status_data_set(command: CommandSet) -> Dataset:
    """The status of a response for users: a data set with Status and the elements that explain it."""
    from pydicom.dataset import Dataset

    status = Dataset()
    for tag, given in command.values.items():
        if tag in _STATUS_ELEMENTS:
            add_command_element(status, tag, given[0] if isinstance(given, tuple) and len(given) == 1 else given)
    return status
