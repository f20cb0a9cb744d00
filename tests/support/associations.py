"""Ready-made primitives and providers for tests of the layers above `wire`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from dulcimer._generated.fsm import Events, States
from dulcimer.fsm import StateMachine
from dulcimer.fsm.effects import Offence
from dulcimer.fsm.primitives import (
    AbortRequest,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    PDataRequest,
    ReleaseRequest,
    ReleaseResponse,
    Request,
)
from dulcimer.upper_layer import UpperLayer, UpperLayerConfig
from dulcimer.wire.model import (
    Abort,
    ApplicationContext,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    ImplementationClassUid,
    MaximumLength,
    Pdu,
    PresentationContextAc,
    PresentationContextRq,
    ReleaseRp,
    ReleaseRq,
    UserInformation,
)

VERIFICATION = "1.2.840.10008.1.1"
IMPLICIT = "1.2.840.10008.1.2"
USER_INFORMATION = UserInformation((MaximumLength(16384), ImplementationClassUid("1.2.3")))
RQ = AssociateRq(
    "CALLED",
    "CALLING",
    (
        ApplicationContext("1.2.840.10008.3.1.1.1"),
        PresentationContextRq.of(1, VERIFICATION, IMPLICIT),
        USER_INFORMATION,
    ),
)
AC = AssociateAc(
    "CALLED",
    "CALLING",
    (ApplicationContext("1.2.840.10008.3.1.1.1"), PresentationContextAc.of(1, 0, IMPLICIT), USER_INFORMATION),
)
RJ = AssociateRj(1, 1, 7)
DATA = ((1, 3, b"\0\0"),)
PDU_EVENTS: dict[Events, Any] = {
    Events.EVT_3: AC,
    Events.EVT_4: RJ,
    Events.EVT_6: RQ,
    Events.EVT_10: DATA,
    Events.EVT_12: ReleaseRq(),
    Events.EVT_13: ReleaseRp(),
    Events.EVT_16: Abort(0, 0),
    Events.EVT_19: Offence("damaged"),
}
REQUESTS: dict[Events, Request] = {
    Events.EVT_1: AssociateRequest(RQ),
    Events.EVT_7: AssociateAccept(AC),
    Events.EVT_8: AssociateReject(RJ),
    Events.EVT_9: PDataRequest(DATA),
    Events.EVT_11: ReleaseRequest(),
    Events.EVT_14: ReleaseResponse(),
    Events.EVT_15: AbortRequest(),
}
CAUSES: dict[Events, object] = {
    **PDU_EVENTS,
    Events.EVT_1: RQ,
    Events.EVT_2: RQ,
    Events.EVT_7: AC,
    Events.EVT_8: RJ,
    Events.EVT_9: DATA,
}


def machine_in(state: States, *, is_requestor: bool) -> StateMachine:
    """A machine put into a state."""
    machine = StateMachine(is_requestor=is_requestor)
    machine.state = state.label
    return machine


_Path = Sequence[Literal["connect"] | Request | Pdu]
_Paths = dict[States, _Path]


def provider_in(state: States, *, is_requestor: bool, artim: float = 30.0) -> UpperLayer:
    """A provider driven to a state from outside, by the primitives and bytes that lead there."""
    from dulcimer.wire.codec import encode

    provider = UpperLayer(is_requestor=is_requestor, config=UpperLayerConfig(artim_timeout=artim))
    requestor: _Paths = {
        States.STA_1: [],
        States.STA_4: [AssociateRequest(RQ)],
        States.STA_5: [AssociateRequest(RQ), "connect"],
        States.STA_6: [AssociateRequest(RQ), "connect", AC],
    }
    acceptor: _Paths = {
        States.STA_1: [],
        States.STA_2: ["connect"],
        States.STA_3: ["connect", RQ],
        States.STA_6: ["connect", RQ, AssociateAccept(AC)],
    }
    paths = requestor if is_requestor else acceptor
    established = paths[States.STA_6]
    collision: _Path = [*established, ReleaseRequest(), ReleaseRq()]
    paths |= {
        States.STA_7: [*established, ReleaseRequest()],
        States.STA_8: [*established, ReleaseRq()],
        States.STA_13: [*established, AbortRequest()],
    }
    if is_requestor:
        paths |= {States.STA_9: collision, States.STA_11: [*collision, ReleaseResponse()]}
    else:
        paths |= {States.STA_10: collision, States.STA_12: [*collision, ReleaseRp()]}
    for step in paths[state]:
        if step == "connect":
            provider.transport_connected(0.0)
        elif isinstance(step, Request):
            provider.send(step, 0.0)
        else:
            provider.receive_data(encode(step), 0.0)
    assert provider.state is state
    while provider.next_event():
        pass
    provider.data_to_send()
    return provider
