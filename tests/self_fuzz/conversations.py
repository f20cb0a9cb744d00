"""The provider (`dulcimer.upper_layer`) in both roles, in memory: whatever it shows is explained by Table 9-10."""

from __future__ import annotations

import json
from functools import cache

from dulcimer._generated.fsm import States
from dulcimer.fuzz.campaign.making import make_case
from dulcimer.fuzz.choices import Choices, OctetChoices
from dulcimer.fuzz.oracle.referee import Judgement
from dulcimer.fuzz.oracle.verdicts import Oddity, Unexplained
from dulcimer.fuzz.sequences.steps import (
    AwaitReply,
    Chunks,
    Close,
    FuzzSequence,
    HalfClose,
    Pause,
    Reset,
    SendBytes,
    SequenceFormatError,
    TargetRole,
)
from self_fuzz.material import sequences
from self_fuzz.surface import Allowance, Surface, demand, joined, parted
from support.fuzz_talks import FuzzTalk

_DECISIONS = 12


@cache
def _judgement(role: TargetRole) -> Judgement:
    return Judgement(role)


def make(choices: Choices) -> bytes:
    """A seed of either role with changes, and the bytes that the user of the provider decides by."""
    case = make_case(choices.pick(sequences()), choices, {})
    return joined(case.sequence.canonical, choices.octets(_DECISIONS))


def check(given: bytes) -> None:
    """Each reaction is explained, and after the end of the connection the provider is idle."""
    text, decisions = parted(given, 2)
    try:
        sequence = FuzzSequence.from_json(json.loads(text))
    except (ValueError, RecursionError, SequenceFormatError):
        return
    user = OctetChoices(decisions)
    talk = FuzzTalk(sequence.role, lambda _, ways: user.pick(ways), _judgement(sequence.role))
    for step in sequence.steps:
        match step:
            case SendBytes(data=data, operators=operators):
                talk.send(data, changed=bool(operators))
            case Chunks(operators=operators):
                for piece in step.pieces():
                    talk.send(piece, changed=bool(operators))
            case AwaitReply():
                talk.silence()
            case Pause():
                talk.wait_for_artim()
            case HalfClose() | Close() | Reset():
                talk.close()
            case _:
                pass
    talk.silence()
    talk.close()
    wrong = [str(verdict) for verdict in talk.verdicts if isinstance(verdict, Unexplained) and not _is_tired(verdict)]
    demand(not wrong, f"{sequence.role}: {wrong[:1]}")
    demand(talk.target.upper_layer.is_idle, f"{sequence.role}: the connection is closed, the provider is not idle")


def _is_tired(verdict: Unexplained) -> bool:
    """Whether the provider ignores a peer that it has sent many A-ABORTs to, which is on purpose."""
    return verdict.oddity is Oddity.SILENCE and all(state is States.STA_13 for _, state in verdict.cells)


SURFACE = Surface(
    "provider",
    "the upper layer provider as acceptor and as requestor, judged by Table 9-10",
    make,
    check,
    Allowance(calls=400_000, memory=8 << 20),
)
