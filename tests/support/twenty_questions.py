"""A capture for each cause that a capture can show: twenty questions, and variations of them."""

from __future__ import annotations

import contextlib
import ssl
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dulcimer._generated.diagnosis import QUESTIONS
from support.diagnosed_captures import (
    ARCHIVE,
    C_ECHO,
    C_FIND,
    C_GET,
    C_MOVE,
    C_STORE,
    COMMITMENT,
    CT,
    EXPLICIT,
    IMPLICIT,
    JPEG,
    LEVEL,
    MR,
    N_ACTION,
    NAME,
    PATIENT_ID,
    RESPONSE,
    SCU,
    SERIES_UID,
    STATION,
    STUDY_FIND,
    STUDY_GET,
    STUDY_MOVE,
    STUDY_UID,
    VERIFICATION,
    WORKLIST,
    Link,
    abort,
    acceptance,
    capture,
    command,
    identifier,
    message,
    pdu,
    rejection,
    request,
)

Make = Callable[[], bytes]
STUDY = ((STUDY_FIND, (IMPLICIT,)),)
MOVE = ((STUDY_MOVE, (IMPLICIT,)),)
STORE_CT = ((CT, (EXPLICIT, IMPLICIT)),)
DEVICE = {"port": 104}
PIXELS = bytes(64000)
KEYS = identifier((LEVEL, "STUDY"), (STUDY_UID, "1.2.3"))


def client_hello() -> bytes:
    """The first bytes of a TLS client."""
    outgoing = ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="archive").do_handshake()
    return outgoing.read()


ALERT = bytes.fromhex("15030100020228")  # fatal, handshake failure
UNKNOWN_CA = bytes.fromhex("15030300020230")
SERVER_HELLO = bytes.fromhex("160303002a02000026") + b"\x03\x03" + bytes(36)


def echo(link: Link) -> Link:
    """A C-ECHO on an accepted association, and its release."""
    link.client(*message(C_ECHO, affected_sop_class_uid=VERIFICATION))
    link.server(*message(C_ECHO | RESPONSE, affected_sop_class_uid=VERIFICATION, status=0))
    return link.release()


def store(link: Link, data: bytes = PIXELS, number: int = 1, *, status: int = 0, fragment: int = 16000) -> Link:
    """A C-STORE with its response."""
    uids: dict[str, Any] = {"affected_sop_class_uid": CT, "affected_sop_instance_uid": f"1.2.{number}"}
    link.client(*message(C_STORE, data, fragment=fragment, priority=0, message_id=number, **uids))
    answered: dict[str, Any] = {"message_id_being_responded_to": number, "status": status}
    return link.server(*message(C_STORE | RESPONSE, **uids, **answered))


def accepted(asked: bytes = b"", answer: bytes = b"", **options: Any) -> Link:
    """An accepted association for C-ECHO, if nothing else is said."""
    return Link(**options).associate(asked or request(), answer or acceptance())


def rejected(result: int, source: int, reason: int, asked: bytes = b"", **options: Any) -> Link:
    """A rejected association."""
    link = Link(**options).associate(asked or request(), rejection(result, source, reason))
    return link.fin(by_client=False).fin()


def find(keys: bytes, *, model: str = STUDY_FIND, status: int = 0, matches: int = 0) -> Link:
    """A C-FIND with its final response."""
    link = accepted(request(((model, (IMPLICIT,)),)), acceptance())
    link.client(*message(C_FIND, keys, affected_sop_class_uid=model, priority=0))
    for _ in range(matches):
        pending = identifier((LEVEL, "STUDY"), (STUDY_UID, "1.2.3"))
        link.server(*message(C_FIND | RESPONSE, pending, affected_sop_class_uid=model, status=0xFF00))
    link.server(*message(C_FIND | RESPONSE, affected_sop_class_uid=model, status=status))
    return link.release()


