"""Where the time of C-STOREs goes: sending, waiting for answers, and gaps that delayed acknowledgement makes."""

from __future__ import annotations

from dulcimer._generated.commands import CommandField
from dulcimer.diagnosis.evidence.facts import MessageSeen, SeenFact, SeenPlace, TransferTiming

STALLS = ((0.035, 0.060), (0.180, 0.230))
"""Seconds that systems delay an acknowledgement: about 40 ms on Linux, 200 ms on Windows (RFC 1122 4.2.3.2)."""


class TransferClock:
    """Follows the C-STOREs that one client sends; others do not count. `round_trip` in seconds, if it is known."""

    def __init__(self) -> None:
        self.round_trip: float | None = None
        self._stores = self._pdus = self._size = self._longest = self._stalls = 0
        self._sending = self._waiting = self._stalled = 0.0
        self._began: float | None = None
        self._last: float | None = None

    def pdu(self, by_client: bool, length: int) -> None:
        """A P-DATA-TF of this length."""
        if by_client:
            self._pdus += 1
            self._longest = max(self._longest, length)

    def data_of(self, by_client: bool, size: int, t: float | None) -> None:
        """Bytes of an end; called after the messages that they complete."""
        if not by_client or t is None:
            return
        if self._began is not None and self._last is not None:
            gap = t - self._last
            if any(low <= gap <= high for low, high in STALLS):
                self._stalls += 1
                self._stalled += gap
        if self._began is not None:
            self._size += size
        self._last = t

    def message(self, fact: SeenFact, t: float | None) -> None:
        """A command set was complete."""
        if not isinstance(fact, MessageSeen):
            return
        if fact.command_field == CommandField.C_STORE_RQ and fact.by_client:
            self._began = self._last = t
            self._stores += 1
        elif fact.command_field == CommandField.C_STORE_RSP and self._began is not None:
            if t is not None and self._last is not None:
                self._sending += self._last - self._began
                self._waiting += t - self._last
            self._began = None

    def result(self, began: SeenPlace) -> TransferTiming | None:
        """What it cost, None without a C-STORE."""
        if not self._stores:
            return None
        return TransferTiming(
            place=began,
            stores=self._stores,
            pdus=self._pdus,
            size=self._size,
            longest_pdu=self._longest,
            sending=self._sending,
            waiting=self._waiting,
            stalls=self._stalls,
            stalled=self._stalled,
            round_trip=self.round_trip,
        )
