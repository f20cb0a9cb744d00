"""What recording adds to the work of a P-DATA-TF, in calls of functions, of Python and of C.

Without it, sending one in Sta6 makes 26 calls and receiving one 29.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dulcimer._generated.fsm import States
from dulcimer.fsm.primitives import PDataRequest
from dulcimer.trace.recording import TraceFile
from dulcimer.upper_layer import Observer, UpperLayer
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue
from support.associations import provider_in
from support.work import calls_in

TIMES = 256
DATA, COMMAND = (1, 0, bytes(100)), (1, 3, bytes(100))


def work(observer: Observer | None, act: Callable[[UpperLayer], None]) -> int:
    """Calls of an end that is associated, and has done the same before."""
    layer = provider_in(States.STA_6, is_requestor=True)
    layer.observer = observer
    act(layer)

    def again() -> None:
        for _ in range(TIMES):
            act(layer)

    return calls_in(again)


def send(value: tuple[int, int, bytes]) -> Callable[[UpperLayer], None]:
    return lambda layer: layer.send(PDataRequest((value,)), 0.0)


def receive(value: tuple[int, int, bytes]) -> Callable[[UpperLayer], None]:
    data = encode(PDataTf((PresentationDataValue(*value),)))
    return lambda layer: layer.receive_data(data, 0.0)


@pytest.mark.parametrize(
    ("act", "most"),
    [(send(DATA), 6), (receive(DATA), 14), (send(COMMAND), 12), (receive(COMMAND), 20)],
    ids=["data is sent", "data is received", "a command set is sent", "a command set is received"],
)
def test_recording_a_p_data_tf_is_a_few_calls(act: Callable[[UpperLayer], None], most: int, tmp_path: Path) -> None:
    recorder = TraceFile(tmp_path / "trace.jsonl")()
    alone, recorded = work(None, act), work(recorder, act)
    assert recorded - alone <= most * TIMES
    assert (tmp_path / "trace.jsonl").exists()
