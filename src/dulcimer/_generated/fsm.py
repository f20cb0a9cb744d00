"""The state machine of the DICOM upper layer (PS3.8 9.2).

Generated from spec/ps3_8/state_machine.toml by `python -m codegen`: do not edit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from dulcimer.notebook import notebook_table

if TYPE_CHECKING:
    from transitions import Machine


class _StatesInNotebooks:
    """An enumeration itself must not have a method of this name."""

    def _repr_html_(self: States) -> str:  # type: ignore[misc]  # it is a base of that class only
        """Its cells of Table 9-10, for notebooks."""
        info = STATES[self]
        rows = _cells_shown(state=self)
        return notebook_table(info.label, f"{info.meaning} {info.clause}", ("event", "action", "next"), rows)


class States(_StatesInNotebooks, IntEnum):
    """The states, PS3.8 Tables 9-1 to 9-5."""

    STA_1 = 0
    STA_2 = 1
    STA_3 = 2
    STA_4 = 3
    STA_5 = 4
    STA_6 = 5
    STA_7 = 6
    STA_8 = 7
    STA_9 = 8
    STA_10 = 9
    STA_11 = 10
    STA_12 = 11
    STA_13 = 12

    @property
    def label(self) -> str:
        """The name in the standard, such as Sta1."""
        return STATES[self].label

    @classmethod
    def from_label(cls, label: str) -> States:
        """The member called `label`; KeyError if there is none."""
        return cls[label.replace("Sta", "STA_", 1)]


class _EventsInNotebooks:
    """An enumeration itself must not have a method of this name."""

    def _repr_html_(self: Events) -> str:  # type: ignore[misc]  # it is a base of that class only
        """Its cells of Table 9-10, for notebooks."""
        info = EVENTS[self]
        rows = _cells_shown(event=self)
        return notebook_table(info.label, f"{info.description} {info.clause}", ("state", "action", "next"), rows)


class Events(_EventsInNotebooks, IntEnum):
    """The events, PS3.8 Table 9-10."""

    EVT_1 = 0
    EVT_2 = 1
    EVT_3 = 2
    EVT_4 = 3
    EVT_5 = 4
    EVT_6 = 5
    EVT_7 = 6
    EVT_8 = 7
    EVT_9 = 8
    EVT_10 = 9
    EVT_11 = 10
    EVT_12 = 11
    EVT_13 = 12
    EVT_14 = 13
    EVT_15 = 14
    EVT_16 = 15
    EVT_17 = 16
    EVT_18 = 17
    EVT_19 = 18

    @property
    def label(self) -> str:
        """The name in the standard, such as Evt1."""
        return EVENTS[self].label

    @classmethod
    def from_label(cls, label: str) -> Events:
        """The member called `label`; KeyError if there is none."""
        return cls[label.replace("Evt", "EVT_", 1)]


def _cells_shown(state: States | None = None, event: Events | None = None) -> list[tuple[str, str, str]]:
    found = []
    for (which, where), label in TABLE.items():
        if state in (None, where) and event in (None, which):
            action = ACTIONS[label]
            other = f"{which.label}: {EVENTS[which].description}" if event is None else where.label
            reached = dict.fromkeys(outcome.next_state.label for outcome in action.outcomes)
            found.append((other, f"{label}: {action.description}", " or ".join(reached)))
    return found


@dataclass(frozen=True, slots=True)
class StateInfo:
    """A state; `role` is the end that can be in it: "both", "acceptor" or "requestor" of the association."""

    label: str
    meaning: str
    role: str
    clause: str


@dataclass(frozen=True, slots=True)
class EventInfo:
    """An event; `kind` is "primitive", "transport", "pdu" or "timer".

    `subject` is the PDU or primitive, "" where it is neither or can be any.
    """

    label: str
    description: str
    kind: str
    subject: str
    clause: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action does when its guard is True, or False if `negated`; always if there is no guard.

    `abort_sources` are the values that the standard allows in the Source field of the A-ABORT sent.
    """

    guard: str | None
    negated: bool
    effects: tuple[str, ...]
    next_state: States
    abort_sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ActionInfo:
    """An action of Tables 9-6 to 9-9; `method` is its name as a Python name."""

    label: str
    method: str
    description: str
    clause: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class EffectInfo:
    """One effect of actions; `method` of `Effects` carries it out, "" if there is nothing to do."""

    method: str
    description: str
    clause: str


class Effects(Protocol):
    """What actions do and ask, one method each."""

    def open_transport(self) -> None:
        """Ask the local transport service to connect to the peer (PS3.8 9.1.2)."""
        ...

    def accept_transport(self) -> None:
        """Accept the transport connection that the peer opened (PS3.8 9.1.2)."""
        ...

    def close_transport(self) -> None:
        """Close the transport connection (PS3.8 9.1.4)."""
        ...

    def start_artim(self) -> None:
        """Start the ARTIM timer (PS3.8 9.1.5)."""
        ...

    def stop_artim(self) -> None:
        """Stop the ARTIM timer; nothing happens if it is not running (PS3.8 9.1.5)."""
        ...

    def restart_artim(self) -> None:
        """Start the ARTIM timer, or restart it if it is running (PS3.8 9.1.5)."""
        ...

    def send_a_associate_rq(self) -> None:
        """Send the A-ASSOCIATE-RQ PDU (PS3.8 9.3.2)."""
        ...

    def send_a_associate_ac(self) -> None:
        """Send the A-ASSOCIATE-AC PDU (PS3.8 9.3.3)."""
        ...

    def send_a_associate_rj(self) -> None:
        """Send the A-ASSOCIATE-RJ PDU (PS3.8 9.3.4)."""
        ...

    def send_p_data_tf(self) -> None:
        """Send a P-DATA-TF PDU (PS3.8 9.3.5)."""
        ...

    def send_a_release_rq(self) -> None:
        """Send the A-RELEASE-RQ PDU (PS3.8 9.3.6)."""
        ...

    def send_a_release_rp(self) -> None:
        """Send the A-RELEASE-RP PDU (PS3.8 9.3.7)."""
        ...

    def send_a_abort(self, source: int) -> None:
        """Send the A-ABORT PDU with this Source field (PS3.8 9.3.8)."""
        ...

    def issue_a_associate_indication(self) -> None:
        """Tell the local user that the peer asks for an association (PS3.8 7.1)."""
        ...

    def issue_a_associate_confirmation_accept(self) -> None:
        """Tell the local user that the peer accepted the association (PS3.8 7.1)."""
        ...

    def issue_a_associate_confirmation_reject(self) -> None:
        """Tell the local user that the peer rejected the association (PS3.8 7.1)."""
        ...

    def issue_p_data_indication(self) -> None:
        """Hand the data received to the local user (PS3.8 7.6)."""
        ...

    def issue_a_release_indication(self) -> None:
        """Tell the local user that the peer asks for release (PS3.8 7.2)."""
        ...

    def issue_a_release_confirmation(self) -> None:
        """Tell the local user that the peer agreed to the release (PS3.8 7.2)."""
        ...

    def issue_a_abort_indication(self) -> None:
        """Tell the local user that the user at the other end aborted (PS3.8 7.3)."""
        ...

    def issue_a_p_abort_indication(self) -> None:
        """Tell the local user that a service-provider aborted, or that the connection was lost (PS3.8 7.4)."""
        ...

    def request_is_supported(self) -> bool:
        """The service-provider can support the A-ASSOCIATE-RQ received (PS3.8 Table 9-6)."""
        ...

    def is_requestor(self) -> bool:
        """This end requested the association (no matter which end requested release first) (PS3.8 Table 9-8)."""
        ...

    def abort_is_from_service_user(self) -> bool:
        """The Source field of the A-ABORT received is 0, service-user (PS3.8 Table 9-9)."""
        ...


