"""Our own seeds for targets that accept associations: each PDU, each sub-item, each service, nothing of it wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from dulcimer._generated.codes import PduType, UserIdentityType
from dulcimer._generated.commands import (
    CCancelRq,
    CEchoRq,
    CFindRq,
    CGetRq,
    CMoveRq,
    CStoreRq,
    CStoreRsp,
    MessageBase,
    Priority,
)
from dulcimer.conformance.stimuli.dimse import STORED_CLASS, data_set, instance_uid
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import CONTEXT_ID, SERVICE_CONTEXT_ID, VERIFICATION, Titles
from dulcimer.errors import DulcimerError
from dulcimer.fuzz.corpus.associations import (
    RELEASE,
    STUDY_ROOT_FIND,
    STUDY_ROOT_GET,
    STUDY_ROOT_MOVE,
    SUB_ITEMS_OF_REQUEST,
    default_titles,
    proposed_context,
    request_of_tester,
    to_acceptor,
)
from dulcimer.fuzz.corpus.messages import message_pdu, message_pdus
from dulcimer.fuzz.corpus.streams import steps_of
from dulcimer.fuzz.sequences.steps import FuzzSequence, HalfClose
from dulcimer.services.instance_file import InstanceFile
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort, PresentationContextRq, ScpScuRoleSelection, UserIdentity

_STORAGE_CONTEXT_ID = 5
_LARGEST_FILE = 1 << 18
"""Bytes of a data set that becomes a seed; longer ones only cost time."""

_PADDING = bytes.fromhex("fcfffcff")
"""The tag of Data Set Trailing Padding (FFFC,FFFC) in Implicit VR."""

_IDENTITIES = {
    UserIdentityType.USERNAME: (b"dulcimer", b""),
    UserIdentityType.USERNAME_AND_PASSCODE: (b"dulcimer", b"synthetic"),
    UserIdentityType.KERBEROS: (bytes.fromhex("6082000a06092a864886f71201020201"), b""),
    UserIdentityType.SAML: (b'<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="a" Version="2.0"/>', b""),
    UserIdentityType.JWT: (b"eyJhbGciOiJub25lIn0.eyJzdWIiOiJkdWxjaW1lciJ9.", b""),
}
"""Primary and secondary field for each type; all of it is made up."""


def acceptor_seeds(titles: Titles | None = None, files: Iterable[Path] = ()) -> dict[str, FuzzSequence]:
    """The seeds by their names. Each file with an instance gives one more; other files are left out."""
    titles = titles or default_titles("acceptor")
    return dict([*_single_pdus(titles), *_negotiations(titles), *_services(titles), *_stored_files(titles, files)])


def oversize_seed(titles: Titles, maximum: int) -> FuzzSequence:
    """A C-STORE whose data set comes in one P-DATA-TF above the maximum length in bytes that the target announces."""
    instance = data_set("instance")
    padding = _PADDING + (maximum + 2).to_bytes(4, "little") + bytes(maximum + 2)
    store = _store(STORED_CLASS, instance_uid("instance"))
    pdus = message_pdus(SERVICE_CONTEXT_ID, store, instance + padding, fragment=2 * maximum + len(instance))
    return _associated(titles, pdus, STORED_CLASS)


def _single_pdus(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    """Each of the seven PDUs as the first one, and in an association."""
    request = request_of_tester(titles)
    for kind in PduType:
        pdu = encode(plain_pdu(kind.label, titles))
        yield f"{kind.label} first", to_acceptor(pdu)
        yield f"{kind.label} in an association", to_acceptor(request, pdu)
    yield "half-closed in an association", FuzzSequence("acceptor", (*steps_of([request]), HalfClose()))
    at_once = b"".join((request, message_pdu(CONTEXT_ID, _echo()), RELEASE))
    yield "all in one segment", to_acceptor(at_once)


def _negotiations(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    echo = message_pdu(CONTEXT_ID, _echo())
    for kind, (primary, secondary) in _IDENTITIES.items():
        for wanted in (0, 1):
            item = UserIdentity(kind, primary, secondary, wanted)
            words = ", response requested" if wanted else ""
            yield f"user identity {kind.value}{words}", to_acceptor(request_of_tester(titles, item), echo, RELEASE)
    contexts = (
        proposed_context(3, STUDY_ROOT_FIND),
        proposed_context(5, STORED_CLASS),
        proposed_context(7, STUDY_ROOT_GET),
    )
    yield (
        "every sub-item",
        to_acceptor(request_of_tester(titles, *SUB_ITEMS_OF_REQUEST, contexts=contexts), echo, RELEASE),
    )
    most = tuple(proposed_context(number, VERIFICATION) for number in range(3, 256, 2))
    yield "128 presentation contexts", to_acceptor(request_of_tester(titles, contexts=most), echo, RELEASE)


def _services(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    echo = _echo()
    yield "C-ECHO", _associated(titles, message_pdus(CONTEXT_ID, echo))
    yield "C-ECHO in fragments", _associated(titles, message_pdus(CONTEXT_ID, echo, fragment=16))
    yield "C-ECHO in fragments of one PDU", _associated(titles, [message_pdu(CONTEXT_ID, echo, fragment=16)])
    yield "C-ECHO three times", _associated(titles, [message_pdu(CONTEXT_ID, _echo(number)) for number in (1, 2, 3)])
    abort = encode(Abort(0, 0))
    yield "C-ECHO, then A-ABORT", to_acceptor(request_of_tester(titles), message_pdu(CONTEXT_ID, echo), abort)

    find = CFindRq(affected_sop_class_uid=STUDY_ROOT_FIND, message_id=1, priority=Priority.MEDIUM)
    keys, cancel = data_set("identifier"), CCancelRq(message_id_being_responded_to=1)
    asked = message_pdus(SERVICE_CONTEXT_ID, find, keys)
    yield "C-FIND", _associated(titles, asked, STUDY_ROOT_FIND)
    yield "C-FIND in one PDU", _associated(titles, [message_pdu(SERVICE_CONTEXT_ID, find, keys)], STUDY_ROOT_FIND)
    cancelled = [b"".join((*asked, message_pdu(SERVICE_CONTEXT_ID, cancel)))]
    yield "C-FIND, cancelled", _associated(titles, cancelled, STUDY_ROOT_FIND)

    move = CMoveRq(
        affected_sop_class_uid=STUDY_ROOT_MOVE, message_id=1, move_destination="DULCIMER", priority=Priority.MEDIUM
    )
    yield "C-MOVE", _associated(titles, message_pdus(SERVICE_CONTEXT_ID, move, keys), STUDY_ROOT_MOVE)
    yield "C-GET", _get(titles, keys)

    instance = data_set("instance")
    store = _store(STORED_CLASS, instance_uid("instance"))
    yield "C-STORE", _associated(titles, message_pdus(SERVICE_CONTEXT_ID, store, instance), STORED_CLASS)
    pieces = message_pdus(SERVICE_CONTEXT_ID, store, instance, fragment=64)
    yield "C-STORE in fragments", _associated(titles, pieces, STORED_CLASS)


def _get(titles: Titles, keys: bytes) -> FuzzSequence:
    """A C-GET, with the answer to one C-STORE of the target."""
    get = CGetRq(affected_sop_class_uid=STUDY_ROOT_GET, message_id=1, priority=Priority.MEDIUM)
    taken = CStoreRsp(affected_sop_class_uid=STORED_CLASS, message_id_being_responded_to=1, status=0)
    contexts = (
        proposed_context(SERVICE_CONTEXT_ID, STUDY_ROOT_GET),
        proposed_context(_STORAGE_CONTEXT_ID, STORED_CLASS),
    )
    request = request_of_tester(titles, ScpScuRoleSelection(STORED_CLASS, 0, 1), contexts=contexts)
    asked = message_pdus(SERVICE_CONTEXT_ID, get, keys)
    return to_acceptor(request, *asked, message_pdu(_STORAGE_CONTEXT_ID, taken), RELEASE)


def _stored_files(titles: Titles, files: Iterable[Path]) -> Iterator[tuple[str, FuzzSequence]]:
    for path in files:
        try:
            found = InstanceFile.inspect(path)
        except (DulcimerError, OSError):
            continue
        data = path.read_bytes()[found.offset :]
        if len(data) > _LARGEST_FILE:
            continue
        context = PresentationContextRq.of(SERVICE_CONTEXT_ID, found.sop_class_uid, found.transfer_syntax)
        store = _store(found.sop_class_uid, found.sop_instance_uid)
        pdus = message_pdus(SERVICE_CONTEXT_ID, store, data)
        yield (
            f"C-STORE of {path.as_posix()}",
            to_acceptor(request_of_tester(titles, contexts=(context,)), *pdus, RELEASE),
        )


def _associated(titles: Titles, pdus: Iterable[bytes], service: str = "") -> FuzzSequence:
    """An association for Verification and a service, with these PDUs in it, and its release."""
    contexts = (proposed_context(SERVICE_CONTEXT_ID, service),) if service else ()
    return to_acceptor(request_of_tester(titles, contexts=contexts), *pdus, RELEASE)


def _echo(message_id: int = 1) -> MessageBase:
    return CEchoRq(affected_sop_class_uid=VERIFICATION, message_id=message_id)


def _store(sop_class: str, instance: str) -> MessageBase:
    return CStoreRq(
        affected_sop_class_uid=sop_class,
        message_id=1,
        priority=Priority.MEDIUM,
        affected_sop_instance_uid=instance,
    )
