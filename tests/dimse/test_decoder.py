"""`DIMSEDecoder`: P-DATA in, messages out, some data sets into files."""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.commands import CEchoRq, CStoreRq, NSetRq
from dulcimer.dimse import DecodedMessage, DIMSEDecoder, DIMSEProcessingError
from dulcimer.dimse.messages import fragments
from dulcimer.fsm.primitives import PDataIndication
from dulcimer.pdu_primitives import P_DATA
from dulcimer.sop_class import CTImageStorage, MRImageStorage
from dulcimer.wire.model import PDataTf, PresentationDataValue

CONTEXTS = {1: "the context of CT", 3: "the context of MR"}


def store(uid: str = CTImageStorage) -> CStoreRq:
    return CStoreRq(affected_sop_class_uid=str(uid), message_id=7, priority=0, affected_sop_instance_uid="1.2.3")


def echo() -> CEchoRq:
    return CEchoRq(affected_sop_class_uid="1.2.840.10008.1.1", message_id=5)


def pdus(message: Any, data: bytes | None, length: int = 64, context_id: int = 1) -> list[PDataTf]:
    requests = fragments(context_id, message, data, length)
    return [PDataTf(tuple(PresentationDataValue(*value) for value in request.values)) for request in requests]


class Files:
    """Opens a file for each data set, and notes for which."""

    def __init__(self, folder: Path, header: bytes = b"") -> None:
        self.folder = folder
        self.header = header
        self.asked: list[tuple[Any, str, str]] = []
        self.opened: list[Any] = []

    def __call__(self, context: Any, command_set: Any) -> Any:
        self.asked.append((context, command_set.AffectedSOPInstanceUID, command_set.AffectedSOPClassUID))
        file = (self.folder / f"{len(self.asked)}.dcm").open("w+b")
        file.write(self.header)
        self.opened.append(file)
        return (file, len(self.header)) if self.header else file


def test_message_without_a_data_set_is_whole_after_its_command_set() -> None:
    decoder = DIMSEDecoder(CONTEXTS)
    first, *rest = pdus(echo(), None, 32)
    assert (decoder.receiving, decoder.command_set_received, decoder.msg, decoder.pc_id) == (True, False, None, None)
    decoder.process(first)
    assert (decoder.receiving, decoder.command_set_received, decoder.msg, decoder.pc_id) == (True, False, None, 1)
    for pdu in rest:
        decoder.process(pdu)
    assert (decoder.receiving, decoder.command_set_received, decoder.data_set_received) == (False, True, False)
    assert decoder.msg is not None
    assert (decoder.msg.msg_type, decoder.msg.data_set, decoder.msg.context_id) == ("C-ECHO-RQ", None, 1)
    assert decoder.msg.command_set.MessageID == 5
    assert repr(decoder.msg) == "<C-ECHO-RQ in context 1>"


@given(st.binary(min_size=1, max_size=300), st.integers(8, 90))
def test_data_set_is_kept_in_memory(data: bytes, length: int) -> None:
    decoder = DIMSEDecoder(CONTEXTS)
    sent = pdus(store(), data, length)
    for number, pdu in enumerate(sent):
        assert decoder.receiving
        assert not decoder.data_set_received
        if decoder.msg is not None:
            assert (decoder.msg.sop_class_uid, decoder.msg.data_set) == (CTImageStorage, None)
        decoder.process(pdu)
        assert decoder.receiving is (number < len(sent) - 1)
    assert (decoder.command_set_received, decoder.data_set_received) == (True, True)
    assert decoder.msg is not None
    assert decoder.msg.data_set == data + b"\0" * (len(data) % 2)


