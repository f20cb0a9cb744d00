"""A durable store of instances with an index: Query/Retrieve, Modality Worklist, Storage Commitment; no network."""

from __future__ import annotations

from dulcimer.archive.archive import Archive
from dulcimer.archive.attributes import Level
from dulcimer.archive.commitment import Commitment, CommitmentRequestError, EventType, FailureReason
from dulcimer.archive.datasets import IdentifierError
from dulcimer.archive.identifier import Model
from dulcimer.archive.off_loop import off_loop
from dulcimer.archive.query import Matches, Selection
from dulcimer.archive.reindex import ReindexReport
from dulcimer.archive.worklist import Worklist

__all__ = [
    "Archive",
    "Commitment",
    "CommitmentRequestError",
    "EventType",
    "FailureReason",
    "IdentifierError",
    "Level",
    "Matches",
    "Model",
    "ReindexReport",
    "Selection",
    "Worklist",
    "off_loop",
]
