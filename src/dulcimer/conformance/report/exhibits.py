"""The traces of a report as compact data for the page: texts and PDUs stand once, and moments refer to them."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from itertools import groupby
from typing import Any

from dulcimer.conformance.model.seen import pdu_name
from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.model.verdict import CONCLUSIVE
from dulcimer.conformance.report.document import CaseReport
from dulcimer.conformance.report.narrative import Moment, WirePdu, moments_of
from dulcimer.conformance.report.unusual import first_unusual_byte
from dulcimer.counting import counted
from dulcimer.escaping import escaped
from dulcimer.wire.fieldmap import Field, field_map

_PADDED = 1 << 16
"""Zero bytes, at most, that fill up a PDU of which bytes are missing, to find the fields of the others."""
_REACTIONS = (Kind.RECEIVED, Kind.PEER_FIN, Kind.PEER_RST, Kind.SILENCE)
_TESTER_ENDS = (Kind.TESTER_FIN, Kind.TESTER_RST)
_BYTE = re.compile(r"\bbyte (\d+)\b")
"""A byte that an observation names, counted from 1 as in the standard."""

_VALUE_SHOWN = 80
_PDUS_SHOWN = 16
"""PDUs that came in one moment and whose bytes the page can show, at most."""


class Exhibits:
    """Collects texts, fields and PDUs, each once, in the order of their first use.

    `usual`: the PDUs that the tester sends in most cases, by PDU type.
    """

    def __init__(self, usual: Mapping[int, bytes] | None = None) -> None:
        self._usual = usual or {}
        self._texts: dict[str, int] = {}
        self._leaves: dict[tuple[int, int, int], int] = {}
        self._pdus: dict[WirePdu, int] = {}
        self._rows: list[list[Any]] = []

    def as_json(self) -> dict[str, Any]:
        """The data for the script of the page.

        texts; leaves: name, clause, doc; pdus: name, hex, missing, whole, fields: size, path, value, meaning,
        problem, leaf. Except for hex, sizes and flags, all are indexes of texts.
        """
        return {"texts": list(self._texts), "leaves": list(self._leaves), "pdus": self._rows}

    def moments(self, case: CaseReport) -> dict[str, Any]:
        """The trace of a case, and its decisive points, -1 where there is none.

        These are the moment of the stimulus and an unusual byte in it, and the moment of the reaction and a byte in it.
        A moment: t, kind, text, times, PDUs, machine, description of its steps, impossible.
        """
        groups = _grouped(moments_of(case))
        stimulus, reaction = _decisive(case, [moments[-1] for moments in groups])
        rows = [self._moment(moments) for moments in groups]
        pdus = groups[stimulus][-1].pdus if stimulus >= 0 else ()
        unusual = first_unusual_byte(pdus[0].data, self._usual) if len(pdus) == 1 else -1
        points = {"stimulus": stimulus, "unusual": unusual, "reaction": reaction, "byte": _byte(case)}
        return {"moments": rows, **points}

    def _moment(self, moments: Sequence[Moment]) -> list[Any]:
        first, last = moments[0], moments[-1]
        most = (
            _PDUS_SHOWN if first.kind is Kind.RECEIVED else None
        )  # the page offers everything that was sent for copying
        pdus = [self.pdu(pdu) for moment in moments for pdu in moment.pdus[:most]]
        steps = "\n".join(step.description for step in last.steps)
        text = self._text(first.entry.text)
        machine = self._text(last.machine)
        return [
            round(first.entry.t, 4),
            str(first.kind),
            text,
            sum(moment.entry.times for moment in moments),
            pdus,
            machine,
            self._text(steps),
            int(last.impossible),
        ]

    def _text(self, text: str) -> int:
        return _number(self._texts, text)

    def pdu(self, pdu: WirePdu) -> int:
        """The number of a PDU."""
        if pdu not in self._pdus:
            self._pdus[pdu] = len(self._rows)
            fields = [self._field(leaf, pdu) for leaf in _known_fields(pdu)]
            name = self._text(pdu_name(pdu.data))
            self._rows.append([name, pdu.data.hex(), pdu.missing, int(pdu.whole), fields])
        return self._pdus[pdu]

    def _field(self, leaf: Field, pdu: WirePdu) -> list[int]:
        described = (self._text(leaf.name), self._text(leaf.clause), self._text(leaf.doc))
        certain = pdu.whole or leaf.name == "pdu_length"  # other problems may be missing bytes
        problem = leaf.problem if certain and not pdu.missing else None
        texts = (leaf.path, _value(leaf), leaf.meaning, problem or "")
        size = min(leaf.size, len(pdu.data) - leaf.offset)
        return [size, *map(self._text, texts), _number(self._leaves, described)]


def _number(known: dict[Any, int], value: Hashable) -> int:
    return known.setdefault(value, len(known))


def _known_fields(pdu: WirePdu) -> list[Field]:
    """The fields of the bytes that are known."""
    data = pdu.data + bytes(min(pdu.missing, _PADDED))
    return [leaf for leaf in field_map(data) if leaf.offset < len(pdu.data)]


def _value(leaf: Field) -> str:
    if isinstance(leaf.value, bytes):
        if not any(leaf.value):
            return counted(leaf.size, "zero byte") if leaf.size else ""
        text = leaf.value[:_VALUE_SHOWN].hex(" ").upper()
        return text + (" ..." if leaf.size > _VALUE_SHOWN else "")
    return escaped(str(leaf.value))


def _grouped(moments: Sequence[Moment]) -> list[list[Moment]]:
    """Moments one by one; only bytes that were sent one at a time are together."""

    def key(numbered: tuple[int, Moment]) -> tuple[Hashable, ...]:
        number, moment = numbered
        if moment.kind is Kind.SENT and moment.entry.length == 1:
            return (moment.kind, moment.entry.text)
        return (number,)

    return [[moment for _, moment in group] for _, group in groupby(enumerate(moments), key)]


def _decisive(case: CaseReport, moments: Sequence[Moment]) -> tuple[int, int]:
    """The moment of the stimulus and that of the reaction to it, -1 where there is none."""
    if not moments or case.verdict not in CONCLUSIVE:
        return -1, -1
    impossible = next((number for number, moment in enumerate(moments) if moment.impossible), -1)
    sent = [number for number, moment in enumerate(moments) if moment.kind is Kind.SENT]
    if not sent and moments[0].kind is Kind.RECEIVED:
        return -1, 0
    named = [number for number in sent if case.id in moments[number].entry.text]
    of_cell = [
        number for number in sent if any((step.event, step.state) == case.cell for step in moments[number].steps)
    ]
    ends = [
        number for number, moment in enumerate(moments) if moment.kind not in (Kind.OPENED, Kind.SENT, Kind.RECEIVED)
    ]
    before_end = [number for number in sent if not ends or number < ends[0]]
    candidates = named or of_cell or [number for number in before_end if impossible < 0 or number < impossible]
    stimulus = candidates[-1] if candidates else -1
    left = next((number for number in ends if number > stimulus and moments[number].kind in _TESTER_ENDS), len(moments))
    if stimulus < impossible < left:  # what comes after the tester has closed is not a reaction to the stimulus
        return stimulus, impossible
    after = (number for number, moment in enumerate(moments) if number > stimulus and moment.kind in _REACTIONS)
    return stimulus, next(after, -1)


def _byte(case: CaseReport) -> int:
    """The byte that the observation names, counted from 0; -1 if it names none."""
    found = _BYTE.search(case.observed)
    return int(found[1]) - 1 if found else -1
