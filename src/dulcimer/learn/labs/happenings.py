"""What happens between a few hosts, link by link: as it should, or with the troubles that people ask about."""

from __future__ import annotations

from struct import pack
from typing import Any

from dulcimer.learn.labs.links import ScriptedLink
from dulcimer.learn.labs.messages import (
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
    LEVEL,
    N_ACTION,
    RESPONSE,
    SCU,
    STATION,
    STUDY_FIND,
    STUDY_GET,
    STUDY_MOVE,
    STUDY_UID,
    VERIFICATION,
    abort,
    acceptance,
    command,
    identifier,
    message,
    pdu,
    rejection,
    request,
)

STUDY = ((STUDY_FIND, (IMPLICIT,)),)
MOVE = ((STUDY_MOVE, (IMPLICIT,)),)
STORE_CT = ((CT, (EXPLICIT, IMPLICIT)),)
STORES_CT = acceptance(((0, EXPLICIT),))
PIXELS = bytes(64000)
FEW_PIXELS = bytes(6000)
KEYS = identifier((LEVEL, "STUDY"), (STUDY_UID, "1.2.3"))
ECHO_RQ = message(C_ECHO, affected_sop_class_uid=VERIFICATION)
ECHO_RSP = message(C_ECHO | RESPONSE, affected_sop_class_uid=VERIFICATION, status=0)


def client_hello(random: bytes = bytes(32)) -> bytes:
    """The first bytes of a TLS client (RFC 8446 4.1.2): 32 `random` bytes, two cipher suites, TLS 1.3."""
    versions = bytes.fromhex("002b 0003 02 0304")
    body = b"\x03\x03" + random + b"\0" + bytes.fromhex("0004 1301 1302 01 00") + pack(">H", len(versions)) + versions
    return pack(">BHHBBH", 22, 0x0301, len(body) + 4, 1, 0, len(body)) + body


ALERT = bytes.fromhex("15030100020228")  # fatal, handshake failure
UNKNOWN_CA = bytes.fromhex("15030300020230")
SERVER_HELLO = bytes.fromhex("160303002a02000026") + b"\x03\x03" + bytes(36)


def echoed(link: ScriptedLink) -> ScriptedLink:
    """A C-ECHO on an accepted association."""
    return link.client(*ECHO_RQ).server(*ECHO_RSP)


def echo(link: ScriptedLink) -> ScriptedLink:
    """A C-ECHO on an accepted association, and its release."""
    return echoed(link).release()


def store(
    link: ScriptedLink, data: bytes = PIXELS, number: int = 1, *, status: int = 0, fragment: int = 16000
) -> ScriptedLink:
    """A C-STORE with its response."""
    uids: dict[str, Any] = {"affected_sop_class_uid": CT, "affected_sop_instance_uid": f"1.2.{number}"}
    link.client(*message(C_STORE, data, fragment=fragment, priority=0, message_id=number, **uids))
    answered: dict[str, Any] = {"message_id_being_responded_to": number, "status": status}
    return link.server(*message(C_STORE | RESPONSE, **uids, **answered))


def accepted(asked: bytes = b"", answer: bytes = b"", **options: Any) -> ScriptedLink:
    """An accepted association for C-ECHO, if nothing else is said."""
    return ScriptedLink(**options).associate(asked or request(), answer or acceptance())


def rejected(result: int, source: int, reason: int, asked: bytes = b"", **options: Any) -> ScriptedLink:
    """A rejected association."""
    link = ScriptedLink(**options).associate(asked or request(), rejection(result, source, reason))
    return link.fin(by_client=False).fin()


def find(keys: bytes, *, model: str = STUDY_FIND, status: int = 0, matches: int = 0, **options: Any) -> ScriptedLink:
    """A C-FIND with its final response."""
    link = accepted(request(((model, (IMPLICIT,)),)), acceptance(), **options)
    link.client(*message(C_FIND, keys, affected_sop_class_uid=model, priority=0))
    for _ in range(matches):
        pending = identifier((LEVEL, "STUDY"), (STUDY_UID, "1.2.3"))
        link.server(*message(C_FIND | RESPONSE, pending, affected_sop_class_uid=model, status=0xFF00))
    link.server(*message(C_FIND | RESPONSE, affected_sop_class_uid=model, status=status))
    return link.release()


