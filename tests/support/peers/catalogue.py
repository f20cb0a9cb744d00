"""The other implementations that tests and benchmarks talk to, and how to get each.

``PYTHONPATH=tests python -m support.peers.catalogue`` says which are here; exit status 1 when one is missing.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

PACKAGES = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dulcimer" / "peers"
"""Where `.ci/install-peers` puts peers of npm, and those of pip that cannot share our environment."""
_ELSEWHERE = Path("/usr/lib/postgresql")
"""Where Debian keeps programs of which there may be several versions, away from the path."""


def program_path(program: str) -> str | None:
    """Where a program is; None if it is not on this machine."""
    folders = [os.environ.get("PATH", os.defpath), *map(str, sorted(_ELSEWHERE.glob("*/bin"), reverse=True))]
    return shutil.which(program, path=os.pathsep.join(folders))


@dataclass(frozen=True)
class PeerInfo:
    """A peer: ``programs`` it needs, ``package`` (an apt name) that brings them, a Python ``module`` it needs.

    ``folder``: a pattern for the folder of a package of npm or pip below `PACKAGES`.
    """

    name: str
    programs: tuple[str, ...] = ()
    package: str = ""
    module: str = ""
    folder: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """What of it is not on this machine."""
        programs = tuple(program for program in self.programs if program_path(program) is None)
        if self.module and importlib.util.find_spec(self.module) is None:
            programs = (*programs, f"Python module {self.module}")
        if self.folder and not any(PACKAGES.glob(self.folder)):
            programs = (*programs, f"{PACKAGES / self.folder}")
        return programs

    @property
    def advice(self) -> str:
        """The command that installs it."""
        ways = (
            f"apt-get install {self.package}" if self.package else "",
            "pip install -e '.[dev]'" if self.module else "",
            ".ci/install-peers" if self.folder else "",
        )
        return " and ".join(filter(None, ways))

    @property
    def installed_version(self) -> str:
        """Its own words about its version."""
        if self.folder:
            return next(PACKAGES.glob(self.folder)).name
        if not self.programs:
            return version(self.module)
        program = program_path(self.programs[0]) or self.programs[0]
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
        return answer.stdout.splitlines()[0].strip("$ ") if answer.stdout else "version unknown"


PEERS = {
    peer.name: peer
    for peer in (
        PeerInfo("DCMTK", programs=("echoscu", "storescu", "storescp", "dcmqrscp", "wlmscpfs"), package="dcmtk"),
        PeerInfo("Orthanc", programs=("Orthanc",), package="orthanc"),
        PeerInfo("pynetdicom", module="pynetdicom"),
        PeerInfo("Odil", programs=("odil",), package="odil python3-odil"),
        PeerInfo("dcmjs-dimse", programs=("node",), package="nodejs", folder="npm/node_modules/dcmjs-dimse"),
        PeerInfo("Kaitai", programs=("node",), package="nodejs", folder="npm/node_modules/kaitai-struct-compiler"),
        PeerInfo("Node.js", programs=("node",), package="nodejs"),
        PeerInfo("pynetdicom2", folder="pynetdicom2/lib/python*/site-packages/pynetdicom2-*.dist-info"),
        PeerInfo("tshark", programs=("tshark",), package="tshark"),
        PeerInfo("PostgreSQL", programs=("postgres", "initdb", "pg_ctl"), package="postgresql", module="psycopg"),
        PeerInfo("Chromium", programs=("chromium",), package="chromium"),
        PeerInfo("axe-core", programs=("chromium",), package="chromium", folder="npm/node_modules/axe-core"),
        PeerInfo("gcc", programs=("gcc",), package="gcc libc6-dev"),
    )
}


def peers_are_required() -> bool:
    """True where a missing peer is a failure and not a skip: in continuous integration (``CI=true``)."""
    return os.environ.get("CI", "").lower() in {"true", "1"}


def require_peer(name: str) -> None:
    """Skip the running test, or fail it in continuous integration, when the peer is not on this machine."""
    peer = PEERS[name]
    if not peer.missing:
        return
    reason = f"{name} is missing ({', '.join(peer.missing)}): {peer.advice}"
    if peers_are_required():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def main() -> int:
    """Print a line for each peer; 1 when one is missing."""
    for peer in PEERS.values():
        if peer.missing:
            print(f"missing    {peer.name}: no {', '.join(peer.missing)}; {peer.advice}")
        else:
            print(f"installed  {peer.name}: {peer.installed_version}")
    return int(any(peer.missing for peer in PEERS.values()))


if __name__ == "__main__":
    sys.exit(main())
