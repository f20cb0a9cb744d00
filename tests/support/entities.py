"""Application entities for tests, and a watch over what they leave behind."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from dulcimer import AE, AsyncAE, evt
from dulcimer.sop_class import CTImageStorage, Verification

PATIENCE = 60.0
"""Seconds after which a test gives up waiting for what should come at once."""


def ct(uid: str = "1.2.3", **elements: Any) -> Dataset:
    """A small CT instance."""
    data_set = Dataset()
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data_set.SOPClassUID = CTImageStorage
    data_set.SOPInstanceUID = uid
    for name, value in {"PatientName": "Test^Case", **elements}.items():
        setattr(data_set, name, value)
    return data_set


def query(**elements: Any) -> Dataset:
    """An identifier on study level."""
    data_set = Dataset()
    data_set.QueryRetrieveLevel = "STUDY"
    for name, value in elements.items():
        setattr(data_set, name, value)
    return data_set


def scp(*abstract_syntaxes: str, **settings: Any) -> AE:
    """An entity that supports these, and Verification."""
    ae = AE("SCP")
    for uid in (Verification, *abstract_syntaxes):
        ae.add_supported_context(uid)
    for name, value in settings.items():
        setattr(ae, name, value)
    return ae


def scu(*abstract_syntaxes: str, **settings: Any) -> AE:
    """An entity that requests these, and Verification."""
    ae = AE("SCU")
    for uid in (Verification, *abstract_syntaxes):
        ae.add_requested_context(uid)
    for name, value in settings.items():
        setattr(ae, name, value)
    return ae


@contextmanager
def serving(ae: Any, handlers: Sequence[Any] = (), **options: Any) -> Iterator[tuple[str, int]]:
    """A server in the background; yields its address."""
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=list(handlers), **options)
    try:
        yield server.server_address
    finally:
        server.shutdown()


@contextmanager
def serving_elsewhere(ae: AsyncAE, handlers: Sequence[Any] = ()) -> Iterator[tuple[str, int]]:
    """A server in an event loop of its own, with which blocking entities share nothing; yields its address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        serve = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=list(handlers))
        yield asyncio.run_coroutine_threadsafe(serve, loop).result(PATIENCE).server_address
    finally:
        asyncio.run_coroutine_threadsafe(ae.shutdown(), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()


class Seen:
    """What handlers have seen, in order; `until` waits for it."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.events: list[evt.Event] = []
        self._changed = threading.Condition()

    def __call__(self, event: evt.Event) -> None:
        with self._changed:
            self.names.append(event.name)
            self.events.append(event)
            self._changed.notify_all()

    def until(self, *names: str) -> None:
        """Wait until events of these names have been seen."""
        with self._changed:
            assert self._changed.wait_for(lambda: set(names) <= set(self.names), PATIENCE), self.names

    def of(self, name: str) -> list[evt.Event]:
        """The events of that name."""
        return [event for event in self.events if event.name == name]


@contextmanager
def nothing_left() -> Iterator[None]:
    """See that no thread of ours and no socket is left at the end of the block."""
    before = _sockets()
    yield
    for thread in threading.enumerate():
        if type(thread).__module__ in ("pynetdicom.association", "pynetdicom.dul"):
            thread.join(PATIENCE)  # it tells its user that a request was rejected, and closes the connection then
        if thread.name.startswith("dulcimer"):
            thread.join(PATIENCE)
            assert not thread.is_alive(), thread
    assert _sockets() <= before


def _sockets() -> int:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        return 0
    return sum("socket:" in _target(path) for path in folder.iterdir())


def _target(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


@contextmanager
def peer_that(act: Callable[[socket.socket], object]) -> Iterator[tuple[str, int]]:
    """A peer made of a socket: `act` has the connection, which is closed when it returns."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            connection, _ = listener.accept()
            connection.settimeout(PATIENCE)
            with connection:
                act(connection)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            thread.join(PATIENCE)
            assert not thread.is_alive()
