"""Display System Management: the attributes of a monitor, all of them or those asked for.

It prints::

    Display System SOP Class ['(0008,0070)']
    0000H ['Manufacturer']
    Display System SOP Class ['(0008,0070)', '(0010,0010)']
    0107H ['Manufacturer']
    Display System SOP Class []
    0000H ['EquipmentAdministratorSequence', 'InstitutionName', 'Manufacturer', 'NumberOfDisplaySubsystems']
    Display System SOP Class ['(0008,0070)']
    0112H None
"""

from pydicom.dataset import Dataset
from pynetdicom import AE, DisplaySystemPresentationContexts, evt
from pynetdicom.sop_class import DisplaySystem, DisplaySystemInstance

monitor = Dataset()
monitor.Manufacturer = "Monitors and more"
monitor.InstitutionName = "Phantom Hospital"
monitor.EquipmentAdministratorSequence = []
monitor.NumberOfDisplaySubsystems = 1


def get(event):
    print(event.request.RequestedSOPClassUID.name, [str(tag) for tag in event.attribute_identifiers])
    if event.request.RequestedSOPInstanceUID != DisplaySystemInstance:
        return 0x0112, None
    if not event.attribute_identifiers:
        return 0x0000, monitor
    answer = Dataset()
    for tag in event.attribute_identifiers:
        if tag in monitor:
            answer[tag] = monitor[tag]
    return (0x0107 if len(answer) < len(event.attribute_identifiers) else 0x0000), answer


ae = AE()
ae.requested_contexts = DisplaySystemPresentationContexts
ae.supported_contexts = DisplaySystemPresentationContexts
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_GET, get)])
assoc = ae.associate("127.0.0.1", server.server_address[1])
for tags, instance in (
    ([(0x0008, 0x0070)], DisplaySystemInstance),
    ([0x00080070, (0x0010, 0x0010)], DisplaySystemInstance),
    ([], DisplaySystemInstance),
    ([0x00080070], "1.2.3"),
):
    status, answer = assoc.send_n_get(tags, DisplaySystem, instance)
    print(f"{status.Status:04X}H", answer and sorted(element.keyword for element in answer))
assoc.release()
server.shutdown()
