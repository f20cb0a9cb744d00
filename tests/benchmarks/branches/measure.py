"""How many branches of dcmqrscp a campaign reaches, compared with a valid C-ECHO, C-FIND, C-GET and C-STORE.

``tests/benchmarks/branches/build DIRECTORY`` builds it; then
``python tests/benchmarks/branches/measure.py DIRECTORY --seconds 1800``.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.branches.counting import Branches, counted, prepare
from support.peers.processes import DULCIMER, HOST, client, free_port, server
from support.studies import Image, write_study

_START = Path(__file__).parents[2] / "support" / "peers" / "started" / "dcmqrscp"
_TITLES = ("-aet", "DULCIMER", "-aec", "ANY-SCP")
_NAMES = ("C-ECHO", "C-FIND", "C-GET", "C-STORE")


def valid_operation(name: str, port: int, images: list[Image], folder: Path) -> None:
    """One operation of a client of DCMTK that succeeds."""
    where = (*_TITLES, HOST, str(port))
    level = ("-S", "-k", "QueryRetrieveLevel=STUDY")
    study = ("-k", f"StudyInstanceUID={images[0].study}")
    commands = {
        "C-ECHO": ["/usr/bin/echoscu", *where],
        "C-FIND": ["/usr/bin/findscu", *level, *study, "-k", "PatientName", *where],
        "C-GET": ["/usr/bin/getscu", *level, *study, "-od", str(folder), *where],
        "C-STORE": ["/usr/bin/storescu", *where, str(images[0].path)],
    }
    client(commands[name])


@contextlib.contextmanager
def counted_server(folder: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """The server on a port, with its archive in `folder`."""
    port = free_port()
    command: list[str | Path] = [_START, folder, str(port)]
    with server("dcmqrscp", command, port, environment=environment):
        yield port


class Measurement:
    """Runs with counters of their own, below `folder`."""

    def __init__(self, build: Path, folder: Path) -> None:
        self._build = build
        self._folder = folder
        self._runs = 0
        self._program = build / "bin" / "dcmqrscp"
        self._environment = {"DCMQRSCP": str(self._program)}

    def counted(self, run: Callable[[Mapping[str, str]], None]) -> Branches:
        """The branches that a run takes; it is given the environment for the server."""
        self._runs += 1
        prefix = self._folder / f"counted-{self._runs}"
        counters = {"COUNTERS": str(self._folder / f"counters-{self._runs}")}
        prepare(self._build, prefix)
        run({**self._environment, **counters})
        writing = {**counters, "WRITE_COUNTERS": "1", "GCOV_PREFIX": str(prefix)}
        client([self._program, "--version"], environment=writing)
        found = counted(prefix)
        shutil.rmtree(prefix)
        return found

    def valid(self, name: str, images: list[Image]) -> Branches:
        """Those of one operation in an archive that has the images already, unless it stores one."""
        archive = self._folder / name
        if name != "C-STORE":
            with counted_server(archive, {**self._environment, "COUNTERS": str(self._folder / "unused")}) as port:
                for image in images:
                    client(["/usr/bin/storescu", *_TITLES, HOST, str(port), str(image.path)])

        def run(environment: Mapping[str, str]) -> None:
            with counted_server(archive, environment) as port:
                valid_operation(name, port, images, self._folder)

        return self.counted(run)

    def campaign(self, seconds: int, seed: int, report: Path) -> Branches:
        """Those of a campaign of one worker."""

        def run(environment: Mapping[str, str]) -> None:
            command = f"{_START} {{dir}} {{port}}"
            words = [str(DULCIMER), "fuzz", "--spawn", command, "--time", str(seconds), "--seed", str(seed)]
            subprocess.run([*words, "--json", str(report)], env={**os.environ, **environment}, check=False)

        return self.counted(run)


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, help="that of the build")
    parser.add_argument("--seconds", type=int, default=1800, help="how long the campaign plays")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", type=Path, default=Path("branches.json"), help="of the campaign")
    parser.add_argument("--missed", type=Path, help="write the branches that the campaign has not taken into this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _sink(Path(folder)) as port:
        os.environ["MOVE_PORT"] = str(port)
        measurement = Measurement(arguments.directory.resolve() / "build", Path(folder))
        images = write_study(Path(folder) / "study", 1, 2)
        valid = {name: measurement.valid(name, images) for name in _NAMES}
        together = Branches(frozenset(), frozenset())
        for name, found in valid.items():
            print(f"{name:10} {len(found.taken):6,}", flush=True)
            together |= found
        print(f"{'all four':10} {len(together.taken):6,} of {len(together.known):,}", flush=True)
        fuzzed = measurement.campaign(arguments.seconds, arguments.seed, arguments.report.resolve())
    print(f"{'campaign':10} {len(fuzzed.taken):6,} of {len(fuzzed.known):,}, {fuzzed.unread} files unreadable")
    print(f"{'ratio':10} {len(fuzzed.taken) / len(together.taken):6.3f}")
    print(f"{'missed':10} {len(together.taken - fuzzed.taken):6,} of all four")
    by_valid = together.by_folder()
    for name, (taken, known) in fuzzed.by_folder().items():
        print(f"  {name:10} {taken:6,} of {known:6,}; all four {by_valid.get(name, (0, 0))[0]:6,}")
    if arguments.missed:
        lines = (f"{file}:{line}:{place} {function}" for file, function, line, place in fuzzed.known - fuzzed.taken)
        arguments.missed.write_text("\n".join(sorted(lines)) + "\n")
    return 0


@contextlib.contextmanager
def _sink(folder: Path) -> Iterator[int]:
    """Where C-MOVE sends to."""
    port = free_port()
    with server("storescp", ["/usr/bin/storescp", "--ignore", str(port)], port):
        yield port


if __name__ == "__main__":
    sys.exit(main())
