"""Databases by URL: SQLite files, and any other that SQLAlchemy has a driver for, such as PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

_BUSY_SECONDS = 30
_WRITES = "dulcimer_writes"


def open_engine(url: str | None, default: Path) -> Engine:
    """An engine for the database at `url`, by default the SQLite file `default`.

    SQLite keeps a write-ahead log, so that readers and the writer do not wait for each other, and syncs it only at
    checkpoints: a program that is killed loses nothing that it has committed, a power failure may take the last
    transactions. Raises ImportError if the driver of the database is not installed, and
    sqlalchemy.exc.ArgumentError for a text that is not a URL.
    """
    parsed = make_url(url) if url else make_url("sqlite://").set(database=str(default))
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, max_overflow=20)
    engine = create_engine(parsed, connect_args={"timeout": _BUSY_SECONDS}, max_overflow=-1)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later would fail if another one wrote in between.
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def for_writing(engine: Engine) -> Engine:
    """The same engine, with transactions that lock the database for writing at their beginning."""
    return engine.execution_options(**{_WRITES: True})
