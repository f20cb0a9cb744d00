"""Results merge to the same totals in any order, however often each comes; and go through JSON unchanged."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer.fuzz.campaign.batch import BatchResult
from dulcimer.fuzz.campaign.batch_json import BatchFormatError, batch_from_json, batch_to_json, canonical, key_digest
from dulcimer.fuzz.campaign.causes import CauseTally
from dulcimer.fuzz.campaign.executors.packing import OrderPacker, OrderUnpacker
from dulcimer.fuzz.campaign.orders import MergedBatches, first_free, make_order, order_digest
from dulcimer.fuzz.campaign.totals import CampaignTotals
from dulcimer.fuzz.findings.finding import FindingCause, FindingOracle, FuzzFinding
from dulcimer.fuzz.sequences.steps import FuzzSequence, Pause
from support.fuzz_batches import batch_results
from support.fuzz_sequences import sequences
from support.fuzz_workers import fake_result

GIVEN = (FuzzSequence("acceptor", (Pause(1.0),)),)
SOME = st.lists(batch_results(st.integers(0, 5)), max_size=4, unique_by=lambda result: result.number)


def merged(results: list[BatchResult]) -> dict[str, object]:
    totals = CampaignTotals(GIVEN)
    for result in results:
        totals.add(result)
    return {
        **vars(totals),
        "findings": list(totals.findings),
        "corpus": totals.in_order,
        "order": order_digest(make_order(totals, 100, 1, 10)),
    }


@settings(max_examples=15, deadline=None)
@given(SOME.flatmap(lambda some: st.tuples(st.just(some), st.permutations([*some, *some]))))
def test_any_order_and_doubled_results_give_the_same_totals(drawn: tuple[list[BatchResult], list[BatchResult]]) -> None:
    some, shuffled = drawn
    assert merged(shuffled) == merged(some)


def test_totals_are_the_sums_over_all_batches() -> None:
    results = [fake_result(3, number, 50) for number in range(6)]
    found = merged(results)
    assert found["cases"] == 300
    assert found["pdus"] == sum(result.pdus for result in results)
    assert found["restarts"] == 6
    for name in ("certain", "possible", "pairs", "unconfirmed", "repeats"):
        totals = found[name]
        assert isinstance(totals, dict)
        assert sum(totals.values()) == sum(sum(getattr(result, name).values()) for result in results)
    causes = found["causes"]
    assert isinstance(causes, dict)
    assert sum(tally.confirmed for tally in causes.values()) == 6
    assert found["triples"] == set().union(*(result.triples for result in results))
    assert set(found["corpus"]) == {*GIVEN, *(one for result in results for one in result.additions)}  # type: ignore[call-overload]  # it is a tuple


def test_doubled_result_is_reported() -> None:
    totals = CampaignTotals()
    assert totals.add(fake_result(3, 0, 50))
    assert not totals.add(fake_result(3, 0, 70))
    assert totals.cases == 50


@settings(max_examples=20, deadline=None)
@given(batch_results())
def test_results_go_through_json_unchanged(result: BatchResult) -> None:
    text = canonical(batch_to_json(result))
    assert batch_from_json(json.loads(text)) == result
    assert canonical(batch_to_json(batch_from_json(json.loads(text)))) == text


@pytest.mark.parametrize(
    "damage", [{"version": 0}, {"certain": {"Evt99-Sta1": 1}}, {"found": [{}]}, {"pairs": [["a"]]}, {"triples": None}]
)
def test_other_json_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises(BatchFormatError, match="not the result of a batch of version 1"):
        batch_from_json(batch_to_json(fake_result(3, 1, 50)) | damage)


@pytest.mark.parametrize("other", [None, [], {}, "text"])
def test_values_that_are_no_results_are_refused(other: object) -> None:
    with pytest.raises(BatchFormatError):
        batch_from_json(other)


def test_digest_of_an_order_covers_all_that_decides_what_is_played() -> None:
    totals = CampaignTotals(GIVEN)
    totals.add(fake_result(3, 1, 50))
    order = make_order(totals, 2, 3, 10)
    more = {FindingCause(FindingOracle.HANG): CauseTally(failed=1)}
    others = [
        replace(order, number=3),
        replace(order, seed=4),
        replace(order, cases=11),
        replace(order, corpus=()),
        replace(order, cell_hits={}),
        replace(order, pair_hits={}),
        replace(order, causes={**order.causes, **more}),
    ]
    assert len({order_digest(one) for one in [order, *others]}) == len(others) + 1
    assert order_digest(make_order(totals, 2, 3, 10)) == order_digest(order) == order_digest(order, totals.digests)


def test_order_is_not_changed_by_results_that_come_later() -> None:
    totals = CampaignTotals(GIVEN)
    order = make_order(totals, 0, 3, 10)
    before = order_digest(order)
    totals.add(fake_result(3, 0, 50))
    assert order_digest(order) == before


@given(st.sets(st.integers(0, 12)))
def test_merged_batches_are_kept_short_and_hold_the_same(numbers: set[int]) -> None:
    found = MergedBatches.of(numbers)
    assert {number for number in range(15) if number in found} == numbers
    assert found.below not in numbers


@given(st.sets(st.integers(0, 6)), st.sets(st.integers(0, 6)))
def test_first_free_number_is_the_lowest_that_is_neither_merged_nor_handed_out(some: set[int], taken: set[int]) -> None:
    number = first_free(some, taken)
    assert number not in some | taken
    assert set(range(number)) <= some | taken


def test_keys_have_digests_of_their_own() -> None:
    one = FuzzFinding(FindingOracle.EXIT, "", operators=("a/b: 1 -> 2",))
    assert key_digest(one.key) == key_digest(replace(one, operators=("a/b: 3",)).key)
    assert key_digest(one.key) != key_digest(replace(one, frames=("main",)).key)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(sequences(most=2), max_size=3), max_size=3))
def test_orders_go_to_other_processes_and_are_the_same_there(corpora: list[list[FuzzSequence]]) -> None:
    packer, unpacker = OrderPacker(), OrderUnpacker()
    totals = CampaignTotals(GIVEN)
    for number, given_now in enumerate(corpora):
        totals.give(given_now)
        order = make_order(totals, number, 3, 10)
        packed = packer.pack(order)
        assert packed.order.corpus == ()
        assert unpacker.unpack(pickle.loads(pickle.dumps(packed))) == order


def test_sequences_are_read_once_in_the_other_process() -> None:
    packer, unpacker = OrderPacker(), OrderUnpacker()
    totals = CampaignTotals(GIVEN)
    first, second = (unpacker.unpack(packer.pack(make_order(totals, number, 3, 10))) for number in range(2))
    assert first.corpus[0] is second.corpus[0]
