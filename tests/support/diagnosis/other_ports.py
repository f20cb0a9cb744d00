"""Ports on which something else than DICOM answers, or nothing at all."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

HTTP_REPLY = b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n"
HL7_REPLY = b"\x0bMSH|^~\\&|A|B|C|D|20260101||ACK|1|P|2.3\rMSA|AE|1\r\x1c\r"

Talk = Callable[[socket.socket], None]


@contextmanager
def answering(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A port of 127.0.0.1; each connection is handed to `talk`, in a thread of its own, and closed after it."""
    stop = threading.Event()
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)

        def serve(sock: socket.socket) -> None:
            with contextlib.suppress(OSError), sock:
                sock.settimeout(20)
                talk(sock if tls is None else tls.wrap_socket(sock, server_side=True))

        def accept() -> None:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    sock, _ = server.accept()
                    threads.append(threading.Thread(target=serve, args=(sock,), daemon=True))
                    threads[-1].start()

        listener = threading.Thread(target=accept)
        listener.start()
        try:
            yield server.getsockname()[1]
        finally:
            stop.set()
            listener.join()


@contextmanager
def unanswered() -> Iterator[int]:
    """A port of which Linux drops each SYN: as many connections wait to be accepted as the listener allows."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def greets(banner: bytes) -> Talk:
    """A server that speaks first."""

    def talk(sock: socket.socket) -> None:
        sock.sendall(banner)
        while sock.recv(4096):
            pass

    return talk


def replies(answer: Callable[[bytes], bytes]) -> Talk:
    """A server that answers what comes first, or says nothing and waits."""

    def talk(sock: socket.socket) -> None:
        sock.sendall(answer(sock.recv(65536)))
        while sock.recv(4096):
            pass

    return talk


def is_silent(sock: socket.socket) -> None:
    """Read all, and say nothing."""
    while sock.recv(4096):
        pass


def closes(sock: socket.socket) -> None:
    """Read something, and close."""
    sock.recv(65536)
