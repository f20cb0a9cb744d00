"""The verdicts as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dulcimer import __version__
from dulcimer._generated.fsm import STATES, TABLE
from dulcimer.captures.segments import Address
from dulcimer.counting import counted
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, Breach, EndVerdict, WireOutcome
from dulcimer.diagnosis.reporting.judged_file import JudgedFile
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.sequences.steps import cell_name

SCHEMA = 1


def verdicts_json(files: Sequence[JudgedFile]) -> dict[str, Any]:
    """All files. Frames are counted from 1 as Wireshark does, offsets from 0 in what the end has sent."""
    totals = {str(outcome): sum(one.counts[outcome] for one in files) for outcome in WireOutcome}
    return {
        "schema": SCHEMA,
        "tool": f"dulcimer {__version__}",
        "files": [_file(one) for one in files],
        "summary": totals,
    }


def _file(one: JudgedFile) -> dict[str, Any]:
    return {
        "file": one.name,
        "unit": one.unit,
        "frames": one.frames,
        "damage": one.damage,
        "remarks": list(one.remarks),
        "associations": [_association(found) for found in one.associations],
        "others": [
            {
                "connection": found.number,
                "client": _address(found.client_address),
                "server": _address(found.server_address),
                "protocol": found.name,
                "frames": list(found.frames),
            }
            for found in one.others
        ],
    }


def _association(one: AssociationVerdict) -> dict[str, Any]:
    return {
        "connection": one.number,
        "client": _address(one.client_address),
        "server": _address(one.server_address),
        "calling": one.calling,
        "called": one.called,
        "frames": list(one.frames),
        "t": one.t,
        "seconds": one.seconds,
        "ending": str(one.ending),
        "verdict": str(one.outcome),
        "ends": {str(end.end): _end(end) for end in one.ends},
    }


def _end(end: EndVerdict) -> dict[str, Any]:
    return {
        "role": end.end.role,
        "verdict": str(end.outcome),
        "pdus": end.pdus,
        "violations": [breach_json(one) for one in end.breaches if not one.is_tolerated],
        "deviations": [breach_json(one) for one in end.breaches if one.is_tolerated],
        "not_listed": end.left_out,
        "inconclusive": [{"reason": str(one.cause), "text": one.text, "frame": one.frame} for one in end.doubts],
    }


def breach_json(one: Breach) -> dict[str, Any]:
    """One breach."""
    place = one.place
    return {
        "rule": one.rule,
        "clause": one.clause,
        "requirement": one.requirement,
        "severity": one.severity,
        "observed": one.observed,
        "expected": list(one.expected),
        "states": [STATES[state].label for state in sorted(one.states)],
        "cells": [f"{cell_name(cell)} {TABLE[cell]}" for cell in sorted(one.cells) if cell in TABLE],
        "frames": list(place.frames),
        "t": place.t,
        "offset": place.offset,
        "size": place.size,
        "hex": place.data.hex(),
        "path": place.path,
        "story": [
            {"sender": str(step.sender), "text": step.text, "frame": step.frame, "count": step.count}
            for step in one.story
        ],
        "advice": one.advice,
    }


def _address(address: Address) -> dict[str, Any]:
    return {"host": address[0], "port": address[1]}


def title_of(association: AssociationVerdict) -> str:
    """Who talks to whom."""
    names = f"{association.calling or '?'} to {association.called or '?'}"
    return names if association.calling or association.called else "titles not known"


def outcomes_in_words(counts: Mapping[WireOutcome, int]) -> str:
    """How many associations have each verdict; "" if there are none."""
    parts = (
        counted(number, str(outcome)) if outcome is WireOutcome.VIOLATION else f"{number} {outcome}"
        for outcome, number in counts.items()
        if number
    )
    return ", ".join(parts)


def address_of(association: AssociationVerdict, end: LinkEnd) -> str:
    """Host and port of an end."""
    return address_in_words(*(association.client_address if end is LinkEnd.CLIENT else association.server_address))


def address_in_words(host: str, port: int) -> str:
    """Host and port, as far as they are known: a trace may have those of the other end alone."""
    return f"{host} port {port}" if host else "an address not recorded"
