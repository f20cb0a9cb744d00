"""`dulcimer lab`: captures with a fault to find, and marks for the answers."""

from __future__ import annotations

SUBCOMMANDS = {
    "make": "Write captures with a question sheet.",
    "grade": "Grade the answers, and explain those that are wrong.",
}
"""The sub-commands; the module of each is `lab_<name>`."""


def group() -> None:
    """Learn to read captures: find the fault, or find out what happened.

    Each lab is a capture of a few associations. In some of them one end breaks
    one rule of the standard, in some nothing is wrong, in others something
    happened that is to be explained: a refused context, an A-ABORT, a collision.

    Examples:
      dulcimer lab make labs --seed 7
      dulcimer lab grade labs labs/answers.json
    """
