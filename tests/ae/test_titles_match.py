"""Only the spaces around AE titles are ignored when they are compared (PS3.5 6.2, PS3.8 9.3.2)."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from dulcimer import evt
from dulcimer.acse.negotiation import Context, request_pdu
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelMove as Move
from dulcimer.sop_class import Verification
from dulcimer.wire.codec import encode
from dulcimer.wire.model import AssociateAc, AssociateRj
from support.entities import PATIENCE, scp, serving
from support.raw_dimse import IMPLICIT, Raw, requesting

SPACES = ["SCP", "SCP   ", "  SCP", " SCP  "]
OTHERS = ["SCP\t", "\tSCP", "SCP\r\n", "SCP\xa0", "\xa0SCP", "SCP\x85", "SCP\0", "S CP", "scp", "SCP\x0b", "SCP\x1c"]


def answer_to(address: Any, called: str, calling: str) -> Any:
    pdu = encode(request_pdu([Context(Verification, (IMPLICIT,))], calling_ae_title="AAAAAA", called_ae_title="BBBBBB"))
    pdu = pdu.replace(b"AAAAAA".ljust(16), calling.encode("latin-1").ljust(16))
    pdu = pdu.replace(b"BBBBBB".ljust(16), called.encode("latin-1").ljust(16))
    with socket.create_connection(address[:2], PATIENCE) as connection:
        connection.settimeout(PATIENCE)
        connection.sendall(pdu)
        return Raw(connection).receive()


@pytest.mark.clause("PS3.8 9.3.2")
@pytest.mark.parametrize("required", ["called", "calling"])
def test_only_spaces_around_a_title_mean_nothing(required: str) -> None:
    settings: dict[str, Any] = (
        {"require_called_aet": True} if required == "called" else {"require_calling_aet": ["SCP"]}
    )
    with serving(scp(**settings)) as address:
        for title in SPACES + OTHERS:
            titles = (title, "SCU") if required == "called" else ("SCP", title)
            answer = answer_to(address, *titles)
            if title in SPACES:
                assert isinstance(answer, AssociateAc), title
            else:
                assert isinstance(answer, AssociateRj), title
                assert answer.reason == (7 if required == "called" else 3)


@pytest.mark.clause("PS3.7 9.3.4.1")
def test_move_destination_may_be_padded_with_nul_and_has_no_other_characters() -> None:
    asked: list[str] = []

    def move(event: Any) -> Any:
        asked.append(event.move_destination)
        yield None, None

    request = {
        "affected_sop_class_uid": str(Move),
        "command_field": 0x0021,
        "message_id": 1,
        "priority": 0,
    }
    with serving(scp(Move), [(evt.EVT_C_MOVE, move)]) as address, requesting(address, Move) as raw:
        for destination in (b"THERE ", b" THERE", b"THERE\0", b"THERE\0\0\0", b"THERE\t"):
            answer = raw.ask({**request, "move_destination": destination}, b"\x08\0\x52\0\6\0\0\0STUDY ")
            assert answer is not None
            assert answer.value("status") == 0xA801
        answer = raw.ask({**request, "move_destination": b"A\\B "}, b"\x08\0\x52\0\6\0\0\0STUDY ")
        assert answer is not None
        assert answer.value("status") == 0x0212
        assert "2 values" in answer.value("error_comment")
    assert asked == ["THERE", "THERE", "THERE", "THERE", "THERE\t"]
