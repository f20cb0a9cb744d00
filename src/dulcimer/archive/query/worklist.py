"""Modality Worklist (PS3.4 K) from a directory with one file, or several items in a file, per order."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import TypeAlias

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from dulcimer.archive.query.identifier import NOT_KEYS
from dulcimer.archive.query.queries import Matches
from dulcimer.archive.values.charsets import character_set_of, set_character_set
from dulcimer.archive.values.datasets import Keys, items, parse_keys, select
from dulcimer.dimse.charsets import correct_misspelling

logger = logging.getLogger("dulcimer.archive")

SCHEDULED_PROCEDURE_STEPS = Tag(0x0040, 0x0100)
_Stamp: TypeAlias = tuple[int, int, int]


class Worklist:
    """The scheduled procedure steps in the files of a directory.

    Files are DICOM files, with or without preamble, or JSON (PS3.18 F) of one data set or a list of them if their name
    ends in `.json`. Hidden files and folders are skipped, and files without a Scheduled Procedure Step Sequence. An
    order with several steps gives several items. The next query sees changes in the directory.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._files: dict[Path, tuple[_Stamp, list[Dataset]]] = {}

    def find(
        self, identifier: Dataset, *, combined_datetime: bool = False, before: Callable[[], None] = lambda: None
    ) -> Matches:
        """The steps that match all keys of the Identifier, by file name, with the requested attributes.

        Raises IdentifierError. The directory is read, and `before` is called, when the first match is needed.
        """
        keys = parse_keys(identifier, ignored=NOT_KEYS, combined_datetime=combined_datetime)
        return Matches(self._answers(identifier, keys, before))

    def steps(self) -> list[Dataset]:
        """All steps, each with one item in its Scheduled Procedure Step Sequence."""
        with self._lock:
            self._reload()
            return [step for path in sorted(self._files) for step in self._files[path][1]]

    def _answers(self, identifier: Dataset, keys: Keys, before: Callable[[], None]) -> Iterator[Dataset]:
        before()
        requested = character_set_of(identifier)
        for step in self.steps():
            if keys.matches(step):
                answer = select(step, identifier, keys)
                set_character_set(answer, requested)
                yield answer

    def _reload(self) -> None:
        there: dict[Path, tuple[_Stamp, list[Dataset]]] = {}
        for path in self._directory.iterdir():
            if path.name.startswith("."):
                continue
            try:
                status = path.stat()
                if not path.is_file():
                    continue
            except OSError:
                continue
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            known = self._files.get(path)
            there[path] = known if known is not None and known[0] == stamp else (stamp, _read(path))
        self._files = there


def _read(path: Path) -> list[Dataset]:
    try:
        data_sets = _from_json(path) if path.suffix == ".json" else [dcmread(path, force=True, stop_before_pixels=True)]
        for data_set in data_sets:
            correct_misspelling(data_set)
        return [step for data_set in data_sets for step in _one_step_each(data_set)]
    except Exception as error:  # damaged bytes make pydicom raise anything
        logger.warning("not a worklist item: %s: %r", path, error)
        return []


def _from_json(path: Path) -> list[Dataset]:
    content = json.loads(path.read_text("utf-8"))
    return [Dataset.from_json(item) for item in (content if isinstance(content, list) else [content])]


def _one_step_each(data_set: Dataset) -> Iterator[Dataset]:
    for number in range(len(items(data_set, SCHEDULED_PROCEDURE_STEPS))):
        step = deepcopy(data_set)
        steps = step[SCHEDULED_PROCEDURE_STEPS].value
        steps[:] = [steps[number]]
        yield step
