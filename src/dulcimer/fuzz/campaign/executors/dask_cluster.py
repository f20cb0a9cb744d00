"""Workers on a Dask cluster (the extra `cluster`): machines may join and leave while a campaign runs."""

from __future__ import annotations

import contextlib
import queue
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dulcimer import __version__
from dulcimer.errors import DulcimerError
from dulcimer.fuzz.campaign.batch import BatchOrder
from dulcimer.fuzz.campaign.executors.dask_task import drop, play, version_there
from dulcimer.fuzz.campaign.executors.executor import PATIENCE, BatchEvent, BatchHeard, BatchLost
from dulcimer.fuzz.campaign.executors.packing import OrderPacker
from dulcimer.fuzz.campaign.working import WorkerSetup

if TYPE_CHECKING:
    from distributed import Client, Future

_CONNECTING = 10.0
_LOOKS = 1.0
"""Seconds between two looks at how many workers there are."""


class ClusterError(DulcimerError):
    """The cluster cannot be used; the message says why, and what to do."""


@dataclass(slots=True)
class _Sent:
    """A batch on the cluster."""

    order: BatchOrder
    future: Future[BatchEvent]
    heard_at: float


class DaskCluster:
    """Plays batches on the workers of the scheduler at an address such as ``tcp://10.0.0.1:8786``.

    Each thread of each worker plays one batch at a time. Dask itself gives a batch of a lost worker to another one. One
    worker has the number 0; when that is lost, another one gets it.
    Raises ClusterError.
    """

    def __init__(self, setup: WorkerSetup, address: str, patience: float = PATIENCE) -> None:
        self._setup = setup
        self._address = address
        self._patience = patience
        self._packer = OrderPacker()
        # Also the topic of what is heard, and unlike that of any other campaign on the cluster.
        self._token = f"dulcimer-fuzz-{secrets.token_hex(8)}"
        self._ended: queue.SimpleQueue[BatchHeard | Future[BatchEvent]] = queue.SimpleQueue()
        self._sent: dict[object, _Sent] = {}
        self._lanes, self._looked_at = 0, float("-inf")
        self._first = ""
        self._client = _connected(address)
        try:
            self._check_versions()
            self._client.subscribe_topic(self._token, self._on_heard)
        except BaseException:
            self._client.close()
            raise

    @property
    def lanes(self) -> int:
        """The threads of all workers, as of a second ago."""
        if time.monotonic() - self._looked_at > _LOOKS:
            self._check_connection()
            threads = self._client.nthreads()
            self._lanes = sum(threads.values())
            if self._first not in threads:
                self._first = min(threads, default="")
            self._looked_at = time.monotonic()
        return self._lanes

    def submit(self, order: BatchOrder) -> None:
        """Have a batch played."""
        key = f"{self._token}-{order.number}-{secrets.token_hex(4)}"
        packed = self._packer.pack(order)
        future: Future[BatchEvent] = self._client.submit(
            play, self._token, self._setup, packed, self._first, key=key, pure=False
        )
        self._sent[key] = _Sent(order, future, time.monotonic())
        future.add_done_callback(self._ended.put)

    def wait(self, seconds: float) -> Sequence[BatchEvent]:
        """What has happened. Raises ClusterError if the scheduler is gone."""
        found: list[BatchHeard | Future[BatchEvent]] = []
        with contextlib.suppress(queue.Empty):
            found.append(self._ended.get(timeout=seconds))
            while True:
                found.append(self._ended.get_nowait())
        events: list[BatchEvent] = []
        for one in found:
            if isinstance(one, BatchHeard):
                self._note(one)
                events.append(one)
            elif (sent := self._sent.pop(one.key, None)) is not None:
                events.append(_outcome(sent))
        self._check_connection()
        return [*events, *self._silent()]

    def close(self, seconds: float = 1.0) -> None:
        """Drop what is under way, end the workers of this campaign, and leave the cluster as it was."""
        # A worker that does not answer would keep us for ever.
        dropping = threading.Thread(target=self._drop, daemon=True)
        dropping.start()
        dropping.join(seconds + _LOOKS)
        with contextlib.suppress(Exception):
            self._client.close(timeout=seconds)

    def _drop(self) -> None:
        with contextlib.suppress(Exception):
            self._client.run(drop, self._token, on_error="ignore")
            self._client.cancel([sent.future for sent in self._sent.values()])

    def _on_heard(self, event: tuple[float, list[Any]]) -> None:
        self._ended.put(BatchHeard(*event[1]))

    def _note(self, heard: BatchHeard) -> None:
        for sent in self._sent.values():
            if sent.order.number == heard.number:
                sent.heard_at = time.monotonic()

    def _silent(self) -> Sequence[BatchLost]:
        """The batches of which nothing was heard for too long; they are given up here."""
        until = time.monotonic() - self._patience
        silent = [key for key, sent in self._sent.items() if sent.heard_at < until]
        events = []
        for key in silent:
            sent = self._sent.pop(key)
            sent.future.cancel()
            events.append(BatchLost(sent.order.number, f"nothing was heard of it for {self._patience:g} seconds"))
        return events

    def _check_connection(self) -> None:
        if self._client.status != "running":
            raise ClusterError(
                f"the connection to the Dask scheduler at {self._address} is lost; "
                "start it again, and run the same command to resume the campaign"
            )

    def _check_versions(self) -> None:
        """All workers that there are must have this version: what is played follows from the code, too."""
        found = self._client.run(version_there, on_error="return")
        for worker, version in found.items():
            if version != __version__:
                what = f"cannot import dulcimer ({version})" if isinstance(version, Exception) else f"has {version}"
                raise ClusterError(
                    f"the Dask worker at {worker} {what}; install there what is here: "
                    f"pip install 'dulcimer[cluster]=={__version__}'"
                )


def _connected(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        raise ClusterError("a campaign on a cluster needs Dask: pip install 'dulcimer[cluster]'") from error
    try:
        return Client(address, timeout=_CONNECTING, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"cannot connect to a Dask scheduler at {address}: {error}. "
            "Start one by `dask scheduler`, and workers by `dask worker ADDRESS --nthreads 1`"
        ) from error


def _outcome(sent: _Sent) -> BatchEvent:
    """What has come of a batch that has ended, in whatever way."""
    if sent.future.status == "finished":
        return sent.future.result()
    problem = sent.future.exception() if sent.future.status == "error" else sent.future.status
    return BatchLost(sent.order.number, f"the Dask worker was lost: {problem}")
