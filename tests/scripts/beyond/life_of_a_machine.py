"""Table 9-10 as a lesson: an association from both ends, event by event, and what happens in a blank cell.

It prints::

    13 states, 19 events, 123 of 247 cells are filled
    requestor
      Sta1 Evt1 AE-1 -> Sta4: OpenTransport
      Sta4 Evt2 AE-2 -> Sta5: SendPdu
      Sta5 Evt3 AE-3 -> Sta6: Issue
      Sta6 Evt9 DT-1 -> Sta6: SendPData
      Sta6 Evt11 AR-1 -> Sta7: SendPdu
      Sta7 Evt13 AR-3 -> Sta1: Issue, CloseTransport
    acceptor
      Sta1 Evt5 AE-5 -> Sta2: AcceptTransport, StartArtim
      Sta2 Evt6 AE-6 -> Sta3: StopArtim, Issue
      Sta3 Evt7 AE-7 -> Sta6: SendPdu
      Sta6 Evt10 DT-2 -> Sta6: Issue
      Sta6 Evt12 AR-2 -> Sta8: Issue
      Sta8 Evt14 AR-4 -> Sta13: SendPdu, StartArtim
      Sta13 Evt17 AR-5 -> Sta1: StopArtim
    Evt9 is not allowed in Sta1, which stays Sta1
    idle: True, established: False, may request: True
    a timer that does not run: [] and Sta1
"""

from pynetdicom.acse.negotiation import Context, answer_pdu, prefer, request_pdu
from pynetdicom.errors import LocalProtocolError
from pynetdicom.fsm import Events, StateMachine, States
from pynetdicom.sop_class import Verification

context = Context(Verification, ("1.2.840.10008.1.2",))
request = request_pdu([context], calling_ae_title="PUPIL", called_ae_title="TEACHER")
answer, _ = answer_pdu(request, prefer([context]))
values = ((1, 3, b"a command set"),)


def run(machine, conversation):
    for event, cause in conversation:
        before = machine.current_state
        assert machine.allows(event)
        action = machine.transition_table[event, before]
        effects = ", ".join(type(effect).__name__ for effect in machine.action(event, cause))
        print(f"  {before.label} {event.label} {action} -> {machine.current_state.label}: {effects}")
    assert machine.current_state == States.STA_1 == 0


requestor, acceptor = StateMachine(is_requestor=True), StateMachine(is_requestor=False)
assert requestor.is_usual and acceptor.is_usual  # neither has a wrong cell, as a machine for tests may have
filled = len(requestor.transition_table)
print(f"{len(States)} states, {len(Events)} events, {filled} of {len(States) * len(Events)} cells are filled")
print("requestor")
run(
    requestor,
    [
        (Events.EVT_1, request),
        (Events.EVT_2, request),
        (Events.EVT_3, answer),
        (Events.EVT_9, values),
        (Events.EVT_11, None),
        (Events.EVT_13, None),
    ],
)
print("acceptor")
run(
    acceptor,
    [
        (Events.EVT_5, None),
        (Events.EVT_6, request),
        (Events.EVT_7, answer),
        (Events.EVT_10, values),
        (Events.EVT_12, None),
        (Events.EVT_14, None),
        (Events.EVT_17, None),
    ],
)
try:
    requestor.action(Events.EVT_9, values)
except LocalProtocolError as error:
    print(f"{error.event} is not allowed in {error.state}, which stays {requestor.current_state.label}")
print(
    f"idle: {requestor.is_idle}, established: {requestor.is_established}, may request: {requestor.allows(Events.EVT_1)}"
)
print("a timer that does not run:", requestor.action(Events.EVT_18), "and", requestor.current_state.label)
