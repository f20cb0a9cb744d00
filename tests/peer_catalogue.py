"""The other implementations that tests and benchmarks talk to, and how to get each.

``python tests/peer_catalogue.py`` says which are here; exit status 1 when one is missing.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version

import pytest


@dataclass(frozen=True)
class PeerInfo:
    """A peer: ``programs`` it needs on the path, ``package`` (an apt name) or ``module`` that brings it."""

    name: str
    programs: tuple[str, ...] = ()
    package: str = ""
    module: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """What of it is not on this machine."""
        programs = tuple(program for program in self.programs if shutil.which(program) is None)
        if self.module and importlib.util.find_spec(self.module) is None:
            return (*programs, f"Python module {self.module}")
        return programs

    @property
    def advice(self) -> str:
        """The command that installs it."""
        return f"apt-get install {self.package}" if self.package else "pip install -e '.[dev]'"

    @property
    def installed_version(self) -> str:
        """Its own words about its version."""
        if self.module:
            return version(self.module)
        answer = subprocess.run([self.programs[0], "--version"], capture_output=True, text=True, check=False)
        return answer.stdout.splitlines()[0].strip("$ ") if answer.stdout else "version unknown"


PEERS = {
    peer.name: peer
    for peer in (
        PeerInfo("DCMTK", programs=("echoscu", "storescu", "storescp", "dcmqrscp", "wlmscpfs"), package="dcmtk"),
        PeerInfo("Orthanc", programs=("Orthanc",), package="orthanc"),
        PeerInfo("pynetdicom", module="pynetdicom"),
        PeerInfo("tshark", programs=("tshark",), package="tshark"),
        PeerInfo("Chromium", programs=("chromium",), package="chromium"),
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
