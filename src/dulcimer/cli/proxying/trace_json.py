"""The trace of the proxy for programs: one JSON object in each line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dulcimer._generated.fsm import STATES, States
from dulcimer.cli.proxying.words import not_reached
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.proxy.events import (
    DirectionEnded,
    EndIsSilent,
    EndStates,
    LinkEnded,
    LinkOpened,
    PduSeen,
    PeerDeviation,
    ServerNotReached,
    Told,
)
from dulcimer.fuzz.proxy.totals import ProxyTotals


def told_json(told: Told) -> dict[str, Any]:
    """One event."""
    head = {"connection": told.connection, "at": round(told.at, 6)}
    match told:
        case LinkOpened():
            return {"event": "opened", **head, "client": told.client, "server": told.server, **_states(told.states)}
        case PduSeen():
            return {
                "event": "pdu",
                **head,
                "from": str(told.sender),
                "pdu": told.name,
                "bytes": told.size,
                "message": told.message,
                **_states(told.states),
                "verdict": _verdict(told.deviations) if told.is_judged or told.deviations else "not judged",
                "faults": list(told.faults),
                "deviations": _deviations(told.deviations),
            }
        case DirectionEnded():
            return {
                "event": "closed",
                **head,
                "from": str(told.sender),
                "reset": told.reset,
                "incomplete_bytes": told.remains,
                **_states(told.states),
                "verdict": _verdict(told.deviations),
                "deviations": _deviations(told.deviations),
            }
        case EndIsSilent():
            return {
                "event": "silent",
                **head,
                "end": str(told.end),
                "seconds": round(told.seconds, 3),
                **_states(told.states),
                "verdict": _verdict(told.deviations),
                "deviations": _deviations(told.deviations),
            }
        case LinkEnded():
            return {"event": "ended", **head, "by_proxy": told.by_proxy}
        case ServerNotReached():
            return {"event": "not reached", **head, "client": told.client, "why": not_reached(told.error)}


def summary_json(totals: ProxyTotals, seconds: float) -> dict[str, Any]:
    """The sums of a run."""
    return {
        "seconds": round(seconds, 3),
        "connections": totals.connections,
        "not_reached": totals.failed,
        **{f"{end}_pdus": totals.pdus[end] for end in LinkEnd},
        **{f"{end}_bytes": totals.octets[end] for end in LinkEnd},
        "faults": totals.faults,
        "deviations": [
            {
                **_deviation(one),
                "connections": count,
                "first_connection": totals.first_seen[one][0],
                "first_at": round(totals.first_seen[one][1], 6),
            }
            for one, count in totals.deviations.items()
        ],
    }


def _states(states: EndStates) -> dict[str, list[str]]:
    return {"client_states": _labels(states.client), "server_states": _labels(states.server)}


def _labels(states: frozenset[States]) -> list[str]:
    return [STATES[state].label for state in sorted(states)]


def _verdict(found: Iterable[PeerDeviation]) -> str:
    sure = {one.sure for one in found}
    return "wrong" if True in sure else "unusual" if sure else "ok"


def _deviations(found: Iterable[PeerDeviation]) -> list[dict[str, Any]]:
    return [_deviation(one) for one in found]


def _deviation(one: PeerDeviation) -> dict[str, Any]:
    return {
        "end": str(one.end),
        "sure": one.sure,
        "text": one.text,
        "clause": one.clause,
        "meaning": one.meaning,
        "advice": one.advice,
    }
