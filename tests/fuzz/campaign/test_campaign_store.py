"""The database of a campaign: what it refuses, and what it says."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from dulcimer.fuzz.campaign.audit import audit
from dulcimer.fuzz.campaign.orders import MergedBatches, make_order, order_digest
from dulcimer.fuzz.campaign.plan import CampaignPlan
from dulcimer.fuzz.campaign.result import CampaignEnd
from dulcimer.fuzz.campaign.store import CampaignStore, CampaignStoreError, StoredBatch
from dulcimer.fuzz.campaign.subject_json import subject_from_json, subject_to_json
from dulcimer.fuzz.campaign.totals import CampaignTotals
from dulcimer.fuzz.findings.found import FindingSet
from dulcimer.fuzz.sequences.steps import FuzzSequence, Pause
from support.fuzz_workers import SUBJECT, fake_result
from support.peers.postgresql_server import postgresql_server

PLAN = CampaignPlan(-(2**80), settings={"target": "127.0.0.1 port 104"}, limit_cases=1)
GIVEN = (FuzzSequence("acceptor", (Pause(1.0),)),)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "campaign.sqlite3"


def stored(number: int, at: float = 1.0, merged: MergedBatches | None = None) -> StoredBatch:
    order = make_order(CampaignTotals(GIVEN), number, PLAN.seed, 50)
    result = fake_result(PLAN.seed, number, 50)
    return StoredBatch(result, 1, 1, 50, merged or MergedBatches(), order_digest(order), at)


def test_what_is_stored_is_read_again(place: Path) -> None:
    store = CampaignStore(place)
    begun = store.begin(PLAN, SUBJECT, GIVEN, 2)
    assert (begun.seed, begun.role, begun.settings, begun.subject) == (PLAN.seed, "acceptor", PLAN.settings, SUBJECT)
    assert (begun.workers, begun.end, begun.seconds) == (2, None, 0)
    batches = [stored(1, 0.1 + 0.2), stored(0, 2.0)]
    for one in batches:
        store.add(one, one.result.found)
    store.finish(CampaignEnd.LOST, 3.5, "it does\0not start")
    other = CampaignStore(place)
    assert list(other.batches()) == batches
    read = other.read()
    assert (read.end, read.seconds, read.began) == (CampaignEnd.LOST, 3.5, begun.began)
    assert read.why.startswith("it does")
    assert len(other.findings()) == len({found.key for one in batches for found in one.result.found})
    assert other.given() == GIVEN
    assert audit(other) == ()


def test_subject_goes_through_json_unchanged() -> None:
    assert subject_from_json(subject_to_json(SUBJECT)) == SUBJECT


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (replace(PLAN, seed=5), "seed"),
        (replace(PLAN, role="requestor"), "role"),
        (replace(PLAN, settings={"target": "other"}), "target"),
        (replace(PLAN, settings={**PLAN.settings, "called": "X"}), "called"),
        (replace(PLAN, settings={}), "target"),
    ],
)
def test_database_of_another_campaign_is_refused(place: Path, plan: CampaignPlan, told: str) -> None:
    CampaignStore(place).begin(PLAN, SUBJECT)
    with pytest.raises(CampaignStoreError, match=f"holds another campaign: {told} is") as caught:
        CampaignStore(place).begin(plan, SUBJECT)
    assert str(place) in str(caught.value)
    assert CampaignStore(place).read().run == 1


def test_limits_may_change(place: Path) -> None:
    CampaignStore(place).begin(PLAN, SUBJECT)
    assert CampaignStore(place).begin(replace(PLAN, limit_cases=None, limit_seconds=1), SUBJECT).run == 2


def test_database_of_another_version_is_refused(place: Path) -> None:
    CampaignStore(place).begin(PLAN, SUBJECT)
    with sqlite3.connect(place) as connection:
        connection.execute("update fuzz_campaign set version = 99")
    told = "tables have version 99, this one reads version 1"
    with pytest.raises(CampaignStoreError, match=told):
        CampaignStore(place).begin(PLAN, SUBJECT)
    with pytest.raises(CampaignStoreError, match=told):
        CampaignStore(place).read()


def test_file_that_is_no_database_is_refused(place: Path) -> None:
    place.write_text("seeds, one a line\n" * 100)
    with pytest.raises(CampaignStoreError, match="file is not a database"):
        CampaignStore(place).begin(PLAN, SUBJECT)
    assert place.read_text().startswith("seeds")


def test_tables_of_another_program_are_refused(place: Path) -> None:
    with sqlite3.connect(place) as connection:
        connection.execute("create table fuzz_campaign (name text)")
    with pytest.raises(CampaignStoreError, match="version"):
        CampaignStore(place).begin(PLAN, SUBJECT)


def test_database_without_a_campaign_is_reported(place: Path) -> None:
    with pytest.raises(CampaignStoreError, match="there is no campaign in"):
        CampaignStore(place).read()


@pytest.mark.parametrize("url", ["nonsense://host/name", "mysql+nothing://host/name"])
def test_url_of_an_unknown_database_is_reported(url: str) -> None:
    with pytest.raises(CampaignStoreError, match="pip install 'dulcimer"):
        CampaignStore(url)


def test_place_that_does_not_exist_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CampaignStoreError, match="unable to open database file"):
        CampaignStore(tmp_path / "nowhere" / "file").begin(PLAN, SUBJECT)


def test_who_was_taken_over_writes_nothing_any_more(place: Path) -> None:
    first, second = CampaignStore(place), CampaignStore(place)
    first.begin(PLAN, SUBJECT, GIVEN)
    second.begin(PLAN, SUBJECT, GIVEN)
    with pytest.raises(CampaignStoreError, match="another process has taken over"):
        first.add(stored(0), ())
    with pytest.raises(CampaignStoreError, match="another process has taken over"):
        first.finish(CampaignEnd.TIME, 1.0)
    second.add(stored(0), stored(0).result.found)
    assert [one.result.number for one in second.batches()] == [0]


def test_batch_that_is_there_is_not_stored_again(place: Path) -> None:
    store = CampaignStore(place)
    store.begin(PLAN, SUBJECT, GIVEN)
    store.add(stored(0), stored(0).result.found)
    with pytest.raises(CampaignStoreError):
        store.add(stored(0, at=9.0), stored(0).result.found)
    assert store.read().seconds == 1.0
    assert audit(store) == ()


def test_batch_of_which_any_statement_fails_leaves_nothing(place: Path) -> None:
    store = CampaignStore(place)
    store.begin(PLAN, SUBJECT, GIVEN)
    both = next(one for one in map(stored, range(100)) if one.result.found and one.result.additions)
    statements = left = 0

    def fail(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise ValueError("the disk is full")

    event.listen(Engine, "before_cursor_execute", fail)
    try:
        while not list(store.batches()):
            statements += 1
            left = statements
            with contextlib.suppress(CampaignStoreError):
                store.add(both, both.result.found)
            left = 0
            assert audit(store) == ()
    finally:
        event.remove(Engine, "before_cursor_execute", fail)
    assert statements > 5


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("delete from fuzz_finding", "findings"),
        ("delete from fuzz_corpus", "corpus"),
        ("update fuzz_batch set ordered_cases = 51", "order of batch"),
        ("update fuzz_campaign set seconds = 0", "last second"),
    ],
)
def test_audit_tells_what_does_not_fit(place: Path, damage: str, told: str) -> None:
    store = CampaignStore(place)
    store.begin(PLAN, SUBJECT, GIVEN)
    found = FindingSet()
    for number in range(4):
        one = stored(number)
        found.merge(one.result.found)
        store.add(one, found)
    assert audit(store) == ()
    with sqlite3.connect(place) as connection:
        connection.execute(damage)
    assert [problem for problem in audit(store) if told in problem]


def test_sequences_of_later_runs_are_not_in_the_orders_of_earlier_ones(place: Path) -> None:
    store = CampaignStore(place)
    store.begin(PLAN, SUBJECT, GIVEN)
    store.add(stored(0), stored(0).result.found)
    more = FuzzSequence("acceptor", (Pause(2.0),))
    store.begin(PLAN, SUBJECT, (*GIVEN, more))
    assert store.given(1) == GIVEN
    assert set(store.given()) == {*GIVEN, more}
    assert audit(store) == ()


@pytest.mark.peer("PostgreSQL")
def test_campaign_in_postgresql_is_the_same() -> None:
    with postgresql_server() as url:
        store = CampaignStore(url)
        store.begin(PLAN, SUBJECT, GIVEN)
        found = FindingSet()
        for number in range(4):
            one = stored(number)
            one = replace(one, result=replace(one.result, unconfirmed={"a\0b": 1}))
            found.merge(one.result.found)
            store.add(one, found)
        assert CampaignStore(url).begin(PLAN, SUBJECT).run == 2
        with pytest.raises(CampaignStoreError, match="another process has taken over"):
            store.finish(CampaignEnd.TIME, 1.0)
        assert [one.result.unconfirmed for one in store.batches()] == [{"a\0b": 1}] * 4
        assert audit(store) == ()
        store.close()
