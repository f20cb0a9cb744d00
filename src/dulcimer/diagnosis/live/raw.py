"""Bytes to a port and back, before anything is known of who listens there."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from dataclasses import dataclass
from struct import unpack_from
from time import perf_counter

from dulcimer._generated.codes import PduType
from dulcimer._generated.headers import PDU_HEADER
from dulcimer.wire.other_protocols import OtherProtocol, recognise

_CHUNK = 4096
_MOST = 1 << 20
_ANSWERS = (PduType.A_ASSOCIATE_AC, PduType.A_ASSOCIATE_RJ, PduType.A_ABORT)
_SHOWN = 24
HTTP_REQUEST = b"OPTIONS * HTTP/1.0\r\n\r\n"
HL7_MESSAGE = b"\x0bMSH|^~\\&|DULCIMER|||||| |1|D|2.3\r\x1c\r"
"""A message without content, of processing ID D (debugging)."""
_MLLP_START = b"\x0b"


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What came: `data`, and how it ended: "" while the connection is open, "closed", "reset" or "silent"."""

    data: bytes
    end: str
    seconds: float

    @property
    def is_dicom(self) -> bool:
        """Whether it is an answer to an association request."""
        return self.data[:1] in {bytes((kind,)) for kind in _ANSWERS} and self.data[1:2] == b"\0"

    @property
    def other(self) -> OtherProtocol | None:
        """Another protocol whose bytes these are."""
        if self.data[:1] == _MLLP_START:
            return OtherProtocol("HL7 (MLLP)", "a message of HL7")
        return recognise(self.data)

    @property
    def shown(self) -> str:
        """The first bytes, in hexadecimal."""
        more = f" ... ({len(self.data):,} bytes)" if len(self.data) > _SHOWN else ""
        return self.data[:_SHOWN].hex(" ").upper() + more


class RawConnection:
    """One connection; use it as an async context manager."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(
        cls, host: str, port: int, seconds: float, tls: ssl.SSLContext | None = None, name: str | None = None
    ) -> RawConnection:
        """Connect. Raises OSError, also for TLS and as TimeoutError."""
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(
                host, port, ssl=tls, server_hostname=(name or host) if tls is not None else None
            )
        return cls(reader, writer)

    async def __aenter__(self) -> RawConnection:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it."""
        with contextlib.suppress(OSError, RuntimeError):
            self._writer.close()

    async def send(self, data: bytes) -> None:
        """Send bytes; what fails comes out when the answer is read."""
        with contextlib.suppress(OSError):
            self._writer.write(data)
            await self._writer.drain()

    async def whole_pdu(self, seconds: float, *, quick: int | None = None) -> bytes:
        """The next PDU, whatever it is; b"" if it does not come. `quick`: the option for quick acknowledgement."""
        sock = self._writer.get_extra_info("socket")
        data = b""
        with contextlib.suppress(OSError):
            async with asyncio.timeout(seconds):
                while len(data) < PDU_HEADER.size or len(data) < PDU_HEADER.size + unpack_from(">I", data, 2)[0]:
                    if quick is not None and sock is not None:
                        sock.setsockopt(socket.IPPROTO_TCP, quick, 1)
                    chunk = await self._reader.read(_CHUNK)
                    if not chunk or len(data) > _MOST:
                        return b""
                    data += chunk
                return data
        return b""

    async def answer(self, seconds: float) -> RawAnswer:
        """What comes within so many seconds: a whole PDU, or the first bytes of something else."""
        began = perf_counter()
        data = b""
        end = "silent"
        try:
            async with asyncio.timeout(seconds):
                while not _is_enough(data):
                    chunk = await self._reader.read(_CHUNK)
                    if not chunk:
                        end = "closed"
                        break
                    data += chunk
                else:
                    end = ""
        except TimeoutError:
            end = "silent" if not data else ""
        except ssl.SSLError as error:
            end = f"TLS: {error.reason or error}"
        except OSError:
            end = "reset"
        return RawAnswer(data, end, perf_counter() - began)


def _is_enough(data: bytes) -> bool:
    if len(data) < PDU_HEADER.size:
        return False
    if data[0] not in _ANSWERS or data[1] != 0:
        return True
    return len(data) >= min(PDU_HEADER.size + int(unpack_from(">I", data, 2)[0]), _MOST)


def client_hello(host: str) -> bytes:
    """The first bytes of TLS."""
    outgoing = ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=host).do_handshake()
    return outgoing.read()


async def asked_raw(host: str, port: int, data: bytes, seconds: float) -> RawAnswer:
    """Connect without TLS, send bytes, and read the answer; silence if there is no connection."""
    try:
        async with await RawConnection.open(host, port, seconds) as connection:
            await connection.send(data)
            return await connection.answer(seconds)
    except OSError:
        return RawAnswer(b"", "silent", 0.0)
