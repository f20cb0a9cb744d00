"""Color Palette Query/Retrieve: a palette is looked up and moved to a workstation.

It prints::

    HOT_IRON FF00H 1.2.3.17
    HOT_IRON 0000H None
    PET 0000H None
    arrived: HOT_IRON Implicit VR Little Endian
    FF00H 1
    0000H 1
"""

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import AE, ColorPalettePresentationContexts, build_context, evt
from pynetdicom.sop_class import (
    ColorPaletteInformationModelFind,
    ColorPaletteInformationModelMove,
    ColorPaletteStorage,
)

palette = Dataset()
palette.file_meta = FileMetaDataset()
palette.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
palette.SOPClassUID = ColorPaletteStorage
palette.SOPInstanceUID = "1.2.3.17"
palette.ContentLabel = "HOT_IRON"


def find(event):
    if event.identifier.ContentLabel in ("", palette.ContentLabel):
        yield 0xFF00, palette


def move(event):
    yield "127.0.0.1", station.server_address[1], {"contexts": [build_context(ColorPaletteStorage)]}
    yield 1
    yield 0xFF00, palette


def store(event):
    print("arrived:", event.dataset.ContentLabel, event.context.transfer_syntax.name)
    return 0x0000


ae = AE("COLOURS")
ae.requested_contexts = ColorPalettePresentationContexts
ae.supported_contexts = ColorPalettePresentationContexts
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find), (evt.EVT_C_MOVE, move)])
station = ae.start_server(
    ("127.0.0.1", 0),
    block=False,
    contexts=[build_context(ColorPaletteStorage)],
    evt_handlers=[(evt.EVT_C_STORE, store)],
)
assoc = ae.associate("127.0.0.1", server.server_address[1])
query = Dataset()
for label in ("HOT_IRON", "PET"):
    query.ContentLabel = label
    for status, match in assoc.send_c_find(query, ColorPaletteInformationModelFind):
        print(label, f"{status.Status:04X}H", match and match.SOPInstanceUID)
query.SOPInstanceUID = palette.SOPInstanceUID
for status, _ in assoc.send_c_move(query, "STATION", ColorPaletteInformationModelMove):
    print(f"{status.Status:04X}H", status.NumberOfCompletedSuboperations)
assoc.release()
station.shutdown()
server.shutdown()
