"""Each of the 28 actions by hand: what it does whatever the state is, and where it leads.

It prints::

    ae_1 OpenTransport -> Sta4
    ae_2 SendPdu(AssociateRq) -> Sta5
    ae_3 Issue(AssociateConfirmation) -> Sta6
    ae_4 Issue(AssociateConfirmation), CloseTransport -> Sta1
    ae_5 AcceptTransport, StartArtim -> Sta2
    ae_6 StopArtim, Issue(AssociateIndication) -> Sta3
    ae_7 SendPdu(AssociateAc) -> Sta6
    ae_8 SendPdu(AssociateRj), StartArtim -> Sta13
    dt_1 SendPData -> Sta6
    dt_2 Issue(PDataIndication) -> Sta6
    ar_1 SendPdu(ReleaseRq) -> Sta7
    ar_2 Issue(ReleaseIndication) -> Sta8
    ar_3 Issue(ReleaseConfirmation), CloseTransport -> Sta1
    ar_4 SendPdu(ReleaseRp), StartArtim -> Sta13
    ar_5 StopArtim -> Sta1
    ar_6 Issue(PDataIndication) -> Sta7
    ar_7 SendPData -> Sta8
    ar_8 Issue(ReleaseIndication) -> Sta9
    ar_9 SendPdu(ReleaseRp) -> Sta11
    ar_10 Issue(ReleaseConfirmation) -> Sta12
    aa_1 SendPdu(Abort), StartArtim -> Sta13
    aa_2 StopArtim, CloseTransport -> Sta1
    aa_3 Issue(AbortIndication), CloseTransport -> Sta1
    aa_4 Issue(PAbortIndication) -> Sta1
    aa_5 StopArtim -> Sta1
    aa_6 nothing -> Sta13
    aa_7 SendPdu(Abort) -> Sta13
    aa_8 SendPdu(Abort), Issue(PAbortIndication), StartArtim -> Sta13
    ae_6 StopArtim, SendPdu(AssociateRj), StartArtim -> Sta13
    ar_8 Issue(ReleaseIndication) -> Sta10
    aa_3 Issue(PAbortIndication), CloseTransport -> Sta1
"""

from pynetdicom.acse.negotiation import Context, answer_pdu, prefer, request_pdu
from pynetdicom.fsm import StateMachine
from pynetdicom.fsm.primitives import AbortRequest
from pynetdicom.sop_class import Verification
from pynetdicom.wire.model import Abort, AssociateRj

context = Context(Verification, ("1.2.840.10008.1.2",))
request = request_pdu([context], calling_ae_title="PUPIL", called_ae_title="TEACHER")
accepted, _ = answer_pdu(request, prefer([context]))
rejected = AssociateRj(1, 1, 7)
values = ((1, 3, b"a command set"),)


def show(effect):
    inside = getattr(effect, "pdu", None) or getattr(effect, "primitive", None)
    return type(effect).__name__ + (f"({type(inside).__name__})" if inside else "")


def run(action, cause=None, *, is_requestor=True, refusal=None):
    machine = StateMachine(is_requestor=is_requestor)
    machine.cause, machine.refusal = cause, refusal
    following = action(machine)
    assert machine.current_state.label == "Sta1"  # only `action` of the machine moves it
    print(action.__name__, ", ".join(map(show, machine.effects)) or "nothing", "->", following.label)


run(StateMachine.ae_1)
run(StateMachine.ae_2, request)
run(StateMachine.ae_3, accepted)
run(StateMachine.ae_4, rejected)
run(StateMachine.ae_5)
run(StateMachine.ae_6, request)
run(StateMachine.ae_7, accepted)
run(StateMachine.ae_8, rejected)
run(StateMachine.dt_1, values)
run(StateMachine.dt_2, values)
run(StateMachine.ar_1)
run(StateMachine.ar_2)
run(StateMachine.ar_3)
run(StateMachine.ar_4)
run(StateMachine.ar_5)
run(StateMachine.ar_6, values)
run(StateMachine.ar_7, values)
run(StateMachine.ar_8)
run(StateMachine.ar_9)
run(StateMachine.ar_10)
run(StateMachine.aa_1, AbortRequest())
run(StateMachine.aa_2)
run(StateMachine.aa_3, Abort(0, 0))
run(StateMachine.aa_4)
run(StateMachine.aa_5)
run(StateMachine.aa_6)
run(StateMachine.aa_7)
run(StateMachine.aa_8)

# Three of them look first: may the request be supported, who asked for the association, who aborted?
run(StateMachine.ae_6, request, refusal=AssociateRj(1, 2, 2))
run(StateMachine.ar_8, is_requestor=False)
run(StateMachine.aa_3, Abort(2, 0))
