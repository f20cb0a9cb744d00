"""Shows a finding again: ``python3 THIS_FILE HOST PORT``.

This file needs only Python. For a server it connects to `HOST` and `PORT`; for a client it listens there, and you start
the client. It sends what was sent, and compares what comes with what was seen.

It ends with 0 if the same came again, 1 if something else came, 2 for wrong arguments, 3 if there is no connection, and
4 if everything was sent, but what was found shows only inside the target: in its memory, or in its output.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import sys
import time
from typing import Any

PLAN: dict[str, Any] = {}

NAMES = ("A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "A-ASSOCIATE-RJ", "P-DATA-TF", "A-RELEASE-RQ", "A-RELEASE-RP", "A-ABORT")
CONNECT = 5.0
"""Seconds to wait for a connection to a server."""
CLIENT = 60.0
"""Seconds to wait for a client to connect."""
GRACE = 1.0
"""Seconds without a reply after which there will be none."""
CLOSE = 3.0
"""Seconds to wait for the close after the last step."""
FLOOD = 64 << 20
"""Bytes that the target may send on one connection."""
SHOWN = 64


def told(pdu: bytes) -> str:
    """A PDU in words: its name, and the codes of a rejection or an abort."""
    name = NAMES[pdu[0] - 1] if 1 <= pdu[0] <= len(NAMES) else f"PDU of type {pdu[0]:02X}H"
    if pdu[0] == 3 and len(pdu) >= 10:
        return f"{name}({pdu[7]},{pdu[8]},{pdu[9]})"
    if pdu[0] == 7 and len(pdu) >= 10:
        return f"{name}({pdu[8]},{pdu[9]})"
    return name


def outcome(pdus: list[bytes], end: str, serves: bool | None) -> dict[str, Any]:
    """What is compared: the PDUs of the target, equal ones in a row once, how it ended, and whether it serves."""
    words: list[str] = []
    for pdu in pdus:
        word = told(pdu)
        if words[-1:] != [word]:
            words.append(word)
    return {"pdus": words, "end": end, "serves": serves}


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two outcomes are the same; None for `serves` is not compared."""
    unknown = one["serves"] is None or other["serves"] is None
    return one["pdus"] == other["pdus"] and one["end"] == other["end"] and (unknown or one["serves"] == other["serves"])


def in_words(found: dict[str, Any]) -> str:
    """An outcome for a reader."""
    serves = {None: "", True: "; it serves afterwards", False: "; it does not serve afterwards"}[found["serves"]]
    ends = {
        "closed": "it closed the connection",
        "open": "it kept the connection open",
        "ours": "this end closed the connection",
        "refused": "it refused the connection",
        "flood": "it did not stop sending",
    }
    return f"{', '.join(found['pdus']) or 'no PDU'}; {ends[found['end']]}{serves}"


