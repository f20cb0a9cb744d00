"""The HTML page of a campaign: one file, no request, no markup of a target, and what a reader looks for in it."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings

from dulcimer.fuzz.campaign.result import CampaignResult
from dulcimer.fuzz.findings.finding import FindingOracle
from dulcimer.fuzz.findings.found import FindingSet
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.report.document import campaign_json
from dulcimer.fuzz.report.html import campaign_html
from dulcimer.fuzz.report.html_coverage import short_count
from dulcimer.fuzz.report.html_parts import hexadecimal
from dulcimer.fuzz.report.markdown import campaign_markdown
from dulcimer.fuzz.sequences.steps import cell_name
from dulcimer.fuzz.targets.vitals import Vitals
from support.fuzz_campaigns import (
    FOUND,
    broken_campaign,
    campaign,
    campaigns,
    clean_campaign,
    found_of,
    pairs_of_all_schemas,
)
from support.html_pages import Page

OURS = set(
    re.findall(
        r"\w+",
        "a b body br caption code dd details div dl dt figcaption figure footer h1 h2 h3 h4 head header html i li line "
        "main mark meta ol p polygon polyline rect script section small span style summary svg table td th title tr ul",
    )
)


def page_of(result: CampaignResult) -> Page:
    return Page(campaign_html(campaign_json(result)))


def words_of(page: Page) -> str:
    return " ".join(" ".join(texts) for tag, texts in page.texts.items() if tag not in ("style", "script"))


@settings(max_examples=20)
@given(campaigns())
def test_no_text_of_a_target_becomes_markup(result: CampaignResult) -> None:
    page = page_of(result)
    assert set(page.tags) <= OURS
    assert page.tags["script"] == 1
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in ("style", "src")]
    for link in page.values("href"):
        assert link.startswith(("#", "https://dicom.nema.org/medical/dicom/", "data:"))
    anchors = set(page.values("id"))
    assert {link[1:] for link in page.values("href") if link[0] == "#"} <= anchors
    assert max(Counter(page.values("id")).values(), default=1) == 1
    text = campaign_html(campaign_json(result))
    shown = "".join((text.partition("<style>")[0], text.partition("<body>")[2])).replace("\n", "")
    assert shown.isprintable()


def test_nothing_is_asked_of_the_network() -> None:
    text = campaign_html(campaign_json(campaign()))
    assert "default-src &#x27;none&#x27;" in text
    assert not re.search(r"@import|url\(|<link|<img|<iframe|fetch\(|XMLHttpRequest|\binnerHTML\b|\beval\b", text)


def test_each_reproducer_can_be_saved_from_the_page_and_has_its_command() -> None:
    result = campaign()
    page = page_of(result)
    saved = []
    for address in page.values("href"):
        kind, _, data = address.partition(";base64,")
        if kind == "data:application/json":
            saved.append(Reproducer.from_json(json.loads(base64.b64decode(data))))
    assert sorted(saved, key=repr) == sorted((found.reproducer for found in result.findings), key=repr)
    names = [name for name in page.values("download") if name.endswith(".json")]
    assert all(f"dulcimer fuzz --replay {name}" in page.texts["code"] for name in names) and len(names) == 5


def test_finding_tells_what_it_means_how_sure_it_is_and_how_it_was_confirmed() -> None:
    words = words_of(page_of(campaign()))
    for part in (
        "1 crash, 1 hang, 1 leak, 1 deviation from Table 9-10",
        "ended by signal 11 (SIGSEGV)",
        "Whoever can open a connection to it can do this",
        "a fact: it happened",
        "a deviation: what was seen differs from the clause",
        "PS3.8 Table 9-10 Evt19/Sta6 AA-8",
        "9 of 10 replays showed it again",
        "maximum_length[0]/item_length: 4 -> 65535",
        "parseSubItem(unsigned char*, unsigned long)",
        "A-ABORT(2,1)",
        "3 connections",
        "1 connection, made 1000 times",
    ):
        assert part in words, part


def test_changed_bytes_are_marked() -> None:
    assert page_of(campaign()).texts["mark"] == ["ff ff"] * 5


def test_findings_of_one_oracle_cell_and_verdict_are_one_group() -> None:
    page = page_of(campaign())
    classes = Counter(value.split()[0] for tag, name, value in page.attributes if (tag, name) == ("details", "class"))
    assert classes["finding"] == 4
    assert classes["way"] == 2


def test_map_says_how_often_each_cell_was_visited_and_why_not() -> None:
    result = campaign()
    titles = page_of(result).values("title")
    cell, count = max(result.certain.items(), key=lambda item: item[1])
    assert any(f"{cell_name(cell)} " in title and f"visited, {count:,} times for certain" in title for title in titles)
    for part in ("not drivable: an association acceptor is never in this state", ": not visited", "12 times possibly"):
        assert any(part in title for title in titles), part
    assert [short_count(count) for count in (7, 999, 1000, 12_345, 7_000_000)] == ["7", "999", "1k", "12k", "7M"]


def test_cell_with_a_finding_leads_to_it() -> None:
    page = page_of(campaign())
    anchors = page.values("id")
    cells = [place for tag, name, place in page.attributes if (tag, name) == ("a", "href") and place.startswith("#f")]
    for group in ("exit_evt6_sta2_", "growth_evt17_sta6_", "deviation_evt19_sta6_"):
        links = [place[1:] for place in cells if place.startswith(f"#finding-{group}")]
        assert len(links) == 2 and set(links) <= set(anchors), group


def test_record_answers_a_reviewer() -> None:
    words = words_of(page_of(campaign()))
    for part in (
        "its time was used up",
        "24 of 24 valid sequences passed",
        "C-ECHO every 500 cases",
        "AddressSanitizer: the target is not built with it",
        "user identity negotiation of type SAML",
        "the connection was reset without an A-ABORT in Sta6 (3 times)",
        "4711",
        "720,000 cases",
        "storescp --ignore 11112",
        "2026-11-30 20:15:03 UTC",
        "Last new ones: cell after",
    ):
        assert part in words, part


def test_grid_says_how_much_was_tried_of_each_part_by_each_family_of_operators() -> None:
    result = campaign()
    titles = [
        re.search(r"^([a-z ]+) in (.+): ([0-9,]+) of ([0-9,]+) .*pairs$", title)
        for title in page_of(result).values("title")
    ]
    squares = {
        (found[2], found[1]): [int(part.replace(",", "")) for part in found.groups()[2:]] for found in titles if found
    }
    assert len({part for part, _ in squares}) > 1 < len({family for _, family in squares})
    known = result.all_pairs
    assert sum(total for _, total in squares.values()) == len(known)
    assert sum(tried for tried, _ in squares.values()) == len(known.intersection(result.pairs))


def test_record_says_how_many_pairs_were_not_tried() -> None:
    result = campaign()
    left = len(result.all_pairs - result.pairs.keys())
    words = words_of(page_of(result))
    assert f"{left:,} of {len(result.all_pairs):,} pairs of field and operator" in words
    assert f"{left:,} of" in campaign_markdown(campaign_json(result))
    nothing = replace(result, pairs=dict.fromkeys(result.all_pairs, 1))
    assert "a longer campaign tries more" not in words_of(page_of(nothing))


def test_most_that_was_taken_is_said_where_it_was_more_than_in_the_end() -> None:
    result = campaign()
    point = result.curve[0]
    peak = replace(point, vitals=replace(point.vitals, descriptors=1234))
    words = words_of(page_of(replace(result, curve=(peak, *result.curve[1:]))))
    assert "1,234 at most" in words


def test_campaign_without_findings_gives_an_honest_account() -> None:
    words = words_of(page_of(clean_campaign()))
    assert "no finding in 720,000 cases" in words
    assert "That nothing was found does not say that nothing is there." in words


def test_batches_without_vitals_leave_no_hole_in_the_curves() -> None:
    result = campaign()
    blind = tuple(replace(point, vitals=Vitals()) for point in result.curve)
    with_holes = tuple(point if at % 2 else blind[at] for at, point in enumerate(result.curve))
    seen_only = tuple(point for point in with_holes if point.vitals != Vitals())
    page = page_of(replace(result, curve=with_holes))
    memory = [value for value in page.values("points") if value.count(" ") == 2 * (len(seen_only) - 1)]
    assert memory and page.tags["figure"] == 9
    page = page_of(replace(result, curve=blind))
    assert page.tags["figure"] == 5 and "could not be seen" in words_of(page)


def test_share_of_pairs_is_not_claimed_where_all_of_them_are_not_known() -> None:
    result = replace(campaign(), all_pairs=frozenset())
    words = words_of(page_of(result))
    assert f"{len(result.pairs):,} pairs were tried; how many there are is not known" in words
    assert "0 of 0" not in words


def test_broken_target_is_said_to_be_untested() -> None:
    page = page_of(broken_campaign())
    assert "was not fuzzed: valid sequences fail on it" in page.texts["b"]
    assert page.tags["figure"] == page.tags["svg"] == 0
    assert "A-ASSOCIATE-RJ(1,1,7)" in words_of(page)


def test_page_of_all_pairs_and_many_findings_stays_small() -> None:
    many = [found_of(FindingOracle.SANITIZER, f"read of {number} bytes", cell="Evt10-Sta6") for number in range(40)]
    many = [
        replace(one, reproducer=replace(one.reproducer, finding=replace(one.reproducer.finding, frames=(str(number),))))
        for number, one in enumerate(many)
    ]
    result = campaign(tuple(FindingSet([*FOUND, *many])), pairs=pairs_of_all_schemas())
    assert len(result.findings) == 45
    assert len(campaign_html(campaign_json(result))) < 3_000_000


def test_of_many_bytes_those_that_changed_are_shown() -> None:
    data = bytes(5000) + b"\x11\x22" + bytes(3000)
    text = "".join(hexadecimal(data, (5000, 5002)))
    assert "<mark>11 22</mark>" in text
    assert len(text) < 4000
    shown = len(re.sub(r"<i class=left-out>.*?</i>|<[^>]*>", " ", text).split())
    left_out = sum(int(number.replace(",", "")) for number in re.findall(r"([0-9,]+) (?:more )?bytes", text))
    assert shown + left_out == len(data)
