"""`dulcimer survey` as a user sees it: its table, its files, its exit statuses, and the examples of its page."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from dulcimer import AE
from dulcimer.ae.blocking.server import AssociationServer
from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.diagnosis.survey.document import read_document
from dulcimer.sop_class import CTImageStorage, MRImageStorage, Verification
from support.command_runs import invoke, words_of
from support.peers.processes import HOST, free_port

GUIDE = (Path(__file__).parents[3] / "docs" / "guide" / "survey.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^\$ (dulcimer survey .*)$", GUIDE, re.MULTILINE)
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
NARROW = {"COLUMNS": "80"}


@pytest.fixture
def archive() -> Iterator[AssociationServer]:
    entity = AE("PACS")
    entity.require_called_aet = True
    entity.add_supported_context(Verification)
    entity.add_supported_context(CTImageStorage, [IMPLICIT, EXPLICIT])
    server = entity.start_server((HOST, 0), block=False)
    assert server is not None
    yield server
    server.shutdown()


def test_the_table_says_what_is_accepted_and_how_that_is_known(archive: AssociationServer) -> None:
    result = invoke("survey", archive.server_address, "-aec", "PACS", env=NARROW)
    assert result.exit_code == 0
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    assert re.search(r"^  CT Image Storage +A +SCU$", result.stdout, re.MULTILINE)
    assert "Storage: 1 of 184 accepted" in result.stdout
    assert "All 11,925 pairs of a SOP class and a transfer syntax were tried." in words_of(result.stdout)


def test_json_can_be_read_back(archive: AssociationServer) -> None:
    result = invoke("survey", archive.server_address, "-aec", "PACS", "--json")
    found = read_document(json.loads(result.stdout))
    assert {one.sop_class.uid for one in found.accepted} == {Verification, CTImageStorage}


def test_what_has_changed_since_an_earlier_survey_fails_the_command(archive: AssociationServer, tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    first = invoke("survey", archive.server_address, "-aec", "PACS", "-q", "-o", str(before))
    same = invoke("survey", archive.server_address, "-aec", "PACS", "--compare", str(before))
    text = before.read_text()
    assert first.output == ""
    assert (same.exit_code, same.stdout) == (0, f"Nothing has changed since {before}.\n")
    document = json.loads(text)
    for one in document["sop_classes"]:
        if one["uid"] in (CTImageStorage, MRImageStorage):
            one["accepted"], one["result"], one["preferred"] = not one["accepted"], 3, EXPLICIT
            one |= {"roles": None, "extended_negotiation": None}
            one["transfer_syntaxes"] = {"accepted": [EXPLICIT]} if one["accepted"] else {}
    before.write_text(json.dumps(document))
    changed = invoke("survey", archive.server_address, "-aec", "PACS", "--compare", str(before))
    assert changed.exit_code == ExitStatus.PEER_FAILED
    assert "CT Image Storage: refused before, now accepted" in changed.stdout
    assert "MR Image Storage: accepted before, now refused" in changed.stdout


def test_the_statement_can_be_printed(archive: AssociationServer) -> None:
    result = invoke("survey", archive.server_address, "-aec", "PACS", "--markdown", "-")
    assert result.exit_code == 0
    assert f"| CT Image Storage | {CTImageStorage} | Set A | SCP | None |" in result.stdout


def test_identities_are_tried_when_that_is_asked_for(archive: AssociationServer) -> None:
    result = invoke("survey", archive.server_address, "-aec", "PACS", "--identities", "--json")
    found = read_document(json.loads(result.stdout))
    assert len(found.identities) == 5
    assert len({one.outcome for one in found.identities}) == 1
    assert not any(one.is_confirmed for one in found.identities)


def test_a_rejection_is_explained_as_by_other_commands(archive: AssociationServer) -> None:
    result = invoke("survey", archive.server_address, "-aec", "WRONG")
    assert result.exit_code == ExitStatus.PEER_FAILED
    assert "it is not called WRONG (-aec)" in words_of(result.stderr)


def test_a_peer_that_is_not_there_is_not_reached() -> None:
    assert invoke("survey", (HOST, free_port())).exit_code == ExitStatus.UNREACHABLE


@pytest.mark.parametrize("text", ["{}", "not json", "[1]"])
def test_a_file_that_is_no_survey_is_a_usage_error(text: str, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(text)
    result = invoke("survey", (HOST, 1), "--compare", str(file))
    assert result.exit_code == ExitStatus.USAGE
    assert "--compare" in result.output


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_page_are_understood(
    example: str, archive: AssociationServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    invoke("survey", archive.server_address, "-aec", "PACS", "-q", "-o", "pacs.json")
    words = shlex.split(example)[4:]
    result = invoke("survey", archive.server_address, "-aec", "PACS", *words)
    assert result.exit_code == 0, result.output
