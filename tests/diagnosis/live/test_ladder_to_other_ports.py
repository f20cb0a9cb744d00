"""The ladder stops at the first cross, with the right cause, where DICOM is not what answers."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer import AE
from dulcimer.cli.diagnosing.ladder_lines import show_causes, show_step
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.live.ladder import DiagnosisLadder
from dulcimer.diagnosis.live.outcomes import LadderReport, StepMark
from dulcimer.diagnosis.live.target import DiagnosedTarget, LadderPlan
from dulcimer.sop_class import Verification
from support.diagnosis.other_ports import (
    HL7_REPLY,
    HTTP_REPLY,
    Talk,
    answering,
    closes,
    greets,
    is_silent,
    replies,
    unanswered,
)
from support.peers.processes import DULCIMER, HOST, free_port

REJECTIONS = ("calling-title-unknown", "limit-exceeded", "congestion")


def climbed(port: int, host: str = HOST, plan: LadderPlan | None = None, **more: Any) -> LadderReport:
    settings = {"answer_timeout": 2.0, **more}
    return asyncio.run(DiagnosisLadder(DiagnosedTarget(host, port, **settings), plan or LadderPlan()).climb())


def first(report: LadderReport) -> tuple[str, str, Sureness]:
    """The step that failed, and its first cause."""
    assert report.crossed is not None
    assert report.steps[-1] is report.crossed
    assert all(step.mark is not StepMark.CROSS for step in report.steps[:-1])
    return report.crossed.name, report.causes[0].id, report.causes[0].sure


def test_a_name_that_is_not_known() -> None:
    assert first(climbed(104, "no-such-host.invalid")) == ("name", "host-name-unknown", Sureness.CERTAIN)


def test_a_port_where_nothing_listens() -> None:
    assert first(climbed(free_port())) == ("TCP", "connection-refused", Sureness.CERTAIN)


@pytest.mark.parametrize(
    ("talk", "protocol"),
    [
        (greets(b"SSH-2.0-OpenSSH_9.6\r\n"), "SSH"),
        (greets(b"220 mail.example.org ESMTP Postfix\r\n"), "SMTP"),
        (replies(lambda _: HTTP_REPLY), "HTTP"),
        (replies(lambda data: HTTP_REPLY if b"HTTP" in data else b""), "HTTP"),
        (replies(lambda data: HL7_REPLY if data[:1] == b"\x0b" else b""), "HL7 (MLLP)"),
    ],
    ids=["ssh", "smtp", "http", "http that waits for a request", "mllp"],
)
def test_a_port_of_another_protocol(talk: Talk, protocol: str) -> None:
    with answering(talk) as port:
        report = climbed(port, answer_timeout=1.0)
    assert first(report) == ("DICOM", "other-protocol", Sureness.CERTAIN)
    assert report.causes[0].values["protocol"] == protocol


def test_a_port_where_nothing_is_said() -> None:
    with answering(is_silent) as port:
        report = climbed(port, answer_timeout=0.5)
    assert first(report) == ("DICOM", "silent-acceptor", Sureness.CERTAIN)


def test_a_server_that_closes_gives_no_certain_cause() -> None:
    with answering(closes) as port:
        report = climbed(port)
    assert first(report) == ("DICOM", "request-aborted", Sureness.LIKELY)


@pytest.mark.long
@settings(max_examples=25)
@given(st.one_of(st.binary(max_size=40), st.binary(max_size=30).map(lambda tail: b"\x02\0\0\0\0\x10" + tail)))
def test_whatever_answers_ends_the_ladder_in_words_that_can_be_printed(data: bytes) -> None:
    with answering(replies(lambda _: data)) as port:
        report = climbed(port, answer_timeout=0.1)
    assert report.crossed is not None
    lines: list[str] = []
    for step in report.steps:
        show_step(step, lambda line, _: lines.append(line))
    show_causes(report, lambda line, _: lines.append(line))
    assert all(line.isprintable() and len(line) <= 80 for line in lines)
    sure = [one.id for one in report.causes if one.sure is Sureness.CERTAIN]
    assert {*sure} <= {"other-protocol", "plain-to-tls", "silent-acceptor", *REJECTIONS}


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, name: str = HOST) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def client_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def secured(authority: trustme.CA) -> Iterator[int]:
    entity = AE()
    entity.add_supported_context(Verification)
    server = entity.start_server((HOST, 0), block=False, ssl_context=server_context(authority))
    assert server is not None
    yield server.server_address[1]
    server.shutdown()


@pytest.fixture
def plain() -> Iterator[int]:
    entity = AE()
    entity.add_supported_context(Verification)
    server = entity.start_server((HOST, 0), block=False)
    assert server is not None
    yield server.server_address[1]
    server.shutdown()


def test_plain_dicom_to_a_port_of_tls(secured: int) -> None:
    assert first(climbed(secured)) == ("DICOM", "plain-to-tls", Sureness.CERTAIN)


def test_tls_to_a_port_of_plain_dicom(plain: int, authority: trustme.CA) -> None:
    report = climbed(plain, tls=client_context(authority))
    assert first(report) == ("TLS", "tls-to-plain", Sureness.CERTAIN)


def test_a_certificate_that_is_not_trusted(secured: int) -> None:
    report = climbed(secured, tls=client_context(trustme.CA()))
    assert first(report) == ("TLS", "certificate-not-trusted", Sureness.CERTAIN)


def test_a_server_that_wants_a_certificate(authority: trustme.CA) -> None:
    context = server_context(authority)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    entity = AE()
    entity.add_supported_context(Verification)
    server = entity.start_server((HOST, 0), block=False, ssl_context=context)
    assert server is not None
    try:
        report = climbed(server.server_address[1], tls=client_context(authority))
    finally:
        server.shutdown()
    step, cause, _ = first(report)
    assert (step, cause) in {("DICOM", "tls-not-agreed"), ("TLS", "tls-not-agreed")}


def test_tls_to_a_web_server_without_tls(authority: trustme.CA) -> None:
    with answering(replies(lambda _: HTTP_REPLY)) as port:
        report = climbed(port, tls=client_context(authority))
    assert first(report) == ("TLS", "other-protocol", Sureness.CERTAIN)


def test_tls_that_is_right_reaches_the_association(secured: int, authority: trustme.CA) -> None:
    report = climbed(secured, tls=client_context(authority))
    assert report.crossed is None
    assert [step.name for step in report.steps] == ["name", "TCP", "TLS", "DICOM", "association"]


# Packets that are lost


@pytest.mark.skipif(sys.platform != "linux", reason="other systems answer when the queue of a listener is full")
def test_a_syn_that_is_not_answered() -> None:
    with unanswered() as port:
        report = climbed(port, connect_timeout=0.5)
    assert first(report) == ("TCP", "syn-unanswered", Sureness.CERTAIN)


def in_a_network(commands: str) -> subprocess.CompletedProcess[str]:
    """Run commands in a network namespace in which packets to 10.99.0.2 are lost."""
    setup = (
        "ip link add v0 type veth peer name v1 && ip address add 10.99.0.1/24 dev v0 && ip link set v0 up && "
        "ip link set v1 up && ip neigh add 10.99.0.2 lladdr 02:00:00:00:00:01 dev v0 && "
    )
    return subprocess.run(
        ["unshare", "--map-root-user", "--net", "sh", "-c", setup + commands],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_packets_that_are_dropped() -> None:
    if shutil.which("unshare") is None or in_a_network("true").returncode:
        pytest.skip("no network namespace can be made: unshare and ip (iproute2) are needed, and the right to use them")
    done = in_a_network(f"{DULCIMER} diagnose 10.99.0.2 104 -to 2 --json")
    assert done.returncode == 3, done.stdout + done.stderr
    (cause,) = json.loads(done.stdout)["causes"]
    assert (cause["id"], cause["sure"]) == ("syn-unanswered", "certain")


def test_a_listener_that_never_accepts_is_found_silent() -> None:
    with socket.create_server((HOST, 0)) as server:
        report = climbed(server.getsockname()[1], answer_timeout=0.3)
    assert first(report)[1] == "silent-acceptor"
