"""Local values that do not fit their field on the wire are refused, with its name and range; nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dulcimer import AE, evt
from dulcimer._generated.commands import CEchoRq
from dulcimer.acse.negotiation import Context, request_pdu
from dulcimer.dimse.dialogue import Dialogue
from dulcimer.sop_class import CTImageStorage, Verification
from dulcimer.sop_class import StorageCommitmentPushModel as Commitment
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelMove as Move
from dulcimer.wire.codec import encode
from dulcimer.wire.model import (
    Abort,
    AssociateRj,
    AsynchronousOperationsWindow,
    ImplementationVersionName,
    PDataTf,
    PresentationDataValue,
    ScpScuRoleSelection,
    SopClassExtendedNegotiation,
    UserIdentity,
)
from support.entities import ct, nothing_left, query, scp, scu, serving

UID = str(Verification)
IMPLICIT = "1.2.840.10008.1.2"


def request(*items: Any, contexts: int = 1, syntaxes: int = 1, abstract: str = UID, **values: Any) -> bytes:
    titles = {"calling_ae_title": "US", "called_ae_title": "THEM", **values}
    return encode(request_pdu([Context(abstract, (IMPLICIT,) * syntaxes)] * contexts, user_items=items, **titles))


FITS: dict[str, Callable[[], bytes]] = {
    "presentation contexts": lambda: request(contexts=128),
    "AE title": lambda: request(calling_ae_title="A" * 16),
    "maximum length": lambda: request(maximum_length=0xFFFFFFFF),
    "operations window": lambda: request(AsynchronousOperationsWindow(65535, 65535)),
    "extended negotiation": lambda: request(SopClassExtendedNegotiation(UID, bytes(65_000))),
    "user identity": lambda: request(UserIdentity(1, b"x" * 65_000, b"", 0)),
    "P-DATA": lambda: encode(PDataTf((PresentationDataValue(255, 3, b"ab"),))),
}
TOO_MUCH: dict[str, tuple[Callable[[], bytes], str]] = {
    "presentation contexts": (lambda: request(contexts=129), "1 to 128 presentation contexts"),
    "AE title": (lambda: request(calling_ae_title="A" * 17), "calling_ae_title: .*at most 16"),
    "maximum length": (lambda: request(maximum_length=1 << 32), "maximum_length_received: .*0 to 4294967295"),
    "maximum length below": (lambda: request(maximum_length=-1), "maximum_length_received: .*0 to 4294967295"),
    "operations window": (
        lambda: request(AsynchronousOperationsWindow(65536, 1)),
        "maximum_number_operations_invoked: .*0 to 65535",
    ),
    "extended negotiation": (
        lambda: request(SopClassExtendedNegotiation(UID, bytes(70_000))),
        "item_length: .*too many for a length field of 2 bytes",
    ),
    "user information": (
        lambda: request(*[SopClassExtendedNegotiation(UID, bytes(40_000))] * 2),
        r"variable_items\[2\].item_length: .*too many for a length field of 2 bytes",
    ),
    "presentation context item": (lambda: request(syntaxes=4000), r"variable_items\[1\].item_length: .*too many"),
    "SOP class of a role": (lambda: request(ScpScuRoleSelection("1" * 70_000, 1, 1)), "uid_length: .*too many"),
    "role": (lambda: request(ScpScuRoleSelection("1.2", 256, 1)), "scu_role: .*0 to 255"),
    "user name": (lambda: request(UserIdentity(2, b"x" * 70_000, b"", 0)), "primary_field_length: .*too many"),
    "passcode": (lambda: request(UserIdentity(2, b"", b"x" * 70_000, 0)), "secondary_field_length: .*too many"),
    "kind of user identity": (lambda: request(UserIdentity(256, b"x", b"", 0)), "user_identity_type: .*0 to 255"),
    "version name": (lambda: request(ImplementationVersionName("x" * 70_000)), "item_length: .*too many"),
    "abstract syntax": (lambda: request(abstract="1" * 70_000), "item_length: .*too many"),
    "context ID": (lambda: encode(PDataTf((PresentationDataValue(256, 0, b"ab"),))), "context_id: .*0 to 255"),
    "control header": (lambda: encode(PDataTf((PresentationDataValue(1, 256, b"ab"),))), "control_header: .*0 to 255"),
    "abort": (lambda: encode(Abort(256, 0)), "source: .*0 to 255"),
    "rejection": (lambda: encode(AssociateRj(1, 1, 256)), "reason: .*0 to 255"),
}


@pytest.mark.parametrize("field", FITS)
def test_greatest_value_of_a_field_is_written(field: str) -> None:
    assert FITS[field]()


@pytest.mark.clause("PS3.8 9.3.1")
@pytest.mark.parametrize("field", TOO_MUCH)
def test_value_that_a_field_of_a_pdu_cannot_hold_is_refused_by_name(field: str) -> None:
    build, words = TOO_MUCH[field]
    with pytest.raises(ValueError, match=words):
        build()


@pytest.fixture(scope="module")
def association() -> Iterator[Any]:
    handlers = [(evt.EVT_C_STORE, lambda event: 0)]
    with nothing_left(), serving(scp(CTImageStorage, Find, Move, Commitment), handlers) as address:
        with scu(CTImageStorage, Find, Move, Commitment).associate(*address) as opened:
            yield opened
            assert opened.send_c_echo().Status == 0  # after all that was refused


MESSAGES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "message ID": (lambda a: a.send_c_echo(msg_id=65_536), "message ID is 0 to 65535"),
    "message ID below": (lambda a: a.send_c_store(ct(), msg_id=-1), "message ID is 0 to 65535"),
    "priority": (lambda a: a.send_c_store(ct(), priority=3), "priority"),
    "originator": (lambda a: a.send_c_store(ct(), originator_aet="X" * 17), "originator_aet.*16"),
    "originator's message": (lambda a: a.send_c_store(ct(), originator_id=65_536), "Originator Message ID.*65535"),
    "destination": (lambda a: list(a.send_c_move(query(PatientID="1"), "X" * 17, Move)), "move_aet.*16"),
    "type of action": (lambda a: a.send_n_action(query(), 65_536, Commitment, "1.2"), "Action Type ID.*0 to 65535"),
    "type of event": (lambda a: a.send_n_event_report(query(), -1, Commitment, "1.2"), "Event Type ID.*0 to 65535"),
    "attribute": (lambda a: a.send_n_get([1 << 32], Commitment, "1.2"), "tags of 4 bytes"),
    "cancelled message": (lambda a: a.send_c_cancel(65_536, 1), "Being Responded To.*0 to 65535"),
    "context of a cancel": (lambda a: a.send_c_cancel(1, 256), "presentation context 256 was not accepted"),
    "US of a data set": (lambda a: a.send_c_store(ct(Rows=70_000)), "the data set: cannot be written: .*0028,0010"),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.clause("PS3.7 E.1")
@pytest.mark.parametrize("field", MESSAGES)
def test_value_that_a_message_cannot_hold_is_refused_by_name(association: Any, field: str) -> None:
    send, words = MESSAGES[field]
    with pytest.raises(ValueError, match=words):
        send(association)
    assert association.is_established


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.clause("PS3.5 7.1.2")
def test_text_too_long_for_a_length_of_two_bytes_goes_out_with_one_of_four(association: Any) -> None:
    assert association.send_c_store(ct(PatientComments="x" * 70_000)).Status == 0


def test_message_ids_begin_again_and_end_when_all_are_taken() -> None:
    dialogue = Dialogue(_Negotiated()).own
    assert [dialogue.next_message_id() for _ in range(65_535)] == list(range(1, 65_536))
    assert dialogue.next_message_id() == 1
    for number in range(1, 65_536):
        dialogue.expect(_Receiver(number))
    with pytest.raises(ValueError, match="65535 operations are under way"):
        dialogue.next_message_id()
    dialogue.finish(77)
    assert dialogue.next_message_id() == 77
    assert dialogue.next_message_id(5) == 77


class _Negotiated:
    accepted_contexts = (1,)
    invoke_window = perform_window = 1


class _Receiver:
    def __init__(self, number: int) -> None:
        self.request = CEchoRq(affected_sop_class_uid=UID, message_id=number)

    def is_final(self, status: int) -> bool:
        return True


def test_settings_of_an_entity_are_as_wide_as_their_fields() -> None:
    ae = AE("A")
    for value in (-1, 1 << 32):
        with pytest.raises(ValueError, match=r"maximum_pdu_size.*0 to 4294967295"):
            ae.maximum_pdu_size = value
    for number in range(128):
        ae.add_requested_context(f"1.2.{number}")
    with pytest.raises(ValueError, match="128 contexts"):
        ae.add_requested_context("1.2.128")
