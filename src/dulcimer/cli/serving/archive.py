"""Running an archive for the command line: in this process or in several, what it prints, and how it ends."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import logging
import pickle
import signal
import ssl
import sys
import warnings
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import typer

from dulcimer._generated.codes import describe_abort, describe_rejection
from dulcimer._generated.fsm import Events, States
from dulcimer.acse import told
from dulcimer.acse.negotiation import outcome
from dulcimer.ae.core.acceptance import IDENTITY_REFUSED
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.archive.operation.metrics import Metrics, text
from dulcimer.archive.operation.metrics_page import metrics_page
from dulcimer.archive.scp.remotes import Remote, by_title
from dulcimer.cli.options.common import OutputOptions, TlsOptions
from dulcimer.cli.scu.association import LogObserver
from dulcimer.cli.show.dump import printable
from dulcimer.errors import TransportError
from dulcimer.fsm.primitives import AssociateReject, Request
from dulcimer.limits import Limits
from dulcimer.services.storage import StoredInstance
from dulcimer.upper_layer.observer import Observer, Observers
from dulcimer.wire.codec import Deviation
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, AssociateRq, Buffer, Pdu, ReleaseRq
from dulcimer.wire.other_protocols import recognise

THREADS = 32
"""Files that are synced, and queries that are read, at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `dulcimer serve` was asked for; lengths in bytes, times in seconds."""

    host: str
    port: int
    ae_title: str
    directory: Path | None
    database: str | None
    reindex: bool
    worklist: Path | None
    ignore: bool
    remotes: tuple[Remote, ...]
    require_called_ae_title: bool
    accept_calling: tuple[str, ...]
    user_file: Path | None
    maximum_associations: int
    workers: int
    metrics_port: int | None
    grace: float
    artim_timeout: float
    acse_timeout: float
    dimse_timeout: float
    network_timeout: float
    maximum_length: int
    limits: Limits
    tls: TlsOptions
    output: OutputOptions

    @property
    def described(self) -> str:
        """What becomes of instances, and what else there is."""
        if self.directory is not None:
            what = f"instances are kept in {self.directory.resolve()}"
        elif self.ignore:
            what = "instances are taken and not kept"
        elif self.worklist is not None:
            what = "no instances"
        else:
            what = "C-ECHO only; --dir DIRECTORY takes instances, too"
        return what + (f"; worklist of {self.worklist.resolve()}" if self.worklist is not None else "")

    def to_line(self) -> bytes:
        """In one line, for another process of ours."""
        return base64.b64encode(pickle.dumps(self))

    @classmethod
    def from_line(cls, line: bytes) -> Settings:
        """What `to_line` gave."""
        settings = pickle.loads(base64.b64decode(line))  # noqa: S301 - through a pipe that only our parent has
        assert isinstance(settings, cls)
        return settings


class AssociationLine(Observer):
    """Prints one line about each association when it is over: who asked, and how it ended. No data of patients."""

    def __init__(self) -> None:
        self._where = ""
        self._request: AssociateRq | None = None
        self._came = False
        self._why = ""
        self._accepted = ""
        self._end = "the connection was lost"

    def opened(self, peer: tuple[str, int] | None) -> None:
        """Note where the other end is."""
        self._where = f"{peer[0]} port {peer[1]}" if peer is not None else "an unknown address"

    def pdu_received(self, pdu: Pdu, deviations: Sequence[Deviation], now: float) -> None:  # noqa: ARG002
        """Note who asks, and how it ends."""
        self._came = True
        match pdu:
            case AssociateRq():
                self._request = pdu
            case ReleaseRq():
                self._end = "released"
            case Abort():
                self._end = f"aborted by the peer: {describe_abort(pdu.source, pdu.reason)}"
            case _:
                pass

    def pdu_refused(self, data: Buffer, problem: str, now: float) -> None:  # noqa: ARG002
        """Note why it will end."""
        other = None if self._came else recognise(data)
        self._came = True
        if other is None:
            self._end = f"aborted, an invalid PDU came: {printable(problem)}"
        else:
            advice = "; --tls serves TLS" if other.name == "TLS" else ""
            self._end = f"aborted, it speaks {other.name} and not DICOM: {other.what} came{advice}"

    def pdu_sent(self, pdu: Pdu, now: float) -> None:  # noqa: ARG002
        """Note how it ends."""
        match pdu:
            case AssociateAc() if self._request is not None:
                accepted, refused = outcome(self._request, pdu)
                if not accepted:
                    why = told.reasons(refused, ours=True)
                    self._accepted = f"accepted without a presentation context ({why}), then "
            case AssociateRj():
                self._end = describe_rejection(pdu.result, pdu.source, pdu.reason)
                if pdu == IDENTITY_REFUSED and not self._why:
                    self._why = "it has no user identity, which we demand"
            case Abort() if not self._end.startswith("aborted"):
                self._end = f"aborted by us: {describe_abort(pdu.source, pdu.reason)}"
            case _:
                pass

    def requested(self, primitive: Request, now: float) -> None:  # noqa: ARG002
        """Note why it is rejected."""
        if isinstance(primitive, AssociateReject):
            self._why = primitive.why

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:  # noqa: ARG002
        """Print the line when the machine is back in Sta1."""
        if next_state != States.STA_1 or not action or not self._came:
            return
        request = self._request
        because = f" We rejected it because {self._why}." if self._why else ""
        if request is None:
            say(f"connection from {self._where}: {self._end}")
        else:
            calling, called = told.title_of(request.calling_ae_title), told.title_of(request.called_ae_title)
            end = f"{self._accepted}{self._end}{because}"
            say(f"association from {calling} at {self._where} to {called}: {end}")


def say(line: str) -> None:
    """Print the line; that nobody reads it any more is no reason to fail an instance or an association."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


