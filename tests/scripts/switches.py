"""The switches of `_config` that the documentation shows: UIDs, AE titles, codecs, logging, storage of anything.

It prints::

    standard True True
    False True False
    False False False
    ('ascii',) ['AE', 'UI'] 1
    1.02.3
    a component of a UID does not begin with 0
    A TITLE OF MORE THAN SIXTEEN
    stored 1.2.840.10008.5.1.4.1.1.2 P-1
    True 0
    stored 1.2.826.0.1.3680043.10.1.1000 P-1
    True 0
"""

import logging

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID
from pynetdicom import AE, _config, build_context, evt

logging.disable(logging.CRITICAL)
print(_config.LOG_HANDLER_LEVEL, _config.LOG_REQUEST_IDENTIFIERS, _config.LOG_RESPONSE_IDENTIFIERS)
print(_config.ENFORCE_UID_CONFORMANCE, _config.USE_SHORT_DIMSE_AET, _config.UNRESTRICTED_STORAGE_SERVICE)
print(_config.STORE_SEND_CHUNKED_DATASET, _config.STORE_RECV_CHUNKED_DATASET, _config.PASS_CONTEXTVARS)
print(_config.CODECS, sorted(_config.VALIDATORS), _config.WINDOWS_TIMER_RESOLUTION)
_config.LOG_HANDLER_LEVEL = "none"
_config.LOG_REQUEST_IDENTIFIERS = False
_config.LOG_RESPONSE_IDENTIFIERS = False
_config.WINDOWS_TIMER_RESOLUTION = None

print(build_context("1.02.3").abstract_syntax)
_config.ENFORCE_UID_CONFORMANCE = True
try:
    build_context("1.02.3")
except ValueError:
    print("a component of a UID does not begin with 0")
_config.ENFORCE_UID_CONFORMANCE = False


def anything_goes(value):
    return True, ""


_config.VALIDATORS["AE"] = anything_goes
print(AE("A TITLE OF MORE THAN SIXTEEN").ae_title)

_config.UNRESTRICTED_STORAGE_SERVICE = True
_config.CODECS = ("ascii", "utf-8")


def store(event):
    print("stored", event.request.AffectedSOPClassUID, event.dataset.PatientID)
    return 0x0000


ae = AE("ANYTHING")
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
instance = Dataset()
instance.file_meta = FileMetaDataset()
instance.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
instance.SOPInstanceUID = "1.2.3.4"
instance.PatientID = "P-1"
for uid in ("1.2.840.10008.5.1.4.1.1.2", "1.2.826.0.1.3680043.10.1.1000"):
    instance.SOPClassUID = uid
    assoc = ae.associate("127.0.0.1", server.server_address[1], contexts=[build_context(uid)])
    print(assoc.is_established, assoc.send_c_store(instance).Status)
    assoc.release()
server.shutdown()
