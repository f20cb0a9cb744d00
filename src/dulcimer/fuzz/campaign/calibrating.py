"""Valid sequences first: what a target does before any hostile byte, and how long it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.stimuli.answers import DimseRequest, Requests
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.counting import counted
from dulcimer.dimse import command_set
from dulcimer.errors import DIMSEProcessingError
from dulcimer.fuzz.campaign.result import CalibrationResult
from dulcimer.fuzz.campaign.serving import served_by
from dulcimer.fuzz.corpus.seeds import acceptor_seeds, oversize_seed
from dulcimer.fuzz.engine.conversation import ConnectionRecord
from dulcimer.fuzz.engine.settle import PATIENT, SettleTiming
from dulcimer.fuzz.judging.acceptors import AcceptorSession
from dulcimer.fuzz.judging.forks import ForkTime
from dulcimer.fuzz.judging.probe import ProbeOutcome
from dulcimer.fuzz.judging.requestors import RequestorSession
from dulcimer.fuzz.judging.session import Played, TargetSession
from dulcimer.fuzz.sequences.planner import Planner
from dulcimer.fuzz.sequences.rendering import BasePdus, sequence_of
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence
from dulcimer.wire.codec import decode_lenient
from dulcimer.wire.model import AssociateAc, AssociateRq, ImplementationClassUid, ImplementationVersionName, PDataTf

_OTHER_TITLE = "DULCIMER-2"
_NOT_VALID = (" first", " in an association")
"""Ends of the names of seeds whose PDU may be one that has no place there."""
_RELEASED = (Events.EVT_13, States.STA_7)
_PROBE, _FIRST_RUN = "a valid C-ECHO", "the first run"
_RUNS = 20
"""Valid runs of a client."""
_LARGEST_MAXIMUM = 1 << 20
"""Bytes; a PDU above a larger maximum is not sent."""

Doing = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was found out, for all sessions with this target.

    - `usual`: what a valid C-ECHO gets from a server; None if no association was accepted.
    - `forks`: when the server begins a process for an association.
    - `maximum`: bytes of a P-DATA-TF that it has announced.
    - `home`: where the server writes, seen from the directory that it is told to use.
    - `served`: the digests of our own sequences whose messages a server answers.
    - `no_connection`: why no connection to a server could be opened; "" if one could.
    - `version`: how the target names its implementation, "" if it does not.
    - `request`: the A-ASSOCIATE-RQ of a client, and `asks`: the contexts and command sets of what it asks for.
    """

    result: CalibrationResult
    timing: SettleTiming
    usual: ProbeOutcome | None = None
    forks: ForkTime = ForkTime.NEVER
    maximum: int = 0
    request: bytes = b""
    asks: tuple[DimseRequest, ...] = ()
    home: str = "."
    served: frozenset[str] = frozenset()
    no_connection: str = ""
    version: str = ""

    @property
    def is_broken(self) -> bool:
        """Whether the target does not even do what valid sequences ask for."""
        return self.usual is None and not (self.request and self.result.passed)

    def bases(self, titles: Titles) -> BasePdus:
        """The PDUs of a tester for this target."""
        maximum = self.maximum or _announced_in(self.request)
        return BasePdus(titles, request=self.request, asks=self.asks, maximum=maximum)

    def seeds(self, titles: Titles) -> Iterator[FuzzSequence]:
        """Sequences for this very target."""
        if 0 < self.maximum <= _LARGEST_MAXIMUM:
            yield oversize_seed(titles, self.maximum)

    def apply(self, session: TargetSession) -> None:
        """Set a session by what was found out with another one."""
        session.timing = self.timing
        if isinstance(session, AcceptorSession):
            session.probing.usual = self.usual
            session.forks = self.forks
            if session.files is not None:
                session.files.use(self.home)


def calibrate(session: TargetSession, titles: Titles, doing: Doing = lambda _: None) -> Calibration:
    """Play valid sequences at a fresh target, and set the session by what they show. Raises TargetLostError."""
    found = (
        _acceptor(session, titles, doing)
        if isinstance(session, AcceptorSession)
        else _requestor(session, titles, doing)
    )
    found.apply(session)
    return found


def _acceptor(session: AcceptorSession, titles: Titles, doing: Doing) -> Calibration:
    counts = _ValidRuns()
    maximum, version = 0, ""
    session.probe()
    if session.probing.usual is not None:
        for names in (titles, replace(titles, calling=_OTHER_TITLE)):
            for name, sequence in acceptor_seeds(names).items():
                if name.endswith(_NOT_VALID):
                    continue
                doing(f"calibrating: {name}")
                played = session.play(sequence, timing=PATIENT)
                counts.take(name, played)
                accepted = _accepted(played.record)
                maximum, version = maximum or _announced_in(accepted), version or _version_in(accepted)
        session.probe()
    else:
        counts.fail(_PROBE, f"{session.probing.latest} instead of {PduType.A_ASSOCIATE_AC.label}")
    served: frozenset[str] = frozenset()
    if session.probing.usual is not None:
        doing("calibrating: what is served")
        served = frozenset(served_by(session, titles))
        if session.probe() is not None:
            session.fresh()
    home = "."
    if session.files is not None:
        session.files.learn()
        home = session.files.home
    timing = SettleTiming().calibrated(counts.times)
    return Calibration(
        counts.result(timing),
        timing,
        session.probing.usual,
        session.fork_time(),
        maximum,
        home=home,
        served=served,
        no_connection=session.probing.latest.why if session.probing.latest is not None else "",
        version=version,
    )