def move(
    status: int,
    *,
    completed: int | None = 0,
    failed: int | None = 0,
    during: tuple[ScriptedLink, ...] = (),
    **options: Any,
) -> list[ScriptedLink]:
    """A C-MOVE to STATION, with connections that begin while it runs."""
    link = accepted(request(MOVE), acceptance(), **options)
    link.client(*message(C_MOVE, KEYS, affected_sop_class_uid=STUDY_MOVE, priority=0, move_destination="STATION"))
    start = link.t
    for number, other in enumerate(during):
        other.later(start + 0.1 + number)
    link.wait(20.0 if during else 0.5)
    counters: dict[str, Any] = {
        "number_of_completed_suboperations": completed,
        "number_of_failed_suboperations": failed,
        "number_of_warning_suboperations": 0,
    }
    given: dict[str, Any] = {name: value for name, value in counters.items() if value is not None}
    link.server(*message(C_MOVE | RESPONSE, affected_sop_class_uid=STUDY_MOVE, status=status, **given))
    return [link.release(), *during]


def get(asked: bytes, answer: bytes, **options: Any) -> list[ScriptedLink]:
    """A C-GET that ends with A702H."""
    link = accepted(asked, answer, **options)
    link.client(*message(C_GET, KEYS, affected_sop_class_uid=STUDY_GET, priority=0))
    failed: dict[str, Any] = {"number_of_completed_suboperations": 0, "number_of_failed_suboperations": 3}
    link.server(*message(C_GET | RESPONSE, affected_sop_class_uid=STUDY_GET, status=0xA702, **failed))
    return [link.release()]


def to_station(**options: Any) -> ScriptedLink:
    """A connection from the archive to the destination."""
    return ScriptedLink(ARCHIVE, STATION, port=11112, own_port=40000, **options)


def from_archive(**titles: Any) -> bytes:
    """The association request of the archive."""
    return request(STORE_CT, **{"called": "STATION", "calling": "ARCHIVE", **titles})


def commitment(*others: ScriptedLink) -> list[ScriptedLink]:
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
        other.later(link.t + 0.5)
    return [link, *others]


def back(**options: Any) -> ScriptedLink:
    """A connection from the archive back to the device."""
    return ScriptedLink(ARCHIVE, SCU, port=11112, own_port=40000, **options)


def report(**titles: Any) -> bytes:
    """The association request for the report."""
    names = {"called": "SCU", "calling": "ARCHIVE", **titles}
    return request(((COMMITMENT, (IMPLICIT,)),), roles=((COMMITMENT, 0, 1),), **names)


def stalled(stores: int = 5, gap: float = 0.04) -> list[ScriptedLink]:
    """C-STOREs whose command set waits for an acknowledgement before the data set follows."""
    link = accepted(request(STORE_CT), STORES_CT)
    uids: dict[str, Any] = {"affected_sop_class_uid": CT, "affected_sop_instance_uid": "1.2.3", "priority": 0}
    for number in range(1, stores + 1):
        first, *rest = message(C_STORE, PIXELS, message_id=number, **uids)
        link.client(first).wait(gap).client(*rest)
        answered: dict[str, Any] = {"message_id_being_responded_to": number, "status": 0}
        link.server(*message(C_STORE | RESPONSE, affected_sop_class_uid=CT, **answered))
    return [link.release()]


def one_by_one(files: int) -> list[ScriptedLink]:
    """An association for each file."""
    links = []
    for number in range(files):
        link = accepted(request(STORE_CT), STORES_CT, t=1.0 + number, own_port=50000 + number)
        links.append(store(link).release())
    return links


def stores(count: int = 3, **options: Any) -> list[ScriptedLink]:
    """C-STOREs on one association."""
    fragment = int(str(options.pop("fragment", 16000)))
    delay = float(str(options.pop("delay", 0.0)))
    maximum = int(str(options.pop("maximum", 16384)))
    link = ScriptedLink(**options).associate(request(STORE_CT), acceptance(((0, EXPLICIT),), maximum=maximum))
    uids: dict[str, Any] = {"affected_sop_class_uid": CT, "affected_sop_instance_uid": "1.2.3"}
    for number in range(1, count + 1):
        link.client(*message(C_STORE, PIXELS, message_id=number, priority=0, fragment=fragment, **uids))
        answered: dict[str, Any] = {"message_id_being_responded_to": number, "status": 0}
        link.wait(delay).server(*message(C_STORE | RESPONSE, **uids, **answered))
    return [link.release()]


