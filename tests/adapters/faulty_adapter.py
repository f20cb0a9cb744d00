"""dulcimer's adapter with one fault: `faulty_adapter.py FAULT`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from dulcimer_adapter import DulcimerUser

from dulcimer._generated.codes import AbortSource
from dulcimer.conformance.upper_tester.protocol import NotDoneError
from dulcimer.conformance.upper_tester.serving import Tell, main
from dulcimer.fsm import effects
from dulcimer.fsm.machine import StateMachine
from dulcimer.wire.model import Abort

FAULT = sys.argv.pop(1)


class Faulty(DulcimerUser):
    def __init__(self, tell: Tell) -> None:
        def tell_others(indication: str, **parameters: Any) -> None:
            if FAULT == "does-not-tell" and indication == "A-P-ABORT indication":
                return
            tell(indication, **parameters)

        super().__init__(tell_others)

    async def issue(self, primitive: str, parameters: Mapping[str, Any]) -> None:
        if FAULT == "refuses-release" and primitive == "A-RELEASE request":
            raise NotDoneError("this user never releases")
        await super().issue(primitive, parameters)


def plant() -> None:
    """Put the fault into the stack."""
    action = StateMachine.action

    def wrong(self: StateMachine, event: Any, cause: object = None) -> list[effects.Effect]:
        if FAULT == "dies" and self.state == "Sta6" and event.label == "Evt13":
            os._exit(9)
        if FAULT == "sta9-takes-the-response" and self.state == "Sta9" and event.label == "Evt13":
            self.state = "Sta11"
        found = action(self, event, cause)
        if FAULT == "aborts-as-user" and event.label != "Evt15":
            return [
                effects.SendPdu(Abort(AbortSource.SERVICE_USER, 0))
                if isinstance(effect, effects.SendPdu) and isinstance(effect.pdu, Abort)
                else effect
                for effect in found
            ]
        return found

    StateMachine.action = wrong  # type: ignore[method-assign]  # a fault is planted


if __name__ == "__main__":
    plant()
    main(Faulty)
