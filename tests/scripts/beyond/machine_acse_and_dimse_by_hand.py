"""The state machine alone; then an association that is driven by ACSE and DIMSE by hand.

It prints::

    Sta4 True
    (7, 'C_ECHO', 7, 0)
    aborted False, release requested False
    released True
"""

from pynetdicom import AE
from pynetdicom.acse import ACSE
from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_primitives import C_ECHO
from pynetdicom.fsm import Events, StateMachine, States
from pynetdicom.sop_class import Verification

machine = StateMachine(is_requestor=True)
machine.action(Events.EVT_1)
print(machine.current_state.label, machine.current_state == States.STA_4)

acceptor = AE("SCP")
acceptor.add_supported_context(Verification)
server = acceptor.start_server(("127.0.0.1", 0), block=False)
requestor = AE("SCU")
requestor.add_requested_context(Verification)
association = requestor.associate(*server.server_address)
assert isinstance(association.acse, ACSE)
assert isinstance(association.dimse, DIMSEServiceProvider)
request = C_ECHO()
request.MessageID = 7
request.AffectedSOPClassUID = Verification
association.dimse.send_msg(request, association.accepted_contexts[0].context_id)
_, response = association.dimse.get_msg(block=True)
print((request.MessageID, type(request).__name__, response.MessageIDBeingRespondedTo, response.Status))
acse = association.acse
print(f"aborted {acse.is_aborted()}, release requested {acse.is_release_requested()}")
acse.negotiate_release()
print("released", association.is_released)
server.shutdown()
