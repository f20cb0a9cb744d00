"""The rows that the conformance cases of requestors are made from.

Generated from spec/conformance/requestor/ by `python -m codegen`: do not edit.
"""

from __future__ import annotations

from dataclasses import dataclass

from dulcimer._generated.conformance import Alternative, Reaction, SenderRule
from dulcimer._generated.rows import read, rows


@dataclass(frozen=True)
class RequestorReaction(Reaction):
    """A reaction of a peer that requests associations."""

    states: tuple[str, ...] = ()
    serves: bool = False
    ending: str = "any"


@dataclass(frozen=True)
class RequestorEntry:
    """A way into a state of the requestor, step by step."""

    state: str
    steps: tuple[str, ...]
    way: str = ""
    provoke: str = ""
    answer: str = ""
    passed: str = ""
    variants: str = "all"


@dataclass(frozen=True)
class RefusedConnection:
    """A connection that the tester never accepts."""

    state: str
    variant: str
    port: str


@dataclass(frozen=True)
class AcceptanceVariant:
    """How an A-ASSOCIATE-AC differs from the usual one."""

    protocol_version: int = 1
    echo: bool = True
    reserved: bool = False
    result: int = 0
    syntax: str = ""
    contexts: bool = True
    reverse: bool = False
    extra: int = 0
    twice: bool = False
    application_context: tuple[str, ...] | None = None
    user: tuple[str, ...] = ()
    user_first: bool = False
    unknown: tuple[str, ...] = ()
    unasked: tuple[int, ...] = ()
    shift: dict[str, int] | None = None
    overwrite: dict[str, int] | None = None
    append: tuple[int, ...] = ()
    keep: int = 0
    octets: bool = False


@dataclass(frozen=True)
class Response:
    """How a DIMSE response differs from one of status success."""

    status: int = 0
    message_id: int = 0
    command_field: int = 0
    plain: bool = False
    fragment: int = 0
    together: bool = False
    empty_last: bool = False
    header_bits: int = 0
    context: int = 0
    group_length: int = 0
    reserved: int = 0


@dataclass(frozen=True)
class RequestorCaseRow:
    """One variation of one answer, and the reactions of a requestor to it."""

    id: str
    clause: str
    requirement: str
    severity: str
    state: str
    expect: str
    ending: str = "any"
    accept: AcceptanceVariant | None = None
    pdu: str = ""
    fields: dict[str, int] | None = None
    overwrite: dict[str, int] | None = None
    response: Response | None = None
    wait: str = ""
    maximum_length: int = -1
    rules: tuple[str, ...] = ()


_TABLES = read("requestor.json")

REACTIONS: dict[str, RequestorReaction] = rows(dict[str, RequestorReaction], _TABLES["REACTIONS"])
"""Reactions by class."""

ENDINGS: dict[str, tuple[Alternative, ...]] = rows(dict[str, tuple[Alternative, ...]], _TABLES["ENDINGS"])
"""How a command ends, by name."""

EXPECTATIONS: dict[str, tuple[Alternative, ...]] = rows(dict[str, tuple[Alternative, ...]], _TABLES["EXPECTATIONS"])
"""Alternatives by name."""

ENTRIES: tuple[RequestorEntry, ...] = rows(tuple[RequestorEntry, ...], _TABLES["ENTRIES"])
"""The ways into the states."""

REFUSALS: tuple[RefusedConnection, ...] = rows(tuple[RefusedConnection, ...], _TABLES["REFUSALS"])
"""Connections that the tester never accepts."""

CASES: tuple[RequestorCaseRow, ...] = rows(tuple[RequestorCaseRow, ...], _TABLES["CASES"])
"""Encoding, DIMSE and time cases."""

RULES: tuple[SenderRule, ...] = rows(tuple[SenderRule, ...], _TABLES["RULES"])
"""Rules for what the peer itself sends."""
