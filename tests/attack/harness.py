"""Attacks on a real ``dulcimer serve``: measures the effect on another client, and the memory.

A family of attacks is a module with ``ATTACKS``; ``run.py`` names the families. An attack gets the port of its own
server, sends its input, and says in a few words how that was answered. Meanwhile a probe, in a separate process,
repeats C-ECHO, and sometimes a C-FIND, each on an association that stays open. Linux only: memory is
VmHWM of ``/proc``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from support.peers.processes import DULCIMER, PeerProcess, free_port, peak_resident_bytes, server

MOST_ECHO_SECONDS = 0.5
MOST_RESIDENT = 400_000_000
"""The goals: the longest that an echo of somebody else takes, in seconds, and the memory of the server, in bytes."""
PROBE = Path(__file__).with_name("probe.py")


@dataclass(frozen=True)
class Victim:
    """The server that is attacked: its port, its process, and the directory of its archive."""

    peer: PeerProcess
    archive: Path

    @property
    def port(self) -> int:
        """The port that it listens on, on 127.0.0.1."""
        return self.peer.port


@dataclass(frozen=True)
class Attack:
    """``act`` sends the input and returns, in a few words, how it was answered; it ends by itself.

    ``options`` are for ``dulcimer serve``, ``descriptors`` is how many files the server may have open; the probe uses
    TLS if the server does. ``prepare`` is called before the measurement, with the victim.
    """

    name: str
    act: Callable[[Victim], str]
    options: tuple[str, ...] = ()
    descriptors: int | None = None
    prepare: Callable[[Victim], object] = lambda _: None


@dataclass(frozen=True)
class Figures:
    """The effect of an attack. Times in seconds, memory in bytes; ``find`` is the longest C-FIND, finished or not."""

    name: str
    took: float
    echoes: int
    median: float
    worst: float
    find: float
    lost: int
    resident: int
    answer: str

    @property
    def is_within_the_goals(self) -> bool:
        """Whether others were served in time, none of their associations was lost, and memory stayed small."""
        return self.worst <= MOST_ECHO_SECONDS and self.resident <= MOST_RESIDENT and not self.lost and self.echoes > 0


def measure(attack: Attack, dulcimer: Path = DULCIMER, settle: float = 1.0) -> Figures:
    """Start a server, attack it while the probe watches, and for ``settle`` seconds more."""
    with tempfile.TemporaryDirectory(prefix="dulcimer-attack-") as directory:
        archive = Path(directory)
        port = free_port()
        command: list[str | Path] = [dulcimer, "serve", "--port", str(port), "--dir", archive, *attack.options]
        if attack.descriptors is not None:
            command = ["prlimit", f"--nofile={attack.descriptors}:{attack.descriptors}", *command]
        with server("dulcimer serve", command, port) as peer:
            victim = Victim(peer, archive)
            attack.prepare(victim)
            probe = subprocess.Popen(
                [sys.executable, PROBE, str(port), *(["tls"] if "--tls-cert" in attack.options else [])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            assert probe.stdin is not None
            assert probe.stdout is not None
            probe.stdout.readline()  # it is associated
            begin = time.monotonic()
            try:
                answer = attack.act(victim)
            except OSError as error:
                answer = f"{type(error).__name__}: {error}"
            took = time.monotonic() - begin
            said, _ = probe.communicate(f"{settle}\n")
            seen = json.loads(said)
            alive = peer.process.poll() is None
            resident = peak_resident_bytes(Path(f"/proc/{peer.pid}/status")) if alive else 0
            if not alive:
                answer += f"; the server ended with {peer.process.returncode}"
            return Figures(attack.name, took, resident=resident, answer=answer, **seen)


def table(rows: Sequence[Figures], before: dict[str, Figures]) -> str:
    """The figures as Markdown, beside those of an earlier run."""
    lines = [
        "| input | echo p50 / longest, ms | longest find, s | server, MB | answer | before: longest echo, find, MB |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        old = before.get(row.name)
        told = "" if old is None else f"{old.worst:.1f} s, {old.find:.1f} s, {old.resident / 1e6:.0f}"
        mark = "" if row.is_within_the_goals else " **beyond the goals**"
        lost = f", {row.lost} associations lost" if row.lost else ""
        lines.append(
            f"| {row.name}{mark} | {row.median * 1e3:.1f} / {row.worst * 1e3:.0f}{lost} | {row.find:.2f} "
            f"| {row.resident / 1e6:.0f} | {row.answer} | {told} |"
        )
    return "\n".join(lines)


def save(rows: Sequence[Figures], path: Path) -> None:
    """Write the figures for a later run to compare with."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def load(path: Path) -> dict[str, Figures]:
    """The figures written by ``save``, by name."""
    return {row["name"]: Figures(**row) for row in json.loads(path.read_text())}
