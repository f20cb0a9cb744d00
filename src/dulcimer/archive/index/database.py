"""The index of an archive: patients, studies, series and instances in a database, kept consistent with the files."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table, bindparam, delete, exists, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from dulcimer.archive.index.attributes import Level, stored
from dulcimer.archive.index.extract import Record
from dulcimer.archive.index.tables import (
    TABLES,
    instance,
    metadata,
    name_columns,
    name_keys,
    owner,
    patient,
    series,
    study,
)
from dulcimer.databases import for_writing, open_engine

_ATTEMPTS = 5
_BATCH = 500
Row: TypeAlias = dict[str, Any]


class _Conflict(Exception):
    """Rows were removed by another process between two statements."""


class Index:
    """The database of an archive. All methods may be called from any thread.

    Raises sqlalchemy.exc.SQLAlchemyError if the database fails.
    """

    def __init__(self, url: str | None, default: Path) -> None:
        # What a power failure takes from it is read from the files again, which are synced.
        self.engine = open_engine(url, default)
        self._writer = for_writing(self.engine)
        self._lock = threading.Lock()
        self._token = secrets.token_hex(16)
        try:
            metadata.create_all(self._writer)
        except DBAPIError:
            # Another process created them at the same time.
            metadata.create_all(self._writer)

    def open(self, *, alone: bool) -> bool:
        """Register this process; True if an earlier process did not sign out.

        Only a process that is `alone` can know that; it then removes those entries.
        """
        with self._lock, self._writer.begin() as connection:
            crashed = False
            if alone:
                crashed = connection.execute(select(owner.c.token).limit(1)).first() is not None
                connection.execute(delete(owner))
            connection.execute(insert(owner).values(token=self._token))
        self._sync()
        return crashed

    def is_empty(self) -> bool:
        """Whether it has no instance."""
        with self.engine.connect() as connection:
            return connection.execute(select(instance.c.id).limit(1)).first() is None

    def close(self, *, complete: bool) -> None:
        """Sign out if the index is `complete`, and close the database."""
        if complete:
            with self._lock, self._writer.begin() as connection:
                connection.execute(delete(owner).where(owner.c.token == self._token))
        self.engine.dispose()

    def write(self, records: Sequence[Record]) -> None:
        """Insert or update the instances with their series, studies and patients, in one transaction.

        If the instances of a study have different values of an attribute, the last one that is not empty is kept.
        """
        for start in range(0, len(records), _BATCH):
            batch = {record.sop_instance_uid: record for record in records[start : start + _BATCH]}
            self._transaction(lambda connection, batch=batch: _write(connection, list(batch.values())))

    def remove(self, paths: Iterable[str]) -> int:
        """Remove the instances with these paths, then empty series, studies and patients; returns how many."""
        every = list(paths)
        removed = 0
        for start in range(0, len(every), _BATCH):
            chosen = every[start : start + _BATCH]
            removed += self._transaction(lambda connection, chosen=chosen: _remove(connection, chosen))
        return removed

    def files_in(self, folder: str) -> dict[str, tuple[int, int]]:
        """Size in bytes and modification in nanoseconds of the indexed files of a folder, by path."""
        query = select(instance.c.path, instance.c.size, instance.c.modified).where(instance.c.folder == folder)
        with self.engine.connect() as connection:
            return {path: (size, modified) for path, size, modified in connection.execute(query)}

    def folders(self) -> set[str]:
        """The folders of all indexed files."""
        with self.engine.connect() as connection:
            return set(connection.execute(select(instance.c.folder).distinct()).scalars())

    def file_of(self, sop_instance_uid: str) -> str | None:
        """The path of an instance."""
        query = select(instance.c.path).where(instance.c.sop_instance_uid == sop_instance_uid)
        with self.engine.connect() as connection:
            return connection.execute(query).scalar()

    def _transaction(self, work: Any) -> Any:
        for attempt in range(_ATTEMPTS):
            try:
                with self._lock, self._writer.begin() as connection:
                    return work(connection)
            except (OperationalError, IntegrityError, _Conflict):
                # Another process was changing the same rows.
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _sync(self) -> None:
        if self.engine.dialect.name == "sqlite":
            connection = self.engine.raw_connection()
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
            connection.close()


def _write(connection: Connection, records: Sequence[Record]) -> None:
    placed = [record for record in records if record.has_place]
    identities = {id(record): identity_of(record.values[Level.PATIENT]) for record in placed}
    rows: dict[Any, Row] = {}
    for record in placed:
        _gather(rows, identities[id(record)], record, Level.PATIENT, identity=identities[id(record)])
    patients = _merge(connection, patient, ("identity",), rows)

    rows = {}
    for record in placed:
        parent = patients[identities[id(record)]]
        _gather(rows, record.values[Level.STUDY]["study_instance_uid"], record, Level.STUDY, patient_fk=parent)
    moved: set[int] = set()
    studies = _merge(connection, study, ("study_instance_uid",), rows, moved)

    rows = {}
    places = {}
    for record in placed:
        parent = studies[record.values[Level.STUDY]["study_instance_uid"]]
        places[id(record)] = (parent, record.values[Level.SERIES]["series_instance_uid"])
        _gather(rows, places[id(record)], record, Level.SERIES, study_fk=parent)
    every_series = _merge(connection, series, ("study_fk", "series_instance_uid"), rows)

    left = _write_instances(
        connection,
        {
            record.sop_instance_uid: _instance_row(
                record, every_series[places[id(record)]] if record.has_place else None
            )
            for record in records
        },
    )
    _prune(connection, left, moved)


def identity_of(values: Mapping[str, str]) -> str:
    """What distinguishes patients: the ID with its issuer; without an ID, the name and the date of birth."""
    of_id = [values["patient_id"], values["issuer_of_patient_id"]]
    of_name = [values["patient_name"], values["patient_birth_date"]]
    parts = of_id if of_id[0] else of_id + of_name
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _gather(rows: dict[Any, Row], key: Any, record: Record, level: Level, **more: Any) -> None:
    values = record.values[level]
    row = rows.setdefault(key, dict.fromkeys(values, ""))
    row.update((column, value) for column, value in values.items() if value)
    row.update(more)


def _with_name_keys(row: Row, level: Level) -> Row:
    for attribute in stored(level):
        if attribute.is_name and attribute.column in row:
            row.update(zip(name_columns(attribute.column), name_keys(row[attribute.column]), strict=True))
    return row


def _merge(
    connection: Connection, table: Table, key: tuple[str, ...], rows: dict[Any, Row], moved: set[int] | None = None
) -> dict[Any, int]:
    """Insert new rows and update changed ones; returns their ids by key. `moved` collects parents that lost a row."""
    if not rows:
        return {}
    level = next(level for level, one in TABLES.items() if one is table)
    there = _select(connection, table, key, list(rows))
    new = [_with_name_keys(row, level) for key_value, row in sorted(rows.items()) if key_value not in there]
    if new:
        connection.execute(_insert_new(connection, table), new)
        there |= _select(connection, table, key, [key_value for key_value in rows if key_value not in there])
    if len(there) < len(rows):
        raise _Conflict
    for key_value, row in sorted(rows.items()):
        old = there[key_value]
        changes = {column: value for column, value in row.items() if value != "" and old[column] != value}
        if changes:
            if moved is not None and "patient_fk" in changes:
                moved.add(old["patient_fk"])
            connection.execute(update(table).where(table.c.id == old["id"]).values(_with_name_keys(changes, level)))
    return {key_value: row["id"] for key_value, row in there.items()}


def _select(connection: Connection, table: Table, key: tuple[str, ...], keys: list[Any]) -> dict[Any, Row]:
    columns = [table.c[name] for name in key]
    condition = columns[0].in_(keys) if len(key) == 1 else tuple_(*columns).in_(keys)
    found = connection.execute(select(table).where(condition)).mappings()
    return {row[key[0]] if len(key) == 1 else tuple(row[name] for name in key): dict(row) for row in found}


def _insert_new(connection: Connection, table: Table) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def _instance_row(record: Record, parent: int | None) -> Row:
    folder = PurePosixPath(record.path).parent.as_posix()
    return _with_name_keys(
        {
            **record.values[Level.IMAGE],
            "series_fk": parent,
            "folder": "" if folder == "." else folder,
            "path": record.path,
            "size": record.size,
            "modified": record.modified,
            "data_offset": record.offset,
            "transfer_syntax_uid": record.transfer_syntax,
        },
        Level.IMAGE,
    )


def _write_instances(connection: Connection, rows: dict[str, Row]) -> set[int]:
    """Insert or overwrite; returns the series that lost an instance."""
    query = select(instance.c.id, instance.c.sop_instance_uid, instance.c.series_fk).where(
        instance.c.sop_instance_uid.in_(list(rows))
    )
    there = {uid: (key, parent) for key, uid, parent in connection.execute(query)}
    new = [row for uid, row in sorted(rows.items()) if uid not in there]
    if new:
        connection.execute(insert(instance), new)
    old = [{**rows[uid], "old_id": key} for uid, (key, _) in sorted(there.items())]
    if old:
        columns: Row = {column: bindparam(column) for column in old[0] if column != "old_id"}
        connection.execute(update(instance).where(instance.c.id == bindparam("old_id")).values(columns), old)
    return {parent for uid, (_, parent) in there.items() if parent is not None and parent != rows[uid]["series_fk"]}


def _remove(connection: Connection, paths: list[str]) -> int:
    chosen = instance.c.path.in_(paths)
    of = set(connection.execute(select(instance.c.series_fk).where(chosen).distinct()).scalars()) - {None}
    removed = connection.execute(delete(instance).where(chosen)).rowcount
    _prune(connection, of, set())
    return removed


def _prune(connection: Connection, of_series: set[int], of_patients: set[int]) -> None:
    """Remove the series and patients that are empty, and what becomes empty by that."""
    studies = _prune_level(connection, series, instance.c.series_fk, series.c.study_fk, of_series)
    patients = _prune_level(connection, study, series.c.study_fk, study.c.patient_fk, studies)
    _prune_level(connection, patient, study.c.patient_fk, patient.c.id, patients | of_patients)


def _prune_level(connection: Connection, table: Table, child: Any, parent: Any, ids: set[int]) -> set[int]:
    if not ids:
        return set()
    empty = table.c.id.in_(ids) & ~exists().where(child == table.c.id)
    above = set(connection.execute(select(parent).where(empty).distinct()).scalars())
    connection.execute(delete(table).where(empty))
    return above
