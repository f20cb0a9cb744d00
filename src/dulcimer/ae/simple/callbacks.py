"""The callbacks of a service provider, and how they are called."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from dulcimer import events as evt
from dulcimer._generated.statuses import CANCEL, PENDING, SUCCESS
from dulcimer.dimse.command_values import comment
from dulcimer.errors import OperationFailed
from dulcimer.transport.streams import TlsState

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_NONE = object()


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """The peer and its connection: `tls` is None without TLS, `peer_address` is None if not known."""

    peer_ae_title: str
    called_ae_title: str
    peer_address: tuple[str, int] | None
    tls: TlsState | None


Instances: TypeAlias = "Iterable[Dataset | Path | str | int]"
"""Instances to send, as data sets or files. If the first one is an int, it is their number."""
EchoCallback: TypeAlias = Callable[[ConnectionState], int | None]
"""Answers C-ECHO with a status, None for success."""
StoreCallback: TypeAlias = Callable[[ConnectionState, str, str, str, bytes], int | None]
"""Takes transfer syntax, SOP class, SOP instance and data set of a C-STORE. Returns the status, None for success."""
FindCallback: TypeAlias = "Callable[[ConnectionState, str, str, Dataset], Iterable[Dataset]]"
"""Takes transfer syntax, SOP class and identifier of a C-FIND. Returns the matches, which are sent one by one."""
RetrieveCallback: TypeAlias = "Callable[[ConnectionState, str, str, Dataset], Instances]"
"""Takes transfer syntax, SOP class and identifier of a C-MOVE or C-GET. Returns the instances, sent one by one."""


def echo(event: evt.Event, callback: EchoCallback) -> Any:
    """Answer C-ECHO."""
    return _status(partial(callback, _state(event)))


def store(event: evt.Event, callback: StoreCallback) -> Any:
    """Answer C-STORE."""
    request = event.command
    return _status(
        partial(
            callback,
            _state(event),
            event.context.transfer_syntax,
            request.affected_sop_class_uid,
            request.affected_sop_instance_uid,
            event.encoded_dataset(include_meta=False),
        )
    )


def find(event: evt.Event, callback: FindCallback) -> Iterator[Any]:
    """Answer C-FIND."""
    try:
        for match in _asked(event, callback):
            if event.is_cancelled:
                yield CANCEL, None
                return
            yield PENDING, match
    except OperationFailed as failure:
        yield _failure(failure), None


def get(event: evt.Event, callback: RetrieveCallback) -> Iterator[Any]:
    """Answer C-GET: the number of instances, None if it is not known, then each of them."""
    is_counted = False
    try:
        found = _asked(event, callback)
        number = len(found) if isinstance(found, Sized) else None
        instances = iter(found)
        instance = next(instances, _NONE)
        if isinstance(instance, int):
            number, instance = instance, next(instances, _NONE)
        is_counted = True
        yield number
        while instance is not _NONE:
            if event.is_cancelled:
                yield CANCEL, None
                return
            yield PENDING, instance
            instance = next(instances, _NONE)
    except OperationFailed as failure:
        if not is_counted:
            yield None
        yield _failure(failure), None


def move(
    event: evt.Event,
    callback: RetrieveCallback,
    destinations: Mapping[str, tuple[str, int]],
    tls: tuple[ssl.SSLContext, str | None] | None,
) -> Iterator[Any]:
    """Answer C-MOVE: the address of its destination, then as C-GET."""
    where = destinations.get((event.move_destination or "").strip(" "))
    if where is None:
        yield None, None
        return
    yield (*where, {"tls_args": tls})
    yield from get(event, callback)


def _asked(event: evt.Event, callback: Callable[[ConnectionState, str, str, Dataset], Any]) -> Any:
    sop_class = event.command.affected_sop_class_uid
    return callback(_state(event), event.context.transfer_syntax, sop_class, event.identifier)


def _state(event: evt.Event) -> ConnectionState:
    peer = event.assoc.requestor
    tls = None if peer.stream is None else peer.stream.tls
    return ConnectionState(peer.ae_title, peer.called_ae_title, peer.where, tls)


def _status(callback: Callable[[], int | None]) -> Any:
    try:
        status = callback()
    except OperationFailed as failure:
        return _failure(failure)
    return SUCCESS if status is None else status


def _failure(failure: OperationFailed) -> Dataset:
    """The status of a response, with the comment if there is one."""
    from pydicom.dataset import Dataset

    status = Dataset()
    status.Status = failure.status
    if failure.comment:
        status.ErrorComment = comment(failure.comment)
    return status
