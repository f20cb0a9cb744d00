"""What dulcimer itself sees in the capture of a lab: the verdicts of `trace check`, and the causes of `diagnose`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from dulcimer.captures.following import CaptureReader
from dulcimer.diagnosis.causes.engine import CausesFound, causes_of
from dulcimer.diagnosis.evidence.captured import evidence_of_capture
from dulcimer.diagnosis.evidence.conversations import Evidence, SeenConnection
from dulcimer.diagnosis.evidence.facts import SeenFact
from dulcimer.diagnosis.judging.judge import judge_events
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, Breach

_Seen = TypeVar("_Seen", bound=SeenFact)


@dataclass(frozen=True)
class SeenCapture:
    """A capture, judged when somebody asks."""

    data: bytes

    @cached_property
    def verdicts(self) -> tuple[AssociationVerdict, ...]:
        """The verdicts on its associations."""
        judged = judge_events(CaptureReader(self.data))
        return tuple(one for one in judged if isinstance(one, AssociationVerdict))

    @cached_property
    def breaches(self) -> tuple[Breach, ...]:
        """What is a violation, in the order of the frames."""
        found = [
            one for verdict in self.verdicts for end in verdict.ends for one in end.breaches if not one.is_tolerated
        ]
        return tuple(sorted(found, key=lambda one: one.place.frames[-1] if one.place.frames else 0))

    @cached_property
    def evidence(self) -> Evidence:
        """The facts."""
        return evidence_of_capture(self.data)

    @cached_property
    def causes(self) -> CausesFound:
        """What may be the causes of the trouble."""
        return causes_of(self.evidence)

    def all(self, kind: type[_Seen]) -> list[tuple[SeenConnection, _Seen]]:
        """The facts of a kind in all connections, with their connection."""
        return [(one, fact) for one in self.evidence.conversations for fact in one.all(kind)]

    def first(self, kind: type[_Seen]) -> tuple[SeenConnection, _Seen]:
        """The first fact of a kind, with its connection. Raises LookupError if there is none."""
        return self.all(kind)[0]
