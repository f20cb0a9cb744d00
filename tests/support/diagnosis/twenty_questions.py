"""A capture for each cause that a capture can show: twenty questions, and variations of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import ParamSpec

from dulcimer._generated.diagnosis import QUESTIONS
from dulcimer.learn.labs import happenings
from dulcimer.learn.labs.happenings import (
    ALERT,
    KEYS,
    SERVER_HELLO,
    STORE_CT,
    UNKNOWN_CA,
    accepted,
    back,
    client_hello,
    echo,
    find,
    from_archive,
    move_to_itself,
    rejected,
    report,
    store,
    title,
    to_station,
)
from dulcimer.learn.labs.links import ScriptedLink as Link
from dulcimer.learn.labs.links import capture
from dulcimer.learn.labs.messages import (
    COMMITMENT,
    CT,
    EXPLICIT,
    IMPLICIT,
    JPEG,
    LEVEL,
    MR,
    NAME,
    PATIENT_ID,
    SCU,
    SERIES_UID,
    STATION,
    STUDY_GET,
    WORKLIST,
    abort,
    acceptance,
    identifier,
    rejection,
    request,
)

Make = Callable[[], bytes]
_P = ParamSpec("_P")


def _filed(happening: Callable[_P, Sequence[Link]]) -> Callable[_P, bytes]:
    """The capture of something that happens."""
    return lambda *args, **options: capture(*happening(*args, **options))


move = _filed(happenings.move)
get = _filed(happenings.get)
commitment = _filed(happenings.commitment)
stalled = _filed(happenings.stalled)
one_by_one = _filed(happenings.one_by_one)
stores = _filed(happenings.stores)
together = _filed(happenings.together)
many_values = _filed(happenings.many_values)
aborted_after_store = _filed(happenings.aborted_after_store)
idle = _filed(happenings.idle)
unanswered = _filed(happenings.unanswered)
two_hosts = _filed(happenings.two_hosts)
failed_store = _filed(happenings.failed_store)
unlawful_then_aborted = _filed(happenings.unlawful_then_aborted)

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
    "request, then FIN": (
        "request-aborted",
        lambda: capture(Link().open().client(request()).fin(by_client=False)),
    ),
    "request, then RST": (
        "request-aborted",
        lambda: capture(Link().open().client(request()).reset(by_client=False)),
    ),
    "request, then A-ABORT": (
        "request-aborted",
        lambda: capture(Link().open().client(request()).server(abort())),
    ),
    "plain to TLS, alert": (
        "plain-to-tls",
        lambda: capture(Link().open().client(request()).server(ALERT).fin()),
    ),
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
    "SSH": (
        "other-protocol",
        lambda: capture(Link(port=22).open().server(b"SSH-2.0-OpenSSH_9\r\n").client(request())),
    ),
    "SMTP": (
        "other-protocol",
        lambda: capture(Link(port=25).open().server(b"220 mail ESMTP\r\n").client(request()).fin(by_client=False)),
    ),
    "HL7": (
        "other-protocol",
        lambda: capture(Link().open().client(request()).server(b"\x0bMSH|^~\\&|A\r").fin()),
    ),
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
