"""Matchers as SQL conditions. A condition may let through what does not match, never the other way round."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, or_

from dulcimer.archive.index.attributes import Attribute
from dulcimer.archive.index.extract import LONGEST_INDEXED
from dulcimer.archive.index.tables import name_columns
from dulcimer.archive.values.matching import (
    AnyOf,
    DateRange,
    EmptyValue,
    Matcher,
    MomentRange,
    Name,
    OneOf,
    TextMatching,
)
from dulcimer.archive.values.moments import time_text
from dulcimer.archive.values.patterns import Pattern

MOST_IN_LIST = 5000
"""Maximum number of values given to the database as a list; of a longer list only the bounds are."""
_MOST_ALTERNATIVES = 100
"""Maximum number of values of a key given to the database; databases limit the depth of an expression."""
_MOST_RUNS = 16
_LONGEST_LIKE = 200
_LAST_CHARACTER = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


def condition(table: FromClause, attribute: Attribute, matcher: Matcher) -> ColumnElement[bool] | None:
    """A condition that all rows meet that the matcher can match; None if there is none."""
    column = table.c[attribute.column]
    if isinstance(matcher, AnyOf):
        if len(matcher.matchers) > _MOST_ALTERNATIVES:
            return None
        parts = [condition(table, attribute, part) for part in matcher.matchers]
        known = [part for part in parts if part is not None]
        return or_(*known) if len(known) == len(parts) else None
    if isinstance(matcher, EmptyValue):
        return None if attribute.multiple else column == ""
    if isinstance(matcher, Name):
        first, rest = name_columns(attribute.column)
        return _name(table.c[first], table.c[rest], matcher)
    if attribute.multiple:
        return None
    if isinstance(matcher, OneOf):
        return _one_of(column, matcher)
    if isinstance(matcher, TextMatching):
        return _text(column, matcher.pattern)
    if isinstance(matcher, DateRange):
        return _between(column, matcher.low, matcher.high)
    if isinstance(matcher, MomentRange) and matcher.is_time:
        return _time(column, matcher)
    return None


def _one_of(column: Any, matcher: OneOf) -> ColumnElement[bool]:
    values = sorted(matcher.values)
    if len(values) <= MOST_IN_LIST:
        return column.in_(values)  # type: ignore[no-any-return]  # the column is of any type
    return and_(column >= values[0], column <= values[-1])


def _text(column: Any, pattern: Pattern) -> ColumnElement[bool] | None:
    literal = pattern.literal
    if literal is not None:
        return column == literal  # type: ignore[no-any-return]  # the column is of any type
    return _both(_starts_with(column, pattern.prefix), _has_runs(column, _runs(pattern, ""), bool(pattern.prefix)))


def _name(first: Any, rest: Any, matcher: Name) -> ColumnElement[bool] | None:
    pattern = matcher.groups[0]
    # Carets are left out: at the end of a group a pattern may have more of them than the stored name.
    runs = _runs(pattern, "^")
    prefix = pattern.prefix.partition("^")[0]
    of_first = _both(_starts_with(first, prefix), _has_runs(first, runs, bool(prefix)))
    if len(matcher.groups) > 1 or of_first is None:
        # Of an attribute with several names, the first groups of the other names are in `rest`.
        return None if of_first is None else or_(of_first, rest > "")
    of_rest = _both(rest > "", _has_runs(rest, runs, False))
    return of_first if of_rest is None else or_(of_first, of_rest)


def _runs(pattern: Pattern, dropped: str) -> list[str]:
    runs: list[str] = []
    for part in pattern.parts:
        if isinstance(part, str):
            runs += part.split(dropped) if dropped else [part]
    return [run for run in runs if run]


def _starts_with(column: Any, prefix: str) -> ColumnElement[bool] | None:
    prefix = prefix[:LONGEST_INDEXED]
    if not prefix:
        return None
    after = _after(prefix)
    return and_(column >= prefix, column < after) if after else column >= prefix


def _after(prefix: str) -> str:
    """The first text, in the order of code points, after all that begin with the prefix; "" if there is none."""
    while prefix and ord(prefix[-1]) >= _LAST_CHARACTER:
        prefix = prefix[:-1]
    if not prefix:
        return ""
    last = ord(prefix[-1]) + 1
    return prefix[:-1] + chr(_SURROGATES.stop if last in _SURROGATES else last)


def _has_runs(column: Any, runs: list[str], anchored: bool) -> ColumnElement[bool] | None:
    # Longer ones cost the database more than matching in Python.
    runs = runs[:_MOST_RUNS]
    if not runs or sum(map(len, runs)) > _LONGEST_LIKE:
        return None
    escaped = [run.replace("/", "//").replace("%", "/%").replace("_", "/_") for run in runs]
    like = ("" if anchored else "%") + "%".join(escaped) + "%"
    return column.like(like, escape="/")  # type: ignore[no-any-return]  # the column is of any type


def _between(column: Any, low: str | None, high: str | None) -> ColumnElement[bool]:
    return and_(column >= low if low else column > "", column <= high if high else column > "")


def _time(column: Any, matcher: MomentRange) -> ColumnElement[bool]:
    # A stored hour sorts before the same hour with minutes, a leap second after the second it is treated as.
    low = time_text(matcher.low)[:2] if matcher.low is not None else None
    high = time_text(matcher.high).replace("59.", "60.") if matcher.high is not None else None
    return _between(column, low, high)


def _both(*parts: ColumnElement[bool] | None) -> ColumnElement[bool] | None:
    known = [part for part in parts if part is not None]
    return and_(*known) if known else None
