"""What all executors have in common: orders go in, events come out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from dulcimer.fuzz.campaign.batch import BatchOrder, BatchResult

PATIENCE = 300.0
"""Seconds of silence after which a worker counts as hanging. What a target does cannot take so long: each wait for it
has its own deadline."""


@dataclass(frozen=True, slots=True)
class BatchPlayed:
    """A batch is played."""

    result: BatchResult


@dataclass(frozen=True, slots=True)
class BatchLost:
    """A batch ended without a result: its worker died, hung, or failed. `why` is one or more lines."""

    number: int
    why: str


@dataclass(frozen=True, slots=True)
class BatchHeard:
    """What the worker of a batch does, and how many cases of it are played."""

    number: int
    doing: str
    cases: int


@dataclass(frozen=True, slots=True)
class TargetLost:
    """A worker cannot reach, or start, its target any more."""

    number: int
    why: str


BatchEvent: TypeAlias = BatchPlayed | BatchLost | BatchHeard | TargetLost


class BatchExecutor(Protocol):
    """Plays batches. All methods are called from one thread."""

    @property
    @abstractmethod
    def lanes(self) -> int:
        """How many batches can be played side by side now, 0 and up; it may change."""

    @abstractmethod
    def submit(self, order: BatchOrder) -> None:
        """Have a batch played. Call it only while fewer than `lanes` batches are under way."""

    @abstractmethod
    def wait(self, seconds: float) -> Sequence[BatchEvent]:
        """What has happened, as soon as something has, after `seconds` at the latest."""

    @abstractmethod
    def close(self, seconds: float = 1.0) -> None:
        """Drop what is under way and end the workers with their targets; those that take longer are killed."""
