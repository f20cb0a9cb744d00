"""What plays batches against a target: the interface between the coordinator and the workers.

A setup is a value. It is pickled and opened in the process of the worker, which may be on another machine; so it holds
no sockets, processes or threads. What it opens has the target for itself, with its own port and directory.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol, TypeAlias

from dulcimer.fuzz.campaign.batch import BatchOrder, BatchResult

Heard: TypeAlias = Callable[[str, int], None]
"""Called with what the worker does, in a few words such as ``shrinking: exit in Sta6``, and the cases of the batch that
it has played so far. Calls are cheap: one after each case is fine. One every few seconds is needed, also while findings
are confirmed: a worker that says nothing for a long time counts as hanging."""


class BatchDropped(BaseException):
    """Raised by `Heard` when the result is not wanted any more: the campaign is stopped. Let it pass.

    Not an Exception, so that no handler of errors on the way takes it for one of the target's.
    """


class BatchWorker(Protocol):
    """Plays batches, one after the other, in the thread that opened it."""

    @abstractmethod
    def play(self, order: BatchOrder, heard: Heard) -> BatchResult:
        """Play a batch; what is played follows from the order alone. Raises TargetLostError."""

    @abstractmethod
    def close(self) -> None:
        """End the target and everything that was started, within a second or two.

        When a campaign is stopped and `play` does not end by itself, this is called from another thread.
        """


class WorkerSetup(Protocol):
    """Opens workers; goes through pickles."""

    @abstractmethod
    def open(self, number: int) -> BatchWorker:
        """A worker, with a target of its own if it starts one. Raises TargetLostError.

        `number`, 0 and up, differs from that of every other worker on the machine; a worker that replaces a lost one
        may have its number.
        """
