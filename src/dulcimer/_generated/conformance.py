"""What the conformance cases are made from.

Generated from spec/conformance/ by `python -m codegen`: do not edit.
"""

from __future__ import annotations

from dataclasses import dataclass


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


@dataclass(frozen=True)
class Stimulus:
    """What brings about an event at the peer."""

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
    best: int = -1


@dataclass(frozen=True)
class Entry:
    """A way into a state, step by step."""

    role: str
    state: str
    steps: tuple[str, ...]
    way: str = ""
    provoke: str = ""
    answer: str = ""


@dataclass(frozen=True)
class Context:
    """A proposed presentation context; UIDs by keyword or in digits."""

    id: int
    abstract: tuple[str, ...]
    transfer: tuple[str, ...]


@dataclass(frozen=True)
class Request:
    """How an A-ASSOCIATE-RQ differs from the usual one."""

    protocol_version: int = 1
    reserved_43_74: str = ""
    pad_ae_titles: bool = False
    blank_ae_title: bool = False
    contexts: tuple[Context, ...] | None = None
    context_count: int = 0
    application_context: tuple[str, ...] | None = None
    user: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    overwrite: dict[str, int] | None = None
    shift: dict[str, int] | None = None
    append: tuple[int, ...] = ()
    keep: int = 0
    octets: bool = False


@dataclass(frozen=True)
class Echo:
    """How a C-ECHO-RQ differs from the usual one."""

    message_id: int = 1
    command: dict[str, int] | None = None
    uids: dict[str, str] | None = None
    omit: tuple[str, ...] = ()
    group_length: int = 0
    fragment: int = 0
    together: bool = False
    empty_last: bool = False
    header_bits: int = 0
    context: int = 0
    count: int = 1
    overwrite: dict[str, int] | None = None


@dataclass(frozen=True)
class EncodingCase:
    """One peculiarity of one PDU or message, and what a peer is to make of it."""

    id: str
    clause: str
    requirement: str
    severity: str
    expect: str
    before: tuple[Alternative, ...] = ()
    settle: str = "none"
    request: Request | None = None
    echo: Echo | None = None
    pdu: str = ""
    fields: dict[str, int] | None = None
    overwrite: dict[str, int] | None = None
    maximum_length: int = -1


@dataclass(frozen=True)
class SenderRule:
    """A rule for everything that the peer itself sends."""

    id: str
    clause: str
    requirement: str
    severity: str
    check: str
    pdus: tuple[str, ...]


