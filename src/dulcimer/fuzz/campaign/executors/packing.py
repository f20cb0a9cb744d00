"""Orders on their way to another process: a long corpus is read there once, not with each order."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from dulcimer.fuzz.campaign.batch import BatchOrder
from dulcimer.fuzz.sequences.steps import FuzzSequence


@dataclass(frozen=True, slots=True)
class PackedOrder:
    """An order without its corpus, and the canonical JSON of each sequence of that."""

    order: BatchOrder
    corpus: tuple[bytes, ...]


class OrderPacker:
    """Packs orders; it keeps the JSON of each sequence as long as it has seen it in the last order."""

    def __init__(self) -> None:
        self._texts: dict[int, tuple[FuzzSequence, bytes]] = {}

    def pack(self, order: BatchOrder) -> PackedOrder:
        """The order for another process."""
        # By identity: to hash a sequence takes as long as to write it. What is kept keeps its identity.
        texts = {id(one): self._texts.get(id(one)) or (one, one.canonical) for one in order.corpus}
        self._texts = texts
        return PackedOrder(replace(order, corpus=()), tuple(texts[id(one)][1] for one in order.corpus))


class OrderUnpacker:
    """Unpacks orders; it keeps the sequences that were in the last one."""

    def __init__(self) -> None:
        self._sequences: dict[bytes, FuzzSequence] = {}

    def unpack(self, packed: PackedOrder) -> BatchOrder:
        """The order as it was."""
        known = self._sequences
        self._sequences = {
            text: known[text] if text in known else FuzzSequence.from_json(json.loads(text)) for text in packed.corpus
        }
        return replace(packed.order, corpus=tuple(self._sequences[text] for text in packed.corpus))
