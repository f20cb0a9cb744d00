"""What the developer of a peer can do next, in the same words for every form of the report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from dulcimer._generated.conformance import RULES, SENDER_RULES, Demand
from dulcimer._generated.fsm import TABLE
from dulcimer._generated.requestor import RULES as REQUESTOR_RULES
from dulcimer.conformance.judge.outage import STOPS, Outage, outage_in
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.seen import ENDLESS
from dulcimer.conformance.model.verdict import Verdict

VIOLATED = "violated"
"""Name of the alternative for bytes of the peer that break a rule for what it sends, whatever the case is about."""
_RESERVED = "send a source and a reason that PS3.8 defines, not reserved values (dulcimer explain A-ABORT)"
_NOTHING_AFTER = "send nothing after an A-RELEASE-RP, A-ASSOCIATE-RJ or A-ABORT; wait for the close while ARTIM runs"
_SKIP = "skip an unsupported user information sub-item by its length, and accept the association without it"
_BOUNDED = (
    "compare a length with a limit of your own before memory is allocated for it; if it is larger, abort at the header"
)
_COMPLETE = {
    STOPS: "look for a crash or a hanging thread in the log of the peer",
    "stays-open": "close the connection, and free its socket, as soon as this PDU comes; there is no timer to wait for",
    "speaks-after-the-end": _NOTHING_AFTER,
    "acted-on": _NOTHING_AFTER,
    "hangs": "make every wait of the program end when the connection ends, and give it a time limit",
    "died": "find what raised the signal that ended the program: a core dump or a stack trace shows where",
    ENDLESS: "find the loop that sends: it must end with the association, and when the connection is closed",
    "reserved-abort": _RESERVED,
    "reserved-values": _RESERVED,
}
"""Advice that needs nothing else, by the name of the alternative."""
_BY_ALTERNATIVE = {
    "silence": "check that the peer reads the whole PDU",
    "open-after-artim": (
        "check that ARTIM is started, that received bytes do not restart it, and that its expiry closes the connection"
    ),
}
_BY_VERDICT = {
    Verdict.ERROR: "check that the peer still listens, and run this case alone (--case)",
    Verdict.NON_STRICT: "no harm done; see the clause for the correct behaviour",
    Verdict.UNOBSERVABLE: "nothing: the peer left the state, as it may, before the case could test it",
    Verdict.UNIMPLEMENTED: "nothing, if the peer is not meant to offer what the case needs",
    Verdict.INCONCLUSIVE: "run it again while the peer is idle; declare its ARTIM time with --peer-artim",
}
_BY_OUTAGE = {
    Outage.RESTARTED: "look for a crash in the log of the peer: its process ended and was restarted",
    Outage.NOT_RESPONDING: "check whether the process of the peer still runs: if not, look for a crash, else a hang",
}
_BARE_HEADERS = ("type-ff-length-0", "p-data-no-pdv", "pdv.length.none")
"""Ends of the ids of cases whose PDU is a header alone."""
_NOTHING_MORE = "check that a PDU of length 0 counts as complete after its header: there is nothing more to wait for"
_LENGTHS = ("2gib", "4gib")
"""Ends of the ids of cases that announce huge lengths."""
_OPTIONAL = tuple(f"r.ps3_7.d_3_3_{number}." for number in (3, 4, 5, 6, 7))
"""Rules about sub-items that an acceptor need not support."""
_NOTHING_TO_DO = frozenset({Verdict.OK, Verdict.INFORMATIONAL})
_LOOK = "look at the code of the peer that encodes the bytes named in the observation"
_COMPARE = "compare what the peer does with the clause"
_FEW = 2
_SENDER_RULES = {rule.id: rule.rules for rule in (*SENDER_RULES, *REQUESTOR_RULES)}
_EITHER_END = ("both", "service-user", "service-provider")


class Tested(Protocol):
    """What the advice depends on in a case."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules that it is about."""

    @property
    def role(self) -> str:
        """The role of the peer."""

    @property
    def cell(self) -> Cell | None:
        """The cell of Table 9-10 that it is about."""


def advice(verdict: Verdict, alternative: str, case: Tested, observed: str = "", violated: str = "") -> str:
    """What to do, without a full stop; "" where there is nothing to do.

    `violated`: the id of the rule for what a peer sends that it broke in this case.
    """
    if verdict in _NOTHING_TO_DO:
        return ""
    return _BY_VERDICT.get(verdict) or "; ".join(_remedies(alternative, case, observed, violated))


def _remedies(alternative: str, case: Tested, observed: str, violated: str) -> Iterator[str]:
    if alternative == STOPS:
        yield from _after_outage(case, observed)
        return
    if alternative == "not-accepted" and case.role == "acceptor" and (*case.rules, "")[0].startswith(_OPTIONAL):
        yield _SKIP
        return
    if alternative in _COMPLETE:
        yield _COMPLETE[alternative]
        return
    rules = _SENDER_RULES.get(violated, case.rules)
    known = [RULES[name] for name in rules if name in RULES]
    remedies = [remedy for rule in known if (remedy := _remedy(rule, case.role, sent=alternative == VIOLATED))]
    if alternative == VIOLATED:  # any of its rules; the observation says which one
        yield from remedies if len(remedies) <= _FEW else (_LOOK,)
        return
    if remedies:
        # The rules of a cell begin with its action and end with the stimulus, which is what this case is about.
        yield remedies[-1 if case.cell else 0]
    if case.cell:
        event, state = case.cell
        yield (
            f"compare the peer's state machine with the cell: {event.label} in {state.label} is {TABLE[case.cell]} "
            f"(dulcimer explain {state.label} {event.label})"
        )
    if alternative == "silence" and case.id.endswith(_BARE_HEADERS):
        yield _NOTHING_MORE
    elif alternative in _BY_ALTERNATIVE:
        yield _BY_ALTERNATIVE[alternative]
    elif not remedies and not case.cell:
        yield _COMPARE


def _after_outage(case: Tested, observed: str) -> Iterator[str]:
    """What to look for in a peer that stopped serving: memory, a crash or a hang."""
    if case.id.endswith(_LENGTHS):
        yield _BOUNDED
    outage = outage_in(observed)
    yield _COMPLETE[STOPS] if outage is None else _BY_OUTAGE[outage]


def _remedy(rule: Demand, role: str, *, sent: bool) -> str:
    """What a peer of this role can do about a rule that it breaks by what it has `sent`, or by how it reacts."""
    bound = (*_EITHER_END, role, "sender" if sent else "receiver")
    own = rule.remedy if rule.who in bound else ""
    if not sent and rule.who in _EITHER_END:  # the tester has sent what the rule is about
        return rule.remedy_of_receiver or own
    return own if sent else own or rule.remedy_of_receiver