def ae_1(fx: Effects) -> None:
    """AE-1: Ask for a transport connection (PS3.8 Table 9-6)."""
    fx.open_transport()


def ae_2(fx: Effects) -> None:
    """AE-2: Send the association request (PS3.8 Table 9-6)."""
    fx.send_a_associate_rq()


def ae_3(fx: Effects) -> None:
    """AE-3: Tell the user that the association is accepted (PS3.8 Table 9-6)."""
    fx.issue_a_associate_confirmation_accept()


def ae_4(fx: Effects) -> None:
    """AE-4: Tell the user that the association is rejected and close the connection (PS3.8 Table 9-6)."""
    fx.issue_a_associate_confirmation_reject()
    fx.close_transport()


def ae_5(fx: Effects) -> None:
    """AE-5: Accept the transport connection and wait, bounded by ARTIM, for the association request (PS3.8 Table 9-6)."""
    fx.accept_transport()
    fx.start_artim()


def ae_6_when_request_is_supported(fx: Effects) -> None:
    """AE-6, when request_is_supported: Hand a request that can be supported to the user; reject any other (PS3.8 Table 9-6)."""
    fx.stop_artim()
    fx.issue_a_associate_indication()


def ae_6_unless_request_is_supported(fx: Effects) -> None:
    """AE-6, unless request_is_supported: Hand a request that can be supported to the user; reject any other (PS3.8 Table 9-6)."""
    fx.stop_artim()
    fx.send_a_associate_rj()
    fx.start_artim()


def ae_7(fx: Effects) -> None:
    """AE-7: Send the user's acceptance (PS3.8 Table 9-6)."""
    fx.send_a_associate_ac()


def ae_8(fx: Effects) -> None:
    """AE-8: Send the user's rejection and wait, bounded by ARTIM, for the peer to close (PS3.8 Table 9-6)."""
    fx.send_a_associate_rj()
    fx.start_artim()


def dt_1(fx: Effects) -> None:
    """DT-1: Send the user's data (PS3.8 Table 9-7)."""
    fx.send_p_data_tf()


def dt_2(fx: Effects) -> None:
    """DT-2: Hand the peer's data to the user (PS3.8 Table 9-7)."""
    fx.issue_p_data_indication()


def ar_1(fx: Effects) -> None:
    """AR-1: Send the user's release request (PS3.8 Table 9-8)."""
    fx.send_a_release_rq()


def ar_2(fx: Effects) -> None:
    """AR-2: Tell the user that the peer asks for release (PS3.8 Table 9-8)."""
    fx.issue_a_release_indication()


def ar_3(fx: Effects) -> None:
    """AR-3: Tell the user that the association is released and close the connection (PS3.8 Table 9-8)."""
    fx.issue_a_release_confirmation()
    fx.close_transport()


def ar_4(fx: Effects) -> None:
    """AR-4: Send the release response and wait, bounded by ARTIM, for the peer to close (PS3.8 Table 9-8)."""
    fx.send_a_release_rp()
    fx.start_artim()


def ar_5(fx: Effects) -> None:
    """AR-5: The peer has closed the connection as expected: stop the timer (PS3.8 Table 9-8)."""
    fx.stop_artim()


def ar_6(fx: Effects) -> None:
    """AR-6: Hand over data of the peer that was under way when the user asked for release (PS3.8 Table 9-8)."""
    fx.issue_p_data_indication()


def ar_7(fx: Effects) -> None:
    """AR-7: Send data that the user still has after the peer asked for release (PS3.8 Table 9-8)."""
    fx.send_p_data_tf()


def ar_8_when_is_requestor(fx: Effects) -> None:
    """AR-8, when is_requestor: Both ends asked for release at once: tell the user; the end that requested the association answers first (PS3.8 Table 9-8)."""
    fx.issue_a_release_indication()


def ar_8_unless_is_requestor(fx: Effects) -> None:
    """AR-8, unless is_requestor: Both ends asked for release at once: tell the user; the end that requested the association answers first (PS3.8 Table 9-8)."""
    fx.issue_a_release_indication()


def ar_9(fx: Effects) -> None:
    """AR-9: Release collision: the requestor sends its release response (PS3.8 Table 9-8)."""
    fx.send_a_release_rp()


def ar_10(fx: Effects) -> None:
    """AR-10: Release collision: the acceptor receives the requestor's release response (PS3.8 Table 9-8)."""
    fx.issue_a_release_confirmation()


def aa_1(fx: Effects) -> None:
    """AA-1: Abort for the service-user and wait, bounded by ARTIM, for the peer to close (PS3.8 Table 9-9)."""
    fx.send_a_abort(0)
    fx.restart_artim()


def aa_2(fx: Effects) -> None:
    """AA-2: Stop the timer and close the connection without an indication to the user (PS3.8 Table 9-9)."""
    fx.stop_artim()
    fx.close_transport()


