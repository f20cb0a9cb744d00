"""Application Event Logging: what happened at a console goes into the log of another system.

It prints::

    Procedural Event Logging SOP Instance action 1 SUCCESS
    0000H success
    Procedural Event Logging SOP Instance action 1 UNKNOWN
    C101H None
    Substance Administration Logging SOP Instance action 1 SUCCESS
    0000H success
"""

from pydicom.dataset import Dataset
from pynetdicom import AE, ApplicationEventLoggingPresentationContexts, evt
from pynetdicom.sop_class import (
    ProceduralEventLogging,
    ProceduralEventLoggingInstance,
    SubstanceAdministrationLogging,
    SubstanceAdministrationLoggingInstance,
)


def log(event):
    entry = event.action_information
    print(
        event.request.RequestedSOPInstanceUID.name,
        "action",
        event.action_type,
        entry.CommentsOnThePerformedProcedureStep,
    )
    if entry.CommentsOnThePerformedProcedureStep == "UNKNOWN":
        return 0xC101, None
    answer = Dataset()
    answer.CommentsOnThePerformedProcedureStep = entry.CommentsOnThePerformedProcedureStep.lower()
    return 0x0000, answer


ae = AE("LOGBOOK")
ae.requested_contexts = ApplicationEventLoggingPresentationContexts
ae.supported_contexts = ApplicationEventLoggingPresentationContexts
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_ACTION, log)])
assoc = ae.associate("127.0.0.1", server.server_address[1])
entry = Dataset()
for outcome, sop_class, instance in (
    ("SUCCESS", ProceduralEventLogging, ProceduralEventLoggingInstance),
    ("UNKNOWN", ProceduralEventLogging, ProceduralEventLoggingInstance),
    ("SUCCESS", SubstanceAdministrationLogging, SubstanceAdministrationLoggingInstance),
):
    entry.CommentsOnThePerformedProcedureStep = outcome
    status, answer = assoc.send_n_action(entry, 1, sop_class, instance)
    print(f"{status.Status:04X}H", answer and answer.CommentsOnThePerformedProcedureStep)
assoc.release()
server.shutdown()
