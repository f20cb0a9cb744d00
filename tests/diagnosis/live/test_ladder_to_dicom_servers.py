"""The ladder with servers that speak DICOM: ours, DCMTK's, Orthanc, pynetdicom's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset

from dulcimer import AE, build_role, evt
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.live.echoes import costs_of_delay
from dulcimer.diagnosis.live.ladder import COMMON_TITLES, DiagnosisLadder
from dulcimer.diagnosis.live.outcomes import LadderReport, StepMark
from dulcimer.diagnosis.live.target import DiagnosedTarget, LadderGoal, LadderPlan
from dulcimer.services.instance_file import InstanceFile
from dulcimer.sop_class import CTImageStorage, StudyRootQueryRetrieveInformationModelFind, Verification
from dulcimer.sop_class import StorageCommitmentPushModel as Commitment
from dulcimer.sop_class import StorageCommitmentPushModelInstance as CommitmentInstance
from support.diagnosis.live_servers import ended_by_an_abort, entity_with, named, pynetdicom_without_roles, served
from support.peers.processes import HOST, dulcimer_serve, free_port, storescp
from support.peers.query_peers import dcmqrscp, orthanc

CT, JPEG = (Path(str(get_testdata_file(name))) for name in ("CT_small.dcm", "JPEG2000.dcm"))
STUDY = str(dcmread(CT).StudyInstanceUID)
FIND = StudyRootQueryRetrieveInformationModelFind
NO_DELAYS = {"with_delays": False}


def climbed(port: int, goal: LadderGoal, called: str = "ANY-SCP", *files: Path, **plan: Any) -> LadderReport:
    instances = tuple(map(InstanceFile.inspect, files))
    wanted = LadderPlan(goal, instances, listen_host=HOST, **{**NO_DELAYS, **plan})
    return asyncio.run(DiagnosisLadder(DiagnosedTarget(HOST, port, called), wanted).climb())


def first(report: LadderReport) -> tuple[str, str, Sureness]:
    """The step that failed, and its first cause."""
    assert report.crossed is not None
    return report.crossed.name, report.causes[0].id, report.causes[0].sure


def test_everything_works() -> None:
    with served(entity_with(Verification)) as port:
        report = climbed(port, LadderGoal.ECHO)
    assert report.crossed is None
    assert not report.causes
    assert {step.mark for step in report.steps} == {StepMark.TICK}
    assert [step.name for step in report.steps] == ["name", "TCP", "DICOM", "association", "context", "C-ECHO"]


# AE titles and limits


def test_another_called_title_is_likely_and_certain_when_another_one_is_taken() -> None:
    entity = entity_with(Verification)
    entity.ae_title, entity.require_called_aet = "ORTHANC", True
    with served(entity) as port:
        alone = climbed(port, LadderGoal.ECHO, "WRONG")
        tried = climbed(port, LadderGoal.ECHO, "WRONG", titles=COMMON_TITLES)
    assert first(alone) == ("association", "called-title-unknown", Sureness.LIKELY)
    assert [one.id for one in alone.causes] == ["called-title-unknown", "calling-title-called-unknown"]
    assert first(tried) == ("association", "called-title-unknown", Sureness.CERTAIN)
    assert "with the called AE title ORTHANC the association is accepted" in tried.causes[0].proof


def test_a_calling_title_that_is_not_known() -> None:
    entity = entity_with(Verification)
    entity.require_calling_aet = ["SOMEBODY"]
    with served(entity) as port:
        assert first(climbed(port, LadderGoal.ECHO)) == ("association", "calling-title-unknown", Sureness.CERTAIN)


def test_a_server_at_its_limit() -> None:
    entity = entity_with(Verification)
    entity.maximum_associations = 1
    other = AE()
    other.add_requested_context(Verification)
    with served(entity) as port:
        association = other.associate(HOST, port)
        report = climbed(port, LadderGoal.ECHO)
        association.release()
    assert first(report) == ("association", "limit-exceeded", Sureness.CERTAIN)


def test_the_limit_of_associations_is_a_remark() -> None:
    entity = entity_with(Verification)
    entity.maximum_associations = 3
    with served(entity) as port:
        few = climbed(port, LadderGoal.ASSOCIATE, most_associations=3)
        many = climbed(port, LadderGoal.ASSOCIATE, most_associations=9)
    assert (few.steps[-1].mark, few.steps[-1].came) == (StepMark.TICK, "all are accepted")
    assert many.crossed is None
    assert many.steps[-1].mark is StepMark.REMARK
    assert many.steps[-1].came.startswith("3 are accepted, the next one is not")


# Contexts


def test_a_server_without_implicit_vr_is_still_asked() -> None:
    entity = AE()
    entity.add_supported_context(Verification, ["1.2.840.10008.1.2.1"])
    with served(entity) as port:
        report = climbed(port, LadderGoal.ECHO)
    assert report.crossed is None


def test_a_sop_class_that_is_not_supported() -> None:
    with served(entity_with(Verification)) as port:
        report = climbed(port, LadderGoal.STORE, "ANY-SCP", CT)
    assert first(report) == ("context", "sop-class-refused", Sureness.CERTAIN)
    assert report.causes[0].values["sop_class"] == "CT Image Storage"


@pytest.mark.peer("DCMTK")
def test_a_compressed_file_that_storescp_does_not_take(tmp_path: Path) -> None:
    with storescp(tmp_path, "+x=") as peer:
        report = climbed(peer.port, LadderGoal.STORE, "ANY-SCP", CT, JPEG)
    assert first(report) == ("context", "compressed-refused", Sureness.CERTAIN)
    assert not list(tmp_path.iterdir())


@pytest.mark.peer("DCMTK")
def test_files_that_storescp_takes_are_sent(tmp_path: Path) -> None:
    with storescp(tmp_path) as peer:
        report = climbed(peer.port, LadderGoal.STORE, "ANY-SCP", CT, JPEG)
    assert report.crossed is None
    assert len(list(tmp_path.iterdir())) == 2


def test_a_store_that_fails_has_what_its_status_means_as_a_likely_cause() -> None:
    handlers = [(evt.EVT_C_STORE, lambda event: 0xA700)]
    entity = AE()
    entity.add_supported_context(CTImageStorage, ["1.2.840.10008.1.2.1"])
    with served(entity, evt_handlers=handlers) as port:
        report = climbed(port, LadderGoal.STORE, "ANY-SCP", CT)
    assert report.crossed is not None
    assert "A700H Failure" in report.crossed.came
    assert first(report) == ("C-STORE", "store-out-of-resources", Sureness.LIKELY)


@pytest.mark.peer("pynetdicom")
def test_a_role_that_pynetdicom_does_not_accept() -> None:
    with pynetdicom_without_roles() as port:
        report = climbed(port, LadderGoal.GET)
    assert first(report) == ("roles", "role-not-accepted", Sureness.CERTAIN)


# Operations


def test_a_query_that_is_refused() -> None:
    handlers = [(evt.EVT_C_FIND, lambda event: [(0xA900, None)])]
    with served(entity_with(FIND), evt_handlers=handlers) as port:
        report = climbed(port, LadderGoal.FIND)
    assert first(report) == ("C-FIND", "find-failed", Sureness.CERTAIN)


def test_a_query_without_a_match_is_a_remark() -> None:
    with served(entity_with(FIND), evt_handlers=[(evt.EVT_C_FIND, lambda event: [])]) as port:
        report = climbed(port, LadderGoal.FIND, study=STUDY)
    assert report.crossed is None
    assert report.steps[-1].mark is StepMark.REMARK
    assert [one.id for one in report.hints] == ["find-no-match"]


def test_a_server_that_aborts_instead_of_answering() -> None:
    handlers = [(evt.EVT_C_ECHO, lambda event: event.assoc.abort())]
    with served(entity_with(Verification), evt_handlers=handlers) as port:
        report = climbed(port, LadderGoal.ECHO)
    assert first(report) == ("C-ECHO", "operation-not-permitted", Sureness.LIKELY)


def test_an_idle_association_that_the_server_ends() -> None:
    entity = entity_with(Verification)
    entity.network_timeout = 0.3
    with served(entity) as port:
        report = climbed(port, LadderGoal.ECHO, idle=20.0)
    assert first(report) == ("idle", "idle-timeout", Sureness.LIKELY)


def test_an_idle_association_that_the_server_keeps() -> None:
    with served(entity_with(Verification)) as port:
        report = climbed(port, LadderGoal.ECHO, idle=0.2)
    assert report.crossed is None
    assert report.steps[-1].name == "idle"


@pytest.mark.parametrize(
    ("quick", "slow", "costs"),
    [
        ([0.0001] * 8, [0.044] * 8, True),
        ([0.0001] * 8, [0.0001] * 8, False),
        ([0.044] * 8, [0.044] * 8, False),
        ([0.0001] * 8, [0.044] * 3, False),
        ([0.0001] * 8, [3.0] * 8, False),
        ([], [0.044] * 8, False),
    ],
)
def test_delays_are_told_from_slow_servers(quick: list[float], slow: list[float], costs: bool) -> None:
    assert (costs_of_delay(quick, slow) is not None) == costs


# Archives


def moved(port: int, called: str, to: str, **plan: Any) -> LadderReport:
    return climbed(port, LadderGoal.MOVE, called, destination=to, study=STUDY, **plan)


@pytest.mark.peer("DCMTK")
def test_dcmqrscp_finds_sends_and_says_what_is_wrong_with_a_destination(tmp_path: Path) -> None:
    port = free_port()
    with dcmqrscp(tmp_path, move_to=("THERE", port)) as peer:
        assert climbed(peer.port, LadderGoal.STORE, "QR", CT).crossed is None
        assert climbed(peer.port, LadderGoal.FIND, "QR").crossed is None
        assert climbed(peer.port, LadderGoal.GET, "QR", study=STUDY).crossed is None
        unknown = moved(peer.port, "QR", "NOWHERE")
        dead = moved(peer.port, "QR", "THERE")
        watched = moved(peer.port, "QR", "THERE", listen_port=0)
        right = moved(peer.port, "QR", "THERE", listen_port=port)
        nothing = climbed(peer.port, LadderGoal.MOVE, "QR", destination="THERE", study="1.2.3", listen_port=port)
    assert first(unknown) == ("C-MOVE", "destination-not-configured", Sureness.CERTAIN)
    assert first(dead) == ("C-MOVE", "move-suboperations-failed", Sureness.LIKELY)
    assert first(watched) == ("C-MOVE", "destination-not-reached", Sureness.LIKELY)
    assert right.crossed is None
    assert "QR called THERE; 1 C-STORE" in right.steps[-1].came
    assert first(nothing) == ("C-MOVE", "move-matched-nothing", Sureness.CERTAIN)


@pytest.mark.peer("Orthanc")
def test_orthanc_says_less_and_so_do_we(tmp_path: Path) -> None:
    port = free_port()
    with orthanc(tmp_path, move_to=("THERE", port)) as peer:
        assert climbed(peer.port, LadderGoal.STORE, "ORTHANC", CT).crossed is None
        assert climbed(peer.port, LadderGoal.GET, "ORTHANC", study=STUDY).crossed is None
        unknown = moved(peer.port, "ORTHANC", "NOWHERE")
        dead = moved(peer.port, "ORTHANC", "THERE")
        right = moved(peer.port, "ORTHANC", "THERE", listen_port=port)
        other = climbed(peer.port, LadderGoal.MOVE, "ORTHANC", destination="THERE", study="1.2.3", listen_port=port)
    assert first(other) == ("C-MOVE", "find-no-match", Sureness.LIKELY)
    assert "C-FIND finds the study, so its UID is not the reason" in unknown.causes[0].proof
    assert first(unknown) == ("C-MOVE", "destination-perhaps-unknown", Sureness.LIKELY)
    assert first(dead) == ("C-MOVE", "destination-perhaps-unknown", Sureness.LIKELY)
    assert right.crossed is None


@pytest.mark.peer("DCMTK")
def test_instances_that_go_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with storescp(tmp_path / "elsewhere") as other, dcmqrscp(tmp_path / "qr", move_to=("THERE", other.port)) as peer:
        climbed(peer.port, LadderGoal.STORE, "QR", CT)
        report = moved(peer.port, "QR", "THERE", listen_port=0)
    assert first(report) == ("C-MOVE", "sent-elsewhere", Sureness.LIKELY)


@pytest.mark.peer("DCMTK")
def test_dcmqrscp_that_does_not_know_the_calling_title_is_not_said_to_be_certain(tmp_path: Path) -> None:
    with dcmqrscp(tmp_path) as peer:
        config = tmp_path / "dcmqrscp.cfg"
        assert config.exists()
        report = climbed(peer.port, LadderGoal.ECHO, "NOBODY")
    assert "calling-title-called-unknown" in {one.id for one in report.causes}
    assert all(one.sure is not Sureness.CERTAIN for one in report.causes)


def test_every_cause_that_the_ladder_names_is_a_row_of_the_specification() -> None:
    import re

    import dulcimer.diagnosis.live as room

    folder = Path(str(room.__file__)).parent
    text = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    named = set(re.findall(r'cause\(\s*"([a-z-]+)"', text)) | set(re.findall(r'"([a-z]+(?:-[a-z]+)+)" if ', text))
    assert len(named) > 25
    target = DiagnosedTarget(HOST, 104)
    for name in named:
        from dulcimer.diagnosis.live.notes import LadderNotes

        cause = LadderNotes(target, lambda _: None).cause(name, Sureness.LIKELY)
        assert cause.row.cause
        assert cause.question.text
    assert replace(target, called="X").values["called"] == "X"


# Storage commitment, aborts, two hosts


def committed(port: int, called: str = "PACS", **plan: Any) -> LadderReport:
    return climbed(port, LadderGoal.COMMIT, called, CT, **{"report_wait": 0.3, **plan})


def answers_action(status: int) -> list[Any]:
    return [(evt.EVT_N_ACTION, lambda event: (status, None))]


def reports_to(port: int, seen: list[int]) -> list[Any]:
    """A server that reports on an association of its own, as it should."""

    def report(title: str) -> None:
        device = entity_with()
        device.add_requested_context(Commitment)
        role = build_role(Commitment, scp_role=True)
        association = device.associate(HOST, port, ae_title=title, ext_neg=[role])
        status, _ = association.send_n_event_report(Dataset(), 1, Commitment, CommitmentInstance)
        seen.append(status.Status)
        association.release()

    def act(event: evt.Event) -> tuple[int, None]:
        Thread(target=report, args=(event.assoc.requestor.ae_title,)).start()
        return 0x0000, None

    return [(evt.EVT_N_ACTION, act)]


def test_commitment_that_is_not_supported() -> None:
    with served(entity_with(Verification)) as port:
        refused = committed(port)
    assert first(refused) == ("context", "commitment-not-supported", Sureness.CERTAIN)
    with served(entity_with(Commitment), evt_handlers=answers_action(0x0110)) as port:
        failed = committed(port)
    assert first(failed) == ("N-ACTION", "commitment-not-supported", Sureness.LIKELY)


def test_commitment_that_is_never_reported_says_whether_we_listened() -> None:
    with served(entity_with(Commitment), evt_handlers=answers_action(0x0000)) as port:
        alone = committed(port)
        watched = committed(port, listen_port=0)
    for report in (alone, watched):
        assert first(report) == ("report", "commitment-not-reported", Sureness.LIKELY)
        assert [one.id for one in report.causes][1:] == ["commitment-report-unreachable"]
    assert any("nobody connected to port" in line for line in watched.causes[0].proof)


def test_commitment_that_is_reported_on_an_association_of_the_server() -> None:
    port, seen = free_port(), list[int]()
    with served(entity_with(Commitment), evt_handlers=reports_to(port, seen)) as server:
        report = committed(server, listen_port=port, report_wait=20.0)
    assert report.crossed is None
    assert report.steps[-1].came.endswith("PACS called DULCIMER; 1 N-EVENT-REPORT")


def test_commitment_of_what_an_archive_does_not_have_is_a_remark(tmp_path: Path) -> None:
    with dulcimer_serve(tmp_path) as peer:
        report = committed(peer.port, "DULCIMER", report_wait=20.0)
        assert climbed(peer.port, LadderGoal.STORE, "DULCIMER", CT).crossed is None
        kept = committed(peer.port, "DULCIMER", report_wait=20.0)
    assert report.crossed is None
    assert report.steps[-1].mark is StepMark.REMARK
    assert "not kept: 1 (0112H)" in report.steps[-1].came
    assert (kept.steps[-1].mark, "1 instance kept" in kept.steps[-1].came) == (StepMark.TICK, True)


def test_a_server_that_survives_an_abort() -> None:
    with served(entity_with(Verification)) as port:
        report = climbed(port, LadderGoal.ECHO, aborts=True)
    assert report.crossed is None
    assert (report.steps[-1].name, report.steps[-1].mark) == ("abort", StepMark.TICK)


def test_a_server_that_an_abort_ends() -> None:
    with ended_by_an_abort() as port:
        report = climbed(port, LadderGoal.ECHO, aborts=True)
    assert first(report) == ("abort", "stops-after-abort", Sureness.LIKELY)


def test_a_name_of_two_servers_is_a_hint() -> None:
    port, other = free_port(), entity_with(Verification)
    other.implementation_version_name = "ANOTHER_ONE"
    with served(entity_with(Verification), HOST, port), served(other, "127.0.0.2", port):
        target = DiagnosedTarget("pacs.test", port, "PACS")
        with named("pacs.test", (HOST, "127.0.0.2")):
            report = asyncio.run(DiagnosisLadder(target, LadderPlan(LadderGoal.ECHO, with_delays=False)).climb())
    assert report.crossed is None
    assert [one.id for one in report.hints] == ["title-on-two-hosts"]
    assert "127.0.0.2: ANOTHER_ONE" in report.hints[0].proof[0]
