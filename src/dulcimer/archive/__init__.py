"""A durable store of instances with an index: Query/Retrieve, Modality Worklist, Storage Commitment.

The names here work on files and the database; `scp` serves them on the network, `operation` is about running a server.
"""

from __future__ import annotations

from dulcimer.archive.index.attributes import Level
from dulcimer.archive.index.reindex import ReindexReport
from dulcimer.archive.query.commitment import Commitment, CommitmentRequestError, EventType, FailureReason
from dulcimer.archive.query.identifier import Model
from dulcimer.archive.query.queries import Matches, Selection
from dulcimer.archive.query.worklist import Worklist
from dulcimer.archive.scp.off_loop import off_loop
from dulcimer.archive.store import Archive
from dulcimer.archive.values.datasets import IdentifierError

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
