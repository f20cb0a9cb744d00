"""``python tests/benchmarks/judging.py``: how fast a capture is judged, and in how much memory.

It makes a capture of instances that are stored, in Ethernet frames with 1448 bytes of payload, in a temporary
directory, judges it in a process of its own, and removes it.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from struct import pack
from typing import BinaryIO

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dulcimer.captures.following import CaptureReader
from dulcimer.captures.tcp import Flags
from dulcimer.diagnosis.judging.judge import judge_events
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, WireOutcome
from dulcimer.learn.labs.turns import ACCEPT, RELEASE, RELEASED, REQUEST, VERIFICATION, C, S, pdata, raw_command, us
from support.captures.capture_maker import Wrapping, tcp

MEGABYTE = 1_000_000
_SEGMENT = 1448
_FRAGMENT = 16_376
_JUDGE = "--judge"
_IDS = 65_536


class _CaptureFile:
    """Writes the frames of one connection."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._next = {C: 1000, S: 5000}
        self._frames = 0
        self.size = file.write(pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))

    def segment(self, by_client: bool, payload: bytes = b"", flags: int = Flags.ACK) -> None:
        acknowledged = self._next[not by_client] if flags & Flags.ACK else 0
        made = tcp(by_client, self._next[by_client], payload, flags, acknowledged=acknowledged)
        (frame,) = Wrapping().frames(made, by_client, self._frames)
        self._frames += 1
        seconds, fraction = divmod(self._frames, 10_000)
        head = pack("<IIII", 1_700_000_000 + seconds, fraction * 100, len(frame), len(frame))
        self.size += self._file.write(head + frame)
        self._next[by_client] += len(payload) + bool(flags & (Flags.SYN | Flags.FIN))

    def send(self, by_client: bool, data: bytes) -> None:
        for start in range(0, len(data), _SEGMENT):
            self.segment(by_client, data[start : start + _SEGMENT])
        self.segment(not by_client)


def write_capture(path: Path, size: int, instance: int) -> None:
    """A capture of at least `size` bytes, in which instances of `instance` bytes are stored."""
    payload = os.urandom(_FRAGMENT)
    with path.open("wb") as file:
        capture = _CaptureFile(file)
        capture.segment(C, flags=Flags.SYN)
        capture.segment(S, flags=Flags.SYN | Flags.ACK)
        capture.segment(C)
        capture.send(C, REQUEST)
        capture.send(S, ACCEPT)
        number = 0
        while capture.size < size:
            number = number % (_IDS - 1) + 1
            capture.send(C, _stored(number, instance, payload))
            answer = (2, VERIFICATION), (0x100, us(0x8001)), (0x120, us(number)), (0x800, us(0x101)), (0x900, us(0))
            capture.send(S, pdata((1, 3, raw_command(*answer, (0x1000, b"1.2.3\0")))))
        capture.send(C, RELEASE)
        capture.send(S, RELEASED)
        for by_client in (C, S):
            capture.segment(by_client, flags=Flags.FIN | Flags.ACK)


def _stored(number: int, size: int, payload: bytes) -> bytes:
    request = (2, VERIFICATION), (0x100, us(1)), (0x110, us(number)), (0x700, us(0)), (0x800, us(0))
    parts = [pdata((1, 3, raw_command(*request, (0x1000, b"1.2.3\0"))))]
    whole, rest = divmod(size, len(payload))
    parts += [pdata((1, 0, payload))] * whole
    return b"".join((*parts, pdata((1, 2, payload[: rest or 2]))))


def judge(path: Path) -> str:
    """The verdict, the rate, and the most memory that was resident."""
    began = time.perf_counter()
    (found,) = judge_events(CaptureReader(path))
    seconds = time.perf_counter() - began
    assert isinstance(found, AssociationVerdict)
    assert found.outcome is WireOutcome.CONSISTENT
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = path.stat().st_size / MEGABYTE
    return f"{size:.0f} MB in {seconds:.1f} s: {size / seconds:.0f} MB/s, at most {peak:.0f} MiB resident"


def main() -> None:
    """Make captures, judge each in a process of its own, remove them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--instances", type=int, nargs="*", default=[524_288, 20_000], help="their sizes, in bytes")
    parser.add_argument(_JUDGE, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.judge is not None:
        print(judge(given.judge))
        return
    for instance in given.instances:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "stored.pcap"
            write_capture(path, given.megabytes * MEGABYTE, instance)
            print(f"instances of {instance} bytes: ", end="", flush=True)
            subprocess.run([sys.executable, __file__, _JUDGE, str(path)], check=True)


if __name__ == "__main__":
    main()
