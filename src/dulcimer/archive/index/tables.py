"""The tables of the index, built from the list of attributes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import postgresql

from dulcimer.archive.index.attributes import Level, stored
from dulcimer.archive.values.patterns import folded_name

_NUMBER = BigInteger().with_variant(Integer, "sqlite")
_TEXT = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

metadata = MetaData()


def _attribute_columns(level: Level) -> list[Column[Any]]:
    columns: list[Column[Any]] = []
    for attribute in stored(level):
        columns.append(Column(attribute.column, _TEXT, nullable=False, default="", server_default=""))
        if attribute.is_name:
            for name in name_columns(attribute.column):
                columns.append(Column(name, _TEXT, nullable=False, default="", server_default=""))
    return columns


def name_columns(column: str) -> tuple[str, str]:
    """The columns for matching a person name: its first component group, folded, and all other groups."""
    return f"{column}_key", f"{column}_rest"


def name_keys(text: str) -> tuple[str, str]:
    """The values of the two `name_columns` for one or several names."""
    first, *others = (folded_name(name) for name in text.split("\\"))
    rest = [group for groups in (first[1:], *others) for group in groups if group]
    return (first[0] if first else ""), "\n".join(rest)


def _id() -> Column[int]:
    return Column("id", _NUMBER, primary_key=True)


def _parent(table: str) -> Column[int]:
    return Column(f"{table}_fk", _NUMBER, ForeignKey(f"{table}.id"), nullable=table == "series", index=True)


patient = Table("patient", metadata, _id(), Column("identity", _TEXT, unique=True), *_attribute_columns(Level.PATIENT))
study = Table("study", metadata, _id(), _parent("patient"), *_attribute_columns(Level.STUDY))
series = Table("series", metadata, _id(), _parent("study"), *_attribute_columns(Level.SERIES))
instance = Table(
    "instance",
    metadata,
    _id(),
    _parent("series"),
    Column("folder", _TEXT, nullable=False, index=True),
    Column("path", _TEXT, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),
    Column("data_offset", Integer, nullable=False),
    Column("transfer_syntax_uid", _TEXT, nullable=False),
    *_attribute_columns(Level.IMAGE),
)
owner = Table("owner", metadata, Column("token", _TEXT, primary_key=True))
"""The processes that have the archive open; a row left after all have ended is from a crashed process."""

Index("study_uid", study.c.study_instance_uid, unique=True)
series.append_constraint(UniqueConstraint(series.c.study_fk, series.c.series_instance_uid, name="series_in_study"))
Index("instance_uid", instance.c.sop_instance_uid, unique=True)
for _column in (
    patient.c.patient_id,
    patient.c.patient_name_key,
    patient.c.patient_name_rest,
    study.c.study_date,
    study.c.accession_number,
    series.c.series_instance_uid,
):
    Index(f"by_{_column.name}", _column)

TABLES = {Level.PATIENT: patient, Level.STUDY: study, Level.SERIES: series, Level.IMAGE: instance}
