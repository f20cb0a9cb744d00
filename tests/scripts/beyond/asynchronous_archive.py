"""`AsyncAE`: an archive with asynchronous handlers, and a user who asks several things at once.

It prints::

    stored at the same time on 3 associations: [0, 0, 0]
    FF00H 1
    FF00H 2
    after leaving the loop the archive knows: cancelled
    C-GET: 0000H 3 instances: ['1', '2', '3']
    C-MOVE: 0000H 3 instances: ['1', '2', '3']
    N-CREATE: 0000H COMPLETED
    an exception aborts it: True
    open on the archive: 0
    nobody there: True TransportError
"""

import asyncio
import copy
import itertools
import socket

from pydicom import examples
from pydicom.dataset import Dataset
from pynetdicom import AsyncAE, build_role, evt
from pynetdicom.sop_class import (
    CTImageStorage,
    ModalityPerformedProcedureStep,
)
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelMove as Move

QUERY = Dataset()
QUERY.QueryRetrieveLevel = "STUDY"
QUERY.PatientID = ""


class Archive:
    """What an archive does with requests; each of its handlers may await."""

    def __init__(self):
        self.instances = {}
        self.told = asyncio.Queue()
        self.viewer = None

    async def store(self, event):
        await asyncio.sleep(0)
        instance = event.dataset
        instance.file_meta = event.file_meta
        self.instances[instance.PatientID] = instance
        return 0x0000

    async def find(self, event):
        for number in itertools.count(1):
            await asyncio.sleep(0)
            if event.is_cancelled:
                self.told.put_nowait("cancelled")
                yield 0xFE00, None
                return
            match = Dataset()
            match.PatientID = str(number)
            yield 0xFF00, match

    async def get(self, event):
        yield len(self.instances)
        for number in sorted(self.instances):
            yield 0xFF00, self.instances[number]

    async def move(self, event):
        yield self.viewer
        async for item in self.get(event):
            yield item

    async def create(self, event):
        return 0x0000, event.attribute_list


def image(number):
    data_set = copy.deepcopy(examples.ct)
    data_set.PatientID = str(number)
    data_set.SOPInstanceUID = data_set.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{number}"
    return data_set


async def receive(event, received):
    received.append(event.dataset.PatientID)
    return 0x0000


async def store_one(user, address, number):
    async with await user.associate(*address) as association:
        return (await association.send_c_store(image(number))).Status


async def count(responses):
    """The last status of a C-GET or C-MOVE, and how many instances were sent."""
    async for status, _ in responses:
        last = status
    return f"{last.Status:04X}H {last.NumberOfCompletedSuboperations} instances:"


async def main():
    archive, moved, got = Archive(), [], []
    handlers = [
        (evt.EVT_C_STORE, archive.store),
        (evt.EVT_C_FIND, archive.find),
        (evt.EVT_C_GET, archive.get),
        (evt.EVT_C_MOVE, archive.move),
        (evt.EVT_N_CREATE, archive.create),
    ]
    async with AsyncAE("ARCHIVE") as provider, AsyncAE("VIEWER") as viewer, AsyncAE("USER") as user:
        for uid in (CTImageStorage, Find, Get, Move, ModalityPerformedProcedureStep):
            user.add_requested_context(uid)
            provider.add_supported_context(uid, scu_role=True, scp_role=uid == CTImageStorage)
        provider.add_requested_context(CTImageStorage)
        viewer.add_supported_context(CTImageStorage)
        server = await provider.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        address = server.server_address
        listener = await viewer.start_server(
            ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, receive, [moved])]
        )
        archive.viewer = listener.server_address

        statuses = await asyncio.gather(*(store_one(user, address, number) for number in (1, 2, 3)))
        print("stored at the same time on 3 associations:", statuses)

        role = build_role(CTImageStorage, scu_role=True, scp_role=True)
        store = [(evt.EVT_C_STORE, receive, [got])]
        async with await user.associate(*address, ext_neg=[role], evt_handlers=store) as association:
            matches = association.send_c_find(QUERY, Find)
            async for status, match in matches:
                print(f"{status.Status:04X}H", match.PatientID)
                if match.PatientID == "2":
                    break
            await matches.aclose()
            print("after leaving the loop the archive knows:", await archive.told.get())
            print("C-GET:", await count(association.send_c_get(QUERY, Get)), got)
            print("C-MOVE:", await count(association.send_c_move(QUERY, "VIEWER", Move)), moved)
            step = Dataset()
            step.PerformedProcedureStepStatus = "COMPLETED"
            status, created = await association.send_n_create(step, ModalityPerformedProcedureStep, "1.2.3")
            print(f"N-CREATE: {status.Status:04X}H", created.PerformedProcedureStepStatus)

        try:
            async with await user.associate(*address) as association:
                raise KeyError
        except KeyError:
            print("an exception aborts it:", association.is_aborted)
        await server.shutdown()
        print("open on the archive:", len(provider.active_associations))

        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            nobody = await user.associate(*unused.getsockname())
        print("nobody there:", nobody.is_aborted, type(nobody.error).__name__)


asyncio.run(main())
