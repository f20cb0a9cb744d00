"""The trace of the proxy in a terminal of 80 columns: one line for each PDU, more where something is wrong."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from dulcimer._generated.fsm import STATES, States
from dulcimer.cli.proxying.words import not_reached
from dulcimer.cli.show.deviations import WIDTH, Print, deviation_lines, indented
from dulcimer.counting import counted
from dulcimer.escaping import escaped
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.proxy.events import (
    DirectionEnded,
    EndIsSilent,
    EndStates,
    LinkEnded,
    LinkOpened,
    PduSeen,
    PeerDeviation,
    ServerNotReached,
    Told,
)

_WHAT, _WHERE = 30, 23
"""Width and place of the column that says what came."""
_MANY = 3
_MILLION = 1_000_000

HEADING = f"{'#':>3} {'time':>8}   {'bytes':>7} {'what':<{_WHAT}} {'client':<7} {'server':<7} verdict"
LEGEND = "> from the client, < from the server; states of PS3.8 9.2 if no user acts"


@dataclass
class _Run:
    """Pieces of one data set that are not printed one by one."""

    first: PduSeen
    last: PduSeen
    count: int = 0
    size: int = 0


class TraceLines:
    """Prints what happens. `every`: also each piece of a data set."""

    def __init__(self, show: Print, *, every: bool = False) -> None:
        self._print = show
        self._every = every
        self._runs: dict[int, _Run] = {}

    def heed(self, told: Told) -> None:
        """Print one event."""
        if isinstance(told, PduSeen) and self._is_in_run(told):
            return
        self._end_run(told.connection)
        match told:
            case LinkOpened():
                self._line(told, "", "", f"opened by {told.client}", told.states, "")
            case PduSeen():
                self._pdu(told)
            case DirectionEnded():
                how = "reset by" if told.reset else "closed by"
                inside = f", in a PDU ({counted(told.remains, 'byte')} came)" if told.remains else ""
                sign = _sign(told.sender)
                self._line(told, sign, "", f"{how} {told.sender}{inside}", told.states, _verdict(told.deviations))
                self._deviations(told.deviations)
            case EndIsSilent():
                text = f"{told.end} silent for {told.seconds:.0f} s"
                self._line(told, "", "", text, told.states, _verdict(told.deviations))
                self._deviations(told.deviations)
            case LinkEnded():
                if told.by_proxy:
                    self._line(told, "", "", f"ended by the proxy: {told.by_proxy}", None, "")
            case ServerNotReached():
                self._line(told, "", "", f"opened by {told.client}, but {not_reached(told.error)}", None, "")

    # ------------------------------------------------------------------ data sets

    def _is_in_run(self, told: PduSeen) -> bool:
        """Whether a PDU is one more piece of a data set, which needs no line of its own."""
        if self._every or not told.is_data or told.faults or told.deviations:
            return False
        run = self._runs.get(told.connection)
        if run is None or run.first.sender is not told.sender or run.first.message != told.message:
            self._end_run(told.connection)
            self._runs[told.connection] = _Run(told, told)
            self._pdu(told)
            return True
        run.last, run.count, run.size = told, run.count + 1, run.size + told.size
        return True

    def _end_run(self, connection: int) -> None:
        run = self._runs.pop(connection, None)
        if run is not None and run.count:
            text = f"... {run.count} more pieces of it"
            self._line(run.last, _sign(run.last.sender), _size(run.size), text, run.last.states, _of_pdu(run.last))

    # ------------------------------------------------------------------ lines

    def _pdu(self, told: PduSeen) -> None:
        text = f"{told.name} {told.message}".strip()
        if len(text) > _WHAT:
            text = f"{told.name}\n{told.message}"
        self._line(told, _sign(told.sender), _size(told.size), text, told.states, _of_pdu(told))
        for fault in told.faults:
            for line in indented(f"fault: {escaped(fault)}", 6, 8):
                self._print(line, "yellow")
        self._deviations(told.deviations)

    def _line(self, told: Told, sign: str, size: str, text: str, states: EndStates | None, verdict: str) -> None:
        head, *parts = text.split("\n")
        first, *others = _wrapped(escaped(head), _WHAT, WIDTH - _WHERE)
        others += [line for part in parts for line in textwrap.wrap(escaped(part), WIDTH - _WHERE)]
        client, server = ("", "") if states is None else (_states(states.client), _states(states.server))
        place = f"{told.connection:>3} {told.at:>8.3f} {sign:1} {size:>7}"
        line = f"{place} {first:<{_WHAT}} {client:<7} {server:<7} {verdict}"
        self._print(line.rstrip(), "bold red" if verdict == _DEVIATES else "")
        for other in others:
            self._print(" " * _WHERE + other, "")

    def _deviations(self, found: Iterable[PeerDeviation]) -> None:
        for one in found:
            for number, (line, style) in enumerate(deviation_lines(one)):
                self._print(line, style if not number else "")


_DEVIATES, _UNUSUAL = "WRONG", "unusual"


def _of_pdu(told: PduSeen) -> str:
    return _verdict(told.deviations) or ("ok" if told.is_judged else "-")


def _wrapped(text: str, first: int, others: int) -> list[str]:
    """A text in lines, the first of which is shorter."""
    if len(text) <= first:
        return [text]
    head = textwrap.wrap(text, first)[0]
    return [head, *textwrap.wrap(text[len(head) :].strip(), others)]


def _verdict(found: Iterable[PeerDeviation]) -> str:
    sure = {one.sure for one in found}
    return _DEVIATES if True in sure else _UNUSUAL if sure else ""


def _sign(sender: LinkEnd) -> str:
    return ">" if sender is LinkEnd.CLIENT else "<"


def _states(states: frozenset[States]) -> str:
    if not states:
        return "?"
    if len(states) >= _MANY:
        return "several"
    first, *others = sorted(states)
    return ",".join([STATES[first].label, *(STATES[other].label.removeprefix("Sta") for other in others)])


def _size(size: int) -> str:
    return str(size) if size < 10 * _MILLION else f"{size / _MILLION:.1f}M"
