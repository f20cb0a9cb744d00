"""All files under `spec/` that code is generated from, checked one by one and against each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from codegen.spec.artim import check_artim
from codegen.spec.codes import Codes, load_codes
from codegen.spec.dimse import Messages, Statuses, load_messages, load_statuses
from codegen.spec.editions import Editions, load_editions
from codegen.spec.reader import Place
from codegen.spec.services import ServiceClass, ServiceClasses, StatusesByService, load_service_statuses, load_services
from codegen.spec.state_machine import SEND, StateMachine, load_state_machine
from codegen.spec.terms import Term, load_terms
from codegen.spec.uids import RegisteredUid, Uids, load_uids


@dataclass(frozen=True)
class Spec:
    """What `spec/` says; `root` is the project it belongs to."""

    root: Path
    machine: StateMachine
    codes: Codes
    messages: Messages
    statuses: Statuses
    uids: Uids
    service_classes: ServiceClasses
    service_statuses: StatusesByService
    terms: dict[str, Term]
    editions: Editions

    @property
    def services(self) -> dict[str, ServiceClass]:
        """The service classes by name."""
        return self.service_classes.services

    @cached_property
    def sop_classes(self) -> dict[str, RegisteredUid]:
        """The SOP classes of PS3.6 by keyword."""
        return self.uids.sop_classes()


def load(root: Path) -> Spec:
    """Read `root/spec`; raises SpecError."""
    machine, place = load_state_machine(root)
    check_artim(machine, place)
    codes = load_codes(root)
    _check_pdus(machine, codes, place)
    messages = load_messages(root)
    statuses = load_statuses(root, messages)
    dimse_services = {name.rsplit("-", 1)[0] for name in messages.messages}
    uids = load_uids(root)
    classes = load_services(root, dimse_services, uids)
    by_service = load_service_statuses(root, classes, statuses)
    terms, editions = load_terms(root), load_editions(root)
    return Spec(root, machine, codes, messages, statuses, uids, classes, by_service, terms, editions)


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
