"""The items beside the presentation contexts that a survey proposes: roles, extended negotiation, the window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dulcimer._generated.services import SERVICE_CLASSES
from dulcimer.services.extended_negotiation import (
    FIND_BYTES,
    RETRIEVE_BYTES,
    STORAGE_BYTES,
    WORKLIST_BYTES,
)
from dulcimer.wire.model import (
    AsynchronousOperationsWindow,
    ScpScuRoleSelection,
    SopClassExtendedNegotiation,
    UserDataSubItem,
)

_STORAGE, _QUERY_RETRIEVE, _WORKLIST = "Storage", "Query/Retrieve", "Basic Worklist Management"
_MODELS = {
    one.uid: FIND_BYTES if one.keyword.endswith("Find") else RETRIEVE_BYTES
    for one in SERVICE_CLASSES[_QUERY_RETRIEVE].sop_classes
    if "QueryRetrieveInformationModel" in one.keyword
}
"""The information models with relational queries or retrieval (PS3.4 C.6.1, C.6.2, C.6.3)."""


def items_for(classes: Iterable[tuple[str, str]]) -> list[UserDataSubItem]:
    """The items for SOP classes with their service class: both roles, all extended negotiation, any window."""
    found: list[UserDataSubItem] = [AsynchronousOperationsWindow(0, 0)]
    for uid, service in classes:
        found.append(ScpScuRoleSelection(uid, 1, 1))
        if data := _proposed(uid, service):
            found.append(SopClassExtendedNegotiation(uid, data))
    return found


def _proposed(uid: str, service: str) -> bytes:
    """What is proposed: everything. An SCU of storage says that it is one."""
    if service == _STORAGE:
        return bytes(0 if one is None else one.of_scu for one in STORAGE_BYTES)
    return b"\x01" * len(_names(uid, service))


def _names(uid: str, service: str) -> tuple[str, ...]:
    if service == _WORKLIST:
        return WORKLIST_BYTES
    return _MODELS.get(uid, ())


def extended_words(uid: str, service: str, answer: bytes) -> tuple[str, ...]:
    """What the answer to the extended negotiation of a SOP class says, in words; none if it agrees to nothing."""
    return tuple(_storage_words(answer) if service == _STORAGE else _query_words(_names(uid, service), answer))


def _query_words(names: tuple[str, ...], answer: bytes) -> Iterator[str]:
    for name, value in zip(names, answer, strict=False):
        if name and value == 1:
            yield name


def _storage_words(answer: bytes) -> Iterator[str]:
    for one, value in zip(STORAGE_BYTES, answer, strict=False):
        if one is not None and value < len(one.meanings) and value != one.of_scu:
            yield one.meanings[value]
