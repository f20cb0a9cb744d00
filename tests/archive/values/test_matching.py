"""Matching of PS3.4 C.2.2.2, compared with slow, simple matchers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dulcimer.archive.values.matching import UNIVERSAL, InvalidKey, combine, parse_key
from dulcimer.archive.values.moments import parse_date, parse_datetime, parse_time
from dulcimer.archive.values.patterns import Pattern, fold, folded_name
from self_fuzz.bounds import ended_if_endless

FEW = st.text(alphabet="ab*?", max_size=8)
PLAIN = st.text(alphabet="ab", max_size=8)


@cache
def fits(pattern: str, text: str) -> bool:
    """PS3.4 C.2.2.2.4, letter by letter."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return fits(pattern[1:], text) or (text != "" and fits(pattern, text[1:]))
    return text != "" and pattern[0] in ("?", text[0]) and fits(pattern[1:], text[1:])


@given(FEW, PLAIN)
@example("*ab*ba", "abba")
def test_pattern_matches_what_the_letters_say(pattern: str, text: str) -> None:
    assert Pattern.parse(pattern).matches(text) == fits(pattern, text)


@given(st.text(alphabet="[]().^$|\\+{}é%_'\"\n*?", max_size=6), st.text(alphabet="[]().^$|\\+{}é%_'\"\n", max_size=6))
def test_characters_of_other_pattern_languages_are_literal(pattern: str, text: str) -> None:
    assert Pattern.parse(pattern).matches(text) == fits(pattern, text)


def test_hostile_pattern_comes_to_an_end() -> None:
    with ended_if_endless():
        assert not Pattern.parse("*a" * 50 + "*b").matches("a" * 20000)
        assert not parse_key("PN", ["*a?" * 50 + "b"]).matches(["a" * 5000])


@given(st.text(alphabet="aB ", max_size=5), st.lists(st.text(alphabet="aB ", max_size=5), max_size=3))
def test_single_value_of_text_matches_letter_by_letter_but_for_padding(key: str, values: list[str]) -> None:
    matcher = parse_key("LO", [key])
    stored = [value.strip() for value in values]
    assert matcher.matches(stored) == (not key.strip() or key.strip() in stored)


@pytest.mark.parametrize("vr", ["LO", "PN", "DA", "TM", "DT", "UI", "IS", "US", "CS"])
@pytest.mark.parametrize("key", [[], [""], ["*"], ["**"], ["  "], ["\0"]])
def test_nothing_or_asterisks_alone_match_everything(vr: str, key: list[str]) -> None:
    matcher = parse_key(vr, key)
    assert matcher == UNIVERSAL
    assert matcher.matches([])
    assert matcher.matches(["whatever"])


@pytest.mark.parametrize("vr", ["LO", "PN", "DA", "UI", "IS"])
def test_two_quotation_marks_match_what_has_no_value(vr: str) -> None:
    matcher = parse_key(vr, ['""'])
    assert matcher.matches([])
    assert matcher.matches([""])
    assert not matcher.matches(["1"])


def test_several_values_match_what_any_of_them_matches() -> None:
    matcher = parse_key("CS", ["CT", "M*"])
    assert matcher.matches(["MR"])
    assert matcher.matches(["US", "CT"])
    assert not matcher.matches(["US"])


@pytest.mark.parametrize(
    ("key", "name", "matches"),
    [
        ("DOE^JOHN", "Doe^John", True),
        ("doe^john", "DOE^JOHN^^^", True),
        ("DOE^JOHN^^", "Doe^John", True),
        ("DOE ^ JOHN", "Doe^John", True),
        ("DOE", "DOE^JOHN", False),
        ("DOE*", "DOE^JOHN", True),
        ("DOE^*", "DOE", True),
        ("*JOHN", "DOE^JOHN", True),
        ("MULLER", "Müller", True),
        ("müller", "MULLER", True),
        ("Strasse", "STRAßE", True),
        ("Yamada^Tarou", "Yamada^Tarou=山田^太郎=やまだ^たろう", True),
        ("山田*", "Yamada^Tarou=山田^太郎=やまだ^たろう", True),
        ("=山田*", "Yamada^Tarou=山田^太郎=やまだ^たろう", True),
        ("=山田*=たろう", "Yamada^Tarou=山田^太郎=やまだ^たろう", False),
        ("ﾔﾏﾀﾞ*", "ヤマダ^タロウ", True),
        ("タ", "ダ", False),
        ("김?수", "김철수", True),
        ("DOE＊", "DOE^JOHN", False),
        ("*=*", "DOE", True),
        ("DOE^JOHN", "", False),
    ],
)
def test_names_match_without_case_accents_width_and_empty_ends(key: str, name: str, matches: bool) -> None:
    assert parse_key("PN", [key]).matches([name] if name else []) == matches


@given(st.text(alphabet="aAéÉ^= *?", max_size=8), st.text(alphabet="aAéÉ^= ", max_size=8))
def test_name_of_one_group_matches_like_plain_text_after_folding(key: str, name: str) -> None:
    if "=" in key.rstrip("=^ ") or not key.strip(" ^=*"):
        return
    [pattern] = folded_name(key)
    groups = folded_name(name)
    expected = any(fits(pattern, group) or fits(pattern, group + "^" * (4 - group.count("^"))) for group in groups)
    assert parse_key("PN", [key]).matches([name] if name else []) == expected


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


