"""The kinds of peers that `dulcimer check` can check; each has its own module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn, Protocol

from dulcimer.conformance.model.case import Case
from dulcimer.conformance.run.record import Progress, Run


class PeerKind(Protocol):
    """One kind of peer, with the options for this peer."""

    def catalogue(self) -> tuple[Sequence[Case], Sequence[Case]]:
        """The cases, and the rules for everything that the peer sends."""

    def further(self, catalogue: Sequence[Case], *, wanted: bool) -> tuple[Case, ...]:
        """The extended cases; a usage error if they are wanted and this kind has none."""

    def run(self, cases: Sequence[Case], progress: Progress) -> Run:
        """Run the cases; a usage error if the options do not name a peer of this kind."""

    def unhealthy(self, run: Run) -> NoReturn:
        """Print that nothing was tested, since the peer was never healthy; raises Exit."""
