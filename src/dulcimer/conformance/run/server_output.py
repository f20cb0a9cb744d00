"""What a server that the check has started did during a case: the lines that it wrote, and whether it ended."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from dulcimer.conformance.judge.health import ended_server
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.trace import Kind, trace_line
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.processes.server import ServerWatch

_WITH_OUTPUT = frozenset((Verdict.FAILED, Verdict.ERROR, Verdict.NON_STRICT, Verdict.INCONCLUSIVE))
_OUTPUT_SHOWN = 20
"""Verdicts with which the last lines of the server are shown, and how many of them."""


async def with_server(watch: ServerWatch, result: Result, began: float, *, alone: bool) -> Result:
    """The result with what the server wrote since `began`; if it has ended, a case that ran alone is to blame."""
    left = result.refused or any(row["kind"] in (Kind.PEER_FIN, Kind.PEER_RST) for row in result.trace)
    death = await watch.death_since(began, patient=alone and left)
    if death is not None and alone:
        result = ended_server(result, death.how)
    if result.verdict not in _WITH_OUTPUT:
        return result
    start = result.opened_at or began
    output = watch.output_between(began, asyncio.get_running_loop().time())[-_OUTPUT_SHOWN:]
    lines = [trace_line(max(at - start, 0.0), Kind.OUTPUT, f"the server wrote: {text}") for at, text in output]
    return replace(result, trace=tuple(sorted((*result.trace, *lines), key=lambda row: float(row["t"]))))
