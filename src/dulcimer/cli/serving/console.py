"""What `dulcimer serve` prints: its address, lines while it serves, and options that cannot be used."""

from __future__ import annotations

import contextlib
from typing import NoReturn

import typer

from dulcimer.cli.serving.settings import ServeSettings


def say(line: str) -> None:
    """Print the line; a closed output must not fail an instance or an association."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


def announce(settings: ServeSettings, host: str, port: int) -> None:
    """Print the address, and what the server does; at once, for who reads the first line may look for the second."""
    address = f"{f'[{host}]' if ':' in host else host}:{port}"
    print(f"listening on {address}\nAE title {settings.ae_title}; {settings.described}", flush=True)


def unusable(problem: str, option: str) -> NoReturn:
    """Report that an option cannot be used as given."""
    raise typer.BadParameter(problem, param_hint=f"'{option}'")
