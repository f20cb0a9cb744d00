"""The local user of pynetdicom's upper layer: its `DULServiceProvider` thread, without its association control."""

from __future__ import annotations

import asyncio
import queue
import socket
from collections.abc import Mapping
from typing import Any

import pynetdicom
from pydicom.uid import UID
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.pdu_primitives import (
    A_ABORT,
    A_ASSOCIATE,
    A_P_ABORT,
    A_RELEASE,
    P_DATA,
    ImplementationClassUIDNotification,
    MaximumLengthNotification,
)
from pynetdicom.presentation import PresentationContext, build_context, negotiate_as_acceptor
from pynetdicom.transport import AddressInformation, AssociationSocket

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME
from dulcimer._generated.fsm import ACTIONS, EVENT_OF_PRIMITIVE, TABLE, Events, States
from dulcimer.conformance.upper_tester.protocol import INDICATIONS, NotDoneError
from dulcimer.conformance.upper_tester.serving import Tell, main

_HOST = "127.0.0.1"
_POLL = 0.002
_MAXIMUM_LENGTH = 16382
_SETTLES = 1.0
"""Seconds within which the provider has to take a primitive, and to end."""


class PynetdicomUser:
    """Issues primitives to one `DULServiceProvider` at a time."""

    name = f"pynetdicom {pynetdicom.__version__}"
    # Data goes to the DIMSE service, past the queue of the user.
    tells = frozenset(INDICATIONS) - {"P-DATA indication"}

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._ae = AE()
        self._association: Any = None
        self._request: Any = None
        self._listener: socket.socket | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._watching: asyncio.Task[None] | None = None

    async def listen(self) -> tuple[str, int]:
        """Accept connections on a free port of 127.0.0.1."""
        if self._listener is None:
            self._listener = socket.create_server((_HOST, 0))
            self._listener.setblocking(False)
            self._tasks.append(asyncio.create_task(self._accept(self._listener)))
        host, port = self._listener.getsockname()[:2]
        return str(host), int(port)

    async def issue(self, primitive: str, parameters: Mapping[str, Any]) -> None:
        """Issue a primitive; raises NotDoneError if the state does not allow it."""
        event = EVENT_OF_PRIMITIVE[primitive]
        if event is Events.EVT_1:
            await self.reset()
            self._start("requestor", None)
        if self._association is None:
            raise NotDoneError("there is no association")
        await self._allowed(event)
        self._association.dul.send_pdu(self._primitive(event, parameters))
        await self._taken()

    async def _allowed(self, event: Events) -> None:
        """Wait for a state that allows it: the provider may not have acted yet on what it has taken from its queues."""
        for _ in range(int(_SETTLES / _POLL)):
            state = States.from_label(self._association.dul.state_machine.current_state)
            if (event, state) in TABLE:
                return
            await asyncio.sleep(_POLL)
        # The provider would end with an exception.
        raise NotDoneError(f"{event.label} is not allowed in {state.label}")

    async def _taken(self) -> None:
        """Wait until the provider has taken what was issued."""
        dul = self._association.dul
        for _ in range(int(_SETTLES / _POLL)):
            if not dul.is_alive() or dul.to_provider_queue.empty():
                return
            await asyncio.sleep(_POLL)

    async def reset(self) -> None:
        """Stop the provider and close its connection."""
        association, self._association = self._association, None
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
            self._watching = None
        if association is not None:
            association.dul.kill_dul()
            await asyncio.to_thread(association.dul.join, _SETTLES)
            found = association.dul.socket
            if found is not None and found.socket is not None:
                found.socket.close()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(listener)
            connection.setblocking(True)
            await self.reset()
            self._start("acceptor", connection)

    def _start(self, mode: str, connection: socket.socket | None) -> None:
        association: Any = Association(self._ae, mode)
        address = None if connection is not None else AddressInformation("", 0)
        association.set_socket(AssociationSocket(association, client_socket=connection, address=address))
        # The provider logs the address of the other end.
        association.requestor.address_info = association.acceptor.address_info = AddressInformation(_HOST, 0)
        association.dul.artim_timer.timeout = self._ae.acse_timeout
        association.dul.start()
        self._association, self._request = association, None
        self._watching = asyncio.create_task(self._watch(association))

    async def _watch(self, association: Any) -> None:
        """Report what the provider tells its user."""
        while True:
            try:
                primitive = association.dul.to_user_queue.get_nowait()
            except queue.Empty:
                await asyncio.sleep(_POLL)
                continue
            self._report(primitive)

    def _report(self, primitive: Any) -> None:
        match primitive:
            case A_ASSOCIATE() if primitive.result is None:
                self._request = primitive
                self._tell("A-ASSOCIATE indication")
            case A_ASSOCIATE() if primitive.result == 0:
                self._tell("A-ASSOCIATE confirmation (accept)")
            case A_ASSOCIATE():
                self._tell("A-ASSOCIATE confirmation (reject)")
            case A_RELEASE() if primitive.result is None:
                self._tell("A-RELEASE indication")
            case A_RELEASE():
                self._tell("A-RELEASE confirmation")
            case A_ABORT():
                self._tell("A-ABORT indication")
            case A_P_ABORT():
                self._tell("A-P-ABORT indication")

    def _primitive(self, event: Events, parameters: Mapping[str, Any]) -> Any:
        match event:
            case Events.EVT_1:
                return self._association_request(parameters)
            case Events.EVT_7 | Events.EVT_8:
                return self._response(event, parameters)
            case Events.EVT_9:
                data = P_DATA()
                fragment = bytes.fromhex(parameters["fragment"])
                value: Any = [int(parameters["context"]), bytes([int(parameters["header"])]) + fragment]
                data.presentation_data_value_list = [value]
                return data
            case Events.EVT_11:
                return A_RELEASE()
            case Events.EVT_14:
                release = A_RELEASE()
                release.result = "affirmative"
                return release
            case _:
                abort = A_ABORT()
                abort.abort_source = ACTIONS["AA-1"].outcomes[0].abort_sources[0]
                return abort

    def _association_request(self, parameters: Mapping[str, Any]) -> Any:
        request = A_ASSOCIATE()
        request.application_context_name = UID(APPLICATION_CONTEXT_NAME)
        request.calling_ae_title = parameters["calling"]
        request.called_ae_title = parameters["called"]
        request.calling_presentation_address = AddressInformation("", 0)
        request.called_presentation_address = AddressInformation(str(parameters["host"]), int(parameters["port"]))
        context = build_context(parameters["abstract_syntax"], parameters["transfer_syntax"])
        context.context_id = 1
        request.presentation_context_definition_list = [context]
        request.user_information = self._user_information()
        self._association.requestor.primitive = request
        return request

    def _response(self, event: Events, parameters: Mapping[str, Any]) -> Any:
        if self._request is None:
            raise NotDoneError("there is no association request to answer")
        response = A_ASSOCIATE()
        response.application_context_name = UID(APPLICATION_CONTEXT_NAME)
        response.calling_ae_title = self._request.calling_ae_title
        response.called_ae_title = self._request.called_ae_title
        if event is Events.EVT_8:
            response.result = int(parameters["result"])
            response.result_source = int(parameters["source"])
            response.diagnostic = int(parameters["reason"])
            return response
        response.result, response.result_source = 0, 1
        proposed: list[PresentationContext] = self._request.presentation_context_definition_list
        supported = [
            build_context(context.abstract_syntax or "", list(context.transfer_syntax)) for context in proposed
        ]
        contexts, _ = negotiate_as_acceptor(proposed, supported)
        response.presentation_context_definition_results_list = contexts
        response.user_information = self._user_information()
        return response

    def _user_information(self) -> list[Any]:
        length, implementation = MaximumLengthNotification(), ImplementationClassUIDNotification()
        length.maximum_length_received = _MAXIMUM_LENGTH
        implementation.implementation_class_uid = self._ae.implementation_class_uid
        return [length, implementation]


if __name__ == "__main__":
    main(PynetdicomUser)
