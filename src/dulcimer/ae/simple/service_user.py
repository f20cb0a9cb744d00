"""A service class user with one association at a time, modelled on go-netdicom's `ServiceUser`."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
import weakref
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias, TypeVar

from dulcimer import events as evt
from dulcimer._generated.commands import status_category
from dulcimer._generated.services import SERVICE_CLASSES
from dulcimer._generated.statuses import SUCCESS
from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH
from dulcimer.ae.blocking.association import Association
from dulcimer.ae.blocking.background import BACKGROUND
from dulcimer.ae.blocking.entity import AE
from dulcimer.ae.core.addresses import Address, host_and_port
from dulcimer.ae.core.session import Session
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.ae.simple.operations import Results, Suboperations, checked
from dulcimer.ae.simple.qr_level import Filter, QRLevel
from dulcimer.ae.simple.tls_config import TLSConfig, client_side
from dulcimer.errors import AssociationError, DulcimerError
from dulcimer.presentation import build_context, build_role
from dulcimer.proposals.context_negotiation import may_be_storage
from dulcimer.proposals.presentation_context import PresentationContext
from dulcimer.services.answers import Answers
from dulcimer.services.data_sources import NATIVE
from dulcimer.upper_layer.fault_injection import FaultInjector

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

CANNOT_UNDERSTAND = 0xC211
"""The status for an instance when the callback of C-GET raises (PS3.4 Table B.2-1)."""

Receive: TypeAlias = Callable[[str, str, str, bytes], int | None]
"""Takes transfer syntax, SOP class, SOP instance and data set of an instance. Returns the status, None for success."""

_Result = TypeVar("_Result")
_RETRIEVE = {
    row.uid
    for service in SERVICE_CLASSES.values()
    if "C-GET" in service.messages
    for row in service.sop_classes
    if row.keyword.endswith("Get")
}


class ServiceUser:
    """Requests services of a peer, one operation at a time: `connect`, then `c_echo`, `c_store` ..., then `release`.

    `sop_classes` are requested of the peer: SOP class UIDs, or presentation contexts with their own transfer syntaxes.
    For the UIDs `transfer_syntaxes` are proposed, by default those without compression; for storage each compressed
    one in a separate context, since the peer accepts one of each context. If a C-GET model is among the SOP classes,
    the role of SCP is proposed for storage (PS3.7 D.3.3.4). `maximum_length` in bytes, 0 means no limit.

    Leaving a `with` block releases the association, an exception aborts it. Methods raise

    - RuntimeError if there is no association, or another operation is in progress,
    - ContextNotAccepted if no accepted presentation context fits,
    - AssociationAborted or AssociationTimeout if the association ends during the operation,
    - OperationFailed if the peer answers with a status that is neither Success nor Warning,
    - EncodeError for a data set that cannot be sent, DIMSEProcessingError for one that cannot be read.
    """

    def __init__(
        self,
        sop_classes: Iterable[str | PresentationContext],
        *,
        ae_title: str = "DULCIMER",
        called_ae_title: str = "ANY-SCP",
        transfer_syntaxes: str | Sequence[str] | None = None,
        tls_config: TLSConfig | ssl.SSLContext | None = None,
        timeouts: Timeouts | None = None,
        maximum_length: int = DEFAULT_MAXIMUM_LENGTH,
        fault_injector: FaultInjector | None = None,
    ) -> None:
        self._ae = AE(ae_title)
        self._ae.maximum_pdu_size = maximum_length
        self._ae.user_fault_injector = fault_injector
        times = timeouts or Timeouts()
        self._ae.acse_timeout, self._ae.dimse_timeout = times.acse, times.dimse
        self._ae.network_timeout, self._ae.connection_timeout = times.network, times.connect
        self._ae.requested_contexts = _proposed(sop_classes, transfer_syntaxes)
        wanted = {str(context.abstract_syntax) for context in self._ae.requested_contexts}
        stored = sorted(uid for uid in wanted if may_be_storage(uid)) if wanted & _RETRIEVE else []
        self._roles = [build_role(uid, scu_role=True, scp_role=True) for uid in stored]
        self._called_ae_title = called_ae_title
        self._tls = client_side(tls_config)
        self._session: Session | None = None
        self._rest: asyncio.Task[None] | None = None
        self._results: weakref.ref[Results] | None = None
        self._lock = threading.Lock()
        self._in_progress = ""

    # Association

    @property
    def is_connected(self) -> bool:
        """Whether there is an association."""
        session = self._session
        return session is not None and session.association.is_established and not _is_lost(session)

    @property
    def association(self) -> Association | None:
        """The association, for what this class has no method for; None before the first one."""
        return None if self._session is None else self._session.calls.assoc

    def connect(self, address: Address) -> None:
        """Request an association with the peer at `host:port`.

        Raises TransportError if it cannot be reached, AssociationRejected, AssociationAborted or AssociationTimeout if
        it does not accept, ContextNotAccepted if it accepts nothing that was proposed.
        """
        host, port = host_and_port(address)
        self._open(host, port, None)

    def set_conn(self, connection: socket.socket) -> None:
        """Request an association on an open connection, which belongs to the association from now on.

        With a `tls_config`, first does the TLS handshake. Raises as `connect` does.
        """
        if isinstance(connection, ssl.SSLSocket):
            raise TypeError("give the connection without TLS, and a tls_config")
        try:
            peer = connection.getpeername()
        except OSError as error:
            raise ValueError(f"the socket is not connected: {error.strerror}") from error
        host, port = (str(peer[0]), int(peer[1])) if isinstance(peer, tuple) else ("", 0)
        if self._tls is not None and not (host or self._tls[1]) and self._tls[0].check_hostname:
            raise ValueError("tls_config needs a server_name: the connection does not say the name of the peer")
        self._open(host, port, connection)

    def release(self) -> None:
        """Release the association in order (PS3.8 7.2); nothing happens if there is none.

        Raises AssociationAborted or AssociationTimeout if it ends otherwise.
        """
        self._close_results()
        with self._only("release"):
            if self._session is not None and not _is_lost(self._session):
                self._ae._in_background(self._release(self._session))

    def abort(self) -> None:
        """Abort the association (PS3.8 7.3), in any thread; an operation in progress raises AssociationAborted."""
        if self._session is not None and not (self._session.closed.done() or _is_lost(self._session)):
            self._ae._in_background(self._session.abort())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.release()
        else:
            self.abort()

    # Operations

    def c_echo(self) -> int:
        """C-ECHO (PS3.7 9.1.5): the status."""
        return self._status("C-ECHO", lambda session: session.user.c_echo())

    def c_store(self, source: Dataset | Path | str) -> int:
        """C-STORE (PS3.7 9.1.1) of a data set, or of a file, whose data set is sent unchanged: the status.

        It is rewritten only if the peer accepts another uncompressed transfer syntax. Raises AttributeError for a
        data set without SOP Class UID or SOP Instance UID, OSError or NotADicomFile for a file that cannot be read.
        """
        return self._status("C-STORE", lambda session: session.user.c_store(source))

    def c_find(self, level: QRLevel, criteria: Filter) -> Results:
        """C-FIND (PS3.7 9.1.2): the matches, as they arrive."""
        identifier = level.identifier(criteria)
        self._begin("C-FIND")
        try:
            session = self._established()
            answers = session.user.c_find(identifier, level.find)
        except BaseException:
            self._end()
            raise
        results = Results(lambda: self._next(answers), lambda: self._cancel(session, answers), self._end)
        try:
            self._ae._in_background(self._after_rest(answers.start()))
        except BaseException:
            results.close()
            raise
        self._results = weakref.ref(results)
        return results

    def c_get(
        self,
        level: QRLevel,
        criteria: Filter,
        callback: Receive,
        progress: Callable[[Suboperations], object] | None = None,
    ) -> Suboperations:
        """C-GET (PS3.7 9.1.3): `callback` gets each instance as it arrives, in its own thread.

        It returns the status for the peer, None for success. If it raises, the instance is refused, the operation is
        cancelled, and the exception is raised here. `progress` is called for each response. SOP classes for storage
        must have been proposed, too.
        """
        identifier = level.identifier(criteria)
        raised: list[BaseException] = []

        def store(event: evt.Event) -> int:
            if raised:
                return CANNOT_UNDERSTAND
            request = event.command
            try:
                status = callback(
                    event.context.transfer_syntax,
                    request.affected_sop_class_uid,
                    request.affected_sop_instance_uid,
                    event.encoded_dataset(include_meta=False),
                )
            except BaseException as error:
                raised.append(error)
                return CANNOT_UNDERSTAND
            return SUCCESS if status is None else int(status)

        def report(done: Suboperations) -> None:
            if raised:
                raise raised[0]
            if progress is not None:
                progress(done)

        with self._only("C-GET"):
            session = self._established()
            answers = session.user.c_get(identifier, level.get)
            session.calls.handlers.bind(evt.EVT_C_STORE, store)
            try:
                return self._retrieve("C-GET", session, answers, report)
            finally:
                session.calls.handlers.unbind(evt.EVT_C_STORE, store)

    def c_move(
        self,
        level: QRLevel,
        criteria: Filter,
        destination: str,
        progress: Callable[[Suboperations], object] | None = None,
    ) -> Suboperations:
        """C-MOVE (PS3.7 9.1.4) to the application entity `destination`; `progress` is called for each response."""
        identifier = level.identifier(criteria)
        with self._only("C-MOVE"):
            session = self._established()
            answers = session.user.c_move(identifier, destination, level.move)
            return self._retrieve("C-MOVE", session, answers, progress or (lambda _: None))

    # One at a time

    def _begin(self, what: str) -> None:
        with self._lock:
            if self._in_progress:
                hint = ": read all its results, or close them" if self._in_progress == "C-FIND" else ""
                raise RuntimeError(
                    f"{what} cannot begin while {self._in_progress} is in progress{hint}; "
                    f"a ServiceUser does one operation at a time"
                )
            self._in_progress = what

    def _end(self) -> None:
        self._in_progress = ""

    @contextlib.contextmanager
    def _only(self, what: str) -> Iterator[None]:
        self._begin(what)
        try:
            yield
        finally:
            self._end()

    # Internal

    def _open(self, host: str, port: int, connection: socket.socket | None) -> None:
        with self._only("connect"):
            if self.is_connected:
                raise RuntimeError("this ServiceUser has an association already: release it first")
            request = self._ae._prepare(
                host, port, ae_title=self._called_ae_title, ext_neg=self._roles, tls_args=self._tls
            )
            self._rest = None
            session = self._ae._in_background(self._ae._open(replace(request, connection=connection)))
            if session.error is not None:
                raise session.error
            self._session = session

    def _established(self) -> Session:
        if self._session is None:
            raise RuntimeError("there is no association: connect first")
        if _is_lost(self._session):
            raise RuntimeError("the association belongs to the process from which this one was forked")
        if not self._session.association.is_established:
            raise self._session.error or RuntimeError("the association has been released")
        return self._session

    async def _release(self, session: Session) -> None:
        await self._rest_done()
        if not session.association.is_established:
            await asyncio.shield(session.closed)
            return
        try:
            await session.release()
        except AssociationError:
            await session.leave()
            raise

    def _status(self, service: str, request: Callable[[Session], Coroutine[Any, Any, Dataset]]) -> int:
        with self._only(service):
            status = self._ae._in_background(self._after_rest(request(self._established())))
        return checked(service, status)

    def _retrieve(
        self, service: str, session: Session, answers: Answers, report: Callable[[Suboperations], object]
    ) -> Suboperations:
        try:
            self._ae._in_background(self._after_rest(answers.start()))
            while True:
                response = self._next(answers)
                assert response is not None  # there was a final response before
                status, identifier = response
                done = Suboperations.of(status, identifier)
                report(done)
                if status_category(done.status) != "Pending":
                    checked(service, status)
                    return done
        except BaseException:
            self._cancel(session, answers)
            raise

    def _next(self, answers: Answers) -> tuple[Dataset, Dataset | None] | None:
        async def step() -> tuple[Dataset, Dataset | None] | None:
            return await anext(answers, None)

        return self._ae._in_background(step())

    def _cancel(self, session: Session, answers: Answers) -> None:
        """Cancel an operation; the next request waits for its end. May be called in any thread."""

        async def cancel() -> None:
            with contextlib.suppress(DulcimerError):  # the association is over, and the operation with it
                await answers.aclose()

        def begin() -> None:
            self._rest = asyncio.get_running_loop().create_task(cancel())

        loop = session.closed.get_loop()
        if not session.closed.done():
            with contextlib.suppress(RuntimeError):  # the loop may have ended in the meantime
                loop.call_soon_threadsafe(begin)

    def _close_results(self) -> None:
        results = None if self._results is None else self._results()
        if results is not None:
            results.close()

    async def _rest_done(self) -> None:
        rest, self._rest = self._rest, None
        if rest is not None:
            await rest

    async def _after_rest(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        try:
            await self._rest_done()
            return await work
        finally:
            work.close()


def _is_lost(session: Session) -> bool:
    return BACKGROUND.is_lost(session.closed.get_loop())


def _proposed(
    sop_classes: Iterable[str | PresentationContext], transfer_syntaxes: str | Sequence[str] | None
) -> list[PresentationContext]:
    if isinstance(sop_classes, str):
        raise TypeError("sop_classes is a list of SOP class UIDs or presentation contexts, not one of them")
    given = [transfer_syntaxes] if isinstance(transfer_syntaxes, str) else list(transfer_syntaxes or NATIVE[:2])
    native = [uid for uid in given if uid in NATIVE]
    found: list[PresentationContext] = []
    for sop_class in sop_classes:
        if isinstance(sop_class, PresentationContext):
            found.append(sop_class)
            continue
        groups = [native] if native else []
        if may_be_storage(sop_class) or not native:
            groups += [[uid] for uid in given if uid not in NATIVE]
        found += [build_context(sop_class, group) for group in groups]
    if not found:
        raise ValueError("sop_classes is empty: give the SOP classes to request")
    return found
