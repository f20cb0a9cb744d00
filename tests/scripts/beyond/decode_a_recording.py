"""P-DATA that was recorded while a CT image was stored becomes messages again; its data set goes into a file.

It prints::

    C-ECHO-RQ 1 in context 1 of Verification SOP Class: no data set
    C-STORE-RQ 2 in context 3, command set True, data set False: None
    it took more than 10 PDUs: True, and the file holds what was sent: True
    in memory it is the same: True
    message control header: the message control header 04H is not defined (PS3.8 E.2)
    context: presentation context 5 was not accepted (PS3.8 9.3.5.1)
    no command set: a data set fragment without a command set before it (PS3.8 E.1)
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from pydicom import examples
from pynetdicom import AE, evt
from pynetdicom.dimse import DIMSEDecoder, DIMSEProcessingError
from pynetdicom.sop_class import CTImageStorage, Verification

sent, stored = [], []


def record(event):
    if event.pdu.pdu_type == 4:
        sent.append(event.pdu)


def store(event):
    stored.append(event.encoded_dataset(include_meta=False))
    return 0x0000


ae = AE()
ae.maximum_pdu_size = 2048
for uid in (Verification, CTImageStorage):
    ae.add_requested_context(uid)
    ae.add_supported_context(uid)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
association = ae.associate(*server.server_address, evt_handlers=[(evt.EVT_PDU_SENT, record)])
association.send_c_echo(msg_id=1)
association.send_c_store(examples.ct, msg_id=2)
contexts = {context.context_id: context for context in association.accepted_contexts}
association.release()
server.shutdown()


def decode(decoder, recorded):
    for p_data in recorded:
        if not decoder.receiving:
            return
        decoder.process(p_data)


with TemporaryDirectory() as folder:

    def open_file(context, command_set):
        assert context.abstract_syntax == command_set.AffectedSOPClassUID
        return Path(folder, command_set.AffectedSOPInstanceUID).open("w+b")

    decoder = DIMSEDecoder(contexts, store_in_file={CTImageStorage}, get_file_cb=open_file)
    decoder.process(sent[0])
    assert not decoder.receiving and decoder.command_set_received and not decoder.data_set_received
    command = decoder.msg.command_set
    print(decoder.msg.msg_type, command.MessageID, "in context", decoder.pc_id, end=" ")
    print("of", command.AffectedSOPClassUID.name + ":", "a data set" if decoder.msg.data_set else "no data set")

    decoder.process(sent[1])
    assert decoder.receiving
    print(decoder.msg.msg_type, decoder.msg.command_set.MessageID, "in context", decoder.pc_id, end=", ")
    print(f"command set {decoder.command_set_received}, data set {decoder.data_set_received}: {decoder.msg.data_set}")
    decode(decoder, sent[2:])
    assert decoder.data_set_received
    with decoder.msg.data_set as file:
        written = file.read()
    print(f"it took more than 10 PDUs: {len(sent) > 10}, and the file holds what was sent: {written == stored[0]}")

decoder = DIMSEDecoder(contexts)
decode(decoder, sent[1:])
print("in memory it is the same:", decoder.msg.data_set == written)

for what, value in {
    "message control header": (1, 4, b""),
    "context": (5, 3, b""),
    "no command set": (1, 2, b"a fragment"),
}.items():
    try:
        DIMSEDecoder(contexts, (), None).process([value])
    except DIMSEProcessingError as error:
        print(f"{what}: {error}")
