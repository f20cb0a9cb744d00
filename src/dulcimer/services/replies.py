"""Statuses and responses: from what a handler returns to a response message, and from a response to a status."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from dulcimer._generated.commands import ELEMENTS, MESSAGE_CLASSES, status_category
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.data_set import add_command_element

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

RESPONSE = 0x8000
SUCCESS = 0x0000
PENDING = 0xFF00
CANCEL = 0xFE00
PROCESSING_FAILURE = 0x0110
NO_STATUS_IN_DATA_SET = 0xC001
STATUS_OF_WRONG_TYPE = 0xC002

_ECHOED = {
    "affected_sop_class_uid": ("affected_sop_class_uid", "requested_sop_class_uid"),
    "affected_sop_instance_uid": ("affected_sop_instance_uid", "requested_sop_instance_uid"),
    "event_type_id": ("event_type_id",),
    "action_type_id": ("action_type_id",),
}
_BY_KEYWORD = {element.keyword: element for element in ELEMENTS.values()}
_NAMES = {cls: frozenset(field.name for field in fields(cls)) for cls in MESSAGE_CLASSES.values()}  # type: ignore[arg-type]
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
"""What a response to a request names again: its element, and that of the request."""
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
    """The elements of a response that a handler's status names: a code, or a data set with Status and more.

    What is neither becomes a failure status: C001H for a data set without Status, C002H for anything else.
    """
    if isinstance(result, int):
        return {"status": int(result)}
    if not hasattr(result, "get") or not hasattr(result, "group_dataset"):
        return {"status": STATUS_OF_WRONG_TYPE}
    if "Status" not in result:
        return {"status": NO_STATUS_IN_DATA_SET}
    found: dict[str, Any] = {}
    for element in result:
        definition = _BY_KEYWORD.get(element.keyword)
        if definition is not None:
            value = element.value
            if definition.vr == "AT":
                value = tuple(int(tag) for tag in (value if isinstance(value, list) else [value]))
            found[definition.attribute] = str(value) if isinstance(value, str) else value
    return found


def reply(request: Any, elements: dict[str, Any]) -> Any:
    """The response to a request with these elements; what the request names is named again."""
    cls = MESSAGE_CLASSES[request.command_field | RESPONSE]
    names = _NAMES[cls]
    given: dict[str, Any] = {"message_id_being_responded_to": request.message_id}
    for name, source in _ECHOES[type(request)]:
        value = getattr(request, source)
        if value is not None:
            given[name] = value
    given.update({name: value for name, value in elements.items() if name in names})
    return cls(**given)


def status_data_set(command: CommandSet) -> Dataset:
    """The status of a response as users read it: a data set with Status and what explains it."""
    from pydicom.dataset import Dataset

    status = Dataset()
    for tag, given in command.values.items():
        if tag in _STATUS_ELEMENTS:
            add_command_element(status, tag, given[0] if isinstance(given, tuple) and len(given) == 1 else given)
    return status
