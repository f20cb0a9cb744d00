"""The files that a command sends, and the associations for them."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dulcimer.acse.negotiation import MOST_CONTEXTS, Context
from dulcimer.cli.scu.cut_off import damage_of
from dulcimer.services.data_sources import NATIVE, REWRITABLE
from dulcimer.services.instance_file import InstanceFile, NotADicomFile

logger = logging.getLogger("dulcimer.cli")


@dataclass(frozen=True, slots=True)
class Unusable:
    """A file that cannot be sent, and why."""

    path: Path
    why: str


def find_files(paths: Iterable[Path], *, recurse: bool = True) -> Iterator[InstanceFile | Unusable]:
    """The instances in these files and directories, with `recurse` also in those under them.

    Each path comes once, those of a directory sorted by name.
    """
    seen: set[Path] = set()
    for path in paths:
        for file in _files_under(path, recurse) if path.is_dir() else (path,):
            if file not in seen:
                seen.add(file)
                yield _inspect(file)


def _files_under(directory: Path, recurse: bool) -> Iterator[Path]:
    for parent, directories, names in os.walk(directory):
        directories[:] = sorted(directories) if recurse else []
        for name in sorted(names):
            yield Path(parent) / name


def _inspect(path: Path) -> InstanceFile | Unusable:
    if path.exists() and not path.is_file():  # a device may be endless, and a pipe can be read only once
        return Unusable(path, "it is not a regular file")
    try:
        with warnings.catch_warnings(action="ignore"):  # pydicom warns of files that are not DICOM
            instance = InstanceFile.inspect(path)
            if damage := damage_of(instance):
                logger.warning("%s %s", path, damage)
            return instance
    except (NotADicomFile, OSError) as error:
        return Unusable(path, str(error).removeprefix(f"{path}: "))


def contexts_of(instance: InstanceFile, preferred: Sequence[str], *, convert: bool) -> list[Context]:
    """The contexts to propose for an instance.

    Its own transfer syntax has a separate context, so that the peer can accept one and refuse another. For an
    uncompressed instance that may be rewritten (`convert`), a second context has the other syntaxes; with `preferred`
    ones, one context has all of them, those first.
    """
    own = instance.transfer_syntax
    if own in REWRITABLE and convert:
        if preferred:
            return [Context(instance.sop_class_uid, tuple(preferred))]
        others = tuple(uid for uid in NATIVE[:2] if uid != own)
        return [Context(instance.sop_class_uid, (own,)), Context(instance.sop_class_uid, others)]
    return [Context(instance.sop_class_uid, (own,))]


def batches(
    instances: Iterable[InstanceFile], preferred: Sequence[str] = (), *, convert: bool = False
) -> Iterator[tuple[list[Context], list[InstanceFile]]]:
    """`instances` in groups that fit into one association, each with its contexts.

    128 contexts fit into an association (PS3.8 9.3.2.2).
    """
    contexts: dict[Context, None] = {}
    group: list[InstanceFile] = []
    for instance in instances:
        needed = contexts_of(instance, preferred, convert=convert)
        if len(contexts.keys() | set(needed)) > MOST_CONTEXTS:
            yield list(contexts), group
            contexts, group = {}, []
        contexts |= dict.fromkeys(needed)
        group.append(instance)
    if group:
        yield list(contexts), group
