"""The local user of dulcimer's own upper layer: `UpperLayer` on a TCP stream, without association control."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from dulcimer import __version__
from dulcimer._generated.codes import ContextResult
from dulcimer._generated.fsm import EVENT_OF_PRIMITIVE, Events
from dulcimer.acse.negotiation import Context, request_pdu
from dulcimer.conformance.upper_tester.protocol import INDICATIONS, NotDoneError
from dulcimer.conformance.upper_tester.serving import Tell, main
from dulcimer.errors import DulcimerError, TransportError
from dulcimer.fsm.primitives import (
    AbortIndication,
    AbortRequest,
    AssociateAccept,
    AssociateConfirmation,
    AssociateIndication,
    AssociateReject,
    AssociateRequest,
    Indication,
    PAbortIndication,
    PDataIndication,
    PDataRequest,
    ReleaseConfirmation,
    ReleaseIndication,
    ReleaseRequest,
    ReleaseResponse,
    Request,
)
from dulcimer.transport.driver import Driver
from dulcimer.transport.listening import Listener, listen
from dulcimer.transport.tcp import open_connection
from dulcimer.upper_layer.provider import UpperLayer
from dulcimer.wire.model import (
    ApplicationContext,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    PresentationContextAc,
    UserInformation,
    VariableItem,
)

_HOST = "127.0.0.1"


class DulcimerUser:
    """Issues primitives to one `UpperLayer` at a time."""

    name = f"dulcimer {__version__}"
    tells = frozenset(INDICATIONS)

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._driver: Driver[Indication] | None = None
        self._request: AssociateRq | None = None
        self._server: Listener | None = None
        self._opening: asyncio.Task[None] | None = None

    async def listen(self) -> tuple[str, int]:
        """Accept connections on a free port of 127.0.0.1."""
        if self._server is None:
            self._server = await listen(lambda: self._new(is_requestor=False), _HOST, 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        return str(host), int(port)

    async def issue(self, primitive: str, parameters: Mapping[str, Any]) -> None:
        """Issue a primitive; raises NotDoneError if the state does not allow it."""
        event = EVENT_OF_PRIMITIVE[primitive]
        if event is Events.EVT_1:
            self._new(is_requestor=True)
        if self._driver is None:
            raise NotDoneError("there is no association")
        try:
            self._driver.send(self._primitive(event, parameters))
        except DulcimerError as error:
            raise NotDoneError(str(error)) from error
        if event is Events.EVT_1:
            self._opening = asyncio.create_task(
                self._open(self._driver, str(parameters["host"]), int(parameters["port"]))
            )

    async def reset(self) -> None:
        """Close the connection and forget the association."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
            self._opening = None
        driver, self._driver = self._driver, None
        if driver is not None and driver.stream is not None:
            driver.stream.close()

    def _new(self, *, is_requestor: bool) -> Driver[Indication]:
        driver: Driver[Indication] = Driver(
            UpperLayer(is_requestor=is_requestor), lambda primitive: self._indicate(driver, primitive)
        )
        self._driver, self._request = driver, None
        return driver

    async def _open(self, driver: Driver[Indication], host: str, port: int) -> None:
        try:
            await open_connection(driver, host, port)
        except TransportError:
            return  # the provider knows, and tells its user

    def _primitive(self, event: Events, parameters: Mapping[str, Any]) -> Request:
        match event:
            case Events.EVT_1:
                context = Context(str(parameters["abstract_syntax"]), (str(parameters["transfer_syntax"]),))
                titles = {"calling_ae_title": parameters["calling"], "called_ae_title": parameters["called"]}
                return AssociateRequest(request_pdu([context], **titles))
            case Events.EVT_7:
                return AssociateAccept(self._acceptance())
            case Events.EVT_8:
                values = (int(parameters[name]) for name in ("result", "source", "reason"))
                return AssociateReject(AssociateRj(*values))
            case Events.EVT_9:
                fragment = bytes.fromhex(parameters["fragment"])
                return PDataRequest([(int(parameters["context"]), int(parameters["header"]), fragment)])
            case Events.EVT_11:
                return ReleaseRequest()
            case Events.EVT_14:
                return ReleaseResponse()
            case _:
                return AbortRequest()

    def _acceptance(self) -> AssociateAc:
        request = self._request
        if request is None:
            raise NotDoneError("there is no association request to answer")
        items: list[VariableItem] = [ApplicationContext(request.application_context or "")]
        items += [
            PresentationContextAc.of(item.presentation_context_id, ContextResult.ACCEPTANCE, item.transfer_syntaxes[0])
            for item in request.presentation_contexts
        ]
        items += [item for item in request.variable_items if isinstance(item, UserInformation)]
        return AssociateAc(request.called_ae_title, request.calling_ae_title, tuple(items))

    def _indicate(self, driver: Driver[Indication], primitive: Indication) -> None:
        if driver is not self._driver:
            return
        match primitive:
            case AssociateIndication(pdu):
                self._request = pdu
                self._tell("A-ASSOCIATE indication")
            case AssociateConfirmation(AssociateAc()):
                self._tell("A-ASSOCIATE confirmation (accept)")
            case AssociateConfirmation(AssociateRj() as pdu):
                self._tell("A-ASSOCIATE confirmation (reject)", result=pdu.result, source=pdu.source, reason=pdu.reason)
            case PDataIndication():
                self._tell("P-DATA indication")
            case ReleaseIndication():
                self._tell("A-RELEASE indication")
            case ReleaseConfirmation():
                self._tell("A-RELEASE confirmation")
            case AbortIndication():
                self._tell("A-ABORT indication")
            case PAbortIndication():
                self._tell("A-P-ABORT indication")


if __name__ == "__main__":
    main(DulcimerUser)
