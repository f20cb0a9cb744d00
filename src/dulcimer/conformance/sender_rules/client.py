"""Rules for everything that the client of a recorded association sends: as a requestor, and as one who answers.

In a C-GET, and where a storage commitment is reported, it answers requests of the server (PS3.7 9.1.3, 10.1.1). The
rules for its responses are those for the responses of servers.
"""

from __future__ import annotations

from collections.abc import Mapping

from dulcimer._generated.requestor import RULES
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.seen import Seen
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.sender_rules.requestor import RequestorCheck
from dulcimer.conformance.sender_rules.responses import RESPONSE_CHECKS, RESPONSE_RULES, ResponseCheck
from dulcimer.wire.model import AssociateRq


class AnsweringClientCheck(RequestorCheck, ResponseCheck):
    """Checks what a client sends on one connection, its responses among it."""

    def __init__(self, case: RequestorCase, log: SenderLog) -> None:
        super().__init__(case, log, rules=(*RULES, *RESPONSE_RULES))
        self._proposed: dict[int, str | None] = {}

    @property
    def proposed(self) -> Mapping[int, str | None]:
        """The abstract syntaxes that it has proposed itself."""
        return self._proposed

    def received(self, seen: Seen, *, is_clean: bool = False) -> list[str]:
        """The problems of a PDU of the client."""
        if isinstance(seen.pdu, AssociateRq):
            self._proposed = {
                item.presentation_context_id: item.abstract_syntax for item in seen.pdu.presentation_contexts
            }
        return super().received(seen, is_clean=is_clean)


AnsweringClientCheck.checks = {**RequestorCheck.checks, **RESPONSE_CHECKS}
