"""A strategy for whole connections to a target: sequences planned from Table 9-10, legal and illegal ones."""

from __future__ import annotations

from functools import cache
from typing import Literal, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dulcimer._generated.fsm import TABLE
from dulcimer.fuzz.sequences.moves import Act, Script
from dulcimer.fuzz.sequences.planner import Planner
from dulcimer.fuzz.sequences.rendering import BasePdus, sequence_of
from dulcimer.fuzz.sequences.steps import FuzzSequence, TargetRole

SequenceKind: TypeAlias = Literal["any", "legal", "illegal"]

_OUT_OF_PLACE = frozenset(("AA-1", "AA-6", "AA-7", "AA-8"))
"""The actions for PDUs that have no place in a state."""


@cache
def _scripts(role: TargetRole, kind: SequenceKind) -> tuple[Script, ...]:
    planner = Planner(role)
    ways = sorted((way for cell in planner.scripts for way in planner.ways(cell)), key=lambda way: way.cost)
    return tuple(way for way in ways if kind == "any" or is_legal(way) is (kind == "legal"))


def is_legal(script: Script) -> bool:
    """Whether each PDU of the script has a place in the state of Table 9-10 in which it arrives."""
    sent = (cell for move, cell in zip(script.moves, script.path, strict=True) if move.act is Act.SEND)
    return not any(TABLE[cell] in _OUT_OF_PLACE for cell in sent)


def event_sequences(
    role: TargetRole, kind: SequenceKind = "any", *, bases: BasePdus | None = None
) -> SearchStrategy[FuzzSequence]:
    """Sequences of steps for a target of this role, each the way into one cell of Table 9-10; shortest first.

    - `kind`: "legal": each PDU has a place in the state in which it arrives; "illegal": at least one has not.
    - `bases`: the PDUs of the tester; for a requestor, `BasePdus(request=...)` with the bytes of its A-ASSOCIATE-RQ.

    `cell` of a sequence is the cell; its `steps` are values such as `SendBytes`, `AwaitReply` and `HalfClose`.
    """
    pdus = bases or BasePdus()
    return st.sampled_from(_scripts(role, kind)).map(lambda script: sequence_of(script, pdus))
