"""`spec/ps3_4/service_classes.toml`: service classes, the DIMSE services they use, their SOP classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydicom.uid import UID_dictionary  # type: ignore[attr-defined]

from codegen.spec.reader import read


@dataclass(frozen=True)
class ServiceClass:
    """A service class; `sop_classes` are keywords."""

    clause: str
    messages: tuple[str, ...]
    sop_classes: tuple[str, ...]


@dataclass(frozen=True)
class ServiceClasses:
    """The whole file."""

    services: dict[str, ServiceClass]


@dataclass(frozen=True)
class SopClass:
    """A SOP class as PS3.6 Annex A has it."""

    uid: str
    name: str
    keyword: str


SOP_CLASSES = {
    keyword: SopClass(uid, name, keyword)
    for uid, (name, kind, _, _, keyword) in UID_dictionary.items()
    if "SOP Class" in kind
}


def load_services(root: Path, dimse_services: set[str]) -> dict[str, ServiceClass]:
    """Read and check the file."""
    classes, place = read(ServiceClasses, root / "spec/ps3_4/service_classes.toml", root)
    owner: dict[str, str] = {}
    for name, service in classes.services.items():
        here = place.at("services").at(name)
        for message in service.messages:
            if message not in dimse_services:
                here.at("messages").fail(f"unknown DIMSE service {message!r}")
        for keyword in service.sop_classes:
            if keyword not in SOP_CLASSES:
                here.at("sop_classes").fail(f"{keyword!r} is no SOP class that pydicom knows")
            if keyword in owner:
                here.at("sop_classes").fail(f"duplicate SOP class {keyword!r}, {owner[keyword]} has it already")
            owner[keyword] = name
    return classes.services
