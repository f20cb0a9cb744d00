"""Sends messages, for asyncio: one after the other, as fast as the network takes them."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from dulcimer.acse.driven import DrivenAssociation
from dulcimer.acse.end import association_over_error
from dulcimer.dimse.messages import batches
from dulcimer.dimse.own_operations import OwnOperations
from dulcimer.dimse.user import Data, ExchangeUser, messages_with
from dulcimer.errors import (
    AssociationTimeout,
    DIMSEProcessingError,
    DulcimerError,
    LocalProtocolError,
)
from dulcimer.limits import Limits

logger = logging.getLogger("dulcimer.dimse")

_ANSWERS = "answers wait"


class Sender:
    """Sends messages on one association and reports each to `user`. Sending may take as long as a response may."""

    def __init__(self, association: DrivenAssociation, user: ExchangeUser, own: OwnOperations, limits: Limits) -> None:
        self._association = association
        self._user = user
        self._own = own
        self._limits = limits
        self._sending = asyncio.Lock()
        """Held while a message is sent: fragments of another message must not come between (PS3.8 E.1)."""
        self._draining: asyncio.Task[None] | None = None

    @property
    def is_sending(self) -> bool:
        """Whether a message is being sent."""
        return self._sending.locked()

    @property
    def is_draining(self) -> bool:
        """Whether answers wait for the peer to read them."""
        return self._draining is not None

    async def send(self, context_id: int, message: Any, data: Data = None) -> None:
        """Send a message; a large data set is sent in batches, as fast as the network takes it.

        The association is aborted, for the message cannot be completed, after an OSError while a file is read, if the
        peer reads nothing for `dimse_timeout` seconds, and if the task is cancelled.
        """
        await self._sending.acquire()
        try:
            await self._send(context_id, message, data)
        finally:
            self._sending.release()

    async def _send(self, context_id: int, message: Any, data: Data) -> None:
        driver = self._association.driver
        for _ in range(messages_with(data)):
            self._user.on_message("sending", message)
        try:
            for batch in batches(context_id, message, data, driver.upper_layer.maximum_send_length):
                driver.send_all(batch)
                if driver.stream is not None and driver.stream.backlog:
                    async with asyncio.timeout(self._own.dimse_timeout):
                        await driver.drain()
        except TimeoutError:
            seconds = self._own.dimse_timeout or 0
            timeout = AssociationTimeout(f"the peer took no data for {seconds:g} s", seconds=seconds)
            self._association.abort(timeout)
            raise timeout from None
        except (OSError, DIMSEProcessingError, asyncio.CancelledError):
            self._association.abort()
            raise
        except LocalProtocolError as error:
            raise association_over_error(self._association.end) from error

    async def send_small(self, context_id: int, message: Any, data: Data) -> None:
        """Send a small message after the one that is being sent; see `send_at_once`."""
        async with self._sending:
            self.send_at_once(context_id, message, data)

    def send_at_once(self, context_id: int, message: Any, data: Data) -> None:
        """Send a small message while no other is being sent; an error aborts the association.

        While the peer does not read its answers, nothing more is read from it.
        """
        driver = self._association.driver
        self._user.on_message("sending", message)
        try:
            for batch in batches(context_id, message, data, driver.upper_layer.maximum_send_length):
                driver.send_all(batch)
        except DulcimerError as error:
            logger.info("a response could not be sent: %s", error)
            self._association.abort()
        if driver.stream is not None and driver.stream.backlog > self._limits.unread_length and self._draining is None:
            driver.hold(_ANSWERS)
            self._draining = asyncio.get_running_loop().create_task(self._drain_answers())

    async def _drain_answers(self) -> None:
        """Read nothing more until the peer has read its answers, for which it has `dimse_timeout` seconds."""
        try:
            async with asyncio.timeout(self._own.dimse_timeout):
                await self._association.driver.drain()
        except TimeoutError:
            seconds = self._own.dimse_timeout or 0
            logger.warning("aborting, the peer read none of its answers for %g s", seconds)
            text = f"the peer took no data for {seconds:g} s: the association was aborted by this end"
            self._association.abort(AssociationTimeout(text, seconds=seconds))
        finally:
            self._draining = None
            self._association.driver.free(_ANSWERS)
