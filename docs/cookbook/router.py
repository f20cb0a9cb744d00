"""A router: what it receives goes to the next archive

The sender gets its answer when the archive has answered: 0000H means that the instance is in the archive, and a router
that cannot reach it says A700H, so that the sender keeps the instance and tries again.

It prints::

    archive up: 0000H
    in the archive: CompressedSamples^CT1
    archive down: A700H
"""

from pydicom import examples

from dulcimer import AE, evt
from dulcimer.sop_class import CTImageStorage

OUT_OF_RESOURCES = 0xA700
stored: list[str] = []


def keep(event: evt.Event) -> int:
    stored.append(str(event.dataset.PatientName))
    return 0x0000


def route(event: evt.Event, address: tuple[str, int]) -> int:
    instance = event.dataset
    instance.file_meta = event.file_meta
    association = router.associate(*address)
    if not association.is_established:
        return OUT_OF_RESOURCES
    with association:
        answer = association.send_c_store(instance)
    return int(answer.Status) if "Status" in answer else OUT_OF_RESOURCES


archive = AE("ARCHIVE")
archive.add_supported_context(CTImageStorage)
archive_server = archive.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, keep)])

router = AE("ROUTER")
router.add_supported_context(CTImageStorage)
router.add_requested_context(CTImageStorage)
handlers = [(evt.EVT_C_STORE, route, [archive_server.server_address])]
router_server = router.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)

scanner = AE("SCANNER")
scanner.add_requested_context(CTImageStorage)
with scanner.associate(*router_server.server_address) as association:
    print(f"archive up: {association.send_c_store(examples.ct).Status:04X}H")
    print(f"in the archive: {stored[0]}")
    archive_server.shutdown()
    print(f"archive down: {association.send_c_store(examples.ct).Status:04X}H")
router_server.shutdown()
