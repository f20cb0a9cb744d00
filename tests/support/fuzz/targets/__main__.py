"""Start a server or a client that is broken on purpose.

python -m support.fuzz.targets --list                  name, role, fault, what shows it, the least that triggers it
python -m support.fuzz.targets NAME --port N [...]     a server on 127.0.0.1; it writes `listening on N` once it does
python -m support.fuzz.targets NAME HOST PORT [...]    a client, once

--port N            0, the default: the system chooses
--artim SECONDS     2
--releases SECONDS  a server in Python releases what is idle for so long; default: never
--patience SECONDS  a client aborts after waiting for so long: 10
--title TITLE       AE title of the server: ANY-SCP
--dir DIR           where a server in Python writes instances; default: nowhere
--operations LIST   of a client: echo,find,store
--cache DIR         where programs in C are built
"""

from __future__ import annotations

import resource
import sys

from support.fuzz.targets.catalogue import ALL, CLIENT, TARGETS, Target
from support.fuzz.targets.talk import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

USAGE = 2
# Not argparse: its import takes a quarter of the time in which a target starts.
DEFAULTS = {
    "--port": "0",
    "--artim": "2",
    "--releases": "",
    "--patience": "10",
    "--title": "ANY-SCP",
    "--dir": "",
    "--operations": "echo,find,store",
    "--cache": "",
}


def main(words: list[str]) -> int:
    if words == ["--list"]:
        for target in ALL:
            print(target.line())
        return 0
    options = dict(DEFAULTS)
    given = []
    while words:
        word, *words = words
        if word in options and words:
            options[word], *words = words
        elif word.startswith("-"):
            return misuse(f"unknown option, or one without a value: {word}")
        else:
            given.append(word)
    name, *address = given or [""]
    if name not in TARGETS:
        return misuse(f"no target {name!r}: see --list")
    target = TARGETS[name]
    if len(address) != (2 if target.role == CLIENT else 0):
        return misuse("a client needs HOST PORT, a server does not")
    if target.is_compiled and not options["--cache"]:
        return misuse("a program in C needs --cache")
    # A target that crashes as it should leaves nothing behind.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return run(target, address, options)


def misuse(why: str) -> int:
    print(f"{__doc__}\n{why}", file=sys.stderr)
    return USAGE


def run(target: Target, address: list[str], options: dict[str, str]) -> int:
    settings = Settings()
    settings.title, settings.artim = options["--title"].encode(), float(options["--artim"])
    if target.role == CLIENT:
        settings.port, settings.patience = int(address[1]), float(options["--patience"])
        settings.operations = tuple(options["--operations"].split(","))
        return int(class_of(target).call(address[0], settings))
    settings.port, settings.directory = int(options["--port"]), options["--dir"]
    if target.is_compiled:
        from support.fuzz.targets.building import become

        become(target, options["--cache"], settings)
    if options["--releases"]:
        settings.releases = float(options["--releases"])
    class_of(target).serve(settings, lambda port: print(f"listening on {port}", flush=True))
    return 0


def class_of(target: Target) -> Any:
    module, _, name = target.made_of.partition(":")
    return getattr(__import__(f"support.fuzz.targets.{module}", fromlist=[name]), name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