def _requestor(session: TargetSession, titles: Titles, doing: Doing) -> Calibration:
    counts = _ValidRuns()
    doing("calibrating: what the client asks for")
    listened = session.play(FuzzSequence("requestor", (AwaitReply(),)), timing=PATIENT)
    request = next((pdu for pdu in listened.record.received if pdu[0] == PduType.A_ASSOCIATE_RQ), b"")
    asks: tuple[DimseRequest, ...] = ()
    while request:
        doing(f"calibrating: answers to {counted(len(asks), 'request')}")
        bases = BasePdus(titles, request=request, asks=asks)
        played = session.play(_valid_run(bases), timing=PATIENT)
        known = tuple(_asked(played.record))
        if len(known) <= len(asks):
            break
        asks = known
    if request:
        sequence = _valid_run(BasePdus(titles, request=request, asks=asks))
        for number in range(_RUNS):
            doing(f"calibrating: run {number + 1} of {_RUNS}")
            counts.take("a run with valid answers", session.play(sequence, timing=PATIENT))
    else:
        counts.fail(_FIRST_RUN, f"no {PduType.A_ASSOCIATE_RQ.label} came{_how_it_ended(session)}")
    timing = SettleTiming().calibrated(counts.times)
    return Calibration(counts.result(timing), timing, request=request, asks=asks, version=_version_in(request))


def _how_it_ended(session: TargetSession) -> str:
    """The end of a client that has asked for nothing, with the last line that it wrote."""
    death = session.death if isinstance(session, RequestorSession) else None
    if death is None:
        return ""
    return f"; the client {death.how}" + (f", and wrote: {death.output[-1]}" if death.output else "")


def _valid_run(bases: BasePdus) -> FuzzSequence:
    """All that the client asks for is answered, and its release."""
    return sequence_of(Planner("requestor").scripts[_RELEASED], bases)


def _asked(record: ConnectionRecord) -> Iterator[DimseRequest]:
    """The requests of the client."""
    requests, command = Requests(), bytearray()
    for data in record.received:
        pdu = decode_lenient(data).pdu
        if not isinstance(pdu, PDataTf):
            continue
        found = None
        for value in pdu.presentation_data_value_items:
            if value.is_command:
                command += value.fragment
                if value.is_last:
                    try:
                        found = command_set.decode(bytes(command))
                    except DIMSEProcessingError:
                        found = None
                    command.clear()
        if (request := requests.add(pdu, found)) is not None:
            yield request


def _accepted(record: ConnectionRecord) -> bytes:
    """The first A-ASSOCIATE-AC; b"" if there is none."""
    return next((pdu for pdu in record.received if pdu[0] == PduType.A_ASSOCIATE_AC), b"")


def _announced_in(data: bytes) -> int:
    """The maximum length of an A-ASSOCIATE-RQ or -AC; 0 if it has none, or there is no such PDU."""
    pdu = decode_lenient(data).pdu if data else None
    return (pdu.maximum_length or 0) if isinstance(pdu, AssociateRq | AssociateAc) else 0


def _version_in(data: bytes) -> str:
    """The implementation version name of an A-ASSOCIATE-RQ or -AC, and its class UID (PS3.7 D.3.3.2)."""
    pdu = decode_lenient(data).pdu if data else None
    if not isinstance(pdu, AssociateRq | AssociateAc):
        return ""
    information = pdu.user_information
    name, uid = information.first(ImplementationVersionName), information.first(ImplementationClassUid)
    named = [name.implementation_version_name if name else "", uid.implementation_class_uid if uid else ""]
    return ", ".join(filter(None, named))


class _ValidRuns:
    """What valid sequences have shown."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._played = self._passed = 0
        self._failures: dict[str, str] = {}

    def take(self, name: str, played: Played) -> None:
        self._played += 1
        self._passed += not played.suspicions
        self.times += played.record.reply_times
        for suspicion in played.suspicions:
            self._failures.setdefault(name, f"{name}: {suspicion.verdict}")

    def fail(self, name: str, why: str) -> None:
        """Nothing can be played, and that is why."""
        self._failures.setdefault(name, f"{name}: {why}")

    def result(self, timing: SettleTiming) -> CalibrationResult:
        times = sorted(self.times)
        usual, slowest = (times[len(times) // 2], times[-1]) if times else (0.0, 0.0)
        return CalibrationResult(
            self._played, self._passed, tuple(self._failures.values()), timing.grace, usual, slowest
        )
