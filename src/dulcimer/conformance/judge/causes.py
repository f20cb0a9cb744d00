"""The causes of the deviations of a run: results of one cause are reported together and counted once.

A cause is a broken rule and what was observed instead. So the same bytes in the same state, a field that is misread in
every case that has it, or a PDU that the peer sends too often are one cause of many results.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import RULES
from dulcimer._generated.fsm import EVENTS, STATES, TABLE, Events
from dulcimer.conformance.judge.advice import VIOLATED
from dulcimer.conformance.judge.outage import STOPS
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.parts import WatchFor
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.steps import data_of
from dulcimer.conformance.model.verdict import RANK, Verdict

DEVIATIONS = frozenset({Verdict.FAILED, Verdict.NON_STRICT})
"""Verdicts that have a cause."""

AFTER_THE_END = "speaks-after-the-end"
_CODES = {
    PduType.A_ABORT.label: ("a-abort-codes", "Source and reason of an A-ABORT are defined values (PS3.8 9.3.8)."),
    PduType.A_ASSOCIATE_RJ.label: (
        "a-associate-rj-codes",
        "Result, source and reason of an A-ASSOCIATE-RJ are defined values (PS3.8 9.3.4).",
    ),
}
_CODE_TOPICS = frozenset(topic for topic, _ in _CODES.values())
_CODE_RULES = {".sender.abort": PduType.A_ABORT.label, ".sender.rejection": PduType.A_ASSOCIATE_RJ.label}
_ABOUT_CODES = ("reserved-abort", "reserved-values", "illegal-rejection")
_WITH_REASON = ("user-abort-with-reason", "abort-with-reason")
_REASON = "r.ps3_8.9_3_8.user-reason-zero"
_STREAM = "r.ps3_8.9_1_3.pdus-on-the-stream"
_EVT19 = "r.ps3_8.9_2_3.unrecognized-is-evt19"
_TYPES = "r.ps3_8.9_3_1.seven-types"
_UNKNOWN_ITEMS = "r.ps3_8.9_3_1.unknown-items-ignored"
_UNKNOWN_USER_ITEM = ("enc.item.unknown.user", "enc.req.item.unknown.user")
_OPTIONAL_USER_ITEMS = tuple(f"r.ps3_7.d_3_3_{number}." for number in (3, 4, 5, 6, 7))
_REFUSALS = (PduType.A_ABORT.label, PduType.A_ASSOCIATE_RJ.label, "close")
_AFTER = "after-the-end"
_ANSWERS = ("A-ABORT", "silence", "close", "late-close")
_NOT_ALLOWED = "is not allowed here"
_UNEXPECTED = "unexpected-pdu"
_TITLES = frozenset({"r.ps3_8.9_3_2.called-title-form", "r.ps3_8.9_3_2.calling-title-form"})


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: `id` is the same in every run, `title` is for a reader. `cases`: the ids of its results.

    `verdict` and `severity` are the worst of its results. `rule`: id of the broken rule, "" if it has none;
    `observed`: the kind of reaction, such as "silence" or "A-ABORT".
    """

    id: str
    title: str
    rule: str
    observed: str
    verdict: Verdict
    severity: str
    cases: tuple[str, ...]


def with_causes(results: Sequence[Result]) -> list[Result]:
    """The results, in which each deviation has its cause."""
    by_id = {result.case.id: result for result in results}
    return [replace(result, cause=_cause(result, by_id) if result.verdict in DEVIATIONS else "") for result in results]


def grouped(results: Iterable[Result]) -> list[Cause]:
    """The causes of these results, the worst first: FAILED before NON-STRICT, then by severity and number of cases."""
    by_cause: dict[str, list[Result]] = {}
    for result in results:
        if result.cause:
            by_cause.setdefault(result.cause, []).append(result)
    found = [_of(name, rows) for name, rows in by_cause.items()]
    return sorted(found, key=lambda row: (-RANK[row.verdict], row.severity, -len(row.cases)))


def _of(name: str, rows: Sequence[Result]) -> Cause:
    worst = max(RANK[row.verdict] for row in rows)
    first = min((row for row in rows if RANK[row.verdict] == worst), key=lambda row: row.severity)
    topic, _, observed = name.rpartition("/")
    named = topic.partition(":")[0]
    rule = named if named in RULES else next((one for one in first.case.rules if one in RULES), "")
    title = _title(topic, first.case)
    return Cause(name, title, rule, observed, first.verdict, first.severity, tuple(row.case.id for row in rows))


def _title(topic: str, case: Case) -> str:
    rule = topic.partition(":")[0]
    if rule in RULES:
        return RULES[rule].statement
    for known, words in _CODES.values():
        if topic == known:
            return words
    kind, _, what = topic.partition(":")
    match kind:
        case "after-the-end":
            return "Nothing is sent after the end of the association (PS3.8 Table 9-10, Sta13)."
        case "close":
            return f"A received {what} makes the peer close the connection, at once and without an answer."
        case "artim":
            return "ARTIM bounds how long the peer waits, and its expiry closes the connection (PS3.8 9.1.5)."
        case "unexpected-pdu":
            action, _, state = what.partition(".")
            where = state or "the state of the association"
            return f"A PDU that {where} does not expect is answered as Table 9-10 says: {action}."
    return case.requirement


