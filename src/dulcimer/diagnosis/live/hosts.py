"""A name with several addresses: is it one server, or do two of them have the same AE title?"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace

from dulcimer.acse.negotiation import Context
from dulcimer.acse.wording import shown
from dulcimer.counting import counted
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.live.negotiating import PLAIN
from dulcimer.diagnosis.live.notes import LadderNotes
from dulcimer.diagnosis.live.outcomes import StepMark
from dulcimer.diagnosis.live.target import DiagnosedTarget
from dulcimer.errors import AssociationError, TransportError
from dulcimer.services.verification import VERIFICATION

_MOST = 8
_LONGEST = 3.0
"""Seconds for an address to accept a connection."""


class HostSteps:
    """Asks each address of the name; what differs is a hint, since one of them answers as it should."""

    def __init__(self, target: DiagnosedTarget, notes: LadderNotes) -> None:
        self._target = target
        self._notes = notes

    async def take(self) -> None:
        """Ask; nothing is to be asked if the name has one address."""
        target = self._target
        addresses = await self._addresses()
        if len(addresses) < 2:
            return
        tried = f"call {target.called} at each of {counted(len(addresses), 'address', 'addresses')}"
        with self._notes.step("addresses", tried, "PS3.8 9.3.2") as step:
            answers = {one: await self._asked(one) for one in addresses}
            step.came = "; ".join(f"{address}: {words}" for address, words in answers.items())
            if len(set(answers.values())) > 1:
                step.mark = StepMark.REMARK
                self._notes.hints.append(
                    self._notes.cause("title-on-two-hosts", Sureness.LIKELY, f"{target.host}: {step.came}")
                )

    async def _addresses(self) -> list[str]:
        target = self._target
        try:
            found = await asyncio.get_running_loop().getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return []
        return list(dict.fromkeys(str(one[4][0]) for one in found))[:_MOST]

    async def _asked(self, address: str) -> str:
        """Who accepts there, in words."""
        target = replace(
            self._target,
            host=address,
            tls_name=self._target.tls_name or (self._target.host if self._target.tls is not None else None),
            connect_timeout=min(_LONGEST, self._target.connect_timeout),
        )
        try:
            association = await target.associate([Context(VERIFICATION, PLAIN)])
        except TransportError:
            return "nobody"
        except AssociationError as error:
            return f"no association: {error}"
        peer = association.peer
        name = shown(peer.implementation_version_name) or shown(peer.implementation_class_uid)
        await association.release()
        return name or "an implementation without a name"
