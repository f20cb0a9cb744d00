"""Print Management: session, box, image, print, delete: all six DIMSE-N services under one meta SOP class.

It prints::

    get 1
    0000H NORMAL
    create Basic Film Session SOP Class Basic Grayscale Print Management Meta SOP Class
    0000H MAGAZINE
    create Basic Film Box SOP Class Basic Grayscale Print Management Meta SOP Class
    0000H 1,1
    set Basic Grayscale Image Box SOP Class 1
    0000H 1
    0112H None
    action 1 Basic Film Box SOP Class 0
    0000H 1.2.3.4.5
    report 2 SUPPLY LOW
    0000H
    delete Basic Film Session SOP Class
    0000H
    delete Basic Film Session SOP Class
    0112H
"""

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, PrintManagementPresentationContexts, evt
from pynetdicom.sop_class import (
    BasicFilmBox,
    BasicFilmSession,
    BasicGrayscaleImageBox,
    BasicGrayscalePrintManagementMeta,
    Printer,
    PrinterInstance,
    PrintJob,
)

objects = {}


def create(event):
    uid = event.request.AffectedSOPInstanceUID or generate_uid()
    answer = event.attribute_list
    if event.request.AffectedSOPClassUID == BasicFilmBox:
        box = Dataset()
        box.ReferencedSOPClassUID = BasicGrayscaleImageBox
        box.ReferencedSOPInstanceUID = generate_uid()
        answer.ReferencedImageBoxSequence = [box]
        objects[box.ReferencedSOPInstanceUID] = Dataset()
    objects[uid] = answer
    print("create", event.request.AffectedSOPClassUID.name, event.context.abstract_syntax.name)
    return 0x0000, answer


def modify(event):
    uid = event.request.RequestedSOPInstanceUID
    if uid not in objects:
        return 0x0112, None
    objects[uid].update(event.modification_list)
    print("set", event.request.RequestedSOPClassUID.name, event.modification_list.ImageBoxPosition)
    return 0x0000, event.modification_list


def get(event):
    answer = Dataset()
    answer.PrinterStatus = "NORMAL" if event.request.RequestedSOPInstanceUID == PrinterInstance else "FAILURE"
    print("get", len(event.attribute_identifiers))
    return 0x0000, answer


def action(event):
    job = Dataset()
    job.ReferencedSOPClassUID = PrintJob
    job.ReferencedSOPInstanceUID = "1.2.3.4.5"
    answer = Dataset()
    answer.ReferencedPrintJobSequence = [job]
    print("action", event.action_type, event.request.RequestedSOPClassUID.name, len(event.action_information))
    return 0x0000, answer


def delete(event):
    known = objects.pop(event.request.RequestedSOPInstanceUID, None) is not None
    print("delete", event.request.RequestedSOPClassUID.name)
    return 0x0000 if known else 0x0112


def report(event):
    print("report", event.event_type, event.event_information.PrinterStatusInfo)
    return 0x0000, None


ae = AE("PRINTER")
ae.supported_contexts = PrintManagementPresentationContexts
ae.add_requested_context(BasicGrayscalePrintManagementMeta)
ae.add_requested_context(Printer)
handlers = [
    (evt.EVT_N_CREATE, create),
    (evt.EVT_N_SET, modify),
    (evt.EVT_N_GET, get),
    (evt.EVT_N_ACTION, action),
    (evt.EVT_N_DELETE, delete),
    (evt.EVT_N_EVENT_REPORT, report),
]
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
assoc = ae.associate("127.0.0.1", server.server_address[1])
meta = BasicGrayscalePrintManagementMeta

status, answer = assoc.send_n_get([0x21100010], Printer, PrinterInstance, meta_uid=meta)
print(f"{status.Status:04X}H", answer.PrinterStatus)

session_uid, film_uid = generate_uid(), generate_uid()
session = Dataset()
session.NumberOfCopies = "1"
session.FilmDestination = "MAGAZINE"
status, answer = assoc.send_n_create(session, BasicFilmSession, session_uid, meta_uid=meta)
print(f"{status.Status:04X}H", answer.FilmDestination)
film = Dataset()
film.ImageDisplayFormat = "STANDARD\\1,1"
status, answer = assoc.send_n_create(film, BasicFilmBox, film_uid, meta_uid=meta)
image_uid = answer.ReferencedImageBoxSequence[0].ReferencedSOPInstanceUID
print(f"{status.Status:04X}H", answer.ImageDisplayFormat.partition("\\")[2])
image = Dataset()
image.ImageBoxPosition = 1
for uid in (image_uid, "1.2.3"):
    status, answer = assoc.send_n_set(image, BasicGrayscaleImageBox, uid, meta_uid=meta)
    print(f"{status.Status:04X}H", answer and answer.ImageBoxPosition)
status, answer = assoc.send_n_action(None, 1, BasicFilmBox, film_uid, meta_uid=meta)
print(f"{status.Status:04X}H", answer.ReferencedPrintJobSequence[0].ReferencedSOPInstanceUID)
news = Dataset()
news.PrinterStatusInfo = "SUPPLY LOW"
status, answer = assoc.send_n_event_report(news, 2, Printer, PrinterInstance, meta_uid=meta)
print(f"{status.Status:04X}H", answer)
for uid in (session_uid, session_uid):
    status = assoc.send_n_delete(BasicFilmSession, uid, meta_uid=meta)
    print(f"{status.Status:04X}H")
assoc.release()
server.shutdown()
