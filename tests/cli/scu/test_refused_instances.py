"""Instances that arrive but are not kept: `get` and `move` list them and end with 1, whatever the peer counts."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from dulcimer import evt
from dulcimer.learn.labs.messages import elements
from dulcimer.sop_class import CTImageStorage
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelMove as Move
from support.command_runs import invoke, lines_of, summary_of, words_of
from support.entities import ct, peer_that, scp, serving
from support.peers.processes import free_port
from support.raw_dimse import Raw, response

BAD = "../../1.2.3\x1b[2J"
STATUSES: list[Any] = []


def sends_what_is_no_uid(connection: socket.socket) -> None:
    """Sends one instance, ignores the answer, and reports success."""
    raw = Raw(connection)
    raw.accept()
    messages = raw.messages()
    for message in messages:
        request = message.command_set
        if request.command_field != 0x0010:
            continue
        store = {
            "affected_sop_class_uid": str(CTImageStorage),
            "command_field": 0x0001,
            "message_id": 1,
            "priority": 0,
            "command_data_set_type": 0,
            "affected_sop_instance_uid": BAD,
        }
        raw.send(elements(store), b"\x08\0\x18\0\6\0\0\x001.2.3\0", 3)
        answer = next(messages).command_set
        STATUSES.append((answer.value("status"), answer.value("error_comment")))
        counters = {"number_of_completed_suboperations": 1, "number_of_failed_suboperations": 0}
        raw.send(response(request, 0, counters), None, message.context_id)


@pytest.mark.parametrize("json", [[], ["--json"]], ids=["text", "json"])
def test_get_names_the_instance_that_it_refused(tmp_path: Path, json: list[str]) -> None:
    STATUSES.clear()
    with peer_that(sends_what_is_no_uid) as address:
        asked = ["-k", "StudyInstanceUID=1.2", "-od", str(tmp_path), "--sop-class", "CTImageStorage", *json]
        result = invoke("get", address, *asked)
    assert result.exit_code == 1
    assert STATUSES == [(0x0117, "'../../1.2.3/x1b[2J' is not a SOP Instance UID")]
    assert list(tmp_path.iterdir()) == []
    if json:
        assert lines_of(result)[0]["sop_instance_uid"] == BAD
        assert summary_of(result)["refused_sop_instance_uids"] == [BAD]
        assert summary_of(result)["complete"] is False
    else:
        assert "REFUSED ../../1.2.3\\x1b[2J: 0117H" in words_of(result.stdout)
        assert "1 completed, 0 failed, 1 refused here" in result.stdout


def test_move_names_the_instance_that_it_refused(tmp_path: Path) -> None:
    """A peer that counts refused instances as completed."""
    port = free_port()

    def move(event: Any) -> Any:
        yield "127.0.0.1", port
        yield 1
        yield 0xFF00, ct("1.02.3")

    peer = scp(Move)
    peer.add_requested_context(CTImageStorage)
    with serving(peer, [(evt.EVT_C_MOVE, move)]) as address:
        asked = ["-aet", "ME", "--store-port", str(port), "--store-dir", str(tmp_path), "-k", "StudyInstanceUID=1.2"]
        result = invoke("move", address, *asked)
    assert result.exit_code == 1
    assert "REFUSED 1.02.3: 0117H" in words_of(result.stdout)
