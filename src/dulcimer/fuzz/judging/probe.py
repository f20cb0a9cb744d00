"""A valid association, to see whether the target still does what it did before any hostile byte."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from dulcimer._generated.codes import PduType
from dulcimer.conformance.model.seen import pdu_name
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.corpus.seeds import acceptor_seeds
from dulcimer.fuzz.engine.link import TargetLink
from dulcimer.fuzz.engine.play import Address
from dulcimer.fuzz.engine.settle import PATIENT, SettleTiming
from dulcimer.fuzz.findings.finding import FindingOracle
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, SendBytes

_REJECTION = slice(7, 10)


@dataclass(frozen=True, slots=True)
class ProbeOutcome:
    """What came: the PDUs by their names; `is_connected`: whether there was a connection; `seconds` it took.

    `why`: what the system says of a connection that could not be opened.
    """

    pdus: tuple[str, ...]
    is_connected: bool
    seconds: float
    why: str = ""

    @property
    def is_served(self) -> bool:
        """Whether an association was accepted."""
        return PduType.A_ASSOCIATE_AC.label in self.pdus

    def __str__(self) -> str:
        """In words."""
        if not self.is_connected:
            return "no connection"
        return ", ".join(self.pdus) or "no reply"


class Probe:
    """A C-ECHO in an association of its own, and its release. The first outcome that serves is the usual one."""

    def __init__(self, titles: Titles) -> None:
        self._steps = probe_sequence(titles).steps
        self.usual: ProbeOutcome | None = None
        self.latest: ProbeOutcome | None = None

    def ask(self, target: Address, seconds: float) -> ProbeOutcome:
        """What comes now, each reply within `seconds`; after the first that does not come, nothing more is asked."""
        timing = SettleTiming(seconds, seconds, seconds)
        try:
            link = TargetLink.open(target.host, target.port, timing, target.tls, target.name)
        except OSError as error:
            self.latest = ProbeOutcome((), is_connected=False, seconds=0.0, why=error.strerror or str(error))
            return self.latest
        with link:
            for number, step in enumerate(self._steps):
                if link.ended:
                    break
                if isinstance(step, SendBytes):
                    link.send(step.data, number)
                elif isinstance(step, AwaitReply) and not link.read(seconds):
                    break
            outcome = ProbeOutcome(tuple(map(_named, link.conversation.received)), True, link.now)
        self.latest = outcome
        if self.usual is None and outcome.is_served:
            self.usual = outcome
        return outcome

    @contextlib.contextmanager
    def held(self, target: Address, *, accepted: bool = True) -> Iterator[None]:
        """A connection, or an association, that lasts as long as the block; there may be none."""
        with (
            contextlib.suppress(OSError),
            TargetLink.open(target.host, target.port, PATIENT, target.tls, target.name) as link,
        ):
            if accepted:
                link.send(next(step.data for step in self._steps if isinstance(step, SendBytes)), 0)
                link.read(PATIENT.grace)
            yield
            return
        yield

    def judged(self, outcome: ProbeOutcome) -> Suspicion | None:
        """What is wrong with an outcome of a target that runs; None: the same comes as always."""
        if self.usual is not None and outcome.pdus == self.usual.pdus:
            return None
        usual = str(self.usual) if self.usual else PduType.A_ASSOCIATE_AC.label
        expected = (usual,)
        verdict = f"A valid C-ECHO in an association of its own gets {outcome} (before: {usual})"
        if not outcome.is_connected or any(PduType.A_ASSOCIATE_RJ.label in name for name in outcome.pdus):
            return Suspicion(FindingOracle.REFUSAL, verdict, expected=expected)
        return Suspicion(FindingOracle.HANG, verdict, expected=expected)


def probe_sequence(titles: Titles) -> FuzzSequence:
    """The C-ECHO of the seeds."""
    return acceptor_seeds(titles)["C-ECHO"]


def _named(pdu: bytes) -> str:
    name = pdu_name(pdu)
    if pdu[0] == PduType.A_ASSOCIATE_RJ and len(pdu) >= _REJECTION.stop:
        return f"{name}({','.join(map(str, pdu[_REJECTION]))})"
    return name
