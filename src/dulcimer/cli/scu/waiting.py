"""Prints on standard error what a command waits for, if that takes long."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator

from dulcimer._generated.fsm import States
from dulcimer.ae.core.client import ClientAssociation
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.cli.show.output import say
from dulcimer.fsm.machine import StateMachine

FIRST = 3.0
"""Seconds until a wait is reported."""
AGAIN = 15.0
"""Seconds until it is reported again."""
_POLL = 0.25
_reporters: set[asyncio.Task[None]] = set()


class Waiting:
    """Watches the association of a command: its `machine`, and the association once it is established."""

    def __init__(self, whom: str, where: str, timeouts: Timeouts, *, tls: bool) -> None:
        self.machine = StateMachine(is_requestor=True)
        self.association: ClientAssociation | None = None
        self._whom = f"{whom} at {where}"
        self._timeouts = timeouts
        self._waits = {
            States.STA_4: (f"the TCP connection{' and the TLS handshake' * tls} with {where}", timeouts.connect, "-to"),
            States.STA_5: (f"the A-ASSOCIATE-AC of {self._whom}", timeouts.acse, "-ta"),
            States.STA_7: (f"the A-RELEASE-RP of {self._whom}", timeouts.acse, "-ta"),
        }
        self._state = States.STA_1
        self._since = 0.0

    @contextlib.contextmanager
    def reported(self) -> Iterator[None]:
        """Report inside the block, until the association is over."""
        task = asyncio.get_running_loop().create_task(self._report())
        _reporters.add(task)
        task.add_done_callback(_reporters.discard)
        try:
            yield
        except BaseException:
            task.cancel()
            raise

    def what(self, now: float) -> tuple[float, str]:
        """The seconds that it has been waiting at the time `now`, and for what; 0 if it does not wait."""
        if self.machine.current_state is not self._state:
            self._state, self._since = self.machine.current_state, now
        since, text, limit, option = self._since, "", None, ""
        if self._state in self._waits:
            text, limit, option = self._waits[self._state]
        elif self._state is States.STA_6 and self.association is not None:
            waiting = self.association.waiting_for
            if waiting is not None:
                name, since = waiting
                text, limit, option = f"a response to {name} of {self._whom}", self._timeouts.dimse, "-td"
        if not text:
            return 0.0, ""
        left = "" if limit is None else f", {max(0.0, limit - (now - since)):.0f} s left ({option})"
        return now - since, f"waiting for {text}{left}"

    async def _report(self) -> None:
        loop = asyncio.get_running_loop()
        due = FIRST
        while self.association is None or self._state is not States.STA_1:
            waited, text = self.what(loop.time())
            if waited < FIRST:
                due = FIRST
            elif waited >= due and logging.getLogger("dulcimer.cli").isEnabledFor(logging.WARNING):
                say(text)
                due = waited + AGAIN
            await asyncio.sleep(min(_POLL, FIRST))
