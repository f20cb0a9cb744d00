"""What a handler is given besides the event: here a directory and a list, different for each server.

It prints::

    0
    0
    ['CT.0.dcm', 'CT.1.dcm'] ['CT.0.dcm', 'CT.1.dcm']
    [('EVT_ACCEPTED', 1), ('EVT_ESTABLISHED', 1)]
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from pydicom import examples
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage


def keep(event, folder, names):
    name = f"{event.dataset.Modality}.{len(names)}.dcm"
    (folder / name).write_bytes(event.encoded_dataset())
    names.append(name)
    return 0x0000


def count(event, counter, *, by=1):
    counter[event.event.name] = counter.get(event.event.name, 0) + by


ae = AE()
ae.add_supported_context(CTImageStorage)
ae.add_requested_context(CTImageStorage)
with TemporaryDirectory() as folder:
    kept, counter = [], {}
    handlers = [
        (evt.EVT_C_STORE, keep, [Path(folder), kept]),
        (evt.EVT_ACCEPTED, count, [counter]),
        (evt.EVT_ESTABLISHED, count, (counter,)),
    ]
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    assoc = ae.associate("127.0.0.1", server.server_address[1])
    for _ in range(2):
        print(assoc.send_c_store(examples.ct).Status)
    assoc.release()
    server.shutdown()
    print(kept, sorted(path.name for path in Path(folder).iterdir()))
    print(sorted(counter.items()))
