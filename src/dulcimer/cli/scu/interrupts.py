"""Ctrl-C during an operation: the first one cancels it in order (C-CANCEL), the second one aborts."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator

import typer

from dulcimer.ae.core.client import ClientAssociation
from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.show.output import say
from dulcimer.errors import AssociationTimeout
from dulcimer.services.answers import Answers

PATIENCE = 10.0
"""Seconds that a peer has to end a cancelled operation before the association is aborted."""


class Cancellation:
    """Whether, and why, an operation is to end early."""

    def __init__(self, association: ClientAssociation, answers: Answers, query_model: str) -> None:
        self.wanted = False
        self.interrupted = False
        self._association = association
        self._answers = answers
        self._query_model = query_model
        self._main = asyncio.current_task()
        self._timer: asyncio.TimerHandle | None = None
        self._sending: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Send a C-CANCEL once; the operation continues until its final response."""
        if not self.wanted and self._association.is_established:
            self.wanted = True
            loop = asyncio.get_running_loop()
            self._sending = loop.create_task(self._send())
            self._timer = loop.call_later(PATIENCE, self._give_up)

    async def _send(self) -> None:
        assert self._answers.message_id is not None
        await self._association.user.c_cancel(self._answers.message_id, query_model=self._query_model)

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.interrupted = True
        if self.wanted:
            self._give_up()
        else:
            say("interrupted: asking the peer to stop; press Ctrl-C again to abort")
            self.ask()

    def _give_up(self) -> None:
        if self._main is not None:
            self._main.cancel()

    async def close(self) -> None:
        """Note that the operation is over."""
        if self._timer is not None:
            self._timer.cancel()
        if self._sending is not None:
            with contextlib.suppress(Exception):  # the operation reports what ended the association
                await self._sending


@contextlib.asynccontextmanager
async def cancellable(
    association: ClientAssociation, answers: Answers, query_model: str
) -> AsyncIterator[Cancellation]:
    """Inside the block Ctrl-C cancels the operation; after an interrupted block the command exits."""
    cancellation = Cancellation(association, answers, query_model)
    loop = asyncio.get_running_loop()
    handled = False
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # Windows, or not the main thread
        loop.add_signal_handler(signal.SIGINT, cancellation.interrupt)
        handled = True
    try:
        yield cancellation
    except asyncio.CancelledError:
        if not cancellation.wanted:
            raise
        await association.abort()
        if cancellation.interrupted:
            raise typer.Exit(ExitStatus.INTERRUPTED) from None
        message = f"the peer continued for {PATIENCE:g} s after it was asked to stop (C-CANCEL)"
        raise AssociationTimeout(message, seconds=PATIENCE, waited_for="cancel") from None
    finally:
        if handled:
            loop.remove_signal_handler(signal.SIGINT)
        await cancellation.close()
    if cancellation.interrupted:
        if association.is_established:
            await association.release()
        raise typer.Exit(ExitStatus.INTERRUPTED)
