"""Requests that are refused before their handler is called, with a status of PS3.7 Annex C."""

from __future__ import annotations

from typing import Any, NamedTuple

from dulcimer._generated.commands import CStoreRq, NEventReportRq, NSetRq
from dulcimer._generated.services import SERVICE_CLASSES, SERVICE_OF_SOP_CLASS
from dulcimer._generated.statuses import (
    INVALID_SOP_INSTANCE,
    MISSING_ATTRIBUTE,
    MISTYPED_ARGUMENT,
    NO_SUCH_SOP_CLASS,
    SOP_CLASS_NOT_SUPPORTED,
    UNRECOGNIZED_OPERATION,
)
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.switches import LONGEST_UID, Switches

_USED = {
    uid: frozenset(f"{message}-RQ" for message in SERVICE_CLASSES[service].messages)
    for uid, service in SERVICE_OF_SOP_CLASS.items()
}
"""The requests that a SOP class uses."""


class Refusal(NamedTuple):
    """A status, and the reason in words."""

    status: int
    why: str


def refusal(request: Any, context: AcceptedContext, switches: Switches, *, has_data_set: bool) -> Refusal | None:
    """Why a request in that presentation context is not performed; None if it may be.

    - 0211H: the SOP class does not use the operation; - 0122H (DIMSE-C), 0118H (DIMSE-N): the SOP class is not that of
    the context, nor one that belongs to it, or this end is not SCP there; - 0117H: the SOP instance UID is not a UID; -
    0120H (N-SET), 0212H: the data set that the standard requires is missing.
    """
    name = request.info.name
    used = _USED.get(context.abstract_syntax)
    if used is not None and name not in used:
        return Refusal(UNRECOGNIZED_OPERATION, f"{name} is not used with the SOP class of its context")
    if not context.as_scp and not isinstance(request, NEventReportRq):
        return Refusal(SOP_CLASS_NOT_SUPPORTED, f"this end is not SCP of {context.abstract_syntax}")
    uid = _either(request, "affected_sop_class_uid", "requested_sop_class_uid")
    if not _fits(request, uid, context.abstract_syntax, switches):
        status = SOP_CLASS_NOT_SUPPORTED if name.startswith("C-") else NO_SUCH_SOP_CLASS
        return Refusal(status, f"SOP class {uid} in a context of {context.abstract_syntax}")
    instance = _either(request, "affected_sop_instance_uid", "requested_sop_instance_uid")
    if instance is not None and not _is_uid(instance, switches):
        return Refusal(INVALID_SOP_INSTANCE, f"{instance!r} is not a UID")
    if request.info.data_set == "M" and not has_data_set:
        status = MISSING_ATTRIBUTE if isinstance(request, NSetRq) else MISTYPED_ARGUMENT
        return Refusal(status, f"{name} without its {request.info.data_set_name}")
    return None


def _either(request: Any, first: str, second: str) -> Any:
    value = getattr(request, first, None)
    return getattr(request, second, None) if value is None else value


def _fits(request: Any, uid: str, abstract_syntax: str, switches: Switches) -> bool:
    """Whether a request may name this SOP class in a context of that abstract syntax.

    Classes of meta SOP classes and UPS go in each other's contexts (PS3.4 H.3.2, CC.3.1), and storage takes any storage
    class: the context says how the data set is encoded, the request what it is. For an unknown abstract syntax, any SOP
    class is accepted.
    """
    if uid == abstract_syntax or (isinstance(request, CStoreRq) and switches.unrestricted_storage_service):
        return True
    service = SERVICE_OF_SOP_CLASS.get(abstract_syntax)
    if service is None:
        return True
    return SERVICE_OF_SOP_CLASS.get(uid) == service and (
        isinstance(request, CStoreRq) or request.info.name.startswith("N-")
    )


def _is_uid(value: str, switches: Switches) -> bool:
    if switches.only_bounds_uids:  # without making a UID of each instance
        return len(value) <= LONGEST_UID
    from dulcimer.values import lenient_uid

    return switches.validators["UI"](lenient_uid(value))[0]
