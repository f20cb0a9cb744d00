"""What the maker of a peer may do next, said once for every form of the report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from dulcimer._generated.conformance import RULES, SENDER_RULES, Demand
from dulcimer._generated.fsm import TABLE
from dulcimer._generated.requestor import RULES as REQUESTOR_RULES
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.seen import ENDLESS
from dulcimer.conformance.model.verdict import Verdict

_STOPS = "stops-serving"
VIOLATED = "violated"
"""The alternative where what the peer has sent breaks a rule by itself, in whatever case."""
_RESERVED = "send source and reason that are defined, and none that is reserved (dulcimer explain A-ABORT)"
_NOTHING_AFTER = "send nothing after an A-RELEASE-RP, A-ASSOCIATE-RJ or A-ABORT, and wait for the close under ARTIM"
_SKIP = "skip a user information sub-item that is not supported, by its length, and accept the association without it"
_BOUNDED = (
    "compare a length with a limit of your own before memory is taken for it, and abort at the header of what is beyond"
)
_SAYS_ALL = {
    "stops-serving": "look for a crash or a thread that hangs in the log of the peer",
    "stays-open": "close the connection, and free its socket, as soon as this comes; no timer is to be waited for",
    "speaks-after-the-end": _NOTHING_AFTER,
    "acted-on": _NOTHING_AFTER,
    "hangs": "see that every wait of the program ends when its connection does, and has a limit",
    "died": "look for the signal that ended the program: a core dump or a stack trace says where",
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
    Verdict.NON_STRICT: "no harm done; see the clause for the correct behaviour",
    Verdict.UNOBSERVABLE: "nothing: the peer left, as it may, before this could be seen",
    Verdict.UNIMPLEMENTED: "nothing, if the peer is not meant to offer what the case needs",
    Verdict.INCONCLUSIVE: "run it again on a quiet peer; declare its ARTIM time with --peer-artim",
}
_CRASHED, _SERVES_NO_MORE = "as if it was started anew", "serves no more"
_WHERE_IT_STOPS = {
    _CRASHED: "look for a crash in the log of the peer: its process ended, and was started again",
    _SERVES_NO_MORE: "see whether the process of the peer still runs: if not, look for a crash; if it does, for a hang",
}
_BARE_HEADERS = ("type-ff-length-0", "p-data-no-pdv", "pdv.length.none")
"""What the ids of cases end with whose PDU is a header alone."""
_NOTHING_MORE = "see that a PDU of length 0 is taken as whole with its header: there is nothing more to wait for"
_LENGTHS = ("2gib", "4gib")
"""What the ids of cases that announce huge lengths end with."""
_OPTIONAL = tuple(f"r.ps3_7.d_3_3_{number}." for number in (3, 4, 5, 6, 7))
"""Rules about sub-items that an acceptor need not support."""
_NOTHING_TO_DO = frozenset({Verdict.OK, Verdict.INFORMATIONAL})
_LOOK = "look at the bytes that the observation names, where the peer encodes them"
_COMPARE = "compare what the peer does with the clause"
_FEW = 2
_SENDER_RULES = {rule.id: rule.rules for rule in (*SENDER_RULES, *REQUESTOR_RULES)}
_EITHER_END = ("both", "service-user", "service-provider")


class Tested(Protocol):
    """What is asked of a case."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def rules(self) -> tuple[str, ...]:
        """Ids of the rules that it is about."""

    @property
    def role(self) -> str:
        """The role of the peer."""

    @property
    def cell(self) -> Cell | None:
        """The cell of Table 9-10 that it is about."""


def advice(verdict: Verdict, alternative: str, case: Tested, observed: str = "", violated: str = "") -> str:
    """What to do, without a full stop; "" where there is nothing to do.

    `observed` is what was seen; `violated`: the id of the rule for what a peer sends that it broke in this case.
    """
    if verdict in _NOTHING_TO_DO:
        return ""
    return _BY_VERDICT.get(verdict) or "; ".join(_remedies(alternative, case, observed, violated))


def _remedies(alternative: str, case: Tested, observed: str, violated: str) -> Iterator[str]:
    if alternative == _STOPS:
        yield from _of_one_that_stops(case, observed)
        return
    if alternative == "not-accepted" and case.role == "acceptor" and (*case.rules, "")[0].startswith(_OPTIONAL):
        yield _SKIP
        return
    if alternative in _SAYS_ALL:
        yield _SAYS_ALL[alternative]
        return
    rules = _SENDER_RULES.get(violated, case.rules)
    known = [RULES[name] for name in rules if name in RULES]
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
    if alternative == "silence" and case.id.endswith(_BARE_HEADERS):
        yield _NOTHING_MORE
    elif alternative in _BY_ALTERNATIVE:
        yield _BY_ALTERNATIVE[alternative]
    elif not told and not case.cell:
        yield _COMPARE


def _of_one_that_stops(case: Tested, observed: str) -> Iterator[str]:
    """What ended the service of the peer: memory, a crash or a hang."""
    if case.id.endswith(_LENGTHS):
        yield _BOUNDED
    yield next((told for sign, told in _WHERE_IT_STOPS.items() if sign in observed), _SAYS_ALL[_STOPS])


def _remedy(rule: Demand, role: str, *, sent: bool) -> str:
    """What a peer of this role is to do about a rule that it breaks by what it has `sent`, or by how it reacts."""
    bound = (*_EITHER_END, role, "sender" if sent else "receiver")
    own = rule.remedy if rule.who in bound else ""
    if not sent and rule.who in _EITHER_END:  # the tester has sent what the rule is about
        return rule.remedy_of_receiver or own
    return own if sent else own or rule.remedy_of_receiver
