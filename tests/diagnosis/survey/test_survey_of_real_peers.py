"""Surveys of real servers give what these are configured with, in at most 8 associations."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from dulcimer import AE
from dulcimer._generated.codes import RejectResult
from dulcimer._generated.services import TRANSFER_SYNTAXES
from dulcimer.diagnosis.survey import asking
from dulcimer.diagnosis.survey.asking import Surveyor, SurveyTarget
from dulcimer.diagnosis.survey.proposals import SurveyAnswer, SurveyProposal
from dulcimer.diagnosis.survey.result import RoleAnswer, SurveyResult, SyntaxChoice
from dulcimer.diagnosis.survey.scope import standard_classes, survey_scope
from dulcimer.errors import AssociationRejected
from support.conformance.check_peers import dcmjs_dimse, odil, pynetdicom2
from support.peers.processes import HOST, free_port, server, storescp
from support.peers.query_peers import dcmqrscp, orthanc, wlmscpfs

IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
LOSSLESS, JPEG_2000, RLE = "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.5"
DEFLATED = "1.2.840.10008.1.2.1.99"
CT, MR, CR, SC, XA, NM = (f"1.2.840.10008.5.1.4.1.1.{number}" for number in ("2", "4", "1", "7", "12.1", "20"))
VERIFICATION = "1.2.840.10008.1.1"
STUDY_FIND, STUDY_MOVE, STUDY_GET = (f"1.2.840.10008.5.1.4.1.2.2.{number}" for number in (1, 2, 3))
STORAGE = frozenset(one.uid for one in standard_classes() if one.service == "Storage")
MOST = 8


def survey(port: int, called: str = "ANY-SCP", *, is_thorough: bool = False, **more: object) -> SurveyResult:
    target = SurveyTarget(HOST, port, called, **more)  # type: ignore[arg-type]  # fields of the target
    result = asyncio.run(Surveyor(target).survey(survey_scope(), is_thorough=is_thorough))
    assert is_thorough or len(result.associations) <= MOST
    return result


def syntaxes(result: SurveyResult) -> dict[str, frozenset[str]]:
    return {one.sop_class.uid: one.syntaxes for one in result.accepted}


def roles(result: SurveyResult) -> dict[str, RoleAnswer]:
    return {one.sop_class.uid: one.roles for one in result.accepted if one.roles is not None}


# DCMTK


@pytest.mark.peer("DCMTK")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), {IMPLICIT, EXPLICIT, BIG}),
        (("+xi",), {IMPLICIT}),
        (("+xs",), {IMPLICIT, EXPLICIT, BIG, LOSSLESS}),
        (("+xv",), {IMPLICIT, EXPLICIT, BIG, JPEG_2000}),
        (("+xr",), {IMPLICIT, EXPLICIT, BIG, RLE}),
        (("+xd",), {IMPLICIT, EXPLICIT, BIG, DEFLATED}),
    ],
    ids=lambda value: " ".join(value) or "default" if isinstance(value, tuple) else "",
)
def test_storescp_accepts_what_its_options_say(options: tuple[str, ...], expected: set[str], tmp_path: Path) -> None:
    port = free_port()
    with server("storescp", ["storescp", "-od", tmp_path, *options, str(port)], port):
        result = survey(port)
    assert set(syntaxes(result).values()) == {frozenset(expected)}
    assert {CT, MR, CR, SC, VERIFICATION} <= set(syntaxes(result)) <= STORAGE | {VERIFICATION}
    assert result.peer.maximum_length == 16384
    assert result.window is None
    assert not result.unknown


@pytest.mark.peer("DCMTK")
def test_a_survey_of_storescp_with_all_transfer_syntaxes_is_that_of_every_pair(tmp_path: Path) -> None:
    with storescp(tmp_path) as peer:
        quick, thorough = survey(peer.port), survey(peer.port, is_thorough=True)
    assert syntaxes(quick) == syntaxes(thorough)
    assert not thorough.presumed
    assert not thorough.unknown


PROFILE = f"""[[TransferSyntaxes]]
[Plain]
TransferSyntax1 = {IMPLICIT}
TransferSyntax2 = {EXPLICIT}
[Lossless]
TransferSyntax1 = {LOSSLESS}
TransferSyntax2 = {EXPLICIT}
[[PresentationContexts]]
[Mixed]
PresentationContext1 = {CT}\\Plain
PresentationContext2 = {MR}\\Lossless
PresentationContext3 = {CR}\\Lossless
PresentationContext4 = {VERIFICATION}\\Plain
[[Profiles]]
[Default]
PresentationContexts = Mixed
"""


@pytest.mark.peer("DCMTK")
def test_storescp_with_a_profile_accepts_what_is_in_it(tmp_path: Path) -> None:
    profile, port = tmp_path / "profile.cfg", free_port()
    profile.write_text(PROFILE)
    with server("storescp", ["storescp", "-od", tmp_path, "-xf", profile, "Default", str(port)], port):
        result = survey(port)
    plain, lossless = frozenset((IMPLICIT, EXPLICIT)), frozenset((LOSSLESS, EXPLICIT))
    assert syntaxes(result) == {CT: plain, MR: lossless, CR: lossless, VERIFICATION: plain}
    assert not result.presumed
    assert not result.unknown


@pytest.mark.peer("DCMTK")
def test_dcmqrscp_is_found_to_query_retrieve_and_store(tmp_path: Path) -> None:
    with dcmqrscp(tmp_path) as peer:
        result = survey(peer.port, "QR")
    found = syntaxes(result)
    assert {STUDY_FIND, STUDY_MOVE, STUDY_GET, CT, VERIFICATION} <= set(found)
    assert set(found.values()) == {frozenset((IMPLICIT, EXPLICIT, BIG))}
    assert roles(result)[CT].scp
    assert not roles(result)[STUDY_GET].scp


@pytest.mark.peer("DCMTK")
def test_wlmscpfs_is_found_to_have_worklists(tmp_path: Path) -> None:
    (tmp_path / "ANY-SCP").mkdir()
    with wlmscpfs(tmp_path) as peer:
        result = survey(peer.port)
    assert set(syntaxes(result)) == {VERIFICATION, "1.2.840.10008.5.1.4.31"}


# Orthanc


@pytest.mark.peer("Orthanc")
def test_orthanc_accepts_what_a_survey_of_every_pair_finds(tmp_path: Path) -> None:
    with orthanc(tmp_path) as peer:
        quick, thorough = survey(peer.port, "ORTHANC"), survey(peer.port, "ORTHANC", is_thorough=True)
    assert syntaxes(quick) == syntaxes(thorough)
    assert STUDY_FIND in syntaxes(quick)
    assert not quick.unknown


@pytest.mark.peer("Orthanc")
@pytest.mark.parametrize("accepted", [(IMPLICIT, EXPLICIT), (EXPLICIT, LOSSLESS, JPEG_2000)], ids=["plain", "packed"])
def test_orthanc_accepts_the_transfer_syntaxes_of_its_configuration(accepted: tuple[str, ...], tmp_path: Path) -> None:
    port, settings = free_port(), tmp_path / "orthanc.json"
    settings.write_text(
        json.dumps(
            {
                "StorageDirectory": str(tmp_path / "storage"),
                "IndexDirectory": str(tmp_path / "storage"),
                "HttpServerEnabled": False,
                "DicomPort": port,
                "DicomCheckCalledAet": False,
                "DicomAlwaysAllowStore": True,
                "AcceptedTransferSyntaxes": list(accepted),
            }
        )
    )
    with server("Orthanc", ["Orthanc", settings], port):
        found = syntaxes(survey(port))
    storage = {uid: one for uid, one in found.items() if uid in STORAGE}
    assert len(storage) > 100
    assert set(storage.values()) == {frozenset(accepted)}


# pynetdicom


@contextmanager
def pynetdicom_server(
    contexts: Mapping[str, list[str]], roles: Mapping[str, tuple[bool, bool]] | None = None
) -> Iterator[int]:
    import pynetdicom

    entity = pynetdicom.AE()
    entity.maximum_pdu_size = 32_768
    for uid, names in contexts.items():
        scu, scp = (roles or {}).get(uid, (None, None))
        entity.add_supported_context(uid, names, scu_role=scu, scp_role=scp)
    running = entity.start_server((HOST, 0), block=False)
    assert running is not None
    try:
        yield running.server_address[1]
    finally:
        running.shutdown()


@pytest.mark.peer("pynetdicom")
@pytest.mark.parametrize("seed", range(3))
def test_pynetdicom_accepts_the_contexts_that_it_is_given(seed: int) -> None:
    chance = random.Random(seed)
    uids = chance.sample(sorted(STORAGE), 12)
    kinds = [chance.sample(list(TRANSFER_SYNTAXES), count) for count in (1, 3, 7)]
    contexts = {uid: kinds[number % 3] for number, uid in enumerate(uids)}
    with pynetdicom_server(contexts) as port:
        result = survey(port)
    assert syntaxes(result) == {uid: frozenset(names) for uid, names in contexts.items()}
    assert not result.presumed
    assert not result.unknown
    assert result.peer.maximum_length == 32_768
    assert result.window is None
    assert result.choice is not SyntaxChoice.OTHER


@pytest.mark.peer("pynetdicom")
def test_roles_of_pynetdicom_are_those_that_it_supports() -> None:
    supported = {CT: (True, True), MR: (True, False), CR: (False, True)}
    with pynetdicom_server({uid: [IMPLICIT] for uid in (*supported, SC)}, supported) as port:
        result = survey(port)
    for uid, (scu, scp) in supported.items():
        assert roles(result)[uid] == RoleAnswer(True, True, scu, scp)
    assert not roles(result)[SC].is_answered


# Others


@pytest.mark.peer("Odil")
def test_odil_accepts_whatever_is_proposed(tmp_path: Path) -> None:
    with odil(tmp_path) as peer:
        result = survey(peer.port)
    assert len(result.accepted) == len(result.classes)
    assert result.choice is SyntaxChoice.FIRST


@pytest.mark.peer("dcmjs-dimse")
def test_dcmjs_dimse_is_surveyed_without_a_doubt(tmp_path: Path) -> None:
    with dcmjs_dimse(tmp_path) as peer:
        result = survey(peer.port)
    assert VERIFICATION in syntaxes(result)
    assert not result.presumed
    assert not result.unknown


@pytest.mark.peer("pynetdicom2")
def test_pynetdicom2_aborts_a_large_request_and_is_surveyed_with_smaller_ones(tmp_path: Path) -> None:
    with pynetdicom2(tmp_path) as peer:
        target = SurveyTarget(HOST, peer.port)
        result = asyncio.run(Surveyor(target).survey(survey_scope()))
    assert {VERIFICATION, CT, MR} <= set(syntaxes(result))
    assert not result.associations[0].is_accepted
    assert all(one.is_accepted for one in result.associations[1:])
    assert "5,760 transfer syntaxes failed" in result.notes[0]


# dulcimer


def test_a_server_that_is_busy_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    ask = Surveyor._associate

    async def associate(self: Surveyor, proposal: SurveyProposal, identity: None = None) -> SurveyAnswer:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise AssociationRejected("busy", result=RejectResult.REJECTED_TRANSIENT, source=3, reason=2)
        return await ask(self, proposal, identity)

    monkeypatch.setattr(Surveyor, "_associate", associate)
    monkeypatch.setattr(asking, "_BUSY", (0.0, 0.0))
    entity = AE()
    entity.add_supported_context(CT, [EXPLICIT])
    running = entity.start_server((HOST, 0), block=False)
    assert running is not None
    try:
        result = survey(running.server_address[1])
    finally:
        running.shutdown()
    assert calls == len(result.associations) + 1
    assert not result.notes
    assert syntaxes(result) == {CT: frozenset((EXPLICIT,))}


def test_our_own_server_is_surveyed_as_it_is_configured() -> None:
    entity = AE()
    entity.add_supported_context(CT, [EXPLICIT, JPEG_2000])
    entity.add_supported_context(XA, [IMPLICIT])
    running = entity.start_server((HOST, 0), block=False)
    assert running is not None
    try:
        result = survey(running.server_address[1])
    finally:
        running.shutdown()
    assert syntaxes(result) == {CT: frozenset((EXPLICIT, JPEG_2000)), XA: frozenset((IMPLICIT,))}
    assert result.choice is SyntaxChoice.OWN
    assert NM not in syntaxes(result)