def move(status: int, *, completed: int | None = 0, failed: int | None = 0, during: tuple[Link, ...] = ()) -> bytes:
    """A C-MOVE to STATION, with connections that begin while it runs."""
    link = accepted(request(MOVE), acceptance())
    link.client(*message(C_MOVE, KEYS, affected_sop_class_uid=STUDY_MOVE, priority=0, move_destination="STATION"))
    start = link.t
    for number, other in enumerate(during):
        shift = start + 0.1 + number - other.packets[0].t
        other.packets[:] = [type(one)(one.t + shift, one.frame, one.comment, one.missing) for one in other.packets]
    link.wait(20.0 if during else 0.5)
    counters: dict[str, Any] = {
        "number_of_completed_suboperations": completed,
        "number_of_failed_suboperations": failed,
        "number_of_warning_suboperations": 0,
    }
    given: dict[str, Any] = {name: value for name, value in counters.items() if value is not None}
    link.server(*message(C_MOVE | RESPONSE, affected_sop_class_uid=STUDY_MOVE, status=status, **given))
    return capture(link.release(), *during)


def get(asked: bytes, answer: bytes) -> bytes:
    """A C-GET that ends with A702H."""
    link = accepted(asked, answer)
    link.client(*message(C_GET, KEYS, affected_sop_class_uid=STUDY_GET, priority=0))
    failed: dict[str, Any] = {"number_of_completed_suboperations": 0, "number_of_failed_suboperations": 3}
    link.server(*message(C_GET | RESPONSE, affected_sop_class_uid=STUDY_GET, status=0xA702, **failed))
    return capture(link.release())


def to_station(**options: Any) -> Link:
    """A connection from the archive to the destination."""
    return Link(ARCHIVE, STATION, port=11112, own_port=40000, **options)


def from_archive(**titles: Any) -> bytes:
    """The association request of the archive."""
    return request(STORE_CT, **{"called": "STATION", "calling": "ARCHIVE", **titles})


def commitment(*others: Link) -> bytes:
    """A request of storage commitment, and connections after it."""
    link = accepted(request(((COMMITMENT, (IMPLICIT,)),)), acceptance())
    uids: dict[str, Any] = {
        "requested_sop_class_uid": COMMITMENT,
        "requested_sop_instance_uid": "1.2.840.10008.1.20.1.1",
    }
    link.client(*message(N_ACTION, KEYS, action_type_id=1, **uids))
    answered: dict[str, Any] = {"affected_sop_class_uid": COMMITMENT, "status": 0}
    link.server(*message(N_ACTION | RESPONSE, **answered)).release()
    for other in others:
        shift = link.t + 0.5 - other.packets[0].t
        other.packets[:] = [type(one)(one.t + shift, one.frame, one.comment, one.missing) for one in other.packets]
    return capture(link, *others)


def back(**options: Any) -> Link:
    """A connection from the archive back to the device."""
    return Link(ARCHIVE, SCU, port=11112, own_port=40000, **options)


def report(**titles: Any) -> bytes:
    """The association request for the report."""
    names = {"called": "SCU", "calling": "ARCHIVE", **titles}
    return request(((COMMITMENT, (IMPLICIT,)),), roles=((COMMITMENT, 0, 1),), **names)


def stalled(stores: int = 5, gap: float = 0.04) -> bytes:
    """C-STOREs whose command set waits for an acknowledgement before the data set follows."""
    link = accepted(request(STORE_CT), acceptance(((0, EXPLICIT),)))
    uids: dict[str, Any] = {"affected_sop_class_uid": CT, "affected_sop_instance_uid": "1.2.3", "priority": 0}
    for number in range(1, stores + 1):
        first, *rest = message(C_STORE, PIXELS, message_id=number, **uids)
        link.client(first).wait(gap).client(*rest)
        answered: dict[str, Any] = {"message_id_being_responded_to": number, "status": 0}
        link.server(*message(C_STORE | RESPONSE, affected_sop_class_uid=CT, **answered))
    return capture(link.release())


def one_by_one(files: int) -> bytes:
    """An association for each file."""
    links = []
    for number in range(files):
        link = accepted(request(STORE_CT), acceptance(((0, EXPLICIT),)), t=1.0 + number, own_port=50000 + number)
        links.append(store(link).release())
    return capture(*links)


