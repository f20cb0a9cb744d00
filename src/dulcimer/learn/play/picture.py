"""Both ends and the wire between them, as text of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dulcimer.learn.play.ends import PlayedAssociation
from dulcimer.trace.records import ACCEPTOR, REQUESTOR

LANE = 45
"""Columns of the wire."""
_SIDE = 16


def picture(association: PlayedAssociation) -> Iterator[str]:
    """Two lines: what is on its way to the acceptor, and what is on its way to the requestor.

    What arrives first is nearest to its end. ``*`` marks what no machine has sent.
    """
    there = _lane((one.name, one.is_planted) for one in association.wire[ACCEPTOR])
    back = _lane((one.name, one.is_planted) for one in association.wire[REQUESTOR])
    left, right = association.state(REQUESTOR).label, association.state(ACCEPTOR).label
    onward = "".join(f"{name} -> " for name in reversed(there))
    inward = "".join(f" <- {name}" for name in back)
    yield f"  {f'requestor {left}':<{_SIDE}}|{onward:>{LANE}}| {right} acceptor"
    yield f"  {_timed(association, REQUESTOR):<{_SIDE}}|{inward:<{LANE}}| {_timed(association, ACCEPTOR)}".rstrip()


def _timed(association: PlayedAssociation, end: str) -> str:
    return "ARTIM runs" if association.is_timed(end) else ""


def _lane(found: Iterable[tuple[str, bool]]) -> list[str]:
    """The names that fit, the first one first."""
    names = [f"{name}{'*' * planted}" for name, planted in found]
    shown: list[str] = []
    for name in names:
        if sum(len(one) + 4 for one in (*shown, name)) > LANE - 8:
            return [*shown, f"+{len(names) - len(shown)}"]
        shown.append(name)
    return shown
