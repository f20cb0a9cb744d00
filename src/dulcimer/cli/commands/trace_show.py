"""`dulcimer trace show`: a recorded association."""

from __future__ import annotations

from dulcimer.cli.options.output import Debug
from dulcimer.cli.options.trace_file import ChosenAssociation, TraceSource


def command(file: TraceSource, association: ChosenAssociation = None, debug: Debug = False) -> None:  # noqa: ARG001
    """Show what happened in a recorded association, step by step.

    Each PDU has a line with its direction, and each step of the state machine of
    the end that recorded it: state, event, action, next state (PS3.8 Table 9-10).

    Examples:
      dulcimer trace show association.jsonl
      dulcimer trace show association.jsonl --association 2
    """
    from dulcimer.cli.show.output import text_console
    from dulcimer.cli.tracing.lines import show_lines
    from dulcimer.cli.tracing.opening import chosen, opened_trace

    trace = opened_trace(file)
    show_lines(text_console(at_most=80), trace, chosen(trace, association))
