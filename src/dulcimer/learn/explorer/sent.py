"""The PDUs that the ends of the explorer send: valid ones, and some that come out of turn or are wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from dulcimer._generated.codes import AbortReason, AbortSource, PduType, RejectSource
from dulcimer._generated.commands import NO_DATA_SET, CommandField
from dulcimer._generated.fsm import ACTIONS, EVENT_OF_PDU, EVENTS, Events
from dulcimer._generated.headers import PDU_HEADER
from dulcimer.conformance.report.exhibits import Exhibits
from dulcimer.conformance.report.narrative import WirePdu
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import CONTEXT_ID, VERIFICATION, Titles
from dulcimer.dimse import command_set
from dulcimer.trace.records import ACCEPTOR, ENDS
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort, AssociateRj, AssociateRq, PDataTf, PresentationDataValue

_TITLES: Final = Titles("SCANNER", "ARCHIVE")
_SEND = "send_pdu:"
_UNKNOWN_TYPE, _OTHER_VERSION = 0x0B, 2
_LAST_COMMAND = 3
_REJECTING: Final = "AE-6"
"""The action in which the service-provider itself rejects."""


@dataclass(frozen=True, slots=True)
class SentPdu:
    """A PDU: `name` and `title` for readers; whether the provider can support it, whether it is of the user."""

    name: str
    title: str
    data: bytes
    event: Events
    is_supported: bool = True
    is_from_user: bool = True


def _plain(label: str, title: str = "") -> SentPdu:
    return SentPdu(label, title or label, encode(plain_pdu(label, _TITLES)), EVENT_OF_PDU[label])


def _request_of_other_version() -> SentPdu:
    request = plain_pdu(PduType.A_ASSOCIATE_RQ.label, _TITLES)
    assert isinstance(request, AssociateRq)
    data = encode(replace(request, protocol_version=_OTHER_VERSION))
    name = PduType.A_ASSOCIATE_RQ.label
    return SentPdu(name, f"{name} of another protocol version", data, EVENT_OF_PDU[name], is_supported=False)


def _aborts() -> tuple[SentPdu, SentPdu]:
    name = PduType.A_ABORT.label
    event = EVENT_OF_PDU[name]
    user, provider = Abort(AbortSource.SERVICE_USER, 0), Abort(AbortSource.SERVICE_PROVIDER, AbortReason.UNEXPECTED_PDU)
    return (
        SentPdu(name, f"{name} of the user", encode(user), event),
        SentPdu(name, f"{name} of the provider", encode(provider), event, is_from_user=False),
    )


def _response() -> SentPdu:
    """The answer to the C-ECHO-RQ of the requestor."""
    values = {0x0002: VERIFICATION, 0x0100: int(CommandField.C_ECHO_RSP), 0x0120: 1, 0x0800: NO_DATA_SET, 0x0900: 0}
    value = PresentationDataValue(CONTEXT_ID, _LAST_COMMAND, command_set.encode_values(values))
    name = PduType.P_DATA_TF.label
    return SentPdu(name, f"{name} with a response", encode(PDataTf((value,))), EVENT_OF_PDU[name])


def sent_pdus() -> tuple[SentPdu, ...]:
    """All of them, in the order of the list of what can be sent out of turn."""
    by_provider = AssociateRj(1, RejectSource.SERVICE_PROVIDER_ACSE, 2)
    reject = PduType.A_ASSOCIATE_RJ.label
    unknown = PDU_HEADER.pack(_UNKNOWN_TYPE, 0)
    return (
        _plain(PduType.A_ASSOCIATE_RQ.label),
        _request_of_other_version(),
        _plain(PduType.A_ASSOCIATE_AC.label),
        _plain(reject, f"{reject} of the user"),
        SentPdu(reject, f"{reject} of the provider", encode(by_provider), EVENT_OF_PDU[reject]),
        _plain(PduType.P_DATA_TF.label, "P-DATA-TF with a request"),
        _response(),
        _plain(PduType.A_RELEASE_RQ.label),
        _plain(PduType.A_RELEASE_RP.label),
        *_aborts(),
        SentPdu("unknown PDU", "PDU of an unknown type", unknown, Events.EVT_19),
    )


def sent_json(exhibits: Exhibits) -> dict[str, Any]:
    """The PDUs, and which of them an action sends at each end; their bytes and fields go to `exhibits`."""
    found = sent_pdus()
    return {
        "samples": [
            {
                "name": one.name,
                "title": one.title,
                "event": EVENTS[one.event].label,
                "pdu": exhibits.pdu(WirePdu(one.data)),
                "facts": {
                    "request_is_supported": one.is_supported,
                    "abort_is_from_service_user": one.is_from_user,
                },
            }
            for one in found
        ],
        "sends": {
            label: {end: _sent_by(label, end, found) for end in ENDS}
            for label, action in ACTIONS.items()
            if any(effect.startswith(_SEND) for outcome in action.outcomes for effect in outcome.effects)
        },
    }


def _sent_by(label: str, end: str, found: tuple[SentPdu, ...]) -> int:
    """The number of the PDU that an action sends."""
    (name,) = {
        effect.removeprefix(_SEND)
        for outcome in ACTIONS[label].outcomes
        for effect in outcome.effects
        if effect.startswith(_SEND)
    }
    numbers = [number for number, one in enumerate(found) if one.name == name]
    sources = [source for outcome in ACTIONS[label].outcomes for source in outcome.abort_sources]
    second = (
        (sources and sources[0] != AbortSource.SERVICE_USER)
        or label == _REJECTING
        or (name == PduType.P_DATA_TF.label and end == ACCEPTOR)
    )
    return numbers[1 if second else 0]