def stores(count: int = 3, **options: Any) -> bytes:
    """C-STOREs on one association."""
    fragment = int(str(options.pop("fragment", 16000)))
    delay = float(str(options.pop("delay", 0.0)))
    maximum = int(str(options.pop("maximum", 16384)))
    link = Link(**options).associate(request(STORE_CT), acceptance(((0, EXPLICIT),), maximum=maximum))
    uids: dict[str, Any] = {"affected_sop_class_uid": CT, "affected_sop_instance_uid": "1.2.3"}
    for number in range(1, count + 1):
        link.client(*message(C_STORE, PIXELS, message_id=number, priority=0, fragment=fragment, **uids))
        answered: dict[str, Any] = {"message_id_being_responded_to": number, "status": 0}
        link.wait(delay).server(*message(C_STORE | RESPONSE, **uids, **answered))
    return capture(link.release())


def together() -> bytes:
    """Command and data set in one PDU; the acceptor aborts."""
    link = accepted(request(STORE_CT), acceptance(((0, EXPLICIT),)))
    asked = command(
        C_STORE, command_data_set_type=1, priority=0, affected_sop_class_uid=CT, affected_sop_instance_uid="1.2"
    )
    return capture(link.client(pdu((asked, True, True), (bytes(200), False, True))).server(abort()).fin())


def many_values() -> bytes:
    """Many PDVs of a data set in one PDU; the acceptor closes."""
    link = accepted(request(STORE_CT), acceptance(((0, EXPLICIT),)))
    asked = command(
        C_STORE, command_data_set_type=1, priority=0, affected_sop_class_uid=CT, affected_sop_instance_uid="1.2"
    )
    link.client(pdu((asked, True, True)), pdu(*[(bytes(100), False, False)] * 7, (bytes(100), False, True)))
    return capture(link.fin(by_client=False).fin())


def aborted_after_store(
    asked: bytes = b"", answer: bytes = b"", fragment: int = 16000, reason: tuple[int, int] = (0, 0)
) -> bytes:
    """A C-STORE that the acceptor answers with A-ABORT."""
    link = accepted(asked or request(STORE_CT), answer or acceptance(((0, EXPLICIT),)))
    uids: dict[str, Any] = {"affected_sop_class_uid": CT, "affected_sop_instance_uid": "1.2"}
    link.client(*message(C_STORE, PIXELS, fragment=fragment, priority=0, **uids))
    return capture(link.server(abort(*reason)).fin())


def idle(seconds: float, *, by_client: bool = False, reset: bool = False, source: int = 0) -> bytes:
    """A C-ECHO, silence, and the end."""
    link = accepted()
    link.client(*message(C_ECHO, affected_sop_class_uid=VERIFICATION))
    link.server(*message(C_ECHO | RESPONSE, affected_sop_class_uid=VERIFICATION, status=0)).wait(seconds)
    if reset:
        return capture(link.reset(by_client=by_client))
    (link.client if by_client else link.server)(abort(source))
    return capture(link.fin(by_client=by_client).fin(by_client=not by_client))


def unanswered(seconds: float) -> bytes:
    """A C-FIND that is not answered; the requestor aborts."""
    link = accepted(request(STUDY), acceptance())
    link.client(*message(C_FIND, KEYS, affected_sop_class_uid=STUDY_FIND, priority=0)).wait(seconds)
    return capture(link.client(abort()).fin())


def two_hosts() -> bytes:
    """Two machines that are both called ARCHIVE."""
    first = echo(accepted())
    second = echo(accepted(server=STATION, t=5.0, own_port=50001))
    return capture(first, second)


def title(called: bytes, calling: bytes = b"SCU") -> bytes:
    """A request with these bytes as titles, padded with spaces."""
    return request(titles=called.ljust(16) + calling.ljust(16))


def failed_store(status: int) -> bytes:
    """A C-STORE that is answered with this status."""
    return capture(store(accepted(request(STORE_CT), acceptance(((0, EXPLICIT),))), status=status).release())


def move_to_itself(host: str, *, calling: str = "STATION", port: int = 11112) -> tuple[Link, Link]:
    """A C-MOVE to STATION, and the association on which the archive stores there."""
    link = accepted(request(MOVE, calling=calling), acceptance())
    link.client(*message(C_MOVE, KEYS, affected_sop_class_uid=STUDY_MOVE, priority=0, move_destination="STATION"))
    there = Link(ARCHIVE, host, port=port, own_port=40000, t=link.t)
    store(there.associate(from_archive(), acceptance(((0, EXPLICIT),)))).release()
    done = {"number_of_completed_suboperations": 1, "number_of_failed_suboperations": 0}
    given: dict[str, Any] = {**done, "number_of_warning_suboperations": 0}
    link.wait(2.0).server(*message(C_MOVE | RESPONSE, affected_sop_class_uid=STUDY_MOVE, status=0, **given))
    return link.release(), there


