"""What is said of a cause, part by part: of a file, and of a server that answers now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from dulcimer._generated.diagnosis import DiagnosticQuestion, PossibleCause
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.causes.wording import command_line

_SETTLED: Final = "nothing more is needed"
"""What rows say whose sign alone is the proof."""


def cause_parts(
    row: PossibleCause,
    question: DiagnosticQuestion,
    sure: Sureness,
    proof: Iterable[str],
    values: Mapping[str, str],
    where: str = "",
) -> Iterator[tuple[str, str]]:
    """Labels and texts, in their order; what is not known is left out. Of the proof only the first line has a label."""
    yield "how sure", str(sure)
    yield "asked as", f"{question.number}. {question.text}"
    for number, line in enumerate(proof):
        yield "" if number else "proof", line
    for label, text in (
        ("requestor", row.requestor),
        ("acceptor", row.acceptor),
        ("elsewhere", row.elsewhere),
        ("clause", row.clause),
        ("to settle", "" if sure is Sureness.CERTAIN or row.settle == _SETTLED else row.settle),
        ("next", command_line(row.next, values)),
        ("where", where),
    ):
        if text:
            yield label, text
