"""The user of an association: its defaults, and a user that delegates to another one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from dulcimer.acse.driven import AssociationUser, DrivenAssociation
from dulcimer.acse.end import AssociationEnd, Over
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.errors import AssociationAborted
from dulcimer.fsm.primitives import PDataRequest, ReleaseConfirmation
from dulcimer.transport.memory import MemoryStream, settle
from dulcimer.upper_layer import UpperLayer
from dulcimer.wire.model import AssociateAc, AssociateRq
from selftest import clock
from support.associations import AC, DATA, RQ

ACCEPTED = AcceptedContext(1, "1.2.840.10008.1.1", "1.2.840.10008.1.2")


class Accepting(AssociationUser):
    """Accepts, and otherwise has the defaults of a user."""

    def on_request(self, association: DrivenAssociation, request: AssociateRq) -> None:
        association.accept(AC, [ACCEPTED], request)


class Noting(AssociationUser):
    """Notes the events, and delegates them to another user."""

    def __init__(self, user: AssociationUser) -> None:
        self.user = user
        self.told: list[object] = []

    def on_request(self, association: DrivenAssociation, request: AssociateRq) -> None:
        self.told.append("requested")
        self.user.on_request(association, request)

    def on_accepted(self, association: DrivenAssociation, answer: AssociateAc) -> None:
        self.told.append("accepted")
        self.user.on_accepted(association, answer)

    def on_over(self, association: DrivenAssociation, end: AssociationEnd) -> None:
        self.told.append(end.how)
        self.user.on_over(association, end)

    def on_closed(self, association: DrivenAssociation) -> None:
        self.told.append("closed")
        self.user.on_closed(association)


class Pair:
    """Two associations in memory."""

    def __init__(self, acceptor: AssociationUser) -> None:
        self.mine = Noting(AssociationUser())
        self.requestor = DrivenAssociation(UpperLayer(is_requestor=True), self.mine)
        self.theirs = Noting(acceptor)
        self.acceptor = DrivenAssociation(UpperLayer(is_requestor=False), self.theirs)
        self.requestor.control.request(RQ, 0.0)
        self.requestor.control.open_requested = False
        self.left, self.right = MemoryStream.pair()
        self.right.attach(self.acceptor.driver)
        self.left.attach(self.requestor.driver)
        self.settle()

    def settle(self) -> None:
        settle(self.left, self.right)


def run(body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    # No time passes: a driver that has used up its turn would leave the rest for later, when nothing is delivered.
    clock.run(body())


def test_request_to_a_user_that_says_nothing_is_aborted() -> None:
    async def body() -> None:
        pair = Pair(AssociationUser())
        assert pair.theirs.told == ["requested", Over.ABORTED, "closed"]
        assert pair.mine.told == [Over.ABORTED, "closed"]
        assert pair.requestor.end is not None
        assert isinstance(pair.requestor.end.error, AssociationAborted)
        assert pair.requestor.end.error.unanswered

    run(body)


def test_release_is_confirmed_by_a_user_that_says_nothing() -> None:
    async def body() -> None:
        pair = Pair(Accepting())
        release = asyncio.create_task(pair.requestor.release())
        indication = asyncio.create_task(pair.requestor.next_indication(None))
        await asyncio.sleep(0)
        pair.settle()
        await release
        assert await indication == ReleaseConfirmation()
        assert await pair.requestor.next_indication(None) is None  # none can come now
        assert pair.mine.told == ["accepted", Over.RELEASED, "closed"]
        assert pair.theirs.told == ["requested", Over.RELEASED, "closed"]
        await pair.requestor.release()  # it is over already

    run(body)


def test_data_for_a_user_that_says_nothing_are_the_end() -> None:
    async def body() -> None:
        pair = Pair(Accepting())
        pair.requestor.driver.send(PDataRequest(DATA))
        pair.settle()
        assert pair.acceptor.end is not None
        assert pair.acceptor.end.how is Over.ABORTED
        assert pair.mine.told == ["accepted", Over.ABORTED, "closed"]

    run(body)


def test_release_that_the_peer_aborts_raises_the_error_of_the_end() -> None:
    async def body() -> None:
        pair = Pair(Accepting())
        release = asyncio.create_task(pair.requestor.release())
        await asyncio.sleep(0)
        pair.acceptor.abort()
        pair.settle()
        for again in (release, asyncio.create_task(pair.requestor.release())):
            with pytest.raises(AssociationAborted) as caught:
                await again
            assert pair.requestor.end is not None
            assert caught.value is pair.requestor.end.error

    run(body)
