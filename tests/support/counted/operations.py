"""The operations whose work is recorded, over loopback, with both ends in one event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from dulcimer import AsyncAE, evt
from dulcimer._generated.commands import CStoreRq
from dulcimer.sop_class import CTImageStorage, Verification
from support.peers.processes import HOST

Operation: TypeAlias = Callable[[], Awaitable[object]]

SMALL = bytes(40_000)
"""The data set that is stored; nobody looks into it."""


@asynccontextmanager
async def operations() -> AsyncIterator[dict[str, Operation]]:
    """The operations by name, each of which can be done again and again."""

    async def store(_: evt.Event) -> int:
        return 0x0000

    async with AsyncAE("BOTH") as ae:
        for uid in (Verification, CTImageStorage):
            ae.add_supported_context(uid)
            ae.add_requested_context(uid)
        server = await ae.start_server((HOST, 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
        assert server is not None
        address = server.server_address
        association = await ae.associate(*address)
        session = association._session
        context = session.user.context_for(CTImageStorage)

        async def send() -> object:
            request = CStoreRq(
                affected_sop_class_uid=CTImageStorage,
                message_id=session.exchange.own.next_message_id(),
                priority=0,
                affected_sop_instance_uid="1.2.3",
            )
            return await session.exchange.request(context.context_id, request, SMALL)

        async def associate() -> None:
            await (await ae.associate(*address)).release()

        yield {"c_echo": session.user.echo, "association": associate, "c_store": send}
        await association.release()
