"""Storage Service Class (PS3.4 B): received instances are kept in a directory."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import logging
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from dulcimer._generated.commands import CStoreRq, CStoreRsp
from dulcimer._generated.statuses import (
    CANNOT_UNDERSTAND,
    DOES_NOT_MATCH_SOP_CLASS,
    INVALID_SOP_INSTANCE,
    OUT_OF_RESOURCES,
    SUCCESS,
)
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.command_values import comment
from dulcimer.dimse.messages import Sink
from dulcimer.services.durable import PART, WAITING_LOCK, FileSink, lock_file, remove_leftovers
from dulcimer.services.group_commit import GroupCommit
from dulcimer.services.instance_file import InstanceFile, NotADicomFile
from dulcimer.services.syncing import SyncMode, sync_directory
from dulcimer.wire.model import Buffer

logger = logging.getLogger("dulcimer.storage")

DATA_SET_IN_DOUBT = 0xB007

_UID = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*")
_LONGEST_UID = 64
_MOST_OPEN = 32
"""Instances that are being made durable with their files open; further ones wait with closed files."""
_BLOCK = 1 << 20


class _RefusedSink:
    """Discards the data set of a request that is answered with `status`; `why` is the reason in words."""

    def __init__(self, status: int, why: str = "") -> None:
        self.status = status
        self.why = why

    def write(self, fragment: Buffer) -> None:
        """Discard it."""

    def discard(self) -> None:
        """Do nothing: nothing was kept."""


@dataclass(frozen=True, slots=True)
class StoredInstance:
    """An instance that is on disk: `size` of the file in bytes."""

    path: Path
    sop_class_uid: str
    sop_instance_uid: str
    size: int


class InstanceDirectory:
    """Keeps received instances as DICOM files, named by SOP Instance UID, data sets byte for byte as received.

    If `doubt` returns a text about an instance that is kept, the response is the warning B007H with that text (PS3.4
    B.2.3); a data set that begins with a group that does not belong in one is refused with C000H.

    A response with status 0000H is sent after the file is synced under its name, together with those that arrive at the
    same time, or as `sync` says. An instance that arrives again unchanged changes nothing. One that arrives with
    another data set takes the name in one step, and the earlier file is kept as `UID.DIGEST.superseded`: nothing that
    was acknowledged is lost. With `fan_out` the files are in 256 subdirectories, by a hash of their UID, for more than
    some 10,000 of them. With `None` as path every instance is accepted and none is kept. Several processes may share a
    directory.
    """

    def __init__(
        self,
        path: Path | None,
        on_stored: Callable[[StoredInstance], None] = lambda _: None,
        *,
        fan_out: bool = False,
        doubt: Callable[[InstanceFile], str] = lambda _: "",
        sync: SyncMode = SyncMode.GROUP,
    ) -> None:
        self._path = path
        self._doubt = doubt
        self._on_stored = on_stored
        self._fan_out = fan_out
        self._numbers = itertools.count()
        self._committing = 0
        self._waiting_lock: IO[bytes] | None = None
        self._syncs = sync is not SyncMode.NEVER
        if path is not None:
            path.mkdir(parents=True, exist_ok=True)
            remove_leftovers(path)
            if fan_out:
                for number in range(256):
                    (path / f"{number:02x}").mkdir(exist_ok=True)
                sync_directory(path)
            self._group = GroupCommit(path, sync, _MOST_OPEN)

    def open_sink(self, context: AcceptedContext, command: CommandSet, source_ae_title: str) -> Sink:
        """Where the data set of this C-STORE request goes."""
        sop_class, instance = (
            command.value("affected_sop_class_uid"),
            command.value("affected_sop_instance_uid"),
        )
        if sop_class != context.abstract_syntax:
            return _RefusedSink(DOES_NOT_MATCH_SOP_CLASS, "the SOP class is not that of the context")
        if not is_uid(instance):
            return _RefusedSink(INVALID_SOP_INSTANCE, f"{instance or ''!r} is not a SOP Instance UID")
        if self._path is None:
            return _RefusedSink(SUCCESS)
        return self._sink(sop_class, instance, context.transfer_syntax, source_ae_title)

    async def finish(self, request: CStoreRq, sink: Sink | None) -> CStoreRsp:
        """Keep the instance and return the response (PS3.7 9.1.1)."""
        if isinstance(sink, FileSink):
            self._close_while_waiting(sink)
            self._committing += 1
            try:
                stored, doubt = await self._keep(sink)
            except NotADicomFile as error:
                logger.warning("an instance was refused: %s", error)
                return _response(request, CANNOT_UNDERSTAND, str(error))
            except OSError as error:
                logger.error("an instance could not be kept: %s", error)
                return _response(request, OUT_OF_RESOURCES, "it could not be written")
            finally:
                self._committing -= 1
                if not self._committing and self._waiting_lock is not None:
                    self._waiting_lock.close()
                    self._waiting_lock = None
            self._on_stored(stored)
            if doubt:
                logger.warning("an instance is kept, and queries will not find it by its own values: %s", doubt)
                return _response(request, DATA_SET_IN_DOUBT, f"kept, but {doubt}")
            return _response(request, SUCCESS)
        if isinstance(sink, _RefusedSink):
            return _response(request, sink.status, sink.why)
        return _response(request, DOES_NOT_MATCH_SOP_CLASS)

    def path_of(self, sop_instance_uid: str) -> Path | None:
        """The file for the instance with this UID, existing or not; None if it is not a UID or nothing is kept."""
        if self._path is None or not is_uid(sop_instance_uid):
            return None
        folder = self._path
        if self._fan_out:
            folder /= hashlib.sha256(sop_instance_uid.encode()).hexdigest()[:2]
        return folder / f"{sop_instance_uid}.dcm"

    def import_file(self, path: Path) -> StoredInstance:
        """Keep a copy of the instance in a DICOM file, its data set byte for byte.

        Raises NotADicomFile for a file without an instance that can be kept, OSError if it cannot be read or kept.
        """
        instance = InstanceFile.inspect(path)
        if self._path is None or not is_uid(instance.sop_instance_uid):
            raise NotADicomFile(f"{path}: the SOP Instance UID cannot be the name of a file")
        sink = self._sink(instance.sop_class_uid, instance.sop_instance_uid, instance.transfer_syntax, "")
        try:
            with path.open("rb", buffering=0) as file:
                file.seek(instance.offset)
                while block := file.read(_BLOCK):
                    sink.write(block)
        except OSError:
            sink.discard()
            raise
        target = self._target(sink)
        sink.commit(target, sync=self._syncs)
        return _stored(sink, target)

    def _close_while_waiting(self, sink: FileSink) -> None:
        """Close the file of a complete instance while many others are before it."""
        if self._committing < _MOST_OPEN or self._path is None:
            return
        with contextlib.suppress(OSError):  # then it stays open
            if self._waiting_lock is None:
                self._waiting_lock, _ = lock_file(self._path / WAITING_LOCK)
            sink.close_until_commit()

    def _sink(self, sop_class: str, instance: str, transfer_syntax: str, source_ae_title: str) -> FileSink:
        assert self._path is not None
        name = f".{os.getpid()}-{id(self):x}-{next(self._numbers)}{PART}"
        return FileSink(self._path / name, sop_class, instance, transfer_syntax, source_ae_title)

    async def _keep(self, sink: FileSink) -> tuple[StoredInstance, str]:
        """Keep an instance received from a peer; return it, and what is doubtful about it, in words."""
        if group := sink.foreign_group:
            sink.discard()
            raise NotADicomFile(f"the data set begins with {group} (PS3.5 7.1)")
        target = self._target(sink)
        return await self._group.commit(sink, target, lambda: self._kept(sink, target))

    def _kept(self, sink: FileSink, target: Path) -> tuple[StoredInstance, str]:
        try:
            return _stored(sink, target), self._doubt(replace(sink.instance, path=target))
        except OSError:  # another process has moved it, and checks it itself
            return _stored(sink, target), ""

    def _target(self, sink: FileSink) -> Path:
        target = self.path_of(sink.instance.sop_instance_uid)
        assert target is not None
        return target


def _stored(sink: FileSink, target: Path) -> StoredInstance:
    return StoredInstance(target, sink.instance.sop_class_uid, sink.instance.sop_instance_uid, sink.size)


def is_uid(value: object) -> bool:
    """Whether this has the form of a UID (PS3.5 9), so that it is safe as the name of a file."""
    return isinstance(value, str) and len(value) <= _LONGEST_UID and _UID.fullmatch(value) is not None


def _response(request: CStoreRq, status: int, why: str = "") -> CStoreRsp:
    return CStoreRsp(
        message_id_being_responded_to=request.message_id,
        status=status,
        affected_sop_class_uid=request.affected_sop_class_uid,
        affected_sop_instance_uid=request.affected_sop_instance_uid,
        error_comment=comment(why) or None,
    )
