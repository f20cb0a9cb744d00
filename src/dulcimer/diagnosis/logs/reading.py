"""Reads a log: associations one after the other, or side by side where its lines name them."""

from __future__ import annotations

from pathlib import Path

from dulcimer._generated.diagnosis import STACKS
from dulcimer.diagnosis.evidence.conversations import Evidence, SeenConnection
from dulcimer.diagnosis.evidence.facts import (
    ConnectFailureKind,
    ConnectionClosed,
    MessageSeen,
    PlaceKind,
    RejectionSeen,
    SeenPlace,
)
from dulcimer.diagnosis.logs.association import LoggedAssociation
from dulcimer.diagnosis.logs.lines import LogLine, log_lines
from dulcimer.diagnosis.logs.stacks import LineShown, shown, stack_of

MOST_ASSOCIATIONS = 20_000
_MOST_SHOWN = 200
_ONWARD = "onward-fails"
_TOLD = frozenset(("dcmtk.qrscp-not-permitted",))
"""Lines that show a part of a fact, and say something by themselves."""
_HOW = {
    "refused": ConnectFailureKind.REFUSED,
    "timed out": ConnectFailureKind.SILENT,
    "route": ConnectFailureKind.UNREACHABLE,
    "unknown host": ConnectFailureKind.NAME,
}


def evidence_of_log(source: bytes | Path) -> Evidence:
    """The facts of all associations of a log. Raises OSError."""
    lines = list(log_lines(source))
    stack = stack_of(lines)
    if not stack:
        return Evidence([], ["It is not known which software wrote this log."])
    reader = _LogReader(stack)
    for line in lines:
        found = shown(stack, line.text)
        if found is not None:
            reader.take(found, line)
    until = next((line.t for line in reversed(lines) if line.t is not None), None)
    remarks = [f"This is read as a log of {STACKS[stack].name}."]
    if len(reader.found) >= MOST_ASSOCIATIONS:
        remarks.append(f"Left out: what comes after {MOST_ASSOCIATIONS} associations.")
    return Evidence(reader.result(), remarks, until)


def knows_log(source: bytes | Path) -> bool:
    """Whether the software that wrote a log is known. Raises OSError."""
    return bool(stack_of(log_lines(source)))


