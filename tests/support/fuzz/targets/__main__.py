"""`python -m support.fuzz.targets NAME --port N`, or `NAME HOST PORT` for a client; `--list`: all of them.

With `--port 0` the system chooses. A server writes a line once it listens: `listening on PORT`.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
from importlib import import_module
from typing import Any

from support.fuzz.targets.catalogue import ALL, CLIENT, TARGETS, Target
from support.fuzz.targets.talk import Settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="support.fuzz.targets", description="Servers and clients broken on purpose.")
    parser.add_argument("name", nargs="?", metavar="NAME", help="one of the list")
    parser.add_argument("address", nargs="*", metavar="HOST PORT", help="what a client calls")
    parser.add_argument("--list", action="store_true", help="name, role, fault, what it shows, the least trigger")
    parser.add_argument("--port", type=int, default=0, help="where a server listens on 127.0.0.1; 0: a free port")
    parser.add_argument("--artim", type=float, default=2.0, help="seconds")
    parser.add_argument("--releases", type=float, help="a server releases what is idle for so many seconds")
    parser.add_argument("--patience", type=float, default=10.0, help="seconds after which a client aborts")
    parser.add_argument("--title", default="ANY-SCP", help="AE title of the server")
    parser.add_argument("--dir", default="", help="where a server in Python writes instances; default: nowhere")
    parser.add_argument("--operations", default="echo,find,store", help="of a client")
    parser.add_argument("--cache", default="", help="where programs in C are built")
    given = parser.parse_args()
    if given.list:
        for target in ALL:
            print(target.line())
        return 0
    if given.name not in TARGETS:
        parser.error(f"no target {given.name!r}: see --list")
    target = TARGETS[given.name]
    if (target.role == CLIENT) != (len(given.address) == 2):
        parser.error("a client needs HOST PORT, a server does not")
    # A target that crashes as it should leaves nothing behind.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if target.is_compiled:
        if not given.cache:
            parser.error("a program in C needs --cache")
        from support.fuzz.targets.building import built

        program = str(built(target, given.cache))
        os.execv(program, [program, str(given.port), str(given.artim), given.title])
    settings = Settings()
    settings.port, settings.artim, settings.releases = given.port, given.artim, given.releases
    settings.title, settings.directory = given.title.encode(), given.dir
    kind = class_of(target)
    if target.role == CLIENT:
        settings.port, settings.patience = int(given.address[1]), given.patience
        settings.operations = tuple(given.operations.split(","))
        return int(kind.call(given.address[0], settings))
    kind.serve(settings, lambda port: print(f"listening on {port}", flush=True))
    return 0


def class_of(target: Target) -> Any:
    module, _, name = target.made_of.partition(":")
    return getattr(import_module(f"support.fuzz.targets.{module}"), name)


if __name__ == "__main__":
    sys.exit(main())
