"""Writes `_generated/sop_classes.py`: a name for each SOP class, well-known instance and service class."""

from __future__ import annotations

import re

from codegen.emit import WIDTH, module, text
from codegen.services import SOURCE
from codegen.spec import Spec

_IMPORTS = """
from __future__ import annotations

from typing import ClassVar

from pydicom.uid import UID

from dulcimer._generated.services import LATER_NAMES, SERVICE_CLASSES, ServiceClassInfo
"""

_CLASSES = '''
class ServiceClass:
    """Base of the service classes, and the service class of a SOP class that belongs to no other one (PS3.4).

    `info` has the name, the clause, the DIMSE services, the SOP classes and the statuses.
    """

    info: ClassVar[ServiceClassInfo] = ServiceClassInfo("", "PS3.4", (), (), (), "", {})


class SOPClass(UID):
    """The UID of a SOP class (PS3.6 Annex A), which knows its service class (PS3.4)."""

    @property
    def service_class(self) -> type[ServiceClass]:
        """The service class, `ServiceClass` itself if it is unknown."""
        return SERVICE_CLASS_OF.get(self, ServiceClass)

    @property
    def messages(self) -> tuple[str, ...]:
        """The DIMSE services that it may be used with, such as "C-STORE": those of its service class, or fewer."""
        return MESSAGES_OF.get(self, self.service_class.info.messages)

    @property
    def name(self) -> str:
        """The name in PS3.6, the UID itself if it has none."""
        return LATER_NAMES.get(self) or super().name
'''

_MAPPING = '''
SERVICE_CLASS_OF: dict[str, type[ServiceClass]] = {
    uid: kind
    for kind in SERVICE_CLASS_TYPES
    for uid in (
        *(sop_class.uid for sop_class in kind.info.sop_classes + kind.info.retired),
        *filter(None, [kind.info.uid]),
    )
}
"""The service class of each SOP class UID, also of retired ones, and of the UIDs that service classes have."""

MESSAGES_OF: dict[str, tuple[str, ...]] = {}
"""The DIMSE services of UIDs that are registered for fewer than their service class uses."""
'''


def class_name(service: str) -> str:
    """`Query/Retrieve` as `QueryRetrieveServiceClass`."""
    return re.sub(r"[^A-Za-z]", "", service) + "ServiceClass"


def generate(spec: Spec) -> str:
    """The source of the module."""
    kinds = "\n".join(f"    {class_name(name)}," for name in spec.services)
    names = _names(spec)
    public = "\n".join(f"    {text(name)}," for name in sorted(["SOPClass", *names]))
    return module(
        SOURCE,
        "SOP classes, well-known SOP instances and service classes by name (PS3.4, PS3.6 Annex A).",
        _IMPORTS,
        _CLASSES,
        *(_service_class(name, spec) for name in spec.services),
        f"SERVICE_CLASS_TYPES: tuple[type[ServiceClass], ...] = (\n{kinds}\n)",
        _MAPPING,
        "\n".join(_assignment(name, value) for name, value in names.items()),
        f"__all__ = [  # noqa: RUF022 - by the alphabet\n{public}\n]",
    )


def _service_class(name: str, spec: Spec) -> str:
    return (
        f"class {class_name(name)}(ServiceClass):\n"
        f'    """The {name} service class ({spec.services[name].clause})."""\n\n'
        f"    info = SERVICE_CLASSES[{text(name)}]"
    )


def _names(spec: Spec) -> dict[str, str]:
    """Names and what they are, as source."""
    names: dict[str, str] = {}
    instances = spec.uids.registered("Well-known SOP Instance")
    for service in spec.services.values():
        names |= {key: _sop_class(key, spec) for key in service.sop_classes + service.retired}
        names |= {key: f"UID({text(instances[key].uid)})" for key in service.instances}
    names |= {key: _sop_class(key, spec) for key in spec.service_classes.without_service}
    return names | spec.uids.also_called


def _sop_class(keyword: str, spec: Spec) -> str:
    return f"SOPClass({text(spec.sop_classes[keyword].uid)})"


def _assignment(name: str, value: str) -> str:
    line = f"{name} = {value}"
    return line if len(line) <= WIDTH else f"{name} = (\n    {value}\n)"
