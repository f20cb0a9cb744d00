"""Replay the bytes of a case: ``python3 replay.py CASE HOST PORT``.

This script needs only Python. `CASE` is a directory beside it, made by `dulcimer check --replay-dir`: its `steps.json`
says what to send, from which file, and when to wait for an answer. For a server the script connects to `HOST` and
`PORT`; for a client it listens there, and you start the client. What comes back is printed, not judged.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import sys
import time
from pathlib import Path
from typing import Any

NAMES = ("A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "A-ASSOCIATE-RJ", "P-DATA-TF", "A-RELEASE-RQ", "A-RELEASE-RP", "A-ABORT")
WAIT = 5.0
"""Seconds to wait for an answer."""
LAST = 2.0
"""Seconds to wait after the last step."""
SHOWN = 64


class Replay:
    """One connection on which the steps are carried out."""

    def __init__(self, sock: socket.socket, place: Path) -> None:
        self.sock = sock
        self.place = place
        self.buffer = b""
        self.came = 0
        self.over = False
        self.started = time.monotonic()

    def say(self, text: str, data: bytes = b"") -> None:
        """Print a line with the time."""
        more = f" ... {len(data) - SHOWN} more" if len(data) > SHOWN else ""
        print(f"{time.monotonic() - self.started:9.3f} {text} {data[:SHOWN].hex()}{more}".rstrip(), flush=True)

    def do(self, step: dict[str, Any]) -> None:
        """Carry out one step."""
        if step["do"] == "send":
            data = (self.place / step["file"]).read_bytes()
            self.say(f"> {step['what']}, {len(data)} bytes", data)
            size = 1 if step.get("octets") else max(len(data), 1)
            try:
                for start in range(0, len(data), size):
                    self.sock.sendall(data[start : start + size])
            except OSError as error:
                self.say(f"- not all bytes could be sent: {error.strerror or error}")
        elif step["do"] == "await":
            self.take(WAIT, self.came + step["pdus"])
        elif step["do"] == "pause":
            self.take(step["seconds"])
        elif step["do"] == "shut-down":
            self.say("- FIN sent")
            self.sock.shutdown(socket.SHUT_WR)
        elif step["do"] == "reset":
            self.say("- RST sent")
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.sock.close()
            self.over = True

    def take(self, seconds: float, until: int = sys.maxsize) -> None:
        """Print what comes within `seconds`, or until `until` PDUs have come in all."""
        deadline = time.monotonic() + seconds
        while not self.over and self.came < until and time.monotonic() < deadline:
            self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = self.sock.recv(65536)
            except TimeoutError:
                return
            except OSError as error:
                data, how = b"", error.strerror or str(error)
            else:
                how = "FIN"
            if not data:
                self.over = True
                self.say(f"- the peer closed the connection ({how})")
            self.buffer += data
            self.cut()

    def cut(self) -> None:
        """Print each complete PDU."""
        while len(self.buffer) >= 6:
            end = 6 + int.from_bytes(self.buffer[2:6], "big")
            if len(self.buffer) < end:
                return
            pdu, self.buffer = self.buffer[:end], self.buffer[end:]
            self.came += 1
            name = NAMES[pdu[0] - 1] if 1 <= pdu[0] <= len(NAMES) else f"PDU of type {pdu[0]:02X}H"
            self.say(f"< {name}, {end} bytes", pdu)


def connected(host: str, port: int, plan: dict[str, Any]) -> socket.socket:
    """The connection: to a server, or from a client."""
    if plan["listen"]:
        with socket.create_server((host, port)) as listener:
            print(f"listening on {host}:{port}: start the client now", flush=True)
            return listener.accept()[0]
    sock = socket.create_connection((host, port), WAIT)
    if not plan["tls"]:
        return sock
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(sock, server_hostname=host)


def main(words: list[str]) -> int:
    """Replay the case; 0 when all steps are done, 2 for wrong arguments, 3 if there is no connection."""
    if len(words) != 3 or not words[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    place = Path(__file__).resolve().parent / words[0]
    try:
        plan = json.loads((place / "steps.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"{place}: {error}", file=sys.stderr)
        return 2
    print("\n".join(plan["about"]), flush=True)
    try:
        sock = connected(words[1], int(words[2]), plan)
    except OSError as error:
        print(f"no connection to {words[1]}:{words[2]}: {error.strerror or error}", file=sys.stderr)
        return 3
    with sock:
        replay = Replay(sock, place)
        for step in plan["steps"]:
            if not replay.over:
                replay.do(step)
        replay.take(LAST)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
