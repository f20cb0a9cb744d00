"""Whether a response fits the request that it refers to (PS3.7 9.1, 10.1); pure."""

from __future__ import annotations

from functools import cache
from typing import Any

from dulcimer._generated.commands import ELEMENTS, MESSAGES
from dulcimer.dimse.command_set import CommandSet

RESPONSE = 0x8000
"""Set in the command field of a response (PS3.7 E.1)."""

_BY_ATTRIBUTE = {element.attribute: element for element in ELEMENTS.values()}


def problem_of(request: Any, response: CommandSet) -> str | None:
    """Why a response with the request's message ID does not answer the request; None if it does.

    It must be a response of the same service and have a Status.
    """
    expected = MESSAGES[request.info.response]
    field = response.command_field
    if field != expected.command_field:
        found = MESSAGES[field].name if field in MESSAGES else f"command field {field:04X}H" if field else "nothing"
        return f"{found} answers a {request.info.name}"
    if response.value("status") is None:
        damage = response.damage("status")
        return f"{expected.name} has no {_named('status')}" + (f": {damage}" if damage else "")
    if response.repeated:
        return f"{expected.name} has a repeated element"
    return None


def deviation_of(request: Any, response: CommandSet) -> str | None:
    """A value in a response that differs from the request; None if there is none.

    SOP class, SOP instance and the type of event or action must equal those of the request, if present. The status of
    the response is used even if they do not.
    """
    expected = MESSAGES[request.info.response]
    for attribute, tag in _equal(request.command_field):
        value, wanted = response.values.get(tag), getattr(request, attribute)
        if value is not None and wanted is not None and value != wanted:
            return f"{expected.name} has {_named(attribute)} {value!r}, the request has {wanted!r}"
    return None


@cache
def _equal(request_field: int) -> tuple[tuple[str, int], ...]:
    """Attributes and tags that must be equal in a response and its request, if both have them."""
    info = MESSAGES[request_field]
    asked = {attribute for attribute, _, _ in info.elements}
    answered = MESSAGES[info.response or 0].elements
    return tuple((name, _BY_ATTRIBUTE[name].tag) for name, _, equal in answered if equal and name in asked)


def _named(attribute: str) -> str:
    element = _BY_ATTRIBUTE[attribute]
    return f"{element.name} ({element.tag >> 16:04X},{element.tag & 0xFFFF:04X})"
