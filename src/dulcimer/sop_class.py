"""SOP classes by name, as `UID`s that know their service class (PS3.4); well-known SOP instances.

The names are the keywords of PS3.6 Annex A, such as `CTImageStorage`; some also have the name of pynetdicom.
"""

from __future__ import annotations

import inspect
from keyword import iskeyword

from dulcimer._generated import sop_classes as _names
from dulcimer._generated.services import SERVICE_CLASSES, WITHOUT_SERVICE
from dulcimer._generated.sop_classes import *  # noqa: F403 - some 270 names, which have to be importable from here
from dulcimer._generated.sop_classes import (
    MESSAGES_OF,
    SERVICE_CLASS_OF,
    QueryRetrieveServiceClass,
    ServiceClass,
    SOPClass,
)

__all__ = [  # noqa: PLE0604 - the other module's list is of str
    *_names.__all__,
    "register_uid",
    "uid_to_service_class",
    "uid_to_sop_class",
]


def _uids(service: str) -> dict[str, str]:
    """The UIDs of the SOP classes of a service class by name; of two names, that of pynetdicom."""
    keywords = {row.uid: row.keyword for row in SERVICE_CLASSES[service].sop_classes}
    named = {name: str(getattr(_names, name)) for name in _names.__all__ if getattr(_names, name) in keywords}
    twice = {keywords[uid] for name, uid in named.items() if name != keywords[uid]}
    return {name: uid for name, uid in named.items() if name not in twice}


# Private in pynetdicom, too; programs make lists of contexts from them.
_APPLICATION_EVENT_CLASSES = _uids("Application Event Logging")
_BASIC_WORKLIST_CLASSES = _uids("Basic Worklist Management")
_COLOR_PALETTE_CLASSES = _uids("Color Palette Query/Retrieve")
_DEFINED_PROCEDURE_CLASSES = _uids("Defined Procedure Protocol Query/Retrieve")
_DISPLAY_SYSTEM_CLASSES = _uids("Display System Management")
_HANGING_PROTOCOL_CLASSES = _uids("Hanging Protocol Query/Retrieve")
_IMPLANT_TEMPLATE_CLASSES = _uids("Implant Template Query/Retrieve")
_INSTANCE_AVAILABILITY_CLASSES = _uids("Instance Availability Notification")
_INVENTORY_CLASSES = _uids("Inventory Query/Retrieve")
_MEDIA_CREATION_CLASSES = _uids("Media Creation Management")
_NON_PATIENT_OBJECT_CLASSES = _uids("Non-Patient Object Storage")
_PRINT_MANAGEMENT_CLASSES = _uids("Print Management")
_PROCEDURE_STEP_CLASSES = _uids("Procedure Step")
_PROTOCOL_APPROVAL_CLASSES = _uids("Protocol Approval Query/Retrieve")
_QR_CLASSES = _uids("Query/Retrieve")
_RELEVANT_PATIENT_QUERY_CLASSES = _uids("Relevant Patient Information Query")
_RT_MACHINE_VERIFICATION_CLASSES = _uids("RT Machine Verification")
_STORAGE_CLASSES = _uids("Storage")
_STORAGE_COMMITMENT_CLASSES = _uids("Storage Commitment")
_STORAGE_MANAGEMENT_CLASSES = _uids("Storage Management")
_SUBSTANCE_ADMINISTRATION_CLASSES = _uids("Substance Administration Query")
_UNIFIED_PROCEDURE_STEP_CLASSES = _uids("Unified Procedure Step")
_VERIFICATION_CLASSES = _uids("Verification")
_MEDIA_STORAGE_CLASSES = {row.keyword: row.uid for row in WITHOUT_SERVICE}


def uid_to_sop_class(uid: str) -> SOPClass:
    """The SOP class with this UID; of `ServiceClass` itself if the UID is not known."""
    return SOPClass(uid)


def uid_to_service_class(uid: str) -> type[ServiceClass]:
    """The service class of the SOP class with this UID, or of its own UID; `ServiceClass` itself if not known."""
    return SERVICE_CLASS_OF.get(uid, ServiceClass)


def register_uid(uid: str, keyword: str, service_class: type[ServiceClass], dimse_msg_type: str = "") -> None:
    """Make the SOP class `uid`, private or newer than dulcimer, one of `service_class`, importable as `keyword`.

    For `QueryRetrieveServiceClass`, `dimse_msg_type` is "C-FIND", "C-GET" or "C-MOVE".

    Raises ValueError for a keyword that is not a Python name, and for a DIMSE service that the service class does not
    use; TypeError for an invalid service class. Nothing is registered then.
    """
    if not keyword.isidentifier() or iskeyword(keyword):
        raise ValueError(f"keyword {keyword!r} is not a valid Python identifier, or it is a Python keyword")
    if not inspect.isclass(service_class) or not issubclass(service_class, ServiceClass):
        raise TypeError("service_class must be a class such as StorageServiceClass, not an instance")
    known = service_class.info.messages
    if (dimse_msg_type or service_class is QueryRetrieveServiceClass) and dimse_msg_type not in known:
        raise ValueError(f"dimse_msg_type must be one of {', '.join(known)}, not {dimse_msg_type!r}")
    SERVICE_CLASS_OF[uid] = service_class
    MESSAGES_OF.pop(uid, None)
    if dimse_msg_type:
        MESSAGES_OF[uid] = (dimse_msg_type,)
    globals()[keyword] = SOPClass(uid)
