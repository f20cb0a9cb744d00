"""The cases of a batch, as they follow from its order: first every other one is a visit, all others are drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from dulcimer.fuzz.campaign.batch import BatchOrder
from dulcimer.fuzz.campaign.drawing import CaseDrawer
from dulcimer.fuzz.campaign.making import MadeCase, as_it_is
from dulcimer.fuzz.campaign.visiting import CellVisits
from dulcimer.fuzz.choices import SeededChoices


class BatchCase(NamedTuple):
    """The next case; `is_visit`: it is the way to a cell, with nothing changed."""

    made: MadeCase
    is_visit: bool = False


class BatchCases(Iterator[BatchCase]):
    """Gives the cases one after the other.

    Which one is next does not depend on what the target does, so `prepare` can make it while that is at work.
    """

    def __init__(self, order: BatchOrder, drawer: CaseDrawer, visits: CellVisits) -> None:
        self._order = order
        self._drawer = drawer
        self._choices = SeededChoices(f"{order.seed}/{order.number}".encode())
        self._cells, self._pairs = Counter(order.cell_hits), Counter(order.pair_hits)
        self._visits = visits.due(order.certain, order.visits, order.number)
        self._made = 0
        self._ahead: BatchCase | None = None

    def __next__(self) -> BatchCase:
        """The next case, made now if it was not prepared."""
        self.prepare()
        if self._ahead is None:
            raise StopIteration
        found, self._ahead = self._ahead, None
        return found

    def prepare(self) -> None:
        """Make the next case, if there is one more, and it is not made yet."""
        if self._ahead is None and self._made < self._order.cases:
            self._ahead = self._next()
            self._made += 1

    def _next(self) -> BatchCase:
        visit = next(self._visits, None) if self._made % 2 == 0 else None
        if visit is not None:
            found = BatchCase(as_it_is(visit), is_visit=True)
        else:
            found = BatchCase(self._drawer.case(self._order.corpus, self._choices, self._cells, self._pairs))
        if found.made.sequence.cell is not None:
            self._cells[found.made.sequence.cell] += 1
        self._pairs.update(found.made.pairs)
        return found
