"""``python tests/benchmarks/memory.py``: peak memory of ``dulcimer serve`` and ``dulcimer store``, large instance.

Linux only: the figures are VmHWM of ``/proc``, the most memory that was resident at once, code and mapped files
included. Exit status 1 when a process went above the limit.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.dicom_files import write_large_instance
from support.peers.processes import HOST, client, dulcimer_serve, peak_resident_bytes

LIMIT = 150_000_000
MIB = 1 << 20
MEASURED_COMMAND = """
import pathlib, sys
from dulcimer.cli.main import main
report = pathlib.Path(sys.argv.pop(1))
try:
    main()
finally:
    report.write_text(pathlib.Path("/proc/self/status").read_text())
"""
"""Runs a command of dulcimer and keeps the process's own account: that of a child also counts its parent's memory."""


@dataclass(frozen=True)
class PeakMemory:
    """The most that was resident at once, in bytes."""

    scp: int
    scu: int

    @property
    def largest(self) -> int:
        """The larger of the two."""
        return max(self.scp, self.scu)


def measure(size: int, directory: Path) -> PeakMemory:
    """Send an instance with ``size`` bytes of pixel data from ``dulcimer store`` to ``dulcimer serve``."""
    instance = write_large_instance(directory / "large.dcm", size)
    archive = directory / "archive"
    archive.mkdir()
    account = directory / "account"
    with dulcimer_serve(archive) as peer:
        store: list[str | Path] = ["store", HOST, str(peer.port), instance]
        client([sys.executable, "-c", MEASURED_COMMAND, account, *store], seconds=600)
        scp = peak_resident_bytes(Path(f"/proc/{peer.pid}/status"))
    stored = [path for path in archive.rglob("*") if path.is_file() and path.stat().st_size >= size]
    if len(stored) != 1:
        raise RuntimeError(f"the instance was not stored: {stored}")
    return PeakMemory(scp, peak_resident_bytes(account))


def main() -> int:
    """Print both peaks."""
    parser = argparse.ArgumentParser(prog="tests/benchmarks/memory.py", description=__doc__)
    parser.add_argument("--size", type=int, default=1024, help="pixel data in MiB (default: 1024)")
    parser.add_argument("--dir", type=Path, help="where the files go (default: a temporary directory)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dulcimer-memory-", dir=arguments.dir) as directory:
        peak = measure(arguments.size * MIB, Path(directory))
    print(f"{arguments.size} MiB: SCP {peak.scp / 1e6:.1f} MB, SCU {peak.scu / 1e6:.1f} MB, limit {LIMIT / 1e6:.0f} MB")
    return int(peak.largest > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
