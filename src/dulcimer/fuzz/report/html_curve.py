"""The saturation curves: what was new over time, and what the target took of the machine, each as a small picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dulcimer.fuzz.campaign.result import CampaignResult, CurvePoint
from dulcimer.fuzz.report.grouping import last_growth
from dulcimer.fuzz.report.html_parts import safe
from dulcimer.fuzz.report.wording import counted_cases, duration, sized
from dulcimer.fuzz.targets.vitals import Vitals

_WIDTH, _HEIGHT, _TOP = 300.0, 90.0, 8.0
_MOST_POINTS = 400
"""Points of one line; of more, every n-th is drawn, and the last one."""


@dataclass(frozen=True, slots=True)
class _Series:
    name: str
    get: Callable[[CurvePoint], int]
    words: Callable[[int], str] = "{:,}".format
    whole: int = 0


def curves(result: CampaignResult) -> Iterator[str]:
    """The section with all curves."""
    yield "<section class=curves><h2>Saturation</h2>"
    if not result.curve:
        yield "<p>No batch was finished, so there is nothing to draw.</p></section>"
        return
    yield f"<p>{safe(_last_news(result))}</p><div class=pictures>"
    found = [
        _Series("cells visited", lambda point: point.cells, whole=len(result.drivable)),
        _Series("fields with operators", lambda point: point.pairs, whole=len(result.all_pairs)),
        _Series("messages three in a row", lambda point: point.triples),
        _Series("findings", lambda point: point.findings),
        _Series("corpus", lambda point: point.corpus),
    ]
    taken = [
        _Series("target: memory", lambda point: point.vitals.memory, sized),
        _Series("target: descriptors", lambda point: point.vitals.descriptors),
        _Series("target: threads", lambda point: point.vitals.threads),
        _Series("target: processes", lambda point: point.vitals.processes),
    ]
    for series in found:
        yield from _picture(series, result.curve)
    seen = [point for point in result.curve if point.vitals != Vitals()]
    for series in taken if seen else ():
        yield from _picture(series, seen)
    yield "</div>"
    if not seen:
        yield "<p>What the target took of the machine could not be seen.</p>"
    yield "</section>"


def _last_news(result: CampaignResult) -> str:
    """When something new came last: the sign of saturation, or of too little time."""
    end = result.curve[-1]
    parts = []
    for name, what in (
        ("cells", "cell"),
        ("pairs", "pair"),
        ("triples", "three messages in a row"),
        ("findings", "finding"),
    ):
        last = last_growth(result.curve, name)
        if last is not None:
            parts.append(f"{what} after {duration(last.seconds)}")
    news = "; ".join(parts) or "nothing"
    return f"Last new ones: {news}. Played: {duration(end.seconds)}, {counted_cases(end.cases)}."


def _picture(series: _Series, curve: Sequence[CurvePoint]) -> Iterator[str]:
    values = [series.get(point) for point in curve]
    top = max(*values, series.whole, 1)
    end = max(curve[-1].seconds, 1e-9)
    last = series.words(values[-1]) + (f" of {series.words(series.whole)}" if series.whole else "")
    every = -(-len(curve) // _MOST_POINTS)
    kept = sorted({*range(0, len(curve), every), len(curve) - 1})
    places = [(_WIDTH * min(curve[at].seconds / end, 1), _y(values[at], top)) for at in kept]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in _steps(places))
    peak = max(values)
    most = "" if series.whole or peak == values[-1] else f" <small>{series.words(peak)} at most</small>"
    yield f"<figure><figcaption>{series.name} <b>{last}</b>{most}</figcaption>"
    yield f'<svg viewBox="0 0 {_WIDTH:g} {_HEIGHT + _TOP:g}" role="img" aria-label="{series.name}: {last}">'
    if series.whole:
        y = _y(series.whole, top)
        yield f'<line class=whole x1="0" y1="{y:.1f}" x2="{_WIDTH:g}" y2="{y:.1f}"/>'
    floor = _y(0, top)
    yield f'<polygon class=area points="{places[0][0]:.1f},{floor} {line} {_WIDTH:g},{floor}"/>'
    yield f'<polyline class=line points="{line}"/>'
    yield f'<line class=floor x1="0" y1="{floor}" x2="{_WIDTH:g}" y2="{floor}"/></svg>'
    yield f"<p class=axis><span>0</span><span>{duration(end)}</span></p></figure>"


def _steps(places: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """What was counted after a batch holds until the next one is counted."""
    before = places[0]
    yield before
    for x, y in places[1:]:
        yield x, before[1]
        yield x, y
        before = x, y


def _y(value: float, top: float) -> float:
    return round(_TOP + _HEIGHT - 4 - (_HEIGHT - 4) * value / top, 1)
