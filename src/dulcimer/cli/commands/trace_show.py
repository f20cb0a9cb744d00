"""`dulcimer trace show`: a recorded association."""

from __future__ import annotations

from typing import Annotated

import typer

from dulcimer.cli.options.output import Debug
from dulcimer.cli.options.trace_file import ChosenAssociation, TraceSource


def command(
    file: TraceSource,
    association: ChosenAssociation = None,
    step: Annotated[bool, typer.Option("--step", help="Wait after each row: Enter goes on, q and Enter ends.")] = False,
    every: Annotated[bool, typer.Option("--every", help="Show each piece of a data set.")] = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Show what happened in a recorded association, as a sequence diagram.

    Each PDU is an arrow between the states of both machines after it (PS3.8 9.2),
    with the steps of the machine: state, event, action, next state (Table 9-10).
    The end that recorded the trace has told its steps. The states of the other are
    those that the table allows, if its user and its timer do nothing; of a capture,
    those of both ends.

    Examples:
      dulcimer trace show association.jsonl
      dulcimer trace show association.jsonl --association 2 --step
      dulcimer trace show capture.pcapng
    """
    from dulcimer.cli.show.output import text_console
    from dulcimer.cli.tracing.lines import show_lines, wait_for_enter
    from dulcimer.cli.tracing.opening import chosen, opened_trace

    trace = opened_trace(file)
    pause = wait_for_enter if step else None
    show_lines(text_console(at_most=80), trace, chosen(trace, association), every=every, pause=pause)
