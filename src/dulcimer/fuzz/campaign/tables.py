"""The tables of a campaign in its database; one campaign for each database."""

from __future__ import annotations

from sqlalchemy import Column, Double, Integer, LargeBinary, MetaData, Table, Text

VERSION = 1
"""Of the tables and of what is in them."""

metadata = MetaData()

campaign = Table(
    "fuzz_campaign",
    metadata,
    Column("version", Integer, nullable=False),
    Column("run", Integer, nullable=False),
    Column("seed", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("began", Text, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("workers", Integer, nullable=False),
    Column("end", Text, nullable=False),
    Column("why", Text, nullable=False),
)
"""One row. `run` counts how often it was opened; who has opened it last is the one that writes. `seed` is decimal,
since it may be any whole number. `settings` and `subject` are JSON. `began` is in UTC, by ISO 8601. `end` is empty
while it runs, and after a kill."""

batch = Table(
    "fuzz_batch",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, nullable=False, unique=True),
    Column("run", Integer, nullable=False),
    Column("lanes", Integer, nullable=False),
    Column("ordered_cases", Integer, nullable=False),
    Column("merged", Text, nullable=False),
    Column("order_digest", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("abandoned", Text, nullable=False),
    Column("result", Text, nullable=False),
)
"""`place`: as how manyth it was merged. `merged`: the batches that its order stands on, as JSON. `at`: seconds of the
campaign. `abandoned`: why nobody could play it; empty if it was played."""

finding = Table(
    "fuzz_finding",
    metadata,
    Column("key_digest", Text, primary_key=True),
    Column("oracle", Text, nullable=False),
    Column("cell", Text, nullable=False),
    Column("confidence", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reproducer", Text, nullable=False),
    Column("shown_by", Text, nullable=False),
    Column("first_batch", Integer, nullable=False),
)
"""Each finding once, with its smallest reproducer so far. `shown_by`: digests of sequences, as JSON. `first_batch`: of
those that have it, the first one that was merged."""

corpus = Table(
    "fuzz_corpus",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("sequence", LargeBinary, nullable=False),
    Column("run", Integer, nullable=False),
    Column("batch", Integer, nullable=True),
)
"""The sequences, as their canonical JSON. `batch` that added it; null if it was given when that run began."""
