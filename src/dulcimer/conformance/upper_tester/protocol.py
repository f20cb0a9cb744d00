"""The protocol between the tester and an adapter: JSON objects, one per line, UTF-8.

The primitives have the names of PS3.8 clause 7, taken from the specification of the state machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from dulcimer._generated.fsm import ACTIONS, EVENT_OF_PRIMITIVE

Message: TypeAlias = dict[str, Any]

VERSION = 1
HELLO, LISTEN, RESET = "hello", "listen", "reset"
CONTROLS = (HELLO, LISTEN, RESET)

PRIMITIVES = tuple(EVENT_OF_PRIMITIVE)
"""The primitives that a local user issues, by name."""

_ISSUE = "issue:"
INDICATIONS = tuple(
    dict.fromkeys(
        effect.removeprefix(_ISSUE)
        for action in ACTIONS.values()
        for outcome in action.outcomes
        for effect in outcome.effects
        if effect.startswith(_ISSUE)
    )
)
"""The indications and confirmations that a local user gets, by name."""


class NotDoneError(Exception):
    """The adapter cannot do this: not in this state, or never."""


class LocalUser(Protocol):
    """The local user of one implementation, one association at a time. What cannot be done raises NotDoneError.

    `tells`: the indications that it can report, a subset of `INDICATIONS`.
    """

    name: str
    tells: frozenset[str]

    async def listen(self) -> tuple[str, int]:
        """Accept connections from now on; returns host and port."""

    async def issue(self, primitive: str, parameters: Mapping[str, Any]) -> None:
        """Issue one of `PRIMITIVES`."""

    async def reset(self) -> None:
        """Drop the association, whatever its state, and close its connection."""


def encode(message: Mapping[str, Any]) -> bytes:
    """A message as a line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """A line as a message; raises ValueError."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("a message is a JSON object")
    return message
