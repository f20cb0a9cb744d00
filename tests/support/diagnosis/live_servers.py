"""Servers for the ladder that are awkward: one that an abort ends, and one name for two machines."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Any
from unittest import mock

from dulcimer import AE
from dulcimer.sop_class import CTImageStorage, StudyRootQueryRetrieveInformationModelGet
from dulcimer.wire.model import Abort
from support.entities import PATIENCE
from support.peers.processes import HOST
from support.raw_dimse import Raw, response


@contextmanager
def served(entity: AE, host: str = HOST, port: int = 0, **more: Any) -> Iterator[int]:
    """The port of an entity that serves for the length of the block."""
    server = entity.start_server((host, port), block=False, **more)
    assert server is not None
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


def entity_with(*classes: str) -> AE:
    """An entity that supports these SOP classes."""
    entity = AE("PACS")
    for uid in classes:
        entity.add_supported_context(uid)
    return entity


@contextmanager
def pynetdicom_without_roles() -> Iterator[int]:
    """An SCP of pynetdicom that sends by C-GET, and accepts no other role for storage."""
    import pynetdicom

    entity = pynetdicom.AE()
    for uid in (StudyRootQueryRetrieveInformationModelGet, CTImageStorage):
        entity.add_supported_context(uid)
    server = entity.start_server((HOST, 0), block=False)
    assert server is not None
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


@contextmanager
def ended_by_an_abort() -> Iterator[int]:
    """A server of one thread that listens no more once an association is aborted."""
    listener = socket.create_server((HOST, 0))

    def serve() -> None:
        with listener:
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(PATIENCE)
                    raw = Raw(connection)
                    raw.accept()
                    for message in raw.messages():
                        raw.send(response(message.command_set, 0, {}), None, message.context_id)
                    if isinstance(raw.ended_by, Abort):
                        listener.close()
                        return

    thread = Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1]
    thread.join(PATIENCE)


@contextmanager
def named(name: str, addresses: Sequence[str]) -> Iterator[None]:
    """In the block this host name has these addresses."""
    looked_up = socket.getaddrinfo

    def found(host: str | None, *args: Any, **more: Any) -> list[Any]:
        hosts = addresses if host == name else [host]
        return [one for each in hosts for one in looked_up(each, *args, **more)]

    with mock.patch.object(socket, "getaddrinfo", found):
        yield