def aa_3_when_abort_is_from_service_user(fx: Effects) -> None:
    """AA-3, when abort_is_from_service_user: Tell the user who aborted at the other end and close the connection (PS3.8 Table 9-9)."""
    fx.issue_a_abort_indication()
    fx.close_transport()


def aa_3_unless_abort_is_from_service_user(fx: Effects) -> None:
    """AA-3, unless abort_is_from_service_user: Tell the user who aborted at the other end and close the connection (PS3.8 Table 9-9)."""
    fx.issue_a_p_abort_indication()
    fx.close_transport()


def aa_4(fx: Effects) -> None:
    """AA-4: The connection is lost: tell the user (PS3.8 Table 9-9)."""
    fx.issue_a_p_abort_indication()


def aa_5(fx: Effects) -> None:
    """AA-5: The peer closed the connection without a request: stop the timer (PS3.8 Table 9-9)."""
    fx.stop_artim()


def aa_6(_fx: Effects) -> None:
    """AA-6: Ignore a PDU that comes after the end of the association (PS3.8 Table 9-9)."""


def aa_7(fx: Effects) -> None:
    """AA-7: Answer a request or an invalid PDU after the end of the association with an abort; ARTIM keeps running (PS3.8 Table 9-9)."""
    fx.send_a_abort(2)


def aa_8(fx: Effects) -> None:
    """AA-8: Abort for the service-provider, tell the user, and wait, bounded by ARTIM, for the peer to close (PS3.8 Table 9-9)."""
    fx.send_a_abort(2)
    fx.issue_a_p_abort_indication()
    fx.start_artim()


def request_is_supported(fx: Effects) -> bool:
    """The service-provider can support the A-ASSOCIATE-RQ received (PS3.8 Table 9-6)."""
    return fx.request_is_supported()


def is_requestor(fx: Effects) -> bool:
    """This end requested the association (no matter which end requested release first) (PS3.8 Table 9-8)."""
    return fx.is_requestor()


def abort_is_from_service_user(fx: Effects) -> bool:
    """The Source field of the A-ABORT received is 0, service-user (PS3.8 Table 9-9)."""
    return fx.abort_is_from_service_user()


class ActionMethods:
    """Each action of Tables 9-6 to 9-9 as a method, for a class that has the methods of `Effects`.

    It carries out the effects in the printed order and returns the next state; moving there is left to the caller.
    """

    __slots__ = ()

    def ae_1(self: Effects) -> States:
        """AE-1: Ask for a transport connection (PS3.8 Table 9-6)."""
        ae_1(self)
        return States.STA_4

    def ae_2(self: Effects) -> States:
        """AE-2: Send the association request (PS3.8 Table 9-6)."""
        ae_2(self)
        return States.STA_5

    def ae_3(self: Effects) -> States:
        """AE-3: Tell the user that the association is accepted (PS3.8 Table 9-6)."""
        ae_3(self)
        return States.STA_6

    def ae_4(self: Effects) -> States:
        """AE-4: Tell the user that the association is rejected and close the connection (PS3.8 Table 9-6)."""
        ae_4(self)
        return States.STA_1

    def ae_5(self: Effects) -> States:
        """AE-5: Accept the transport connection and wait, bounded by ARTIM, for the association request (PS3.8 Table 9-6)."""
        ae_5(self)
        return States.STA_2

    def ae_6(self: Effects) -> States:
        """AE-6: Hand a request that can be supported to the user; reject any other (PS3.8 Table 9-6)."""
        if request_is_supported(self):
            ae_6_when_request_is_supported(self)
            return States.STA_3
        ae_6_unless_request_is_supported(self)
        return States.STA_13

    def ae_7(self: Effects) -> States:
        """AE-7: Send the user's acceptance (PS3.8 Table 9-6)."""
        ae_7(self)
        return States.STA_6

    def ae_8(self: Effects) -> States:
        """AE-8: Send the user's rejection and wait, bounded by ARTIM, for the peer to close (PS3.8 Table 9-6)."""
        ae_8(self)
        return States.STA_13

    def dt_1(self: Effects) -> States:
        """DT-1: Send the user's data (PS3.8 Table 9-7)."""
        dt_1(self)
        return States.STA_6

    def dt_2(self: Effects) -> States:
        """DT-2: Hand the peer's data to the user (PS3.8 Table 9-7)."""
        dt_2(self)
        return States.STA_6

    def ar_1(self: Effects) -> States:
        """AR-1: Send the user's release request (PS3.8 Table 9-8)."""
        ar_1(self)
        return States.STA_7

    def ar_2(self: Effects) -> States:
        """AR-2: Tell the user that the peer asks for release (PS3.8 Table 9-8)."""
        ar_2(self)
        return States.STA_8

    def ar_3(self: Effects) -> States:
        """AR-3: Tell the user that the association is released and close the connection (PS3.8 Table 9-8)."""
        ar_3(self)
        return States.STA_1

    def ar_4(self: Effects) -> States:
        """AR-4: Send the release response and wait, bounded by ARTIM, for the peer to close (PS3.8 Table 9-8)."""
        ar_4(self)
        return States.STA_13

    def ar_5(self: Effects) -> States:
        """AR-5: The peer has closed the connection as expected: stop the timer (PS3.8 Table 9-8)."""
        ar_5(self)
        return States.STA_1

    def ar_6(self: Effects) -> States:
        """AR-6: Hand over data of the peer that was under way when the user asked for release (PS3.8 Table 9-8)."""
        ar_6(self)
        return States.STA_7

    def ar_7(self: Effects) -> States:
        """AR-7: Send data that the user still has after the peer asked for release (PS3.8 Table 9-8)."""
        ar_7(self)
        return States.STA_8

    def ar_8(self: Effects) -> States:
        """AR-8: Both ends asked for release at once: tell the user; the end that requested the association answers first (PS3.8 Table 9-8)."""
        if is_requestor(self):
            ar_8_when_is_requestor(self)
            return States.STA_9
        ar_8_unless_is_requestor(self)
        return States.STA_10

    def ar_9(self: Effects) -> States:
        """AR-9: Release collision: the requestor sends its release response (PS3.8 Table 9-8)."""
        ar_9(self)
        return States.STA_11

    def ar_10(self: Effects) -> States:
        """AR-10: Release collision: the acceptor receives the requestor's release response (PS3.8 Table 9-8)."""
        ar_10(self)
        return States.STA_12

    def aa_1(self: Effects) -> States:
        """AA-1: Abort for the service-user and wait, bounded by ARTIM, for the peer to close (PS3.8 Table 9-9)."""
        aa_1(self)
        return States.STA_13

    def aa_2(self: Effects) -> States:
        """AA-2: Stop the timer and close the connection without an indication to the user (PS3.8 Table 9-9)."""
        aa_2(self)
        return States.STA_1

    def aa_3(self: Effects) -> States:
        """AA-3: Tell the user who aborted at the other end and close the connection (PS3.8 Table 9-9)."""
        if abort_is_from_service_user(self):
            aa_3_when_abort_is_from_service_user(self)
            return States.STA_1
        aa_3_unless_abort_is_from_service_user(self)
        return States.STA_1

    def aa_4(self: Effects) -> States:
        """AA-4: The connection is lost: tell the user (PS3.8 Table 9-9)."""
        aa_4(self)
        return States.STA_1

    def aa_5(self: Effects) -> States:
        """AA-5: The peer closed the connection without a request: stop the timer (PS3.8 Table 9-9)."""
        aa_5(self)
        return States.STA_1

    def aa_6(self: Effects) -> States:
        """AA-6: Ignore a PDU that comes after the end of the association (PS3.8 Table 9-9)."""
        aa_6(self)
        return States.STA_13

    def aa_7(self: Effects) -> States:
        """AA-7: Answer a request or an invalid PDU after the end of the association with an abort; ARTIM keeps running (PS3.8 Table 9-9)."""
        aa_7(self)
        return States.STA_13

    def aa_8(self: Effects) -> States:
        """AA-8: Abort for the service-provider, tell the user, and wait, bounded by ARTIM, for the peer to close (PS3.8 Table 9-9)."""
        aa_8(self)
        return States.STA_13


