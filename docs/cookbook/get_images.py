"""C-GET: fetch images on the same association

The archive sends the images back over the association of the query. So the client proposes the storage SOP classes in
the role of SCP, and has a handler that stores.

It prints::

    got CT
    got MR
    the end: 0000H, 2 of 2
"""

from collections.abc import Iterator

from pydicom import examples
from pydicom.dataset import Dataset

from dulcimer import AE, build_role, evt
from dulcimer.sop_class import CTImageStorage, MRImageStorage
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelGet as StudyGet

IMAGES = [examples.ct, examples.mr]


def get(event: evt.Event) -> Iterator[int | tuple[int, Dataset]]:
    yield len(IMAGES)
    yield from ((0xFF00, image) for image in IMAGES)


def keep(event: evt.Event) -> int:
    print("got", event.dataset.Modality)
    return 0x0000


archive = AE("ARCHIVE")
archive.add_supported_context(StudyGet)
for storage in (CTImageStorage, MRImageStorage):
    archive.add_supported_context(storage, scu_role=True, scp_role=True)
server = archive.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_GET, get)])

viewer = AE("VIEWER")
viewer.add_requested_context(StudyGet)
roles = []
for storage in (CTImageStorage, MRImageStorage):
    viewer.add_requested_context(storage)
    roles.append(build_role(storage, scp_role=True))

query = Dataset()
query.QueryRetrieveLevel = "STUDY"
query.StudyInstanceUID = examples.ct.StudyInstanceUID
address, handlers = server.server_address, [(evt.EVT_C_STORE, keep)]
with viewer.associate(*address, ext_neg=roles, evt_handlers=handlers) as association:
    for status, _ in association.send_c_get(query, StudyGet):
        if status.Status == 0x0000:
            print(f"the end: 0000H, {status.NumberOfCompletedSuboperations} of {len(IMAGES)}")
server.shutdown()
