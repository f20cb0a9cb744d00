"""`spec/ps3_4/`: service classes, the DIMSE services they use, their SOP classes and statuses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from codegen.spec.dimse import ServiceStatus, Statuses, check_service_statuses
from codegen.spec.reader import Place, read
from codegen.spec.uids import Uids, check_keywords

MOST_CONTEXTS = 128


@dataclass(frozen=True)
class ServiceClass:
    """A service class; `sop_classes`, `retired` and `instances` are keywords."""

    clause: str
    messages: tuple[str, ...]
    sop_classes: tuple[str, ...]
    retired: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    service_class_uid: str = ""


@dataclass(frozen=True)
class StorageSelection:
    """The storage SOP classes that are left out where storage as a whole is proposed."""

    leaves_out: tuple[str, ...]


@dataclass(frozen=True)
class ServiceClasses:
    """The whole of `service_classes.toml`."""

    without_service: tuple[str, ...]
    storage_selection: StorageSelection
    services: dict[str, ServiceClass]

    def selected_storage(self) -> list[str]:
        """The keywords of the storage SOP classes that fit into one association."""
        storage = self.services["Storage"]
        current = [keyword for keyword in storage.sop_classes if keyword not in self.storage_selection.leaves_out]
        return current + list(storage.retired)


@dataclass(frozen=True)
class ServiceClassStatuses:
    """Statuses of one DIMSE service in a service class: in addition to those of the DIMSE service, or instead."""

    statuses: dict[str, ServiceStatus]
    replaces: bool = False


@dataclass(frozen=True)
class StatusesByService:
    """The whole of `statuses.toml`."""

    services: dict[str, dict[str, ServiceClassStatuses]]

    def of(self, service: str, message: str) -> ServiceClassStatuses:
        """The statuses of a DIMSE service in a service class."""
        return self.services.get(service, {}).get(message, ServiceClassStatuses({}))


def load_services(root: Path, dimse_services: set[str], uids: Uids) -> ServiceClasses:
    """Read and check `service_classes.toml`."""
    classes, place = read(ServiceClasses, root / "spec/ps3_4/service_classes.toml", root)
    sop_classes = uids.sop_classes()
    check_keywords(classes.without_service, sop_classes, place.at("without_service"))
    owner: dict[str, str] = {}
    for name, service in classes.services.items():
        here = place.at("services").at(name)
        for message in service.messages:
            if message not in dimse_services:
                here.at("messages").fail(f"unknown DIMSE service {message!r}")
        for key in ("sop_classes", "retired"):
            for keyword in getattr(service, key):
                if keyword not in sop_classes:
                    here.at(key).fail(f"{keyword!r} is not a SOP class that pydicom knows")
                if keyword in owner:
                    here.at(key).fail(f"duplicate SOP class {keyword!r}, {owner[keyword]} has it already")
                owner[keyword] = name
        check_keywords(service.instances, uids.registered("Well-known SOP Instance"), here.at("instances"))
        if service.service_class_uid:
            check_keywords((service.service_class_uid,), uids.registered("Service Class"), here.at("service_class_uid"))
    for name, keyword in uids.also_called.items():
        if keyword not in owner:
            place.fail(f"no service class has {keyword}, which is also called {name}")
    _check_selection(classes, place)
    return classes


def _check_selection(classes: ServiceClasses, place: Place) -> None:
    here = place.at("storage_selection").at("leaves_out")
    for keyword in classes.storage_selection.leaves_out:
        if keyword not in classes.services["Storage"].sop_classes:
            here.fail(f"{keyword!r} is not a SOP class of Storage")
    if len(classes.selected_storage()) > MOST_CONTEXTS:
        here.fail(f"{len(classes.selected_storage())} SOP classes are left, expected at most {MOST_CONTEXTS}")


def load_service_statuses(root: Path, classes: ServiceClasses, general: Statuses) -> StatusesByService:
    """Read and check `statuses.toml`."""
    statuses, place = read(StatusesByService, root / "spec/ps3_4/statuses.toml", root)
    for name, messages in statuses.services.items():
        here = place.at("services").at(name)
        if name not in classes.services:
            here.fail("unknown service class")
        for message, rows in messages.items():
            if message not in classes.services[name].messages:
                here.at(message).fail(f"{name} does not use this DIMSE service")
            check_service_statuses(rows.statuses, general, here.at(message).at("statuses"))
    return statuses
