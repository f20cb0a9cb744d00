"""No connection, TLS against plain, another protocol, and silence (questions 10 to 12)."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer.diagnosis.causes.findings import CauseFinding, CauseWeight, ProofPoint, names, point
from dulcimer.diagnosis.causes.rejections import odd_titles
from dulcimer.diagnosis.causes.scene import Scene
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.evidence.conversations import SeenConnection
from dulcimer.diagnosis.evidence.facts import (
    AbortSeen,
    AcceptanceSeen,
    BadPduSeen,
    ConnectFailure,
    ConnectFailureKind,
    ConnectionClosed,
    ForeignBytes,
    RejectionSeen,
    SeenFact,
    TlsAlertSeen,
)

_CAUSES = {
    ConnectFailureKind.SILENT: "syn-unanswered",
    ConnectFailureKind.REFUSED: "connection-refused",
    ConnectFailureKind.UNREACHABLE: "host-unreachable",
    ConnectFailureKind.NAME: "host-name-unknown",
}
_NOT_FOR_DICOM = frozenset((22, 25, 53, 80, 123, 389, 443, 445, 636, 3306, 5432, 8080, 8443))
"""Ports that programs other than DICOM ones connect to."""
_AGREEMENT = ("handshake failure", "protocol version", "certificate required", "insufficient security")
_TRUST = ("unknown CA", "bad certificate", "certificate unknown", "certificate expired", "certificate revoked")
_PATIENCE = 1.0
"""Seconds without answer that are called silence."""


def connecting(scene: Scene, one: SeenConnection) -> Iterator[CauseFinding]:
    """Causes for a conversation that never became an association."""
    failure = one.first(ConnectFailure)
    if failure is not None:
        yield _no_connection(one, failure)
        return
    client, server = _foreign(one, by_client=True), _foreign(one, by_client=False)
    if client is not None and client.name == "TLS":
        yield from _tls_client(scene, one, client, server)
    elif one.request is not None and server is not None:
        yield from _plain_client(one, server)
    elif client is not None and server is None:
        yield from _other_client(scene, one, client)


def unanswered(scene: Scene, one: SeenConnection) -> Iterator[CauseFinding]:
    """Causes for an association request that nothing, or only the end of the connection, answers."""
    request = one.request
    answered = any(one.first(kind) for kind in (AcceptanceSeen, RejectionSeen, BadPduSeen, ForeignBytes))
    if request is None or answered or not one.is_whole:
        return
    asked = point("an association request", request)
    abort, closed = one.first(AbortSeen), one.first(ConnectionClosed)
    ending: SeenFact | None = abort or closed
    by_client = abort.by_client if abort else closed.by_client if closed else None
    tls = scene.speaks_tls(one.server)
    if ending is not None and not by_client:
        how = "A-ABORT" if abort else "RST" if closed and closed.by_reset else "FIN"
        proof = (asked, point(f"the answer of the acceptor is {how}", ending))
        if tls:
            yield CauseFinding("plain-to-tls", Sureness.CERTAIN, proof, names(one), (one.number,))
            return
        odd = list(odd_titles(one, Sureness.LIKELY, proof[1]))
        yield from odd
        weight = CauseWeight.PART_OF_IT if odd else CauseWeight.FAILURE
        yield CauseFinding("request-aborted", Sureness.LIKELY, proof, names(one), (one.number,), weight)
        if abort is None:
            part = CauseWeight.PART_OF_IT
            yield CauseFinding("plain-to-tls", Sureness.POSSIBLE, proof, names(one), (one.number,), part)
        return
    silence = abort.silence if abort else closed.silence if closed else None
    if silence is None and request.place.t is not None and scene.evidence.until is not None:
        silence = scene.evidence.until - request.place.t
    if silence is None and ending is None:
        return
    if silence is None or silence >= _PATIENCE:
        words = "no answer comes" if silence is None else f"no answer within {silence:.1f} s"
        sure = Sureness.CERTAIN if tls else Sureness.LIKELY
        cause = "plain-to-tls" if tls else "silent-acceptor"
        proof = (asked, point(words, ending or request))
        yield CauseFinding(cause, sure, proof, names(one), (one.number,))


def _no_connection(one: SeenConnection, failure: ConnectFailure) -> CauseFinding:
    if failure.how is ConnectFailureKind.SILENT:
        tried = f"the SYN is sent {failure.tries} times" if failure.tries != 1 else "one SYN is sent"
        words = f"{tried} within {failure.seconds:.1f} s, and nothing comes back"
        # The requestor would not send it again if an answer had reached it.
        sure = Sureness.CERTAIN if failure.tries > 1 or not failure.tries else Sureness.LIKELY
    else:
        words, sure = f"the connection failed: {failure.how}", Sureness.CERTAIN
    if not failure.tries:
        words = f"the connection failed: {failure.how}"
    hint = one.server[1] in _NOT_FOR_DICOM
    weight = CauseWeight.HINT if hint else CauseWeight.FAILURE
    return CauseFinding(_CAUSES[failure.how], sure, (point(words, failure),), names(one), (one.number,), weight)


def _tls_client(
    scene: Scene, one: SeenConnection, client: ForeignBytes, server: ForeignBytes | None
) -> Iterator[CauseFinding]:
    hello = point(f"the requestor begins with {client.what}", client)
    alert = one.first(TlsAlertSeen)
    if alert is not None and (server is None or server.name == "TLS"):
        words = f"a TLS alert of {'the requestor' if alert.by_client else 'the acceptor'}: {alert.words}"
        if any(name.lower() in alert.words.lower() for name in _TRUST):
            yield CauseFinding(
                "certificate-not-trusted", Sureness.CERTAIN, (hello, point(words, alert)), names(one), (one.number,)
            )
        elif any(name.lower() in alert.words.lower() for name in _AGREEMENT):
            yield CauseFinding(
                "tls-not-agreed", Sureness.CERTAIN, (hello, point(words, alert)), names(one), (one.number,)
            )
        return
    if server is not None:
        if server.name not in ("", "TLS"):
            proof = (hello, point(f"the acceptor answers with {server.what}", server))
            values = names(one, protocol=server.name)
            yield CauseFinding("other-protocol", Sureness.LIKELY, proof, values, (one.number,), CauseWeight.HINT)
        return
    if _spoke_dicom(one):
        answer = next(fact for fact in one.facts if not isinstance(fact, ForeignBytes))
        proof = (hello, point("the acceptor answers with a DICOM PDU", answer))
        yield CauseFinding("tls-to-plain", Sureness.CERTAIN, proof, names(one), (one.number,))
        return
    closed = one.first(ConnectionClosed)
    if one.stack:
        yield CauseFinding("tls-to-plain", Sureness.LIKELY, (hello,), names(one), (one.number,))
    elif scene.speaks_plain(one.server):
        yield CauseFinding("tls-to-plain", Sureness.CERTAIN, (hello,), names(one), (one.number,))
    elif closed is not None:
        ending = "the acceptor closes the connection" if closed.by_client is False else "no answer comes"
        proof = (hello, point(f"{ending} without a byte of TLS", closed))
        yield CauseFinding("tls-to-plain", Sureness.LIKELY, proof, names(one), (one.number,))


def _plain_client(one: SeenConnection, server: ForeignBytes) -> Iterator[CauseFinding]:
    request = one.request
    proof: tuple[ProofPoint, ...] = (point(f"the acceptor answers with {server.what}", server),)
    if request is not None:
        proof = (point("an association request in plain DICOM", request), *proof)
    # A log tells the first byte only.
    known = Sureness.LIKELY if one.stack else Sureness.CERTAIN
    if server.name == "TLS":
        yield CauseFinding("plain-to-tls", known, proof, names(one), (one.number,))
    else:
        sure = known if server.name else Sureness.LIKELY
        yield CauseFinding("other-protocol", sure, proof, names(one, protocol=server.name), (one.number,))


def _other_client(scene: Scene, one: SeenConnection, client: ForeignBytes) -> Iterator[CauseFinding]:
    if _spoke_dicom(one) or scene.speaks_plain(one.server):
        sure = Sureness.CERTAIN if _spoke_dicom(one) and client.name else Sureness.LIKELY
        proof = (point(f"the client begins with {client.what}", client),)
        yield CauseFinding("other-client", sure, proof, names(one, protocol=client.name), (one.number,))


def _foreign(one: SeenConnection, *, by_client: bool) -> ForeignBytes | None:
    return next((fact for fact in one.all(ForeignBytes) if fact.by_client is by_client), None)


def _spoke_dicom(one: SeenConnection) -> bool:
    """Whether there are PDUs of the acceptor."""
    kinds = (AcceptanceSeen, RejectionSeen)
    return any(one.first(kind) for kind in kinds) or any(
        getattr(fact, "by_client", None) is False
        for fact in one.facts
        if not isinstance(fact, ForeignBytes | ConnectionClosed | TlsAlertSeen)
    )