STATES: tuple[StateInfo, ...] = (
    StateInfo("Sta1", "Idle: no association and no transport connection.", "both", "PS3.8 Table 9-1"),
    StateInfo(
        "Sta2",
        "Transport connection is open, ARTIM is running, the A-ASSOCIATE-RQ PDU is awaited.",
        "acceptor",
        "PS3.8 Table 9-2",
    ),
    StateInfo(
        "Sta3",
        "Request handed to the local user, whose A-ASSOCIATE response primitive is awaited.",
        "acceptor",
        "PS3.8 Table 9-2",
    ),
    StateInfo(
        "Sta4",
        "Transport connect has been asked for and has not completed yet.",
        "requestor",
        "PS3.8 Table 9-2",
    ),
    StateInfo(
        "Sta5",
        "A-ASSOCIATE-RQ sent, an A-ASSOCIATE-AC or A-ASSOCIATE-RJ PDU is awaited.",
        "requestor",
        "PS3.8 Table 9-2",
    ),
    StateInfo("Sta6", "Association established; data may flow both ways.", "both", "PS3.8 Table 9-3"),
    StateInfo(
        "Sta7",
        "Local user asked for release: A-RELEASE-RQ sent, the A-RELEASE-RP PDU is awaited; data of the peer is still delivered.",
        "both",
        "PS3.8 Table 9-4",
    ),
    StateInfo(
        "Sta8",
        "Peer asked for release: the local A-RELEASE response primitive is awaited; the local user may still send data.",
        "both",
        "PS3.8 Table 9-4",
    ),
    StateInfo(
        "Sta9",
        "Release collision: the local A-RELEASE response primitive is awaited.",
        "requestor",
        "PS3.8 Table 9-4",
    ),
    StateInfo("Sta10", "Release collision: the A-RELEASE-RP PDU is awaited.", "acceptor", "PS3.8 Table 9-4"),
    StateInfo(
        "Sta11",
        "Release collision: own A-RELEASE-RP sent, that of the peer is awaited.",
        "requestor",
        "PS3.8 Table 9-4",
    ),
    StateInfo(
        "Sta12",
        "Release collision: A-RELEASE-RP received, the local A-RELEASE response primitive is awaited.",
        "acceptor",
        "PS3.8 Table 9-4",
    ),
    StateInfo(
        "Sta13",
        "The association is over: the transport-connection-closed indication is awaited, ARTIM is running.",
        "both",
        "PS3.8 Table 9-5",
    ),
)

EVENTS: tuple[EventInfo, ...] = (
    EventInfo("Evt1", "A-ASSOCIATE request primitive (local user)", "primitive", "A-ASSOCIATE request", "PS3.8 7.1"),
    EventInfo("Evt2", "Transport connect confirmation (local transport service)", "transport", "", "PS3.8 9.1.2"),
    EventInfo("Evt3", "A-ASSOCIATE-AC PDU received", "pdu", "A-ASSOCIATE-AC", "PS3.8 9.3.3"),
    EventInfo("Evt4", "A-ASSOCIATE-RJ PDU received", "pdu", "A-ASSOCIATE-RJ", "PS3.8 9.3.4"),
    EventInfo("Evt5", "Transport connection indication (local transport service)", "transport", "", "PS3.8 9.1.2"),
    EventInfo("Evt6", "A-ASSOCIATE-RQ PDU received", "pdu", "A-ASSOCIATE-RQ", "PS3.8 9.3.2"),
    EventInfo(
        "Evt7",
        "A-ASSOCIATE response primitive, accept (local user)",
        "primitive",
        "A-ASSOCIATE response (accept)",
        "PS3.8 7.1",
    ),
    EventInfo(
        "Evt8",
        "A-ASSOCIATE response primitive, reject (local user)",
        "primitive",
        "A-ASSOCIATE response (reject)",
        "PS3.8 7.1",
    ),
    EventInfo("Evt9", "P-DATA request primitive (local user)", "primitive", "P-DATA request", "PS3.8 7.6"),
    EventInfo("Evt10", "P-DATA-TF PDU received", "pdu", "P-DATA-TF", "PS3.8 9.3.5"),
    EventInfo("Evt11", "A-RELEASE request primitive (local user)", "primitive", "A-RELEASE request", "PS3.8 7.2"),
    EventInfo("Evt12", "A-RELEASE-RQ PDU received", "pdu", "A-RELEASE-RQ", "PS3.8 9.3.6"),
    EventInfo("Evt13", "A-RELEASE-RP PDU received", "pdu", "A-RELEASE-RP", "PS3.8 9.3.7"),
    EventInfo("Evt14", "A-RELEASE response primitive (local user)", "primitive", "A-RELEASE response", "PS3.8 7.2"),
    EventInfo("Evt15", "A-ABORT request primitive (local user)", "primitive", "A-ABORT request", "PS3.8 7.3"),
    EventInfo("Evt16", "A-ABORT PDU received", "pdu", "A-ABORT", "PS3.8 9.3.8"),
    EventInfo(
        "Evt17",
        "Transport connection closed indication (local transport service)",
        "transport",
        "",
        "PS3.8 9.1.4",
    ),
    EventInfo("Evt18", "ARTIM timer expired", "timer", "ARTIM", "PS3.8 9.1.5"),
    EventInfo("Evt19", "Unrecognized or invalid PDU received", "pdu", "", "PS3.8 9.2.3"),
)

