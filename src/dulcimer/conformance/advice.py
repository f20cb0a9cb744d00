"""What the maker of a peer may do next, said once for every form of the report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from dulcimer._generated.conformance import RULES, Demand
from dulcimer._generated.fsm import TABLE
from dulcimer.conformance.case import Verdict
from dulcimer.conformance.oracle import Cell
from dulcimer.conformance.seen import ENDLESS

VIOLATED = "violated"
"""The alternative where what the peer has sent breaks a rule by itself, in whatever case."""
_RESERVED = "send source and reason that are defined, and none that is reserved (dulcimer explain A-ABORT)"
_SAYS_ALL = {
    "stops-serving": "look for a crash or a thread that hangs in the log of the peer",
    ENDLESS: "find the loop that sends: it has to end with the association, and when the peer has closed",
    "reserved-abort": _RESERVED,
    "reserved-values": _RESERVED,
}
_BY_ALTERNATIVE = {
    "silence": "see whether the peer has read the whole PDU",
    "open-after-artim": (
        "see that ARTIM is started, that bytes do not restart it, and that its expiry closes the connection"
    ),
}
_BY_VERDICT = {
    Verdict.ERROR: "see whether the peer still listens, and run this case alone (--case)",
    Verdict.NON_STRICT: "harmless as it is; the clause says what would be right",
    Verdict.UNOBSERVABLE: "nothing: the peer left, as it may, before this could be seen",
    Verdict.UNIMPLEMENTED: "nothing, if the peer is not meant to offer what the case needs",
    Verdict.INCONCLUSIVE: "run it again on a quiet peer; declare its ARTIM time with --peer-artim",
}
_NOTHING_TO_DO = frozenset({Verdict.OK, Verdict.INFORMATIONAL})
_LOOK = "look at the bytes that the observation names, where the peer encodes them"
_COMPARE = "compare what the peer does with the clause"
_FEW = 2
_EITHER_END = ("both", "service-user", "service-provider")


class Tested(Protocol):
    """What is asked of a case."""

    @property
    def rules(self) -> tuple[str, ...]:
        """Ids of the rules that it is about."""

    @property
    def role(self) -> str:
        """The role of the peer."""

    @property
    def cell(self) -> Cell | None:
        """The cell of Table 9-10 that it is about."""


def advice(verdict: Verdict, alternative: str, case: Tested) -> str:
    """What to do, without a full stop; "" where there is nothing to do."""
    if verdict in _NOTHING_TO_DO:
        return ""
    return _BY_VERDICT.get(verdict) or "; ".join(_remedies(alternative, case))


def _remedies(alternative: str, case: Tested) -> Iterator[str]:
    if alternative in _SAYS_ALL:
        yield _SAYS_ALL[alternative]
        return
    known = [RULES[name] for name in case.rules if name in RULES]
    told = [remedy for rule in known if (remedy := _remedy(rule, case.role, sent=alternative == VIOLATED))]
    if alternative == VIOLATED:  # the case is about all its rules, and the observation says which one is broken
        yield from told if len(told) <= _FEW else (_LOOK,)
        return
    if told:
        # The rules of a cell go from the action to the stimulus, which is special to the case.
        yield told[-1 if case.cell else 0]
    if case.cell:
        event, state = case.cell
        yield (
            f"compare the machine of the peer with the cell: {event.label} in {state.label} is {TABLE[case.cell]} "
            f"(dulcimer explain {state.label} {event.label})"
        )
    if alternative in _BY_ALTERNATIVE:
        yield _BY_ALTERNATIVE[alternative]
    elif not told and not case.cell:
        yield _COMPARE


def _remedy(rule: Demand, role: str, *, sent: bool) -> str:
    """What a peer of this role is to do about a rule that it breaks by what it has `sent`, or by how it reacts."""
    bound = (*_EITHER_END, role, "sender" if sent else "receiver")
    own = rule.remedy if rule.who in bound else ""
    return own if sent else own or rule.remedy_of_receiver
