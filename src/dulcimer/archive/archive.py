"""The archive as a whole: instances on disk, their index, and the answers to queries."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

from pydicom.dataset import Dataset

from dulcimer.archive.attributes import Level
from dulcimer.archive.commitment import Commitment, decide
from dulcimer.archive.extract import Record, read_record
from dulcimer.archive.identifier import Model, parse_query, parse_retrieval
from dulcimer.archive.index import Index
from dulcimer.archive.pending import Pending
from dulcimer.archive.query import Matches, Selection, find
from dulcimer.archive.reindex import Progress, ReindexReport, reindex
from dulcimer.archive.worklist import Worklist
from dulcimer.services.durable import hold
from dulcimer.services.storage import InstanceDirectory, StoredInstance

logger = logging.getLogger("dulcimer.archive")

INDEX_NAME = ".index.sqlite3"
_LOCK_NAME = ".archive.lock"
_PENDING_NAME = ".pending"
_BATCH = 500
_MOST_GATHERED = 2000
"""Instances that wait for the index at the most; a query right behind them waits about a second."""
_QUIET = 0.05
"""Seconds without a new instance after which those that came are indexed."""


class Archive:
    """Instances in `directory`, indexed in the database at `database_url` (SQLAlchemy's form; SQLite in it by default).

    `storage` takes instances from the network. They are indexed by a thread of their own, in the order they came, when
    for a moment no more come or somebody asks; queries wait for it, so that what was acknowledged is found. If an
    archive was not closed, or its index is new, the files are compared with it first, which takes two to three seconds
    for each 100,000 of them, and read where they are new; with `read_all` every file is read. Several processes of a
    machine may share an archive: a query in one waits for what the others have acknowledged, too, and makes up for one
    that was killed.

    `worklist` is a directory of worklist items. `retrieve_ae_title` is given in answers and reports. `on_stored` hears
    of what `storage` has made durable, `on_backlog` of the number of instances that are not indexed yet, from
    any thread, whenever it changes. All methods block; none needs to be called from a certain thread.
    """

    def __init__(
        self,
        directory: Path,
        database_url: str | None = None,
        worklist: Path | None = None,
        *,
        retrieve_ae_title: str = "",
        read_all: bool = False,
        progress: Progress | None = None,
        on_stored: Callable[[StoredInstance], None] = lambda _: None,
        on_backlog: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.directory = directory
        self.retrieve_ae_title = retrieve_ae_title
        self.storage = InstanceDirectory(directory, self._stored, fan_out=True)
        self._on_stored = on_stored
        self._on_backlog = on_backlog
        self.worklist = Worklist(worklist) if worklist is not None else None
        self._hold: IO[bytes]
        self._hold, alone = hold(directory / _LOCK_NAME)
        self._pending = Pending(directory / _PENDING_NAME)
        self.index = Index(database_url, directory / INDEX_NAME)
        self._complete = True
        self._queue: queue.SimpleQueue[StoredInstance | threading.Event | None] = queue.SimpleQueue()
        self._hurry = threading.Event()
        crashed = self.index.open(alone=alone)
        self.opening: ReindexReport | None = None
        """What was done to the index when the archive was opened, None if nothing had to be."""
        if read_all or crashed or self.index.is_empty() or self._pending.left_behind():
            with self._pending.recovery():
                self.opening = self.reindex(full=read_all, progress=progress)
        self._thread = threading.Thread(target=self._index_added, name="dulcimer-index", daemon=True)
        self._thread.start()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, stored: StoredInstance) -> None:
        """Have an instance of `storage` indexed; does not block."""
        self._pending.take()
        self._on_backlog(self._pending.backlog)
        self._queue.put(stored)

    def import_file(self, path: Path) -> StoredInstance:
        """Store and index a copy of the instance in a DICOM file. Raises NotADicomFile, OSError."""
        stored = self.storage.import_file(path)
        self.add(stored)
        return stored

    def flush(self) -> None:
        """Wait until everything added so far is indexed, in the other processes, too. RuntimeError after `close`."""
        if not self._thread.is_alive():
            raise RuntimeError("the archive is closed")
        done = threading.Event()
        self._queue.put(done)
        self._hurry.set()
        done.wait()
        if not self._pending.wait_for_others():
            with self._pending.recovery() as needed:
                if needed:
                    self.reindex()

    @property
    def backlog(self) -> int:
        """Instances that this process has stored and not indexed yet."""
        return self._pending.backlog

    def find(
        self,
        model: str | Level,
        identifier: Dataset,
        *,
        relational: bool = False,
        combined_datetime: bool = False,
    ) -> Matches:
        """The answers to a C-FIND request (PS3.4 C.4.1, K.4.1), found as they are asked for.

        `model` is a SOP Class UID, or a level (`STUDY`) for a relational query of the Study Root model, or of the
        Patient Root model for `PATIENT`. The keywords say what extended negotiation agreed on. Raises IdentifierError,
        which has the status for the response, ValueError for a SOP class without a model, and LookupError for a
        worklist query where there is no worklist.
        """
        level = None
        if isinstance(model, Level) or model in Level.__members__:
            level = Level[model] if isinstance(model, str) else model
            information_model = Model.PATIENT_ROOT if level is Level.PATIENT else Model.STUDY_ROOT
            relational = True
        else:
            information_model = Model.of(model)
        if information_model is Model.WORKLIST:
            if self.worklist is None:
                raise LookupError("the archive has no worklist")
            return self.worklist.find(identifier, combined_datetime=combined_datetime)
        query = parse_query(
            information_model,
            identifier,
            level=level,
            relational=relational,
            combined_datetime=combined_datetime,
        )
        return find(self.index.engine, query, self.retrieve_ae_title, self.flush)

    def instances(self, identifier: Dataset, model: str | None = None) -> Selection:
        """The instances that the Identifier of a C-GET or C-MOVE request names (PS3.4 C.4.2, C.4.3).

        With the SOP Class UID of the request as `model` all Unique Keys of the levels above are asked for, as without
        relational retrieval. Raises IdentifierError, and ValueError for a SOP class without a model.
        """
        retrieval = parse_retrieval(Model.of(model) if model is not None else None, identifier)
        self.flush()
        return Selection(self.index.engine, self.directory, retrieval)

    def has(self, sop_instance_uid: str) -> bool:
        """Whether the instance is on disk."""
        return self.file_of(sop_instance_uid) is not None

    def file_of(self, sop_instance_uid: str) -> Path | None:
        """The file of an instance, None if there is none."""
        path = self.storage.path_of(sop_instance_uid)
        if path is not None and path.exists():
            return path
        elsewhere = self.index.file_of(sop_instance_uid)
        if elsewhere is None or not (self.directory / elsewhere).exists():
            return None
        return self.directory / elsewhere

    def commit(
        self,
        information: Dataset,
        *,
        open_transactions: Container[str] = (),
        supported: Container[str] | None = None,
    ) -> Commitment:
        """Decide on a storage commitment request; see `commitment.decide`."""
        return decide(
            information,
            self.file_of,
            retrieve_ae_title=self.retrieve_ae_title,
            open_transactions=open_transactions,
            supported=supported,
        )

    def reindex(self, *, full: bool = False, progress: Progress | None = None) -> ReindexReport:
        """Bring the index in step with the files; with `full` read unchanged ones, too."""
        return reindex(self.storage, self.directory, self.index, full=full, progress=progress)

    def close(self) -> None:
        """Index what was added, then close the database; closing again does nothing."""
        if not self._thread.is_alive():
            return
        self._queue.put(None)
        self._hurry.set()
        self._thread.join()
        self.index.close(complete=self._complete)
        self._pending.close(complete=self._complete)
        self._hold.close()

    def _stored(self, stored: StoredInstance) -> None:
        self.add(stored)
        self._on_stored(stored)

    def _index_added(self) -> None:
        running = True
        while running:
            taken: list[StoredInstance] = []
            waiting: list[threading.Event] = []
            entry = self._queue.get()
            while True:
                if entry is None:
                    running = False
                elif isinstance(entry, threading.Event):
                    waiting.append(entry)
                else:
                    taken.append(entry)
                if self._queue.empty():
                    if waiting or not running or len(taken) >= _MOST_GATHERED or self._pending.is_awaited:
                        break
                    # While instances keep coming they have the processor to themselves, unless somebody asks for them.
                    self._hurry.wait(_QUIET)
                    self._hurry.clear()
                    if self._queue.empty():
                        break
                entry = self._queue.get()
            for start in range(0, len(taken), _BATCH):
                batch = taken[start : start + _BATCH]
                self._write([record for stored in batch for record in self._read(stored)])
                self._pending.done(len(batch))
                self._on_backlog(self._pending.backlog)
            for event in waiting:
                event.set()

    def _read(self, stored: StoredInstance) -> list[Record]:
        try:
            return [read_record(stored.path, self.directory)]
        except Exception as error:  # whatever a hostile file leads to, later ones are to be indexed
            logger.warning("stored, but not indexed: %s: %s", stored.path, error)
            return []

    def _write(self, records: list[Record]) -> None:
        """Write them together, else one by one: one that the database does not take is not to keep others out."""
        if not records:
            return
        try:
            self.index.write(records)
        except Exception as error:  # the files are safe whatever the database says, and later ones are to be indexed
            if len(records) == 1:
                # The next one to open the archive will find that it was not closed, and try again.
                logger.error("stored, but not indexed: %s: %s", records[0].path, error)
                self._complete = False
                return
            for record in records:
                self._write([record])


@contextmanager
def shared_by_others(directory: Path) -> Iterator[None]:
    """Inside the block nobody who opens the archive takes himself for the only one, and what is there for a crash."""
    file, _ = hold(directory / _LOCK_NAME)
    with file:
        yield
