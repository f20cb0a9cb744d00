"""Values of DA, TM and DT (PS3.5 6.2) as comparable moments; pure.

A value with less than full precision covers an interval: the time `10` is all moments from 10:00 to before 11:00.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})|([0-9]{4})\.([0-9]{2})\.([0-9]{2})")
_TIME = re.compile(r"([0-9]{2})(?::?([0-9]{2})(?::?([0-9]{2})(?:\.([0-9]{1,6}))?)?)?")
_DATETIME = re.compile(
    r"([0-9]{4})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:\.[0-9]{1,6})?)?)?))?)?)?"
    r"(?:([+-])([0-9]{2})([0-9]{2}))?"
)
_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
DAY = 24 * _HOUR
"""Microseconds of a day."""
_EPOCH = date(1, 1, 1).toordinal()


def parse_date(text: str) -> str | None:
    """The date as YYYYMMDD, None if it is not one; the older form YYYY.MM.DD is accepted, too."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = found.groups()[:3] if found.group(1) else found.groups()[3:]
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return None
    return f"{year}{month}{day}"


def parse_time(text: str) -> tuple[int, int] | None:
    """The first and last microsecond of the day that the time covers, None if it is not a time.

    The older form HH:MM:SS is accepted, too. A leap second is treated as the second before it.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, second, fraction = found.groups()
    if int(hour) > 23 or int(minute or 0) > 59 or int(second or 0) > 60:
        return None
    low = int(hour) * _HOUR + int(minute or 0) * _MINUTE + min(int(second or 0), 59) * _SECOND
    if fraction is not None:
        step = 10 ** (6 - len(fraction))
        low += int(fraction) * step
    else:
        step = _SECOND if second else _MINUTE if minute else _HOUR
    return low, low + step - 1


def parse_datetime(text: str) -> tuple[int, int] | None:
    """The first and last microsecond that the date-time covers, None if it is not a date-time.

    They count from the year 1, in UTC; a value without an offset is treated as UTC.
    """
    found = _DATETIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, time, sign, hours, minutes = found.groups()
    interval = parse_time(time) if time else None
    if time and interval is None:
        return None
    try:
        start = date(int(year), int(month or 1), int(day or 1))
        last_month = int(month or 12)
        end = date(int(year), last_month, int(day or monthrange(int(year), last_month)[1]))
    except ValueError:
        return None
    shift = 0
    if sign:
        if int(minutes) > 59 or not -12 * 60 <= int(sign + "1") * (int(hours) * 60 + int(minutes)) <= 14 * 60:
            return None
        shift = int(sign + "1") * (int(hours) * _HOUR + int(minutes) * _MINUTE)
    low, high = interval or (0, DAY - 1)
    return day_start(start) + low - shift, day_start(end) + high - shift


def day_start(day: date) -> int:
    """The first microsecond of the day, counted from the year 1."""
    return (day.toordinal() - _EPOCH) * DAY


def day_of(text: str) -> date:
    """The date of a YYYYMMDD from `parse_date`."""
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def time_text(moment: int) -> str:
    """Microseconds since midnight as HHMMSS.FFFFFF."""
    stamp = datetime(1, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
    return stamp.strftime("%H%M%S.%f")