EVENT_OF_PDU: dict[str, Events] = {
    "A-ASSOCIATE-AC": Events.EVT_3,
    "A-ASSOCIATE-RJ": Events.EVT_4,
    "A-ASSOCIATE-RQ": Events.EVT_6,
    "P-DATA-TF": Events.EVT_10,
    "A-RELEASE-RQ": Events.EVT_12,
    "A-RELEASE-RP": Events.EVT_13,
    "A-ABORT": Events.EVT_16,
}

EVENT_OF_PRIMITIVE: dict[str, Events] = {
    "A-ASSOCIATE request": Events.EVT_1,
    "A-ASSOCIATE response (accept)": Events.EVT_7,
    "A-ASSOCIATE response (reject)": Events.EVT_8,
    "P-DATA request": Events.EVT_9,
    "A-RELEASE request": Events.EVT_11,
    "A-RELEASE response": Events.EVT_14,
    "A-ABORT request": Events.EVT_15,
}

EFFECTS: dict[str, EffectInfo] = {
    "transport_connect": EffectInfo(
        "open_transport",
        "Ask the local transport service to connect to the peer.",
        "PS3.8 9.1.2",
    ),
    "transport_accept": EffectInfo(
        "accept_transport",
        "Accept the transport connection that the peer opened.",
        "PS3.8 9.1.2",
    ),
    "close_transport": EffectInfo("close_transport", "Close the transport connection.", "PS3.8 9.1.4"),
    "start_artim": EffectInfo("start_artim", "Start the ARTIM timer.", "PS3.8 9.1.5"),
    "stop_artim": EffectInfo(
        "stop_artim",
        "Stop the ARTIM timer; nothing happens if it is not running.",
        "PS3.8 9.1.5",
    ),
    "restart_artim": EffectInfo(
        "restart_artim",
        "Start the ARTIM timer, or restart it if it is running.",
        "PS3.8 9.1.5",
    ),
    "send_pdu:A-ASSOCIATE-RQ": EffectInfo("send_a_associate_rq", "Send the A-ASSOCIATE-RQ PDU.", "PS3.8 9.3.2"),
    "send_pdu:A-ASSOCIATE-AC": EffectInfo("send_a_associate_ac", "Send the A-ASSOCIATE-AC PDU.", "PS3.8 9.3.3"),
    "send_pdu:A-ASSOCIATE-RJ": EffectInfo("send_a_associate_rj", "Send the A-ASSOCIATE-RJ PDU.", "PS3.8 9.3.4"),
    "send_pdu:P-DATA-TF": EffectInfo("send_p_data_tf", "Send a P-DATA-TF PDU.", "PS3.8 9.3.5"),
    "send_pdu:A-RELEASE-RQ": EffectInfo("send_a_release_rq", "Send the A-RELEASE-RQ PDU.", "PS3.8 9.3.6"),
    "send_pdu:A-RELEASE-RP": EffectInfo("send_a_release_rp", "Send the A-RELEASE-RP PDU.", "PS3.8 9.3.7"),
    "send_pdu:A-ABORT": EffectInfo("send_a_abort", "Send the A-ABORT PDU with this Source field.", "PS3.8 9.3.8"),
    "issue:A-ASSOCIATE indication": EffectInfo(
        "issue_a_associate_indication",
        "Tell the local user that the peer asks for an association.",
        "PS3.8 7.1",
    ),
    "issue:A-ASSOCIATE confirmation (accept)": EffectInfo(
        "issue_a_associate_confirmation_accept",
        "Tell the local user that the peer accepted the association.",
        "PS3.8 7.1",
    ),
    "issue:A-ASSOCIATE confirmation (reject)": EffectInfo(
        "issue_a_associate_confirmation_reject",
        "Tell the local user that the peer rejected the association.",
        "PS3.8 7.1",
    ),
    "issue:P-DATA indication": EffectInfo(
        "issue_p_data_indication",
        "Hand the data received to the local user.",
        "PS3.8 7.6",
    ),
    "issue:A-RELEASE indication": EffectInfo(
        "issue_a_release_indication",
        "Tell the local user that the peer asks for release.",
        "PS3.8 7.2",
    ),
    "issue:A-RELEASE confirmation": EffectInfo(
        "issue_a_release_confirmation",
        "Tell the local user that the peer agreed to the release.",
        "PS3.8 7.2",
    ),
    "issue:A-ABORT indication": EffectInfo(
        "issue_a_abort_indication",
        "Tell the local user that the user at the other end aborted.",
        "PS3.8 7.3",
    ),
    "issue:A-P-ABORT indication": EffectInfo(
        "issue_a_p_abort_indication",
        "Tell the local user that a service-provider aborted, or that the connection was lost.",
        "PS3.8 7.4",
    ),
    "ignore": EffectInfo("", "Ignore the PDU.", "PS3.8 Table 9-9"),
}

GUARDS: dict[str, str] = {
    "request_is_supported": "The service-provider can support the A-ASSOCIATE-RQ received.",
    "is_requestor": "This end requested the association (no matter which end requested release first).",
    "abort_is_from_service_user": "The Source field of the A-ABORT received is 0, service-user.",
}

