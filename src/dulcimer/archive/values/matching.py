"""Attribute matching of PS3.4 C.2.2.2, on decoded text; pure.

A key becomes a matcher, which is applied to the values of an entity. Choices where the standard leaves them open:

- Person names match regardless of case, of accents of Latin, Greek and Cyrillic letters, and of the width of
  characters. A key of one component group matches any group of the name; a key of several matches group by group.
- Other text is case-sensitive; spaces that pad a value are ignored.
- IS, DS and binary numbers match by their numeric value: `007` is `7`.
- Times match by the moments they cover: `10` matches `103000`.
- A key with several values matches whatever one of them matches, whatever its VR (C.2.2.2.8). Two quotation marks
  match an empty value (C.2.2.2.7). Asterisks alone match everything, whatever the VR.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol, TypeAlias

from dulcimer.archive.values.moments import DAY, day_of, day_start, parse_date, parse_datetime, parse_time
from dulcimer.archive.values.patterns import Pattern, fold, folded_name, name_groups, padded_name_group

WILDCARD_VRS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
"""VRs whose keys may have wild cards (PS3.4 C.2.2.2.4)."""
SINGLE_VALUE_VRS = frozenset({"LT", "ST", "UR", "UT"})
"""VRs of text in which a backslash is a character (PS3.5 6.2)."""
NUMBER_VRS = frozenset({"DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"})
LONGEST_KEY = 10240
"""Characters of the longest value that a key may have: the longest LT."""

_EMPTY = '""'
_TRAILING_ONLY = frozenset({"LT", "ST", "UC", "UR", "UT"})


class InvalidKey(ValueError):
    """A key whose value cannot be matched against; the message says why."""


class Matcher(Protocol):
    """Matches the values of one attribute; no values, or one empty value, is an attribute without a value."""

    def matches(self, values: Sequence[str], /) -> bool:
        """Whether one of the values matches the key."""


@dataclass(frozen=True, slots=True)
class Universal:
    """C.2.2.2.3: matches everything, also attributes without a value."""

    def matches(self, _values: Sequence[str]) -> bool:
        """Always."""
        return True


UNIVERSAL = Universal()


@dataclass(frozen=True, slots=True)
class EmptyValue:
    """C.2.2.2.7: matches attributes without a value."""

    def matches(self, values: Sequence[str]) -> bool:
        """Whether there is none."""
        return not any(values)


@dataclass(frozen=True, slots=True)
class OneOf:
    """C.2.2.2.2: a list of UIDs, or any other exact values."""

    values: frozenset[str]

    def matches(self, values: Sequence[str]) -> bool:
        """Whether one is in the list."""
        return not self.values.isdisjoint(values)


@dataclass(frozen=True, slots=True)
class TextMatching:
    """C.2.2.2.1 and C.2.2.2.4 for text."""

    pattern: Pattern

    def matches(self, values: Sequence[str]) -> bool:
        """Whether one fits the pattern."""
        return any(self.pattern.matches(value) for value in values if value)


@dataclass(frozen=True, slots=True)
class Name:
    """C.2.2.2.1 and C.2.2.2.4 for person names: one pattern for each component group."""

    groups: tuple[Pattern, ...]

    def matches(self, values: Sequence[str]) -> bool:
        """Whether one of the names fits."""
        return any(self._fits(folded_name(value)) for value in values if value)

    def _fits(self, groups: tuple[str, ...]) -> bool:
        if len(self.groups) == 1:
            return any(_group_fits(self.groups[0], group) for group in groups)
        padded = groups + ("",) * (len(self.groups) - len(groups))
        return all(
            not pattern.parts or pattern.is_universal or _group_fits(pattern, group)
            for pattern, group in zip(self.groups, padded, strict=False)
        )


@dataclass(frozen=True, slots=True)
class Number:
    """Equality of numbers."""

    value: Decimal

    def matches(self, values: Sequence[str]) -> bool:
        """Whether one is the same number."""
        return any(_number(value) == self.value for value in values)


@dataclass(frozen=True, slots=True)
class DateRange:
    """C.2.2.2.5.1: dates as YYYYMMDD, both ends included, None where it is open; `ranged` if a hyphen was given."""

    low: str | None
    high: str | None
    ranged: bool

    def matches(self, values: Sequence[str]) -> bool:
        """Whether one date is in the range."""
        dates = (parse_date(value) for value in values)
        return any(
            day is not None and (self.low is None or self.low <= day) and (self.high is None or day <= self.high)
            for day in dates
        )


@dataclass(frozen=True, slots=True)
class MomentRange:
    """C.2.2.2.5.2 and C.2.2.2.5.3: moments in microseconds, both ends included; the value's start must lie inside."""

    low: int | None
    high: int | None
    ranged: bool
    is_time: bool

    def matches(self, values: Sequence[str]) -> bool:
        """Whether one starts in the range."""
        parse = parse_time if self.is_time else parse_datetime
        return any(
            moment is not None
            and (self.low is None or self.low <= moment[0])
            and (self.high is None or moment[0] <= self.high)
            for moment in map(parse, values)
        )


@dataclass(frozen=True, slots=True)
class AnyOf:
    """C.2.2.2.8: several values, any of which may match."""

    matchers: tuple[Matcher, ...]

    def matches(self, values: Sequence[str]) -> bool:
        """Whether one of them does."""
        return any(matcher.matches(values) for matcher in self.matchers)


