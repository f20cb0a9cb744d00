"""`ServiceUser` against an archive of callbacks: store, find, retrieve and move, with progress and failures.

It prints::

    stored by MODALITY: 3 of them, and a file as a warning B007H
    found: ['1.2.1', '1.2.2', '1.2.3']
    C-FIND is under way: RuntimeError
    got 1 of 3: 2 remain
    got 2 of 3: 1 remain
    got 3 of 3: 0 remain
    C-GET 0000H: 3 completed, 0 failed, 0 with a warning
    C-MOVE B000H: 2 completed, 1 failed: ('1.2.2',)
    viewer has: ['1.2.1', '1.2.3']
    unknown destination: A801H
    refused: A700H no series today
    unknown keyword: ValueError
    released: False
    no association: RuntimeError
"""

import copy
import logging
import tempfile
from pathlib import Path

from pydicom import examples
from pydicom.dataset import Dataset
from pynetdicom import QRLevel, ServiceProvider, ServiceProviderParams, ServiceUser, Suboperations
from pynetdicom.errors import OperationFailed
from pynetdicom.sop_class import CTImageStorage, Verification

logging.disable(logging.CRITICAL)
STUDY, SERIES = QRLevel.STUDY, QRLevel.SERIES
archive, viewed = {}, []


def image(uid):
    data_set = copy.deepcopy(examples.ct)
    data_set.SOPInstanceUID = data_set.file_meta.MediaStorageSOPInstanceUID = uid
    return data_set


def store(connection, transfer_syntax, sop_class, sop_instance, data):
    assert connection.peer_ae_title == "MODALITY" and sop_class == CTImageStorage and transfer_syntax
    if sop_instance in archive:
        return 0xB007  # it is there already, and is not looked at
    archive[sop_instance] = len(data)
    return None


def find(connection, transfer_syntax, sop_class, identifier):
    if identifier.QueryRetrieveLevel == "SERIES":
        raise OperationFailed(status=0xA700, comment="no series today")
    for uid in archive:
        match = Dataset()
        match.StudyInstanceUID = uid
        yield match


def retrieve(connection, transfer_syntax, sop_class, identifier):
    return [image(uid) for uid in archive]


def show(connection, transfer_syntax, sop_class, sop_instance, data):
    if sop_instance == "1.2.2":
        raise OperationFailed(status=0xC000)
    viewed.append(sop_instance)


def take(transfer_syntax, sop_class, sop_instance, data):
    assert abs(len(data) - archive[sop_instance]) < 100  # it may come in another transfer syntax


def progress(done):
    assert isinstance(done, Suboperations)
    if done.remaining is not None:
        print(f"got {done.completed} of 3: {done.remaining} remain")


viewer = ServiceProvider(ServiceProviderParams(ae_title="VIEWER", c_store=show))
provider = ServiceProvider(
    ServiceProviderParams(
        ae_title="ARCHIVE",
        c_store=store,
        c_find=find,
        c_get=retrieve,
        c_move=retrieve,
        remote_aes={"VIEWER": viewer.listen_addr},
    )
)
wanted = [Verification, CTImageStorage, STUDY.find, STUDY.get, STUDY.move]
user = ServiceUser(wanted, ae_title="MODALITY", called_ae_title="ARCHIVE")
with viewer, provider, user, tempfile.TemporaryDirectory() as folder:
    user.connect(provider.listen_addr)
    for number in (1, 2, 3):
        user.c_store(image(f"1.2.{number}"))
    path = Path(folder, "ct.dcm")
    image("1.2.3").save_as(path)
    title = user.association.requestor.ae_title
    print(f"stored by {title}: {len(archive)} of them, and a file as a warning {user.c_store(path):04X}H")
    print("found:", [match.StudyInstanceUID for match in user.c_find(STUDY, {"StudyInstanceUID": ""})])

    with user.c_find(STUDY, {"StudyInstanceUID": ""}) as matches:
        next(matches)
        try:
            user.c_echo()
        except RuntimeError as error:
            print("C-FIND is under way:", type(error).__name__)

    done = user.c_get(STUDY, {"StudyInstanceUID": "1.2.3"}, take, progress)
    print(f"C-GET {done.status:04X}H: {done.completed} completed, {done.failed} failed, {done.warning} with a warning")
    done = user.c_move(STUDY, {"StudyInstanceUID": "1.2.3"}, "VIEWER")
    print(f"C-MOVE {done.status:04X}H: {done.completed} completed, {done.failed} failed: {done.failed_instances}")
    print("viewer has:", viewed)

    try:
        user.c_move(STUDY, {"StudyInstanceUID": "1.2.3"}, "NOBODY")
    except OperationFailed as error:
        print(f"unknown destination: {error.status:04X}H")
    try:
        list(user.c_find(SERIES, {"SeriesInstanceUID": ""}))
    except OperationFailed as error:
        print(f"refused: {error.status:04X}H {error.comment}")
    try:
        user.c_find(STUDY, {"NoSuchAttribute": ""})
    except ValueError as error:
        print("unknown keyword:", type(error).__name__)
    user.release()
    print("released:", user.is_connected)
    try:
        user.c_echo()
    except RuntimeError as error:
        print("no association:", type(error).__name__)
