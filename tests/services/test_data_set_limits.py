"""Data sets beyond a limit: refused with the status for it before a handler is called, and logged."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from struct import pack
from typing import Any

import pytest

from dulcimer import AsyncAE, evt
from dulcimer.dimse import data_set
from dulcimer.dimse.budget import Budget
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.messages import COMMAND, LAST, MemorySink
from dulcimer.dimse.threads import AT_ONCE, in_thread
from dulcimer.learn.labs.messages import elements
from dulcimer.limits import DEFAULTS
from dulcimer.sop_class import (
    CTImageStorage,
    ModalityPerformedProcedureStep,
    StorageCommitmentPushModel,
    Verification,
)
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelMove as Move
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue
from support.entities import nothing_left, peer_that, query, scp, scu, serving
from support.raw_dimse import Raw, answering, requesting

CLASSES = (Verification, Find, Get, Move, StorageCommitmentPushModel, ModalityPerformedProcedureStep, CTImageStorage)
CONTEXT = {uid: 2 * number + 1 for number, uid in enumerate(CLASSES)}
ITEM = pack("<HHL", 0xFFFE, 0xE000, 0)
SMALL = replace(
    DEFAULTS,
    identifier_length=2000,
    identifier_elements=20,
    identifier_items=10,
    information_length=4000,
    information_elements=40,
    information_items=20,
    identifier_values=30,
    information_values=60,
    instance_length=8000,
    depth=3,
)


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


def value(tag: int, content: bytes) -> bytes:
    return pack("<HHL", tag >> 16, tag & 0xFFFF, len(content)) + content


def items(count: int) -> bytes:
    return value(0x00081110, ITEM * count)


def deep(levels: int) -> bytes:
    content = b""
    for _ in range(levels):
        content = value(0x00081110, pack("<HHL", 0xFFFE, 0xE000, len(content)) + content)
    return content


def request(field: int, sop_class: str, **more: Any) -> dict[str, Any]:
    name = "requested_sop_class_uid" if field in (0x0120, 0x0130) else "affected_sop_class_uid"
    return {
        "command_data_set_type": 0,
        "command_field": field,
        "message_id": 1,
        name: str(sop_class),
        **({"priority": 0} if field < 0x100 else {}),
        **more,
    }


REQUESTS = {
    "C-FIND": (request(0x0020, Find), CONTEXT[Find], 0xA700, "identifier"),
    "C-GET": (request(0x0010, Get), CONTEXT[Get], 0xA701, "identifier"),
    "C-MOVE": (request(0x0021, Move, move_destination="X"), CONTEXT[Move], 0xA701, "identifier"),
    "N-ACTION": (
        request(0x0130, StorageCommitmentPushModel, requested_sop_instance_uid="1.2", action_type_id=1),
        CONTEXT[StorageCommitmentPushModel],
        0x0213,
        "information",
    ),
    "N-CREATE": (
        request(0x0140, ModalityPerformedProcedureStep, affected_sop_instance_uid="1.2"),
        CONTEXT[ModalityPerformedProcedureStep],
        0x0213,
        "information",
    ),
    "N-SET": (
        request(0x0120, ModalityPerformedProcedureStep, requested_sop_instance_uid="1.2"),
        CONTEXT[ModalityPerformedProcedureStep],
        0x0213,
        "information",
    ),
}
BEYOND = {
    "length": value(0x00091001, bytes(4100)),
    "elements": value(0x00091001, b"") * 41,
    "items": items(21),
    "depth": deep(4),
    "values": value(0x00080018, b"1\\" * 61),
}
WITHIN = {
    "elements": value(0x00091001, b"") * 19,
    "items": items(10),
    "depth": deep(3),
    "values": value(0x00080018, b"1\\" * 30),
}


@pytest.fixture
def asked() -> list[str]:
    """The events whose handler read its data set."""
    return []


@pytest.fixture
def raw(asked: list[str]) -> Iterator[Raw]:
    def looked(event: evt.Event) -> None:
        names = ("identifier", "action_information", "attribute_list", "modification_list", "dataset")
        for name in names:
            try:
                getattr(event, name)
            except AttributeError:
                continue
            asked.append(event.name)

    def stored(event: evt.Event) -> int:
        looked(event)
        return 0

    def answered(event: evt.Event) -> Any:
        looked(event)
        return 0, None

    def found(event: evt.Event) -> Iterator[Any]:
        looked(event)
        yield from ()

    def sent(event: evt.Event) -> Iterator[Any]:
        looked(event)
        yield 0

    def moved(event: evt.Event) -> Iterator[Any]:
        looked(event)
        yield None, None

    handlers = [
        (evt.EVT_C_FIND, found),
        (evt.EVT_C_GET, sent),
        (evt.EVT_C_MOVE, moved),
        (evt.EVT_C_STORE, stored),
        *((event, answered) for event in (evt.EVT_N_ACTION, evt.EVT_N_CREATE, evt.EVT_N_SET)),
    ]
    with serving(scp(*CLASSES, limits=SMALL), handlers) as address, requesting(address, *CLASSES) as raw:
        yield raw


def status_of(answer: CommandSet | None) -> int:
    assert answer is not None
    return int(answer.value("status"))


@pytest.mark.clause("PS3.7 9.1.2.1.5")
@pytest.mark.parametrize("limit", BEYOND)
@pytest.mark.parametrize("name", REQUESTS)
def test_data_set_beyond_a_limit_is_refused_before_its_handler_is_asked(
    raw: Raw, asked: list[str], name: str, limit: str, caplog: pytest.LogCaptureFixture
) -> None:
    values, context_id, status, kind = REQUESTS[name]
    answer = raw.ask(values, BEYOND[limit], context_id)
    assert status_of(answer) == status
    assert asked == []
    told = "depth" if limit == "depth" else f"{kind}-{limit}"
    (line,) = [record.getMessage() for record in caplog.records if record.name == "dulcimer.services"]
    assert f"{name}-RQ is refused with status {status:04X}H" in line
    assert line.endswith(f"the limit is {told}")
    assert answer is not None
    assert line.partition("H: ")[2].startswith(answer.value("error_comment"))
    echo = {"command_field": 0x0030, "message_id": 2, "affected_sop_class_uid": str(Verification)}
    assert status_of(raw.ask(echo, None, CONTEXT[Verification])) == 0


@pytest.mark.parametrize("limit", WITHIN)
@pytest.mark.parametrize("name", REQUESTS)
def test_data_set_within_the_limits_is_handed_over(raw: Raw, asked: list[str], name: str, limit: str) -> None:
    values, context_id, status, _ = REQUESTS[name]
    assert status_of(raw.ask(values, WITHIN[limit], context_id)) != status
    assert asked


def test_instance_beyond_the_limit_of_memory_is_refused(raw: Raw, asked: list[str]) -> None:
    store = request(0x0001, CTImageStorage, affected_sop_instance_uid="1.2")
    data = value(0x00091001, bytes(8100))
    assert status_of(raw.ask(store, data, CONTEXT[CTImageStorage])) == 0xA700
    assert status_of(raw.ask(store, value(0x00100020, b"ID"), CONTEXT[CTImageStorage])) == 0
    assert asked == ["EVT_C_STORE"]


def test_instance_whose_data_set_is_asked_for_and_too_deep_is_refused(raw: Raw, asked: list[str]) -> None:
    store = request(0x0001, CTImageStorage, affected_sop_instance_uid="1.2")
    assert status_of(raw.ask(store, deep(4), CONTEXT[CTImageStorage])) == 0xA700
    assert asked == []


def test_all_messages_together_have_a_limit_and_give_back_what_they_took(asked: list[str]) -> None:
    def found(event: evt.Event) -> Iterator[Any]:
        asked.append(str(event.identifier.PatientID))
        yield from ()

    limits = replace(DEFAULTS, messages_length=3000)
    ae = scp(Find, limits=limits)
    find = elements(request(0x0020, Find))
    identifier = value(0x00100020, b"ID")
    with serving(ae, [(evt.EVT_C_FIND, found)]) as address:
        with requesting(address, Verification, Find) as other, requesting(address, Verification, Find) as raw:
            begun = [
                PresentationDataValue(3, COMMAND | LAST, find),
                PresentationDataValue(3, 0, value(0x00091001, bytes(2900))),
            ]
            other.connection.sendall(encode(PDataTf(tuple(begun))))
            echo = {"command_field": 0x0030, "message_id": 2, "affected_sop_class_uid": str(Verification)}
            # So that the other one's was received: its server answers in order.
            while ae._budget.taken < 2900:
                assert status_of(raw.ask(echo, None, 1)) == 0
            assert status_of(raw.ask(request(0x0020, Find), value(0x00091001, bytes(200)), 3)) == 0xA700
            assert status_of(raw.ask(request(0x0020, Find), identifier, 3)) == 0
            assert ae._budget.taken < 3000
            other.connection.sendall(encode(PDataTf((PresentationDataValue(3, LAST, identifier),))))
            answer = next(other.messages())
            assert status_of(answer.command_set) == 0
            assert status_of(raw.ask(request(0x0020, Find), value(0x00091001, bytes(200)) + identifier, 3)) == 0
    assert asked == ["ID"] * 3
    assert ae._budget.taken == 0


def test_sink_gives_back_what_it_took_when_nobody_has_it_any_more() -> None:
    budget = Budget(100)
    sinks = [MemorySink(budget=budget) for _ in range(3)]
    for sink in sinks:
        sink.write(bytes(40))
    assert [bool(sink.refused) for sink in sinks] == [False, False, True]
    assert budget.taken == 80
    del sinks[1], sink
    assert budget.taken == 40
    sinks[0].discard()
    assert budget.taken == 0


# The requestor


@pytest.mark.parametrize("limit", BEYOND)
def test_responses_beyond_a_limit_are_reported_and_not_decoded(limit: str, caplog: pytest.LogCaptureFixture) -> None:
    def answers(command: CommandSet) -> Sequence[tuple[bytes, bytes | None]]:
        answer = {
            "command_field": 0x8020,
            "message_id_being_responded_to": command.value("message_id"),
            "affected_sop_class_uid": str(Find),
        }
        pending = elements({**answer, "command_data_set_type": 0, "status": 0xFF00})
        return [
            (pending, BEYOND[limit]),
            (pending, value(0x00100020, b"ID")),
            (elements({**answer, "command_data_set_type": 0x0101, "status": 0}), None),
        ]

    with peer_that(answering(answers)) as address:
        association = scu(Find, limits=SMALL).associate(*address)
        found = list(association.send_c_find(query(PatientID=""), Find))
        association.release()
    assert [data and data.PatientID for _, data in found] == [None, "ID", None]
    assert "the limit is " in caplog.text


# The event loop


async def _find_with_async_handler(identifier: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[set[str], list[int]]:
    """The threads that decoded, and how many attributes the handler saw."""
    threads: set[str] = set()
    seen: list[int] = []
    real = data_set.decode_data_set

    def decode(*args: Any, **keywords: Any) -> Any:
        threads.add(threading.current_thread().name)
        return real(*args, **keywords)

    monkeypatch.setattr("dulcimer.services.request_handlers.decode_data_set", decode)
    monkeypatch.setattr("dulcimer.events.event.decode_data_set", decode)

    async def found(event: evt.Event) -> AsyncIterator[Any]:
        seen.append(len(event.identifier))
        nothing: tuple[Any, ...] = ()
        for never in nothing:
            yield never

    ae = AsyncAE("SCP")
    ae.add_supported_context(Find)
    server = await ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, found)])
    async with server:

        def ask() -> int:
            with requesting(server.server_address, Find) as raw:
                return status_of(raw.ask(request(0x0020, Find), identifier))

        assert await asyncio.to_thread(ask) == 0
    return threads, seen


def test_large_identifier_is_decoded_outside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    identifier = b"".join(value(0x00090000 + number, b"") for number in range(0x100, 0x100 + 1000))
    threads, seen = asyncio.run(_find_with_async_handler(identifier, monkeypatch))
    assert seen == [1000]
    assert threads
    assert all(name.startswith("dulcimer-work") for name in threads)


def test_small_identifier_is_decoded_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    threads, seen = asyncio.run(_find_with_async_handler(value(0x00100020, b"ID"), monkeypatch))
    assert seen == [1]
    assert threads == {threading.main_thread().name}


def test_no_more_than_a_few_are_decoded_at_once_even_if_nobody_waits_for_them() -> None:
    async def run() -> int:
        running = most = 0
        lock = threading.Lock()
        go = threading.Event()

        def work() -> None:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            go.wait(10)
            with lock:
                running -= 1

        tasks = [asyncio.create_task(in_thread(work)) for _ in range(10)]
        while running < AT_ONCE:
            await asyncio.sleep(0)
        for task in tasks[:5]:  # as when an association ends
            task.cancel()
        await asyncio.gather(*tasks[:5], return_exceptions=True)
        go.set()
        await asyncio.gather(*tasks[5:])
        return most

    assert asyncio.run(run()) == AT_ONCE
