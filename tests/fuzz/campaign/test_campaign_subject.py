"""What a report says before the first batch: what is reachable, what watches, what does not, and what is not tried."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dulcimer._generated.fsm import TABLE
from dulcimer.ae.simple.tls_config import TLSConfig
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.campaign.calibrating import Calibration
from dulcimer.fuzz.campaign.result import CalibrationResult
from dulcimer.fuzz.campaign.setup import TargetSetup
from dulcimer.fuzz.campaign.subject import corpus_of, subject_of
from dulcimer.fuzz.engine.settle import SettleTiming
from dulcimer.fuzz.operators.catalogue import all_campaign_pairs
from dulcimer.fuzz.sequences.planner import Planner
from dulcimer.fuzz.sequences.steps import SendBytes, TargetRole
from support.fuzz.targets.running import request

KNOWN = Calibration(CalibrationResult(20, 20), SettleTiming(), maximum=16384)
THERE = TargetSetup(host="127.0.0.1", port=11112)
SPAWNED = TargetSetup(command=("my-pacs", "--port", "{port}"))
WITH_FILES = TargetSetup(command=("my-pacs", "--port", "{port}", "{dir}"), version="1.0")
CLIENT = TargetSetup("requestor", command=("my-client", "{host}", "{port}"), patience=4.0)


def watched(setup: TargetSetup) -> str:
    return " ".join(subject_of(setup, KNOWN).watched)


def not_watched(setup: TargetSetup) -> str:
    return " ".join(subject_of(setup, KNOWN).not_watched)


@pytest.mark.parametrize("setup", [THERE, SPAWNED, WITH_FILES, CLIENT])
def test_cells_are_either_drivable_or_there_is_a_reason(setup: TargetSetup) -> None:
    subject = subject_of(setup, KNOWN)
    assert subject.drivable == set(Planner(setup.role).scripts)
    assert not subject.drivable & set(subject.undrivable)
    assert subject.drivable | set(subject.undrivable) == set(TABLE)
    assert subject.all_pairs == all_campaign_pairs()
    assert (subject.host, subject.port, subject.calibration) == (setup.host, setup.port, KNOWN.result)
    assert subject.target == setup.target


def test_server_that_runs_already_is_watched_by_what_it_sends_only() -> None:
    assert "C-ECHO" in watched(THERE)
    assert "process" not in watched(THERE)
    assert "Its process, memory, descriptors and threads: it was not started here" in not_watched(THERE)
    assert "Where it writes files" in not_watched(THERE)


def test_server_that_is_started_here_is_watched_as_a_process() -> None:
    assert "Its process: how it ends" in watched(SPAWNED)
    assert "Reports of sanitizers" in watched(SPAWNED)
    assert not_watched(SPAWNED) == "Where it writes files: {dir} is not in its command."


def test_directory_of_a_server_is_watched_if_it_has_one() -> None:
    assert "Files outside the place where valid sequences put theirs." in watched(WITH_FILES)
    assert not_watched(WITH_FILES) == ""


def test_client_is_watched_for_signals_and_for_its_end_in_time() -> None:
    assert "a signal is a crash; its exit status is not judged" in watched(CLIENT)
    assert "within 4 seconds after its connection is closed" in watched(CLIENT)
    assert "C-ECHO" not in watched(CLIENT)
    assert not_watched(CLIENT) == "Its memory and descriptors: each client lives for one connection."


def test_what_is_not_tried_is_told() -> None:
    def not_tried(setup: TargetSetup, calibration: Calibration = KNOWN) -> tuple[str, ...]:
        return subject_of(setup, calibration).not_tried

    above = "PDUs above the announced maximum length: the target has announced none."
    tls = "The TLS handshake: only what is inside TLS is changed."
    assert above not in not_tried(THERE)
    assert above in not_tried(THERE, replace(KNOWN, maximum=0))
    assert above not in not_tried(CLIENT, replace(KNOWN, maximum=0))
    assert tls not in not_tried(THERE)
    assert tls in not_tried(replace(THERE, tls=TLSConfig()))


@pytest.mark.parametrize(("setup", "role"), [(THERE, "acceptor"), (CLIENT, "requestor")])
def test_corpus_at_the_beginning_has_different_sequences_for_this_role(setup: TargetSetup, role: TargetRole) -> None:
    corpus = corpus_of(setup, replace(KNOWN, maximum=0))
    assert len({sequence.digest for sequence in corpus}) == len(corpus) > 20
    assert {sequence.role for sequence in corpus} == {role}


def test_requests_in_the_corpus_have_the_titles_of_the_campaign() -> None:
    corpus = corpus_of(replace(THERE, titles=Titles("MODALITY", "ARCHIVE")), KNOWN)
    first = [step.data for one in corpus for step in one.steps[:1] if isinstance(step, SendBytes)]
    requests = [data for data in first if data[0] == 1]
    assert len(requests) > 20
    called = {data[10:26] for data in requests}
    assert called == {b"ARCHIVE".ljust(16)}
    assert request()[10:26] not in called


def test_sequence_above_the_maximum_is_there_for_a_server_that_has_announced_one() -> None:
    with_maximum, without = (corpus_of(THERE, replace(KNOWN, maximum=maximum)) for maximum in (16384, 0))
    (longer,) = set(with_maximum) - set(without)
    assert set(without) < set(with_maximum)
    assert any(len(step.data) > 16384 + 6 for step in longer.steps if isinstance(step, SendBytes))