@dataclass(frozen=True, slots=True)
class CombinedRange:
    """Combined date-time matching (C.2.2.2.5.4): a date range and a time range as one range of moments."""

    low: int | None
    high: int | None

    def matches(self, dates: Sequence[str], times: Sequence[str]) -> bool:
        """Whether the moment is in the range; with a date alone, whether a moment of that day is."""
        day = parse_date(dates[0]) if dates else None
        if day is None:
            return False
        start = day_start(day_of(day))
        time = parse_time(times[0]) if times and times[0] else None
        first, last = (start + time[0], start + time[0]) if time else (start, start + DAY - 1)
        return (self.low is None or self.low <= last) and (self.high is None or first <= self.high)


_Parse: TypeAlias = Callable[[str], tuple[int, int] | None]


def clean(vr: str, value: str) -> str:
    """The value without its meaningless parts: padding (PS3.5 6.2), NULs, and halves of surrogate pairs.

    Dates and times of the older form are converted to the current one.
    """
    value = value.replace("\0", "")
    if not value.isascii():
        value = value.encode("utf-8", "replace").decode()
    value = value.rstrip(" ") if vr in _TRAILING_ONLY else value.strip(" ")
    if vr == "DA" and "." in value:
        return parse_date(value) or value
    if vr == "TM" and ":" in value and parse_time(value):
        return value.replace(":", "")
    return value


def parse_key(vr: str, values: Sequence[str]) -> Matcher:
    """The matcher for a key with these values. Raises InvalidKey if the VR does not allow one of them."""
    if any(len(value) > LONGEST_KEY for value in values):
        raise InvalidKey(f"a value is longer than {LONGEST_KEY} characters")
    given = [cleaned for value in values if (cleaned := clean(vr, value))]
    if not given or any(not value.strip("*") for value in given):
        return UNIVERSAL
    if given == [_EMPTY]:
        return EmptyValue()
    if vr == "UI" or vr == "AT":
        return OneOf(frozenset(_known(value) for value in given))
    matchers = tuple(_parse_value(vr, value) for value in given)
    if any(matcher == UNIVERSAL for matcher in matchers):
        return UNIVERSAL
    return matchers[0] if len(matchers) == 1 else AnyOf(matchers)


def combine(date: Matcher, time: Matcher) -> CombinedRange | None:
    """The two as one range, if both are of the same form of range."""
    if not (isinstance(date, DateRange) and isinstance(time, MomentRange) and date.ranged and time.ranged):
        return None
    if (date.low is None) != (time.low is None) or (date.high is None) != (time.high is None):
        return None
    low = None if date.low is None or time.low is None else day_start(day_of(date.low)) + time.low
    high = None if date.high is None or time.high is None else day_start(day_of(date.high)) + time.high
    return CombinedRange(low, high)


def _known(value: str) -> str:
    if "?" in value or "*" in value:
        raise InvalidKey(f"a UID has no wild cards: {value[:64]!r}")
    return value


def _parse_value(vr: str, value: str) -> Matcher:
    if value == _EMPTY:
        return EmptyValue()
    if vr == "DA":
        return _date_range(value)
    if vr in ("TM", "DT"):
        return _moment_range(value, is_time=vr == "TM")
    if vr in NUMBER_VRS:
        number = _number(value)
        if number is None:
            raise InvalidKey(f"not a number: {value[:64]!r}")
        return Number(number)
    if vr == "PN":
        return _name(value)
    return TextMatching(Pattern.parse(value, wild=vr in WILDCARD_VRS))


def _name(value: str) -> Matcher:
    groups = tuple(Pattern.parse(group, fold) for group in name_groups(value))
    if all(not group.parts or group.is_universal for group in groups):
        return UNIVERSAL
    return Name(groups)


def _group_fits(pattern: Pattern, group: str) -> bool:
    return pattern.matches(group) or pattern.matches(padded_name_group(group))


def _date_range(value: str) -> DateRange:
    first, hyphen, last = (part.strip(" ") for part in value.partition("-"))
    low, high = parse_date(first), parse_date(last)
    if (first and low is None) or (last and high is None) or not (first or last):
        raise InvalidKey(f"not YYYYMMDD or a range of it: {value[:64]!r}")
    return DateRange(low, high if hyphen else low, bool(hyphen))


def _moment_range(value: str, *, is_time: bool) -> MomentRange:
    parse: _Parse = parse_time if is_time else parse_datetime
    single = parse(value)
    if single is not None:
        return MomentRange(single[0], single[1], False, is_time)
    for place, character in enumerate(value):
        if character == "-":
            first, last = value[:place].strip(" "), value[place + 1 :].strip(" ")
            low, high = parse(first), parse(last)
            if (low or not first) and (high or not last) and (first or last):
                return MomentRange(low[0] if low else None, high[1] if high else None, True, is_time)
    form = "HHMMSS.FFFFFF" if is_time else "YYYYMMDDHHMMSS.FFFFFF&ZZXX"
    raise InvalidKey(f"not {form} or a range of it: {value[:64]!r}")


def _number(value: str) -> Decimal | None:
    try:
        number = Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None
