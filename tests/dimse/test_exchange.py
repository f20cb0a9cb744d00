"""Operations side by side, several answers, cancel and the end, between two exchanges in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from tempfile import TemporaryFile
from typing import Any

import pytest

from dulcimer._generated.commands import CCancelRq, CEchoRq, CEchoRsp, CFindRq, CFindRsp, CGetRq, CGetRsp
from dulcimer._generated.fsm import States
from dulcimer.acse.driven import DrivenAssociation
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.dimse import command_set
from dulcimer.dimse.exchange import Exchange
from dulcimer.dimse.messages import COMMAND, LAST, DataSource, MemorySink, Message
from dulcimer.dimse.operation import Operation
from dulcimer.dimse.user import Answers, ExchangeUser, Handler
from dulcimer.errors import AssociationAborted, AssociationTimeout
from dulcimer.limits import DEFAULTS
from dulcimer.transport.memory import MemoryStream
from dulcimer.upper_layer import UpperLayer
from dulcimer.wire.codec import encode
from dulcimer.wire.model import AssociateRq, PDataTf, PresentationDataValue
from support.associations import AC, RQ
from support.entities import PATIENCE

CLASS = "1.2.840.10008.1.1"
MOST_UNREAD = DEFAULTS.unread_length
_NO_OPERATION = 0xFFFF
"""A message ID that no request here has."""


ACCEPTED = AcceptedContext(1, CLASS, "1.2.840.10008.1.2")


class User(ExchangeUser):
    """Accepts every association, and answers with the handler."""

    def __init__(self, handle: Handler) -> None:
        self.handle = handle

    def on_request(self, association: DrivenAssociation, request: AssociateRq) -> None:
        association.accept(AC, [ACCEPTED], request)

    def answer(self, message: Message, request: Any) -> Answers:
        return self.handle(message, request)


class Pair:
    """Two exchanges joined in memory; `deliver` moves what is on its way."""

    def __init__(self, handle: Handler, *, window: int = 1, dimse_timeout: float | None = 10.0) -> None:
        self.left, self.right = MemoryStream.pair()
        self._window = window
        self.user = Exchange(
            partial(DrivenAssociation, UpperLayer(is_requestor=True)), User(echoed), dimse_timeout=dimse_timeout
        )
        self.provider = Exchange(partial(DrivenAssociation, UpperLayer(is_requestor=False)), User(handle))
        self.requestor, self.acceptor = self.user.association, self.provider.association
        self.requestor.control.request(RQ, 0.0)
        self.requestor.upper_layer.open_requested = False
        self.right.attach(self.acceptor.driver)
        self.left.attach(self.requestor.driver)
        self.deliver()

    def deliver(self) -> None:
        """Deliver from now on, until `delivering` is cancelled."""
        self.delivering = asyncio.get_running_loop().create_task(self._deliver())

    async def _deliver(self) -> None:
        while True:
            self.left.deliver()
            self.right.deliver()
            await asyncio.sleep(0)

    async def arrived(self) -> None:
        """Wait until all that the user has sent has arrived: messages keep their order, and a C-CANCEL is the last."""
        await self.user.send(1, CCancelRq(message_id_being_responded_to=_NO_OPERATION))
        while _NO_OPERATION not in self.provider.cancelled:
            await asyncio.sleep(0)
        self.provider.cancelled.remove(_NO_OPERATION)

    async def __aenter__(self) -> Pair:
        while not self.requestor.is_established:
            await asyncio.sleep(0)
        self.requestor.control.accepted_contexts = {1: ACCEPTED}
        self.requestor.control.invoke_window = self.acceptor.control.perform_window = self._window
        return self

    async def __aexit__(self, *_: object) -> None:
        self.delivering.cancel()
        self.deliver()  # the test may have stopped it
        self.requestor.abort()
        await self.acceptor.ended
        await self.provider.finish(1.0)
        self.delivering.cancel()
        for association in (self.requestor, self.acceptor):
            association.driver.disconnected(None)


def run(body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await body()

    asyncio.run(bounded())


def echo(message_id: int) -> CEchoRq:
    return CEchoRq(affected_sop_class_uid=CLASS, message_id=message_id)


def echoed(_: Message, request: CEchoRq) -> CEchoRsp:
    return answer(request)


def answer(request: CEchoRq, status: int = 0) -> CEchoRsp:
    return CEchoRsp(message_id_being_responded_to=request.message_id, status=status)


class Gate:
    """A handler whose answers wait until the test releases them."""

    def __init__(self) -> None:
        self.waiting: dict[int, asyncio.Event] = {}
        self.most = 0

    async def __call__(self, _: Message, request: CEchoRq) -> CEchoRsp:
        event = self.waiting[request.message_id] = asyncio.Event()
        self.most = max(self.most, len(self.waiting))
        await event.wait()
        del self.waiting[request.message_id]
        return answer(request, request.message_id)

    async def until(self, count: int) -> None:
        while len(self.waiting) < count:
            await asyncio.sleep(0)


@pytest.mark.clause("PS3.8 E.1")
def test_messages_sent_side_by_side_leave_one_after_the_other() -> None:
    large = bytes(3 << 20)

    async def body() -> None:
        sizes: list[int] = []

        def take(message: Message, request: CFindRq) -> CFindRsp:
            assert isinstance(message.data, MemorySink)
            sizes.append(len(message.data.getvalue()))
            return CFindRsp(message_id_being_responded_to=request.message_id, status=0)

        async with Pair(take, window=4) as pair:
            requests = [CFindRq(affected_sop_class_uid=CLASS, message_id=number, priority=0) for number in range(1, 5)]
            with TemporaryFile(buffering=0) as file:
                file.write(large)
                sources = [DataSource(file, 0, len(large)) for _ in requests[:1]]
                data: list[DataSource | bytes] = [sources[0], large, bytes(10), large]
                await asyncio.gather(
                    *(pair.user.request(1, request, piece) for request, piece in zip(requests, data, strict=True))
                )
        assert sorted(sizes) == sorted([len(large), len(large), 10, len(large)])

    run(body)


@pytest.mark.clause("PS3.7 9.3.3")
@pytest.mark.parametrize("get", [True, False])
def test_response_to_a_get_has_time_while_instances_come(get: bool) -> None:
    """Another operation gets no extra time: messages for others do not show that it is being performed."""
    timeout, pause, rounds = 2.0, 0.7, 4

    async def body() -> None:
        provider: list[Exchange] = []

        async def perform(message: Message, request: CGetRq | CFindRq) -> CGetRsp | CFindRsp:
            for number in range(rounds):
                await asyncio.sleep(pause)
                await provider[0].request(1, echo(100 + number))
            answer = CGetRsp if get else CFindRsp
            return answer(message_id_being_responded_to=request.message_id, status=0)

        async with Pair(perform, dimse_timeout=timeout) as pair:
            provider.append(pair.provider)
            kind = CGetRq if get else CFindRq
            operation = pair.user.request(1, kind(affected_sop_class_uid=CLASS, message_id=1, priority=0))
            if get:
                assert (await operation).command_set.value("status") == 0
            else:
                with pytest.raises(AssociationTimeout):
                    await operation

    run(body)


@pytest.mark.clause("PS3.7 D.3.3.3")
def test_operations_side_by_side_are_matched_though_answered_out_of_order() -> None:
    async def body() -> None:
        gate = Gate()
        async with Pair(gate, window=8) as pair:
            pair.acceptor.control.perform_window = 12  # the requestor observes the window
            tasks = [asyncio.create_task(pair.user.request(1, echo(number))) for number in range(1, 13)]
            await gate.until(8)
            await pair.arrived()
            assert gate.most == 8
            while not all(task.done() for task in tasks):
                if gate.waiting:
                    gate.waiting[max(gate.waiting)].set()
                await asyncio.sleep(0)
            for number, task in enumerate(tasks, 1):
                assert task.result().command_set.value("status") == number

    run(body)


def test_without_a_window_operations_go_one_by_one() -> None:
    async def body() -> None:
        gate = Gate()
        async with Pair(gate) as pair:
            tasks = [asyncio.create_task(pair.user.request(1, echo(number))) for number in (1, 2, 3)]
            while not all(task.done() for task in tasks):
                for event in gate.waiting.values():
                    event.set()
                await asyncio.sleep(0)
            assert gate.most == 1

    run(body)


def test_requests_beyond_the_window_wait_their_turn() -> None:
    async def body() -> None:
        gate = Gate()
        async with Pair(gate) as pair:
            pair.requestor.control.invoke_window = 0
            tasks = [asyncio.create_task(pair.user.request(1, echo(number))) for number in range(1, 31)]
            while not all(task.done() for task in tasks):
                for event in gate.waiting.values():
                    event.set()
                await asyncio.sleep(0)
            assert gate.most == 1

    run(body)


def test_message_id_of_an_operation_under_way_is_not_used_again() -> None:
    async def body() -> None:
        gate = Gate()
        async with Pair(gate, window=0) as pair:
            first = asyncio.create_task(pair.user.request(1, echo(1)))
            await gate.until(1)
            with pytest.raises(ValueError, match="under way"):
                await pair.user.request(1, echo(1))
            assert pair.user.own.next_message_id() == 2
            gate.waiting[1].set()
            await first

    run(body)


def test_peer_that_uses_a_message_id_twice_is_reported() -> None:
    async def body() -> None:
        gate = Gate()
        async with Pair(gate, window=0) as pair:
            first = asyncio.create_task(pair.user.request(1, echo(1)))
            await gate.until(1)
            operation = pair.user.own.outstanding[1]
            await pair.user.send(1, echo(1))
            assert isinstance(operation, Operation)
            while not operation._responses:
                await asyncio.sleep(0)
            assert (await first).command_set.value("status") == 0x0210

    run(body)


async def matches(request: CFindRq, count: int) -> AsyncIterator[tuple[CFindRsp, bytes | None]]:
    for number in range(count):
        yield CFindRsp(message_id_being_responded_to=request.message_id, status=0xFF00), b"%02d" % number
    yield CFindRsp(message_id_being_responded_to=request.message_id, status=0), None


def test_answers_come_one_after_the_other_with_their_data() -> None:
    async def body() -> None:
        async with Pair(lambda _, request: matches(request, 20)) as pair:
            request = CFindRq(affected_sop_class_uid=CLASS, message_id=1, priority=0)
            found = []
            async with pair.user.operation(1, request, b"ab") as operation:
                while (response := await operation.next()).command_set.value("status"):
                    assert isinstance(response.data, MemorySink)
                    found.append(response.data.getvalue())
            assert found == [b"%02d" % number for number in range(20)]
            assert response.data is None

    run(body)


@pytest.mark.clause("PS3.7 9.3.2.3")
def test_cancel_reaches_the_operation_and_is_forgotten_at_its_end() -> None:
    seen: list[bool] = []

    async def body() -> None:
        async def find(request: CFindRq) -> AsyncIterator[tuple[CFindRsp, bytes | None]]:
            while request.message_id not in pair.provider.cancelled:
                yield CFindRsp(message_id_being_responded_to=request.message_id, status=0xFF00), b"ab"
                await asyncio.sleep(0)
            seen.append(True)
            yield CFindRsp(message_id_being_responded_to=request.message_id, status=0xFE00), None

        async with Pair(lambda _, request: find(request)) as pair:
            request = CFindRq(affected_sop_class_uid=CLASS, message_id=5, priority=0)
            async with pair.user.operation(1, request, b"ab") as operation:
                await operation.next()
                await pair.user.send(1, CCancelRq(message_id_being_responded_to=5))
                while (response := await operation.next()).command_set.value("status") == 0xFF00:
                    pass
            assert response.command_set.value("status") == 0xFE00
            while pair.provider.cancelled:
                await asyncio.sleep(0)
            await pair.user.send(1, CCancelRq(message_id_being_responded_to=99))
            assert seen == [True]

    run(body)


def test_handler_that_fails_is_a_status_and_the_association_lives() -> None:
    async def body() -> None:
        async def fail(_: Message, request: CEchoRq) -> CEchoRsp:
            if request.message_id == 1:
                raise ZeroDivisionError
            return answer(request)

        async with Pair(fail) as pair:
            assert (await pair.user.request(1, echo(1))).command_set.value("status") == 0x0110
            assert (await pair.user.request(1, echo(2))).command_set.value("status") == 0

    run(body)


def test_release_waits_for_the_answers_under_way() -> None:
    async def body() -> None:
        gate = Gate()
        async with Pair(gate) as pair:
            task = asyncio.create_task(pair.user.request(1, echo(1)))
            await gate.until(1)
            release = asyncio.create_task(pair.requestor.release())
            while pair.acceptor.is_established:
                await asyncio.sleep(0)
            assert pair.acceptor.state is States.STA_8  # the A-RELEASE-RQ was received and waits for its answer
            gate.waiting[1].set()
            assert (await task).command_set.value("status") == 1
            await release

    run(body)


def test_end_of_the_association_fails_what_is_outstanding() -> None:
    async def body() -> None:
        gate = Gate()
        async with Pair(gate) as pair:
            task = asyncio.create_task(pair.user.request(1, echo(1)))
            await gate.until(1)
            pair.acceptor.abort()
            with pytest.raises(AssociationAborted):
                await task
            with pytest.raises(AssociationAborted):
                await pair.user.request(1, echo(2))

    run(body)


def test_answer_that_does_not_come_in_time_aborts() -> None:
    async def body() -> None:
        async with Pair(Gate(), dimse_timeout=0.02) as pair:
            with pytest.raises(AssociationTimeout) as caught:
                await pair.user.request(1, echo(1))
            assert caught.value.seconds == 0.02
            assert not pair.requestor.is_established

    run(body)


def requests(count: int) -> bytes:
    """The bytes of so many C-ECHO requests in a row."""
    fragment = command_set.encode(echo(1), has_data_set=False)
    return count * encode(PDataTf((PresentationDataValue(1, COMMAND | LAST, fragment),)))


def test_answers_that_nobody_takes_stop_the_reading_and_after_a_time_the_association(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def body() -> None:
        handled = 0

        def count(_: Message, request: CEchoRq) -> CEchoRsp:
            nonlocal handled
            handled += 1
            return answer(request)

        async with Pair(count) as pair:
            pair.provider.dimse_timeout = 0.05
            pair.delivering.cancel()
            pair.left.write([requests(20_000)])
            while pair.acceptor.is_established:
                pair.right.deliver()
                await asyncio.sleep(0)
                assert pair.right.backlog < 2 * MOST_UNREAD
            assert 0 < handled < 2 * MOST_UNREAD / 50
            pair.deliver()
            await pair.acceptor.wait_ended(None)
            assert pair.acceptor.end is not None
            assert isinstance(pair.acceptor.end.error, AssociationTimeout)

    run(body)
    told = [record.message for record in caplog.records if record.message.startswith("aborting")]
    assert told == ["aborting, the peer read none of its answers for 0.05 s"]


def test_answers_that_are_taken_late_go_on_and_none_is_lost() -> None:
    async def body() -> None:
        handled = 0

        def count(_: Message, request: CEchoRq) -> CEchoRsp:
            nonlocal handled
            handled += 1
            return answer(request)

        async with Pair(count) as pair:
            pair.delivering.cancel()
            pair.left.write([requests(2_000)])
            while handled < 2_000:
                before = handled
                pair.right.deliver()
                for _ in range(5):
                    await asyncio.sleep(0)
                if handled == before:  # it waits until we read what was sent
                    assert pair.right.backlog > MOST_UNREAD
                    pair.left.deliver()
            assert pair.acceptor.is_established
            pair.deliver()

    run(body)


def test_few_requests_wait_for_their_turn_however_many_a_peer_sends() -> None:
    async def body() -> None:
        gate = Gate()
        async with Pair(gate) as pair:
            pair.left.write([requests(5_000)])
            await gate.until(1)
            for _ in range(100):
                await asyncio.sleep(0)
            assert len(pair.provider.dialogue.peer._waiting) < 20
            pair.acceptor.abort()  # from us: a release by the peer would wait behind its requests

    run(body)


def test_where_the_window_has_no_limit_we_have_one() -> None:
    async def body() -> None:
        gate = Gate()
        async with Pair(gate, window=0) as pair:
            tasks = [asyncio.create_task(pair.user.request(1, echo(number))) for number in range(1, 301)]
            await gate.until(256)
            for _ in range(100):
                await asyncio.sleep(0)
            assert gate.most == 256
            while not all(task.done() for task in tasks):
                for event in gate.waiting.values():
                    event.set()
                await asyncio.sleep(0)

    run(body)


def fragment(count: int, header: int) -> bytes:
    return encode(PDataTf((PresentationDataValue(1, header, bytes(count)),)))


def test_fragments_without_end_are_no_activity_and_those_that_bring_something_are() -> None:
    async def body() -> None:
        async with Pair(lambda _, request: matches(request, 0)) as pair:
            acceptor = pair.acceptor

            async def is_active_after(*data: bytes) -> bool:
                before = acceptor.control.active_at
                await asyncio.sleep(0.001)
                pair.left.write(data)
                while pair.left._other._arriving:
                    await asyncio.sleep(0)
                return acceptor.control.active_at > before

            request = CFindRq(affected_sop_class_uid=CLASS, message_id=1, priority=0)
            assert not await is_active_after(fragment(0, COMMAND), fragment(0, COMMAND), fragment(0, COMMAND))
            command = command_set.encode(request, has_data_set=True)
            whole = encode(PDataTf((PresentationDataValue(1, COMMAND | LAST, command),)))
            assert not await is_active_after(whole)
            assert not await is_active_after(fragment(0, 0), fragment(2, 0), fragment(0, 0))
            assert await is_active_after(fragment(4096, 0))
            assert not await is_active_after(fragment(2048, 0))
            assert await is_active_after(fragment(2048, 0))
            assert await is_active_after(fragment(2, LAST))

    run(body)


def test_a_peer_that_sends_empty_fragments_for_ever_is_given_up() -> None:
    async def body() -> None:
        async with Pair(lambda _, request: answer(request)) as pair:
            pair.acceptor.control.network_timeout = 0.05
            pair.acceptor.restart_network_timeout()
            while pair.acceptor.is_established:
                pair.left.write([fragment(0, COMMAND)])
                await asyncio.sleep(0)

    run(body)


def test_end_for_what_is_no_message_is_reported_once_and_nothing_behind_it_is_performed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    performed: list[int] = []

    def handle(_: Message, request: CEchoRq) -> CEchoRsp:
        performed.append(request.message_id)
        return answer(request)

    async def body() -> None:
        async with Pair(handle) as pair:
            good = command_set.encode(echo(7), has_data_set=False)
            values = [PresentationDataValue(1, COMMAND | LAST, data) for data in (b"nothing", b"no message", good)]
            pair.left.write([encode(PDataTf((value,))) for value in values])
            await pair.requestor.ended

    run(body)
    assert performed == []
    assert [record.getMessage().partition(",")[0] for record in caplog.records if record.levelname == "WARNING"] == [
        "aborting"
    ]
