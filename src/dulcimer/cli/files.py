"""Which files a command is to send, and on which associations."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dulcimer.acse.negotiation import MOST_CONTEXTS, Context
from dulcimer.services.instance_file import InstanceFile, NotADicomFile


@dataclass(frozen=True, slots=True)
class Unusable:
    """A file that cannot be sent, and why."""

    path: Path
    why: str


def find_files(paths: Iterable[Path]) -> Iterator[InstanceFile | Unusable]:
    """The instances in these files and, with all that is under them, directories; each path once, sorted by name."""
    seen: set[Path] = set()
    for path in paths:
        for file in _files_under(path) if path.is_dir() else (path,):
            if file not in seen:
                seen.add(file)
                yield _inspect(file)


def _files_under(directory: Path) -> Iterator[Path]:
    for parent, directories, names in os.walk(directory):
        directories.sort()
        for name in sorted(names):
            yield Path(parent) / name


def _inspect(path: Path) -> InstanceFile | Unusable:
    try:
        with warnings.catch_warnings(action="ignore"):  # pydicom's, about files that may be no DICOM at all
            return InstanceFile.inspect(path)
    except (NotADicomFile, OSError) as error:
        return Unusable(path, str(error).removeprefix(f"{path}: "))


def batches(instances: Iterable[InstanceFile]) -> Iterator[tuple[list[Context], list[InstanceFile]]]:
    """`instances` in groups that one association can carry, each with the contexts it needs.

    A context has one transfer syntax, so that the peer can take one and turn down another. 128 contexts fit into
    an association (PS3.8 9.3.2.2).
    """
    contexts: dict[Context, None] = {}
    group: list[InstanceFile] = []
    for instance in instances:
        context = Context(instance.sop_class_uid, (instance.transfer_syntax,))
        if context not in contexts and len(contexts) == MOST_CONTEXTS:
            yield list(contexts), group
            contexts, group = {}, []
        contexts[context] = None
        group.append(instance)
    if group:
        yield list(contexts), group
