"""The twenty questions, asked with peers that answer now: by the ladder, or from what a proxy has seen pass.

``python -m support.diagnosis.live_questions`` plays all of them, and counts how often the right cause comes first.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset

from dulcimer import AE, evt
from dulcimer.diagnosis.causes.engine import causes_of
from dulcimer.diagnosis.evidence.captured import evidence_of_capture
from dulcimer.diagnosis.live.ladder import DiagnosisLadder
from dulcimer.diagnosis.live.target import DiagnosedTarget, LadderGoal, LadderPlan
from dulcimer.fuzz.proxy.serving import ProxySettings
from dulcimer.learn.labs.happenings import title
from dulcimer.services.instance_file import InstanceFile
from dulcimer.sop_class import CTImageStorage, StudyRootQueryRetrieveInformationModelFind, Verification
from dulcimer.sop_class import StorageCommitmentPushModel as Commitment
from support.diagnosis.live_servers import ended_by_an_abort, entity_with, named, pynetdicom_without_roles, served
from support.diagnosis.other_ports import HTTP_REPLY, answering, replies, unanswered
from support.peers.processes import HOST, free_port, storescp
from support.peers.query_peers import dcmqrscp
from support.proxied import settings_of
from support.proxied_sockets import running_proxy

CT, JPEG = (Path(str(get_testdata_file(name))) for name in ("CT_small.dcm", "JPEG2000.dcm"))
STUDY = str(dcmread(CT).StudyInstanceUID)
FIND = StudyRootQueryRetrieveInformationModelFind
_DEAD = 9
"""A port of this machine on which nothing listens."""
_OTHER = "127.0.0.2"


@dataclass(frozen=True)
class LiveQuestion:
    """`cause` is that which is set up; `play` gives what comes first. `peers`: programs that it needs."""

    cause: str
    play: Callable[[Path], str]
    peers: tuple[str, ...] = ()


def climbed(port: int, goal: LadderGoal = LadderGoal.ECHO, called: str = "PACS", *files: Path, **plan: Any) -> str:
    """The cause that the ladder names first; of what works, the first hint."""
    of_target = {one: plan.pop(one) for one in ("connect_timeout", "host") if one in plan}
    target = DiagnosedTarget(of_target.pop("host", HOST), port, called, **of_target)
    instances = tuple(map(InstanceFile.inspect, files))
    wanted = LadderPlan(goal, instances, listen_host=HOST, with_delays=False, **plan)
    report = asyncio.run(DiagnosisLadder(target, wanted).climb())
    return next((one.id for one in (*report.causes, *report.hints)), "")


def passed_on(port: int, talk: Callable[[int], None]) -> str:
    """The cause that comes first from a capture of what passes a proxy in front of this port."""
    with running_proxy(ProxySettings(HOST, port, connections=None, link=settings_of(silence=60.0))) as proxy:
        talk(proxy.port)
    found = causes_of(evidence_of_capture(proxy.capture.getvalue())).findings
    return found[0].id if found else ""


def _served(goal: LadderGoal, *files: Path, entity: AE | None = None, handlers: Any = (), **plan: Any) -> str:
    with served(entity or entity_with(Verification), evt_handlers=list(handlers)) as port:
        return climbed(port, goal, "PACS", *files, **plan)


def _entity(**settings: Any) -> AE:
    entity = entity_with(Verification)
    for name, value in settings.items():
        setattr(entity, name, value)
    return entity


@contextmanager
def _archive(folder: Path) -> Iterator[int]:
    with dcmqrscp(folder, move_to=("AWAY", _DEAD)) as peer:
        climbed(peer.port, LadderGoal.STORE, "QR", CT)
        yield peer.port


def _moved(folder: Path, to: str, **plan: Any) -> str:
    with _archive(folder) as port:
        return climbed(port, LadderGoal.MOVE, "QR", destination=to, study=STUDY, **plan)


def _role(_: Path) -> str:
    with pynetdicom_without_roles() as port:
        return climbed(port, LadderGoal.GET)


def _blank_title(_: Path) -> str:
    def talk(port: int) -> None:
        with socket.create_connection((HOST, port), 60) as connection:
            connection.sendall(title(b""))
            connection.recv(4096)

    with served(_entity(require_called_aet=True)) as port:
        return passed_on(port, talk)


def _compressed(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    with storescp(folder, "+x=") as peer:
        return climbed(peer.port, LadderGoal.STORE, "ANY-SCP", JPEG)


def _unanswered(_: Path) -> str:
    with unanswered() as port:
        return climbed(port, connect_timeout=0.5)


def _secured(_: Path) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(HOST).configure_cert(context)
    with served(entity_with(Verification), ssl_context=context) as port:
        return climbed(port)


def _web_server(_: Path) -> str:
    with answering(replies(lambda _request: HTTP_REPLY)) as port:
        return climbed(port)


def _limit(_: Path) -> str:
    other = AE()
    other.add_requested_context(Verification)
    with served(_entity(maximum_associations=1)) as port:
        association = other.associate(HOST, port)
        try:
            return climbed(port)
        finally:
            association.release()


def _one_by_one(_: Path) -> str:
    client, image = AE(), dcmread(CT)
    client.add_requested_context(CTImageStorage, image.file_meta.TransferSyntaxUID)

    def talk(port: int) -> None:
        for _number in range(8):
            association = client.associate(HOST, port)
            association.send_c_store(image)
            association.release()

    handlers = [(evt.EVT_C_STORE, lambda _event: 0x0000)]
    entity = AE("PACS")
    entity.add_supported_context(CTImageStorage, [image.file_meta.TransferSyntaxUID])
    with served(entity, evt_handlers=handlers) as port:
        return passed_on(port, talk)


def _no_level(folder: Path) -> str:
    client, keys = AE(), Dataset()
    client.add_requested_context(FIND)
    keys.PatientID = "1CT1"

    def talk(port: int) -> None:
        association = client.associate(HOST, port, ae_title="QR")
        list(association.send_c_find(keys, FIND))
        association.release()

    with _archive(folder) as port:
        return passed_on(port, talk)


def _aborted_once(_: Path) -> str:
    with ended_by_an_abort() as port:
        return climbed(port, aborts=True)


def _two_hosts(_: Path) -> str:
    port, other = free_port(), _entity(implementation_version_name="ANOTHER_ONE")
    with served(entity_with(Verification), HOST, port), served(other, _OTHER, port):
        with named("pacs.test", (HOST, _OTHER)):
            return climbed(port, host="pacs.test")


_ABORTS = [(evt.EVT_C_ECHO, lambda event: event.assoc.abort())]
_ACTS = [(evt.EVT_N_ACTION, lambda _event: (0x0000, None))]
ECHO, STORE = LadderGoal.ECHO, LadderGoal.STORE

LIVE: dict[int, LiveQuestion] = {
    1: LiveQuestion("sop-class-refused", lambda _: _served(STORE, CT)),
    2: LiveQuestion("destination-not-configured", lambda folder: _moved(folder, "NOWHERE"), ("DCMTK",)),
    3: LiveQuestion("destination-not-reached", lambda folder: _moved(folder, "AWAY", listen_port=0), ("DCMTK",)),
    4: LiveQuestion("role-not-accepted", _role, ("pynetdicom",)),
    5: LiveQuestion(
        "called-title-unknown", lambda _: _served(ECHO, entity=_entity(ae_title="OTHER", require_called_aet=True))
    ),
    6: LiveQuestion("calling-title-unknown", lambda _: _served(ECHO, entity=_entity(require_calling_aet=["SOMEBODY"]))),
    7: LiveQuestion("blank-title", _blank_title),
    8: LiveQuestion("compressed-refused", _compressed, ("DCMTK",)),
    9: LiveQuestion("operation-not-permitted", lambda _: _served(ECHO, handlers=_ABORTS)),
    10: LiveQuestion("syn-unanswered", _unanswered),
    11: LiveQuestion("plain-to-tls", _secured),
    12: LiveQuestion("other-protocol", _web_server),
    13: LiveQuestion("idle-timeout", lambda _: _served(ECHO, entity=_entity(network_timeout=0.3), idle=20.0)),
    14: LiveQuestion("limit-exceeded", _limit),
    15: LiveQuestion("association-per-file", _one_by_one),
    16: LiveQuestion(
        "commitment-not-reported",
        lambda _: _served(
            LadderGoal.COMMIT, CT, entity=entity_with(Commitment), handlers=_ACTS, listen_port=0, report_wait=0.3
        ),
    ),
    17: LiveQuestion("find-without-level", _no_level, ("DCMTK",)),
    18: LiveQuestion("move-suboperations-failed", lambda folder: _moved(folder, "AWAY"), ("DCMTK",)),
    19: LiveQuestion("stops-after-abort", _aborted_once),
    20: LiveQuestion("title-on-two-hosts", _two_hosts),
}
"""By number."""


def main() -> int:
    """Play all; the exit status is 1 if a cause that comes first is not the right one."""
    right = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, question in LIVE.items():
            found = question.play(Path(folder) / str(number))
            right += found == question.cause
            print(f"{number:2}  {question.cause:28} {'first' if found == question.cause else found or 'nothing'}")
    print(f"{right} of {len(LIVE)} right first")
    return right < len(LIVE)


if __name__ == "__main__":
    sys.exit(main())
