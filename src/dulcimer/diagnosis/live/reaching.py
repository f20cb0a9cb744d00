"""The first steps: the name, TCP, TLS, what speaks on the port, and the association with the given AE titles."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from time import perf_counter

from dulcimer._generated.codes import (
    describe_abort,
    describe_rejection,
)
from dulcimer.acse.negotiation import IMPLICIT_VR_LITTLE_ENDIAN, Context, PeerInformation, request_pdu
from dulcimer.acse.wording import shown
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.live.failures import rejections
from dulcimer.diagnosis.live.notes import LadderNotes, OpenStep
from dulcimer.diagnosis.live.outcomes import LadderCrossedError, LiveCause
from dulcimer.diagnosis.live.raw import (
    HL7_MESSAGE,
    HTTP_REQUEST,
    RawAnswer,
    RawConnection,
    asked_raw,
    client_hello,
)
from dulcimer.diagnosis.live.target import DiagnosedTarget
from dulcimer.services.verification import VERIFICATION
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, ReleaseRq
from dulcimer.wire.other_protocols import OtherProtocol

_BANNER = 0.5
"""Seconds in which a server of another protocol greets."""
_PROBE = 2.0
_CERTIFICATE = ("UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_UNKNOWN", "CERTIFICATE_EXPIRED", "UNSUPPORTED_CERT")


class ReachingSteps:
    """Reaches the server, up to an association; raises LadderCrossedError at the first step that fails."""

    def __init__(self, target: DiagnosedTarget, notes: LadderNotes) -> None:
        self._target = target
        self._notes = notes
        self._connection: RawConnection | None = None

    async def take(self) -> None:
        """All of them."""
        await self._name()
        try:
            await self._tcp()
            answer = await self._protocol() if self._target.tls is None else await self._secured()
        finally:
            self._hang_up()
        self._associated(answer)

    def _hang_up(self) -> None:
        """Close the first connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # ------------------------------------------------------------------ name and TCP

    async def _name(self) -> None:
        host = self._target.host
        with self._notes.step("name", f"look up {host}") as step:
            try:
                found = await asyncio.get_running_loop().getaddrinfo(host, self._target.port, type=socket.SOCK_STREAM)
            except (OSError, UnicodeError) as error:
                step.came = str(getattr(error, "strerror", "") or error)
                raise LadderCrossedError(
                    self._notes.cause("host-name-unknown", Sureness.CERTAIN, f"look-up of {host}: {step.came}")
                ) from error
            addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
            step.came = f"{host} is {', '.join(addresses)}" if addresses != [host] else f"{host} is an address"

    async def _tcp(self) -> None:
        target = self._target
        seconds = target.connect_timeout
        with self._notes.step("TCP", f"connect to {target.where}", "PS3.8 9.1.2") as step:
            began = perf_counter()
            try:
                self._connection = await RawConnection.open(target.host, target.port, seconds)
            except OSError as error:
                raise LadderCrossedError(self._not_connected(step, error, perf_counter() - began)) from error
            step.came = f"connected in {(perf_counter() - began) * 1000:.1f} ms"
            if target.tls is not None:
                self._hang_up()

    def _not_connected(self, step: OpenStep, error: OSError, seconds: float) -> LiveCause:
        notes = self._notes
        if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
            step.came = f"no answer in {seconds:.0f} s"
            return notes.cause(
                "syn-unanswered",
                Sureness.CERTAIN,
                f"in {seconds:.1f} s nothing came back, while the system repeats the SYN after 1, 3 and 7 s",
            )
        if isinstance(error, ConnectionRefusedError):
            step.came = "connection refused"
            proof = f"connection refused after {seconds * 1000:.1f} ms (RST)"
            return notes.cause("connection-refused", Sureness.CERTAIN, proof)
        step.came = error.strerror or str(error)
        sure = Sureness.CERTAIN if error.errno == errno.ENETUNREACH else Sureness.LIKELY
        return notes.cause("host-unreachable", sure, f"the error of the system: {step.came}")

    # ------------------------------------------------------------------ what speaks there

    async def _protocol(self) -> RawAnswer:
        """Without TLS: the answer to an association request, if DICOM is spoken there."""
        target = self._target
        with self._notes.step("DICOM", "send an A-ASSOCIATE-RQ; what answers?", "PS3.8 9.3.1") as step:
            assert self._connection is not None
            banner = await self._connection.answer(min(_BANNER, target.answer_timeout))
            if banner.other is not None:
                self._other(step, banner.other, banner, "before we sent a byte")
            answer = await self._request_answered(self._connection)
            self._hang_up()
            if answer.is_dicom:
                step.came = f"a PDU of DICOM, after {answer.seconds * 1000:.1f} ms"
                return answer
            if answer.other is not None:
                if answer.other.name == "TLS":
                    self._is_tls(step, answer, "in answer to the A-ASSOCIATE-RQ")
                self._other(step, answer.other, answer, "in answer to the A-ASSOCIATE-RQ")
            step.came = _ended(answer)
            patience = min(_PROBE, target.answer_timeout)
            hello = await asked_raw(target.host, target.port, client_hello(target.host), patience)
            if hello.other is not None and hello.other.name == "TLS":
                self._is_tls(step, hello, f"in answer to a ClientHello; to the A-ASSOCIATE-RQ: {step.came}")
            for request, what in ((HTTP_REQUEST, "a request of HTTP"), (HL7_MESSAGE, "an empty message of HL7")):
                reply = await asked_raw(target.host, target.port, request, patience)
                if reply.other is not None and reply.other.name != "TLS":
                    self._other(step, reply.other, reply, f"in answer to {what}; to the A-ASSOCIATE-RQ: {step.came}")
            raise LadderCrossedError(*self._no_answer(answer))

    async def _asked(self) -> RawAnswer:
        target = self._target
        try:
            async with await RawConnection.open(
                target.host, target.port, target.connect_timeout, target.tls, target.tls_name
            ) as connection:
                return await self._request_answered(connection)
        except OSError:
            return RawAnswer(b"", "reset", 0.0)

    async def _request_answered(self, connection: RawConnection) -> RawAnswer:
        """The answer to an A-ASSOCIATE-RQ; an association that is accepted is released."""
        await connection.send(self._request())
        answer = await connection.answer(self._target.answer_timeout)
        if answer.is_dicom and answer.data[0] == AssociateAc.pdu_type:
            await connection.send(encode(ReleaseRq()))
            await connection.whole_pdu(1.0)
        return answer

    def _request(self) -> bytes:
        target = self._target
        items = [] if target.identity is None else [target.identity]
        contexts = [Context(VERIFICATION, (IMPLICIT_VR_LITTLE_ENDIAN,))]
        return encode(
            request_pdu(contexts, calling_ae_title=target.calling, called_ae_title=target.called, user_items=items)
        )

    def _other(self, step: OpenStep, other: OtherProtocol, answer: RawAnswer, when: str) -> None:
        step.came = f"{other.name}, not DICOM: {other.what}"
        proof = f"{answer.shown}: {other.what}, {when}"
        raise LadderCrossedError(self._notes.cause("other-protocol", Sureness.CERTAIN, proof, protocol=other.name))

    def _is_tls(self, step: OpenStep, answer: RawAnswer, when: str) -> None:
        step.came = f"TLS, and we spoke plain DICOM: {step.came or 'an alert'}"
        assert answer.other is not None
        raise LadderCrossedError(
            self._notes.cause("plain-to-tls", Sureness.CERTAIN, f"{answer.shown}: {answer.other.what}, {when}")
        )

    def _no_answer(self, answer: RawAnswer) -> list[LiveCause]:
        notes = self._notes
        if answer.end == "silent":
            proof = f"no byte in {answer.seconds:.0f} s, nor in answer to a ClientHello of TLS, HTTP and HL7"
            return [notes.cause("silent-acceptor", Sureness.CERTAIN, proof)]
        if answer.data:
            proof = f"{answer.shown}: neither an answer to an A-ASSOCIATE-RQ nor a protocol that is known here"
            return [notes.cause("other-protocol", Sureness.LIKELY, proof, protocol="another protocol")]
        proof = f"the connection was {answer.end} {answer.seconds * 1000:.0f} ms after the A-ASSOCIATE-RQ"
        return [notes.cause("request-aborted", Sureness.LIKELY, proof)]

    # ------------------------------------------------------------------ TLS

    async def _secured(self) -> RawAnswer:
        target = self._target
        with self._notes.step("TLS", f"shake hands with {target.where}", "PS3.15 B.12") as step:
            try:
                async with await RawConnection.open(
                    target.host, target.port, target.connect_timeout, target.tls, target.tls_name
                ):
                    step.came = "the certificate is accepted"
            except OSError as error:
                raise LadderCrossedError(*await self._not_secured(step, error)) from error
        with self._notes.step("DICOM", "send an A-ASSOCIATE-RQ; what answers?", "PS3.8 9.3.1") as step:
            answer = await self._asked()
            if answer.is_dicom:
                step.came = f"a PDU of DICOM, after {answer.seconds * 1000:.1f} ms"
                return answer
            step.came = _ended(answer)
            if answer.other is not None:
                self._other(step, answer.other, answer, "in answer to the A-ASSOCIATE-RQ")
            alert = answer.end.removeprefix("TLS: ") if answer.end.startswith("TLS: ") else ""
            if "CERTIFICATE_REQUIRED" in alert or any(word in alert for word in _CERTIFICATE):
                raise LadderCrossedError(*self._of_alert(alert))
            raise LadderCrossedError(*self._no_answer(answer))

    async def _not_secured(self, step: OpenStep, error: OSError) -> list[LiveCause]:
        notes, target = self._notes, self._target
        problem = str(getattr(error, "verify_message", "") or "")
        reason = str(getattr(error, "reason", "") or "") if isinstance(error, ssl.SSLError) else ""
        if problem:
            step.came = f"we do not accept its certificate: {problem}"
            return [notes.cause("certificate-not-trusted", Sureness.CERTAIN, f"the TLS library: {problem}")]
        if reason and any(word in reason for word in (*_CERTIFICATE, "CERTIFICATE_REQUIRED")):
            step.came = f"it ends the handshake: {reason}"
            return self._of_alert(reason)
        plain = await asked_raw(target.host, target.port, self._request(), _PROBE)
        if plain.is_dicom:
            step.came = "it speaks plain DICOM, and we spoke TLS"
            proof = f"{plain.shown}: its answer to an A-ASSOCIATE-RQ without TLS"
            return [notes.cause("tls-to-plain", Sureness.CERTAIN, proof)]
        step.came = reason or str(error) or type(error).__name__
        if plain.other is not None and plain.other.name != "TLS":
            proof = f"{plain.shown}: {plain.other.what}, in answer to an A-ASSOCIATE-RQ without TLS"
            return [notes.cause("other-protocol", Sureness.CERTAIN, proof, protocol=plain.other.name)]
        return [notes.cause("tls-not-agreed", Sureness.LIKELY, f"the handshake failed: {step.came}")]

    def _of_alert(self, alert: str) -> list[LiveCause]:
        proof = f"its TLS alert: {alert.replace('_', ' ').lower()}"
        if "CERTIFICATE_REQUIRED" in alert:
            return [self._notes.cause("tls-not-agreed", Sureness.CERTAIN, proof)]
        return [self._notes.cause("certificate-not-trusted", Sureness.CERTAIN, proof)]

    # ------------------------------------------------------------------ the association

    def _associated(self, answer: RawAnswer) -> None:
        target, notes = self._target, self._notes
        tried = f"call {target.called} as {target.calling}"
        with notes.step("association", tried, "PS3.8 9.3.4") as step:
            pdu = decode_lenient(answer.data).pdu
            if isinstance(pdu, AssociateAc):
                peer = PeerInformation.of(pdu)
                name = shown(peer.implementation_version_name) or shown(peer.implementation_class_uid)
                limit = f"{peer.maximum_length:,} bytes" if peer.maximum_length else "no limit"
                step.came = f"accepted by {name or 'an implementation without a name'}; PDUs up to {limit}"
                return
            if isinstance(pdu, AssociateRj):
                words = describe_rejection(pdu.result, pdu.source, pdu.reason)
                step.came = words
                raise LadderCrossedError(
                    *rejections(notes, pdu.source, pdu.reason, f"{answer.shown}: A-ASSOCIATE-RJ, {words}")
                )
            if isinstance(pdu, Abort):
                step.came = describe_abort(pdu.source, pdu.reason)
                proof = f"{answer.shown}: A-ABORT, {step.came}"
                raise LadderCrossedError(notes.cause("request-aborted", Sureness.LIKELY, proof))
            step.came = f"{answer.shown}: a PDU that cannot be read"
            raise LadderCrossedError


def _ended(answer: RawAnswer) -> str:
    if answer.data:
        return f"{answer.shown}: not DICOM"
    return {"silent": f"no answer in {answer.seconds:.0f} s", "reset": "it resets the connection"}.get(
        answer.end, "it closes the connection" if answer.end == "closed" else answer.end
    )
