"""Strict behaviour that has an option or a workaround for peers that deviate."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from dulcimer.acse.negotiation import Context, answer_pdu, prefer
from dulcimer.archive.query.criteria import _MOST_ALTERNATIVES
from dulcimer.archive.store import Archive
from dulcimer.learn.labs.messages import elements
from dulcimer.sop_class import CTImageStorage
from dulcimer.transport.listening import listen
from dulcimer.wire.codec import encode
from dulcimer.wire.model import AssociateRq, ReleaseRq
from support.command_runs import invoke, words_of
from support.entities import peer_that, scp, serving
from support.raw_dimse import Raw, requesting, response

STATUSES: list[int] = []


def sends_without_a_role(connection: socket.socket) -> None:
    """Does not answer role selection, but sends an instance."""
    raw = Raw(connection)
    request = raw.receive()
    assert isinstance(request, AssociateRq)
    wanted = [Context(item.abstract_syntax or "", item.transfer_syntaxes) for item in request.presentation_contexts]
    pdu, _ = answer_pdu(request, prefer(wanted), choose_roles=lambda _uid, _roles: None)
    connection.sendall(encode(pdu))
    messages = raw.messages()
    for message in messages:
        store = {
            "affected_sop_class_uid": str(CTImageStorage),
            "command_field": 0x0001,
            "message_id": 1,
            "priority": 0,
            "command_data_set_type": 0,
            "affected_sop_instance_uid": "1.2.3",
        }
        raw.send(elements(store), b"\x08\0\x18\0\6\0\0\x001.2.3\0", 3)
        status = next(messages).command_set.value("status")
        STATUSES.append(status)
        counters = {"number_of_completed_suboperations": 1, "number_of_failed_suboperations": 0}
        raw.send(response(message.command_set, 0, counters), None, message.context_id)


@pytest.mark.clause("PS3.7 D.3.3.4")
@pytest.mark.parametrize(("options", "status", "exits"), [([], 0x0122, 1), (["--lenient-roles"], 0, 0)])
def test_get_takes_instances_without_a_role_if_asked_to(
    tmp_path: Path, options: list[str], status: int, exits: int
) -> None:
    STATUSES.clear()
    with peer_that(sends_without_a_role) as address:
        asked = ["-k", "StudyInstanceUID=1.2", "-od", str(tmp_path), "--sop-class", "CTImageStorage", *options]
        result = invoke("get", address, *asked)
    assert [status] == STATUSES
    assert result.exit_code == exits, result.output
    assert len(list(tmp_path.glob("*.dcm"))) == (status == 0)


def test_failed_query_ends_with_a_release() -> None:
    ended: list[Any] = []

    def act(connection: socket.socket) -> None:
        raw = Raw(connection)
        raw.accept()
        for message in raw.messages():
            raw.send(response(message.command_set, 0xA900, {"error_comment": "no"}), None, message.context_id)
        ended.append(raw.ended_by)

    with peer_that(act) as address:
        result = invoke("find", address, "-k", "PatientID")
    assert result.exit_code == 1
    assert "A900H" in words_of(result.output)
    assert [type(pdu) for pdu in ended] == [ReleaseRq]


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
def test_every_address_of_ipv6_means_those_of_ipv4_too() -> None:
    async def main() -> None:
        listener = await listen(lambda: None, "::", 0)  # type: ignore[arg-type,return-value]  # nobody connects
        try:
            (opened,) = listener.sockets
            assert opened.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 0
        finally:
            listener.close()

    asyncio.run(main())


def test_key_of_thousands_of_names_is_answered(tmp_path: Path) -> None:
    tmp_path.joinpath("archive").mkdir()
    with Archive(tmp_path / "archive") as archive:
        for count in (2, _MOST_ALTERNATIVES, _MOST_ALTERNATIVES + 1, 5000):
            wanted = Dataset()
            wanted.PatientName = [f"Doe^{number}" for number in range(count)]
            assert list(archive.find("STUDY", wanted)) == []


@pytest.mark.clause("PS3.7 9.3.1.1")
def test_request_without_data_set_type_ends_the_association_at_once() -> None:
    with serving(scp(CTImageStorage)) as address, requesting(address, CTImageStorage) as raw:
        values = {"affected_sop_class_uid": str(CTImageStorage), "command_field": 1, "message_id": 1, "priority": 0}
        raw.send(elements({**values, "affected_sop_instance_uid": "1.2.3"}))
        assert next(raw.messages(), None) is None
        assert raw.ended_by is not None
