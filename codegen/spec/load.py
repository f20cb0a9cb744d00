"""All files under `spec/` that code is generated from, checked one by one and against each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from codegen.spec.artim import check_artim
from codegen.spec.codes import Codes, load_codes
from codegen.spec.dimse import Messages, Statuses, load_messages, load_statuses
from codegen.spec.reader import Place
from codegen.spec.services import ServiceClass, load_services
from codegen.spec.state_machine import SEND, StateMachine, load_state_machine


@dataclass(frozen=True)
class Spec:
    """What `spec/` says; `root` is the project it belongs to."""

    root: Path
    machine: StateMachine
    codes: Codes
    messages: Messages
    statuses: Statuses
    services: dict[str, ServiceClass]


def load(root: Path) -> Spec:
    """Read `root/spec`; raises SpecError."""
    machine, place = load_state_machine(root)
    check_artim(machine, place)
    codes = load_codes(root)
    _check_pdus(machine, codes, place)
    messages = load_messages(root)
    statuses = load_statuses(root, messages)
    dimse_services = {name.rsplit("-", 1)[0] for name in messages.messages}
    return Spec(root, machine, codes, messages, statuses, load_services(root, dimse_services))


def _check_pdus(machine: StateMachine, codes: Codes, place: Place) -> None:
    pdus = {member.label for member in codes.enums["PduType"].members.values()}
    sources = {member.value for member in codes.enums["AbortSource"].members.values()}
    for label, event in machine.events.items():
        if event.kind == "pdu" and event.subject and event.subject not in pdus:
            place.at("events").at(label).at("subject").fail(f"unknown PDU {event.subject!r}")
    for key in machine.effects:
        if key.startswith(SEND) and key.removeprefix(SEND) not in pdus:
            place.at("effects").at(key).fail(f"unknown PDU {key.removeprefix(SEND)!r}")
    for label, action in machine.actions.items():
        for outcome in action.outcomes:
            for source in outcome.abort_sources:
                if source not in sources:
                    place.at("actions").at(label).fail(f"{source} is not a value of AbortSource")
