"""The archive as a whole: instances on disk, their index, and queries."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

from pydicom.dataset import Dataset
from sqlalchemy.exc import DatabaseError

from dulcimer.archive.index.attributes import Level
from dulcimer.archive.index.database import Index
from dulcimer.archive.index.extract import Record, why_not_found
from dulcimer.archive.index.indexing import Indexer
from dulcimer.archive.index.pending import Pending
from dulcimer.archive.index.reindex import Progress, ReindexReport, reindex
from dulcimer.archive.index.statuses import message_of
from dulcimer.archive.index.suspects import Suspects
from dulcimer.archive.query.commitment import Commitment, decide
from dulcimer.archive.query.identifier import Model, parse_query, parse_retrieval
from dulcimer.archive.query.queries import Matches, Selection, find
from dulcimer.archive.query.worklist import Worklist
from dulcimer.counting import counted
from dulcimer.limits import DEFAULTS, Limits
from dulcimer.services.durable import lock_file
from dulcimer.services.storage import InstanceDirectory, StoredInstance
from dulcimer.services.syncing import SyncMode

logger = logging.getLogger("dulcimer.archive")

INDEX_NAME = ".index.sqlite3"
_LOCK_NAME = ".archive.lock"
_PENDING_NAME = ".pending"
_SUSPECTS_NAME = ".reading"
_MOST_NAMED = 10


class Archive:
    """Instances in `directory`, indexed in the database at `database_url` (SQLAlchemy's form; SQLite in it by default).

    `storage` takes instances from the network. A thread indexes them in the order of arrival, after a moment without
    new ones or when a query needs them; queries wait for it, so that they find every acknowledged instance. If an
    archive was not closed, or its index is new, the files are first compared with it, which takes two to three seconds
    for 100,000 files, and new ones are read; with `read_all` every file is read. Several processes of a machine
    may share an archive: a query in one also waits for what the others have acknowledged, and recovers the instances
    of a process that was killed.

    `worklist` is a directory of worklist items. `retrieve_ae_title` is given in answers and reports. `on_stored` is
    called for each instance that `storage` has made durable, `on_backlog` with the number of instances not indexed yet,
    and `on_trouble` with how many of them could not be, for example on a full disk: in any thread, at each change.
    Until they are indexed, queries raise IndexIncomplete. `limits` say how much of an instance is indexed, `sync` says
    when files are synced. All methods block, and can be called in any thread.
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
        on_trouble: Callable[[int], None] = lambda _: None,
        limits: Limits = DEFAULTS,
        sync: SyncMode = SyncMode.GROUP,
    ) -> None:
        self.directory = directory
        self.retrieve_ae_title = retrieve_ae_title
        self.storage = InstanceDirectory(directory, self._stored, fan_out=True, doubt=why_not_found, sync=sync)
        self._on_stored = on_stored
        self.worklist = Worklist(worklist) if worklist is not None else None
        self._hold: IO[bytes]
        self._hold, alone = lock_file(directory / _LOCK_NAME)
        self._pending = Pending(directory / _PENDING_NAME)
        self._suspects = Suspects(directory / _SUSPECTS_NAME, directory, limits)
        self.index = self._opened(database_url, alone)
        crashed = self.index.open(alone=alone)
        self.opening: ReindexReport | None = None
        """What was done to the index when the archive was opened, None if nothing."""
        self._examine_suspects()
        if self.passed_over:
            named = ", ".join(self.passed_over[:_MOST_NAMED])
            number = counted(len(self.passed_over), "file")
            logger.warning("%s not indexed, because reading crashed a process: %s", number, named)
        if read_all or crashed or self.index.is_empty() or self._pending.left_behind():
            with self._pending.recovery():
                self.opening = self.reindex(full=read_all, progress=progress)
        self.indexer = Indexer(self._read, self.index, self._pending, on_backlog, on_trouble)

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, stored: StoredInstance) -> None:
        """Add an instance of `storage` to index; does not block."""
        self.indexer.add(stored)

    def import_file(self, path: Path) -> StoredInstance:
        """Store and index a copy of the instance in a DICOM file. Raises NotADicomFile, OSError."""
        stored = self.storage.import_file(path)
        self.add(stored)
        return stored

    def flush(self) -> None:
        """Wait until everything added so far is indexed, in the other processes, too.

        Instances that could not be indexed before are retried. Raises IndexIncomplete if that fails, RuntimeError after
        `close`.
        """
        self.indexer.flush()
        if not self._pending.wait_for_others():
            with self._pending.recovery() as needed:
                if needed:
                    self._examine_suspects()
                    self.reindex()

    @property
    def passed_over(self) -> list[str]:
        """The files that are not in the index because reading them crashed a process; relative to the directory."""
        return self._suspects.passed_over

    @property
    def backlog(self) -> int:
        """Number of instances that this process has stored and not indexed yet."""
        return self._pending.backlog

    def find(
        self,
        model: str | Level,
        identifier: Dataset,
        *,
        relational: bool = False,
        combined_datetime: bool = False,
    ) -> Matches:
        """The matches of a C-FIND request (PS3.4 C.4.1, K.4.1), found as they are read.

        `model` is a SOP Class UID, or a level (`STUDY`) for a relational query of the Study Root model, or of the
        Patient Root model for `PATIENT`. The keywords are the options of extended negotiation. Raises IdentifierError,
        which has the status for the response, ValueError for a SOP class without a model, and LookupError for a
        worklist query without a worklist.
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

        With the SOP Class UID of the request as `model`, all Unique Keys of the levels above are required, as without
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
        """Update the index from the files; with `full` read unchanged ones, too."""
        return reindex(self.storage, self.directory, self.index, self._suspects.read, full=full, progress=progress)

    def close(self) -> None:
        """Index what was added, then close the database; a second call does nothing."""
        if not self.indexer.is_open:
            return
        complete = self.indexer.close()
        self.index.close(complete=complete)
        self._pending.close(complete=complete)
        self._suspects.close()
        self._hold.close()

    def _examine_suspects(self) -> None:
        """Check the files that processes were reading when they ended."""
        records = [self._suspects.examine(path) for path in self._suspects.left_behind()]
        self.index.write([record for record in records if record is not None])

    def _opened(self, database_url: str | None, alone: bool) -> Index:
        path = self.directory / INDEX_NAME
        try:
            return Index(database_url, path)
        except DatabaseError as error:
            if database_url is not None or not alone or type(error) is not DatabaseError:
                raise
            # The files are authoritative: a damaged database is set aside, and the index is rebuilt from them.
            logger.error("the index is damaged (%s): it is rebuilt, the old one is %s.damaged", message_of(error), path)
            for end in ("", "-wal", "-shm"):
                old = path.with_name(path.name + end)
                if old.exists():
                    old.replace(path.with_name(f"{old.name}.damaged"))
            return Index(database_url, path)

    def _stored(self, stored: StoredInstance) -> None:
        self.add(stored)
        self._on_stored(stored)

    def _read(self, stored: StoredInstance) -> list[Record]:
        try:
            return [self._suspects.read(stored.path)]
        except FileNotFoundError as error:
            logger.warning("stored, but gone: %s", error)
        except OSError:
            raise
        except Exception as error:  # whatever a hostile file leads to, later ones must be indexed
            logger.warning("stored, but not indexed: %s: %s", stored.path, error)
        return []


@contextmanager
def shared_by_others(directory: Path) -> Iterator[None]:
    """Inside the block a process that opens the archive knows that it is not the only one, and that this one runs."""
    file, _ = lock_file(directory / _LOCK_NAME)
    with file:
        yield
