"""Files of other forms in the directory of a corpus: captures, and files of AFLNet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dulcimer.fuzz.corpus.aflnet import from_aflnet, from_raw
from dulcimer.fuzz.corpus.from_capture import from_capture
from dulcimer.fuzz.sequences.steps import FuzzSequence, TargetRole

_CAPTURES = (".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.gz", ".cap.gz")
_RAW, _REPLAY = (".raw",), (".replay", ".aflnet")


def imported_files(directory: Path, role: TargetRole) -> Iterator[FuzzSequence]:
    """The sequences of such files, in the order of their names; other files are left out. Raises OSError."""
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        suffix = path.suffix.lower()
        if path.name.lower().endswith(_CAPTURES):
            yield from from_capture(path, role).sequences
        elif suffix in _RAW:
            yield from from_raw(path.read_bytes(), role).sequences
        elif suffix in _REPLAY:
            yield from from_aflnet(path.read_bytes(), role).sequences
