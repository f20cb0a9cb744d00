"""One entity receives data sets into files, as they come from the network; another one in the same process does not.

It prints::

    ARCHIVE: a file b'DICM' with the preamble, CompressedSamples^CT1
    it is gone after the handler: True
    VIEWER: no file for message 1, large: False
    why there is no association: called AE title not recognized
"""

from pathlib import Path

from pydicom import dcmread, examples
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage

paths = []


def store(event):
    title = event.assoc.acceptor.ae_title
    try:
        path = Path(event.dataset_path)
    except AttributeError:
        print(f"{title}: no file for message {event.command.message_id}, large: {event.is_large}")
        return 0x0000
    paths.append(path)
    magic = path.read_bytes()[128:132]
    print(f"{title}: a file {magic} with the preamble, {dcmread(path).PatientName}")
    return 0x0000


def serve(title, *, into_files):
    ae = AE(title)
    ae.receive_into_files = into_files
    ae.require_called_aet = True
    ae.add_supported_context(CTImageStorage)
    return ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])


user = AE("MODALITY")
user.add_requested_context(CTImageStorage)
for title, into_files in (("ARCHIVE", True), ("VIEWER", False)):
    server = serve(title, into_files=into_files)
    with user.associate(*server.server_address, ae_title=title) as association:
        association.send_c_store(examples.ct)
    if into_files:
        print("it is gone after the handler:", not paths[0].exists())
    stranger = user.associate(*server.server_address, ae_title="SOMEONE")
    server.shutdown()
print("why there is no association:", str(stranger.error).rstrip(".").rpartition(": ")[2])
