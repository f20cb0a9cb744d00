"""The asynchronous operations window, over real sockets: what was granted is used, and no more (PS3.7 D.3.3.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydicom.uid import ImplicitVRLittleEndian

from dulcimer import AsyncAE, evt
from dulcimer.pdu_primitives import AsynchronousOperationsWindowNegotiation
from dulcimer.sop_class import CTImageStorage
from support.entities import ct

OPERATIONS = 8
PATIENCE = 60.0


def window(invoked: int) -> AsynchronousOperationsWindowNegotiation:
    item = AsynchronousOperationsWindowNegotiation()
    item.maximum_number_operations_invoked = invoked
    return item


class Reversed:
    """A storage SCP that answers a number of requests in reverse order, each with its own status."""

    def __init__(self, together: int) -> None:
        self.together = together
        self.most = 0
        self.arrived: list[int] = []
        self.answered: list[int] = []
        self._waiting: list[tuple[int, asyncio.Event]] = []

    async def __call__(self, event: evt.Event) -> int:
        number = int(event.dataset.InstanceNumber)
        gate = asyncio.Event()
        self.arrived.append(number)
        self._waiting.append((number, gate))
        self.most = max(self.most, len(self._waiting))
        if len(self._waiting) == self.together:
            self._waiting[-1][1].set()
        await gate.wait()
        self._waiting.remove((number, gate))
        self.answered.append(number)
        if self._waiting:
            self._waiting[-1][1].set()
        return 0xB000 if number % 2 else 0x0000


async def store_eight(port: tuple[str, int]) -> tuple[tuple[int, int], list[int]]:
    async with AsyncAE("HASTY") as ae:
        ae.add_requested_context(CTImageStorage, ImplicitVRLittleEndian)
        async with await ae.associate(*port, ext_neg=[window(OPERATIONS)]) as association:
            assert association.is_established
            data_sets = []
            for number in range(1, OPERATIONS + 1):
                data_set = ct()
                data_set.SOPInstanceUID = f"1.2.3.{number}"
                data_set.InstanceNumber = number
                data_sets.append(data_set)
            sent = [association.send_c_store(data_set, msg_id=10 + number) for number, data_set in enumerate(data_sets)]
            statuses = await asyncio.gather(*sent)
            return association.acceptor.asynchronous_operations, [status.Status for status in statuses]


async def serving(scp: Reversed, granted: int, work: Callable[[tuple[str, int]], Awaitable[Any]]) -> Any:
    async with AsyncAE("SCP") as ae:
        ae.add_supported_context(CTImageStorage, ImplicitVRLittleEndian)
        handlers: list[Any] = [
            (evt.EVT_C_STORE, scp),
            (evt.EVT_ASYNC_OPS, lambda event: (min(event.nr_invoked, granted), 1)),
        ]
        server: Any = await ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        async with asyncio.timeout(PATIENCE):
            return await work(server.server_address)


@pytest.mark.clause("PS3.7 D.3.3.3")
def test_eight_stores_outstanding_are_answered_in_reverse_and_matched() -> None:
    scp = Reversed(OPERATIONS)
    granted, statuses = asyncio.run(serving(scp, OPERATIONS, store_eight))
    assert granted == (OPERATIONS, 1)
    assert scp.most == OPERATIONS
    assert scp.answered == scp.arrived[::-1]
    assert statuses == [0xB000 if number % 2 else 0x0000 for number in range(1, OPERATIONS + 1)]


@pytest.mark.clause("PS3.7 D.3.3.3")
def test_peer_that_grants_one_gets_one_at_a_time() -> None:
    scp = Reversed(1)
    granted, statuses = asyncio.run(serving(scp, 1, store_eight))
    assert granted == (1, 1)
    assert scp.most == 1
    assert scp.answered == scp.arrived == list(range(1, OPERATIONS + 1))
    assert statuses == [0xB000 if number % 2 else 0x0000 for number in range(1, OPERATIONS + 1)]


@pytest.mark.peer("pynetdicom")
def test_pynetdicom_grants_one_and_gets_one_at_a_time() -> None:
    import pynetdicom as theirs

    seen: list[int] = []

    def store(event: Any) -> int:
        seen.append(int(event.dataset.InstanceNumber))
        return 0x0000

    ae = theirs.AE("THEIRS")
    ae.add_supported_context(CTImageStorage, ImplicitVRLittleEndian)
    handlers: list[Any] = [(theirs.evt.EVT_C_STORE, store)]
    server: Any = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        granted, statuses = asyncio.run(store_eight(server.socket.getsockname()))
    finally:
        server.shutdown()
    assert granted == (1, 1)
    assert seen == list(range(1, OPERATIONS + 1))
    assert statuses == [0x0000] * OPERATIONS
