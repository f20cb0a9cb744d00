"""Classes by the names under which they are documented, for annotations and for isinstance.

It prints::

    True True
    True
    True True
    0
"""

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.ae import ApplicationEntity
from pynetdicom.association import Association
from pynetdicom.events import Event
from pynetdicom.presentation import PresentationContext
from pynetdicom.sop_class import Verification


def echo(event: Event) -> int:
    print(isinstance(event, Event), isinstance(event.assoc, Association))
    return 0x0000


def verify(assoc: Association) -> Dataset:
    return assoc.send_c_echo()


def entity(title: str) -> ApplicationEntity:
    ae = AE(title)
    ae.add_supported_context(Verification)
    ae.add_requested_context(Verification)
    return ae


ae = entity("TYPED")
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_ECHO, echo)])
assoc = ae.associate("127.0.0.1", server.server_address[1])
print(isinstance(ae, ApplicationEntity), isinstance(assoc, Association))
print(all(isinstance(context, PresentationContext) for context in assoc.accepted_contexts))
print(verify(assoc).Status)
assoc.release()
server.shutdown()