class _LogReader:
    """Gives each line to its association."""

    def __init__(self, stack: str) -> None:
        self.found: list[LoggedAssociation] = []
        self._stack = stack
        self._named: dict[str, LoggedAssociation] = {}
        self._current: LoggedAssociation | None = None

    def result(self) -> list[SeenConnection]:
        """The connections, finished."""
        for one in self.found:
            one.finish()
        return [one.connection for one in self.found if one.connection.facts]

    def take(self, found: LineShown, line: LogLine) -> None:
        """A line that shows something."""
        place = SeenPlace(PlaceKind.LINE, line.number, line.t, line.text[:_MOST_SHOWN].strip())
        kind, values = found.row.shows, found.values
        one = self._of(kind, values, place)
        self._parts(one, kind, values, place)
        self._facts(one, kind, found, place)
        if found.row.says or kind == "rejected" or found.line in _TOLD:
            one.remark(found.line, values, place)

    def _of(self, kind: str, values: dict[str, str], place: SeenPlace) -> LoggedAssociation:
        """The association of a line; a line that begins one may belong to one that has begun already."""
        name = values.get("association", "")
        if name:
            one = self._named.get(name) or self._begin(place, None)
            self._named[name] = self._current = one
        one_or_none = self._current
        if kind in ("requests", "receives"):
            if one_or_none is None or one_or_none.has_begun or one_or_none.is_used:
                again = one_or_none is not None and not one_or_none.is_used and kind == "receives"
                if not (again or name):
                    one_or_none = self._begin(place, None)
            one_or_none = one_or_none or self._begin(place, None)
            one_or_none.has_begun = True
            one_or_none.is_requestor = kind == "requests"
        elif kind == "request" and (one_or_none is None or one_or_none.is_used):
            one_or_none = self._begin(place, None)
        elif kind == "rejected" and one_or_none is not None and _is_over(one_or_none) and not name:
            # Some servers log a rejection only.
            one_or_none = self._begin(place, None)
        self._current = one_or_none or self._begin(place, None)
        return self._current

    def _begin(self, place: SeenPlace, is_requestor: bool | None) -> LoggedAssociation:
        if len(self.found) >= MOST_ASSOCIATIONS:
            return self.found[-1]
        connection = SeenConnection(len(self.found) + 1, began=place, stack=self._stack)
        one = LoggedAssociation(connection, is_requestor=is_requestor)
        self.found.append(one)
        return one

    def _parts(self, one: LoggedAssociation, kind: str, values: dict[str, str], place: SeenPlace) -> None:
        if kind in ("request", "answer"):
            one.in_answer = kind == "answer"
        for name in ("called", "calling"):
            if values.get(name):
                one.titles.setdefault(name, values[name].strip())
                one.request_place = one.request_place or place
        if kind == "context":
            result = values.get("result")
            one.in_answer = result is not None
            one.context(
                int(values.get("number", 2 * len(one.results) + 1)), None if result is None else int(result), place
            )
        elif kind == "abstract":
            one.abstract(values["abstract"])
        elif kind in ("syntax", "accepted-syntax"):
            one.syntax(values["syntax"], accepted=kind == "accepted-syntax")

    def _facts(self, one: LoggedAssociation, kind: str, found: LineShown, place: SeenPlace) -> None:
        values = found.values
        match kind:
            case "connects-not":
                one.fails(values["how"], place)
            case "accepted" | "no-context":
                one.answer_place = one.answer_place or place
                if kind == "no-context" and not one.results:
                    one.remark(found.line, values, place)
            case "rejected":
                one.rejected(values, place)
            case "aborting":
                one.ends_itself = True
            case "abort-source":
                one.source = values["source"]
            case "aborted":
                if not one.ends_itself:
                    one.aborted(values, place)
            case "lost":
                one.lost(place)
            case "released":
                one.released(place)
            case "late":
                self._late(one, values["of"], found, place)
            case "asked":
                one.asks(values["command"], place, values.get("destination", ""))
            case "destination":
                one.goes_to(values["destination"])
            case "answered":
                one.answers(values, place)
            case "counters":
                one.counts(values)
            case "foreign":
                one.foreign(values, place)
                one.ends_itself = True
            case "tls":
                one.tls(values["words"], place)
            case _ if kind == _ONWARD:
                self._onward(one, found, place)

    def _late(self, one: LoggedAssociation, of: str, found: LineShown, place: SeenPlace) -> None:
        """Something did not come in time; what follows is the end that this side makes."""
        one.ends_itself = True
        one.remark(f"late.{of}", found.values, place)
        if of == "answer":
            one.request_place = one.request_place or place

    def _onward(self, one: LoggedAssociation, found: LineShown, place: SeenPlace) -> None:
        """The server cannot connect to another one: for a C-MOVE, or for something of its own."""
        moves = any(isinstance(fact, MessageSeen) and fact.command_field == 0x21 for fact in one.facts)
        why = found.values.get("why", "").lower()
        how = next((kind for word, kind in _HOW.items() if word in why), None)
        if moves or self._stack == "dcmtk":
            one.remark("onward.rejected" if "reject" in why else "onward.move", found.values, place)
        elif how is not None:
            alone = self._begin(place, True)
            alone.fails(how, place)


def _is_over(one: LoggedAssociation) -> bool:
    kinds = (RejectionSeen, ConnectionClosed)
    released = any(type(fact).__name__ == "ReleaseSeen" for fact in one.facts)
    return one.connection.is_over or released or any(one.connection.first(kind) is not None for kind in kinds)
