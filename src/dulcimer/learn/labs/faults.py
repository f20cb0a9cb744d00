"""Labs with a fault: an end breaks one rule for what it sends, or sends something that its state does not allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from dulcimer.learn.labs.breaches import broken_rules, wrong_cells
from dulcimer.learn.labs.kinds import LabForm, LabKind, LabTopic, Playing
from dulcimer.learn.labs.turns import Turn

_TOPICS: Final = (
    ("enc.sender.contexts", LabTopic.NEGOTIATION),
    ("enc.sender.transfer-syntax", LabTopic.NEGOTIATION),
    ("enc.sender.rejection", LabTopic.NEGOTIATION),
    ("enc.req.sender.contexts", LabTopic.NEGOTIATION),
    ("enc.req.sender.application-context", LabTopic.NEGOTIATION),
    ("enc.sender.abort", LabTopic.ABORTS),
    ("enc.req.sender.abort", LabTopic.ABORTS),
    ("enc.", LabTopic.BYTES),
    ("pdv.", LabTopic.MESSAGES),
    ("dimse.", LabTopic.MESSAGES),
)
_TOLERATED: Final = (
    "enc.req.sender.reserved",
    "enc.sender.reserved",
    "enc.req.sender.item-order",
    "enc.sender.item-order",
    "enc.sender.ac-echo",
    "enc.sender.abort-reason",
    "pdv.req.sender.header",
    "pdv.sender.header",
)
"""Deviations that harm nobody are no violations."""
_CELLS: Final = (
    ("Sta2", "P-DATA-TF"),
    ("Sta2", "A-RELEASE-RQ"),
    ("Sta5", "P-DATA-TF"),
    ("Sta5", "A-RELEASE-RQ"),
    ("Sta6", "A-ASSOCIATE-RQ"),
    ("Sta6", "A-RELEASE-RP"),
    ("Sta6 of the requestor", "A-ASSOCIATE-RJ"),
    ("Sta7", "A-ASSOCIATE-AC"),
    ("Sta7", "A-ASSOCIATE-RQ"),
)
"""What an end is sent in which state, although it is not to be; it answers as the table says."""


def fault_kinds() -> Iterator[LabKind]:
    """All of them."""
    counts: dict[str, int] = {}
    for planted in broken_rules():
        if planted.rule in _TOLERATED:
            continue
        counts[planted.rule] = number = counts.get(planted.rule, 0) + 1
        name = planted.rule.replace(".sender", "") + (f".{number}" if number > 1 else "")
        topic = next(topic for start, topic in _TOPICS if planted.rule.startswith(start))
        title = f"the {planted.end} breaks {planted.rule}"
        yield LabKind(name, topic, LabForm.FAULT, title, _playing(planted.turns))
    for state, pdu in _CELLS:
        planted = next(one for one in wrong_cells() if one.name.startswith(f"{state}, {pdu}, "))
        topic = LabTopic.RELEASE if state == "Sta7" or "RELEASE" in pdu else LabTopic.STATES
        name = f"cell.{state.partition(' ')[0]}.{pdu}".lower()
        title = f"the {planted.end.opposite} sends {pdu}, and the {planted.end} is in {state}"
        yield LabKind(name, topic, LabForm.FAULT, title, _playing(planted.twin))


def _playing(turns: Sequence[Turn]) -> Playing:
    return lambda stage: stage.played(turns)