class ReplayTalk:
    """One connection on which steps are carried out."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.pdus: list[bytes] = []
        self.end = ""
        self.answered = False
        self._pending = b""
        self._taken = 0
        self._started = time.monotonic()
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do(self, step: dict[str, Any]) -> None:
        """Carry out one step."""
        if step["do"] in ("send", "chunks"):
            data, sizes = bytes.fromhex(step["data"]), step.get("sizes", [])
            say(f"{self.now():9.3f} > {step['label']}, {len(data)} bytes", data)
            for text in step["operators"]:
                say(f"            {text}")
            self.send(data, sizes, step.get("seconds", 0.0))
        elif step["do"] == "await":
            self.take(max(GRACE, step.get("seconds", 0.0)), step["kinds"] or NAMES)
        elif step["do"] == "pause":
            self.take(step["seconds"])
        elif step["do"] == "half-close":
            self.half_close()
        elif step["do"] in ("reset", "close"):
            if step["do"] == "reset":
                with contextlib.suppress(OSError):
                    self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.sock.close()
            self.end = "ours"

    def send(self, data: bytes, sizes: list[int], seconds: float) -> None:
        """Send the bytes, in pieces of these sizes; the rest is one more."""
        self.answered = False
        at = 0
        for size in [*sizes, len(data)]:
            piece, at = data[at : at + size], at + size
            if not piece or self.end:
                continue
            if at > size and seconds:
                self.take(seconds)
            self.sock.settimeout(CLOSE)
            # What the target did comes out when the rest is read.
            with contextlib.suppress(OSError):
                self.sock.sendall(piece)

    def settle(self) -> None:
        """After the last step: wait for a reply, close the sending direction, read to the end."""
        if not self.end and not self.answered:
            self.take(GRACE, NAMES)
        if not self.end:
            self.half_close()

    def half_close(self) -> None:
        """Close the sending direction, and read to the end."""
        say(f"{self.now():9.3f} - FIN sent")
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
        self.take(CLOSE)
        self.end = self.end or "open"

    def take(self, seconds: float, until: Any = ()) -> None:
        """Read for `seconds`, or until one of these PDUs has come, or any for all the names."""
        deadline, known = time.monotonic() + seconds, len(self.pdus)
        while not self.end and (left := deadline - time.monotonic()) > 0:
            if any(until is NAMES or told(pdu).partition("(")[0] in until for pdu in self.pdus[known:]):
                return
            try:
                self.sock.settimeout(left)
                data = self.sock.recv(65536)
            except (TimeoutError, ssl.SSLWantReadError):
                continue
            except OSError:
                data = b""
            if not data:
                self.end = "closed"
                say(f"{self.now():9.3f} - the target closed the connection")
            self.cut(data)

    def cut(self, data: bytes) -> None:
        """Take bytes, and cut them into PDUs."""
        self.answered = self.answered or bool(data)
        self._pending += data
        self._taken += len(data)
        if self._taken > FLOOD:
            self.end = "flood"
        while len(self._pending) >= 6 and len(self._pending) >= (size := 6 + int.from_bytes(self._pending[2:6], "big")):
            pdu, self._pending = self._pending[:size], self._pending[size:]
            self.pdus.append(pdu)
            say(f"{self.now():9.3f} < {told(pdu)}, {size} bytes", pdu)

    def now(self) -> float:
        """Seconds since the connection."""
        return time.monotonic() - self._started


def say(text: str, data: bytes = b"") -> None:
    """Print a line."""
    more = f" ... {len(data) - SHOWN} more" if len(data) > SHOWN else ""
    print(f"{text} {data[:SHOWN].hex()}{more}".rstrip(), flush=True)


def connected(plan: dict[str, Any], host: str, port: int) -> socket.socket:
    """A connection to a server. Raises OSError."""
    sock = socket.create_connection((host, port), CONNECT)
    if not plan["tls"]:
        return sock
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(sock, server_hostname=host)


def serves(plan: dict[str, Any], host: str, port: int) -> bool:
    """Whether the server accepts a connection now."""
    try:
        connected(plan, host, port).close()
    except OSError:
        return False
    return True


def play(plan: dict[str, Any], host: str, port: int) -> dict[str, Any]:
    """Play all connections; the outcome of the last one. Raises OSError if there is no connection at all."""
    listener = None
    if any(step["do"] == "refuse" for steps in plan["conversations"] for step in steps):
        say(f"nobody listens on {host}:{port}: start the client now {plan['command']}")
        return outcome([], "refused", None)
    if plan["role"] == "requestor":
        listener = socket.create_server((host, port))
        listener.settimeout(CLIENT)
        say(f"listening on {host}:{port}: start the client now {plan['command']}")
    try:
        return play_all(plan, host, port, listener)
    finally:
        if listener is not None:
            listener.close()


def play_all(plan: dict[str, Any], host: str, port: int, listener: socket.socket | None) -> dict[str, Any]:
    """Play all connections with a listener for a client, or none for a server."""
    conversations = plan["conversations"] * plan["rounds"]
    found = outcome([], "refused", None)
    for number, steps in enumerate(conversations, start=1):
        if len(conversations) > 1:
            say(f"connection {number} of {len(conversations)}")
        try:
            sock = connected(plan, host, port) if listener is None else listener.accept()[0]
        except OSError:
            if number == 1:
                raise
            say("- there is no connection")
            return outcome([], "refused", None if listener else False)
        with sock:
            talk = ReplayTalk(sock)
            for step in steps:
                if not talk.end:
                    talk.do(step)
            talk.settle()
        found = outcome(talk.pdus, talk.end, None)
    return {**found, "serves": serves(plan, host, port) if listener is None else None}


def main(words: list[str]) -> int:
    """Show the finding again; see the head of this file for what is returned."""
    if len(words) != 2 or not words[1].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    print("\n".join(PLAN["about"]), flush=True)
    try:
        found = play(PLAN, words[0], int(words[1]))
    except OSError as error:
        print(f"no connection to {words[0]}:{words[1]}: {error.strerror or error}", file=sys.stderr)
        return 3
    print(f"now   {in_words(found)}")
    if PLAN["seen"] is None:
        print("What was found shows only inside the target: look at its memory, or at its output.")
        return 4
    print(f"then  {in_words(PLAN['seen'])}")
    again = same(found, PLAN["seen"])
    print("The same came again." if again else "Something else came.")
    return 0 if again else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
