"""The database of a campaign: what it has done so far, batch by batch, so that it goes on after any end.

Each batch is one transaction: its result, the findings and the sequences that it brings, and the seconds used. So a
kill at any moment leaves whole batches. Who opens a campaign to run it takes it over; a process that ran it before
cannot write any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from dulcimer.databases import for_writing, open_engine
from dulcimer.errors import DulcimerError
from dulcimer.escaping import escaped, escaped_json, escaped_lines
from dulcimer.fuzz.campaign.batch import BatchResult
from dulcimer.fuzz.campaign.batch_json import batch_from_json, batch_to_json, canonical, key_digest
from dulcimer.fuzz.campaign.orders import MergedBatches
from dulcimer.fuzz.campaign.plan import CampaignPlan, CampaignSubject
from dulcimer.fuzz.campaign.result import CampaignEnd
from dulcimer.fuzz.campaign.subject_json import subject_from_json, subject_to_json
from dulcimer.fuzz.campaign.tables import VERSION, batch, campaign, corpus, finding, metadata
from dulcimer.fuzz.findings.found import FoundOnce
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.sequences.steps import FuzzSequence, TargetRole, cell_name

_DRIVERS = "for PostgreSQL: pip install 'dulcimer[postgresql]', and a URL such as postgresql+psycopg://USER@HOST/NAME"


class CampaignStoreError(DulcimerError):
    """The database cannot be used for this campaign; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A batch as it is stored.

    Handed out in `run`, with `merged` batches known and `lanes` batches side by side; `order_digest` is that of the
    order, `ordered_cases` the cases it asked for. Merged `at` so many seconds of the campaign. `abandoned` says why
    nobody could play it; it has no cases then.
    """

    result: BatchResult
    run: int
    lanes: int
    ordered_cases: int
    merged: MergedBatches
    order_digest: str
    at: float
    abandoned: str = ""


@dataclass(frozen=True, slots=True)
class StoredCampaign:
    """What the database says of the campaign, beside batches. `end` is None while it runs, and after a kill."""

    run: int
    seed: int
    role: TargetRole
    settings: dict[str, Any]
    subject: CampaignSubject
    began: datetime
    seconds: float
    workers: int
    end: CampaignEnd | None
    why: str


class CampaignStore:
    """The database at a URL, or the SQLite file at a path. All methods raise CampaignStoreError."""

    def __init__(self, place: str | Path) -> None:
        text = str(place)
        self.place = text
        try:
            self._engine = open_engine(*((text, Path()) if "://" in text else (None, Path(text))))
        except (SQLAlchemyError, ImportError) as error:
            raise CampaignStoreError(f"cannot use the database {text!r}: {error} ({_DRIVERS})") from error
        self._run = 0
        self._place = 0

    def begin(
        self, plan: CampaignPlan, subject: CampaignSubject, given: Iterable[FuzzSequence] = (), workers: int = 1
    ) -> StoredCampaign:
        """Begin the campaign of this plan, or take it over as it is; `given` sequences are added to its corpus."""
        with self._writing() as connection:
            metadata.create_all(connection)
            found = self._row(connection)
            known = canonical(subject_to_json(subject))
            if found is None:
                self._run = 1
                row = {
                    "version": VERSION,
                    "run": 1,
                    "seed": str(plan.seed),
                    "role": plan.role,
                    "settings": canonical(dict(plan.settings)),
                    "subject": known,
                    "began": datetime.now(UTC).isoformat(),
                    "seconds": 0.0,
                    "workers": workers,
                    "end": "",
                    "why": "",
                }
                connection.execute(campaign.insert(), row)
            else:
                self._check_same(found, plan)
                self._run = found.run + 1
                changed = {"run": self._run, "subject": known, "workers": workers, "end": "", "why": ""}
                connection.execute(update(campaign).values(changed))
                self._place = len(connection.execute(select(batch.c.number)).all())
            self._add_sequences(connection, given, None)
            stored = self._row(connection)
            assert stored is not None
        return stored

    def read(self) -> StoredCampaign:
        """What is stored of the campaign, without taking it over."""
        with self._reading() as connection:
            found = self._row(connection) if inspect(connection).has_table(campaign.name) else None
        if found is None:
            raise CampaignStoreError(f"there is no campaign in the database {self.place!r}")
        return found

    @property
    def seed(self) -> int | None:
        """The seed of the campaign that is in it; None if there is none yet."""
        with self._reading() as connection:
            found = self._row(connection) if inspect(connection).has_table(campaign.name) else None
        return None if found is None else found.seed

    def batches(self) -> Iterator[StoredBatch]:
        """All batches, in the order in which they were merged."""
        with self._reading() as connection:
            for row in connection.execute(select(batch).order_by(batch.c.place)).mappings():
                merged = json.loads(row["merged"])
                yield StoredBatch(
                    batch_from_json(json.loads(row["result"])),
                    row["run"],
                    row["lanes"],
                    row["ordered_cases"],
                    MergedBatches(merged["below"], tuple(merged["others"])),
                    row["order_digest"],
                    row["at"],
                    row["abandoned"],
                )

    def given(self, run: int | None = None) -> tuple[FuzzSequence, ...]:
        """The sequences that were given at the beginning of the runs up to this one, not found by batches."""
        query = select(corpus.c.sequence).where(corpus.c.batch.is_(None)).order_by(corpus.c.digest)
        return self._sequences(query if run is None else query.where(corpus.c.run <= run))

    def corpus(self) -> tuple[FuzzSequence, ...]:
        """All sequences, in the order of their digests."""
        return self._sequences(select(corpus.c.sequence).order_by(corpus.c.digest))

    def findings(self) -> dict[str, FoundOnce]:
        """The findings by the digests of their keys."""
        with self._reading() as connection:
            rows = connection.execute(select(finding.c.key_digest, finding.c.reproducer, finding.c.shown_by)).all()
        return {key: FoundOnce(Reproducer.from_text(text), tuple(json.loads(by))) for key, text, by in rows}

    def add(self, stored: StoredBatch, found: Iterable[FoundOnce]) -> None:
        """Store a batch, with the findings as they are after it, in one transaction."""
        result = stored.result
        row = {
            "number": result.number,
            "place": self._place + 1,
            "run": stored.run,
            "lanes": stored.lanes,
            "ordered_cases": stored.ordered_cases,
            "merged": canonical(asdict(stored.merged)),
            "order_digest": stored.order_digest,
            "at": stored.at,
            "abandoned": escaped_lines(stored.abandoned),
            "result": canonical(batch_to_json(result)),
        }
        with self._writing() as connection:
            self._own(connection, {"seconds": stored.at})
            connection.execute(batch.insert(), row)
            self._add_sequences(connection, result.additions, result.number)
            for once in found:
                self._put_finding(connection, once, result.number)
        self._place += 1

    def finish(self, end: CampaignEnd, seconds: float, why: str = "") -> None:
        """Store why the campaign has ended, and the seconds it has used in all."""
        with self._writing() as connection:
            self._own(connection, {"seconds": seconds, "end": str(end), "why": escaped_lines(why)})

    def close(self) -> None:
        """Close the connections to the database."""
        self._engine.dispose()

    def _own(self, connection: Connection, values: dict[str, Any]) -> None:
        """Change the row of the campaign, if nobody else has taken it over."""
        changed = connection.execute(update(campaign).where(campaign.c.run == self._run).values(values))
        if changed.rowcount != 1:
            raise CampaignStoreError(
                f"another process has taken over the campaign in {self.place!r}; this one has stopped"
            )

    def _row(self, connection: Connection) -> StoredCampaign | None:
        version = connection.execute(select(campaign.c.version)).scalar()
        if version is None:
            return None
        if version != VERSION:
            raise CampaignStoreError(
                f"the campaign in {self.place!r} was made by another version of dulcimer: "
                f"its tables have version {version}, this one reads version {VERSION}. Use another database."
            )
        row = connection.execute(select(campaign)).mappings().one()
        return StoredCampaign(
            row["run"],
            int(row["seed"]),
            row["role"],
            json.loads(row["settings"]),
            subject_from_json(json.loads(row["subject"])),
            datetime.fromisoformat(row["began"]),
            row["seconds"],
            row["workers"],
            CampaignEnd(row["end"]) if row["end"] else None,
            row["why"],
        )

    def _check_same(self, found: StoredCampaign, plan: CampaignPlan) -> None:
        there = {"seed": found.seed, "role": found.role, **found.settings}
        here = {"seed": plan.seed, "role": plan.role, **json.loads(canonical(dict(plan.settings)))}
        for name in (*here, *there):
            if there.get(name) != here.get(name):
                raise CampaignStoreError(
                    f"{self.place!r} holds another campaign: {name} is {there.get(name)!r} there, "
                    f"{here.get(name)!r} here. Give the same options to resume it, or another database."
                )

    def _add_sequences(self, connection: Connection, sequences: Iterable[FuzzSequence], number: int | None) -> None:
        rows = [
            {"digest": one.digest, "sequence": one.canonical, "run": self._run, "batch": number} for one in sequences
        ]
        if rows:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            connection.execute(dialect.insert(corpus).on_conflict_do_nothing(), rows)

    @staticmethod
    def _put_finding(connection: Connection, once: FoundOnce, number: int) -> None:
        digest, reproducer = key_digest(once.key), once.reproducer
        values = {
            "verdict": escaped(reproducer.finding.verdict),
            "confidence": str(reproducer.finding.confidence),
            "reproducer": escaped_json(reproducer.to_text()),
            "shown_by": canonical(once.shown_by),
        }
        where = finding.c.key_digest == digest
        if connection.execute(update(finding).where(where).values(values)).rowcount:
            return
        cell = "" if once.key.cell is None else cell_name(once.key.cell)
        first = {"key_digest": digest, "oracle": str(once.key.oracle), "cell": cell, "first_batch": number}
        connection.execute(finding.insert(), first | values)

    def _sequences(self, query: Any) -> tuple[FuzzSequence, ...]:
        with self._reading() as connection:
            return tuple(FuzzSequence.from_json(json.loads(text)) for text in connection.execute(query).scalars())

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._explained(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._explained(), for_writing(self._engine).begin() as connection:
            yield connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What the database says, as an error that names it."""
        try:
            yield
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise CampaignStoreError(f"the database {self.place!r} failed: {cause}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise CampaignStoreError(f"the database {self.place!r} holds something else: {error}") from error
