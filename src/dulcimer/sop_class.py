"""SOP classes by name, as `UID`s that know their service class (PS3.4); well-known SOP instances.

The names are the keywords of PS3.6 Annex A, such as `CTImageStorage`, and those that pynetdicom has for some.
"""

from __future__ import annotations

import inspect
from keyword import iskeyword

from dulcimer._generated import sop_classes as _names
from dulcimer._generated.sop_classes import *  # noqa: F403 - some 270 names, which have to be importable from here
from dulcimer._generated.sop_classes import (
    MESSAGES_OF,
    SERVICE_CLASS_OF,
    QueryRetrieveServiceClass,
    ServiceClass,
    SOPClass,
)

__all__ = [  # noqa: PLE0604 - the other module's list is one of str
    *_names.__all__,
    "register_uid",
    "uid_to_service_class",
    "uid_to_sop_class",
]


def uid_to_sop_class(uid: str) -> SOPClass:
    """The SOP class with this UID; of `ServiceClass` itself if the UID is not known."""
    return SOPClass(uid)


def uid_to_service_class(uid: str) -> type[ServiceClass]:
    """The service class of the SOP class with this UID, or of its own UID; `ServiceClass` itself if not known."""
    return SERVICE_CLASS_OF.get(uid, ServiceClass)


def register_uid(uid: str, keyword: str, service_class: type[ServiceClass], dimse_msg_type: str = "") -> None:
    """Make the SOP class `uid`, private or newer than dulcimer, one of `service_class`, importable as `keyword`.

    For `QueryRetrieveServiceClass`, `dimse_msg_type` is "C-FIND", "C-GET" or "C-MOVE".

    Raises ValueError for a keyword that is no Python name, and for a DIMSE service that the service class does not
    use; TypeError for what is no service class. Then nothing is registered.
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