def prepare(settings: Settings) -> None:
    """Let the process open as many files as it may, and keep pydicom from telling of odd values of patients."""
    if not settings.output.debug:
        warnings.simplefilter("ignore", UserWarning)
        logging.getLogger("pydicom").addHandler(logging.NullHandler())
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. `typer.BadParameter` if an address, a file or the database cannot be used."""
    prepare(settings)
    settings.tls.server_context()
    if settings.workers > 1:
        from dulcimer.cli.serving.workers import supervise

        supervise(settings)
        return
    metrics = Metrics()
    metrics.begun()
    with open_archive(settings, metrics) as archive:
        asyncio.run(_run(settings, archive, metrics))


@contextmanager
def open_archive(settings: Settings, metrics: Metrics | None = None) -> Iterator[Any]:
    """The archive, its index in step with its files; None without a directory."""
    if settings.directory is None:
        yield None
        return
    from sqlalchemy.exc import SQLAlchemyError

    from dulcimer.archive import Archive

    with ExitStack() as stack:
        try:
            archive = stack.enter_context(
                Archive(
                    settings.directory,
                    settings.database,
                    retrieve_ae_title=settings.ae_title,
                    read_all=settings.reindex,
                    progress=_progress,
                    on_stored=_print_stored,
                    on_backlog=(lambda _: None) if metrics is None else metrics.backlog,
                    on_trouble=(lambda _: None) if metrics is None else metrics.trouble,
                    limits=settings.limits,
                )
            )
            if metrics is not None:
                metrics.passed_over(len(archive.passed_over))
            done = archive.opening
            if done is not None and (settings.reindex or done.indexed or done.removed):
                told = f"{done.indexed} files indexed, {done.unreadable} unreadable, {done.removed} gone"
                print(told, file=sys.stderr, flush=True)
        except OSError as error:
            unusable(f"{error.filename or 'the directory'} cannot be used: {error.strerror or error}", "--dir")
        except (SQLAlchemyError, ImportError) as error:
            problem = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            if settings.database is None and ("not a database" in problem or "malformed" in problem):
                problem += "; it is made anew from the files if .index.sqlite3 and its companions are not there"
            unusable(f"the index cannot be used: {problem}", "--database" if settings.database else "--dir")
        yield archive


def _progress(done: int, total: int) -> None:
    """Tell how far indexing is, on one line of a terminal."""
    if sys.stderr.isatty() and total:
        print(f"\rindexing: {done} of {total} files", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _print_stored(instance: StoredInstance) -> None:
    say(f"stored {instance.path.name}, {instance.size} bytes")


def _observer() -> Observer:
    if logging.getLogger("dulcimer.cli").isEnabledFor(logging.INFO):
        return Observers(AssociationLine(), LogObserver())
    return AssociationLine()


async def _run(settings: Settings, archive: Any, metrics: Metrics) -> None:
    stop = Stop()
    async with AsyncExitStack() as stack:
        await show_metrics(stack, settings, [metrics], lambda: stop.problem)
        await serve(settings, archive, metrics, stop, lambda host, port: tell(settings, host, port))
    say("stopped")


async def serve(
    settings: Settings,
    archive: Any,
    metrics: Metrics,
    stop: Stop,
    serving: Callable[[str, int], None],
    others: Sequence[Metrics] = (),
) -> None:
    """Serve until `stop` is asked for; call `serving` with the address when it begins.

    `others` are the numbers of all processes that serve the same port.
    """
    from dulcimer.archive.query.worklist import Worklist
    from dulcimer.archive.scp.server import ArchiveServer

    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(THREADS, "dulcimer-work"))
    server = ArchiveServer(
        archive,
        worklist=None if settings.worklist is None else Worklist(settings.worklist),
        ignore_instances=settings.ignore,
        ae_title=settings.ae_title,
        remotes=by_title(settings.remotes),
        maximum_length=settings.maximum_length,
        artim_timeout=settings.artim_timeout,
        timeouts=Timeouts(
            acse=settings.acse_timeout,
            dimse=settings.dimse_timeout,
            network=settings.network_timeout,
            connect=settings.acse_timeout,
        ),
        maximum_associations=settings.maximum_associations,
        require_called_ae_title=settings.require_called_ae_title,
        require_calling_ae_titles=settings.accept_calling,
        users=_users(settings.user_file),
        tls=settings.tls.server_context(),
        calling_tls=_calling_tls(settings),
        metrics=metrics,
        others=others,
        observe=_observer,
        limits=settings.limits,
    )
    # What is there now stays: a full collection that looks at all of it stops the loop for 40 ms.
    gc.collect()
    gc.freeze()
    try:
        async with server.listen(settings.host, settings.port, reuse_port=bool(others)):
            serving(*server.address)
            await stop.asked.wait()
            await stop.unless_hurried(server.drain(settings.grace))
    except TransportError as error:
        unusable(str(error), "--host' or '--port")


def _users(path: Path | None) -> Any:
    if path is None:
        return None
    from dulcimer.archive.users import UserFileError, Users

    try:
        return Users.read(path)
    except (UserFileError, OSError) as error:
        unusable(str(error), "--user-file")


def _calling_tls(settings: Settings) -> ssl.SSLContext | None:
    wanted = any(remote.tls for remote in settings.remotes)
    return replace(settings.tls, tls=True).client_context() if wanted else None


async def show_metrics(
    stack: AsyncExitStack, settings: Settings, metrics: Sequence[Metrics], problem: Callable[[], str]
) -> None:
    """Serve the numbers while `stack` is open, where that is wished."""
    if settings.metrics_port is None:
        return
    try:
        port = await stack.enter_async_context(
            metrics_page(settings.metrics_port, lambda: text(metrics), lambda: problem() or _index_problem(metrics))
        )
    except TransportError as error:
        unusable(str(error), "--metrics-port")
    print(f"metrics on http://127.0.0.1:{port}/metrics", file=sys.stderr, flush=True)


def _index_problem(metrics: Sequence[Metrics]) -> str:
    count = sum(one.in_trouble for one in metrics)
    return f"{count} instances are stored and cannot be indexed" if count else ""


def tell(settings: Settings, host: str, port: int) -> None:
    """Print where it listens, and what it does."""
    print(f"listening on {f'[{host}]' if ':' in host else host}:{port}", flush=True)
    print(f"AE title {settings.ae_title}; {settings.described}", flush=True)


class Stop:
    """The first signal asks for an end in order, the second one for an end at once, unless it is `patient`."""

    def __init__(self, *, patient: bool = False) -> None:
        self.asked = asyncio.Event()
        self._hurried = asyncio.Event()
        self._patient = patient
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C is a KeyboardInterrupt there
                loop.add_signal_handler(number, self)

    def __call__(self) -> None:
        """Ask for it."""
        if not self.asked.is_set():
            self.asked.set()
        elif not self._patient:
            self._hurried.set()

    def at_once(self) -> None:
        """Ask for an end at once."""
        self.asked.set()
        self._hurried.set()

    @property
    def problem(self) -> str:
        """Why the server is not in good health, in words; nothing if it is."""
        return "shutting down" if self.asked.is_set() else ""

    async def unless_hurried(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do the work, but not to its end after a second signal; whether it was done."""
        task = asyncio.ensure_future(work)
        hurry = asyncio.ensure_future(self._hurried.wait())
        await asyncio.wait((task, hurry), return_when=asyncio.FIRST_COMPLETED)
        done: bool = task.done()
        for one in (task, hurry):
            one.cancel()
        await asyncio.gather(task, hurry, return_exceptions=True)
        return done


def unusable(problem: str, option: str) -> NoReturn:
    """An option cannot be used as it is given."""
    raise typer.BadParameter(problem, param_hint=f"'{option}'")
