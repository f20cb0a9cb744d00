"""Whether a response answers the request it names (PS3.7 9.1, 10.1); pure."""

from __future__ import annotations

from functools import cache
from typing import Any

from dulcimer._generated.commands import ELEMENTS, MESSAGES
from dulcimer.dimse.command_set import CommandSet

RESPONSE = 0x8000
"""Set in the command field of a response (PS3.7 E.1)."""

_BY_ATTRIBUTE = {element.attribute: element for element in ELEMENTS.values()}


def problem_of(request: Any, response: CommandSet) -> str | None:
    """Why a response, which names the request's message ID, is no answer to the request; None if it is one.

    It must be the response of the same service and have a Status.
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
        return f"{expected.name} has an element more than once"
    return None


def deviation_of(request: Any, response: CommandSet) -> str | None:
    """What an answer to a request names that the request does not; None if there is nothing.

    The standard has SOP class, SOP instance, type of event or action equal to those of the request wherever they are
    named. The status is no less an answer where they are not.
    """
    expected = MESSAGES[request.info.response]
    for attribute, tag in _equal(request.command_field):
        value, wanted = response.values.get(tag), getattr(request, attribute)
        if value is not None and wanted is not None and value != wanted:
            return f"{expected.name} is of {_named(attribute)} {value!r}, the request of {wanted!r}"
    return None


@cache
def _equal(request_field: int) -> tuple[tuple[str, int], ...]:
    """Attributes and tags that a response has equal to its request, where both have them."""
    info = MESSAGES[request_field]
    asked = {attribute for attribute, _, _ in info.elements}
    answered = MESSAGES[info.response or 0].elements
    return tuple((name, _BY_ATTRIBUTE[name].tag) for name, _, equal in answered if equal and name in asked)


def _named(attribute: str) -> str:
    element = _BY_ATTRIBUTE[attribute]
    return f"{element.name} ({element.tag >> 16:04X},{element.tag & 0xFFFF:04X})"