def unlawful_then_aborted() -> bytes:
    """A C-ECHO on a context that was not accepted; the upper layer of the acceptor aborts."""
    link = accepted()
    link.client(pdu((command(C_ECHO, affected_sop_class_uid=VERIFICATION), True, True), context=5))
    return capture(link.server(abort(2, 2)).fin())


TWENTY: dict[int, tuple[str, Make]] = {
    1: ("sop-class-refused", lambda: capture(accepted(answer=acceptance(((3, IMPLICIT),))).release())),
    2: ("destination-not-configured", lambda: move(0xA801)),
    3: ("destination-not-reached", lambda: move(0xA702, failed=3, during=(to_station().syn(4),))),
    4: (
        "role-not-accepted",
        lambda: get(
            request(((STUDY_GET, (IMPLICIT,)), (CT, (EXPLICIT,))), roles=((CT, 0, 1),)),
            acceptance(((0, IMPLICIT), (0, EXPLICIT))),
        ),
    ),
    5: ("called-title-unknown", lambda: capture(rejected(1, 1, 7))),
    6: ("calling-title-unknown", lambda: capture(rejected(1, 1, 3))),
    7: ("blank-title", lambda: capture(rejected(1, 1, 7, title(b"")))),
    8: (
        "compressed-refused",
        lambda: capture(accepted(request(((CT, (JPEG,)),)), acceptance(((4, JPEG),))).client(abort()).fin()),
    ),
    9: ("aborted-for-protocol", lambda: aborted_after_store(reason=(2, 2))),
    10: ("syn-unanswered", lambda: capture(Link().syn(5))),
    11: ("tls-to-plain", lambda: capture(Link().open().client(client_hello()).server(abort(2, 1)).fin())),
    12: (
        "other-protocol",
        lambda: capture(Link(port=8042).open().client(request()).server(b"HTTP/1.1 400 Bad Request\r\n\r\n").fin()),
    ),
    13: ("idle-timeout", lambda: idle(60)),
    14: ("limit-exceeded", lambda: capture(rejected(2, 3, 2))),
    15: ("delayed-acknowledgement", stalled),
    16: ("commitment-report-unreachable", lambda: commitment(back().refused())),
    17: ("find-without-level", lambda: capture(find(identifier((PATIENT_ID, "1"))))),
    18: (
        "move-rejected-by-destination",
        lambda: move(0xA702, failed=3, during=(to_station().associate(from_archive(), rejection(1, 1, 3)).fin(),)),
    ),
    19: ("command-and-data-together", together),
    20: ("title-on-two-hosts", two_hosts),
    21: ("store-out-of-resources", lambda: failed_store(0xA700)),
}
"""By number of the question: the cause, and a capture of it."""

