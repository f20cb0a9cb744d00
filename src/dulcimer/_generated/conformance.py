"""The rows that the conformance cases are made from.

Generated from spec/conformance/ by `python -m codegen`: do not edit.
"""

from __future__ import annotations

from dataclasses import dataclass

from dulcimer._generated.rows import read, rows


@dataclass(frozen=True)
class Alternative:
    """A reaction and its verdict: `on` are shell patterns of what was seen, `severity` "" that of the case."""

    name: str
    verdict: str
    on: tuple[str, ...]
    severity: str = ""
    why: str = ""


@dataclass(frozen=True)
class Reaction:
    """What some actions of Table 9-10 look like from outside."""

    actions: tuple[str, ...]
    clause: str
    requirement: str
    severity: str
    close: str
    alternatives: tuple[Alternative, ...]
    events: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stimulus:
    """What causes an event at the peer."""

    event: str
    variant: str = ""
    pdu: str = ""
    fields: dict[str, int] | None = None
    overwrite: dict[str, int] | None = None
    body: tuple[int, ...] | None = None
    split: int = 0
    transport: str = ""
    wait: str = ""
    states: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    open: str = ""
    passed_over: str = ""
    best: int = -1
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class StateEntry:
    """A way into a state, step by step."""

    role: str
    state: str
    steps: tuple[str, ...]
    way: str = ""
    provoke: str = ""
    answer: str = ""
    pipeline: str = ""
    passed: str = ""
    passed_state: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProposedContext:
    """A proposed presentation context; UIDs by keyword or in digits."""

    id: int
    abstract: tuple[str, ...]
    transfer: tuple[str, ...]


@dataclass(frozen=True)
class ProposedRole:
    """A proposed SCP/SCU role selection; the UID by keyword or in digits."""

    sop_class: str
    scu: int
    scp: int


@dataclass(frozen=True)
class Identity:
    """A proposed user identity."""

    kind: int
    primary: str
    secondary: str = ""
    response: int = 0


@dataclass(frozen=True)
class RequestVariant:
    """How an A-ASSOCIATE-RQ differs from the usual one."""

    protocol_version: int = 1
    reserved_43_74: str = ""
    pad_ae_titles: bool = False
    blank_ae_title: bool = False
    blank_called_title: bool = False
    nul_pad_ae_titles: bool = False
    called: str = ""
    calling: str = ""
    contexts: tuple[ProposedContext, ...] | None = None
    context_count: int = 0
    transfer_first: bool = False
    application_context: tuple[str, ...] | None = None
    order: tuple[str, ...] = ()
    user: tuple[str, ...] | None = None
    user_items: int = 1
    class_uid: str = ""
    version_name: str = ""
    window: tuple[int, ...] = ()
    roles: tuple[ProposedRole, ...] = ()
    extended: tuple[str, ...] = ()
    common_extended: tuple[str, ...] = ()
    identity: Identity | None = None
    unknown: tuple[str, ...] = ()
    overwrite: dict[str, int] | None = None
    shift: dict[str, int] | None = None
    append: tuple[int, ...] = ()
    keep: int = 0
    octets: bool = False


@dataclass(frozen=True)
class Value:
    """One PDV: part of a message, from byte `start` to `stop` (0: its end)."""

    of: str = "command"
    message: int = 0
    start: int = 0
    stop: int = 0
    header: int = -1
    context: int = 0


@dataclass(frozen=True)
class Echo:
    """How a message of DIMSE differs from the usual C-ECHO-RQ."""

    message_id: int = 1
    same_id: bool = False
    command: dict[str, int] | None = None
    uids: dict[str, str] | None = None
    texts: dict[str, str] | None = None
    omit: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    group_length: int = 0
    data: str = ""
    fragment: int = 0
    together: bool = False
    empty_last: bool = False
    header_bits: int = 0
    context: int = 0
    count: int = 1
    cancel: bool = False
    release: bool = False
    oversize: bool = False
    pdus: tuple[tuple[Value, ...], ...] | None = None
    overwrite: dict[str, int] | None = None


@dataclass(frozen=True)
class EncodingCase:
    """One variation of one PDU or message, and the reactions of a peer to it."""

    id: str
    clause: str
    requirement: str
    severity: str
    expect: str
    before: tuple[Alternative, ...] = ()
    settle: str = "none"
    request: RequestVariant | None = None
    echo: Echo | None = None
    pdu: str = ""
    fields: dict[str, int] | None = None
    overwrite: dict[str, int] | None = None
    body: tuple[int, ...] | None = None
    maximum_length: int = -1
    service: str = ""
    refused_service: str = ""
    needs: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class SenderRule:
    """A rule for everything that the peer itself sends; `cases` that are also about it fail if it is broken."""

    id: str
    clause: str
    requirement: str
    severity: str
    check: str
    pdus: tuple[str, ...]
    verdict: str = "FAILED"
    cases: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Demand:
    """What a rule of the standard demands, of whom, and how to mend the end that breaks it or mishandles a breach."""

    clause: str
    who: str
    statement: str
    remedy: str = ""
    remedy_of_receiver: str = ""


_TABLES = read("conformance.json")

REACTIONS: dict[str, Reaction] = rows(dict[str, Reaction], _TABLES["REACTIONS"])
"""Reactions by class."""

STIMULI: tuple[Stimulus, ...] = rows(tuple[Stimulus, ...], _TABLES["STIMULI"])
"""What the tester sends or does."""

ENTRIES: tuple[StateEntry, ...] = rows(tuple[StateEntry, ...], _TABLES["ENTRIES"])
"""The ways into the states."""

EXPECTATIONS: dict[str, tuple[Alternative, ...]] = rows(dict[str, tuple[Alternative, ...]], _TABLES["EXPECTATIONS"])
"""Alternatives by name."""

CASES: tuple[EncodingCase, ...] = rows(tuple[EncodingCase, ...], _TABLES["CASES"])
"""Encoding, PDV and DIMSE cases."""

SENDER_RULES: tuple[SenderRule, ...] = rows(tuple[SenderRule, ...], _TABLES["SENDER_RULES"])
"""Rules for what the peer itself sends."""

ACTION_RULES: dict[str, tuple[str, ...]] = rows(dict[str, tuple[str, ...]], _TABLES["ACTION_RULES"])
"""The rules of each action."""

RULES: dict[str, Demand] = rows(dict[str, Demand], _TABLES["RULES"])
"""The rules of the standard, by their ids."""
