"""Several threads, each with an association of its own, send to one server at the same time.

It prints::

    {0: 20}
    [('CT', 20), ('SENDER_0', 5), ('SENDER_1', 5), ('SENDER_2', 5), ('SENDER_3', 5)]
"""

import threading
from collections import Counter

from pydicom import examples
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage

lock = threading.Lock()
received, statuses = Counter(), Counter()


def store(event):
    with lock:
        received[event.assoc.requestor.ae_title] += 1
        received[event.dataset.Modality] += 1
    return 0x0000


def send(number):
    scu = AE(f"SENDER_{number}")
    scu.add_requested_context(CTImageStorage)
    assoc = scu.associate("127.0.0.1", server.server_address[1])
    for _ in range(5):
        status = assoc.send_c_store(examples.ct)
        with lock:
            statuses[status.Status] += 1
    assoc.release()


scp = AE("FUNNEL")
scp.add_supported_context(CTImageStorage)
server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
server.shutdown()
print(dict(statuses))
print(sorted(received.items()))