VARIATIONS: dict[str, tuple[str, Make]] = {
    "C-STORE, A900H": ("store-not-understood", lambda: failed_store(0xA900)),
    "C-STORE, C001H": ("store-not-understood", lambda: failed_store(0xC001)),
    "C-STORE, 0124H": ("store-refused", lambda: failed_store(0x0124)),
    "a rule is broken, and aborted for": ("rule-broken", unlawful_then_aborted),
    "C-MOVE to itself goes to another host": ("sent-elsewhere", lambda: capture(*move_to_itself(STATION))),
    "C-MOVE to a destination that is at another port": (
        "sent-elsewhere",
        lambda: capture(
            echo(Link(SCU, STATION, port=104).associate(request(called="STATION"), acceptance())),
            *move_to_itself(STATION, calling="SCU"),
        ),
    ),
    "storage without compression, and nothing is sent": (
        "compressed-not-proposed",
        lambda: capture(accepted(request(STORE_CT), acceptance(((0, EXPLICIT),))).release()),
    ),
    "one SYN": ("syn-unanswered", lambda: capture(Link().syn(1))),
    "refused": ("connection-refused", lambda: capture(Link().refused())),
    "refused beside a clean one": (
        "connection-refused",
        lambda: capture(echo(accepted()), Link(own_port=50001, port=105, t=9.0).refused()),
    ),
    "silence after the request": (
        "silent-acceptor",
        lambda: capture(Link().open().client(request()).wait(30).fin()),
    ),
    "request, then FIN": ("request-aborted", lambda: capture(Link().open().client(request()).fin(by_client=False))),
    "request, then RST": ("request-aborted", lambda: capture(Link().open().client(request()).reset(by_client=False))),
    "request, then A-ABORT": ("request-aborted", lambda: capture(Link().open().client(request()).server(abort()))),
    "plain to TLS, alert": ("plain-to-tls", lambda: capture(Link().open().client(request()).server(ALERT).fin())),
    "TLS to plain, closed": (
        "tls-to-plain",
        lambda: capture(Link().open().client(client_hello()).fin(by_client=False).fin()),
    ),
    "TLS to plain, reset": (
        "tls-to-plain",
        lambda: capture(Link().open().client(client_hello()).reset(by_client=False)),
    ),
    "unknown authority": (
        "certificate-not-trusted",
        lambda: capture(Link().open().client(client_hello()).server(SERVER_HELLO).client(UNKNOWN_CA).fin()),
    ),
    "TLS, no cipher in common": (
        "tls-not-agreed",
        lambda: capture(Link().open().client(client_hello()).server(ALERT).fin(by_client=False)),
    ),
    "SSH": ("other-protocol", lambda: capture(Link(port=22).open().server(b"SSH-2.0-OpenSSH_9\r\n").client(request()))),
    "SMTP": (
        "other-protocol",
        lambda: capture(Link(port=25).open().server(b"220 mail ESMTP\r\n").client(request()).fin(by_client=False)),
    ),
    "HL7": ("other-protocol", lambda: capture(Link().open().client(request()).server(b"\x0bMSH|^~\\&|A\r").fin())),
    "a browser on the DICOM port": (
        "other-client",
        lambda: capture(Link().open().client(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").server(abort(2, 1)).fin()),
    ),
    "called title in small letters": (
        "title-written-differently",
        lambda: capture(echo(accepted()), rejected(1, 1, 7, request(called="archive"), own_port=50001, t=9.0)),
    ),
    "called title, another caller is accepted": (
        "calling-title-called-unknown",
        lambda: capture(echo(accepted()), rejected(1, 1, 7, request(calling="OTHER"), own_port=50001, t=9.0)),
    ),
    "called title, the caller is accepted with another": (
        "called-title-unknown",
        lambda: capture(echo(accepted()), rejected(1, 1, 7, request(called="PACS2"), own_port=50001, t=9.0)),
    ),
    "blank calling title": ("blank-title", lambda: capture(rejected(1, 1, 3, title(b"ARCHIVE", b"")))),
    "NUL in the called title": (
        "title-with-control-characters",
        lambda: capture(rejected(1, 1, 7, title(b"ARCHIVE\0\0\0\0\0\0\0\0\0"))),
    ),
    "newline in the calling title": (
        "title-with-control-characters",
        lambda: capture(rejected(1, 1, 3, title(b"ARCHIVE", b"SCU\n"))),
    ),
    "congestion": ("congestion", lambda: capture(rejected(2, 3, 1))),
    "rejected without reason": ("rejected-without-reason", lambda: capture(rejected(1, 1, 1))),
    "no syntax in common": (
        "transfer-syntaxes-refused",
        lambda: capture(accepted(request(((CT, (EXPLICIT,)),)), acceptance(((4, EXPLICIT),))).release()),
    ),
    "refused by the user": (
        "context-refused-by-user",
        lambda: capture(accepted(answer=acceptance(((1, IMPLICIT),))).release()),
    ),
    "two classes refused": (
        "sop-class-refused",
        lambda: capture(accepted(request((*STORE_CT, (MR, (IMPLICIT,)))), acceptance(((3, IMPLICIT),) * 2)).release()),
    ),
    "a syntax that was not proposed": (
        "context-answer-invalid",
        lambda: capture(accepted(answer=acceptance(((0, JPEG),))).release()),
    ),
    "compressed, uncompressed is accepted": (
        "compressed-refused",
        lambda: capture(
            accepted(request(((CT, (JPEG,)), (CT, (IMPLICIT,)))), acceptance(((4, JPEG), (0, IMPLICIT)))).release()
        ),
    ),
    "C-GET without role": (
        "role-not-proposed",
        lambda: get(request(((STUDY_GET, (IMPLICIT,)), (CT, (EXPLICIT,)))), acceptance(((0, IMPLICIT), (0, EXPLICIT)))),
    ),
    "C-GET, role 0": (
        "role-not-accepted",
        lambda: get(
            request(((STUDY_GET, (IMPLICIT,)), (CT, (EXPLICIT,))), roles=((CT, 0, 1),)),
            acceptance(((0, IMPLICIT), (0, EXPLICIT)), roles=((CT, 1, 0),)),
        ),
    ),
    "C-GET without a fitting class": (
        "get-without-storage-context",
        lambda: get(
            request(((STUDY_GET, (IMPLICIT,)), (CT, (EXPLICIT,))), roles=((CT, 0, 1),)),
            acceptance(((0, IMPLICIT), (0, EXPLICIT)), roles=((CT, 0, 1),)),
        ),
    ),
    "C-MOVE matches nothing": ("move-matched-nothing", lambda: move(0, completed=0)),
    "C-MOVE matches nothing, without counters": ("move-matched-nothing", lambda: move(0, completed=None, failed=None)),
    "destination refuses the connection": (
        "destination-not-reached",
        lambda: move(0xA801, during=(to_station().refused(),)),
    ),
    "C-MOVE, C000H": ("destination-perhaps-unknown", lambda: move(0xC000)),
    "C-MOVE, C511H": ("move-unable-to-process", lambda: move(0xC511)),
    "C-MOVE, B000H": ("move-suboperations-failed", lambda: move(0xB000, completed=2, failed=1)),
    "C-MOVE, A702H": ("move-suboperations-failed", lambda: move(0xA702, failed=3)),
    "destination refuses the contexts": (
        "move-contexts-refused",
        lambda: move(
            0xA702, failed=3, during=(to_station().associate(from_archive(), acceptance(((3, IMPLICIT),))).release(),)
        ),
    ),
    "C-STORE fails at the destination": (
        "move-store-failed",
        lambda: move(
            0xA702,
            failed=1,
            during=(
                store(to_station().associate(from_archive(), acceptance(((0, EXPLICIT),))), status=0xA700).release(),
            ),
        ),
    ),
    "destination aborts": (
        "move-rejected-by-destination",
        lambda: move(0xA702, failed=1, during=(to_station().open().client(from_archive()).server(abort()).fin(),)),
    ),
    "report is rejected": (
        "commitment-report-rejected",
        lambda: commitment(back().associate(report(), rejection(1, 1, 7)).fin()),
    ),
    "report gets no role": (
        "commitment-role-refused",
        lambda: commitment(back().associate(report(), acceptance()).release()),
    ),
    "report gets no context": (
        "commitment-role-refused",
        lambda: commitment(back().associate(report(), acceptance(((3, IMPLICIT),))).release()),
    ),
    "report, SYN without answer": ("commitment-report-unreachable", lambda: commitment(back().syn(3))),
    "no report": ("commitment-not-reported", commitment),
    "commitment refused": (
        "commitment-not-supported",
        lambda: capture(accepted(request(((COMMITMENT, (IMPLICIT,)),)), acceptance(((3, IMPLICIT),))).release()),
    ),
    "query without match": ("find-no-match", lambda: capture(find(KEYS))),
    "query of series without study": (
        "find-keys-of-wrong-level",
        lambda: capture(find(identifier((LEVEL, "SERIES"), (SERIES_UID, "1.2")))),
    ),
    "worklist keys in a study query": (
        "find-wrong-model",
        lambda: capture(find(identifier((LEVEL, "STUDY"), (0x00400100, b"")))),
    ),
    "level in a worklist query": (
        "find-wrong-model",
        lambda: capture(find(identifier((LEVEL, "STUDY"), (PATIENT_ID, "1")), model=WORKLIST)),
    ),
    "name outside ASCII": (
        "find-charset",
        lambda: capture(find(identifier((LEVEL, "STUDY"), (NAME, "Müller".encode("latin-1"))))),
    ),
    "patient level in study root": (
        "find-without-level",
        lambda: capture(find(identifier((LEVEL, "PATIENT"), (PATIENT_ID, "1")), status=0xA900)),
    ),
    "query fails": ("find-failed", lambda: capture(find(KEYS, status=0xC001))),
    "aborted by the user": ("aborted-by-user", aborted_after_store),
    "aborted without a reason": ("aborted-without-reason", lambda: aborted_after_store(reason=(2, 0))),
    "Orthanc aborts the first request": (
        "operation-not-permitted",
        lambda: aborted_after_store(answer=acceptance(((0, EXPLICIT),), implementation="OrthancDICOM")),
    ),
    "connection lost": (
        "connection-lost",
        lambda: capture(store(accepted(request(STORE_CT), acceptance(((0, EXPLICIT),)))).reset(by_client=False)),
    ),
    "answer too late": ("answer-too-late", lambda: unanswered(30)),
    "idle, the requestor aborts": ("idle-timeout", lambda: idle(30, by_client=True)),
    "idle, provider abort": ("idle-timeout", lambda: idle(45, source=2)),
    "idle, reset": ("idle-connection-dropped", lambda: idle(900, reset=True)),
    "many PDVs": ("many-pdvs", many_values),
    "odd fragments": ("odd-fragment", lambda: aborted_after_store(fragment=16001)),
    "longer than allowed": (
        "longer-than-maximum",
        lambda: aborted_after_store(answer=acceptance(((0, EXPLICIT),), maximum=4096), reason=(2, 6)),
    ),
    "tiny maximum length": (
        "maximum-length-tiny",
        lambda: aborted_after_store(asked=request(STORE_CT, maximum=256)),
    ),
    "200 ms gaps": ("delayed-acknowledgement", lambda: stalled(gap=0.2)),
    "association per file": ("association-per-file", lambda: one_by_one(8)),
    "small PDUs": ("small-pdus", lambda: stores(fragment=1000, maximum=1024)),
    "slow answers": ("slow-answers", lambda: stores(delay=1.0)),
}
"""By name: the cause, and a capture of it."""

CLEAN: dict[str, Make] = {
    "C-ECHO": lambda: capture(echo(accepted())),
    "C-STORE": lambda: stores(5),
    "C-FIND with matches": lambda: capture(find(KEYS, matches=2)),
    "C-MOVE with instances": lambda: move(
        0,
        completed=1,
        during=(store(to_station().associate(from_archive(), acceptance(((0, EXPLICIT),)))).release(),),
    ),
    "C-MOVE to itself": lambda: capture(*move_to_itself(SCU)),
    "some contexts refused, others used": lambda: capture(
        store(
            accepted(
                request((*STORE_CT, (MR, (IMPLICIT,)), (CT, (JPEG,)))),
                acceptance(((0, EXPLICIT), (3, IMPLICIT), (4, JPEG))),
            )
        ).release()
    ),
    "a pause of 20 s": lambda: capture(echo(accepted().wait(20.0))),
    "web traffic": lambda: capture(
        Link(port=80).open().client(b"GET / HTTP/1.1\r\n\r\n").server(b"HTTP/1.1 200 OK\r\n\r\n").fin()
    ),
    "nothing": capture,
    "a health check": lambda: capture(Link().open().fin().fin(by_client=False)),
    "two archives with titles of their own": lambda: capture(
        echo(accepted()), echo(accepted(request(called="OTHER"), server=STATION, own_port=50001, t=5.0))
    ),
}
"""By name: a capture in which nothing is wrong."""


def write_all(folder: Path) -> Iterator[Path]:
    """A capture of each question, and of each variation, in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for question in QUESTIONS:
        path = folder / f"{question.number:02}-{question.id}.pcapng"
        path.write_bytes(TWENTY[question.number][1]())
        yield path
    for number, (cause, make) in enumerate(VARIATIONS.values(), 1):
        path = folder / f"variation-{number:02}-{cause}.pcapng"
        path.write_bytes(make())
        yield path


if __name__ == "__main__":
    for written in write_all(Path(sys.argv[1])):
        print(written)