ACTIONS: dict[str, ActionInfo] = {
    "AE-1": ActionInfo(
        "AE-1",
        "ae_1",
        "Ask for a transport connection.",
        "PS3.8 Table 9-6",
        (Outcome(None, False, ("transport_connect",), States.STA_4, ()),),
    ),
    "AE-2": ActionInfo(
        "AE-2",
        "ae_2",
        "Send the association request.",
        "PS3.8 Table 9-6",
        (Outcome(None, False, ("send_pdu:A-ASSOCIATE-RQ",), States.STA_5, ()),),
    ),
    "AE-3": ActionInfo(
        "AE-3",
        "ae_3",
        "Tell the user that the association is accepted.",
        "PS3.8 Table 9-6",
        (Outcome(None, False, ("issue:A-ASSOCIATE confirmation (accept)",), States.STA_6, ()),),
    ),
    "AE-4": ActionInfo(
        "AE-4",
        "ae_4",
        "Tell the user that the association is rejected and close the connection.",
        "PS3.8 Table 9-6",
        (Outcome(None, False, ("issue:A-ASSOCIATE confirmation (reject)", "close_transport"), States.STA_1, ()),),
    ),
    "AE-5": ActionInfo(
        "AE-5",
        "ae_5",
        "Accept the transport connection and wait, bounded by ARTIM, for the association request.",
        "PS3.8 Table 9-6",
        (Outcome(None, False, ("transport_accept", "start_artim"), States.STA_2, ()),),
    ),
    "AE-6": ActionInfo(
        "AE-6",
        "ae_6",
        "Hand a request that can be supported to the user; reject any other.",
        "PS3.8 Table 9-6",
        (
            Outcome("request_is_supported", False, ("stop_artim", "issue:A-ASSOCIATE indication"), States.STA_3, ()),
            Outcome(
                "request_is_supported",
                True,
                ("stop_artim", "send_pdu:A-ASSOCIATE-RJ", "start_artim"),
                States.STA_13,
                (),
            ),
        ),
    ),
    "AE-7": ActionInfo(
        "AE-7",
        "ae_7",
        "Send the user's acceptance.",
        "PS3.8 Table 9-6",
        (Outcome(None, False, ("send_pdu:A-ASSOCIATE-AC",), States.STA_6, ()),),
    ),
    "AE-8": ActionInfo(
        "AE-8",
        "ae_8",
        "Send the user's rejection and wait, bounded by ARTIM, for the peer to close.",
        "PS3.8 Table 9-6",
        (Outcome(None, False, ("send_pdu:A-ASSOCIATE-RJ", "start_artim"), States.STA_13, ()),),
    ),
    "DT-1": ActionInfo(
        "DT-1",
        "dt_1",
        "Send the user's data.",
        "PS3.8 Table 9-7",
        (Outcome(None, False, ("send_pdu:P-DATA-TF",), States.STA_6, ()),),
    ),
    "DT-2": ActionInfo(
        "DT-2",
        "dt_2",
        "Hand the peer's data to the user.",
        "PS3.8 Table 9-7",
        (Outcome(None, False, ("issue:P-DATA indication",), States.STA_6, ()),),
    ),
    "AR-1": ActionInfo(
        "AR-1",
        "ar_1",
        "Send the user's release request.",
        "PS3.8 Table 9-8",
        (Outcome(None, False, ("send_pdu:A-RELEASE-RQ",), States.STA_7, ()),),
    ),
    "AR-2": ActionInfo(
        "AR-2",
        "ar_2",
        "Tell the user that the peer asks for release.",
        "PS3.8 Table 9-8",
        (Outcome(None, False, ("issue:A-RELEASE indication",), States.STA_8, ()),),
    ),
    "AR-3": ActionInfo(
        "AR-3",
        "ar_3",
        "Tell the user that the association is released and close the connection.",
        "PS3.8 Table 9-8",
        (Outcome(None, False, ("issue:A-RELEASE confirmation", "close_transport"), States.STA_1, ()),),
    ),
    "AR-4": ActionInfo(
        "AR-4",
        "ar_4",
        "Send the release response and wait, bounded by ARTIM, for the peer to close.",
        "PS3.8 Table 9-8",
        (Outcome(None, False, ("send_pdu:A-RELEASE-RP", "start_artim"), States.STA_13, ()),),
    ),
    "AR-5": ActionInfo(
        "AR-5",
        "ar_5",
        "The peer has closed the connection as expected: stop the timer.",
        "PS3.8 Table 9-8",
        (Outcome(None, False, ("stop_artim",), States.STA_1, ()),),
    ),
    "AR-6": ActionInfo(
        "AR-6",
        "ar_6",
        "Hand over data of the peer that was under way when the user asked for release.",
        "PS3.8 Table 9-8",
        (Outcome(None, False, ("issue:P-DATA indication",), States.STA_7, ()),),
    ),
    "AR-7": ActionInfo(
        "AR-7",
        "ar_7",
        "Send data that the user still has after the peer asked for release.",
        "PS3.8 Table 9-8",
        (Outcome(None, False, ("send_pdu:P-DATA-TF",), States.STA_8, ()),),
    ),
    "AR-8": ActionInfo(
        "AR-8",
        "ar_8",
        "Both ends asked for release at once: tell the user; the end that requested the association answers first.",
        "PS3.8 Table 9-8",
        (
            Outcome("is_requestor", False, ("issue:A-RELEASE indication",), States.STA_9, ()),
            Outcome("is_requestor", True, ("issue:A-RELEASE indication",), States.STA_10, ()),
        ),
    ),
    "AR-9": ActionInfo(
        "AR-9",
        "ar_9",
        "Release collision: the requestor sends its release response.",
        "PS3.8 Table 9-8",
        (Outcome(None, False, ("send_pdu:A-RELEASE-RP",), States.STA_11, ()),),
    ),
    "AR-10": ActionInfo(
        "AR-10",
        "ar_10",
        "Release collision: the acceptor receives the requestor's release response.",
        "PS3.8 Table 9-8",
        (Outcome(None, False, ("issue:A-RELEASE confirmation",), States.STA_12, ()),),
    ),
    "AA-1": ActionInfo(
        "AA-1",
        "aa_1",
        "Abort for the service-user and wait, bounded by ARTIM, for the peer to close.",
        "PS3.8 Table 9-9",
        (Outcome(None, False, ("send_pdu:A-ABORT", "restart_artim"), States.STA_13, (0,)),),
    ),
    "AA-2": ActionInfo(
        "AA-2",
        "aa_2",
        "Stop the timer and close the connection without an indication to the user.",
        "PS3.8 Table 9-9",
        (Outcome(None, False, ("stop_artim", "close_transport"), States.STA_1, ()),),
    ),
    "AA-3": ActionInfo(
        "AA-3",
        "aa_3",
        "Tell the user who aborted at the other end and close the connection.",
        "PS3.8 Table 9-9",
        (
            Outcome(
                "abort_is_from_service_user",
                False,
                ("issue:A-ABORT indication", "close_transport"),
                States.STA_1,
                (),
            ),
            Outcome(
                "abort_is_from_service_user",
                True,
                ("issue:A-P-ABORT indication", "close_transport"),
                States.STA_1,
                (),
            ),
        ),
    ),
    "AA-4": ActionInfo(
        "AA-4",
        "aa_4",
        "The connection is lost: tell the user.",
        "PS3.8 Table 9-9",
        (Outcome(None, False, ("issue:A-P-ABORT indication",), States.STA_1, ()),),
    ),
    "AA-5": ActionInfo(
        "AA-5",
        "aa_5",
        "The peer closed the connection without a request: stop the timer.",
        "PS3.8 Table 9-9",
        (Outcome(None, False, ("stop_artim",), States.STA_1, ()),),
    ),
    "AA-6": ActionInfo(
        "AA-6",
        "aa_6",
        "Ignore a PDU that comes after the end of the association.",
        "PS3.8 Table 9-9",
        (Outcome(None, False, ("ignore",), States.STA_13, ()),),
    ),
    "AA-7": ActionInfo(
        "AA-7",
        "aa_7",
        "Answer a request or an invalid PDU after the end of the association with an abort; ARTIM keeps running.",
        "PS3.8 Table 9-9",
        (Outcome(None, False, ("send_pdu:A-ABORT",), States.STA_13, (2, 0)),),
    ),
    "AA-8": ActionInfo(
        "AA-8",
        "aa_8",
        "Abort for the service-provider, tell the user, and wait, bounded by ARTIM, for the peer to close.",
        "PS3.8 Table 9-9",
        (Outcome(None, False, ("send_pdu:A-ABORT", "issue:A-P-ABORT indication", "start_artim"), States.STA_13, (2,)),),
    ),
}

