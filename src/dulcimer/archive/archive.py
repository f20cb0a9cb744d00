"""The archive as a whole: instances on disk, their index, and the answers to queries."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Container
from pathlib import Path
from types import TracebackType
from typing import IO

from pydicom.dataset import Dataset

from dulcimer.archive.attributes import Level
from dulcimer.archive.commitment import Commitment, decide
from dulcimer.archive.extract import Record, read_record
from dulcimer.archive.identifier import Model, parse_query, parse_retrieval
from dulcimer.archive.index import Index
from dulcimer.archive.query import Matches, Selection, find
from dulcimer.archive.reindex import Progress, ReindexReport, reindex
from dulcimer.archive.worklist import Worklist
from dulcimer.services.durable import hold
from dulcimer.services.storage import InstanceDirectory, StoredInstance

logger = logging.getLogger("dulcimer.archive")

INDEX_NAME = ".index.sqlite3"
_LOCK_NAME = ".archive.lock"
_BATCH = 500


class Archive:
    """Instances in `directory`, indexed in the database at `database_url` (SQLAlchemy's form; SQLite in it by default).

    `storage` takes instances from the network. They are indexed by a thread of their own, in the order they came, some
    milliseconds after they are safe on disk; queries wait for it, so that what was acknowledged is found. If an archive
    was not closed, or its index is new, the files are compared with it first, which takes two to three seconds for
    each 100,000 of them, and read where they are new. Several processes may share an archive.

    `worklist` is a directory of worklist items. `retrieve_ae_title` is given in answers and reports. All methods block;
    none needs to be called from a certain thread.
    """

    def __init__(
        self,
        directory: Path,
        database_url: str | None = None,
        worklist: Path | None = None,
        *,
        retrieve_ae_title: str = "",
        progress: Progress | None = None,
    ) -> None:
        self.directory = directory
        self.retrieve_ae_title = retrieve_ae_title
        self.storage = InstanceDirectory(directory, self.add, fan_out=True)
        self.worklist = Worklist(worklist) if worklist is not None else None
        self._hold: IO[bytes]
        self._hold, alone = hold(directory / _LOCK_NAME)
        self.index = Index(database_url, directory / INDEX_NAME)
        self._complete = True
        self._queue: queue.SimpleQueue[StoredInstance | threading.Event | None] = queue.SimpleQueue()
        crashed = self.index.open(alone=alone)
        if crashed or self.index.is_empty():
            self.reindex(progress=progress)
        self._thread = threading.Thread(target=self._index_added, name="dulcimer-index", daemon=True)
        self._thread.start()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, stored: StoredInstance) -> None:
        """Have an instance of `storage` indexed; does not block. `storage` calls it for what it stores."""
        self._queue.put(stored)

    def import_file(self, path: Path) -> StoredInstance:
        """Store and index a copy of the instance in a DICOM file. Raises NotADicomFile, OSError."""
        stored = self.storage.import_file(path)
        self.add(stored)
        return stored

    def flush(self) -> None:
        """Wait until everything added so far is indexed. Raises RuntimeError after `close`."""
        if not self._thread.is_alive():
            raise RuntimeError("the archive is closed")
        done = threading.Event()
        self._queue.put(done)
        done.wait()

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
        self._thread.join()
        self.index.close(complete=self._complete)
        self._hold.close()

    def _index_added(self) -> None:
        running = True
        while running:
            records: list[Record] = []
            waiting: list[threading.Event] = []
            entry = self._queue.get()
            while True:
                if entry is None:
                    running = False
                elif isinstance(entry, threading.Event):
                    waiting.append(entry)
                else:
                    records += self._read(entry)
                if len(records) >= _BATCH or self._queue.empty():
                    break
                entry = self._queue.get()
            self._write(records)
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
