"""What an import or an export gives."""

from __future__ import annotations

from dataclasses import dataclass

from dulcimer.fuzz.sequences.steps import FuzzSequence


@dataclass(frozen=True, slots=True)
class ImportedSequences:
    """Sequences from a file of another form; `lost` says, in sentences, what of the file is not in them."""

    sequences: tuple[FuzzSequence, ...]
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """The bytes of a file; `lost` says, in sentences, what of the sequence is not in it."""

    data: bytes
    lost: tuple[str, ...] = ()
