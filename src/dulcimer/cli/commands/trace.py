"""`dulcimer trace`: recorded associations."""

from __future__ import annotations

SUBCOMMANDS = {
    "show": "Show a recorded association, step by step.",
    "check": "Judge recorded associations: which rule did an end break, and where?",
    "import": "Write the associations of a capture as a trace.",
    "export": "Write a trace in another form, for other programs.",
}
"""The sub-commands; the module of each is `trace_<name>`."""


def group() -> None:
    """Show and judge recorded associations, and export them for other programs.

    A trace is a file of JSON Lines with the bytes of an association and each step
    of the state machine (PS3.8 9.2). Data sets and passwords are left out of it.

    Examples:
      dulcimer trace show association.jsonl
      dulcimer trace check capture.pcapng
      dulcimer trace export association.jsonl --to qlog-seq
    """
