"""Files of other forms in the directory of a corpus."""

from __future__ import annotations

import gzip
from pathlib import Path

from dulcimer.captures import pcapng
from dulcimer.captures.tcp import TcpConversation
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.corpus.aflnet import replay_of
from dulcimer.fuzz.corpus.imports import imported_files
from dulcimer.fuzz.sequences.steps import FuzzSequence, SendBytes
from dulcimer.wire.codec import encode

REQUEST, ACCEPT, RELEASE, ABORT = (
    encode(plain_pdu(name, Titles())) for name in ("A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "A-RELEASE-RQ", "A-ABORT")
)


def capture() -> bytes:
    talk = TcpConversation(client=("192.0.2.1", 40000))
    talk.open(0.0)
    for number, (sender, data) in enumerate(((talk.client, REQUEST), (talk.server, ACCEPT), (talk.client, RELEASE))):
        talk.send(float(number), sender, data)
    return pcapng.write(talk.packets, application="test")


def test_each_form_is_read_in_the_order_of_names_and_others_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "c.PCAPNG").write_bytes(capture())
    (tmp_path / "d.pcapng.gz").write_bytes(gzip.compress(capture()))
    (tmp_path / "d.gz").write_bytes(gzip.compress(capture()))
    (tmp_path / "a.raw").write_bytes(REQUEST + ABORT)
    sequence = FuzzSequence("acceptor", (SendBytes(ABORT, "A-ABORT"),))
    (tmp_path / "b.replay").write_bytes(replay_of(sequence).data)
    (tmp_path / "a.txt").write_bytes(REQUEST)
    found = list(imported_files(tmp_path, "acceptor"))
    assert [sequence.sent for sequence in found] == [REQUEST + ABORT, ABORT, *[REQUEST + RELEASE] * 2]
    assert {sequence.role for sequence in found} == {"acceptor"}


def test_capture_gives_what_the_server_sent_for_a_client(tmp_path: Path) -> None:
    (tmp_path / "c.pcapng").write_bytes(capture())
    (found,) = imported_files(tmp_path, "requestor")
    assert (found.role, found.sent) == ("requestor", ACCEPT)


def test_directory_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert list(imported_files(tmp_path / "nowhere", "acceptor")) == []
