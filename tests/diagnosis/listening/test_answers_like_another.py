"""A listener that answers like a server that was surveyed: a survey of it gives the same."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dulcimer import AE, evt
from dulcimer._generated.services import TRANSFER_SYNTAXES
from dulcimer.diagnosis.listening.events import ClientProposed
from dulcimer.diagnosis.listening.likeness import SurveyedServer
from dulcimer.diagnosis.listening.serving import ListenSettings
from dulcimer.diagnosis.survey.asking import Surveyor, SurveyTarget
from dulcimer.diagnosis.survey.comparing import changes
from dulcimer.diagnosis.survey.result import ClassResult, SurveyedPeer, SurveyResult
from dulcimer.diagnosis.survey.scope import standard_classes, survey_scope
from dulcimer.sop_class import CTImageStorage, MRImageStorage, StudyRootQueryRetrieveInformationModelFind
from support.diagnosis.listened import listening
from support.peers.processes import HOST, storescp
from support.peers.query_peers import dcmqrscp

IMPLICIT, EXPLICIT, JPEG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"
ALL = tuple(TRANSFER_SYNTAXES)
OF_THE_IMPLEMENTATION = ("implementation class UID", "implementation version name")


def surveyed(port: int, called: str = "ANY-SCP") -> SurveyResult:
    return asyncio.run(Surveyor(SurveyTarget(HOST, port, called)).survey(survey_scope()))


def differences(survey: SurveyResult) -> list[str]:
    """Between a survey, and a survey of a listener that answers like it."""
    with listening(ListenSettings(like=SurveyedServer(survey), is_alike=True)) as listened:
        again = surveyed(listened.port)
    return [one.as_text() for one in changes(survey, again) if one.about not in OF_THE_IMPLEMENTATION]


@pytest.mark.peer("DCMTK")
def test_a_survey_of_one_that_answers_like_storescp_is_that_of_storescp(tmp_path: Path) -> None:
    with storescp(tmp_path, "+xs") as peer:
        assert differences(surveyed(peer.port)) == []


@pytest.mark.peer("DCMTK")
def test_a_survey_of_one_that_answers_like_dcmqrscp_is_that_of_dcmqrscp(tmp_path: Path) -> None:
    with dcmqrscp(tmp_path) as peer:
        assert differences(surveyed(peer.port, "QR")) == []


def test_roles_windows_and_extended_negotiation_are_answered_alike() -> None:
    find = StudyRootQueryRetrieveInformationModelFind
    entity = AE()
    entity.maximum_pdu_size = 30_000
    entity.add_supported_context(CTImageStorage, [EXPLICIT, IMPLICIT], scu_role=True, scp_role=True)
    entity.add_supported_context(MRImageStorage, [JPEG])
    entity.add_supported_context(find, [IMPLICIT])
    handlers = [(evt.EVT_ASYNC_OPS, lambda event: (7, 1)), (evt.EVT_SOP_EXTENDED, lambda event: {find: b"\1\0\1"})]
    server = entity.start_server((HOST, 0), block=False, evt_handlers=handlers)
    assert server is not None
    try:
        survey = surveyed(server.server_address[1])
    finally:
        server.shutdown()
    assert survey.window == (7, 1)
    assert differences(survey) == []


def test_what_the_other_server_would_refuse_is_told_with_what_it_takes() -> None:
    ct, mr = (next(one for one in standard_classes() if one.uid == uid) for uid in (CTImageStorage, MRImageStorage))
    survey = SurveyResult(
        SurveyedPeer(HOST, 104, "PACS", "US"),
        (
            ClassResult(ct, (IMPLICIT, EXPLICIT), refused=ALL[2:], preferred=EXPLICIT),
            ClassResult(mr, refused=ALL, refusal=3),
        ),
        TRANSFER_SYNTAXES,
    )
    entity = AE()
    entity.add_requested_context(CTImageStorage, [JPEG])
    entity.add_requested_context(MRImageStorage, [IMPLICIT])
    entity.add_requested_context(CTImageStorage, [IMPLICIT, EXPLICIT])
    entity.add_requested_context("1.2.3.4", [IMPLICIT])
    with listening(ListenSettings(like=SurveyedServer(survey))) as listened:
        association = entity.associate(HOST, listened.port)
        assert len(association.accepted_contexts) == 4
        association.release()
        listened.end()
    (proposed,) = listened.of(ClientProposed)
    assert [(one.is_refused_there, one.like) for one in proposed.proposal.contexts] == [
        (
            True,
            "refused: none of these transfer syntaxes; it takes Implicit VR Little Endian, Explicit VR Little Endian",
        ),
        (True, "refused: rejected by the service-provider, abstract syntax not supported (result 3)"),
        (False, "accepted in Explicit VR Little Endian"),
        (False, "not known: the survey did not ask for this SOP class (--sop-class)"),
    ]


def test_a_presumed_answer_is_said_to_be_presumed() -> None:
    ct = next(one for one in standard_classes() if one.uid == CTImageStorage)
    one = ClassResult(ct, (IMPLICIT,), (EXPLICIT,), presumed_refused=(JPEG,), refused=ALL[3:], preferred=IMPLICIT)
    server = SurveyedServer(SurveyResult(SurveyedPeer(HOST, 104, "PACS", "US"), (one,), TRANSFER_SYNTAXES))
    assert server.answer(CTImageStorage, [EXPLICIT]).words == "accepted, presumably in Explicit VR Little Endian"
    assert "refused, presumably" in server.answer(CTImageStorage, [JPEG]).words
