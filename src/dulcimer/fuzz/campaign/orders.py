"""Orders of batches: made from what was merged when they were handed out, so that each can be made again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from dulcimer.fuzz.campaign.batch import BatchOrder
from dulcimer.fuzz.campaign.batch_json import canonical, causes_to_json, cells_to_json, pairs_to_json
from dulcimer.fuzz.campaign.totals import CampaignTotals
from dulcimer.fuzz.sequences.steps import cell_name


@dataclass(frozen=True, slots=True)
class MergedBatches:
    """The batches whose results an order stands on: all `below` a number, and `others` above it, ascending."""

    below: int = 0
    others: tuple[int, ...] = ()

    @classmethod
    def of(cls, numbers: set[int]) -> MergedBatches:
        """These batches."""
        below = 0
        while below in numbers:
            below += 1
        return cls(below, tuple(sorted(number for number in numbers if number > below)))

    def __contains__(self, number: int) -> bool:
        """Whether a batch is among them."""
        return number < self.below or number in self.others


def make_order(totals: CampaignTotals, number: int, seed: int, cases: int) -> BatchOrder:
    """The order of a batch. It is a copy: results that come later do not change it."""
    return BatchOrder(
        number,
        seed,
        cases,
        totals.in_order,
        dict(totals.hits),
        dict(totals.pairs),
        dict(totals.causes),
        frozenset(totals.certain),
        dict(totals.visits),
    )


def order_digest(order: BatchOrder, corpus: Iterable[str] | None = None) -> str:
    """SHA-256 of all that decides what is played, in hexadecimal.

    `corpus`: the digests of the sequences of the order, if they are known, since a long corpus takes long to digest.
    """
    content = {
        "number": order.number,
        "seed": order.seed,
        "cases": order.cases,
        "corpus": [sequence.digest for sequence in order.corpus] if corpus is None else list(corpus),
        "cell_hits": cells_to_json(order.cell_hits),
        "pair_hits": pairs_to_json(order.pair_hits),
        "causes": causes_to_json(order.causes),
        "certain": sorted(map(cell_name, order.certain)),
        "visits": cells_to_json(order.visits),
    }
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def first_free(numbers: set[int], taken: Iterable[int]) -> int:
    """The lowest number of a batch that is neither merged nor handed out."""
    used = numbers.union(taken)
    number = 0
    while number in used:
        number += 1
    return number
