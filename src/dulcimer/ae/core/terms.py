"""The terms of an association, fixed when it begins."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Protocol

from dulcimer._generated.commands import CStoreRq, CStoreRsp
from dulcimer.acse.driven import ABORT_GRACE, NetworkTimeoutResponse
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.dimse.budget import Budget
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.messages import Sink
from dulcimer.fsm.machine import StateMachine
from dulcimer.limits import DEFAULTS, Limits
from dulcimer.services.provider import OnRefused
from dulcimer.switches import PROCESS_SWITCHES, Switches
from dulcimer.upper_layer.config import UpperLayerConfig
from dulcimer.upper_layer.fault_injection import FaultInjector
from dulcimer.upper_layer.observer import Observer
from dulcimer.upper_layer.provider import AcceptanceCheck

BUDGET = Budget(DEFAULTS.messages_length)
"""The memory for all messages of this process, unless another limit is set."""


class Storage(Protocol):
    """Keeps the instances that come with C-STORE."""

    def open_sink(self, context: AcceptedContext, command: CommandSet, source_ae_title: str) -> Sink:
        """The sink for the data set of this C-STORE request."""

    async def finish(self, request: CStoreRq, sink: Sink | None) -> CStoreRsp:
        """Make the instance durable; returns the response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of an association, fixed when it begins.

    `executor` runs handlers that may block, in a copy of `context`. `storage` takes instances instead of a handler
    of EVT_C_STORE, and `on_refused` is called for those that are refused; `receive_into_files` receives them into
    temporary files for that handler. With `fault_injector` None, that for all associations of this side is used, if
    there is one. `limits` are for what peers send; `budget` is the memory for the messages of all associations that
    share it.
    """

    timeouts: Timeouts = field(default_factory=Timeouts)
    network_timeout_response: NetworkTimeoutResponse = "A-ABORT"
    abort_grace: float | None = ABORT_GRACE
    upper_layer: UpperLayerConfig = field(default_factory=UpperLayerConfig)
    executor: Executor | None = None
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    receive_into_files: bool = False
    storage: Storage | None = None
    on_refused: OnRefused | None = None
    refuse: AcceptanceCheck | None = None
    observer: Observer | None = None
    on_message: Callable[[str, Any], None] | None = None
    machine: StateMachine | None = None
    fault_injector: FaultInjector | None = None
    limits: Limits = DEFAULTS
    budget: Budget = BUDGET
    switches: Switches = field(default_factory=lambda: PROCESS_SWITCHES)