REACTIONS: dict[str, Reaction] = {
    "a1": Reaction(
        actions=("AA-1",),
        clause="PS3.8 Table 9-9 AA-1",
        requirement="In {state}, before any association, {event} is answered with an A-ABORT of the service-user (source 0, reason 0); then the peer waits, bounded by ARTIM, for the connection to be closed.",
        severity="S2",
        close="tester",
        alternatives=(
            Alternative(name="a-abort", verdict="OK", on=("A-ABORT(0,0)",)),
            Alternative(
                name="provider-abort",
                verdict="NON-STRICT",
                on=("A-ABORT(2,*)",),
                severity="S3",
                why="AA-1 sends source 0 (service-user)",
            ),
            Alternative(
                name="user-abort-with-reason",
                verdict="NON-STRICT",
                on=("A-ABORT(0,*)",),
                severity="S3",
                why="with source 0 the reason is sent as 00H (9.3.8)",
            ),
            Alternative(
                name="bare-close",
                verdict="NON-STRICT",
                on=("close(*)",),
                why="the connection was closed without an A-ABORT",
            ),
            Alternative(
                name="silence",
                verdict="FAILED",
                on=("silence",),
                why="no A-ABORT came and the connection stays open",
            ),
        ),
    ),
    "p8": Reaction(
        actions=("AA-8",),
        clause="PS3.8 Table 9-9 AA-8",
        requirement="In {state}, {event} is answered with an A-ABORT of the service-provider (source 2); then the peer waits, bounded by ARTIM, for the connection to be closed.",
        severity="S2",
        close="tester",
        alternatives=(
            Alternative(name="provider-abort", verdict="OK", on=("@p-abort",)),
            Alternative(
                name="user-abort",
                verdict="NON-STRICT",
                on=("A-ABORT(0,*)",),
                severity="S3",
                why="AA-8 sends source 2 (service-provider); an abort by the user of the peer cannot be excluded",
            ),
            Alternative(
                name="bare-close",
                verdict="NON-STRICT",
                on=("close(*)",),
                why="the connection was closed without an A-ABORT; 9.1.4 note 1 says it should not be",
            ),
            Alternative(
                name="reserved-abort",
                verdict="FAILED",
                on=("A-ABORT(*)",),
                severity="S3",
                why="source or reason of the A-ABORT is reserved",
            ),
            Alternative(
                name="silence",
                verdict="FAILED",
                on=("silence",),
                why="no A-ABORT came and the association goes on",
            ),
        ),
        skip=("P-DATA-TF", "A-RELEASE-RQ"),
    ),
    "c2": Reaction(
        actions=("AA-2",),
        clause="PS3.8 Table 9-9 AA-2",
        requirement="In {state}, {event} makes the peer close the connection; nothing is sent.",
        severity="S2",
        close="peer",
        alternatives=(
            Alternative(name="close", verdict="OK", on=("close(*)",)),
            Alternative(
                name="left",
                verdict="UNOBSERVABLE",
                on=("left(*)",),
                why="the peer closed the connection at once after the PDU before, so that its reaction cannot be told apart",
            ),
            Alternative(
                name="late-close",
                verdict="NON-STRICT",
                on=("late-close(*)",),
                why="the connection was closed only some time after the A-ABORT",
            ),
            Alternative(
                name="open-after-artim",
                verdict="FAILED",
                on=("open-after-artim",),
                why="the connection is still open after the declared ARTIM time",
            ),
            Alternative(
                name="silence",
                verdict="INCONCLUSIVE",
                on=("silence",),
                why="the connection was not closed in the time watched; declare the ARTIM time of the peer (--peer-artim) for a verdict",
            ),
            Alternative(name="answer", verdict="FAILED", on=("*",), why="an A-ABORT is not answered with a PDU"),
        ),
        events=("Evt16",),
    ),
    "c3": Reaction(
        actions=("AA-3",),
        clause="PS3.8 Table 9-9 AA-3",
        requirement="In {state}, {event}, whatever its source and reason, makes the peer close the connection; nothing is sent.",
        severity="S2",
        close="peer",
        alternatives=(
            Alternative(name="close", verdict="OK", on=("close(*)",)),
            Alternative(
                name="late-close",
                verdict="NON-STRICT",
                on=("late-close(*)",),
                why="the connection was closed only some time after the A-ABORT",
            ),
            Alternative(
                name="user-abort",
                verdict="NON-STRICT",
                on=("A-ABORT(0,0)",),
                severity="S3",
                why="an A-ABORT is not answered with a PDU; an abort by the user of the peer cannot be excluded",
            ),
            Alternative(
                name="open-after-artim",
                verdict="FAILED",
                on=("open-after-artim",),
                why="the connection is still open after the declared ARTIM time",
            ),
            Alternative(
                name="silence",
                verdict="INCONCLUSIVE",
                on=("silence",),
                why="the connection was not closed in the time watched; declare the ARTIM time of the peer (--peer-artim) for a verdict",
            ),
            Alternative(name="answer", verdict="FAILED", on=("*",), why="an A-ABORT is not answered with a PDU"),
        ),
        skip=("P-DATA-TF", "A-RELEASE-RQ"),
    ),
    "i6": Reaction(
        actions=("AA-6",),
        clause="PS3.8 Table 9-9 AA-6",
        requirement="In {state}, after the end of the association, {event} is ignored: nothing is sent, and the connection stays until the tester closes it or ARTIM expires.",
        severity="S2",
        close="tester",
        alternatives=(
            Alternative(name="ignored", verdict="OK", on=("silence",)),
            Alternative(
                name="left",
                verdict="UNOBSERVABLE",
                on=("close(*)",),
                why="the peer closed the connection, as ARTIM lets it at any time, before it could show that it ignores the PDU",
            ),
            Alternative(
                name="abort",
                verdict="NON-STRICT",
                on=("A-ABORT(*)",),
                severity="S3",
                why="the PDU is to be ignored, not answered",
            ),
            Alternative(
                name="acted-on",
                verdict="FAILED",
                on=("*",),
                why="the peer acted on a PDU after the end of the association",
            ),
        ),
    ),
    "q7": Reaction(
        actions=("AA-7",),
        clause="PS3.8 Table 9-9 AA-7",
        requirement="In {state}, after the end of the association, {event} is answered with an A-ABORT (the table names no source).",
        severity="S2",
        close="tester",
        alternatives=(
            Alternative(name="abort", verdict="OK", on=("A-ABORT(*)",)),
            Alternative(
                name="left",
                verdict="UNOBSERVABLE",
                on=("close(*)",),
                why="the peer closed the connection, as ARTIM lets it at any time, before it could answer",
            ),
            Alternative(
                name="ignored",
                verdict="NON-STRICT",
                on=("silence",),
                severity="S3",
                why="AA-7 sends an A-ABORT",
            ),
            Alternative(
                name="other",
                verdict="FAILED",
                on=("*",),
                why="only an A-ABORT may be sent after the end of the association",
            ),
        ),
    ),
    "t4": Reaction(
        actions=("AA-4",),
        clause="PS3.8 Table 9-9 AA-4",
        requirement="In {state}, {event} ends the association at the peer, which sends nothing more and goes on serving others.",
        severity="S0",
        close="peer",
        alternatives=(
            Alternative(name="served-on", verdict="OK", on=("gone",)),
            Alternative(
                name="half-close",
                verdict="INFORMATIONAL",
                on=("*",),
                why="the standard does not speak of a connection that is closed in one direction only",
            ),
        ),
        skip=("P-DATA-TF", "A-RELEASE-RQ"),
    ),
    "t5": Reaction(
        actions=("AA-5", "AR-5"),
        clause="PS3.8 Table 9-9 AA-5, Table 9-8 AR-5",
        requirement="In {state}, {event} is taken silently: the peer stops ARTIM and goes on serving others.",
        severity="S0",
        close="peer",
        alternatives=(
            Alternative(name="served-on", verdict="OK", on=("gone",)),
            Alternative(
                name="half-close",
                verdict="INFORMATIONAL",
                on=("*",),
                why="the standard does not speak of a connection that is closed in one direction only",
            ),
        ),
    ),
    "z2": Reaction(
        actions=("AA-2",),
        clause="PS3.8 Table 9-9 AA-2, 9.1.5",
        requirement="In {state}, {event} makes the peer close the connection; nothing is sent.",
        severity="S2",
        close="peer",
        alternatives=(
            Alternative(name="artim", verdict="OK", on=("close(*)",)),
            Alternative(
                name="early",
                verdict="INFORMATIONAL",
                on=("early-close(*)",),
                why="the connection was closed at once, or well before the declared ARTIM time; 9.1.5 sets no lower bound",
            ),
            Alternative(
                name="late",
                verdict="NON-STRICT",
                on=("late-close(*)",),
                why="the connection was closed later than the declared ARTIM time plus a quarter",
            ),
            Alternative(
                name="abort",
                verdict="NON-STRICT",
                on=("A-ABORT(2,0)",),
                severity="S3",
                why="AA-2 closes the connection without a PDU",
            ),
            Alternative(
                name="not-yet",
                verdict="INCONCLUSIVE",
                on=("silence",),
                why="the connection was not closed in the time watched; declare the ARTIM time of the peer (--peer-artim) for a verdict",
            ),
            Alternative(
                name="open-after-artim",
                verdict="FAILED",
                on=("open-after-artim",),
                why="the connection is still open after the declared ARTIM time plus its margin",
            ),
            Alternative(name="answer", verdict="FAILED", on=("*",), why="the expiry of ARTIM sends no PDU"),
        ),
        events=("Evt18",),
    ),
    "AE-5": Reaction(
        actions=("AE-5",),
        clause="PS3.8 Table 9-6 AE-5",
        requirement="A transport connection is accepted; the peer then waits for the A-ASSOCIATE-RQ and sends nothing of its own.",
        severity="S1",
        close="open",
        alternatives=(
            Alternative(name="waits", verdict="OK", on=("silence",)),
            Alternative(
                name="closed",
                verdict="INFORMATIONAL",
                on=("close(*)",),
                why="the connection was closed at once: ARTIM has no lower bound (9.1.5)",
            ),
            Alternative(
                name="speaks-first",
                verdict="FAILED",
                on=("*",),
                why="the acceptor of the connection does not speak first",
            ),
        ),
    ),
    "AE-6": Reaction(
        actions=("AE-6",),
        clause="PS3.8 Table 9-6 AE-6",
        requirement="In {state}, {event} is answered with an A-ASSOCIATE-AC, or an A-ASSOCIATE-RJ with defined result, source and reason.",
        severity="S1",
        close="open",
        alternatives=(
            Alternative(name="accepted", verdict="OK", on=("A-ASSOCIATE-AC(*)",)),
            Alternative(name="rejected", verdict="OK", on=("@rj",)),
            Alternative(
                name="illegal-rejection",
                verdict="FAILED",
                on=("A-ASSOCIATE-RJ(*)",),
                severity="S3",
                why="result, source or reason of the rejection is reserved",
            ),
            Alternative(
                name="abort",
                verdict="NON-STRICT",
                on=("A-ABORT(*)",),
                why="7.1.2.7 lets the provider abort instead of rejecting",
            ),
            Alternative(
                name="bare-close",
                verdict="NON-STRICT",
                on=("close(*)",),
                why="the connection was closed without an answer",
            ),
            Alternative(
                name="undecided",
                verdict="INCONCLUSIVE",
                on=("silence",),
                why="the user of the peer may take any time to decide",
            ),
        ),
    ),
    "DT-2": Reaction(
        actions=("DT-2",),
        clause="PS3.8 Table 9-7 DT-2",
        requirement="In {state}, {event} with a C-ECHO-RQ reaches the user of the peer, who answers with a C-ECHO-RSP of status 0000H.",
        severity="S1",
        close="open",
        alternatives=(
            Alternative(name="answered", verdict="OK", on=("C-ECHO-RSP(0000H)",)),
            Alternative(
                name="refused",
                verdict="FAILED",
                on=("C-ECHO-RSP(*)",),
                why="the same request was answered with success in the sanity probe",
            ),
            Alternative(
                name="user-abort",
                verdict="NON-STRICT",
                on=("A-ABORT(0,0)",),
                why="a correct request was answered with an A-ABORT; an abort by the user of the peer cannot be excluded",
            ),
            Alternative(
                name="abort",
                verdict="FAILED",
                on=("A-ABORT(*)",),
                why="a correct request was answered with an A-ABORT",
            ),
            Alternative(
                name="closed",
                verdict="FAILED",
                on=("close(*)",),
                why="the connection was closed on a correct request",
            ),
            Alternative(name="silence", verdict="FAILED", on=("silence",), why="no answer came"),
        ),
        skip=("fragment",),
    ),
    "AR-2": Reaction(
        actions=("AR-2",),
        clause="PS3.8 Table 9-8 AR-2, AR-4",
        requirement="In {state}, {event} is answered with an A-RELEASE-RP; then the peer waits, bounded by ARTIM, for the tester to close the connection.",
        severity="S1",
        close="tester",
        alternatives=(
            Alternative(name="released", verdict="OK", on=("A-RELEASE-RP",)),
            Alternative(
                name="abort",
                verdict="NON-STRICT",
                on=("A-ABORT(0,0)",),
                why="7.2.2.3 wants an affirmative answer to a release request",
            ),
            Alternative(
                name="collision",
                verdict="INFORMATIONAL",
                on=("A-RELEASE-RQ",),
                why="the user of the peer asked for release at the same moment",
            ),
            Alternative(
                name="closed",
                verdict="FAILED",
                on=("close(*)",),
                why="the connection was closed without an A-RELEASE-RP",
            ),
            Alternative(name="silence", verdict="FAILED", on=("silence",), why="no A-RELEASE-RP came"),
            Alternative(name="other", verdict="FAILED", on=("*",), why="only an A-RELEASE-RP answers an A-RELEASE-RQ"),
        ),
        skip=("P-DATA-TF",),
    ),
}
"""Reactions by class."""