@given(st.binary(min_size=1, max_size=300), st.sampled_from([b"", b"HEADER"]))
def test_data_set_of_a_chosen_class_goes_to_the_file(data: bytes, header: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = Files(Path(folder), header)
        decoder = DIMSEDecoder(CONTEXTS, {CTImageStorage}, files)
        for pdu in pdus(store(), data):
            decoder.process(pdu)
        assert files.asked == [("the context of CT", "1.2.3", CTImageStorage)]
        assert decoder.msg is not None
        with decoder.msg.data_set as file:
            assert file is files.opened[0]
            assert file.tell() == len(header)
            assert file.read() == data + b"\0" * (len(data) % 2)
        assert (Path(folder) / "1.dcm").read_bytes().startswith(header)


def test_data_set_goes_to_the_file_while_it_arrives(tmp_path: Path) -> None:
    """Nothing is kept in memory: each fragment is in the file before the next one arrives."""
    files = Files(tmp_path)
    decoder = DIMSEDecoder(CONTEXTS, {CTImageStorage}, files)
    sent = pdus(store(), bytes(1000), 106)
    written = []
    for pdu in sent:
        decoder.process(pdu)
        written.append(files.opened[0].tell() if files.opened and decoder.receiving else None)
    assert written[-6:] == [500, 600, 700, 800, 900, None]
    assert decoder.msg is not None
    decoder.msg.data_set.close()


def test_only_the_chosen_classes_go_to_files(tmp_path: Path) -> None:
    files = Files(tmp_path)
    decoder = DIMSEDecoder(CONTEXTS, {CTImageStorage}, files)
    for message, context_id in ((store(MRImageStorage), 3), (store(), 1)):
        for pdu in pdus(message, b"data", context_id=context_id):
            decoder.process(pdu)
        kept = decoder.msg and decoder.msg.data_set
        assert decoder.pc_id == context_id
        assert (kept == b"data") is (context_id == 3)
    assert len(files.asked) == 1
    files.opened[0].close()


def test_messages_are_decoded_one_after_the_other() -> None:
    decoder = DIMSEDecoder(CONTEXTS)
    kinds = []
    for message, data in ((echo(), None), (store(), b"data"), (echo(), None)):
        for pdu in pdus(message, data):
            decoder.process(pdu)
        assert decoder.msg is not None
        kinds.append((decoder.msg.msg_type, decoder.data_set_received))
    assert kinds == [("C-ECHO-RQ", False), ("C-STORE-RQ", True), ("C-ECHO-RQ", False)]


@pytest.mark.parametrize("form", ["indication", "primitive", "values"])
def test_p_data_may_come_in_any_of_its_forms(form: str) -> None:
    values = [value for request in fragments(1, store(), b"data", 64) for value in request.values]
    primitive = P_DATA()
    primitive.presentation_data_value_list = [[number, bytes([head]) + bytes(part)] for number, head, part in values]
    decoder = DIMSEDecoder(CONTEXTS)
    forms: dict[str, Any] = {"indication": PDataIndication(values), "primitive": primitive, "values": values}
    decoder.process(forms[form])
    assert decoder.msg is not None
    assert decoder.msg.data_set == b"data"


@pytest.mark.clause("PS3.8 E.2")
@given(st.integers(4, 255))
def test_unknown_type_of_pdv_is_an_error(header: int) -> None:
    with pytest.raises(DIMSEProcessingError, match=f"{header:02X}H"):
        DIMSEDecoder(CONTEXTS).process(PDataTf((PresentationDataValue(1, header, b"\0\0"),)))


def test_pdv_without_a_header_is_an_error() -> None:
    with pytest.raises(DIMSEProcessingError, match="no message control header"):
        DIMSEDecoder(CONTEXTS).process(P_DATA.taken(presentation_data_value_list=[[1, b""]]))


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([(5, 3, b"")], "context 5"),
        ([(1, 2, b"data")], "without a command set"),
        ([(1, 3, b"\0\0\0")], "not an element"),
    ],
)
def test_what_is_no_message_is_an_error(values: list[Any], problem: str) -> None:
    with pytest.raises(DIMSEProcessingError, match=problem):
        DIMSEDecoder(CONTEXTS).process(values)


def test_value_behind_the_end_of_the_message_is_an_error() -> None:
    values = [value for request in fragments(1, echo(), None, 256) for value in request.values]
    with pytest.raises(DIMSEProcessingError, match="follows the end"):
        DIMSEDecoder(CONTEXTS).process([*values, *values])


def test_file_of_a_message_that_breaks_off_is_closed(tmp_path: Path) -> None:
    files = Files(tmp_path)
    decoder = DIMSEDecoder(CONTEXTS, {CTImageStorage}, files)
    for pdu in pdus(store(), bytes(1000))[:-1]:
        decoder.process(pdu)
    with pytest.raises(DIMSEProcessingError):
        decoder.process([(1, 1, b"")])
    assert files.opened[0].closed


def test_class_that_is_requested_counts_as_well() -> None:
    opened = BytesIO(b"before")
    opened.seek(0, 2)
    decoder = DIMSEDecoder(CONTEXTS, ["1.2.3.4"], lambda _context, _command: opened)
    message = NSetRq(requested_sop_class_uid="1.2.3.4", message_id=1, requested_sop_instance_uid="1.2")
    for pdu in pdus(message, b"data"):
        decoder.process(pdu)
    assert decoder.msg is not None
    assert decoder.msg.data_set is opened
    assert opened.read() == b"data"
    assert opened.getvalue() == b"beforedata"


def test_message_of_an_unknown_command_can_be_looked_at() -> None:
    elements = [(0x0100, b"\x77\x77"), (0x0110, b"abcd"), (0x0111, b"abcd"), (0x0800, b"\x01\x01")]
    values = [(1, 3, b"".join(pack("<HHI", 0, number, len(raw)) + raw for number, raw in elements))]
    decoder = DIMSEDecoder(CONTEXTS)
    decoder.process(values)
    assert isinstance(decoder.msg, DecodedMessage)
    assert (decoder.msg.msg_type, decoder.msg.sop_class_uid) == ("unknown", None)
    assert decoder.msg.command_set[0x00000111].value == b"abcd"
    assert "MessageID" not in decoder.msg.command_set
