"""Handlers see the context variables of whoever requests an association, if that is asked for.

It prints::

    EVT_ESTABLISHED in radiology
    EVT_RELEASED in radiology
    EVT_ESTABLISHED in cardiology
    EVT_RELEASED in cardiology
"""

import contextvars

from pynetdicom import AE, _config, evt
from pynetdicom.sop_class import Verification

_config.PASS_CONTEXTVARS = True
department = contextvars.ContextVar("department", default="nowhere")
seen = []


def note(event):
    seen.append(f"{event.event.name} in {department.get()}")


ae = AE()
ae.add_supported_context(Verification)
ae.add_requested_context(Verification)
server = ae.start_server(("127.0.0.1", 0), block=False)
for name in ("radiology", "cardiology"):
    department.set(name)
    handlers = [(evt.EVT_ESTABLISHED, note), (evt.EVT_RELEASED, note)]
    assoc = ae.associate("127.0.0.1", server.server_address[1], evt_handlers=handlers)
    assoc.release()
server.shutdown()
print(*seen, sep="\n")
