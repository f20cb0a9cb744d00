"""An SCP for all storage classes that saves what it gets with pydicom, one file per instance.

It prints::

    0 CT Image Storage
    0 MR Image Storage
    0 RT Plan Storage
    0 RT Dose Storage
    0 Ultrasound Image Storage
    True True
    True True
    True True
    True True
    True True
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from pydicom import dcmread, examples
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, evt


def save(event, folder):
    instance = event.dataset
    instance.file_meta = event.file_meta
    instance.save_as(folder / f"{instance.SOPInstanceUID}.dcm", enforce_file_format=True)
    return 0x0000


ae = AE("KEEPER")
for context in AllStoragePresentationContexts:
    ae.add_supported_context(context.abstract_syntax, ALL_TRANSFER_SYNTAXES)
with TemporaryDirectory() as folder:
    handlers = [(evt.EVT_C_STORE, save, [Path(folder)])]
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    instances = [examples.ct, examples.mr, examples.rt_plan, examples.rt_dose, examples.jpeg2k]
    scu = AE("SENDER")
    for instance in instances:
        scu.add_requested_context(instance.SOPClassUID, instance.file_meta.TransferSyntaxUID)
    assoc = scu.associate("127.0.0.1", server.server_address[1])
    for instance in instances:
        print(assoc.send_c_store(instance).Status, instance.SOPClassUID.name)
    assoc.release()
    server.shutdown()
    for instance in instances:
        kept = dcmread(Path(folder) / f"{instance.SOPInstanceUID}.dcm")
        print(kept.SOPClassUID == instance.SOPClassUID, kept.get("PixelData") == instance.get("PixelData"))
