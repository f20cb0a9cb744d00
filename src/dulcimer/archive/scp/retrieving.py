"""C-GET and C-MOVE: sending the instances of a retrieval (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from dulcimer._generated.services import SERVICE_CLASSES
from dulcimer._generated.statuses import CANCEL, PENDING
from dulcimer.archive.index.statuses import status_of
from dulcimer.archive.query.identifier import Model
from dulcimer.archive.query.queries import Selection
from dulcimer.archive.scp.destination import Destination
from dulcimer.archive.scp.off_loop import off_loop
from dulcimer.archive.scp.remotes import Remote
from dulcimer.archive.scp.rewriting import fitting
from dulcimer.archive.store import Archive
from dulcimer.dimse.threads import in_thread
from dulcimer.errors import DulcimerError
from dulcimer.events import Event
from dulcimer.limits import DEFAULTS, Limits
from dulcimer.services.data_sources import Instance
from dulcimer.services.instance_file import InstanceFile, NotADicomFile

logger = logging.getLogger("dulcimer.archive")

_MODELS = (Model.PATIENT_ROOT, Model.STUDY_ROOT, Model.PATIENT_STUDY_ONLY, Model.COMPOSITE_INSTANCE)
_BULK = "WithoutBulkData"


def _classes(service: str) -> tuple[str, ...]:
    return tuple(
        row.uid
        for row in SERVICE_CLASSES["Query/Retrieve"].sop_classes
        if row.keyword.endswith(service) and _BULK not in row.keyword and Model.of(row.uid) in _MODELS
    )


GET = _classes("Get")
MOVE = _classes("Move")

DestinationOf = Callable[[Remote, Selection | None, str], Destination]
"""Makes the destination at a remote for a selection of instances, on behalf of a requestor."""


class Retriever:
    """Answers C-GET and C-MOVE requests: first the number of instances, then each of them."""

    def __init__(
        self,
        archive: Archive,
        remotes: Mapping[str, Remote],
        destination: DestinationOf,
        limits: Limits = DEFAULTS,
    ) -> None:
        self._limits = limits
        self._archive = archive
        self._remotes = remotes
        self._destination = destination

    async def get(self, event: Event) -> AsyncGenerator[Any, None]:
        """The instances to send on the association of the request (EVT_C_GET)."""
        association = event.assoc.session.association
        try:
            selection = await self._select(event)
        except Exception as error:  # the database; or a hostile identifier, which makes pydicom raise anything
            yield 0
            yield status_of(error, "C-GET"), None
            return
        yield selection.count
        async with aclosing(_files(selection)) as files:
            async for file in files:
                if event.is_cancelled:
                    yield CANCEL, None
                    return
                accepted, refused = association.accepted_contexts.values(), association.refused_contexts
                try:
                    async with fitting(Instance.of(file), accepted, refused, self._limits) as instance:
                        yield PENDING, instance.file
                except DulcimerError as error:
                    yield PENDING, replace(Instance.of(file), error=error)  # becomes a failed sub-operation
                except OSError as error:
                    yield PENDING, replace(Instance.of(file), error=DulcimerError(str(error)))

    async def move(self, event: Event) -> AsyncGenerator[Any, None]:
        """The instances for the destination of the request (EVT_C_MOVE), which is yielded before their number."""
        remote = self._remotes.get((event.move_destination or "").strip(" "))
        if remote is None:
            logger.warning("C-MOVE refused: its destination is not one of the remotes")
            yield None, None
            return
        originator = event.assoc.requestor.ae_title
        try:
            selection = await self._select(event)
        except Exception as error:  # as above
            yield remote.host, remote.port, self._destination(remote, None, originator)
            yield 0
            yield status_of(error, "C-MOVE"), None
            return
        yield remote.host, remote.port, self._destination(remote, selection, originator)
        yield selection.count
        async with aclosing(_files(selection)) as files:
            async for file in files:
                if event.is_cancelled:
                    yield CANCEL, None
                    return
                yield PENDING, file

    async def _select(self, event: Event) -> Selection:
        sop_class = event.context.abstract_syntax
        relational = event.assoc.acceptor.sop_class_extended.get(sop_class, b"")[:1] == b"\1"

        def select() -> Selection:
            return self._archive.instances(event.identifier, None if relational else sop_class)

        return await (in_thread(select) if event.is_large else asyncio.to_thread(select))


def _files(selection: Selection) -> AsyncGenerator[InstanceFile, None]:
    def as_they_are() -> Iterator[InstanceFile]:
        for file in selection:
            try:
                # Another version, in another transfer syntax, may have been stored since it was indexed.
                yield InstanceFile.inspect(file.path)
            except (OSError, NotADicomFile):
                yield file

    return off_loop(as_they_are())
