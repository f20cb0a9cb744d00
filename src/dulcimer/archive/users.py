"""Who may use a server: names and scrypt hashes of passwords in a file, one `NAME:HASH` to a line.

`python -m dulcimer.archive.users NAME` asks for a password and prints the line.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from getpass import getpass
from pathlib import Path

from dulcimer.ae.core.acceptance import Congestion
from dulcimer.counting import counted
from dulcimer.errors import DulcimerError
from dulcimer.events import Event
from dulcimer.limits import DEFAULTS

_SCHEME = "scrypt"
_COST, _BLOCK, _PARALLEL = 1 << 14, 8, 1
_MOST_MEMORY = 1 << 28
_SALT, _LENGTH = 16, 32
_NAME_AND_PASSWORD = 2
_AT_ONCE = 2
_LOW_PRIORITY = 10


class UserFileError(DulcimerError):
    """A file of users that cannot be understood."""


class Users:
    """The users of a file; checks the identity of a requestor (EVT_USER_ID, PS3.7 D.3.3.7).

    Checking a password takes 60 ms of a processor and 16 MB. Two are checked at a time, in threads of low priority,
    and up to `most` may wait.
    """

    def __init__(self, hashes: dict[str, str], most: int = DEFAULTS.passwords) -> None:
        self.most = most
        self._hashes = hashes
        self._waiting = 0
        self._threads = ThreadPoolExecutor(_AT_ONCE, "dulcimer-password", _lower_priority)
        self._nobody = hashed(secrets.token_hex())

    @classmethod
    def read(cls, path: Path) -> Users:
        """Read the file; empty lines and those that begin with `#` are skipped.

        Raises UserFileError, OSError.
        """
        hashes: dict[str, str] = {}
        try:
            lines = path.read_text("utf-8").splitlines()
        except UnicodeDecodeError as error:
            raise UserFileError(f"{path} is not UTF-8 text") from error
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            name, _, encoded = line.strip().rpartition(":")
            if not name or not _is_usable(encoded):
                raise UserFileError(f"{path} line {number} is not NAME:HASH; python -m {__spec__.name} NAME prints one")
            if name in hashes:
                raise UserFileError(f"{path} line {number}: {name!r} appears twice")
            hashes[name] = encoded
        return cls(hashes)

    async def accept(self, event: Event) -> tuple[bool, bytes | None]:
        """Whether the requestor is one of the users, with the right password; other kinds of identity are refused.

        Raises Congestion if too many wait.
        """
        if event.user_id_type != _NAME_AND_PASSWORD:
            return False, None
        name = event.primary_field.decode("utf-8", "replace")
        # An unknown name takes as long as a wrong password.
        known = self._hashes.get(name, self._nobody)
        if self._waiting >= self.most:
            raise Congestion(
                f"{counted(self.most, 'password')} waiting to be checked, which is the limit (--limit passwords=NUMBER)"
            )
        self._waiting += 1
        try:
            password = event.secondary_field or b""
            fits = await asyncio.get_running_loop().run_in_executor(self._threads, matches, password, known)
        finally:
            self._waiting -= 1
        return fits and name in self._hashes, None


def _lower_priority() -> None:
    """Run this thread only when no other one needs the processor, if the system can do that."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOW_PRIORITY)


def hashed(password: str) -> str:
    """The scrypt hash of a password, with a new salt: `scrypt$N$r$p$SALT$KEY`, salt and key in base 64."""
    salt = secrets.token_bytes(_SALT)
    key = _derive(password.encode(), salt, _COST, _BLOCK, _PARALLEL, _LENGTH)
    words = (base64.b64encode(part).decode() for part in (salt, key))
    return "$".join((_SCHEME, str(_COST), str(_BLOCK), str(_PARALLEL), *words))


def matches(password: bytes, encoded: str) -> bool:
    """Whether the hash belongs to the password."""
    parts = _parts(encoded)
    if parts is None:
        return False
    cost, block, parallel, salt, key = parts
    return hmac.compare_digest(_derive(password, salt, cost, block, parallel, len(key)), key)


def _derive(password: bytes, salt: bytes, cost: int, block: int, parallel: int, length: int) -> bytes:
    return hashlib.scrypt(password, salt=salt, n=cost, r=block, p=parallel, maxmem=_MOST_MEMORY, dklen=length)


def _parts(encoded: str) -> tuple[int, int, int, bytes, bytes] | None:
    words = encoded.split("$")
    if len(words) != 6 or words[0] != _SCHEME:
        return None
    try:
        cost, block, parallel = (int(word) for word in words[1:4])
        salt, key = (base64.b64decode(word, validate=True) for word in words[4:])
    except (ValueError, binascii.Error):
        return None
    return cost, block, parallel, salt, key


def _is_usable(encoded: str) -> bool:
    """Whether the hash can be checked against: scrypt does not accept all numbers."""
    try:
        parts = _parts(encoded)
        return parts is not None and len(parts[-1]) >= _SALT and not matches(b"", encoded)
    except (ValueError, MemoryError, OverflowError):
        return False


def main(arguments: list[str]) -> int:
    """Ask for the password of a user and print the line."""
    if len(arguments) != 1 or not arguments[0] or "\n" in arguments[0]:
        print("usage: python -m dulcimer.archive.users NAME", file=sys.stderr)
        return 2
    try:
        password = getpass()
    except EOFError:
        password = ""
    if not password or (sys.stdin.isatty() and getpass("Again: ") != password):
        print("the password is empty, or the two differ", file=sys.stderr)
        return 1
    print(f"{arguments[0]}:{hashed(password)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
