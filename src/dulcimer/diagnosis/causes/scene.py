"""All conversations together: who spoke what at which address, and what went on at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from dulcimer.diagnosis.evidence.conversations import Evidence, SeenConnection
from dulcimer.diagnosis.evidence.facts import ForeignBytes

_Address = tuple[str, int]


@dataclass(frozen=True)
class Scene:
    """Evidence, and what follows from all of it."""

    evidence: Evidence

    @cached_property
    def _tls(self) -> frozenset[_Address]:
        return frozenset(
            one.server
            for one in self.evidence.conversations
            if any(not fact.by_client and fact.name == "TLS" for fact in one.all(ForeignBytes))
        )

    @cached_property
    def _plain(self) -> frozenset[_Address]:
        return frozenset(one.server for one in self.evidence.conversations if one.acceptance is not None)

    def speaks_tls(self, server: _Address) -> bool:
        """Whether TLS was seen from this address."""
        return bool(server[0]) and server in self._tls

    def speaks_plain(self, server: _Address) -> bool:
        """Whether an association was accepted at this address."""
        return bool(server[0]) and server in self._plain

    def accepted_at(self, server: _Address) -> Iterator[SeenConnection]:
        """Associations that were accepted at an address; in the log of an acceptor, which has none, all of them."""
        for one in self.evidence.conversations:
            if one.acceptance is not None and one.server == server and (server[0] or one.is_served):
                yield one

    def between(self, start: float | None, stop: float | None) -> Iterator[SeenConnection]:
        """Conversations that began in this time; all, if there are no times."""
        for one in self.evidence.conversations:
            t = one.began.t
            if start is None or t is None or (start <= t and (stop is None or t <= stop)):
                yield one
