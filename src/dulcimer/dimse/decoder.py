"""P-DATA to DIMSE messages, one PDU at a time; data sets of chosen SOP classes go directly into files."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from dulcimer._generated.commands import MESSAGES
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.messages import COMMAND, LAST, MemorySink, Message, MessageAssembler, Sink
from dulcimer.errors import DIMSEProcessingError
from dulcimer.fsm.primitives import PDataIndication, Pdv
from dulcimer.wire.model import Buffer, PDataTf

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from dulcimer.pdu_primitives import P_DATA

PData: TypeAlias = "PDataIndication | PDataTf | P_DATA | Sequence[Pdv]"
"""P-DATA in any form: an indication, the PDU, pynetdicom's primitive, or presentation data values."""
OpenedFile: TypeAlias = IO[bytes] | tuple[IO[bytes], int]
"""A file open for reading and writing, and the byte where the data set begins; by default the current position."""
FileCallback: TypeAlias = Callable[[Any, "Dataset"], OpenedFile]
"""From the presentation context and the command set, the file for the data set."""

MOST_IN_MEMORY = 1 << 30
"""Longest data set that is kept in memory, in bytes."""


def values_of(p_data: PData) -> Sequence[Pdv]:
    """The presentation data values: context ID, message control header, fragment.

    Raises DIMSEProcessingError for one that is too short for its message control header.
    """
    if isinstance(p_data, PDataIndication):
        return p_data.values
    if isinstance(p_data, PDataTf):
        return [
            (item.presentation_context_id, item.message_control_header, item.fragment)
            for item in p_data.presentation_data_value_items
        ]
    if isinstance(p_data, Sequence):
        return p_data
    values = p_data.presentation_data_value_list
    if not all(octets for _, octets in values):
        raise DIMSEProcessingError("a presentation data value has no message control header", clause="PS3.8 E.2")
    return [(context_id, octets[0], octets[1:]) for context_id, octets in values]


class DecodedMessage:
    """A DIMSE message as received; `data_set` is encoded as its presentation context says, None if there is none."""

    def __init__(self, context_id: int, command: CommandSet, data_set: Any) -> None:
        self.context_id = context_id
        self.data_set = data_set
        self._command = command

    @property
    def msg_type(self) -> str:
        """The name of the message, such as `C-STORE-RQ`; "unknown" for a command field that is not defined."""
        info = MESSAGES.get(self._command.command_field or 0)
        return "unknown" if info is None else info.name

    @property
    def command_set(self) -> Dataset:
        """The elements of group 0000H."""
        from pydicom.dataset import Dataset

        from dulcimer.dimse.data_set import add_command_element

        found = Dataset()
        for tag, value in self._command.values.items():
            add_command_element(found, tag, value)
        return found

    @property
    def sop_class_uid(self) -> str | None:
        """The Affected or Requested SOP Class UID; None if there is neither."""
        found = self._command.value("affected_sop_class_uid") or self._command.value("requested_sop_class_uid")
        return found or None

    def __repr__(self) -> str:
        return f"<{self.msg_type} in context {self.context_id}>"


class _FileSink:
    """Writes a data set to a file of the user."""

    def __init__(self, opened: OpenedFile) -> None:
        self.file, start = opened if isinstance(opened, tuple) else (opened, None)
        self.start = self.file.tell() if start is None else start
        self.file.seek(self.start)

    def write(self, fragment: Buffer) -> None:
        """Append a fragment."""
        self.file.write(fragment)

    def discard(self) -> None:
        """The data set will not be complete."""
        self.file.close()


class DIMSEDecoder:
    """Decodes P-DATA into messages, one after the other.

    `accepted_contexts` are the presentation contexts by ID. Data sets of the SOP classes in `store_in_file` are written
    to the file that `get_file_cb` returns for them, fragment by fragment; others are kept in memory, at most
    `MOST_IN_MEMORY` bytes. Call `process` with each P-DATA while `receiving`; then `msg` is the message, its `data_set`
    the bytes, or the file, positioned at the beginning of the data set. The next P-DATA begins the next message.

    Only message control headers 00H to 03H are accepted. (An association ignores the reserved bits, PS3.8 E.2.)
    """

    def __init__(
        self,
        accepted_contexts: Mapping[int, Any],
        store_in_file: Container[str] = (),
        get_file_cb: FileCallback | None = None,
    ) -> None:
        self.accepted_contexts = accepted_contexts
        self.store_in_file = store_in_file
        self.get_file_cb = get_file_cb
        self.receiving = True
        """Whether the message is not complete yet."""
        self.command_set_received = False
        self.data_set_received = False
        self.pc_id: int | None = None
        """The ID of the presentation context."""
        self.msg: DecodedMessage | None = None
        """The message; without its data set until that is complete, None until its command set is."""
        self._assembler = MessageAssembler(accepted_contexts, self._open_sink)

    def process(self, p_data: PData) -> None:
        """Process a P-DATA.

        Raises DIMSEProcessingError for P-DATA that is not part of a DIMSE message; a file being written is closed.
        """
        if not self.receiving:
            self.receiving = True
            self.command_set_received = self.data_set_received = False
            self.msg = None
        try:
            for value in values_of(p_data):
                self._process(value)
        except BaseException:
            self._assembler.discard()
            raise

    def _process(self, value: Pdv) -> None:
        context_id, header, _ = value
        if header & ~(COMMAND | LAST):
            raise DIMSEProcessingError(f"the message control header {header:02X}H is not defined", clause="PS3.8 E.2")
        if not self.receiving:
            raise DIMSEProcessingError("a presentation data value follows the end of its message", clause="PS3.8 E.1")
        self.pc_id = context_id
        whole = next(iter(self._assembler.process((value,))), None)
        if whole is not None:
            self._finish(whole)

    def _open_sink(self, context_id: int, command: CommandSet) -> Sink:
        self._begin(context_id, command)
        assert self.msg is not None
        if self.get_file_cb is None or self.msg.sop_class_uid not in self.store_in_file:
            return MemorySink(MOST_IN_MEMORY)
        return _FileSink(self.get_file_cb(self.accepted_contexts[context_id], self.msg.command_set))

    def _begin(self, context_id: int, command: CommandSet) -> None:
        self.command_set_received = True
        self.msg = DecodedMessage(context_id, command, None)

    def _finish(self, whole: Message) -> None:
        self.receiving = False
        if self.msg is None:
            self._begin(whole.context_id, whole.command_set)
            return
        self.data_set_received = True
        if isinstance(whole.data, _FileSink):
            whole.data.file.seek(whole.data.start)
            self.msg.data_set = whole.data.file
        else:
            assert isinstance(whole.data, MemorySink)
            self.msg.data_set = whole.data.getvalue()
