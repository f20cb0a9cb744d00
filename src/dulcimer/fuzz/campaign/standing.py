"""How a campaign stands, from the batches that are stored: as a result, and as progress for a display."""

from __future__ import annotations

from collections.abc import Iterable

from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.campaign.pace import BatchPace, LateRate
from dulcimer.fuzz.campaign.plan import CampaignPlan
from dulcimer.fuzz.campaign.reach import beyond_reach
from dulcimer.fuzz.campaign.result import (
    CUT_SHORT,
    LATE_LOSS,
    CampaignEnd,
    CampaignProgress,
    CampaignResult,
    CurvePoint,
)
from dulcimer.fuzz.campaign.store import CampaignStore, StoredBatch, StoredCampaign
from dulcimer.fuzz.campaign.totals import CampaignTotals
from dulcimer.fuzz.findings.finding import FuzzFinding
from dulcimer.fuzz.sequences.steps import FuzzSequence, cell_name
from dulcimer.fuzz.targets.vitals import Vitals

_AIM = 5.0


class CampaignStanding:
    """The totals of a campaign, its pace and its curve."""

    def __init__(self, stored: StoredCampaign, given: Iterable[FuzzSequence] = (), batch_seconds: float = _AIM) -> None:
        self._stored = stored
        self._end, self._why = stored.end, stored.why
        self.totals = CampaignTotals(given)
        self.pace = BatchPace(batch_seconds)
        self._late = LateRate()
        self._curve: list[CurvePoint] = []
        self._abandoned: list[str] = []
        self._vitals: Vitals | None = None
        self._lines: tuple[str, ...] = ()
        self._beyond: dict[Cell, str] = {}
        self._pairs = 0
        """Pairs that were tried, of those that there are, if that is known: other PDUs have pairs of their own."""

    @classmethod
    def of(cls, store: CampaignStore, batch_seconds: float = _AIM) -> CampaignStanding:
        """As it is in the database. Raises CampaignStoreError."""
        found = cls(store.read(), store.given(), batch_seconds)
        for one in store.batches():
            found.take(one)
        return found

    def take(self, one: StoredBatch) -> None:
        """A batch more."""
        result, totals = one.result, self.totals
        if not totals.add(result):
            return
        self.pace.played(result, one.lanes)
        if result.pairs:
            known = self._stored.subject.all_pairs
            self._pairs = len(known.intersection(totals.pairs)) if known else len(totals.pairs)
        if result.missed:
            self._beyond = self._out_of_reach()
        if one.abandoned:
            reason = one.abandoned.strip().splitlines()[-1]
            self._abandoned.append(
                f"Batch {result.number}, {one.ordered_cases} cases: its worker ended each time ({reason})."
            )
        if result.found:
            self._lines = tuple(_line(found.reproducer.finding) for found in totals.findings)
        if result.vitals != Vitals():
            self._vitals = result.vitals
        self._curve.append(
            CurvePoint(
                totals.cases,
                one.at,
                self._cells,
                self._pairs,
                len(totals.triples),
                len(totals.findings),
                len(totals.corpus),
                result.vitals,
            )
        )

    def _out_of_reach(self) -> dict[Cell, str]:
        totals = self.totals
        found = beyond_reach(self._stored.role, totals.certain.keys(), totals.visits, totals.missed)
        return {cell: why for cell, why in found.items() if cell in self._stored.subject.drivable}

    def ended(self, end: CampaignEnd, why: str) -> None:
        """It is over, and why."""
        self._end, self._why = end, why

    @property
    def _drivable(self) -> frozenset[Cell]:
        """The cells that a tester can drive this target into, as far as the tries have shown."""
        return self._stored.subject.drivable - self._beyond.keys()

    @property
    def _cells(self) -> int:
        """How many cells were surely visited, of those that can be, if that is known."""
        drivable = self._stored.subject.drivable
        return len(drivable.intersection(self.totals.certain)) if drivable else len(self.totals.certain)

    def result(self, seconds: float | None = None) -> CampaignResult:
        """All there is to say; `seconds` of the campaign so far, if they are more than what is stored."""
        stored, subject, totals = self._stored, self._stored.subject, self.totals
        return CampaignResult(
            role=stored.role,
            host=subject.host,
            port=subject.port,
            target=subject.target,
            seed=stored.seed,
            workers=stored.workers,
            began=stored.began,
            seconds=stored.seconds if seconds is None else seconds,
            end=self._end or CampaignEnd.INTERRUPTED,
            calibration=subject.calibration,
            cases=totals.cases,
            pdus=totals.pdus,
            restarts=totals.restarts,
            rate=self.pace.rate,
            certain=dict(totals.certain),
            possible=dict(totals.possible),
            drivable=self._drivable,
            undrivable={**subject.undrivable, **self._beyond},
            pairs=dict(totals.pairs),
            all_pairs=subject.all_pairs,
            triples=len(totals.triples),
            findings=tuple(totals.findings),
            repeats=dict(totals.repeats),
            unconfirmed=dict(totals.unconfirmed),
            corpus=len(totals.corpus),
            watched=subject.watched,
            not_watched=subject.not_watched,
            not_tried=(*subject.not_tried, *self._abandoned, *self._cut_short),
            curve=tuple(self._curve),
        )

    @property
    def _cut_short(self) -> tuple[str, ...]:
        begins = CUT_SHORT if self._end is CampaignEnd.LOST else LATE_LOSS
        return (f"{begins}{self._why}",) if self._why else ()

    def progress(self, doing: str, seconds: float, playing: int, plan: CampaignPlan) -> CampaignProgress:
        """Where it is; `playing` cases are played of the batches under way."""
        totals, subject = self.totals, self._stored.subject
        cases = totals.cases + playing
        return CampaignProgress(
            doing,
            seconds,
            cases,
            self._late.measure(seconds, cases),
            plan.limit_seconds,
            plan.limit_cases,
            self._cells,
            len(self._drivable),
            self._pairs,
            len(subject.all_pairs),
            len(totals.triples),
            len(totals.corpus),
            totals.restarts,
            self._stored.workers,
            self._lines,
            self._vitals,
        )


def _line(finding: FuzzFinding) -> str:
    where = "" if finding.cell is None else f" in {cell_name(finding.cell)}"
    return f"{finding.oracle}{where}: {finding.verdict}"
