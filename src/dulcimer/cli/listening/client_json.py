"""What clients do, for programs: one JSON object in each line."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from dulcimer.diagnosis.listening.events import (
    ClientAnswered,
    ClientConnected,
    ClientDeviates,
    ClientEnded,
    ClientProposed,
    ClientSent,
    ListenTold,
    ListenTotals,
)
from dulcimer.fuzz.proxy.events import PeerDeviation


def told_as_json(told: ListenTold) -> dict[str, Any]:
    """One event."""
    head = {"connection": told.connection, "at": round(told.at, 6)}
    match told:
        case ClientConnected():
            return {"event": "connected", **head, "client": told.client}
        case ClientProposed():
            found = asdict(told.proposal)
            found["extended"] = {uid: data.hex() for uid, data in told.proposal.extended}
            return {"event": "proposed", **head, **found, "rejected": told.rejected}
        case ClientSent():
            return {"event": "message", **_rest(told)}
        case ClientAnswered():
            return {"event": "answered", **_rest(told)}
        case ClientDeviates():
            return {"event": "deviates", **head, "deviations": [_deviation(one) for one in told.deviations]}
        case ClientEnded():
            return {"event": "ended", **_rest(told)}


def _rest(told: ClientSent | ClientAnswered | ClientEnded) -> dict[str, Any]:
    found = asdict(told)
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in found.items()}


def totals_as_json(totals: ListenTotals, seconds: float) -> dict[str, Any]:
    """The sums of a run."""
    return {
        "seconds": round(seconds, 3),
        "connections": totals.connections,
        "associations": totals.associations,
        "messages": totals.messages,
        "bytes": totals.octets,
        "refused_there": totals.refused_there,
        "deviations": [{**_deviation(one), "times": count} for one, count in totals.deviations.items()],
    }


def _deviation(one: PeerDeviation) -> dict[str, Any]:
    return {**asdict(one), "end": str(one.end)}
