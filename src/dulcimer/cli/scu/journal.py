"""A file that records what a peer has acknowledged, so that a transfer can continue where it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import typer

from dulcimer.services.instance_file import InstanceFile

_KIND = "dulcimer store"


class SendingJournal:
    """Acknowledged files of transfers to one peer: a line of JSON for each, after one that names the peer.

    A file counts as acknowledged while it has the same path, size and modification time. With `None` as path
    nothing is recorded.
    """

    def __init__(self, path: Path | None, host: str, port: int, called_ae_title: str) -> None:
        self._path = path
        self._peer = {"journal": _KIND, "host": host, "port": port, "called_ae_title": called_ae_title}
        self._known: set[tuple[str, str, int, int]] = set()
        self._file: IO[bytes] | None = None
        if path is not None and path.exists():
            self._read(path)

    def __contains__(self, instance: InstanceFile) -> bool:
        return self._path is not None and _identity(instance) in self._known

    def add(self, instance: InstanceFile) -> None:
        """Record that the peer keeps the instance."""
        if self._file is not None:
            try:
                uid, path, size, changed = _identity(instance)
            except OSError:  # the file was removed, so it will not be sent again
                return
            self._write({"sop_instance_uid": uid, "path": path, "size": size, "mtime_ns": changed})

    @contextmanager
    def open(self) -> Iterator[None]:
        """Write to the file inside the block; `typer.BadParameter` if that cannot be done."""
        if self._path is None:
            yield
            return
        try:
            with self._path.open("ab") as self._file:
                if self._file.tell() == 0:
                    self._write(self._peer)
                else:
                    self._file.write(b"\n")  # ends a line that was cut off; empty lines are ignored
                yield
                self._file.flush()
                os.fsync(self._file.fileno())
        except OSError as error:
            raise _wrong(f"{self._path} cannot be written: {error.strerror}") from error
        finally:
            self._file = None

    def _write(self, value: dict[str, Any]) -> None:
        assert self._file is not None
        self._file.write(json.dumps(value).encode() + b"\n")
        self._file.flush()

    def _read(self, path: Path) -> None:
        try:
            lines = path.read_bytes().splitlines()
        except OSError as error:
            raise _wrong(f"{path} cannot be read: {error.strerror}") from error
        found = [value for value in map(_parsed, lines) if isinstance(value, dict)]
        if not found:
            if any(line.strip() for line in lines):
                raise _wrong(f"{path} is not a journal of a transfer")
            return
        if found[0].get("journal") != _KIND:
            raise _wrong(f"{path} is not a journal of a transfer")
        if found[0] != self._peer:
            other = f"{found[0].get('host')} port {found[0].get('port')} ({found[0].get('called_ae_title')})"
            raise _wrong(f"{path} belongs to a transfer to another peer, {other}: use another file, or remove this one")
        for line in found[1:]:
            if {"sop_instance_uid", "path", "size", "mtime_ns"} <= line.keys():
                self._known.add((line["sop_instance_uid"], line["path"], line["size"], line["mtime_ns"]))


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:  # a line that was only partly written
        return None


def _identity(instance: InstanceFile) -> tuple[str, str, int, int]:
    status = instance.path.stat()
    return instance.sop_instance_uid, str(instance.path.resolve()), status.st_size, status.st_mtime_ns


def _wrong(problem: str) -> typer.BadParameter:
    return typer.BadParameter(problem, param_hint="'--resume'")
