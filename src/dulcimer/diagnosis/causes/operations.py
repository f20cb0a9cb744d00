"""Requests with their responses, as the rules on operations see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from dulcimer._generated.services import SERVICE_CLASSES
from dulcimer._generated.statuses import MOVE_DESTINATION_UNKNOWN, UNABLE_TO_SUB_OPERATE
from dulcimer.diagnosis.evidence.conversations import SeenConnection
from dulcimer.diagnosis.evidence.facts import KeysSeen, MessageSeen

RESPONSE: Final = 0x8000
PENDING: Final = (0xFF00, 0xFF01)
CANCEL: Final = 0xFE00
SUB_OPERATIONS_FAILED: Final = 0xB000
MOVE_UNKNOWN: Final = MOVE_DESTINATION_UNKNOWN
MOVE_UNABLE: Final = UNABLE_TO_SUB_OPERATE
COMMITMENT: Final = SERVICE_CLASSES["Storage Commitment"].sop_classes[0].uid
WORKLIST: Final = SERVICE_CLASSES["Basic Worklist Management"].sop_classes[0].uid
QUERY_MODELS: Final = {
    each.uid: each.keyword for each in SERVICE_CLASSES["Query/Retrieve"].sop_classes if "Root" in each.keyword
} | {each.uid: each.keyword for each in SERVICE_CLASSES["Query/Retrieve"].sop_classes if "StudyOnly" in each.keyword}


@dataclass(slots=True)
class OperationSeen:
    """A request, its responses, and its identifier, if it was seen."""

    request: MessageSeen
    responses: list[MessageSeen] = field(default_factory=list)
    keys: KeysSeen | None = None

    @property
    def final(self) -> MessageSeen | None:
        """The last response, if it is not a pending one."""
        last = self.responses[-1] if self.responses else None
        return last if last is not None and last.status not in PENDING else None

    @property
    def matches(self) -> int:
        """Pending responses."""
        return sum(response.status in PENDING for response in self.responses)


def operations_of(one: SeenConnection, command_field: int = 0) -> Iterator[OperationSeen]:
    """The operations of a conversation, of one kind if a command field is given, in the order of their requests."""
    for number, fact in enumerate(one.facts):
        if not isinstance(fact, MessageSeen) or fact.status is not None or fact.command_field & RESPONSE:
            continue
        if command_field and fact.command_field != command_field:
            continue
        found = OperationSeen(fact)
        for later in one.facts[number + 1 :]:
            if isinstance(later, KeysSeen) and later.message_id == fact.message_id and found.keys is None:
                found.keys = later
            if not isinstance(later, MessageSeen):
                continue
            same = later.message_id == fact.message_id
            if same and later.status is None and later.command_field == fact.command_field:
                break
            if same and later.status is not None and later.command_field == fact.command_field | RESPONSE:
                found.responses.append(later)
                if later.status not in PENDING:
                    break
        yield found


def is_failure(status: int | None) -> bool:
    """Whether a status is one of failure (PS3.7 Annex C)."""
    if status is None or status in PENDING or status == CANCEL:
        return False
    return not (status == 0 or status in (1, 0x107, 0x116) or 0xB000 <= status <= 0xBFFF)
