"""The raw loopback copy: ``socket.sendfile`` into ``recv_into``, without any protocol. The bar for C-STORE.

``serve PORT`` drops what it receives; ``send PORT FILE...`` prints the seconds as JSON, as the peers do.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from pathlib import Path

BUFFER = bytearray(1 << 20)
HOST = "127.0.0.1"


def serve(port: int) -> None:
    """Receive until the sender is done, answer with one byte; again and again."""
    with socket.create_server((HOST, port)) as listener:
        while True:
            connection, _ = listener.accept()
            with connection:
                while connection.recv_into(BUFFER):
                    pass
                connection.sendall(b"\0")


def send(port: int, paths: list[Path]) -> float:
    """Seconds from the first byte to the receiver's answer."""
    with socket.create_connection((HOST, port)) as connection:
        begin = time.perf_counter()
        for path in paths:
            with path.open("rb") as file:
                connection.sendfile(file)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)
        return time.perf_counter() - begin


def main() -> None:
    """``serve PORT`` or ``send PORT FILE...``."""
    work, port, *files = sys.argv[1:]
    if work == "serve":
        serve(int(port))
    else:
        print(json.dumps({"seconds": send(int(port), [Path(file) for file in files])}))


if __name__ == "__main__":
    main()
