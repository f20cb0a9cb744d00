"""C-FIND: queries of the archive and of the worklist (PS3.4 C.4.1, K.4.1)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import Any

from pydicom.dataset import Dataset

from dulcimer._generated.services import SERVICE_CLASSES
from dulcimer._generated.statuses import CANCEL
from dulcimer.archive.index.statuses import status_of
from dulcimer.archive.query.identifier import Model
from dulcimer.archive.query.queries import Matches
from dulcimer.archive.query.worklist import Worklist
from dulcimer.archive.scp.off_loop import batches_off_loop
from dulcimer.archive.store import Archive
from dulcimer.dimse.messages import DataSets
from dulcimer.dimse.threads import in_thread
from dulcimer.events import Event

WORKLIST = SERVICE_CLASSES["Basic Worklist Management"].sop_classes[0].uid
_ROOTS = (Model.PATIENT_ROOT, Model.STUDY_ROOT, Model.PATIENT_STUDY_ONLY)
FIND = tuple(
    row.uid
    for row in SERVICE_CLASSES["Query/Retrieve"].sop_classes
    if row.keyword.endswith("ModelFind") and Model.of(row.uid) in _ROOTS
)
"""The SOP classes for queries of the archive."""

_RELATIONAL, _COMBINED = 0, 1
_NEGOTIABLE = {**dict.fromkeys(FIND, (_RELATIONAL, _COMBINED)), WORKLIST: ()}


class Finder:
    """Answers C-FIND requests, from the archive, from the worklist, or from both."""

    def __init__(self, archive: Archive | None, worklist: Worklist | None) -> None:
        self._archive = archive
        self._worklist = worklist

    @property
    def sop_classes(self) -> tuple[str, ...]:
        """The SOP classes that can be queried."""
        return (FIND if self._archive is not None else ()) + ((WORKLIST,) if self._worklist is not None else ())

    async def find(self, event: Event) -> AsyncGenerator[tuple[Any, Any], None]:
        """The matches as they are found, several at a time (EVT_C_FIND); none after a C-CANCEL."""
        try:
            matches = await in_thread(self._matches, event) if event.is_large else self._matches(event)
            written = matches.written(event.context.transfer_syntax)
            async with aclosing(batches_off_loop(written)) as batches:
                async for batch in batches:
                    if event.is_cancelled:
                        yield CANCEL, None
                        return
                    for answer in _together(batch):
                        yield matches.status, answer
        except Exception as error:  # the database; or a hostile identifier, which makes pydicom raise anything
            yield status_of(error, "C-FIND"), None

    def _matches(self, event: Event) -> Matches:
        sop_class = event.context.abstract_syntax
        agreed = event.assoc.acceptor.sop_class_extended.get(sop_class, b"")
        combined = agreed[_COMBINED : _COMBINED + 1] == b"\1"
        if sop_class == WORKLIST:
            if self._worklist is None:
                raise LookupError("there is no worklist")
            return self._worklist.find(event.identifier, combined_datetime=combined)
        if self._archive is None:
            raise LookupError("there is no archive")
        relational = agreed[_RELATIONAL : _RELATIONAL + 1] == b"\1"
        return self._archive.find(sop_class, event.identifier, relational=relational, combined_datetime=combined)


def _together(batch: Sequence[bytes | Dataset]) -> Iterator[DataSets | Dataset]:
    """The matches in their order; those that are written already together, each other one, which cannot be, alone."""
    written: list[bytes] = []
    for match in batch:
        if isinstance(match, bytes):
            written.append(match)
            continue
        if written:
            yield DataSets(written)
        yield match
        written = []
    if written:
        yield DataSets(written)


def negotiate(event: Event, retrieve: tuple[str, ...]) -> dict[str, bytes]:
    """Extended negotiation (EVT_SOP_EXTENDED): the accepted part of what was proposed, for each SOP class.

    Relational queries and combined date and time matching for C-FIND, relational `retrieve` (PS3.4 C.5.1.1, C.5.2.1,
    C.5.3.1); the other options, such as fuzzy matching, are declined.
    """
    answer: dict[str, bytes] = {}
    for sop_class, proposed in event.app_info.items():
        uid = str(sop_class)
        can = (_RELATIONAL,) if uid in retrieve else _NEGOTIABLE.get(uid)
        if can is not None:
            answer[uid] = bytes(value == 1 and number in can for number, value in enumerate(proposed))
    return answer
