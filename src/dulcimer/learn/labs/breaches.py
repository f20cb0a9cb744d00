"""A hundred associations and more in which one end does one thing wrong: a cell of Table 9-10, or a rule for PDUs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.learn.labs.turns import (
    ABORT,
    ACCEPT,
    ECHO,
    REJECT,
    RELEASE,
    RELEASED,
    REQUEST,
    VERIFICATION,
    C,
    S,
    Turn,
    echo_request,
    echo_response,
    pdata,
    raw_command,
    us,
)
from dulcimer.wire.codec import decode, encode
from dulcimer.wire.model import AssociateAc, AssociateRq, Pdu

ABORTED = b"\x07\0\0\0\0\4\0\0\2\2"
"""By the service-provider, for an unexpected PDU."""
PDUS = {
    "A-ASSOCIATE-RQ": REQUEST,
    "A-ASSOCIATE-AC": ACCEPT,
    "A-ASSOCIATE-RJ": REJECT,
    "P-DATA-TF": ECHO,
    "A-RELEASE-RQ": RELEASE,
    "A-RELEASE-RP": RELEASED,
}


@dataclass(frozen=True)
class PlantedBreach:
    """What was done wrong, and the same association without it."""

    name: str
    end: LinkEnd
    turns: Sequence[Turn]
    twin: Sequence[Turn]
    rule: str = "ul.fsm."


_ASKED: list[Turn] = [(C, REQUEST), (S, ACCEPT)]
_STATES: dict[str, tuple[bool, list[Turn], str, str]] = {
    # The end, how it gets there, what it must answer with an A-ABORT, and what it answers instead.
    "Sta2": (S, [], "A-ASSOCIATE-AC A-ASSOCIATE-RJ P-DATA-TF A-RELEASE-RQ A-RELEASE-RP", "A-ASSOCIATE-AC A-RELEASE-RP"),
    "Sta5": (
        C,
        [(C, REQUEST)],
        "A-ASSOCIATE-RQ P-DATA-TF A-RELEASE-RQ A-RELEASE-RP",
        "P-DATA-TF A-RELEASE-RQ A-RELEASE-RP",
    ),
    "Sta6": (
        S,
        _ASKED,
        "A-ASSOCIATE-RQ A-ASSOCIATE-AC A-ASSOCIATE-RJ A-RELEASE-RP",
        "A-ASSOCIATE-AC A-ASSOCIATE-RJ A-RELEASE-RP",
    ),
    "Sta6 of the requestor": (
        C,
        _ASKED,
        "A-ASSOCIATE-RQ A-ASSOCIATE-AC A-ASSOCIATE-RJ A-RELEASE-RP",
        "A-ASSOCIATE-RQ A-ASSOCIATE-AC A-RELEASE-RP",
    ),
    "Sta7": (
        C,
        [*_ASKED, (C, RELEASE)],
        "A-ASSOCIATE-RQ A-ASSOCIATE-AC A-ASSOCIATE-RJ",
        "P-DATA-TF A-RELEASE-RQ A-RELEASE-RP",
    ),
    "Sta13": (S, [(C, REQUEST), (S, REJECT)], "A-ASSOCIATE-RQ P-DATA-TF", "P-DATA-TF A-ASSOCIATE-AC"),
}


def wrong_cells() -> Iterator[PlantedBreach]:
    """Something that has to be answered with an A-ABORT is answered with another PDU."""
    for state, (by_client, way, events, replies) in _STATES.items():
        for event, reply in product(events.split(), replies.split()):
            begun = [*way, (not by_client, PDUS[event])]
            end = LinkEnd.CLIENT if by_client else LinkEnd.SERVER
            name = f"{state}, {event}, answered with {reply}"
            # Sta2 aborts for the service-user (AA-1), Sta13 passes data over (AA-6), the others are AA-8 and AA-7.
            lawful = ABORT if state == "Sta2" else ABORTED
            twin = begun if (state, event) == ("Sta13", "P-DATA-TF") else [*begun, (by_client, lawful)]
            yield PlantedBreach(name, end, [*begun, (by_client, PDUS[reply])], twin)


def _patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def _with(pdu: bytes, **changed: object) -> bytes:
    """A PDU with other fields."""
    found: Pdu = decode(pdu)
    return encode(replace(found, **changed))  # type: ignore[arg-type]  # fields by name


def _request() -> AssociateRq:
    found = decode(REQUEST)
    assert isinstance(found, AssociateRq)
    return found


def _acceptance() -> AssociateAc:
    found = decode(ACCEPT)
    assert isinstance(found, AssociateAc)
    return found


def _command_of(kind: int, *more: tuple[int, bytes], data: int = 0x101) -> bytes:
    head = [(2, VERIFICATION), (0x100, us(kind))]
    return raw_command(*sorted([*head, (0x800, us(data)), *more]))


_END: list[Turn] = [(C, RELEASE), (S, RELEASED)]
_FINE: list[Turn] = [*_ASKED, (C, echo_request()), (S, echo_response()), *_END]
_LATE = (2, VERIFICATION), (0x100, us(0x30)), (0x110, us(1)), (0x800, us(0x101))


def _by_client(rule: str, data: bytes, *, then: Sequence[Turn] = ((S, ABORT),)) -> PlantedBreach:
    return PlantedBreach(rule, LinkEnd.CLIENT, [*_ASKED, (C, data), *then], _FINE, rule)


def _by_server(rule: str, data: bytes, *, asked: bytes = b"", then: Sequence[Turn] = ((C, ABORT),)) -> PlantedBreach:
    return PlantedBreach(rule, LinkEnd.SERVER, [*_ASKED, (C, asked or echo_request()), (S, data), *then], _FINE, rule)


def _in_request(rule: str, data: bytes) -> PlantedBreach:
    return PlantedBreach(rule, LinkEnd.CLIENT, [(C, data), (S, REJECT)], [(C, REQUEST), (S, REJECT)], rule)


def _in_acceptance(rule: str, data: bytes) -> PlantedBreach:
    return PlantedBreach(rule, LinkEnd.SERVER, [(C, REQUEST), (S, data), (C, ABORT)], _FINE, rule)


def broken_rules() -> Iterator[PlantedBreach]:
    """One PDU breaks one rule for what an end sends."""
    request, acceptance = _request(), _acceptance()
    items = request.variable_items
    yield _in_request("enc.req.sender.version", _patched(REQUEST, 6, b"\0\2"))
    yield _in_request("enc.req.sender.ae-titles", _patched(REQUEST, 10, b"A\0B"))
    yield _in_request("enc.req.sender.ae-titles", _patched(REQUEST, 26, b" " * 16))
    yield _in_request("enc.req.sender.reserved", _patched(REQUEST, 8, b"\1"))
    yield _in_request("enc.req.sender.item-order", _with(REQUEST, variable_items=(*items[1:], items[0])))
    yield _in_request(
        "enc.req.sender.application-context", REQUEST.replace(b"1.2.840.10008.3.1.1.1", b"1.2.840.10008.3.1.1.2")
    )
    yield _in_request("enc.req.sender.contexts", _with(REQUEST, variable_items=(*items[:2], items[1], *items[2:])))
    yield _in_request("enc.req.sender.structure", _patched(REQUEST, 2, b"\0\0\1\0") + bytes(256 - len(REQUEST) + 6))
    yield _in_acceptance("enc.sender.version", _patched(ACCEPT, 6, b"\0\2"))
    yield _in_acceptance("enc.sender.ac-echo", _patched(ACCEPT, 20, b"X"))
    yield _in_acceptance("enc.sender.reserved", _patched(ACCEPT, 1, b"\1"))
    yield _in_acceptance("enc.sender.item-order", _with(ACCEPT, variable_items=acceptance.variable_items[::-1]))
    yield _in_acceptance("enc.sender.transfer-syntax", ACCEPT.replace(b"1.2.840.10008.1.2", b"1.2.840.10008.1.9"))
    contexts = tuple(one for one in acceptance.variable_items if one.item_type != 0x21)
    yield _in_acceptance("enc.sender.contexts", _with(ACCEPT, variable_items=contexts))
    yield PlantedBreach(
        "enc.sender.rejection",
        LinkEnd.SERVER,
        [(C, REQUEST), (S, REJECT[:9] + b"\x09")],
        [(C, REQUEST), (S, REJECT)],
        "enc.sender.rejection",
    )
    yield PlantedBreach(
        "enc.sender.abort",
        LinkEnd.SERVER,
        [*_ASKED, (S, ABORT[:8] + b"\1\0")],
        [*_ASKED, (S, ABORT)],
        "enc.sender.abort",
    )
    yield PlantedBreach(
        "enc.sender.abort-reason",
        LinkEnd.SERVER,
        [*_ASKED, (S, ABORT[:8] + b"\0\2")],
        [*_ASKED, (S, ABORT)],
        "enc.sender.abort-reason",
    )
    yield PlantedBreach(
        "enc.req.sender.abort",
        LinkEnd.CLIENT,
        [*_ASKED, (C, ABORT[:8] + b"\1\0")],
        [*_ASKED, (C, ABORT)],
        "enc.req.sender.abort",
    )
    yield _by_client("pdv.req.sender.even", pdata((1, 3, raw_command(*_LATE) + b"\0")))
    yield _by_client("pdv.req.sender.header", pdata((1, 0x83, raw_command(*_LATE))), then=((S, echo_response()), *_END))
    yield _by_client("pdv.req.sender.context", echo_request(context=5))
    yield _by_client("dimse.req.sender.command-set", pdata((1, 3, raw_command(*_LATE[::-1]))))
    yield _by_client("dimse.req.sender.command-set", pdata((1, 3, raw_command(*_LATE)[12:])))
    yield _by_client("dimse.req.sender.request", pdata((1, 3, raw_command(*_LATE[:2], *_LATE[3:]))))
    yield _by_client("dimse.req.sender.message-id", echo_request(), then=((C, echo_request()), (S, ABORT)))
    yield _by_client("pdv.req.sender.messages", pdata((1, 2, bytes(8))))
    yield _by_client("pdv.req.sender.messages", pdata((1, 3, _command_of(0x30, (0x110, us(1)), data=1))))
    yield _by_client("enc.req.sender.maximum-length", pdata((1, 3, raw_command(*_LATE)), (1, 0, bytes(300_000))))
    yield _by_client("enc.req.sender.structure", b"\4\0\0\0\0\6\0\0\0\x09\1\3")
    yield _by_server("dimse.sender.response", echo_response(2))
    yield _by_server("dimse.sender.response", echo_response(status=0x9999))
    yield _by_server("dimse.sender.status", echo_response(status=0xFF00))
    yield _by_server("dimse.sender.once", echo_response(), then=((S, echo_response()), (C, ABORT)))
    yield _by_server("dimse.sender.class", echo_response().replace(b"1.2.840.10008.1.1\0", b"1.2.840.10008.1.2\0"))
    yield _by_server("dimse.sender.command-set", pdata((1, 3, b"\0\0\0\0\4\0\0\0\1\0\0\0" + raw_command(*_LATE)[12:])))
    yield _by_server("pdv.sender.even", pdata((1, 3, raw_command(*_LATE) + b"\0")))
    yield _by_server("pdv.sender.header", pdata((1, 0x43, decode_fragment(echo_response()))))
    yield _by_server("pdv.sender.context", echo_response(context=3))
    yield _by_server("pdv.sender.messages", pdata((1, 2, bytes(8))))
    yield _by_server("dimse.sender.role", pdata((1, 3, _command_of(0x30, (0x110, us(9))))))
    yield _by_server("enc.sender.structure", b"\6\0\0\0\0\5\0\0\0\0\0")


def decode_fragment(data: bytes) -> bytes:
    """The fragment of a P-DATA-TF with one PDV."""
    return data[12:]
