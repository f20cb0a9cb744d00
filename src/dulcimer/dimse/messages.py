"""DIMSE messages to P-DATA fragments and back (PS3.8 Annex E); pure.

The receiving side accepts all that a sender may do: any number of PDVs in a PDU, command and data in one PDU,
empty last fragments, bits 2 to 7 of the message control header set.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any, Protocol, TypeAlias

from dulcimer.counting import counted
from dulcimer.dimse import command_set
from dulcimer.dimse.command_set import CommandSet
from dulcimer.errors import DIMSEProcessingError
from dulcimer.fsm.primitives import PDataRequest, Pdv
from dulcimer.wire.model import Buffer

COMMAND, LAST = 0x01, 0x02
"""Bits of the message control header (PS3.8 E.2)."""

_PDV_OVERHEAD = 6
_BATCH = 1 << 20
MAXIMUM_COMMAND_LENGTH = 64 * 1024
"""Longest command set that is accepted, in bytes."""
MAXIMUM_DATA_SET_LENGTH = 64 << 20
"""Longest data set that is accepted in memory, in bytes; instances go to files and have no such limit."""
UNLIMITED_FRAGMENT = 256 * 1024
"""Fragment length in bytes where the peer sets no limit."""


class Sink(Protocol):
    """Takes the data set of a message as it arrives."""

    def write(self, fragment: Buffer) -> None:
        """Take a fragment; its buffer is reused after the call."""

    def discard(self) -> None:
        """The data set will not be complete: the association ended."""


class MemoryBudget(Protocol):
    """Bytes for several data sets together, such as a `Budget`."""

    @property
    def limit(self) -> int:
        """The number of bytes."""

    def take(self, count: int) -> bool:
        """Take `count` bytes; False if fewer are left."""

    def give(self, count: int) -> None:
        """Give `count` bytes back."""


class MemorySink:
    """Gathers a data set in memory.

    A data set of more than `keep` bytes, or without room in `budget`, is discarded, and `refused` says why. One of more
    than `limit` bytes raises an error.
    """

    def __init__(
        self,
        limit: int | None = MAXIMUM_DATA_SET_LENGTH,
        *,
        keep: int | None = None,
        kept_by: str = "",
        budget: MemoryBudget | None = None,
    ) -> None:
        self.length = 0
        """Bytes received."""
        self.refused = ""
        """Why the data set is not kept, with the name of the limit; "" if it is."""
        self._parts = BytesIO()
        self._limit = limit
        self._keep = keep
        self._kept_by = kept_by
        self._budget = budget
        self._taken = 0

    def write(self, fragment: Buffer) -> None:
        """Take a fragment; DIMSEProcessingError beyond the limit."""
        size = len(fragment)
        self.length += size
        if self._limit is not None and self.length > self._limit:
            self.discard()
            raise DIMSEProcessingError(
                f"a data set of more than {counted(self._limit, 'byte')}, which is the limit here"
            )
        if self.refused:
            return
        if self._keep is not None and self.length > self._keep:
            self._refuse(f"a data set of more than {counted(self._keep, 'byte')}", self._kept_by)
        elif self._budget is not None and not self._budget.take(size):
            self._refuse(
                f"the messages of all peers take more than {counted(self._budget.limit, 'byte')}", "messages_length"
            )
        else:
            self._taken += size if self._budget is not None else 0
            self._parts.write(fragment)

    def discard(self) -> None:
        """Drop it."""
        self._parts = BytesIO()
        self._give_back()

    def __del__(self) -> None:
        """Give back what it has taken, so that nobody has to do it for a dropped message."""
        self._give_back()

    def _give_back(self) -> None:
        if self._budget is not None and self._taken:
            self._budget.give(self._taken)
        self._taken = 0

    def _refuse(self, problem: str, limit: str) -> None:
        self.discard()
        self.refused = f"{problem}; the limit is {limit.replace('_', '-')}"

    def getvalue(self) -> bytes:
        """The bytes received; no copy is made (`BytesIO` shares its bytes)."""
        return self._parts.getvalue()


SinkFactory: TypeAlias = Callable[[int, CommandSet], Sink]
"""From the presentation context ID and the command set, the sink for the data set."""


@dataclass(frozen=True, slots=True)
class Message:
    """A complete message: `data` is the sink with its data set, None if it has none."""

    context_id: int
    command_set: CommandSet
    data: Sink | None


class MessageAssembler:
    """Assembles the messages of one direction of an association from fragments.

    `accepted` holds the IDs of the accepted presentation contexts.
    """

    def __init__(self, accepted: Container[int], open_sink: SinkFactory = lambda _id, _command: MemorySink()) -> None:
        self._accepted = accepted
        self._open_sink = open_sink
        self._context_id = 0
        self._command = bytearray()
        self._command_set: CommandSet | None = None
        self._sink: Sink | None = None

    def process(self, values: Sequence[Pdv]) -> Iterator[Message]:
        """The messages that these presentation data values complete.

        Raises DIMSEProcessingError where they break PS3.8 Annex E or PS3.7 6.3.
        """
        for context_id, header, fragment in values:
            sink = self._sink
            if sink is not None and not header & COMMAND and context_id == self._context_id:
                sink.write(fragment)
                if header & LAST:
                    yield self._finish()
            else:
                message = self._process_command(context_id, header, fragment)
                if message is not None:
                    yield message

    def discard(self) -> None:
        """Drop a message that is not complete."""
        if self._sink is not None:
            self._sink.discard()
        self._sink = None
        self._command_set = None
        self._command = bytearray()  # not cleared: an exception may still refer to what could not be decoded

    def _process_command(self, context_id: int, header: int, fragment: Buffer) -> Message | None:
        if context_id not in self._accepted:
            raise DIMSEProcessingError(f"presentation context {context_id} was not accepted", clause="PS3.8 9.3.5.1")
        if (self._command or self._sink is not None) and context_id != self._context_id:
            raise DIMSEProcessingError(
                f"a fragment of context {context_id} inside a message of context {self._context_id}",
                clause="PS3.8 E.1",
            )
        if self._sink is not None:
            raise DIMSEProcessingError("a command fragment where the data set has not ended", clause="PS3.8 E.1")
        if not header & COMMAND:
            raise DIMSEProcessingError("a data set fragment without a command set before it", clause="PS3.8 E.1")
        if len(self._command) + len(fragment) > MAXIMUM_COMMAND_LENGTH:
            raise DIMSEProcessingError(
                f"a command set of more than {MAXIMUM_COMMAND_LENGTH} bytes", clause="PS3.7 6.3.1"
            )
        self._context_id = context_id
        self._command += fragment
        if not header & LAST:
            return None
        command, self._command = self._command, bytearray()
        self._command_set = command_set.decode(command)
        has_data_set = self._command_set.has_data_set
        if has_data_set is None:
            raise DIMSEProcessingError(
                "a command set without Command Data Set Type (0000,0800) does not say whether a data set follows",
                clause="PS3.7 9.3, 10.3",
            )
        if not has_data_set:
            return self._finish()
        self._sink = self._open_sink(context_id, self._command_set)
        return None

    def _finish(self) -> Message:
        command, sink = self._command_set, self._sink
        assert command is not None
        self._command_set = self._sink = None
        return Message(self._context_id, command, sink)


class DataSource:
    """A part of a file, read piece by piece into one buffer, so that the data set is never in memory as a whole.

    `offset` and `length` in bytes.
    """

    def __init__(self, file: IO[bytes], offset: int, length: int) -> None:
        self._file = file
        self._offset = offset
        self.length = length

    def __len__(self) -> int:
        return self.length

    def pieces(self, size: int) -> Iterator[memoryview]:
        """Views of `size` bytes, the last one shorter; each is valid until the next one is requested.

        Raises OSError if the file ends early.
        """
        self._file.seek(self._offset)
        buffer = memoryview(bytearray(min(size, self.length)))
        left = self.length
        while left:
            piece = buffer[: min(size, left)]
            filled = 0
            while filled < len(piece):
                count = self._file.readinto(piece[filled:])  # type: ignore[attr-defined]  # files that are opened for reading bytes have it
                if not count:
                    raise OSError(f"the file ended {counted(left - filled, 'byte')} early")
                filled += count
            left -= len(piece)
            yield piece


class DataSets(tuple[bytes, ...]):
    """Encoded data sets, none empty, of even length: the same message is sent with each of them."""

    __slots__ = ()


def batches(
    context_id: int, message: Any, data: Buffer | DataSource | DataSets | None, maximum_length: int
) -> Iterator[list[PDataRequest]]:
    """The P-DATA requests of one message, in batches: the command set, then the data set, in one PDV each.

    A batch must be sent before the next one is requested: its fragments are views of a buffer that is reused.
    `maximum_length` is what the peer accepts, in bytes after the PDU header, 0 for no limit; it must leave room for 2
    bytes of a fragment (8 or more). One byte 00H makes the length of the data even (PS3.8 E.1). Empty data counts as no
    data set, for a fragment cannot be empty. Raises DIMSEProcessingError if nothing fits.

    The messages of several data sets are one batch.
    """
    length = fragment_length(maximum_length)
    command = command_set.encode(message, has_data_set=bool(data))
    batch = []
    for start in range(0, len(command), length):
        header = COMMAND | (LAST if start + length >= len(command) else 0)
        batch.append(PDataRequest(((context_id, header, command[start : start + length]),)))
    if isinstance(data, DataSets):
        of_data = [[*_of_data_set(context_id, data_set, length)] for data_set in data]
        yield [one for pieces in of_data for one in (*batch, *pieces)]
        return
    if not data:
        yield batch
        return
    left = len(data)
    size = max(1, _BATCH // length) * length
    for piece in data.pieces(size) if isinstance(data, DataSource) else (memoryview(data),):
        for start in range(0, len(piece), length):
            fragment: Buffer = piece[start : start + length]
            left -= len(fragment)
            if not left and len(fragment) % 2:
                fragment = bytes(fragment) + b"\0"
            batch.append(PDataRequest(((context_id, 0 if left else LAST, fragment),)))
        yield batch
        batch = []


def _of_data_set(context_id: int, data_set: bytes, length: int) -> Iterator[PDataRequest]:
    for start in range(0, len(data_set), length):
        end = start + length
        control = LAST if end >= len(data_set) else 0
        yield PDataRequest(((context_id, control, data_set[start:end]),))


def fragments(context_id: int, message: Any, data: Buffer | None, maximum_length: int) -> Iterator[PDataRequest]:
    """The P-DATA requests of a message whose data set is in memory; see `batches`."""
    for batch in batches(context_id, message, data, maximum_length):
        yield from batch


def fragment_length(maximum_length: int) -> int:
    """The longest fragment, an even number of bytes, for a peer with this maximum length."""
    if maximum_length == 0:
        return UNLIMITED_FRAGMENT
    length = (maximum_length - _PDV_OVERHEAD) & ~1
    if length < 2:
        raise DIMSEProcessingError(
            f"the peer accepts PDUs of {counted(maximum_length, 'byte')}, too short for a fragment", clause="PS3.8 D.1"
        )
    return min(length, 16 << 20)
