"""Causes as text of 80 columns, and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from dulcimer.cli.diagnosing.cause_parts import cause_parts
from dulcimer.diagnosis.causes.engine import CausesFound
from dulcimer.diagnosis.causes.findings import CauseFinding, CauseWeight, ProofPoint
from dulcimer.diagnosis.causes.wording import command_line, sentence
from dulcimer.diagnosis.evidence.conversations import Evidence, SeenConnection
from dulcimer.escaping import escaped

WIDTH = 80
_INDENT, _LABEL = 3, 11
_MOST = 5
"""Causes that are told in full, if not all are asked for."""
_MOST_CONNECTIONS = 3
_MOST_SHOWN = 56
"""Characters of bytes or of a line that are shown as proof."""


def report_text(name: str, kind: str, evidence: Evidence, found: CausesFound, *, verbose: bool = False) -> str:
    """All of it, cause first."""
    connections = {one.number: one for one in evidence.conversations}
    lines = [*_wrapped(f"{escaped(name)} ({kind}): {' '.join(found.seen)}", "", "  "), ""]
    if found.is_clean:
        lines += _clean(found, kind)
        return "\n".join(lines)
    main = [one for one in found.findings if one.weight is CauseWeight.FAILURE]
    full = main or list(found.findings)
    if verbose:
        full = list(found.findings)
    elif len(full) > _MOST:
        full = full[:_MOST]
    rest = [one for one in found.findings if one not in full]
    for number, one in enumerate(full, 1):
        lines += [*_in_full(number, one, connections), ""]
    if rest:
        lines += [*_in_short(rest), ""]
    if found.doubts:
        lines += [*_wrapped("Not seen: " + " ".join(found.doubts), "", "  "), ""]
    return "\n".join(lines[:-1])


def _clean(found: CausesFound, kind: str) -> Iterator[str]:
    yield f"Nothing is wrong that this {kind} shows."
    if found.doubts:
        yield from _wrapped("Not seen: " + " ".join(found.doubts), "", "  ")


def _in_full(number: int, one: CauseFinding, connections: dict[int, SeenConnection]) -> Iterator[str]:
    cause = one.cause
    head = f"{number}  "
    yield from _wrapped(escaped(sentence(cause.cause, one.values)), head, " " * _INDENT)
    where = _where(one, connections)
    for label, text in cause_parts(cause, one.question, one.sure, _proof(one.proof), one.values, where):
        yield from _labelled(label, text)


def _proof(points: tuple[ProofPoint, ...]) -> Iterator[str]:
    for each in points:
        yield f"{each.place}: {escaped(each.words)}"
        if each.place.shown:
            shown = escaped(each.place.shown)
            yield shown if len(shown) <= _MOST_SHOWN else shown[: _MOST_SHOWN - 4] + " ..."


def _where(one: CauseFinding, connections: dict[int, SeenConnection]) -> str:
    numbers = one.conversations
    told = [_named(connections[number]) for number in numbers[:_MOST_CONNECTIONS] if number in connections]
    more = len(numbers) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more > 0 else "")


def _named(one: SeenConnection) -> str:
    titles = f"{one.calling or '?'} to {one.called or '?'}" if one.request else ""
    ends = f"{_address(one.client)} to {_address(one.server)}" if one.server[0] else ""
    both = ", ".join(part for part in (titles, ends) if part)
    return f"connection {one.number}" + (f" ({escaped(both)})" if both else "")


def _address(end: tuple[str, int]) -> str:
    host, port = end
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _in_short(rest: list[CauseFinding]) -> Iterator[str]:
    yield "It may also matter (-v tells all of it):"
    for one in rest:
        words = f"{escaped(sentence(one.cause.cause, one.values))} ({one.sure}; {one.proof[0].place})"
        yield from _wrapped(words, "   - ", "     ")


def _labelled(label: str, text: str) -> Iterator[str]:
    indent = " " * (_INDENT + _LABEL)
    yield from _wrapped(text, f"{' ' * _INDENT}{label:<{_LABEL}}", indent)


def _wrapped(text: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=others, break_on_hyphens=False) or [
        first.rstrip()
    ]


def report_json(name: str, kind: str, evidence: Evidence, found: CausesFound) -> dict[str, Any]:
    """The same for programs."""
    connections = {one.number: one for one in evidence.conversations}
    return {
        "source": name,
        "kind": kind,
        "clean": found.is_clean,
        "causes": [_cause_json(one, connections) for one in found.findings],
        "seen": list(found.seen),
        "not_seen": list(found.doubts),
    }


def _cause_json(one: CauseFinding, connections: dict[int, SeenConnection]) -> dict[str, Any]:
    cause = one.cause
    return {
        "id": one.id,
        "question": {"id": one.question.id, "number": one.question.number, "text": one.question.text},
        "cause": sentence(cause.cause, one.values),
        "sure": one.sure.value,
        "explains": one.weight.name.lower(),
        "proof": [
            {
                "words": each.words,
                each.place.kind.value: each.place.number,
                "t": each.place.t,
                "shown": each.place.shown,
            }
            for each in one.proof
        ],
        "change": {
            side: text
            for side, text in (
                ("requestor", cause.requestor),
                ("acceptor", cause.acceptor),
                ("elsewhere", cause.elsewhere),
            )
            if text
        },
        "clause": cause.clause,
        "settle": cause.settle,
        "next": command_line(cause.next, one.values),
        "connections": [
            {
                "number": number,
                "client": list(connections[number].client),
                "server": list(connections[number].server),
                "called": connections[number].called,
                "calling": connections[number].calling,
            }
            for number in one.conversations
            if number in connections
        ],
    }