def test_uids_match_as_a_list() -> None:
    matcher = parse_key("UI", ["1.2", "1.3 "])
    assert matcher.matches(["1.3"])
    assert not matcher.matches(["1.2.3"])


@pytest.mark.parametrize(("key", "value", "matches"), [("7", "007", True), ("+7", "7.0", True), ("7", "x", False)])
def test_numbers_match_by_value(key: str, value: str, matches: bool) -> None:
    assert parse_key("IS", [key]).matches([value]) == matches


DATES = st.dates().filter(lambda day: day.year > 999)


@given(DATES, st.none() | DATES, st.none() | DATES)
def test_dates_lie_in_ranges_with_both_ends(day: datetime, low: datetime | None, high: datetime | None) -> None:
    if low is None and high is None:
        return
    key = f"{low:%Y%m%d}-" if low else "-"
    key += f"{high:%Y%m%d}" if high else ""
    expected = (low is None or low <= day) and (high is None or day <= high)
    assert parse_key("DA", [key]).matches([f"{day:%Y%m%d}"]) == expected
    assert parse_key("DA", [key.replace("-", " - ")]).matches([f"{day:%Y.%m.%d}"]) == expected


@given(st.times(), st.times(), st.times(), st.sampled_from(["%H", "%H%M", "%H%M%S", "%H%M%S.%f"]))
def test_times_lie_in_ranges_to_the_precision_given(value: datetime, low: datetime, high: datetime, form: str) -> None:
    last = {"%H": "%H5959.999999", "%H%M": "%H%M59.999999", "%H%M%S": "%H%M%S.999999"}.get(form, form)
    key = f"{low.strftime(form)}-{high.strftime(form)}"
    moment = value.strftime("%H%M%S.%f")
    first = (low.strftime(form) + "000000")[:6] if "." not in form else low.strftime(form)
    assert parse_key("TM", [key]).matches([moment]) == (first <= moment <= high.strftime(last))


@given(
    st.datetimes(datetime(1900, 1, 2), datetime(2100, 1, 1)),
    st.integers(-12 * 60, 14 * 60),
    st.integers(-12 * 60, 14 * 60),
)
def test_offsets_from_utc_name_the_same_moment(moment: datetime, one: int, other: int) -> None:
    def text(minutes: int) -> str:
        zone = timezone(timedelta(minutes=minutes))
        return moment.replace(tzinfo=UTC).astimezone(zone).strftime("%Y%m%d%H%M%S.%f%z")

    assert parse_datetime(text(one)) == parse_datetime(text(other))
    assert parse_key("DT", [text(one)]).matches([text(other)])
    assert parse_key("DT", [f"-{text(one)}"]).matches([text(other)])
    assert parse_key("DT", [f"{text(one)}-{text(other)}"]).matches([text(other)])


@pytest.mark.parametrize(
    ("key", "value", "matches"),
    [
        ("2020", "20200703", True),
        ("2020-2021", "20211231235959", True),
        ("2020-2021", "2022", False),
        ("20200101-0500", "202001010500+0000", True),
        ("20200101-0500", "202001010459+0000", False),
        ("-2020", "2019", True),
        ("2020-", "2019", False),
    ],
)
def test_hyphen_of_a_date_time_is_an_offset_where_it_can_be_one(key: str, value: str, matches: bool) -> None:
    assert parse_key("DT", [key]).matches([value]) == matches


@pytest.mark.parametrize(
    ("vr", "key"),
    [
        ("DA", "2020"), ("DA", "20200230"), ("DA", "2020*"), ("DA", "-"), ("DA", "20200101-20200102-20200103"),
        ("TM", "25"), ("TM", "noon"), ("TM", "1000-nine"), ("DT", "20201301"), ("IS", "1*"), ("DS", "NaN"),
        ("UI", "1.2.*"), ("LO", "x" * 20000), ("DT", "-" * 10000),
    ],
)  # fmt: skip
def test_value_that_the_vr_does_not_allow_is_refused(vr: str, key: str) -> None:
    with pytest.raises(InvalidKey):
        parse_key(vr, [key])


@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    for parse in (parse_date, parse_time, parse_datetime):
        parse(text)
    for vr in ("DA", "TM", "DT", "IS", "DS", "UI", "PN", "LO"):
        try:
            parse_key(vr, [text]).matches([text, "20200101", "12"])
        except InvalidKey:
            continue


def test_combined_range_reaches_from_the_first_moment_to_the_last() -> None:
    dates, times = parse_key("DA", ["20200705-20200707"]), parse_key("TM", ["1000-1800"])
    combined = combine(dates, times)
    assert combined is not None
    assert combined.matches(["20200706"], ["0300"])
    assert not times.matches(["0300"])
    assert not combined.matches(["20200705"], ["0959"])
    assert combined.matches(["20200707"], ["180059"])
    assert not combined.matches(["20200707"], ["1801"])
    assert combined.matches(["20200705"], [])
    assert not combined.matches([], ["1200"])


def test_ranges_of_different_form_are_not_combined() -> None:
    assert combine(parse_key("DA", ["20200705-"]), parse_key("TM", ["1000-1800"])) is None
    assert combine(parse_key("DA", ["20200705"]), parse_key("TM", ["1000-1800"])) is None
