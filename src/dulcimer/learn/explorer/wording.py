"""What the table does not say in words: why a cell is blank, who can be in a state, what a guard asks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from dulcimer._generated.fsm import EVENTS, STATES, TABLE, Events, States

ROLE_WORDS: Final = {
    "both": "either end can be here",
    "requestor": "only the end that requested the association can be here",
    "acceptor": "only the end that accepts or rejects the association can be here",
}
CONDITIONS: Final = {
    "request_is_supported": (
        "if the upper layer supports the A-ASSOCIATE-RQ received",
        "if the upper layer does not support the A-ASSOCIATE-RQ received",
    ),
    "is_requestor": (
        "if this end requested the association (no matter which end requested release first)",
        "if the other end requested the association (no matter which end requested release first)",
    ),
    "abort_is_from_service_user": (
        "if the Source field of the A-ABORT received is 0, service-user",
        "if the Source field of the A-ABORT received is not 0, service-user",
    ),
}
"""Each guard of the machine in words: if it holds, and if not."""
_LABEL = re.compile(r"(\D+)(\d+)")


def joined(labels: Sequence[str]) -> str:
    """`labels` with commas between them, three or more in a row as ``Sta5..Sta9``."""
    runs: list[list[str]] = []
    for label in labels:
        if runs and _follows(runs[-1][-1], label):
            runs[-1].append(label)
        else:
            runs.append([label])
    return ", ".join(f"{run[0]}..{run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)


def _follows(one: str, other: str) -> bool:
    first, second = _LABEL.fullmatch(one), _LABEL.fullmatch(other)
    return bool(first and second and first[1] == second[1] and int(first[2]) + 1 == int(second[2]))


def why_blank(which: Events) -> str:
    """Why Table 9-10 has no action for this event in some states."""
    places = joined([STATES[found].label for found in States if (which, found) in TABLE])
    match EVENTS[which].kind:
        case "primitive":
            return f"the local user may ask for this only in {places}"
        case "pdu":
            return "there is no transport connection on which a PDU could arrive"
        case "timer":
            return f"the timer runs only in {places}"
        case _:
            return f"the transport service reports this only in {places}"