def _cause(result: Result, by_id: Mapping[str, Result]) -> str:
    base = by_id.get(result.case.base)
    if base is not None and base.verdict is Verdict.FAILED and result.alternative not in (VIOLATED, STOPS):
        return _cause(base, by_id)
    if seen := _only_failure(result, by_id):
        return _cause(seen, by_id)
    topic, kind = _topic(result, by_id), kind_of(result)
    if result.alternative == STOPS:
        kind = STOPS
    elif topic in _CODE_TOPICS or topic == _REASON:
        kind = "value"
    elif topic == _AFTER or (topic.startswith(_UNEXPECTED) and kind not in _ANSWERS):
        kind = "PDU"
    return f"{topic}/{kind}"


def _only_failure(result: Result, by_id: Mapping[str, Result]) -> Result | None:
    """The case in which a rule was broken, if it is the only one and has also failed for its own reason; else None."""
    seen = [by_id[name] for name in result.seen_in if name in by_id]
    alone = len(result.seen_in) == 1 and seen and seen[0].verdict is Verdict.FAILED
    return seen[0] if alone and seen[0].alternative != VIOLATED else None


def kind_of(result: Result) -> str:
    """What was observed, without details that differ between cases: the name of a PDU, "silence", "close" and so on."""
    if result.alternative == VIOLATED:
        return VIOLATED
    last = result.observed.replace(", then ", "; ").split("; ")[-1].split(" (")[0].split(" on the ")[0]
    kind = last.partition("(")[0]
    return "close" if kind.endswith("close") and kind != "late-close" else kind or result.alternative


def _topic(result: Result, by_id: Mapping[str, Result]) -> str:
    case, kind = result.case, kind_of(result)
    if result.alternative == VIOLATED:
        rule = result.violated or case.id
        if rule.endswith(".sender.after-end"):
            return _AFTER
        if rule.endswith(".sender.values") and result.observed.endswith(_NOT_ALLOWED):
            return rule.replace(".values", ".user-unasked")
        if rule.endswith(".sender.abort-reason"):
            return _REASON
        about = next((name for suffix, name in _CODE_RULES.items() if rule.endswith(suffix)), "")
        return _CODES[about][0] if about else rule
    if result.alternative in _WITH_REASON:
        return _REASON
    if result.alternative in _ABOUT_CODES and kind in _CODES:
        return _CODES[kind][0]
    if result.alternative == AFTER_THE_END:
        return _AFTER
    if case.expectation.watch is WatchFor.CLOSE and not case.opening.answer and case.injection.steps:
        return f"close:{_sent(case)}"
    if case.expectation.watch is WatchFor.ARTIM:
        return "artim"
    if case.cell is not None:
        return _topic_of_cell(case, kind, result.observed)
    rules = [rule for rule in case.rules if rule != _STREAM] if not _only_in_segments(case, by_id) else [_STREAM]
    first = next(iter(rules), "")
    if first in _TITLES:
        return min(_TITLES)
    if first.startswith(_OPTIONAL_USER_ITEMS) and kind in _REFUSALS and _refuses_unknown(by_id, kind):
        return _UNKNOWN_ITEMS
    return first or case.id


def _topic_of_cell(case: Case, kind: str, observed: str) -> str:
    assert case.cell is not None
    cell = case.follows[0].cell if case.follows else case.cell
    event, state = cell
    if event is Events.EVT_18:
        return "artim"
    if event is Events.EVT_19 and _EVT19 in case.rules:
        rule = case.rules[case.rules.index(_EVT19) + 1]
        return f"{rule}:{TABLE[cell]}" if rule == _TYPES else rule
    passed = case.expectation.overtaken.by if case.expectation.overtaken is not None else ""
    released = passed == PduType.A_RELEASE_RP.label and observed.startswith(f"{passed}, then ")
    if (TABLE[cell] in ("AA-6", "AA-7") or released) and kind not in _ANSWERS:
        return _AFTER
    if TABLE[cell] in ("AA-1", "AA-6", "AA-7", "AA-8"):
        where = "" if TABLE[cell] == "AA-8" else f".{STATES[state].label}"
        return f"{_UNEXPECTED}:{TABLE[cell]}{where}"
    return f"{TABLE[cell]}.{STATES[state].label}.{EVENTS[event].label}"


def _sent(case: Case) -> str:
    if case.cell is not None:
        return EVENTS[case.cell[0]].subject
    kinds = [data[0] for data in map(data_of, case.injection.steps) if data]
    return PduType(kinds[-1]).label if kinds and kinds[-1] in set(PduType) else "PDU"


def _only_in_segments(case: Case, by_id: Mapping[str, Result]) -> bool:
    """Whether the same bytes in one segment cause no deviation, so that the segmentation alone causes it."""
    base = by_id.get(case.base)
    return base is not None and base.verdict not in DEVIATIONS


def _refuses_unknown(by_id: Mapping[str, Result], kind: str) -> bool:
    """Whether the peer refuses any user data sub-item that it does not know, in the same way."""
    found = filter(None, map(by_id.get, _UNKNOWN_USER_ITEM))
    return any(result.verdict in DEVIATIONS and kind_of(result) == kind for result in found)
