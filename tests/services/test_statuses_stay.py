"""The status of a handler is sent, whatever else it gives: comments, counters, elements that do not fit."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from dulcimer import AE, build_role, evt
from dulcimer._generated.commands import CFindRq, CGetRq, NActionRq
from dulcimer.dimse import command_set
from dulcimer.dimse.command_values import comment
from dulcimer.services.replies import STATUS_OF_WRONG_TYPE, reply, status_elements
from dulcimer.sop_class import CTImageStorage
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from support.entities import ct, nothing_left, query, scp, scu, serving


@pytest.fixture
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


def status(code: int, **elements: Any) -> Dataset:
    made = Dataset()
    made.Status = code
    with warnings.catch_warnings(action="ignore"):
        for name, value in elements.items():
            setattr(made, name, value)
    return made


@given(st.text(max_size=200))
def test_comment_is_a_value_of_lo_in_the_default_repertoire(text: str) -> None:
    made = comment(text)
    assert len(made) <= 64
    assert made.isascii()
    assert "\\" not in made
    assert made == "" or made.isprintable()
    if text.isascii() and text.isprintable() and "\\" not in text:
        assert made == text[:64].strip(" ")


@pytest.mark.clause("PS3.7 C")
@given(
    st.sampled_from([0, 0xA700, 0xB000, 0xC123, 0x0110]),
    st.text(max_size=100),
    st.integers(-10, 1 << 20),
    st.integers(0, 1 << 17),
)
def test_status_goes_out_with_what_fits_beside_it(code: int, text: str, error_id: int, counter: int) -> None:
    for request in (
        CGetRq(affected_sop_class_uid="1.2", message_id=1, priority=0),
        CFindRq(affected_sop_class_uid="1.2", message_id=1, priority=0),
        NActionRq(
            requested_sop_class_uid="1.2", message_id=1, requested_sop_instance_uid="1.2.3", action_type_id=error_id & 7
        ),
    ):
        elements = status_elements(status(code, ErrorComment=text))
        elements |= {"error_id": error_id, "number_of_completed_suboperations": counter}
        message = reply(request, elements)
        decoded = command_set.decode(command_set.encode(message, has_data_set=False))
        assert decoded.value("status") == code
        assert decoded.value("error_comment") == (comment(text) or None)
        assert decoded.value("error_id") == (error_id if 0 <= error_id <= 0xFFFF else None)
        if isinstance(request, CGetRq):
            assert decoded.value("number_of_completed_suboperations") == (counter if counter <= 0xFFFF else None)
        assert not decoded.deviations


@pytest.mark.parametrize("given", [0x10000, -1, 1 << 40])
def test_status_that_is_no_number_of_two_bytes_is_of_the_wrong_type(given: int) -> None:
    assert status_elements(given) == {"status": STATUS_OF_WRONG_TYPE}


@pytest.mark.usefixtures("tidy")
@pytest.mark.parametrize("given", ["x" * 500, "нет места", "tab\tand\nline", "C:\\full\\disk", "\x00\x1b[2J"])
def test_comment_of_a_handler_does_not_change_its_status(given: str) -> None:
    handlers = [(evt.EVT_C_STORE, lambda event: status(0xA700, ErrorComment=given))]
    with serving(scp(CTImageStorage), handlers) as address, scu(CTImageStorage).associate(*address) as association:
        answer = association.send_c_store(ct())
    assert answer.Status == 0xA700
    assert answer.get("ErrorComment", "") == comment(given)


@pytest.mark.usefixtures("tidy")
@pytest.mark.clause("PS3.4 C.4.3.3.1")
@pytest.mark.parametrize(
    ("number", "sent", "pending"),
    [(65_537, 3, [65_535, 65_534]), (65_536, 2, [65_535, 65_534]), (70_000, 2, []), (2, 2, [1, 0])],
)
def test_pending_responses_that_cannot_count_are_not_sent(number: int, sent: int, pending: list[int]) -> None:
    """The instances are sent all the same, with the counters that fit."""
    received: list[str] = []

    def get(event: Any) -> Iterator[Any]:
        yield number
        for one in range(sent):
            yield 0xFF00, ct(f"1.2.3.{one}")
        yield 0xFE00, None

    def stored(event: Any) -> int:
        received.append(event.request.AffectedSOPInstanceUID)
        return 0

    peer = scp(Get)
    peer.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
    user: AE = scu(Get, CTImageStorage)
    roles = [build_role(CTImageStorage, scu_role=True, scp_role=True)]
    with serving(peer, [(evt.EVT_C_GET, get)]) as address:
        with user.associate(*address, ext_neg=roles, evt_handlers=[(evt.EVT_C_STORE, stored)]) as association:
            answers = [answer for answer, _ in association.send_c_get(query(StudyInstanceUID="1.2"), Get)]
    assert len(received) == sent
    assert [answer.NumberOfRemainingSuboperations for answer in answers[:-1]] == pending
    assert answers[-1].Status == 0xFE00
    assert answers[-1].NumberOfCompletedSuboperations == sent
    left = number - sent
    assert answers[-1].get("NumberOfRemainingSuboperations") == (left if left <= 0xFFFF else None)


@pytest.mark.usefixtures("tidy")
@pytest.mark.clause("PS3.5 6.1")
def test_match_that_its_character_set_cannot_say_is_a_failure_and_no_other_match() -> None:
    def find(event: Any) -> Iterator[Any]:
        match = Dataset()
        match.SpecificCharacterSet = "ISO_IR 100"
        match.PatientName = event.identifier.PatientID
        yield 0xFF00, match

    with serving(scp(Find), [(evt.EVT_C_FIND, find)]) as address, scu(Find).associate(*address) as association:
        for name, codes in (("Muller", [0xFF00, 0]), ("Müller", [0xFF00, 0]), ("Иванов", [0xC312])):
            asked = query(PatientID=name)
            asked.SpecificCharacterSet = "ISO_IR 192"
            answers = list(association.send_c_find(asked, Find))
            assert [answer.Status for answer, _ in answers] == codes
            assert all(match is None or match.PatientName == name for _, match in answers)
