"""Deviations of one kind each, and legal variations, made by a relay in front of our own server."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from dulcimer._generated.commands import CommandField
from dulcimer.dimse.command_set import CommandSet
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.model import (
    Abort,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    AsynchronousOperationsWindow,
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    PDataTf,
    PresentationContextAc,
    PresentationDataValue,
    ReleaseRp,
    ScpScuRoleSelection,
    SopClassCommonExtendedNegotiation,
    TransferSyntax,
    UnknownItem,
    UserIdentityResponse,
)
from support.conformance.relay import (
    ABORT,
    AC,
    COMMAND,
    DATA,
    LAST,
    RELEASE_RP,
    RELEASE_RQ,
    RJ,
    RQ,
    Change,
    Link,
    Mutation,
    element,
    fragments,
    in_ac,
    in_bytes,
    in_messages,
    in_user_information,
    on,
    rebuilt,
    short,
)

VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
ECHO, STORE = "dimse.echo.[sm]*", "dimse.store.success"
RELEASE = "ul.fsm.acc.sta06.evt12"
_COMMAND_FIELD, _MESSAGE_ID, _DATA_SET_TYPE, _STATUS, _CLASS = 0x0100, 0x0120, 0x0800, 0x0900, 0x0002


@dataclass(frozen=True)
class Mutant:
    """A deviation: the cases that are chosen, and those, or the rules, of which at least these are FAILED.

    `verdict`: what they are instead of FAILED. `storage`: of a server that stores.
    """

    mutation: Mutation
    chosen: str
    found: tuple[str, ...]
    verdict: str = "FAILED"
    storage: bool = False


def _message(change: Callable[[bytes, int], Iterable[tuple[bytes, int]]]) -> Mutation:
    """Responses to requests with the message ID of a case; the sanity probe has another one."""

    def changed(command: CommandSet, data: bytes, context: int) -> Iterable[tuple[bytes, int]]:
        usual = command.value("message_id_being_responded_to") in (1, 64001)
        return [(data, context)] if usual else change(data, context)

    return Mutation(in_messages(changed))


def _values(**values: bytes) -> Mutation:
    found = {int(name[1:], 16): raw for name, raw in values.items()}
    return _message(lambda data, context: [(rebuilt(data, values=found), context)])


def _add(data: bytes, number: int, by: int) -> bytes:
    start = data.index(struct.pack("<HH", 0, number)) + 8
    return data[:start] + short(int.from_bytes(data[start : start + 2], "little") + by & 0xFFFF) + data[start + 2 :]


def _echoed_twice(data: bytes, context: int) -> Iterable[tuple[bytes, int]]:
    return [(data, context)] * 2


def _behind(kind: int, more: bytes) -> Mutation:
    return Mutation(on(kind, lambda pdu, _: (pdu, more)))


def _reflected(kind: type[Any]) -> Mutation:
    def changed(pdu: bytes, link: Link) -> Iterable[bytes]:
        request = decode_lenient(link.request).pdu
        assert isinstance(request, AssociateRq)
        sent = request.user_information.first(kind)
        change = in_user_information(lambda items: (sent if isinstance(one, kind) and sent else one for one in items))
        return change(pdu, link)

    return Mutation(on(AC, changed))


def _without(kind: type[Any]) -> Mutation:
    return Mutation(in_user_information(lambda items: (one for one in items if not isinstance(one, kind))))


def _twice(kind: type[Any]) -> Mutation:
    return Mutation(
        in_user_information(lambda items: (each for one in items for each in [one] * (1 + isinstance(one, kind))))
    )


def _with(*more: object) -> Mutation:
    return Mutation(in_user_information(lambda items: (*items, *more)))


def _contexts(change: Callable[[PresentationContextAc], Iterable[PresentationContextAc]]) -> Mutation:
    def changed(pdu: AssociateAc) -> AssociateAc:
        items = [
            each
            for item in pdu.variable_items
            for each in (change(item) if isinstance(item, PresentationContextAc) else (item,))
        ]
        return replace(pdu, variable_items=tuple(items))

    return Mutation(in_ac(changed))


def _syntax(*names: str) -> Mutation:
    return _contexts(
        lambda item: [PresentationContextAc(item.presentation_context_id, 0, tuple(map(TransferSyntax, names)))]
    )


def _data_pdu(change: Callable[[PresentationDataValue], Iterable[PresentationDataValue]]) -> Change:
    def changed(pdu: bytes, _: Link) -> Iterable[bytes]:
        decoded = decode_lenient(pdu).pdu
        assert isinstance(decoded, PDataTf)
        values = (one for value in decoded.presentation_data_value_items for one in change(value))
        return [encode(PDataTf((value,))) for value in values]

    return on(DATA, changed)


def _in_pieces(size: int) -> Change:
    def pieces(value: PresentationDataValue) -> Iterable[PresentationDataValue]:
        data = value.fragment
        for start in range(0, len(data), size):
            last = LAST if start + size >= len(data) and value.is_last else 0
            yield replace(value, message_control_header=COMMAND | last, fragment=data[start : start + size])

    return _data_pdu(pieces)


def _unlimited() -> Mutation:
    """The command of a response in one P-DATA-TF, whatever the tester can take."""
    gathered: dict[int, bytearray] = {}

    def changed(pdu: bytes, link: Link) -> Iterable[bytes]:
        decoded = decode_lenient(pdu).pdu
        assert isinstance(decoded, PDataTf)
        (value,) = decoded.presentation_data_value_items
        buffer = gathered.setdefault(id(link), bytearray())
        buffer += value.fragment
        if value.is_last:
            whole = bytes(buffer)
            buffer.clear()
            yield from fragments(whole, value.presentation_context_id, 0)

    return Mutation(on(DATA, changed))


def _abort(source: int, reason: int) -> Mutation:
    return Mutation(on(ABORT, lambda *_: (encode(Abort(source, reason)),)))


def _to_server(kind: int, other: Callable[[bytes], Iterable[bytes]]) -> Mutation:
    return Mutation(to_server=on(kind, lambda pdu, _: other(pdu)))


def _no_response_to_a_store(command: CommandSet, data: bytes, context: int) -> Iterable[tuple[bytes, int]]:
    return [] if command.command_field == CommandField.C_STORE_RSP else [(data, context)]


_LATE = encode(PDataTf((PresentationDataValue(1, COMMAND | LAST, element(0, struct.pack("<I", 0))),)))

DEVIATIONS = {
    # messages
    "echo-answered-twice": Mutant(_message(_echoed_twice), ECHO, ("dimse.echo.success", "dimse.sender.once")),
    "store-answered-twice": Mutant(_message(_echoed_twice), STORE, (STORE, "dimse.sender.once"), storage=True),
    "another-message-id": Mutant(
        _message(lambda data, context: [(_add(data, _MESSAGE_ID, 1), context)]),
        ECHO,
        ("dimse.echo.success", "dimse.sender.response"),
    ),
    "another-message-id-of-all": Mutant(
        Mutation(in_messages(lambda _, data, context: [(_add(data, _MESSAGE_ID, 1), context)])),
        ECHO,
        ("dimse.echo.success", "dimse.sender.response"),
    ),
    "context-that-was-not-proposed": Mutant(
        _message(lambda data, context: [(data, context + 2)]), ECHO, ("dimse.echo.success", "pdv.sender.context")
    ),
    "context-of-another-class": Mutant(
        _message(lambda data, _: [(data, 1)]), STORE, (STORE, "dimse.sender.context"), storage=True
    ),
    "context-that-was-refused": Mutant(
        Mutation(in_messages(lambda _, data, __: [(data, 1)])),
        "enc.pc.syntax.unknown-abstract",
        ("pdv.sender.context",),
    ),
    "group-length": Mutant(
        _message(lambda data, context: [(_add(data, 0, 2), context)]),
        ECHO,
        ("dimse.echo.success", "dimse.sender.command-set"),
    ),
    "data-set-announced-and-not-sent": Mutant(
        _values(x0800=short(0)), ECHO, ("dimse.echo.success", "pdv.sender.messages")
    ),
    "data-set-not-announced": Mutant(
        Mutation(on(DATA, lambda pdu, _: (pdu, *fragments(b"\0\0", 1, 0, header=0)))), ECHO, ("pdv.sender.messages",)
    ),
    "another-class": Mutant(_values(x0002=CT.encode() + b"\0"), ECHO, ("dimse.echo.success", "dimse.sender.class")),
    "no-status": Mutant(
        _message(lambda data, context: [(rebuilt(data, omit=(_STATUS,)), context)]), ECHO, ("dimse.echo.success",)
    ),
    "no-message-id": Mutant(
        _message(lambda data, context: [(rebuilt(data, omit=(_MESSAGE_ID,)), context)]),
        ECHO,
        ("dimse.echo.success", "dimse.sender.response"),
    ),
    "unknown-status": Mutant(_values(x0900=short(0x1234)), ECHO, ("dimse.echo.success", "dimse.sender.response")),
    "pending-echo": Mutant(_values(x0900=short(0xFF00)), ECHO, ("dimse.echo.success", "dimse.sender.status")),
    "pending-after-the-final": Mutant(
        _message(lambda data, context: [(data, context), (rebuilt(data, values={_STATUS: short(0xFF00)}), context)]),
        ECHO,
        ("dimse.echo.success", "dimse.sender.once"),
    ),
    "failure-without-cause": Mutant(_values(x0900=short(0x0110)), ECHO, ("dimse.echo.success",)),
    "no-response": Mutant(Mutation(in_messages(_no_response_to_a_store)), STORE, (STORE,), storage=True),
    "command-field": Mutant(_values(x0100=short(0x8001)), ECHO, ("dimse.echo.success",)),
    "unsorted": Mutant(
        _message(lambda data, context: [(data[:12] + data[-10:] + data[12:-10], context)]),
        ECHO,
        ("dimse.echo.success", "dimse.sender.command-set"),
    ),
    "element-of-another-group": Mutant(
        _message(
            lambda data, context: [
                (rebuilt(data, values={_STATUS: short(0)}) + struct.pack("<HHI2s", 8, 5, 2, b"  "), context)
            ]
        ),
        ECHO,
        ("dimse.sender.command-set",),
    ),
    "odd-value": Mutant(_values(x0002=VERIFICATION.encode()), ECHO, ("dimse.echo.success", "dimse.sender.command-set")),
    # P-DATA-TF
    "maximum-length": Mutant(_unlimited(), "enc.maxlen.64", ("enc.maxlen.64", "enc.sender.maximum-length")),
    "odd-fragments": Mutant(Mutation(_in_pieces(9)), ECHO, ("pdv.sender.even",)),
    "empty-fragment": Mutant(
        Mutation(
            _data_pdu(lambda value: [replace(value, message_control_header=COMMAND), replace(value, fragment=b"")])
        ),
        ECHO,
        ("pdv.sender.even",),
    ),
    "message-control-header": Mutant(
        Mutation(_data_pdu(lambda value: [replace(value, message_control_header=value.message_control_header | 0x80)])),
        ECHO,
        ("pdv.sender.header",),
    ),
    "reserved-byte-of-p-data": Mutant(Mutation(in_bytes(DATA, 1, 1)), ECHO, ("enc.sender.reserved",)),
    "pdv-overrun": Mutant(
        Mutation(on(DATA, lambda pdu, _: (pdu[:9] + bytes([pdu[9] + 2]) + pdu[10:],))),
        RELEASE,
        ("enc.sender.structure",),
    ),
    # A-ASSOCIATE-AC
    "class-uid-given-back": Mutant(_reflected(ImplementationClassUid), ECHO, ("enc.sender.own-identity",)),
    "version-name-given-back": Mutant(_reflected(ImplementationVersionName), ECHO, ("enc.sender.own-identity",)),
    "reserved-byte-of-ac": Mutant(Mutation(in_bytes(AC, 1, 1)), ECHO, ("enc.sender.reserved",)),
    "reserved-byte-of-item": Mutant(Mutation(in_bytes(AC, 75, 0xFF)), ECHO, ("enc.sender.reserved",)),
    "called-title-not-sent-back": Mutant(Mutation(in_bytes(AC, 12, 0x58)), ECHO, ("enc.sender.ac-echo",)),
    "byte-74-not-sent-back": Mutant(Mutation(in_bytes(AC, 73, 0x58)), ECHO, ("enc.sender.ac-echo",)),
    "version-bit": Mutant(Mutation(in_bytes(AC, 7, 0)), ECHO, ("enc.sender.version",)),
    "reserved-result": Mutant(
        _contexts(lambda item: [item, PresentationContextAc.of(7, 5, IMPLICIT)]), ECHO, ("enc.sender.contexts",)
    ),
    "context-unanswered": Mutant(
        _contexts(lambda item: [item] if item.presentation_context_id == 1 else []),
        "enc.pc.syntax.two-contexts",
        ("enc.sender.contexts",),
    ),
    "context-answered-twice": Mutant(_contexts(lambda item: [item, item]), ECHO, ("enc.sender.contexts",)),
    "syntax-not-proposed": Mutant(_syntax("1.2.840.10008.1.2.2"), ECHO, ("enc.sender.transfer-syntax",)),
    "two-syntaxes": Mutant(_syntax(IMPLICIT, IMPLICIT), ECHO, ("enc.sender.transfer-syntax",)),
    "no-syntax": Mutant(_syntax(), ECHO, ("enc.sender.transfer-syntax",)),
    "no-maximum-length": Mutant(_without(MaximumLength), ECHO, ("enc.sender.user-required",)),
    "no-class-uid": Mutant(_without(ImplementationClassUid), ECHO, ("enc.sender.user-required",)),
    "class-uid-twice": Mutant(_twice(ImplementationClassUid), ECHO, ("enc.sender.user-required",)),
    "maximum-length-twice": Mutant(_twice(MaximumLength), ECHO, ("enc.sender.user-required",)),
    "version-name-of-17": Mutant(
        Mutation(
            in_user_information(
                lambda items: (
                    ImplementationVersionName("SEVENTEEN_LETTERS")
                    if isinstance(one, ImplementationVersionName)
                    else one
                    for one in items
                )
            )
        ),
        ECHO,
        ("enc.sender.values",),
    ),
    "window-unasked": Mutant(_with(AsynchronousOperationsWindow(1, 1)), ECHO, ("enc.sender.user-unasked",)),
    "roles-unasked": Mutant(_with(ScpScuRoleSelection(VERIFICATION, 1, 0)), ECHO, ("enc.sender.user-unasked",)),
    "identity-unasked": Mutant(_with(UserIdentityResponse()), ECHO, ("enc.sender.user-unasked",)),
    "common-extended": Mutant(
        _with(SopClassCommonExtendedNegotiation(VERIFICATION, VERIFICATION)), ECHO, ("enc.sender.user-unasked",)
    ),
    "items-out-of-order": Mutant(
        Mutation(in_ac(lambda pdu: replace(pdu, variable_items=pdu.variable_items[::-1]))),
        ECHO,
        ("enc.sender.item-order",),
    ),
    "no-application-context": Mutant(
        Mutation(in_ac(lambda pdu: replace(pdu, variable_items=pdu.variable_items[1:]))), ECHO, ("enc.sender.values",)
    ),
    # A-ASSOCIATE-RJ, A-ABORT
    "rejection-result": Mutant(Mutation(in_bytes(RJ, 7, 3)), "enc.appctx.unknown", ("enc.sender.rejection",)),
    "rejection-source": Mutant(Mutation(in_bytes(RJ, 8, 4)), "enc.appctx.unknown", ("enc.sender.rejection",)),
    "rejection-reason": Mutant(Mutation(in_bytes(RJ, 9, 4)), "enc.appctx.unknown", ("enc.sender.rejection",)),
    "reserved-byte-of-rj": Mutant(Mutation(in_bytes(RJ, 6, 1)), "enc.appctx.unknown", ("enc.sender.reserved",)),
    "version-rejected-otherwise": Mutant(
        Mutation(on(RJ, lambda *_: (encode(AssociateRj(1, 1, 1)),))),
        "enc.version.0000",
        ("enc.version.0000",),
        "NON-STRICT",
    ),
    "abort-source": Mutant(_abort(1, 0), "ul.fsm.acc.sta06.evt13", ("ul.fsm.acc.sta06.evt13", "enc.sender.abort")),
    "abort-reason": Mutant(_abort(2, 3), "ul.fsm.acc.sta06.evt13", ("ul.fsm.acc.sta06.evt13", "enc.sender.abort")),
    "abort-of-user-with-reason": Mutant(
        _abort(0, 2),
        "ul.fsm.acc.sta0[26].evt13",
        ("ul.fsm.acc.sta02.evt13", "ul.fsm.acc.sta06.evt13", "enc.sender.abort-reason"),
        "NON-STRICT",
    ),
    "reserved-bytes-of-abort": Mutant(
        Mutation(in_bytes(ABORT, 7, 9)), "ul.fsm.acc.sta06.evt13", ("enc.sender.reserved",)
    ),
    "no-abort": Mutant(_to_server(RELEASE_RP, lambda _: ()), "ul.fsm.acc.sta06.evt13", ("ul.fsm.acc.sta06.evt13",)),
    "accepts-another-version": Mutant(
        _to_server(RQ, lambda pdu: (pdu[:6] + b"\0\1" + pdu[8:],)),
        "enc.version.000[02]",
        ("enc.version.0000", "enc.version.0002"),
    ),
    # release, end of the connection
    "abort-after-release": Mutant(_behind(RELEASE_RP, encode(Abort(0, 0))), ECHO, ("ul.sender.after-end",)),
    "abort-after-release-itself": Mutant(
        _behind(RELEASE_RP, encode(Abort(0, 0))), RELEASE, (RELEASE, "ul.sender.after-end")
    ),
    "data-after-release": Mutant(_behind(RELEASE_RP, _LATE), RELEASE, (RELEASE, "ul.sender.after-end")),
    "released-twice": Mutant(_behind(RELEASE_RP, encode(ReleaseRp())), ECHO, ("ul.sender.after-end",)),
    "accepts-after-rejection": Mutant(_behind(RJ, encode(ReleaseRp())), "enc.appctx.unknown", ("ul.sender.after-end",)),
    "open-after-abort": Mutant(
        Mutation(keeps_open=(ABORT,)),
        "ul.fsm.acc.sta*.evt16.*user",
        ("ul.fsm.acc.sta02.evt16.user", "ul.fsm.acc.sta06.evt16.user", "ul.fsm.acc.sta13.evt16.after-release.user"),
    ),
    "open-after-release": Mutant(Mutation(keeps_open=(RELEASE_RQ,)), "ul.fsm.acc.sta06.evt12", (RELEASE,)),
    "open-after-release-and-abort": Mutant(
        Mutation(keeps_open=(RELEASE_RQ, ABORT)),
        "*sta13.evt16.after-release.*",
        ("ul.fsm.acc.sta13.evt16.after-release.user",),
    ),
    "reserved-bytes-of-release": Mutant(Mutation(in_bytes(RELEASE_RP, 6, 9)), ECHO, ("enc.sender.reserved",)),
    "length-of-release": Mutant(
        Mutation(on(RELEASE_RP, lambda pdu, _: (pdu[:5] + b"\x06" + pdu[6:] + b"\0\0",))),
        RELEASE,
        ("enc.sender.structure",),
    ),
}
"""By name: each changes one thing, and each is found."""

VARIATIONS = {
    "unknown-user-item": _with(UnknownItem(0x5F, b"new")),
    "user-items-in-another-order": Mutation(in_user_information(lambda items: reversed(list(items)))),
    "contexts-in-another-order": Mutation(
        in_ac(
            lambda pdu: replace(
                pdu, variable_items=(pdu.variable_items[0], *pdu.variable_items[-2:0:-1], pdu.variable_items[-1])
            )
        )
    ),
    "no-version-name": _without(ImplementationVersionName),
    "no-maximum": Mutation(
        in_user_information(
            lambda items: (MaximumLength(0) if isinstance(one, MaximumLength) else one for one in items)
        )
    ),
    "further-versions": Mutation(in_bytes(AC, 7, 3)),
    "small-fragments": Mutation(_in_pieces(2)),
    "no-class-in-the-response": Mutation(
        in_messages(lambda _, data, context: [(rebuilt(data, omit=(_CLASS,)), context)])
    ),
    "error-comment": Mutation(
        in_messages(lambda _, data, context: [(rebuilt(data, values={0x0902: b"all well"}), context)])
    ),
    "another-reason": Mutation(on(ABORT, lambda pdu, _: (encode(Abort(2, 0)) if pdu[8] == 2 else pdu,))),
    "another-rejection": Mutation(on(RJ, lambda *_: (encode(AssociateRj(2, 2, 1)),))),
    "slow": Mutation(delay=0.03),
}
"""What the standard lets a peer do; nothing of it is FAILED."""
