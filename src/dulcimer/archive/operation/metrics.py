"""The metrics of a server: numbers in memory that its processes may share, and their text for Prometheus.

No label and no number identifies a patient, an instance or a peer.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate, count

from dulcimer._generated.commands import MESSAGE_CLASSES, STATUS_CLASSES

_SERVICES = tuple(
    cls.info.name.removesuffix("-RQ") for cls in MESSAGE_CLASSES.values() if cls.info.response is not None
)
_CATEGORIES = (*(one.name for one in STATUS_CLASSES.values()), "Unknown")
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds; the last bucket has none."""

_cells = count()
_OPEN, _ACCEPTED, _REJECTED, _RECEIVED, _SENT, _BACKLOG, _SECONDS, _STARTS, _TROUBLE, _PASSED_OVER = (
    next(_cells) for _ in range(10)
)
_ASKED = {name: next(_cells) for name in _SERVICES}
_ANSWERED = {(name, category): next(_cells) for name in _SERVICES for category in _CATEGORIES}
_STORES = [next(_cells) for _ in (*_BUCKETS, None)]
SIZE = next(_cells) * 8
"""Bytes of memory for the numbers of one process."""


class Metrics:
    """The numbers of one process, which is their only writer; in `memory`, of SIZE bytes, or in private memory."""

    def __init__(self, memory: memoryview | None = None) -> None:
        self._cells = (memory or memoryview(bytearray(SIZE))).cast("d")

    def associations_open(self) -> int:
        """Number of associations that are open now."""
        return int(self._cells[_OPEN])

    def accepted(self) -> None:
        """Count an accepted association."""
        self._cells[_OPEN] += 1
        self._cells[_ACCEPTED] += 1

    def rejected(self) -> None:
        """Count a rejected association."""
        self._cells[_REJECTED] += 1

    def ended(self) -> None:
        """Count the end of an accepted association."""
        self._cells[_OPEN] -= 1

    def received(self, size: int) -> None:
        """Count received bytes."""
        self._cells[_RECEIVED] += size

    def sent(self, size: int) -> None:
        """Count sent bytes."""
        self._cells[_SENT] += size

    def asked(self, service: str) -> None:
        """Count a received request of a DIMSE service, such as C-STORE."""
        self._cells[_ASKED[service]] += 1

    def answered(self, service: str, category: str) -> None:
        """Count a response to such a request, with a status of this category."""
        self._cells[_ANSWERED[service, category]] += 1

    def stored(self, seconds: float) -> None:
        """Count an instance that was made durable, or could not be, `seconds` after its last byte arrived."""
        self._cells[_SECONDS] += seconds
        self._cells[_STORES[bisect_left(_BUCKETS, seconds)]] += 1

    def backlog(self, instances: int) -> None:
        """Set the number of instances that are stored and not indexed."""
        self._cells[_BACKLOG] = instances

    def trouble(self, instances: int) -> None:
        """Set the number of those that could not be indexed and are retried."""
        self._cells[_TROUBLE] = instances

    @property
    def in_trouble(self) -> int:
        """Number of stored instances that could not be indexed."""
        return int(self._cells[_TROUBLE])

    def passed_over(self, files: int) -> None:
        """Set the number of files that are not indexed because reading them crashed a process."""
        self._cells[_PASSED_OVER] = files

    def started(self) -> None:
        """Count a start of the process, which may replace another one: nothing is open, nothing waits."""
        self._cells[_OPEN] = self._cells[_BACKLOG] = self._cells[_TROUBLE] = 0
        self._cells[_STARTS] += 1

    def lost(self) -> None:
        """Reset the numbers that end with the process."""
        self._cells[_OPEN] = self._cells[_BACKLOG] = self._cells[_TROUBLE] = 0

    def values(self) -> Sequence[float]:
        """All the numbers."""
        return self._cells.tolist()


def text(processes: Sequence[Metrics]) -> str:
    """The sums over the processes in the text format of Prometheus, version 0.0.4."""
    return "\n".join(_lines([sum(values) for values in zip(*(one.values() for one in processes), strict=True)])) + "\n"


def _lines(cells: list[float]) -> Iterator[str]:
    def one(name: str, kind: str, words: str, cell: int) -> Iterator[str]:
        yield from _head(name, kind, words)
        yield f"{name} {cells[cell]:.0f}"

    yield from one("dulcimer_associations_open", "gauge", "Associations that are open.", _OPEN)
    yield from one("dulcimer_associations_total", "counter", "Associations accepted.", _ACCEPTED)
    yield from one("dulcimer_associations_rejected_total", "counter", "Associations rejected.", _REJECTED)
    yield from one("dulcimer_received_bytes_total", "counter", "Bytes received, of PDUs.", _RECEIVED)
    yield from one("dulcimer_sent_bytes_total", "counter", "Bytes sent, of PDUs.", _SENT)
    yield from one("dulcimer_index_backlog", "gauge", "Instances stored and not indexed yet.", _BACKLOG)
    yield from one("dulcimer_index_failing", "gauge", "Instances stored that could not be indexed yet.", _TROUBLE)
    yield from one(
        "dulcimer_index_passed_over", "gauge", "Files not indexed because reading them crashed a process.", _PASSED_OVER
    )
    yield from one("dulcimer_process_starts_total", "counter", "Starts of serving processes.", _STARTS)
    yield from _head("dulcimer_requests_total", "counter", "DIMSE requests received.")
    for name, cell in _ASKED.items():
        yield f'dulcimer_requests_total{{service="{name}"}} {cells[cell]:.0f}'
    yield from _head("dulcimer_responses_total", "counter", "DIMSE responses sent, by service and status category.")
    for (name, category), cell in _ANSWERED.items():
        if cells[cell]:
            yield f'dulcimer_responses_total{{service="{name}",status="{category}"}} {cells[cell]:.0f}'
    name = "dulcimer_store_seconds"
    yield from _head(name, "histogram", "Seconds from the last byte of an instance to its answer.")
    counts = list(accumulate(cells[cell] for cell in _STORES))
    for bound, below in zip((*(f"{bound:g}" for bound in _BUCKETS), "+Inf"), counts, strict=True):
        yield f'{name}_bucket{{le="{bound}"}} {below:.0f}'
    yield f"{name}_sum {cells[_SECONDS]:.6f}"
    yield f"{name}_count {counts[-1]:.0f}"


def _head(name: str, kind: str, words: str) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} {kind}"
