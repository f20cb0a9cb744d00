"""Pages with metrics for Prometheus and with the health, over HTTP on this machine only."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from dulcimer.errors import TransportError

HOST = "127.0.0.1"
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PLAIN = "text/plain; charset=utf-8"
_LONGEST_REQUEST = 8192
_PATIENCE = 5.0
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


@asynccontextmanager
async def metrics_page(port: int, text: Callable[[], str], problem: Callable[[], str]) -> AsyncIterator[int]:
    """Serve `/metrics` with `text` and `/healthz` with the `problem`, if any; yields the port.

    Listens on 127.0.0.1 only. Raises TransportError if that fails.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_response(head, text, problem))
                await writer.drain()
        writer.close()

    try:
        server = await asyncio.start_server(answer, HOST, port, limit=_LONGEST_REQUEST)
    except OSError as error:
        words = os.strerror(error.errno) if error.errno is not None else error.strerror
        raise TransportError(f"cannot listen on {HOST} port {port}: {words}") from error
    async with server:
        yield int(server.sockets[0].getsockname()[1])


def _response(head: bytes, text: Callable[[], str], problem: Callable[[], str]) -> bytes:
    method, _, rest = head.partition(b"\r\n")[0].partition(b" ")
    path = rest.partition(b" ")[0].partition(b"?")[0]
    kind = _PLAIN
    if not rest:
        status, body = 400, "this is an HTTP server\n"
    elif method not in (b"GET", b"HEAD"):
        status, body = 405, "only GET is supported\n"
    elif path == b"/metrics":
        status, body, kind = 200, text(), METRICS_TYPE
    elif path == b"/healthz":
        wrong = problem()
        status, body = (503, f"{wrong}\n") if wrong else (200, "ok\n")
    else:
        status, body = 404, "the pages are /metrics and /healthz\n"
    content = body.encode()
    header = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    )
    return header.encode() + (b"" if method == b"HEAD" else content)
