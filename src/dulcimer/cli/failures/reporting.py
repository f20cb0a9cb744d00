"""What a command prints when something failed, and the exit status that follows."""

from __future__ import annotations

import contextlib
import sys
import textwrap
import traceback
from collections.abc import Mapping
from typing import Any

from dulcimer import __version__
from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.failures.failure import NO_ROOM, place_of
from dulcimer.cli.failures.names_in_use import Names


def report(error: Exception, options: Mapping[str, Any]) -> ExitStatus:
    """Print `error` in words (as JSON if the options of the command say so); returns the exit status."""
    from dulcimer.cli.failures.diagnosis import failure_of  # only loaded when a command fails
    from dulcimer.cli.failures.probing import answers_otherwise

    names = Names.of(options)
    failure = failure_of(error, names, answers_otherwise)
    status = ExitStatus.OWN_FAULT if failure is None else failure.status
    with contextlib.suppress(OSError):  # if standard error cannot be written, the exit status is still right
        if options.get("debug"):
            traceback.print_exception(error)
        if failure is None:
            print(_own_fault(error), file=sys.stderr)
        elif options.get("json_output") is True:
            import json

            print(json.dumps({"error": failure.as_json(names)}))
        else:
            print(failure.as_text(names), file=sys.stderr)
        sys.stderr.flush()
    return status


def _own_fault(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return f"{place_of(error)} cannot be written: {error.strerror}. Make room, and try again."
    text = (
        f"This is a fault in dulcimer {__version__}, not in the peer: {type(error).__name__}: {error}. Report "
        "it where the README says, with the command line and its output with -d."
    )
    return textwrap.fill(text, 98)
