"""A directory of sequences, one file for each, named by the digest of its content.

The same sequence has the same name everywhere, so directories are merged by copying files, and a writer that is killed
harms nothing: a file has its name only when it is complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from dulcimer.fuzz.sequences.steps import FuzzSequence, SequenceFormatError

_SUFFIX = ".json"
_UNFINISHED = ".unfinished-"
_DIGITS = 64


class CorpusDirectory:
    """The sequences in one directory, which is made when the first one is added."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, sequence: FuzzSequence) -> bool:
        """Keep a sequence; False if it was there. Raises OSError."""
        target = self.path / f"{sequence.digest}{_SUFFIX}"
        content = sequence.canonical
        if _holds(target, content):
            return False
        self.path.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=self.path)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return True

    def add_all(self, sequences: Iterable[FuzzSequence]) -> int:
        """Keep sequences; how many of them are new. Raises OSError."""
        return sum(map(self.add, sequences))

    def digests(self) -> tuple[str, ...]:
        """The digests of the sequences, by the names of the files, in ascending order."""
        return tuple(sorted(path.stem for path in self.path.glob(f"*{_SUFFIX}") if _is_digest(path.stem)))

    def sequences(self) -> Iterator[FuzzSequence]:
        """The sequences in the order of their digests, without those that are damaged."""
        for digest in self.digests():
            found = self._read(digest)
            if found is not None:
                yield found

    def damaged(self) -> tuple[Path, ...]:
        """The files whose content does not fit their name."""
        return tuple(self.path / f"{digest}{_SUFFIX}" for digest in self.digests() if self._read(digest) is None)

    @property
    def digest(self) -> str:
        """SHA-256 of the digests of all sequences that can be read, in hexadecimal: what the directory holds."""
        return corpus_digest(self.sequences())

    def _read(self, digest: str) -> FuzzSequence | None:
        try:
            found = FuzzSequence.from_json(json.loads((self.path / f"{digest}{_SUFFIX}").read_bytes()))
        except (OSError, ValueError, RecursionError, SequenceFormatError):
            return None
        return found if found.digest == digest else None


def corpus_digest(sequences: Iterable[FuzzSequence]) -> str:
    """SHA-256 of the digests of these sequences, whatever their order and however often each is among them."""
    return hashlib.sha256("\n".join(sorted({one.digest for one in sequences})).encode()).hexdigest()


def _is_digest(name: str) -> bool:
    return len(name) == _DIGITS and all(character in "0123456789abcdef" for character in name)


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except FileNotFoundError:
        return False
