"""Data sets to bytes and back, and the parts of a file: `pynetdicom.dsutils`.

It prints::

    0 True P-18
    0 True P-18
    0 True P-18
    0 True P-18
    (0010,0010) PN [Phantom^Alpha]                          # 1 PatientName
    (0010,0020) LO [P-17]                                   # 1 PatientID
    (0010,1002) SQ (Sequence with 1 item)                   # 1 OtherPatientIDsSequence
      (Sequence item #1)
        (0010,0020) LO [P-18]                                   # 1 PatientID
    CT Image Storage 1.2.3 Explicit VR Little Endian
    02 00 00 00 55 4c 04 00
    Explicit VR Little Endian 1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322 336 Dataset
"""

from io import BytesIO
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom.dsutils import create_file_meta, decode, encode, encode_file_meta, pretty_dataset, split_dataset

patient = Dataset()
patient.PatientName = "Phantom^Alpha"
patient.PatientID = "P-17"
patient.OtherPatientIDsSequence = [Dataset()]
patient.OtherPatientIDsSequence[0].PatientID = "P-18"
for implicit, little, deflated in (
    (True, True, False),
    (False, True, False),
    (False, False, False),
    (False, True, True),
):
    data = encode(patient, implicit, little, deflated)
    back = decode(BytesIO(data), implicit, little, deflated)
    print(len(data) % 2, back == patient, back.OtherPatientIDsSequence[0].PatientID)
print(*pretty_dataset(patient), sep="\n")

meta = create_file_meta(sop_class_uid=CTImageStorage, sop_instance_uid="1.2.3", transfer_syntax=ExplicitVRLittleEndian)
print(meta.MediaStorageSOPClassUID.name, meta.MediaStorageSOPInstanceUID, meta.TransferSyntaxUID.name)
print(encode_file_meta(meta)[:8].hex(" "))

path = Path(pydicom.__file__).parent / "data" / "test_files" / "CT_small.dcm"
meta, offset = split_dataset(path)
print(meta.TransferSyntaxUID.name, meta.MediaStorageSOPInstanceUID, offset, type(meta).__name__)