TABLE: dict[tuple[Events, States], str] = {
    (Events.EVT_1, States.STA_1): "AE-1",
    (Events.EVT_2, States.STA_4): "AE-2",
    (Events.EVT_3, States.STA_2): "AA-1",
    (Events.EVT_3, States.STA_3): "AA-8",
    (Events.EVT_3, States.STA_5): "AE-3",
    (Events.EVT_3, States.STA_6): "AA-8",
    (Events.EVT_3, States.STA_7): "AA-8",
    (Events.EVT_3, States.STA_8): "AA-8",
    (Events.EVT_3, States.STA_9): "AA-8",
    (Events.EVT_3, States.STA_10): "AA-8",
    (Events.EVT_3, States.STA_11): "AA-8",
    (Events.EVT_3, States.STA_12): "AA-8",
    (Events.EVT_3, States.STA_13): "AA-6",
    (Events.EVT_4, States.STA_2): "AA-1",
    (Events.EVT_4, States.STA_3): "AA-8",
    (Events.EVT_4, States.STA_5): "AE-4",
    (Events.EVT_4, States.STA_6): "AA-8",
    (Events.EVT_4, States.STA_7): "AA-8",
    (Events.EVT_4, States.STA_8): "AA-8",
    (Events.EVT_4, States.STA_9): "AA-8",
    (Events.EVT_4, States.STA_10): "AA-8",
    (Events.EVT_4, States.STA_11): "AA-8",
    (Events.EVT_4, States.STA_12): "AA-8",
    (Events.EVT_4, States.STA_13): "AA-6",
    (Events.EVT_5, States.STA_1): "AE-5",
    (Events.EVT_6, States.STA_2): "AE-6",
    (Events.EVT_6, States.STA_3): "AA-8",
    (Events.EVT_6, States.STA_5): "AA-8",
    (Events.EVT_6, States.STA_6): "AA-8",
    (Events.EVT_6, States.STA_7): "AA-8",
    (Events.EVT_6, States.STA_8): "AA-8",
    (Events.EVT_6, States.STA_9): "AA-8",
    (Events.EVT_6, States.STA_10): "AA-8",
    (Events.EVT_6, States.STA_11): "AA-8",
    (Events.EVT_6, States.STA_12): "AA-8",
    (Events.EVT_6, States.STA_13): "AA-7",
    (Events.EVT_7, States.STA_3): "AE-7",
    (Events.EVT_8, States.STA_3): "AE-8",
    (Events.EVT_9, States.STA_6): "DT-1",
    (Events.EVT_9, States.STA_8): "AR-7",
    (Events.EVT_10, States.STA_2): "AA-1",
    (Events.EVT_10, States.STA_3): "AA-8",
    (Events.EVT_10, States.STA_5): "AA-8",
    (Events.EVT_10, States.STA_6): "DT-2",
    (Events.EVT_10, States.STA_7): "AR-6",
    (Events.EVT_10, States.STA_8): "AA-8",
    (Events.EVT_10, States.STA_9): "AA-8",
    (Events.EVT_10, States.STA_10): "AA-8",
    (Events.EVT_10, States.STA_11): "AA-8",
    (Events.EVT_10, States.STA_12): "AA-8",
    (Events.EVT_10, States.STA_13): "AA-6",
    (Events.EVT_11, States.STA_6): "AR-1",
    (Events.EVT_12, States.STA_2): "AA-1",
    (Events.EVT_12, States.STA_3): "AA-8",
    (Events.EVT_12, States.STA_5): "AA-8",
    (Events.EVT_12, States.STA_6): "AR-2",
    (Events.EVT_12, States.STA_7): "AR-8",
    (Events.EVT_12, States.STA_8): "AA-8",
    (Events.EVT_12, States.STA_9): "AA-8",
    (Events.EVT_12, States.STA_10): "AA-8",
    (Events.EVT_12, States.STA_11): "AA-8",
    (Events.EVT_12, States.STA_12): "AA-8",
    (Events.EVT_12, States.STA_13): "AA-6",
    (Events.EVT_13, States.STA_2): "AA-1",
    (Events.EVT_13, States.STA_3): "AA-8",
    (Events.EVT_13, States.STA_5): "AA-8",
    (Events.EVT_13, States.STA_6): "AA-8",
    (Events.EVT_13, States.STA_7): "AR-3",
    (Events.EVT_13, States.STA_8): "AA-8",
    (Events.EVT_13, States.STA_9): "AA-8",
    (Events.EVT_13, States.STA_10): "AR-10",
    (Events.EVT_13, States.STA_11): "AR-3",
    (Events.EVT_13, States.STA_12): "AA-8",
    (Events.EVT_13, States.STA_13): "AA-6",
    (Events.EVT_14, States.STA_8): "AR-4",
    (Events.EVT_14, States.STA_9): "AR-9",
    (Events.EVT_14, States.STA_12): "AR-4",
    (Events.EVT_15, States.STA_3): "AA-1",
    (Events.EVT_15, States.STA_4): "AA-2",
    (Events.EVT_15, States.STA_5): "AA-1",
    (Events.EVT_15, States.STA_6): "AA-1",
    (Events.EVT_15, States.STA_7): "AA-1",
    (Events.EVT_15, States.STA_8): "AA-1",
    (Events.EVT_15, States.STA_9): "AA-1",
    (Events.EVT_15, States.STA_10): "AA-1",
    (Events.EVT_15, States.STA_11): "AA-1",
    (Events.EVT_15, States.STA_12): "AA-1",
    (Events.EVT_16, States.STA_2): "AA-2",
    (Events.EVT_16, States.STA_3): "AA-3",
    (Events.EVT_16, States.STA_5): "AA-3",
    (Events.EVT_16, States.STA_6): "AA-3",
    (Events.EVT_16, States.STA_7): "AA-3",
    (Events.EVT_16, States.STA_8): "AA-3",
    (Events.EVT_16, States.STA_9): "AA-3",
    (Events.EVT_16, States.STA_10): "AA-3",
    (Events.EVT_16, States.STA_11): "AA-3",
    (Events.EVT_16, States.STA_12): "AA-3",
    (Events.EVT_16, States.STA_13): "AA-2",
    (Events.EVT_17, States.STA_2): "AA-5",
    (Events.EVT_17, States.STA_3): "AA-4",
    (Events.EVT_17, States.STA_4): "AA-4",
    (Events.EVT_17, States.STA_5): "AA-4",
    (Events.EVT_17, States.STA_6): "AA-4",
    (Events.EVT_17, States.STA_7): "AA-4",
    (Events.EVT_17, States.STA_8): "AA-4",
    (Events.EVT_17, States.STA_9): "AA-4",
    (Events.EVT_17, States.STA_10): "AA-4",
    (Events.EVT_17, States.STA_11): "AA-4",
    (Events.EVT_17, States.STA_12): "AA-4",
    (Events.EVT_17, States.STA_13): "AR-5",
    (Events.EVT_18, States.STA_2): "AA-2",
    (Events.EVT_18, States.STA_13): "AA-2",
    (Events.EVT_19, States.STA_2): "AA-1",
    (Events.EVT_19, States.STA_3): "AA-8",
    (Events.EVT_19, States.STA_5): "AA-8",
    (Events.EVT_19, States.STA_6): "AA-8",
    (Events.EVT_19, States.STA_7): "AA-8",
    (Events.EVT_19, States.STA_8): "AA-8",
    (Events.EVT_19, States.STA_9): "AA-8",
    (Events.EVT_19, States.STA_10): "AA-8",
    (Events.EVT_19, States.STA_11): "AA-8",
    (Events.EVT_19, States.STA_12): "AA-8",
    (Events.EVT_19, States.STA_13): "AA-7",
}

