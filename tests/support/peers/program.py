"""The command line that the peers written in Python share, so that each is started in the same way."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Work = Callable[[argparse.Namespace], dict[str, Any]]


def run(description: str | None, serve: Callable[[argparse.Namespace], None], works: Mapping[str, Work]) -> None:
    """Do what the first argument says: ``serve``, or one of ``works``, whose result is printed as JSON."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("work", choices=["serve", *works])
    parser.add_argument("port", type=int)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--dir", type=Path, help="write instances here (serve); default: drop them")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--maximum-length", type=int, help="greatest PDU-length received, in bytes")
    parser.add_argument("--steady", action="store_true", help="as a client, without a race of its own (pynetdicom)")
    arguments = parser.parse_args()
    if arguments.work == "serve":
        serve(arguments)
    else:
        print(json.dumps(works[arguments.work](arguments)))
