"""A reproducer as a program, and as a test, that need nothing but Python."""

from __future__ import annotations

import hashlib
from importlib import resources
from pprint import pformat
from typing import Any

from dulcimer.fuzz.engine.conversation import EndKind
from dulcimer.fuzz.findings.playing import outcome
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.sequences.steps import RefuseConnection, cell_name, step_to_json

_PLAN = "PLAN: dict[str, Any] = {}\n"
_MAIN = '\n\nif __name__ == "__main__":'
_ENDS = {
    EndKind.REFUSED: "refused",
    EndKind.FIN: "closed",
    EndKind.RST: "closed",
    EndKind.RST_AFTER_SEND: "closed",
    EndKind.CLOSED: "ours",
    EndKind.OPEN: "open",
    EndKind.FLOOD: "flood",
}
"""FIN or RST is a matter of time: it depends on whether the target has read all bytes."""

_TEST = '''

def test_{name}() -> None:
    """It fails for as long as the finding comes again; DULCIMER_TARGET is where the target is: HOST:PORT."""
    import os

    import pytest

    host, _, port = os.environ.get("DULCIMER_TARGET", "").rpartition(":")
    assert port.isdecimal(), "set DULCIMER_TARGET to HOST:PORT"
    found = play(PLAN, host, int(port))
    if PLAN["seen"] is None:
        pytest.skip("all was sent; what was found shows only inside the target")
    assert not same(found, PLAN["seen"]), "\\n".join([*PLAN["about"], "now   " + in_words(found)])
'''


def script(reproducer: Reproducer) -> str:
    """The program; its exit status says whether what was seen came again."""
    source = resources.files(__package__).joinpath("playing.py").read_text(encoding="utf-8")
    before, found, after = source.partition(_PLAN)
    assert found
    plan = pformat(_plan(reproducer), width=110, sort_dicts=False)
    return f"{before}PLAN: dict[str, Any] = {plan}\n{after}"


def pytest_file(reproducer: Reproducer) -> str:
    """The same as a test for pytest. It passes if something else comes than was seen."""
    source, found, _ = script(reproducer).rpartition(_MAIN)
    assert found
    return source.rstrip() + "\n" + _TEST.format(name=name_of(reproducer))


def name_of(reproducer: Reproducer) -> str:
    """A name for files of this finding, of letters, digits and underscores: it is the same for the same finding."""
    key = reproducer.finding.key
    cell = "" if key.cell is None else "_" + cell_name(key.cell).lower().replace("-", "_")
    digest = hashlib.sha256(repr((key.operators, key.frames)).encode()).hexdigest()[:8]
    return f"{key.oracle.replace('-', '_')}{cell}_{digest}"


def _plan(reproducer: Reproducer) -> dict[str, Any]:
    return {
        "about": list(about(reproducer)),
        "role": reproducer.sequence.role,
        "command": reproducer.target.command,
        "tls": reproducer.target.tls,
        "rounds": reproducer.rounds,
        "conversations": [[step_to_json(step) for step in sequence.steps] for sequence in reproducer.sequences],
        "seen": _seen(reproducer),
    }


def about(reproducer: Reproducer) -> tuple[str, ...]:
    """A finding in a few lines."""
    finding, target = reproducer.finding, reproducer.target
    lines = {
        "found": f"{finding.oracle}: {finding.verdict}",
        "cell": "" if finding.cell is None else cell_name(finding.cell),
        "clause": finding.clause,
        "expected": ", ".join(reproducer.expected),
        "target": " ".join(filter(None, (target.version, f"({target.command})" if target.command else ""))),
        "again": f"{finding.times} of {finding.tries} tries" if finding.tries else "",
    }
    frames = [f"{'frame':9} {frame}" for frame in finding.frames]
    return (*(f"{name:9} {text}" for name, text in lines.items() if text), *frames)


def _seen(reproducer: Reproducer) -> dict[str, Any] | None:
    """What a peer sees of it; None if that is nothing."""
    end = reproducer.seen.end
    is_refusal = any(isinstance(step, RefuseConnection) for step in reproducer.sequence.steps)
    if end is None or is_refusal or not reproducer.finding.oracle.is_seen_by_peers:
        return None
    return outcome(list(reproducer.seen.pdus), _ENDS[end], reproducer.seen.serves)
