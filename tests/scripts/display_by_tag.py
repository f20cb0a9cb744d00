"""A display system whose handler reads the tags from the request: one is a tag, several are a list.

It prints::

    (0008,0070) is a tag
    0000H DULLSCREEN
    [(0008,0070), (0008,1090)] are tags
    0000H DULLSCREEN GREY
    N-GET of 1.2.840.10008.5.1.1.40 valid: True
"""

from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pynetdicom import AE, evt
from pynetdicom.sop_class import DisplaySystem, DisplaySystemInstance

KNOWN = {0x00080070: "DULLSCREEN", 0x00081090: "GREY"}
requests = []


def get(event):
    tags = event.request.AttributeIdentifierList
    print(tags, "is a tag" if isinstance(tags, BaseTag) else "are tags")
    found = Dataset()
    for tag in event.attribute_identifiers:
        found.add_new(tag, "LO", KNOWN[tag])
    requests.append((event.request.msg_type, event.request.RequestedSOPClassUID, event.request.is_valid_request))
    return 0x0000, found


scp = AE("SCREEN")
scp.add_supported_context(DisplaySystem)
server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_GET, get)])

scu = AE("HOUSEKEEPER")
scu.add_requested_context(DisplaySystem)
assoc = scu.associate(*server.server_address)
status, attributes = assoc.send_n_get([(0x0008, 0x0070)], DisplaySystem, DisplaySystemInstance)
print(f"{status.Status:04X}H", attributes.Manufacturer)
tags = [(0x0008, 0x0070), "ManufacturerModelName"]
status, attributes = assoc.send_n_get(tags, DisplaySystem, DisplaySystemInstance)
print(f"{status.Status:04X}H", attributes.Manufacturer, attributes.ManufacturerModelName)
assoc.release()
server.shutdown()
name, sop_class, valid = requests[0]
print(f"{name} of {sop_class} valid: {valid}")