STIMULI: tuple[Stimulus, ...] = (
    Stimulus(event="Evt3", pdu="A-ASSOCIATE-AC", best=2),
    Stimulus(event="Evt4", pdu="A-ASSOCIATE-RJ", best=2),
    Stimulus(event="Evt5", transport="connect", states=("Sta1",)),
    Stimulus(event="Evt6", pdu="A-ASSOCIATE-RQ", best=2),
    Stimulus(event="Evt10", pdu="P-DATA-TF", best=2),
    Stimulus(event="Evt12", pdu="A-RELEASE-RQ", best=2),
    Stimulus(event="Evt13", pdu="A-RELEASE-RP", best=2),
    Stimulus(event="Evt16", variant="user", pdu="A-ABORT", fields={"source": 0, "reason": 0}),
    Stimulus(
        event="Evt16",
        variant="provider",
        pdu="A-ABORT",
        fields={"source": 2, "reason": 0},
        entries=("after-release",),
    ),
    Stimulus(
        event="Evt16",
        variant="provider-reason-6",
        pdu="A-ABORT",
        fields={"source": 2, "reason": 6},
        entries=("after-release",),
    ),
    Stimulus(
        event="Evt16",
        variant="user-with-reason",
        pdu="A-ABORT",
        fields={"source": 0, "reason": 5},
        entries=("after-release",),
    ),
    Stimulus(event="Evt17", variant="fin", transport="fin", entries=("after-release",)),
    Stimulus(event="Evt17", variant="rst", transport="rst", entries=("after-release",)),
    Stimulus(
        event="Evt17",
        variant="half-close",
        transport="half-close",
        entries=("after-release",),
        open="the standard knows no connection that is closed in one direction only",
    ),
    Stimulus(event="Evt18", variant="silent", wait="nothing", states=("Sta2",)),
    Stimulus(event="Evt18", variant="half-request", wait="half", states=("Sta2",)),
    Stimulus(event="Evt18", variant="octet-by-octet", wait="drip", states=("Sta2",)),
    Stimulus(event="Evt18", wait="nothing", states=("Sta13",)),
    Stimulus(
        event="Evt19",
        variant="type-00",
        pdu="A-RELEASE-RQ",
        overwrite={"pdu_type": 0},
        entries=("after-release",),
        best=1,
    ),
    Stimulus(
        event="Evt19",
        variant="type-08",
        pdu="A-RELEASE-RQ",
        overwrite={"pdu_type": 8},
        entries=("after-release",),
        best=1,
    ),
    Stimulus(event="Evt19", variant="type-ff", pdu="A-RELEASE-RQ", overwrite={"pdu_type": 255}, best=1),
    Stimulus(
        event="Evt19",
        variant="type-ff-length-0",
        pdu="A-RELEASE-RQ",
        overwrite={"pdu_type": 255},
        body=(),
        entries=("after-release",),
        best=1,
    ),
    Stimulus(
        event="Evt19",
        variant="type-ff-header-first",
        pdu="A-RELEASE-RQ",
        overwrite={"pdu_type": 255},
        body=(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        split=6,
        entries=("after-release",),
        best=1,
    ),
    Stimulus(
        event="Evt19",
        variant="release-rq-length-8",
        pdu="A-RELEASE-RQ",
        body=(0, 0, 0, 0, 0, 0, 0, 0),
        entries=("after-release",),
        open="9.3.6 fixes the length at 4 and does not say what a receiver does with another",
        best=6,
    ),
    Stimulus(
        event="Evt19",
        variant="abort-length-2",
        pdu="A-ABORT",
        body=(0, 0),
        entries=("after-release",),
        open="9.3.8 fixes the length at 4 and does not say what a receiver does with another",
        best=6,
    ),
    Stimulus(
        event="Evt19",
        variant="rq-short",
        pdu="A-ASSOCIATE-RQ",
        body=(0, 1, 0, 0, 65, 78, 89, 45, 83, 67, 80, 32, 32, 32, 32, 32, 32, 32, 32, 32, 68, 85, 76, 67),
        entries=("after-release",),
        open="the standard does not define which A-ASSOCIATE-RQ is invalid",
        best=6,
    ),
    Stimulus(event="Evt19", variant="p-data-no-pdv", pdu="P-DATA-TF", body=(), states=("Sta6",), best=6),
    Stimulus(
        event="Evt19",
        variant="p-data-pdv-overrun",
        pdu="P-DATA-TF",
        overwrite={"presentation_data_value_items[0].item_length": 32767},
        states=("Sta6",),
        best=6,
    ),
    Stimulus(
        event="Evt19",
        variant="p-data-pdv-length-1",
        pdu="P-DATA-TF",
        body=(0, 0, 0, 1, 1),
        states=("Sta6",),
        best=6,
    ),
)
"""What the tester sends or does."""

ENTRIES: tuple[Entry, ...] = (
    Entry(role="acceptor", state="Sta1", steps=()),
    Entry(role="acceptor", state="Sta2", steps=("connect",)),
    Entry(role="acceptor", state="Sta6", steps=("connect", "send A-ASSOCIATE-RQ", "expect A-ASSOCIATE-AC(*)")),
    Entry(
        role="acceptor",
        state="Sta13",
        steps=(
            "connect",
            "send A-ASSOCIATE-RQ",
            "expect A-ASSOCIATE-AC(*)",
            "send A-RELEASE-RQ",
            "expect A-RELEASE-RP",
        ),
        way="after-release",
    ),
    Entry(
        role="acceptor",
        state="Sta13",
        steps=("connect", "send A-ASSOCIATE-RQ", "expect A-ASSOCIATE-AC(*)"),
        way="after-abort",
        provoke="A-RELEASE-RP",
        answer="A-ABORT(*)",
    ),
    Entry(
        role="acceptor",
        state="Sta13",
        steps=("connect", "send A-ASSOCIATE-RQ with an unknown application context", "expect A-ASSOCIATE-RJ(*)"),
        way="after-reject",
    ),
)
"""The ways into the states."""

EXPECTATIONS: dict[str, tuple[Alternative, ...]] = {
    "accepted": (
        Alternative(name="accepted", verdict="OK", on=("@accept",)),
        Alternative(
            name="not-accepted",
            verdict="FAILED",
            on=("*",),
            why="the same request without this peculiarity is accepted",
        ),
    ),
    "refused": (
        Alternative(name="rejected", verdict="OK", on=("@rj",)),
        Alternative(name="abort", verdict="OK", on=("A-ABORT(0,0)", "@p-abort")),
        Alternative(
            name="bare-close",
            verdict="NON-STRICT",
            on=("close(*)",),
            why="the connection was closed without A-ASSOCIATE-RJ or A-ABORT",
        ),
        Alternative(
            name="accepted",
            verdict="NON-STRICT",
            on=("A-ASSOCIATE-AC(*)",),
            why="the peer accepts what the standard forbids to send",
        ),
        Alternative(name="silence", verdict="INCONCLUSIVE", on=("silence",), why="no answer came in the time watched"),
        Alternative(
            name="reserved-values",
            verdict="FAILED",
            on=("A-ASSOCIATE-RJ(*)", "A-ABORT(*)"),
            severity="S3",
            why="a reserved value was sent",
        ),
    ),
    "version-refused": (
        Alternative(name="version-not-supported", verdict="OK", on=("A-ASSOCIATE-RJ(1,2,2)",)),
        Alternative(
            name="other-rejection",
            verdict="NON-STRICT",
            on=("@rj",),
            severity="S3",
            why="the rejection for this is result 1, source 2, reason 2",
        ),
        Alternative(
            name="abort",
            verdict="NON-STRICT",
            on=("A-ABORT(*)",),
            severity="S3",
            why="the rejection for this is result 1, source 2, reason 2",
        ),
        Alternative(
            name="bare-close",
            verdict="NON-STRICT",
            on=("close(*)",),
            why="the connection was closed without an answer",
        ),
        Alternative(
            name="accepted",
            verdict="FAILED",
            on=("A-ASSOCIATE-AC(*)",),
            why="bit 0 of the protocol version, which stands for version 1, is not set: no version in common was offered",
        ),
        Alternative(name="silence", verdict="INCONCLUSIVE", on=("silence",), why="no answer came in the time watched"),
    ),
    "application-context": (
        Alternative(name="not-supported", verdict="OK", on=("A-ASSOCIATE-RJ(1,1,2)",)),
        Alternative(name="names-its-own", verdict="OK", on=("A-ASSOCIATE-AC<1.2.840.10008.3.1.1.1>",)),
        Alternative(
            name="other-rejection",
            verdict="NON-STRICT",
            on=("@rj",),
            severity="S3",
            why="the rejection for this is result 1, source 1, reason 2",
        ),
        Alternative(
            name="accepted",
            verdict="NON-STRICT",
            on=("A-ASSOCIATE-AC(*)",),
            why="an application context that does not exist was accepted by name",
        ),
        Alternative(
            name="abort",
            verdict="NON-STRICT",
            on=("A-ABORT(*)",),
            why="the rejection for this is result 1, source 1, reason 2",
        ),
        Alternative(
            name="bare-close",
            verdict="NON-STRICT",
            on=("close(*)",),
            why="the connection was closed without an answer",
        ),
        Alternative(name="silence", verdict="INCONCLUSIVE", on=("silence",), why="no answer came in the time watched"),
    ),
    "malformed": (
        Alternative(name="abort", verdict="OK", on=("A-ABORT(0,0)", "@p-abort")),
        Alternative(name="rejected", verdict="OK", on=("@rj",)),
        Alternative(
            name="bare-close",
            verdict="NON-STRICT",
            on=("close(*)",),
            why="the connection was closed without an A-ABORT",
        ),
        Alternative(
            name="tolerated",
            verdict="NON-STRICT",
            on=("A-ASSOCIATE-AC(*)", "C-ECHO-RSP(*)", "A-RELEASE-RP"),
            why="lengths that do not add up were taken without complaint",
        ),
        Alternative(
            name="waits",
            verdict="INFORMATIONAL",
            on=("silence",),
            why="the peer waits, which ARTIM or a timer of its own has to bound; the standard does not define an invalid PDU",
        ),
        Alternative(
            name="reserved-values",
            verdict="FAILED",
            on=("A-ASSOCIATE-RJ(*)", "A-ABORT(*)"),
            severity="S3",
            why="a reserved value was sent",
        ),
    ),
    "waits": (
        Alternative(name="waits", verdict="OK", on=("silence",)),
        Alternative(
            name="gives-up",
            verdict="OK",
            on=("A-ABORT(*)", "@rj", "close(*)"),
            why="the PDU was refused at its header",
        ),
        Alternative(name="answered", verdict="FAILED", on=("*",), why="the PDU had not arrived whole"),
    ),
    "echo": (
        Alternative(name="answered", verdict="OK", on=("C-ECHO-RSP(0000H)",)),
        Alternative(
            name="not-answered",
            verdict="FAILED",
            on=("*",),
            why="a correct C-ECHO-RQ is answered with status 0000H",
        ),
    ),
    "echo-or-abort": (
        Alternative(name="refused", verdict="OK", on=("@failure", "A-ABORT(*)")),
        Alternative(
            name="answered",
            verdict="NON-STRICT",
            on=("C-ECHO-RSP(0000H)",),
            why="a request that is not well-formed was answered with success",
        ),
        Alternative(
            name="bare-close",
            verdict="NON-STRICT",
            on=("close(*)",),
            why="the connection was closed without an A-ABORT",
        ),
        Alternative(name="silence", verdict="FAILED", on=("silence",), why="neither a response nor an A-ABORT came"),
    ),
    "abort": (
        Alternative(name="abort", verdict="OK", on=("A-ABORT(0,0)", "@p-abort")),
        Alternative(
            name="bare-close",
            verdict="NON-STRICT",
            on=("close(*)",),
            why="the connection was closed without an A-ABORT",
        ),
        Alternative(
            name="tolerated",
            verdict="NON-STRICT",
            on=("C-ECHO-RSP(*)",),
            why="the peer takes what the standard forbids to send",
        ),
        Alternative(
            name="silence",
            verdict="INFORMATIONAL",
            on=("silence",),
            why="the peer neither answers nor aborts; the standard does not name the reaction",
        ),
        Alternative(
            name="reserved-values",
            verdict="FAILED",
            on=("A-ABORT(*)",),
            severity="S3",
            why="a reserved value was sent",
        ),
    ),
    "any-answer": (
        Alternative(name="answered", verdict="OK", on=("C-ECHO-RSP(0000H)",)),
        Alternative(
            name="abort",
            verdict="OK",
            on=("A-ABORT(*)", "@rj"),
            why="7 bytes or less cannot carry an even fragment",
        ),
        Alternative(
            name="bare-close",
            verdict="NON-STRICT",
            on=("close(*)",),
            why="the connection was closed without an A-ABORT",
        ),
        Alternative(
            name="other",
            verdict="INFORMATIONAL",
            on=("*",),
            why="no fragment of an even number of bytes fits",
        ),
    ),
    "released": (
        Alternative(name="released", verdict="OK", on=("A-RELEASE-RP",)),
        Alternative(name="not-released", verdict="FAILED", on=("*",), why="reserved bytes are not tested"),
    ),
    "closes": (
        Alternative(name="close", verdict="OK", on=("close(*)",)),
        Alternative(
            name="open",
            verdict="INCONCLUSIVE",
            on=("silence",),
            why="the connection was not closed in the time watched",
        ),
        Alternative(
            name="answer",
            verdict="FAILED",
            on=("*",),
            why="reserved bytes are not tested, and an A-ABORT is not answered",
        ),
    ),
    "unsolicited": (
        Alternative(name="ignored", verdict="OK", on=("silence",)),
        Alternative(name="abort", verdict="OK", on=("A-ABORT(*)",)),
        Alternative(
            name="bare-close",
            verdict="NON-STRICT",
            on=("close(*)",),
            why="the connection was closed without an A-ABORT",
        ),
        Alternative(name="answered", verdict="FAILED", on=("*",), why="a response or a cancel request has no response"),
    ),
}
"""Alternatives by name."""

CASES: tuple[EncodingCase, ...] = (
    EncodingCase(
        id="enc.version.0003",
        clause="PS3.8 9.3.2",
        requirement="Of the protocol version only bit 0 is tested: 0003H is acceptable.",
        severity="S1",
        expect="accepted",
        settle="echo",
        request=Request(protocol_version=3),
    ),
    EncodingCase(
        id="enc.version.ffff",
        clause="PS3.8 9.3.2",
        requirement="Of the protocol version only bit 0 is tested: FFFFH is acceptable.",
        severity="S1",
        expect="accepted",
        settle="echo",
        request=Request(protocol_version=65535),
    ),
    EncodingCase(
        id="enc.version.8001",
        clause="PS3.8 9.3.2",
        requirement="Of the protocol version only bit 0 is tested: 8001H is acceptable.",
        severity="S1",
        expect="accepted",
        settle="echo",
        request=Request(protocol_version=32769),
    ),
    EncodingCase(
        id="enc.version.0000",
        clause="PS3.8 9.3.2, 9.3.4",
        requirement="A protocol version without bit 0 is rejected: protocol version not supported, A-ASSOCIATE-RJ(1,2,2).",
        severity="S2",
        expect="version-refused",
        request=Request(protocol_version=0),
    ),
    EncodingCase(
        id="enc.version.0002",
        clause="PS3.8 9.3.2, 9.3.4",
        requirement="A protocol version without bit 0 is rejected: protocol version not supported, A-ASSOCIATE-RJ(1,2,2).",
        severity="S2",
        expect="version-refused",
        request=Request(protocol_version=2),
    ),
    EncodingCase(
        id="enc.item.unknown.top",
        clause="PS3.8 9.3.1",
        requirement="An item of a type that is not defined is ignored and skipped.",
        severity="S1",
        expect="accepted",
        settle="echo",
        request=Request(unknown=("top",)),
    ),
    EncodingCase(
        id="enc.item.unknown.context",
        clause="PS3.8 9.3.1",
        requirement="A sub-item of a presentation context of a type that is not defined is ignored and skipped.",
        severity="S1",
        expect="accepted",
        settle="echo",
        request=Request(unknown=("context",)),
    ),
    EncodingCase(
        id="enc.item.unknown.user",
        clause="PS3.8 9.3.1, D.2",
        requirement="A user data sub-item of a type that is not defined is ignored and is no ground to reject.",
        severity="S1",
        expect="accepted",
        settle="echo",
        request=Request(unknown=("user",)),
    ),
    EncodingCase(
        id="enc.item.order.user",
        clause="PS3.8 9.3.2.3",
        requirement="The sub-items of the user information may come in any order.",
        severity="S1",
        expect="accepted",
        settle="echo",
        request=Request(user=("version-name", "class-uid", "maximum-length")),
    ),
    EncodingCase(
        id="enc.reserved.rq",
        clause="PS3.8 9.3.2",
        requirement="The reserved bytes of the A-ASSOCIATE-RQ itself are not tested.",
        severity="S1",
        expect="accepted",
        settle="echo",
        request=Request(
            reserved_43_74="A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5",
            overwrite={"reserved_2": 255, "reserved_9_10": 65535},
        ),
    ),
    EncodingCase(
        id="enc.reserved.items",
        clause="PS3.8 9.3.2.1, 9.3.2.2, 9.3.2.3",
        requirement="The reserved byte in the header of an item is not tested.",
        severity="S1",
        expect="accepted",
        settle="echo",
        request=Request(
            overwrite={
                "variable_items[0].reserved_2": 255,
                "variable_items[1].reserved_2": 255,
                "variable_items[2].reserved_2": 255,
            },
        ),
    ),
    EncodingCase(
        id="enc.reserved.context",
        clause="PS3.8 9.3.2.2",
        requirement="The reserved bytes of a presentation context and of its sub-items are not tested.",
        severity="S1",
        expect="accepted",
        settle="echo",
        request=Request(
            overwrite={
                "variable_items[1].reserved_6": 255,
                "variable_items[1].reserved_7": 255,
                "variable_items[1].reserved_8": 255,
                "variable_items[1].sub_items[0].reserved_2": 255,
                "variable_items[1].sub_items[1].reserved_2": 255,
            },
        ),
    ),
    EncodingCase(
        id="enc.reserved.user",
        clause="PS3.8 D.1.1, PS3.7 D.3.3.2",
        requirement="The reserved byte in the header of a user data sub-item is not tested.",
        severity="S1",
        expect="accepted",
        settle="echo",
        request=Request(
            overwrite={
                "variable_items[2].user_data[0].reserved_2": 255,
                "variable_items[2].user_data[1].reserved_2": 255,
                "variable_items[2].user_data[2].reserved_2": 255,
            },
        ),
    ),
    EncodingCase(
        id="enc.reserved.p-data",
        clause="PS3.8 9.3.5",
        requirement="The reserved byte of a P-DATA-TF is not tested.",
        severity="S1",
        expect="echo",
        settle="echo",
        echo=Echo(overwrite={"reserved_2": 255}),
    ),
    EncodingCase(
        id="enc.reserved.release",
        clause="PS3.8 9.3.6",
        requirement="The reserved bytes of an A-RELEASE-RQ are not tested.",
        severity="S1",
        expect="released",
        pdu="A-RELEASE-RQ",
        overwrite={"reserved_2": 255, "reserved_7_10": 4294967295},
    ),
    EncodingCase(
        id="enc.reserved.abort",
        clause="PS3.8 9.3.8",
        requirement="The reserved bytes of an A-ABORT are not tested.",
        severity="S2",
        expect="closes",
        pdu="A-ABORT",
        fields={"source": 0, "reason": 0},
        overwrite={"reserved_2": 255, "reserved_7": 255, "reserved_8": 255},
    ),
    EncodingCase(
        id="enc.length.rq-plus-4",
        clause="PS3.8 9.3.1, 9.2.3",
        requirement="An A-ASSOCIATE-RQ is not acted on before all the bytes that its length announces have come.",
        severity="S2",
        expect="waits",
        request=Request(shift={"pdu_length": 4}),
    ),
    EncodingCase(
        id="enc.length.rq-minus-4",
        clause="PS3.8 9.3.1, 9.2.3",
        requirement="An A-ASSOCIATE-RQ whose last item runs over its end is invalid.",
        severity="S2",
        expect="malformed",
        request=Request(shift={"pdu_length": -4}),
    ),
    EncodingCase(
        id="enc.length.rq-0",
        clause="PS3.8 9.3.2, 9.2.3",
        requirement="An A-ASSOCIATE-RQ of length 0 is invalid.",
        severity="S2",
        expect="malformed",
        request=Request(overwrite={"pdu_length": 0}, keep=6),
    ),
    EncodingCase(
        id="enc.length.rq-2gib",
        clause="PS3.8 9.3.1",
        requirement="A length of 2 GiB makes the peer neither crash nor take memory for it.",
        severity="S0",
        expect="waits",
        request=Request(overwrite={"pdu_length": 2147483648}),
    ),
    EncodingCase(
        id="enc.length.item-overrun",
        clause="PS3.8 9.3.1, 9.2.3",
        requirement="An A-ASSOCIATE-RQ with an item that claims more bytes than are left is invalid.",
        severity="S2",
        expect="malformed",
        request=Request(shift={"variable_items[2].item_length": 64}),
    ),
    EncodingCase(
        id="enc.length.sub-item-overrun",
        clause="PS3.8 9.3.1, 9.2.3",
        requirement="A presentation context with a sub-item that runs over its end is invalid.",
        severity="S2",
        expect="malformed",
        request=Request(shift={"variable_items[1].sub_items[1].item_length": 64}),
    ),
    EncodingCase(
        id="enc.length.trailing",
        clause="PS3.8 9.3.1, 9.2.3",
        requirement="Bytes after the last item that are no item make the A-ASSOCIATE-RQ invalid.",
        severity="S2",
        expect="malformed",
        request=Request(shift={"pdu_length": 2}, append=(255, 255)),
    ),
    EncodingCase(
        id="enc.pc.id.order",
        clause="PS3.8 9.3.2.2",
        requirement="Presentation context IDs are odd numbers from 1 to 255 in any order.",
        severity="S1",
        expect="accepted",
        before=(
            Alternative(
                name="all-answered",
                verdict="OK",
                on=(
                    "A-ASSOCIATE-AC(1=0,129=?,255=?)",
                    "A-ASSOCIATE-AC(1=?,129=0,255=?)",
                    "A-ASSOCIATE-AC(1=?,129=?,255=0)",
                ),
            ),
            Alternative(
                name="not-all-answered",
                verdict="FAILED",
                on=("A-ASSOCIATE-AC(*)",),
                why="each proposed context is answered, and at least one of these can be accepted",
            ),
        ),
        settle="echo",
        request=Request(
            contexts=(
                Context(id=255, abstract=("1.2.840.10008.1.1",), transfer=("1.2.840.10008.1.2",)),
                Context(id=1, abstract=("1.2.840.10008.1.1",), transfer=("1.2.840.10008.1.2",)),
                Context(id=129, abstract=("1.2.840.10008.1.1",), transfer=("1.2.840.10008.1.2",)),
            ),
        ),
    ),
    EncodingCase(
        id="enc.pc.id.even",
        clause="PS3.8 9.3.2.2",
        requirement="A presentation context ID is odd; a request with an even one is not to be accepted as it is.",
        severity="S2",
        expect="refused",
        before=(Alternative(name="context-refused", verdict="OK", on=("A-ASSOCIATE-AC(2=[1-4])", "A-ASSOCIATE-AC()")),),
        request=Request(contexts=(Context(id=2, abstract=("1.2.840.10008.1.1",), transfer=("1.2.840.10008.1.2",)),)),
    ),
    EncodingCase(
        id="enc.pc.id.zero",
        clause="PS3.8 9.3.2.2",
        requirement="A presentation context ID is odd; a request with ID 0 is not to be accepted as it is.",
        severity="S2",
        expect="refused",
        before=(Alternative(name="context-refused", verdict="OK", on=("A-ASSOCIATE-AC(0=[1-4])", "A-ASSOCIATE-AC()")),),
        request=Request(contexts=(Context(id=0, abstract=("1.2.840.10008.1.1",), transfer=("1.2.840.10008.1.2",)),)),
    ),
    EncodingCase(
        id="enc.pc.id.duplicate",
        clause="PS3.8 9.3.2.2, 7.1.1.13",
        requirement="A presentation context ID is used once; a request with one ID twice is not to be accepted as it is.",
        severity="S2",
        expect="refused",
        request=Request(
            contexts=(
                Context(id=1, abstract=("1.2.840.10008.1.1",), transfer=("1.2.840.10008.1.2",)),
                Context(id=1, abstract=("1.2.840.10008.1.1",), transfer=("1.2.840.10008.1.2.1",)),
            ),
        ),
    ),
    EncodingCase(
        id="enc.pc.count.128",
        clause="PS3.8 9.3.2",
        requirement="128 presentation contexts, as many as there are IDs, are all answered.",
        severity="S1",
        expect="accepted",
        before=(
            Alternative(name="all-answered", verdict="OK", on=("A-ASSOCIATE-AC(128 contexts, *",)),
            Alternative(
                name="not-all-answered",
                verdict="FAILED",
                on=("A-ASSOCIATE-AC(*)",),
                why="each proposed context is answered",
            ),
        ),
        settle="echo",
        request=Request(context_count=128),
    ),
    EncodingCase(
        id="enc.pc.count.0",
        clause="PS3.8 9.3.2",
        requirement="A request has at least one presentation context; without one it is not to be accepted.",
        severity="S2",
        expect="refused",
        request=Request(contexts=()),
    ),
    EncodingCase(
        id="enc.pc.syntax.unknown-abstract",
        clause="PS3.8 9.3.3.2",
        requirement="A context with an abstract syntax that is not supported is refused (result 3); the others are not affected.",
        severity="S1",
        expect="accepted",
        before=(
            Alternative(name="refused", verdict="OK", on=("A-ASSOCIATE-AC(1=3,3=0)",)),
            Alternative(
                name="other-reason",
                verdict="NON-STRICT",
                on=("A-ASSOCIATE-AC(1=[124],3=0)",),
                severity="S3",
                why="the result for this is 3, abstract syntax not supported",
            ),
            Alternative(
                name="accepted-unknown",
                verdict="INFORMATIONAL",
                on=("A-ASSOCIATE-AC(1=0,3=0)",),
                why="the peer accepts an abstract syntax that does not exist",
            ),
            Alternative(
                name="wrong-answer",
                verdict="FAILED",
                on=("A-ASSOCIATE-AC(*)",),
                why="Verification was accepted alone and is refused beside another context",
            ),
        ),
        settle="echo",
        request=Request(
            contexts=(
                Context(
                    id=1,
                    abstract=("2.25.154647400436827548037001627932863515877",),
                    transfer=("1.2.840.10008.1.2",),
                ),
                Context(id=3, abstract=("1.2.840.10008.1.1",), transfer=("1.2.840.10008.1.2",)),
            ),
        ),
    ),
    EncodingCase(
        id="enc.pc.syntax.unknown-transfer",
        clause="PS3.8 9.3.3.2",
        requirement="A context none of whose transfer syntaxes is supported is refused (result 4); the others are not affected.",
        severity="S1",
        expect="accepted",
        before=(
            Alternative(name="refused", verdict="OK", on=("A-ASSOCIATE-AC(1=4,3=0)",)),
            Alternative(
                name="other-reason",
                verdict="NON-STRICT",
                on=("A-ASSOCIATE-AC(1=[123],3=0)",),
                severity="S3",
                why="the result for this is 4, transfer syntaxes not supported",
            ),
            Alternative(
                name="accepted-unknown",
                verdict="FAILED",
                on=("A-ASSOCIATE-AC(1=0,*",),
                severity="S2",
                why="a transfer syntax that does not exist cannot be supported",
            ),
            Alternative(
                name="wrong-answer",
                verdict="FAILED",
                on=("A-ASSOCIATE-AC(*)",),
                why="Verification was accepted alone and is refused beside another context",
            ),
        ),
        settle="echo",
        request=Request(
            contexts=(
                Context(
                    id=1,
                    abstract=("1.2.840.10008.1.1",),
                    transfer=("2.25.181929996806258560679618057235112446721",),
                ),
                Context(id=3, abstract=("1.2.840.10008.1.1",), transfer=("1.2.840.10008.1.2",)),
            ),
        ),
    ),
    EncodingCase(
        id="enc.pc.syntax.no-transfer",
        clause="PS3.8 9.3.2.2",
        requirement="A presentation context has at least one transfer syntax; without one it is not to be accepted.",
        severity="S2",
        expect="refused",
        before=(Alternative(name="context-refused", verdict="OK", on=("A-ASSOCIATE-AC(1=[1-4])", "A-ASSOCIATE-AC()")),),
        request=Request(contexts=(Context(id=1, abstract=("1.2.840.10008.1.1",), transfer=()),)),
    ),
    EncodingCase(
        id="enc.pc.syntax.no-abstract",
        clause="PS3.8 9.3.2.2",
        requirement="A presentation context has one abstract syntax; without one it is not to be accepted.",
        severity="S2",
        expect="refused",
        before=(Alternative(name="context-refused", verdict="OK", on=("A-ASSOCIATE-AC(1=[1-4])", "A-ASSOCIATE-AC()")),),
        request=Request(contexts=(Context(id=1, abstract=(), transfer=("1.2.840.10008.1.2",)),)),
    ),
    EncodingCase(
        id="enc.appctx.unknown",
        clause="PS3.8 9.3.2.1, 7.1.1.2, 9.3.4",
        requirement="A request for an unknown application context is rejected, A-ASSOCIATE-RJ(1,1,2), or accepted under the name of the context that is used.",
        severity="S3",
        expect="application-context",
        request=Request(application_context=("2.25.35711333286485433768314176446645270968",)),
    ),
    EncodingCase(
        id="enc.appctx.missing",
        clause="PS3.8 9.3.2",
        requirement="A request has one application context; without it, it is not to be accepted.",
        severity="S2",
        expect="refused",
        request=Request(application_context=()),
    ),
    EncodingCase(
        id="enc.appctx.twice",
        clause="PS3.8 9.3.2",
        requirement="A request has one application context; with two it is not to be accepted.",
        severity="S2",
        expect="refused",
        request=Request(application_context=("1.2.840.10008.3.1.1.1", "1.2.840.10008.3.1.1.1")),
    ),
    EncodingCase(
        id="enc.aet.spaces",
        clause="PS3.8 9.3.2",
        requirement="Leading and trailing spaces of an AE title are not significant.",
        severity="S1",
        expect="accepted",
        settle="echo",
        request=Request(pad_ae_titles=True),
    ),
    EncodingCase(
        id="enc.aet.all-spaces",
        clause="PS3.8 9.3.2",
        requirement="An AE title of spaces only is not used.",
        severity="S2",
        expect="refused",
        request=Request(blank_ae_title=True),
    ),
    EncodingCase(
        id="enc.segment.octets",
        clause="PS3.8 9.1.3",
        requirement="An A-ASSOCIATE-RQ may arrive octet by octet.",
        severity="S1",
        expect="accepted",
        settle="echo",
        request=Request(octets=True),
    ),
    EncodingCase(
        id="dimse.echo.success",
        clause="PS3.7 9.1.5, 9.3.5",
        requirement="A C-ECHO-RQ is answered with a C-ECHO-RSP of status 0000H that names its message ID.",
        severity="S1",
        expect="echo",
        settle="echo",
        echo=Echo(message_id=7),
    ),
    EncodingCase(
        id="dimse.echo.message-id-0",
        clause="PS3.7 9.3.5",
        requirement="The message ID of a C-ECHO-RQ may be any number of 16 bits: 0.",
        severity="S1",
        expect="echo",
        settle="echo",
        echo=Echo(message_id=0),
    ),
    EncodingCase(
        id="dimse.echo.message-id-65535",
        clause="PS3.7 9.3.5",
        requirement="The message ID of a C-ECHO-RQ may be any number of 16 bits: 65535.",
        severity="S1",
        expect="echo",
        settle="echo",
        echo=Echo(message_id=65535),
    ),
    EncodingCase(
        id="dimse.echo.pipelined",
        clause="PS3.8 9.1.3, PS3.7 9.1.5",
        requirement="Requests that arrive together in one segment are all answered.",
        severity="S2",
        expect="echo",
        before=(
            Alternative(
                name="window-exceeded",
                verdict="INFORMATIONAL",
                on=("A-ABORT(*)", "C-ECHO-RSP(0210H)", "@failure", "close(*)", "silence"),
                why="more than one operation was outstanding and no window for that was negotiated",
            ),
        ),
        settle="echo",
        echo=Echo(message_id=11, count=3),
    ),
    EncodingCase(
        id="dimse.echo.wrong-sop-class",
        clause="PS3.7 9.1.5, C.5",
        requirement="A C-ECHO-RQ with a SOP class that is not that of its context is refused (0122H) or ends the association.",
        severity="S2",
        expect="echo-or-abort",
        settle="release",
        echo=Echo(uids={"0002": "1.2.840.10008.5.1.4.1.1.2"}),
    ),
    EncodingCase(
        id="dimse.command.unknown-0031",
        clause="PS3.7 E.1, C.5.10",
        requirement="A command field that is not defined is answered with a failure (unrecognized operation, 0211H) or ends the association.",
        severity="S2",
        expect="echo-or-abort",
        settle="release",
        echo=Echo(command={"0100": 49}),
    ),
    EncodingCase(
        id="dimse.command.unknown-ffff",
        clause="PS3.7 E.1, C.5.10",
        requirement="A command field that is not defined is answered with a failure (unrecognized operation, 0211H) or ends the association.",
        severity="S2",
        expect="echo-or-abort",
        before=(
            Alternative(
                name="taken-for-a-response",
                verdict="INFORMATIONAL",
                on=("silence",),
                why="bit 15 of the command field marks a response, which has no answer",
            ),
        ),
        settle="release",
        echo=Echo(command={"0100": 65535}),
    ),
    EncodingCase(
        id="dimse.command.no-command-field",
        clause="PS3.7 9.3.5",
        requirement="A command set without command field is answered with a failure or ends the association.",
        severity="S2",
        expect="echo-or-abort",
        echo=Echo(omit=("0100",)),
    ),
    EncodingCase(
        id="dimse.command.no-message-id",
        clause="PS3.7 9.3.5",
        requirement="A C-ECHO-RQ without message ID is answered with a failure or ends the association.",
        severity="S2",
        expect="echo-or-abort",
        echo=Echo(omit=("0110",)),
    ),
    EncodingCase(
        id="dimse.command.no-sop-class",
        clause="PS3.7 9.3.5",
        requirement="A C-ECHO-RQ without affected SOP class is answered with a failure or ends the association.",
        severity="S2",
        expect="echo-or-abort",
        echo=Echo(omit=("0002",)),
    ),
    EncodingCase(
        id="dimse.command.no-group-length",
        clause="PS3.7 6.3.1",
        requirement="A command set without group length is answered or ends the association.",
        severity="S2",
        expect="echo-or-abort",
        echo=Echo(omit=("0000",)),
    ),
    EncodingCase(
        id="dimse.command.wrong-group-length",
        clause="PS3.7 6.3.1",
        requirement="A command set with a group length that is not right is answered or ends the association.",
        severity="S2",
        expect="echo-or-abort",
        echo=Echo(group_length=4),
    ),
    EncodingCase(
        id="dimse.response.unsolicited",
        clause="PS3.7 9.3.5",
        requirement="A C-ECHO-RSP that nobody waits for is ignored or ends the association.",
        severity="S2",
        expect="unsolicited",
        settle="echo",
        echo=Echo(command={"0100": 32816, "0120": 999, "0900": 0}, omit=("0110",)),
    ),
    EncodingCase(
        id="dimse.cancel.unknown",
        clause="PS3.7 9.3.2.3",
        requirement="A C-CANCEL-RQ that matches no operation has no response, and the association stays usable.",
        severity="S2",
        expect="unsolicited",
        settle="echo",
        echo=Echo(command={"0100": 4095, "0120": 999}, omit=("0002", "0110")),
    ),
    EncodingCase(
        id="pdv.fragment.2",
        clause="PS3.8 E.1",
        requirement="A message may come in fragments of 2 bytes, each in a P-DATA-TF of its own.",
        severity="S1",
        expect="echo",
        settle="echo",
        echo=Echo(fragment=2),
    ),
    EncodingCase(
        id="pdv.fragment.together",
        clause="PS3.8 E.1",
        requirement="Several fragments of one command in one P-DATA-TF are discouraged but have to be processed.",
        severity="S1",
        expect="echo",
        settle="echo",
        echo=Echo(fragment=20, together=True),
    ),
    EncodingCase(
        id="pdv.fragment.empty-last",
        clause="PS3.8 E.1",
        requirement="An empty last fragment is not to be sent, but a receiver should process it.",
        severity="S3",
        expect="echo",
        before=(
            Alternative(
                name="refused",
                verdict="NON-STRICT",
                on=("A-ABORT(*)", "close(*)"),
                why="receivers are advised to accept it",
            ),
        ),
        settle="echo",
        echo=Echo(empty_last=True),
    ),
    EncodingCase(
        id="pdv.header.bits",
        clause="PS3.8 E.2",
        requirement="Bits 2 to 7 of the message control header are not checked.",
        severity="S1",
        expect="echo",
        settle="echo",
        echo=Echo(header_bits=252),
    ),
    EncodingCase(
        id="pdv.context.not-proposed",
        clause="PS3.8 9.3.5.1, 7.6",
        requirement="Data on a presentation context that was not proposed ends the association.",
        severity="S2",
        expect="abort",
        echo=Echo(context=5),
    ),
    EncodingCase(
        id="pdv.context.even",
        clause="PS3.8 9.3.5.1, 7.6",
        requirement="Data on a presentation context with an even ID ends the association.",
        severity="S2",
        expect="abort",
        echo=Echo(context=2),
    ),
    EncodingCase(
        id="enc.maxlen.unlimited",
        clause="PS3.8 D.1",
        requirement="A maximum length of 0 is no limit.",
        severity="S1",
        expect="echo",
        settle="echo",
        echo=Echo(),
        maximum_length=0,
    ),
    EncodingCase(
        id="enc.maxlen.128",
        clause="PS3.8 D.1",
        requirement="The maximum length that the tester announces, 128 bytes, is kept.",
        severity="S1",
        expect="echo",
        settle="echo",
        echo=Echo(),
        maximum_length=128,
    ),
    EncodingCase(
        id="enc.maxlen.64",
        clause="PS3.8 D.1",
        requirement="The maximum length that the tester announces, 64 bytes, is kept: a C-ECHO-RSP has to be fragmented.",
        severity="S1",
        expect="echo",
        settle="echo",
        echo=Echo(),
        maximum_length=64,
    ),
    EncodingCase(
        id="enc.maxlen.8",
        clause="PS3.8 D.1, E.1",
        requirement="The smallest maximum length that can carry data, 8 bytes, is kept: fragments of 2 bytes.",
        severity="S2",
        expect="echo",
        before=(
            Alternative(
                name="refused",
                verdict="NON-STRICT",
                on=("A-ABORT(*)", "@rj", "close(*)"),
                why="the peer does not work with so small a maximum length",
            ),
        ),
        settle="echo",
        echo=Echo(),
        maximum_length=8,
    ),
    EncodingCase(
        id="enc.maxlen.7",
        clause="PS3.8 D.1, E.1",
        requirement="A maximum length of 7 bytes cannot carry an even fragment; the peer does not exceed it.",
        severity="S2",
        expect="any-answer",
        echo=Echo(),
        maximum_length=7,
    ),
)
"""Encoding, PDV and DIMSE cases."""

SENDER_RULES: tuple[SenderRule, ...] = (
    SenderRule(
        id="enc.sender.structure",
        clause="PS3.8 9.3.1",
        requirement="Every PDU has a defined type, and all its lengths are exact.",
        severity="S1",
        check="structure",
        pdus=("*",),
    ),
    SenderRule(
        id="enc.sender.values",
        clause="PS3.8 9.3.3",
        requirement="Every field of the A-ASSOCIATE-AC has a value, and it the items, that the standard allows.",
        severity="S3",
        check="values",
        pdus=("A-ASSOCIATE-AC",),
    ),
    SenderRule(
        id="enc.sender.reserved",
        clause="PS3.8 9.3.2 to 9.3.8",
        requirement="Reserved bytes are sent as zero.",
        severity="S4",
        check="reserved",
        pdus=("*",),
    ),
    SenderRule(
        id="enc.sender.ac-echo",
        clause="PS3.8 9.3.3",
        requirement="Bytes 11 to 74 of the A-ASSOCIATE-AC are those of the A-ASSOCIATE-RQ.",
        severity="S4",
        check="ac_echo",
        pdus=("A-ASSOCIATE-AC",),
    ),
    SenderRule(
        id="enc.sender.version",
        clause="PS3.8 9.3.3",
        requirement="The protocol version of the A-ASSOCIATE-AC has bit 0 set.",
        severity="S3",
        check="version",
        pdus=("A-ASSOCIATE-AC",),
    ),
    SenderRule(
        id="enc.sender.item-order",
        clause="PS3.8 9.3.1",
        requirement="Items are sent in ascending order of their type.",
        severity="S4",
        check="item_order",
        pdus=("A-ASSOCIATE-AC",),
    ),
    SenderRule(
        id="enc.sender.contexts",
        clause="PS3.8 9.3.3.2, 7.1.1.14",
        requirement="Each proposed presentation context, and no other, is answered once, with a result from 0 to 4.",
        severity="S1",
        check="contexts",
        pdus=("A-ASSOCIATE-AC",),
    ),
    SenderRule(
        id="enc.sender.transfer-syntax",
        clause="PS3.8 9.3.3.2",
        requirement="An accepted presentation context names one transfer syntax, one of those proposed for it.",
        severity="S1",
        check="transfer_syntax",
        pdus=("A-ASSOCIATE-AC",),
    ),
    SenderRule(
        id="enc.sender.user-required",
        clause="PS3.8 D.1, PS3.7 D.3.3.2",
        requirement="The user information holds the maximum length and the implementation class UID, once each.",
        severity="S3",
        check="user_required",
        pdus=("A-ASSOCIATE-AC",),
    ),
    SenderRule(
        id="enc.sender.user-unasked",
        clause="PS3.7 D.3.3.3 to D.3.3.7",
        requirement="Sub-items that answer a proposal are sent only if it was made; 57H and 58H are never sent by an acceptor.",
        severity="S3",
        check="user_unasked",
        pdus=("A-ASSOCIATE-AC",),
    ),
    SenderRule(
        id="enc.sender.rejection",
        clause="PS3.8 9.3.4",
        requirement="Result, source and reason of an A-ASSOCIATE-RJ are not reserved values.",
        severity="S3",
        check="rejection",
        pdus=("A-ASSOCIATE-RJ",),
    ),
    SenderRule(
        id="enc.sender.abort",
        clause="PS3.8 9.3.8",
        requirement="Source and reason of an A-ABORT are not reserved values; with source 0 the reason is 0.",
        severity="S3",
        check="abort",
        pdus=("A-ABORT",),
    ),
    SenderRule(
        id="enc.sender.maximum-length",
        clause="PS3.8 D.1",
        requirement="No P-DATA-TF is longer than the maximum length that the tester announced.",
        severity="S1",
        check="maximum_length",
        pdus=("P-DATA-TF",),
    ),
    SenderRule(
        id="pdv.sender.even",
        clause="PS3.8 E.1",
        requirement="Every fragment has an even number of bytes, and none is empty.",
        severity="S2",
        check="even_fragments",
        pdus=("P-DATA-TF",),
    ),
    SenderRule(
        id="pdv.sender.header",
        clause="PS3.8 E.2",
        requirement="Bits 2 to 7 of the message control header are sent as zero.",
        severity="S4",
        check="control_header",
        pdus=("P-DATA-TF",),
    ),
    SenderRule(
        id="pdv.sender.context",
        clause="PS3.8 9.3.5.1, 7.6",
        requirement="Data is sent on an accepted presentation context, and a message keeps to one.",
        severity="S2",
        check="data_context",
        pdus=("P-DATA-TF",),
    ),
    SenderRule(
        id="dimse.sender.command-set",
        clause="PS3.7 6.3.1",
        requirement="A command set is Implicit VR Little Endian, of group 0000 only, ascending, with even lengths and the right group length.",
        severity="S2",
        check="command_set",
        pdus=("P-DATA-TF",),
    ),
    SenderRule(
        id="dimse.sender.response",
        clause="PS3.7 9.3.5, Annex C",
        requirement="A response has the elements of its message, names the message ID it answers and has a defined status.",
        severity="S2",
        check="response",
        pdus=("P-DATA-TF",),
    ),
)
"""Rules for what the peer itself sends."""
