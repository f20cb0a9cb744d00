"""PDUs and DIMSE messages as values, exactly as they are wanted: as every stack sends them, or as none should."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from struct import pack
from typing import Any

from dulcimer._generated.commands import ELEMENTS
from dulcimer.dimse.command_set import encode_values
from dulcimer.dimse.command_values import write
from dulcimer.wire.codec import encode
from dulcimer.wire.model import (
    Abort,
    AbstractSyntax,
    ApplicationContext,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    AsynchronousOperationsWindow,
    ImplementationClassUid,
    ImplementationVersionName,
    MaximumLength,
    PDataTf,
    PresentationContextAc,
    PresentationContextRq,
    PresentationDataValue,
    ReleaseRp,
    ReleaseRq,
    ScpScuRoleSelection,
    TransferSyntax,
    UserInformation,
)

APPLICATION = "1.2.840.10008.3.1.1.1"
VERIFICATION = "1.2.840.10008.1.1"
CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_GET = "1.2.840.10008.5.1.4.1.2.2.3"
WORKLIST = "1.2.840.10008.5.1.4.31"
COMMITMENT = "1.2.840.10008.1.20.1"
IMPLICIT, EXPLICIT, JPEG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"
SCU, ARCHIVE, STATION = "10.0.0.1", "10.0.0.2", "10.0.0.3"

C_STORE, C_GET, C_FIND, C_MOVE, C_ECHO, N_EVENT, N_ACTION = 0x0001, 0x0010, 0x0020, 0x0021, 0x0030, 0x0100, 0x0130
RESPONSE = 0x8000

_TAGS = {element.attribute: element.tag for element in ELEMENTS.values()}

Proposed = tuple[str, tuple[str, ...]]
ECHO: tuple[Proposed, ...] = ((VERIFICATION, (IMPLICIT,)),)


def request(
    contexts: Sequence[Proposed] = ECHO,
    *,
    called: str = "ARCHIVE",
    calling: str = "SCU",
    roles: Sequence[tuple[str, int, int]] = (),
    maximum: int | None = 16384,
    window: bool = False,
    titles: bytes = b"",
    implementation: str = "TEST_1",
) -> bytes:
    """An A-ASSOCIATE-RQ; `titles` replaces the 32 bytes of both titles."""
    items = tuple(
        PresentationContextRq(
            2 * number + 1, (AbstractSyntax(abstract), *(TransferSyntax(syntax) for syntax in syntaxes))
        )
        for number, (abstract, syntaxes) in enumerate(contexts)
    )
    user = _user(roles, maximum, window, implementation)
    data = encode(AssociateRq(called, calling, (ApplicationContext(APPLICATION), *items, user)))
    return data[:10] + titles + data[42:] if titles else data


def acceptance(
    results: Sequence[tuple[int, str]] = ((0, IMPLICIT),),
    *,
    called: str = "ARCHIVE",
    calling: str = "SCU",
    roles: Sequence[tuple[str, int, int]] = (),
    maximum: int | None = 16384,
    window: bool = False,
    implementation: str = "TEST_2",
) -> bytes:
    """An A-ASSOCIATE-AC."""
    items = tuple(
        PresentationContextAc.of(2 * number + 1, result, syntax) for number, (result, syntax) in enumerate(results)
    )
    user = _user(roles, maximum, window, implementation)
    return encode(AssociateAc(called, calling, (ApplicationContext(APPLICATION), *items, user)))


def _user(
    roles: Sequence[tuple[str, int, int]], maximum: int | None, window: bool, implementation: str
) -> UserInformation:
    parts: list[Any] = [] if maximum is None else [MaximumLength(maximum)]
    parts.append(ImplementationClassUid("1.2.3.4"))
    if window:
        parts.append(AsynchronousOperationsWindow(8, 8))
    parts += [ScpScuRoleSelection(*role) for role in roles]
    parts.append(ImplementationVersionName(implementation))
    return UserInformation(tuple(parts))


def rejection(result: int, source: int, reason: int) -> bytes:
    """An A-ASSOCIATE-RJ."""
    return encode(AssociateRj(result, source, reason))


def abort(source: int = 0, reason: int = 0) -> bytes:
    """An A-ABORT."""
    return encode(Abort(source, reason))


RELEASE_RQ, RELEASE_RP = encode(ReleaseRq()), encode(ReleaseRp())


def pdu(*values: tuple[bytes, bool, bool], context: int = 1) -> bytes:
    """A P-DATA-TF of PDVs: bytes, is a command, is the last one."""
    items = tuple(PresentationDataValue(context, command | last << 1, fragment) for fragment, command, last in values)
    return encode(PDataTf(items))


def command(command_field: int, **more: Any) -> bytes:
    """A command set in the order of its tags; `message_id` is 1, and so is the one responded to."""
    is_response = bool(command_field & RESPONSE)
    values: dict[str, Any] = {
        "command_field": command_field,
        "message_id_being_responded_to" if is_response else "message_id": 1,
        "command_data_set_type": 0x0101,
        **more,
    }
    return encode_values({_TAGS[name]: value for name, value in values.items()})


def message(
    command_field: int, data: bytes = b"", *, context: int = 1, fragment: int = 16000, **more: Any
) -> list[bytes]:
    """The PDUs of a message: the command set in one, the data set in fragments of that many bytes."""
    kind = 0x0001 if data else 0x0101
    found = [pdu((command(command_field, command_data_set_type=kind, **more), True, True), context=context)]
    for at in range(0, len(data), fragment):
        part = data[at : at + fragment]
        found.append(pdu((part, False, at + fragment >= len(data)), context=context))
    return found


def identifier(*pairs: tuple[int, str | bytes]) -> bytes:
    """Keys in Implicit VR Little Endian."""
    found = b""
    for tag, value in sorted(pairs):
        raw = value if isinstance(value, bytes) else value.encode()
        raw += b" " * (len(raw) % 2)
        found += pack("<HHI", tag >> 16, tag & 0xFFFF, len(raw)) + raw
    return found


LEVEL, PATIENT_ID, STUDY_UID, SERIES_UID, NAME = 0x00080052, 0x00100020, 0x0020000D, 0x0020000E, 0x00100010


def elements(values: Mapping[str, Any]) -> bytes:
    """A command set of these elements by attribute, exactly as given; bytes go out as they are, a list repeats."""
    parts = []
    for name, given in values.items():
        tag = _TAGS[name]
        for value in given if isinstance(given, list) else [given]:
            raw = value if isinstance(value, bytes) else write(tag, value)
            parts.append(pack("<HHI", tag >> 16, tag & 0xFFFF, len(raw)) + raw)
    return b"".join(parts)
