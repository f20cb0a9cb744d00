"""Who we are: version, implementation identity, and a logger that shows everything.

It prints::

    True
    True True True
    True
    True True
    Association
"""

import pynetdicom
from pydicom.uid import UID
from pynetdicom import AE, debug_logger

print(pynetdicom.__version__.count(".") >= 2)
uid, version = pynetdicom.PYNETDICOM_IMPLEMENTATION_UID, pynetdicom.PYNETDICOM_IMPLEMENTATION_VERSION
print(isinstance(uid, UID), uid.is_valid, 1 <= len(version) <= 16)
print(UID(pynetdicom.PYNETDICOM_UID_PREFIX + "1").is_valid)
ae = AE()
print(ae.implementation_class_uid == uid, ae.implementation_version_name == version)
debug_logger()
debug_logger()
print(pynetdicom.Association.__name__)
