"""C-FIND, and the choice of instances for C-MOVE and C-GET, over the index (PS3.4 C.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from sqlalchemy import Engine, Select, distinct, exists, func, select

from dulcimer._generated.statuses import PENDING, PENDING_KEYS_NOT_SUPPORTED
from dulcimer.archive.index.attributes import Attribute, Level, attributes, by_keyword, unique_key
from dulcimer.archive.index.extract import items_of, values_of
from dulcimer.archive.index.tables import TABLES, instance, series, study
from dulcimer.archive.query.answers import AnswerWriter, answer_of
from dulcimer.archive.query.criteria import MOST_IN_LIST, condition
from dulcimer.archive.query.identifier import Query, RetrievalQuery
from dulcimer.archive.values.matching import UNIVERSAL, Matcher, OneOf, TextMatching, combine
from dulcimer.dimse.data_set import encode_data_set
from dulcimer.errors import EncodeError
from dulcimer.services.instance_file import InstanceFile

_CHUNK = 200
_FIRST_CHUNK = 8
_STREAMED = {"stream_results": True, "max_row_buffer": _CHUNK}
_FROM_BELOW = {"ModalitiesInStudy": "Modality", "SOPClassesInStudy": "SOPClassUID"}


class Matches(Iterator[Dataset]):
    """The matches of a query, as they are found.

    `status` is that of the responses with matches: FF01H if some of the requested keys are not
    supported. Close an iterator that is not read completely.
    """

    def __init__(self, answers: Iterator[Dataset], status: int = PENDING) -> None:
        self.status = status
        self._answers: Iterator[Any] = answers

    def __next__(self) -> Dataset:
        answer = next(self._answers)
        assert isinstance(answer, Dataset)
        return answer

    def written(self, transfer_syntax: str) -> Iterator[bytes | Dataset]:
        """The matches that are left, as bytes in this transfer syntax; those that cannot be written as data sets."""
        for answer in self._answers:
            try:
                yield encode_data_set(answer, transfer_syntax)
            except EncodeError:
                yield answer

    def close(self) -> None:
        """Release the database connection."""
        close = getattr(self._answers, "close", None)
        if close is not None:
            close()


class _IndexedMatches(Matches):
    """Matches from the index, which are written without data sets."""

    def __init__(self, query: Query, retrieve_ae_title: str, rows: Generator[dict[str, Any], None, None]) -> None:
        self._query = query
        self._title = retrieve_ae_title
        self._rows = rows
        status = PENDING if query.all_supported else PENDING_KEYS_NOT_SUPPORTED
        super().__init__((answer_of(query, row, retrieve_ae_title) for row in self._rows), status)

    def written(self, transfer_syntax: str) -> Iterator[bytes | Dataset]:
        writer = AnswerWriter(self._query, self._title, transfer_syntax)
        try:
            for row in self._rows:
                yield writer.write(row)
        finally:
            self.close()

    def close(self) -> None:
        super().close()
        self._rows.close()


def find(engine: Engine, query: Query, retrieve_ae_title: str, before: Callable[[], None]) -> Matches:
    """The entities that match, in no order; `before` is called before the database is queried.

    The transaction in which the database is read ends with the iterator.
    """
    return _IndexedMatches(query, retrieve_ae_title, _matching_rows(engine, query, before))


def _matching_rows(engine: Engine, query: Query, before: Callable[[], None]) -> Generator[dict[str, Any], None, None]:
    before()
    derived = [attribute for attribute in query.supported if attribute.derived]
    is_match = _matcher(query)
    with engine.connect() as connection:
        cursor = connection.execute(_statement(query), execution_options=_STREAMED)
        names = tuple(cursor.keys())
        size = _FIRST_CHUNK
        while chunk := [dict(zip(names, row, strict=True)) for row in cursor.fetchmany(size)]:
            size = _CHUNK
            for attribute in derived:
                _derive(connection, attribute, chunk)
            yield from chunk if is_match is None else filter(is_match, chunk)


def _statement(query: Query) -> Select[Any]:
    table = TABLES[query.level]
    columns: list[Any] = [TABLES[level].c.id.label(f"id_{level.name}") for level in Level if level <= query.level]
    if query.level is Level.IMAGE:
        columns.append(instance.c.transfer_syntax_uid)
    joined: Any = table
    for level in reversed(Level):
        if level < query.level:
            child = TABLES[Level(level + 1)]
            joined = joined.join(TABLES[level], child.c[f"{TABLES[level].name}_fk"] == TABLES[level].c.id)
    conditions = []
    for attribute in query.supported:
        if not attribute.derived:
            columns.append(TABLES[attribute.level].c[attribute.column])
        matcher = query.keys.plain.get(attribute.tag, UNIVERSAL)
        # In a combined match of a date and a time, the time alone is not a condition.
        if matcher == UNIVERSAL or any(attribute.tag == time for _, time in query.keys.combined):
            continue
        limit = _derived_condition(attribute, matcher) if attribute.derived else _condition(attribute, matcher)
        if limit is not None:
            conditions.append(limit)
    return select(*columns).select_from(joined).where(*conditions)


def _condition(attribute: Attribute, matcher: Matcher) -> Any:
    return condition(TABLES[attribute.level], attribute, matcher)


def _derived_condition(attribute: Attribute, matcher: Matcher) -> Any:
    """A condition: some instance or series below has the value."""
    source = by_keyword().get(_FROM_BELOW.get(attribute.keyword, ""))
    if source is None or not isinstance(matcher, TextMatching | OneOf):
        return None
    # Other names for the tables: below the level of a study, the query itself is about a series or an instance, too.
    some_series, some_instance = series.alias("some_series"), instance.alias("some_instance")
    limit = condition(some_instance if source.level is Level.IMAGE else some_series, source, matcher)
    below = exists().where(some_series.c.study_fk == study.c.id)
    if source.level is Level.IMAGE:
        below = below.where(some_instance.c.series_fk == some_series.c.id)
    return None if limit is None else below.where(limit)


def _matcher(query: Query) -> Callable[[Mapping[str, Any]], bool] | None:
    """Whether a row matches all keys; None if every row does."""
    keys = query.keys
    together = {tag for pair in keys.combined for tag in pair}
    plain = [
        (attribute, matcher)
        for attribute in query.supported
        if not attribute.is_sequence and attribute.tag not in together
        if (matcher := keys.plain[attribute.tag]) != UNIVERSAL
    ]
    sequences = [
        (attribute, of_items)
        for attribute in query.supported
        if attribute.is_sequence and not (of_items := keys.sequences[attribute.tag]).keys.is_universal
    ]
    known = attributes()
    columns = {attribute.column for attribute in query.supported}
    pairs = [
        (known[date], known[time], combined)
        for date, time in keys.combined
        if date in known and time in known and {known[date].column, known[time].column} <= columns
        if (combined := combine(keys.plain[date], keys.plain[time])) is not None
    ]

    def matches(row: Mapping[str, Any]) -> bool:
        return (
            all(matcher.matches(values_of(one, row[one.column])) for one, matcher in plain)
            and all(of_items.matches(items_of(row[one.column])) for one, of_items in sequences)
            and all(
                combined.matches(values_of(date, row[date.column]), values_of(time, row[time.column]))
                for date, time, combined in pairs
            )
        )

    return matches if plain or sequences or pairs else None


def _derive(connection: Any, attribute: Attribute, chunk: Sequence[dict[str, Any]]) -> None:
    """Fill in the attributes that are computed from lower levels, for all rows of the chunk at once."""
    if attribute.keyword == "AvailableTransferSyntaxUID":
        for row in chunk:
            row[attribute.column] = row["transfer_syntax_uid"]
        return
    id_name = f"id_{attribute.level.name}"
    ids = {row[id_name] for row in chunk}
    texts: dict[int, list[str]] = defaultdict(list)
    for key, text in connection.execute(_from_lower_levels(attribute, ids)):
        if text != "":
            texts[key].append(str(text))
    for row in chunk:
        found = texts[row[id_name]]
        row[attribute.column] = "\\".join(sorted(found)) or ("0" if attribute.vr == "IS" else "")


def _from_lower_levels(attribute: Attribute, ids: set[int]) -> Select[Any]:
    level, value = {
        "ModalitiesInStudy": (Level.SERIES, series.c.modality),
        "SOPClassesInStudy": (Level.IMAGE, instance.c.sop_class_uid),
        "NumberOfPatientRelatedStudies": (Level.STUDY, None),
        "NumberOfPatientRelatedSeries": (Level.SERIES, None),
        "NumberOfPatientRelatedInstances": (Level.IMAGE, None),
        "NumberOfStudyRelatedSeries": (Level.SERIES, None),
        "NumberOfStudyRelatedInstances": (Level.IMAGE, None),
        "NumberOfSeriesRelatedInstances": (Level.IMAGE, None),
    }[attribute.keyword]
    parent = {
        Level.PATIENT: study.c.patient_fk,
        Level.STUDY: series.c.study_fk,
        Level.SERIES: instance.c.series_fk,
    }[attribute.level]
    joined: Any = TABLES[Level(attribute.level + 1)]
    for below in range(attribute.level + 2, level + 1):
        child, above = TABLES[Level(below)], TABLES[Level(below - 1)]
        joined = joined.join(child, child.c[f"{above.name}_fk"] == above.c.id)
    if value is not None:
        return select(parent, value).select_from(joined).where(parent.in_(ids)).distinct()
    count = func.count(distinct(TABLES[level].c.id))
    return select(parent, count).select_from(joined).where(parent.in_(ids)).group_by(parent)


class Selection:
    """The instances that a retrieval selected when it was made: their number, and their files one by one.

    `contexts` are their pairs of SOP class and transfer syntax. Instances stored later are not included;
    the files of instances removed later are missing.
    """

    def __init__(self, engine: Engine, root: Path, retrieval: RetrievalQuery) -> None:
        self._engine = engine
        self._root = root
        self._parts = list(_parts(retrieval))
        self.count = 0
        self._last = 0
        contexts: set[tuple[str, str]] = set()
        with engine.connect() as connection:
            self._last = connection.execute(select(func.max(instance.c.id))).scalar() or 0
            for part in self._parts:
                chosen = (
                    self._from(part, func.count(), instance.c.sop_class_uid, instance.c.transfer_syntax_uid)
                    .where(instance.c.id <= self._last)
                    .group_by(instance.c.sop_class_uid, instance.c.transfer_syntax_uid)
                )
                for count, sop_class, transfer_syntax in connection.execute(chosen):
                    self.count += count
                    contexts.add((sop_class, transfer_syntax))
        self.contexts = frozenset(contexts)

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[InstanceFile]:
        for part in self._parts:
            after = 0
            while rows := self._chunk(part, after):
                for row in rows:
                    yield InstanceFile(
                        self._root / row.path, row.sop_class_uid, row.sop_instance_uid, row.ts, row.offset
                    )
                after = rows[-1].id

    def _chunk(self, part: dict[Level, Sequence[str]], after: int) -> Sequence[Any]:
        # A transfer may take hours: no transaction stays open from chunk to chunk.
        c = instance.c
        columns = (c.id, c.path, c.sop_class_uid, c.sop_instance_uid, c.transfer_syntax_uid.label("ts"))
        query = (
            self._from(part, *columns, c.data_offset.label("offset"))
            .where(c.id > after, c.id <= self._last)
            .order_by(c.id)
            .limit(_CHUNK)
        )
        with self._engine.connect() as connection:
            return connection.execute(query).all()

    def _from(self, part: dict[Level, Sequence[str]], *columns: Any) -> Select[Any]:
        joined: Any = instance
        top = min(part)
        for level in reversed(Level):
            if top <= level < Level.IMAGE:
                above, child = TABLES[level], TABLES[Level(level + 1)]
                joined = joined.join(above, child.c[f"{above.name}_fk"] == above.c.id)
        conditions = [TABLES[level].c[unique_key(level).column].in_(values) for level, values in part.items()]
        return select(*columns).select_from(joined).where(*conditions)


def _parts(retrieval: RetrievalQuery) -> Iterator[dict[Level, Sequence[str]]]:
    """The retrieval in parts, each with no more values than a database accepts in a list."""
    listed = retrieval.values[retrieval.level]
    for start in range(0, len(listed), MOST_IN_LIST):
        yield {**retrieval.values, retrieval.level: listed[start : start + MOST_IN_LIST]}
