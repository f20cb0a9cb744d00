"""Errors in a user's own code are reported at once, briefly, and to the right end."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import traceback
from queue import Queue
from typing import Any

import pytest
from pydicom.dataset import Dataset

from dulcimer import AE, ServiceUser, evt
from dulcimer.errors import TransportError
from dulcimer.logging_setup import of_user
from dulcimer.sop_class import CTImageStorage, PatientRootQueryRetrieveInformationModelFind, Verification
from support.entities import ct, scp, scu, serving

PROGRAM = """
    import logging
    import sys
    from dulcimer import AE, evt
    from dulcimer.sop_class import Verification

    {setup}
    def echo(event):
        return wanted(event)

    def wanted(event):
        return {{}}["my bug"]

    scp, scu = AE("SCP"), AE("SCU")
    scp.add_supported_context(Verification)
    scu.add_requested_context(Verification)
    server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_ECHO, echo)])
    association = scu.associate(*server.server_address)
    print(hex(association.send_c_echo().Status))
    association.release()
    server.shutdown()
    scu.associate("127.0.0.1", 1)
"""


def run_program(setup: str) -> tuple[str, str]:
    program = textwrap.dedent(PROGRAM).format(setup=setup)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip(), done.stderr


def test_fault_in_a_handler_is_on_standard_error_and_nothing_else_is() -> None:
    status, error = run_program("")
    assert status == "0x110"
    assert error.splitlines()[0] == "dulcimer: the handler of C-ECHO-RQ failed"
    assert error.splitlines()[-1] == "KeyError: 'my bug'"
    assert [line.split(", in ")[1] for line in error.splitlines() if line.startswith("  File")] == ["echo", "wanted"]


@pytest.mark.parametrize(
    "setup", ["logging.basicConfig()", "logging.getLogger('dulcimer').addHandler(logging.StreamHandler())"]
)
def test_program_that_has_set_up_logging_gets_the_fault_there_alone(setup: str) -> None:
    _, error = run_program(setup)
    assert error.count("KeyError: 'my bug'") == 1
    assert "dulcimer: the handler" not in error


def test_traceback_without_a_frame_of_the_user_is_none() -> None:
    with pytest.raises(TypeError) as raised:
        AE().add_requested_context(5)  # type: ignore[arg-type]  # wrong on purpose
    trace = raised.value.__traceback__
    assert trace is not None
    assert of_user(trace) is trace
    assert of_user(trace.tb_next) is None


@pytest.mark.parametrize(
    ("bound", "error"),
    [
        ((evt.EVT_C_ECHO, 5), "5 cannot be called"),
        ((evt.EVT_C_ECHO,), r"\(event, handler\)"),
        (5, r"\(event, handler\)"),
        ((evt.EVT_C_ECHO, print, 5), "are a list, not 5"),
    ],
)
def test_what_can_be_no_handler_is_refused_where_it_is_bound(bound: Any, error: str) -> None:
    with pytest.raises(TypeError, match=error):
        scp(Verification).start_server(("127.0.0.1", 0), block=False, evt_handlers=[bound])


@pytest.mark.parametrize("text", ["not a uid", "CTImageStorage", "1.2.840.10008.1.1a", "1,2"])
def test_what_can_be_no_uid_is_refused_where_it_is_added(text: str) -> None:
    entity = AE()
    for add in (entity.add_requested_context, entity.add_supported_context):
        with pytest.raises(ValueError, match="is not a UID"):
            add(text)
        with pytest.raises(ValueError, match="is not a UID"):
            add(Verification, [text])
    assert (entity.requested_contexts, entity.supported_contexts) == ([], [])
    entity.add_requested_context("1.02.3")  # violates PS3.8 Annex F, but peers use such UIDs


@pytest.mark.parametrize("value", [5, None, b"CT_small.dcm", object()])
def test_what_cannot_be_stored_is_refused_with_what_can(value: Any) -> None:
    with serving(scp(CTImageStorage)) as address, scu(CTImageStorage).associate(*address) as association:
        with pytest.raises(TypeError, match="takes a pydicom Dataset or the path of a DICOM file, not"):
            association.send_c_store(value)


def test_context_that_we_did_not_propose_is_not_put_on_the_peer() -> None:
    with serving(scp(Verification)) as address, scu(Verification).associate(*address) as association:
        with pytest.raises(ValueError, match="was not proposed: add it to the requested contexts") as raised:
            association.send_c_find(Dataset(), PatientRootQueryRetrieveInformationModelFind)
        assert "Patient Root Query/Retrieve Information Model - FIND" in str(raised.value)
        with pytest.raises(ValueError, match=r"CT Image Storage .* was not proposed: add it"):
            association.send_c_store(ct())


def test_association_shows_its_ends_and_its_state() -> None:
    seen: Queue[str] = Queue()
    heard = [(evt.EVT_ESTABLISHED, lambda event: seen.put(repr(event.assoc)))]
    with serving(scp(Verification), heard) as address:
        association = scu(Verification).associate(*address, ae_title="PACS")
        where = f"127.0.0.1 port {address[1]}"
        assert repr(association) == f"<Association of SCU with PACS at {where}, established>"
        theirs = seen.get(timeout=60)  # the handler has a thread of its own: a release meanwhile would be seen in it
        association.release()
        assert repr(association) == f"<Association of SCU with PACS at {where}, released>"
    assert seen.empty()
    assert theirs.startswith("<Association of SCU at 127.0.0.1 port ")
    assert theirs.endswith(" with PACS, established>")
    lost = scu(Verification).associate("127.0.0.1", 1)
    assert repr(lost).startswith(
        "<Association of SCU with ANY-SCP at 127.0.0.1 port 1, aborted: 127.0.0.1 port 1 refuses"
    )


def test_traceback_of_a_blocking_call_has_no_frame_of_the_event_loop() -> None:
    with pytest.raises(TransportError) as raised:
        ServiceUser([Verification], called_ae_title="PACS").connect("127.0.0.1:1")
    text = "".join(traceback.format_exception(raised.value))
    assert "asyncio" not in text
    assert len(text.splitlines()) <= 25
    assert "The association was requested with PACS at 127.0.0.1 port 1, as DULCIMER." in text
