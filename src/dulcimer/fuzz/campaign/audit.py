"""Checks the database of a campaign against itself: whether what it says follows from its batches."""

from __future__ import annotations

from collections.abc import Sequence

from dulcimer.fuzz.campaign.batch import BatchOrder
from dulcimer.fuzz.campaign.batch_json import key_digest
from dulcimer.fuzz.campaign.orders import make_order, order_digest
from dulcimer.fuzz.campaign.store import CampaignStore, StoredBatch
from dulcimer.fuzz.campaign.totals import CampaignTotals


def order_again(store: CampaignStore, batches: Sequence[StoredBatch], wanted: StoredBatch) -> BatchOrder:
    """The order that a batch was handed out with, made again from the batches that it stands on.

    Raises CampaignStoreError.
    """
    totals = CampaignTotals(store.given(wanted.run))
    for one in batches:
        if one.result.number in wanted.merged:
            totals.add(one.result)
    return make_order(totals, wanted.result.number, store.read().seed, wanted.ordered_cases)


def audit(store: CampaignStore) -> tuple[str, ...]:
    """What is wrong in the database, a sentence each; nothing if all of it fits. Raises CampaignStoreError.

    Each order is made again, which takes longer the more batches there are.
    """
    problems: list[str] = []
    batches = tuple(store.batches())
    whole = CampaignTotals(store.given())
    for one in batches:
        number = one.result.number
        if not whole.add(one.result):
            problems.append(f"Batch {number} is there twice.")
        if order_digest(order_again(store, batches, one)) != one.order_digest:
            problems.append(f"The order of batch {number} does not follow from the batches that it stands on.")
    if {sequence.digest for sequence in store.corpus()} != set(whole.corpus):
        problems.append("The corpus is not what was given and what the batches have added.")
    if store.findings() != {key_digest(found.key): found for found in whole.findings}:
        problems.append("The findings are not those of the batches.")
    seconds = store.read().seconds
    if any(one.at > seconds for one in batches):
        problems.append("A batch was merged after the last second of the campaign.")
    return tuple(problems)