ACTION_FUNCTIONS: dict[str, tuple[Callable[[Effects], None], ...]] = {
    "AE-1": (ae_1,),
    "AE-2": (ae_2,),
    "AE-3": (ae_3,),
    "AE-4": (ae_4,),
    "AE-5": (ae_5,),
    "AE-6": (ae_6_when_request_is_supported, ae_6_unless_request_is_supported),
    "AE-7": (ae_7,),
    "AE-8": (ae_8,),
    "DT-1": (dt_1,),
    "DT-2": (dt_2,),
    "AR-1": (ar_1,),
    "AR-2": (ar_2,),
    "AR-3": (ar_3,),
    "AR-4": (ar_4,),
    "AR-5": (ar_5,),
    "AR-6": (ar_6,),
    "AR-7": (ar_7,),
    "AR-8": (ar_8_when_is_requestor, ar_8_unless_is_requestor),
    "AR-9": (ar_9,),
    "AR-10": (ar_10,),
    "AA-1": (aa_1,),
    "AA-2": (aa_2,),
    "AA-3": (aa_3_when_abort_is_from_service_user, aa_3_unless_abort_is_from_service_user),
    "AA-4": (aa_4,),
    "AA-5": (aa_5,),
    "AA-6": (aa_6,),
    "AA-7": (aa_7,),
    "AA-8": (aa_8,),
}

GUARD_FUNCTIONS: dict[str, Callable[[Effects], bool]] = {
    "request_is_supported": request_is_supported,
    "is_requestor": is_requestor,
    "abort_is_from_service_user": abort_is_from_service_user,
}


def build_machine(
    table: Mapping[tuple[Events, States], str] | None = None, make: Callable[..., Machine] | None = None
) -> Machine:
    """Table 9-10 as a `transitions` machine without a model: `machine.events["Evt10"].trigger(fx, fx)`.

    `fx` has the state in its attribute `state`, and the actions work on it. The effects run before the
    state changes, so an effect that raises leaves the state as it was. A blank cell raises MachineError.
    `table` has other cells than those of Table 9-10, or some of them. `make` makes the machine, by default the class
    Machine of `transitions`; other classes of `transitions` draw it or lock it.
    """
    if make is None:
        from transitions import Machine

        make = Machine
    machine = make(
        model=None,
        states=[state.label for state in STATES],
        initial=None,
        auto_transitions=False,
        send_event=False,
    )
    for (event, state), label in (TABLE if table is None else table).items():
        for outcome, function in zip(ACTIONS[label].outcomes, ACTION_FUNCTIONS[label], strict=True):
            guard = GUARD_FUNCTIONS[outcome.guard] if outcome.guard else None
            machine.add_transition(
                event.label,
                state.label,
                None if outcome.next_state == state else outcome.next_state.label,
                conditions=None if outcome.negated else guard,
                unless=guard if outcome.negated else None,
                before=function,
            )
    return machine
