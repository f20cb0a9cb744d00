"""How long C-ECHO takes, with acknowledgements at once and with those that the system delays."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from statistics import median
from time import perf_counter

from dulcimer._generated.commands import CEchoRq
from dulcimer.acse.negotiation import IMPLICIT_VR_LITTLE_ENDIAN, Context, request_pdu
from dulcimer.diagnosis.live.raw import RawConnection
from dulcimer.diagnosis.live.target import DiagnosedTarget
from dulcimer.dimse import command_set
from dulcimer.services.verification import VERIFICATION
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue, ReleaseRq

_COUNT = 8
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)
_LONGEST = 0.25
"""Seconds that a system delays an acknowledgement, at most."""
DELAY = 0.02
"""Seconds that an answer is later, if acknowledgements are delayed, from which on that is the cause; usual are 0.04."""


async def echo_times(target: DiagnosedTarget, *, at_once: bool) -> list[float]:
    """The times of some C-ECHOs in seconds; fewer if they fail.

    `at_once`: acknowledge what comes at once, so that a server with Nagle's algorithm need not wait.
    """
    items = [] if target.identity is None else [target.identity]
    contexts = [Context(VERIFICATION, (IMPLICIT_VR_LITTLE_ENDIAN,))]
    request = request_pdu(contexts, calling_ae_title=target.calling, called_ae_title=target.called, user_items=items)
    times: list[float] = []
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        async with await RawConnection.open(
            target.host, target.port, target.connect_timeout, target.tls, target.tls_name
        ) as connection:
            await connection.send(encode(request))
            if not (await connection.answer(target.answer_timeout)).is_dicom:
                return []
            for number in range(1, _COUNT + 1):
                command = command_set.encode(
                    CEchoRq(affected_sop_class_uid=VERIFICATION, message_id=number), has_data_set=False
                )
                began = perf_counter()
                await connection.send(encode(PDataTf((PresentationDataValue(1, 3, command),))))
                if not await connection.whole_pdu(target.answer_timeout, quick=_QUICKACK if at_once else None):
                    return times
                times.append(perf_counter() - began)
            await connection.send(encode(ReleaseRq()))
            await connection.whole_pdu(1.0)
    return times


def costs_of_delay(quick: Sequence[float], slow: Sequence[float]) -> tuple[float, float] | None:
    """The usual times of answers with and without quick acknowledgements, if delayed ones cost time; None if not."""
    if len(slow) < _COUNT or not quick:
        return None
    usual, best = median(slow), min(quick)
    return (best, usual) if usual - best >= DELAY and usual <= _LONGEST else None