def together(**options: Any) -> list[ScriptedLink]:
    """Command and data set in one PDU; the acceptor aborts."""
    link = accepted(request(STORE_CT), STORES_CT, **options)
    asked = command(
        C_STORE, command_data_set_type=1, priority=0, affected_sop_class_uid=CT, affected_sop_instance_uid="1.2"
    )
    return [link.client(pdu((asked, True, True), (bytes(200), False, True))).server(abort()).fin()]


def many_values() -> list[ScriptedLink]:
    """Many PDVs of a data set in one PDU; the acceptor closes."""
    link = accepted(request(STORE_CT), STORES_CT)
    asked = command(
        C_STORE, command_data_set_type=1, priority=0, affected_sop_class_uid=CT, affected_sop_instance_uid="1.2"
    )
    link.client(pdu((asked, True, True)), pdu(*[(bytes(100), False, False)] * 7, (bytes(100), False, True)))
    return [link.fin(by_client=False).fin()]


def aborted_after_store(
    asked: bytes = b"",
    answer: bytes = b"",
    fragment: int = 16000,
    reason: tuple[int, int] = (0, 0),
    data: bytes = PIXELS,
    **options: Any,
) -> list[ScriptedLink]:
    """A C-STORE that the acceptor answers with A-ABORT."""
    link = accepted(asked or request(STORE_CT), answer or STORES_CT, **options)
    uids: dict[str, Any] = {"affected_sop_class_uid": CT, "affected_sop_instance_uid": "1.2"}
    link.client(*message(C_STORE, data, fragment=fragment, priority=0, **uids))
    return [link.server(abort(*reason)).fin()]


def idle(
    seconds: float, *, by_client: bool = False, reset: bool = False, source: int = 0, **options: Any
) -> list[ScriptedLink]:
    """A C-ECHO, silence, and the end."""
    link = echoed(accepted(**options)).wait(seconds)
    if reset:
        return [link.reset(by_client=by_client)]
    (link.client if by_client else link.server)(abort(source))
    return [link.fin(by_client=by_client).fin(by_client=not by_client)]


def unanswered(seconds: float, **options: Any) -> list[ScriptedLink]:
    """A C-FIND that is not answered; the requestor aborts."""
    link = accepted(request(STUDY), acceptance(), **options)
    link.client(*message(C_FIND, KEYS, affected_sop_class_uid=STUDY_FIND, priority=0)).wait(seconds)
    return [link.client(abort()).fin()]


def two_hosts() -> list[ScriptedLink]:
    """Two machines that are both called ARCHIVE."""
    first = echo(accepted())
    second = echo(accepted(server=STATION, t=5.0, own_port=50001))
    return [first, second]


def title(called: bytes, calling: bytes = b"SCU") -> bytes:
    """A request with these bytes as titles, padded with spaces."""
    return request(titles=called.ljust(16) + calling.ljust(16))


def failed_store(status: int) -> list[ScriptedLink]:
    """A C-STORE that is answered with this status."""
    return [store(accepted(request(STORE_CT), STORES_CT), status=status).release()]


def move_to_itself(host: str, *, calling: str = "STATION", port: int = 11112) -> list[ScriptedLink]:
    """A C-MOVE to STATION, and the association on which the archive stores there."""
    link = accepted(request(MOVE, calling=calling), acceptance())
    link.client(*message(C_MOVE, KEYS, affected_sop_class_uid=STUDY_MOVE, priority=0, move_destination="STATION"))
    there = ScriptedLink(ARCHIVE, host, port=port, own_port=40000, t=link.t)
    store(there.associate(from_archive(), STORES_CT)).release()
    done = {"number_of_completed_suboperations": 1, "number_of_failed_suboperations": 0}
    given: dict[str, Any] = {**done, "number_of_warning_suboperations": 0}
    link.wait(2.0).server(*message(C_MOVE | RESPONSE, affected_sop_class_uid=STUDY_MOVE, status=0, **given))
    return [link.release(), there]


def unlawful_then_aborted() -> list[ScriptedLink]:
    """A C-ECHO on a context that was not accepted; the upper layer of the acceptor aborts."""
    link = accepted()
    link.client(pdu((command(C_ECHO, affected_sop_class_uid=VERIFICATION), True, True), context=5))
    return [link.server(abort(2, 2)).fin()]
