"""The command that reruns one case of a check."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer

from dulcimer.conformance.run.record import CASE

_KEPT = frozenset(
    {
        *("calling_ae_title", "called_ae_title", "embedded", "i_may_test", "peer_artim", "t_react", "peer_releases"),
        *("requestor", "role", "listen", "bind", "hang_limit", "upper_tester", "spawn", "policy_file"),
        *("tls", "tls_cert", "tls_key", "tls_ca", "tls_insecure", "tls_min", "tls_name"),
    }
)
"""Parameters that identify the peer and how to connect to it."""
_PLAIN = re.compile(r"[\w@%+=:,./{}-]+", re.ASCII)
"""Words that need no quotes in a shell; names in braces are filled in by the check."""


def command_again(context: typer.Context, words: list[str]) -> str:
    """The shell command line, with `CASE` as a placeholder for the case id; `words` are the arguments."""
    options = list(_given(context))
    parts = ["dulcimer", "check", *options, "--case", CASE, "--verbose"]
    if context.params.get("requestor") or context.params.get("role") is not None:
        parts += ["--", *words]
    else:
        parts[2:2] = words
    return " ".join(part if _PLAIN.fullmatch(part) else shlex.quote(part) for part in parts)


def _given(context: typer.Context) -> Iterator[str]:
    """The options that are kept."""
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name not in _KEPT or source is None or source.name != "COMMANDLINE":
            continue
        value = context.params[name]
        option = parameter.opts[-1]
        if isinstance(value, bool):
            yield from (option,) if value else ()
            continue
        for one in value if isinstance(value, list | tuple) else (value,):
            yield option
            yield _text(one)


def _text(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return f"{value:g}" if isinstance(value, float) else str(value)
