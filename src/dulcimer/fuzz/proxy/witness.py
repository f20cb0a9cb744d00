"""Who records what happens on the connections through the proxy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dulcimer.fuzz.oracle.ends import LinkEnd


class LinkWitness(Protocol):
    """Who records what happens on a connection, such as a capture. Times are those of `now`."""

    def came(self, sender: LinkEnd, data: bytes, now: float) -> None:
        """Bytes have come from an end."""

    def gave(self, receiver: LinkEnd, data: bytes, note: str, now: float) -> None:
        """Bytes were forwarded to an end; `note`: what was changed in them."""

    def ended(self, sender: LinkEnd, now: float, *, reset: bool) -> None:
        """An end has closed its direction."""

    def gave_end(self, receiver: LinkEnd, now: float, *, reset: bool) -> None:
        """The direction to an end was closed."""


class LinkRecorder(Protocol):
    """Who records all connections."""

    def link(self, number: int, client: str, server: str, now: float) -> LinkWitness:
        """The witness of a new connection: its number, and the addresses of both ends."""


@dataclass(frozen=True, slots=True)
class SeveralWitnesses:
    """Several witnesses of one connection, or of nothing."""

    witnesses: tuple[LinkWitness, ...]

    def came(self, sender: LinkEnd, data: bytes, now: float) -> None:
        """Tell all."""
        for one in self.witnesses:
            one.came(sender, data, now)

    def gave(self, receiver: LinkEnd, data: bytes, note: str, now: float) -> None:
        """Tell all."""
        for one in self.witnesses:
            one.gave(receiver, data, note, now)

    def ended(self, sender: LinkEnd, now: float, *, reset: bool) -> None:
        """Tell all."""
        for one in self.witnesses:
            one.ended(sender, now, reset=reset)

    def gave_end(self, receiver: LinkEnd, now: float, *, reset: bool) -> None:
        """Tell all."""
        for one in self.witnesses:
            one.gave_end(receiver, now, reset=reset)
