"""Writes `_generated/services.py`: service classes, SOP classes and statuses; transfer syntaxes."""

from __future__ import annotations

from collections.abc import Iterable

from codegen.emit import Node, assign, call, dict_of, module, text, tuple_of
from codegen.spec import Spec
from codegen.spec.dimse import expand

SOURCE = "spec/ps3_4/ and spec/ps3_6/"

_IMPORTS = """
from __future__ import annotations

from dataclasses import dataclass

from dulcimer._generated.commands import SERVICE_STATUSES, StatusRange
"""

_CLASSES = '''
@dataclass(frozen=True, slots=True)
class SopClass:
    """A SOP class (PS3.6 Annex A)."""

    uid: str
    name: str
    keyword: str


@dataclass(frozen=True, slots=True)
class ServiceClassInfo:
    """A service class.

    `messages` are the DIMSE services it uses, such as "C-STORE". `retired` are SOP classes that the standard no
    longer names. `uid` is that of the service class itself, "" if it has none. `statuses` are the meanings of statuses,
    by DIMSE service; if two rows fit, the first one counts.
    """

    name: str
    clause: str
    messages: tuple[str, ...]
    sop_classes: tuple[SopClass, ...]
    retired: tuple[SopClass, ...]
    uid: str
    statuses: dict[str, tuple[StatusRange, ...]]
'''

_DERIVED = '''
STORAGE_SOP_CLASSES: tuple[SopClass, ...] = SERVICE_CLASSES["Storage"].sop_classes
"""The SOP classes of the storage service class (PS3.4 Annex B)."""

SERVICE_OF_SOP_CLASS: dict[str, str] = {
    sop_class.uid: service.name for service in SERVICE_CLASSES.values() for sop_class in service.sop_classes
}
"""The name of the service class of each SOP class UID."""
'''


def generate(spec: Spec) -> str:
    """The source of the module."""
    services = assign("SERVICE_CLASSES: dict[str, ServiceClassInfo]", dict_of(_service(n, spec) for n in spec.services))
    return module(
        SOURCE,
        "Service classes, their SOP classes and statuses (PS3.4); transfer syntaxes (PS3.6 Annex A).",
        _IMPORTS,
        _CLASSES,
        services + "\n\n" + _DERIVED.strip("\n"),
        _storage_selection(spec),
        *_uids(spec),
    )


def _service(name: str, spec: Spec) -> tuple[str, Node]:
    service = spec.services[name]
    uid = ""
    if service.service_class_uid:
        uid = spec.uids.registered("Service Class")[service.service_class_uid].uid
    statuses = [(text(message), _statuses(name, message, spec)) for message in service.messages]
    return text(name), call(
        "ServiceClassInfo",
        text(name),
        text(service.clause),
        tuple_of(map(text, service.messages)),
        tuple_of(_sop_classes(service.sop_classes, spec), one_a_line=True),
        tuple_of(_sop_classes(service.retired, spec), one_a_line=True),
        text(uid),
        dict_of(statuses),
    )


def _sop_classes(keywords: Iterable[str], spec: Spec) -> list[Node]:
    rows = (spec.sop_classes[keyword] for keyword in keywords)
    return [call("SopClass", text(row.uid), text(row.name), text(row.keyword)) for row in rows]


def _statuses(service: str, message: str, spec: Spec) -> Node:
    own = spec.service_statuses.of(service, message)
    general = f"SERVICE_STATUSES[{text(message)}]" if message in spec.statuses.services and not own.replaces else ""
    rows: list[Node] = []
    for code, row in own.statuses.items():
        first, last = (f"0x{value:04X}" for value in expand(code))
        category = text(spec.statuses.category(expand(code)[0]))
        rows.append(call("StatusRange", first, last, text(row.meaning), category, text(row.clause)))
    if general:
        rows.append("*" + general)
    return tuple_of(rows, one_a_line=True) if own.statuses else general or "()"


def _storage_selection(spec: Spec) -> str:
    classes = spec.service_classes
    uids = [text(spec.sop_classes[keyword].uid) for keyword in classes.selected_storage()]
    return (
        assign("SELECTED_STORAGE: tuple[str, ...]", tuple_of(uids, one_a_line=True))
        + '\n"""Storage SOP classes to propose together: 128 contexts fit into an association (PS3.8 9.3.2.2)."""\n\n'
        + assign("WITHOUT_SERVICE: tuple[SopClass, ...]", tuple_of(_sop_classes(classes.without_service, spec)))
        + '\n"""SOP classes without a DIMSE service: media (PS3.4 Annex I)."""'
    )


def _uids(spec: Spec) -> list[str]:
    syntaxes = spec.uids.registered("Transfer Syntax")
    known = [syntaxes[keyword] for keyword in spec.uids.transfer_syntaxes]
    default = tuple_of(text(syntaxes[keyword].uid) for keyword in spec.uids.default_transfer_syntaxes)
    later = [(text(row.uid), text(row.name)) for row in spec.uids.later.values()]
    return [
        assign("TRANSFER_SYNTAXES: dict[str, str]", dict_of((text(row.uid), text(row.name)) for row in known))
        + '\n"""The names of the transfer syntaxes in use, and of Explicit VR Big Endian (PS3.5 Annex A)."""',
        assign("DEFAULT_TRANSFER_SYNTAXES: tuple[str, ...]", default)
        + '\n"""The transfer syntaxes that do not compress pixels."""',
        assign("LATER_NAMES: dict[str, str]", dict_of(later))
        + '\n"""The names of UIDs that were registered after pydicom 3.0 was made."""',
    ]
