"""Writes `_generated/services.py`: service classes and their SOP classes."""

from __future__ import annotations

from codegen.emit import Node, assign, call, dict_of, module, text, tuple_of
from codegen.spec import Spec
from codegen.spec.services import SOP_CLASSES

SOURCE = "spec/ps3_4/service_classes.toml"

_IMPORTS = """
from __future__ import annotations

from dataclasses import dataclass
"""

_CLASSES = '''
@dataclass(frozen=True, slots=True)
class SopClass:
    """A SOP class (PS3.6 Annex A)."""

    uid: str
    name: str
    keyword: str


@dataclass(frozen=True, slots=True)
class ServiceClass:
    """A service class; `messages` are the DIMSE services it uses, such as "C-STORE"."""

    name: str
    clause: str
    messages: tuple[str, ...]
    sop_classes: tuple[SopClass, ...]
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
    services = assign("SERVICE_CLASSES: dict[str, ServiceClass]", dict_of(_service(n, spec) for n in spec.services))
    return module(
        SOURCE,
        "Service classes and their SOP classes (PS3.4).",
        _IMPORTS,
        _CLASSES,
        services + "\n\n" + _DERIVED.strip("\n"),
    )


def _service(name: str, spec: Spec) -> tuple[str, Node]:
    service = spec.services[name]
    sop_classes = [
        call("SopClass", text(sop_class.uid), text(sop_class.name), text(sop_class.keyword))
        for sop_class in map(SOP_CLASSES.__getitem__, service.sop_classes)
    ]
    messages = tuple_of(map(text, service.messages))
    return text(name), call(
        "ServiceClass", text(name), text(service.clause), messages, tuple_of(sop_classes, one_a_line=True)
    )
