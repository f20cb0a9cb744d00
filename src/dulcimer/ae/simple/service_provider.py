"""A service class provider made of callbacks, modelled on go-netdicom's `ServiceProvider`."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from dulcimer import events as evt
from dulcimer._generated.services import SERVICE_CLASSES, STORAGE_SOP_CLASSES
from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH
from dulcimer.ae.blocking.association import Association
from dulcimer.ae.blocking.entity import AE
from dulcimer.ae.blocking.server import AssociationServer
from dulcimer.ae.core.addresses import Address, host_and_port
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.ae.simple import callbacks
from dulcimer.ae.simple.callbacks import EchoCallback, FindCallback, RetrieveCallback, StoreCallback
from dulcimer.ae.simple.tls_config import TLSConfig, client_side, server_side
from dulcimer.presentation import ALL_TRANSFER_SYNTAXES
from dulcimer.proposals.presentation_context import PresentationContext
from dulcimer.services.verification import VERIFICATION
from dulcimer.upper_layer.fault_injection import FaultInjector

MOST_ASSOCIATIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProviderParams:
    """The AE title, callbacks and settings of a service provider. Lengths in bytes, 0 means no limit.

    A SOP class is accepted if there is a callback for it: storage for `c_store` and `c_get`, the models of
    Query/Retrieve and worklists for `c_find`, `c_move` and `c_get`; verification always. `sop_classes` are accepted,
    too. Callbacks run in their own threads. To answer with a failure they raise OperationFailed with the
    status; any other exception is logged and answered with a failure status. After a cancel by the peer an iterator
    is not read any further.

    `remote_aes` has the addresses of C-MOVE destinations, by AE title. `move_contexts` are proposed to them, by
    default storage without compression, with `move_tls_config`. `fault_injector` injects
    faults into the associations that are accepted.
    """

    ae_title: str = "DULCIMER"
    c_echo: EchoCallback | None = None
    c_store: StoreCallback | None = None
    c_find: FindCallback | None = None
    c_move: RetrieveCallback | None = None
    c_get: RetrieveCallback | None = None
    remote_aes: Mapping[str, Address] = field(default_factory=dict)
    tls_config: TLSConfig | ssl.SSLContext | None = None
    sop_classes: Sequence[str] = ()
    move_contexts: Sequence[PresentationContext] = ()
    move_tls_config: TLSConfig | ssl.SSLContext | None = None
    require_called_ae_title: bool = False
    maximum_associations: int = MOST_ASSOCIATIONS
    maximum_length: int = DEFAULT_MAXIMUM_LENGTH
    timeouts: Timeouts = field(default_factory=Timeouts)
    fault_injector: FaultInjector | None = None


class ServiceProvider:
    """Serves associations on an address, `host:port`, by default on a free port of this machine alone.

    The address is bound at once; `run` serves until `close`, a `with` block serves inside. Raises TransportError if the
    address cannot be listened on, ValueError for parameters that are not valid.
    """

    def __init__(self, params: ServiceProviderParams, address: Address = "127.0.0.1:0") -> None:
        self.params = params
        self._ae, handlers = _entity(params)
        self._server: AssociationServer = self._ae.make_server(
            host_and_port(address), ssl_context=server_side(params.tls_config), evt_handlers=handlers
        )

    @property
    def listen_addr(self) -> tuple[str, int]:
        """Host and port that it listens on."""
        return self._server.server_address

    @property
    def active_associations(self) -> list[Association]:
        """The associations that are open."""
        return self._server.active_associations

    def run(self) -> None:
        """Serve until `close` is called or the program is interrupted (Ctrl-C)."""
        try:
            self._server.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            self.close()

    def start(self) -> None:
        """Serve in the background until `close` is called."""
        self._server.start()

    def close(self) -> None:
        """Stop accepting associations, and abort those that are open."""
        self._server.shutdown()

    shutdown = close

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def run_provider_for_conn(connection: socket.socket, params: ServiceProviderParams) -> None:
    """Serve one association on a connection that a peer has opened, until it is over; then the connection is closed.

    With a `tls_config`, first does the TLS handshake on it. Raises TransportError if that fails.
    """
    if isinstance(connection, ssl.SSLSocket):
        raise TypeError("give the connection without TLS, and a tls_config")
    ae, handlers = _entity(params)
    context = server_side(params.tls_config)

    async def serve() -> None:
        server = ae._server(None, None, context, handlers)
        try:
            session = await server.adopt(connection)
            await asyncio.shield(session.closed)
        finally:
            await server.shutdown()

    ae._in_background(serve())


def _entity(params: ServiceProviderParams) -> tuple[AE, list[evt.EventHandlerType]]:
    """The application entity of a provider, and its handlers."""
    ae = AE(params.ae_title)
    ae.require_called_aet = params.require_called_ae_title
    ae.maximum_associations = params.maximum_associations
    ae.maximum_pdu_size = params.maximum_length
    ae.provider_fault_injector = params.fault_injector
    ae.requested_contexts = list(params.move_contexts)
    times = params.timeouts
    ae.acse_timeout, ae.dimse_timeout, ae.network_timeout = times.acse, times.dimse, times.network
    ae.connection_timeout = times.connect
    ae.add_supported_context(VERIFICATION)
    for callback, name in ((params.c_find, "Find"), (params.c_move, "Move"), (params.c_get, "Get")):
        for uid in _models(name) if callback is not None else ():
            ae.add_supported_context(uid)
    if params.c_store is not None or params.c_get is not None:
        for row in STORAGE_SOP_CLASSES:
            _support_storage(ae, row.uid, params)
    for uid in params.sop_classes:
        _support_storage(ae, uid, params)
    return ae, _handlers(params)


def _models(name: str) -> Iterator[str]:
    """The SOP classes of C-FIND, C-MOVE or C-GET."""
    for service in SERVICE_CLASSES.values():
        if f"C-{name.upper()}" in service.messages:
            yield from (row.uid for row in service.sop_classes if row.keyword.endswith(name))


def _support_storage(ae: AE, uid: str, params: ServiceProviderParams) -> None:
    """Accept storage; where C-GET is served, also with the requestor as SCP (PS3.7 D.3.3.4)."""
    roles = {} if params.c_get is None else {"scu_role": params.c_store is not None, "scp_role": True}
    ae.add_supported_context(uid, ALL_TRANSFER_SYNTAXES, **roles)


def _handlers(params: ServiceProviderParams) -> list[evt.EventHandlerType]:
    destinations = {title: host_and_port(address) for title, address in params.remote_aes.items()}
    tls = client_side(params.move_tls_config)
    bound: list[tuple[evt.EventType, Callable[..., Any], list[Any]]] = [
        (evt.EVT_C_ECHO, callbacks.echo, [params.c_echo]),
        (evt.EVT_C_STORE, callbacks.store, [params.c_store]),
        (evt.EVT_C_FIND, callbacks.find, [params.c_find]),
        (evt.EVT_C_GET, callbacks.get, [params.c_get]),
        (evt.EVT_C_MOVE, callbacks.move, [params.c_move, destinations, tls]),
    ]
    return [(event, handler, args) for event, handler, args in bound if args[0] is not None]
