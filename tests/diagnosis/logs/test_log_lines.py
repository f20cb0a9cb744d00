"""Lines of logs in any form: times, colours, encodings, ends that are cut off."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dulcimer.diagnosis.logs.lines import LONGEST_LINE, is_text, log_lines
from dulcimer.diagnosis.logs.naming import uid_of
from dulcimer.diagnosis.logs.reading import evidence_of_log


def texts(data: bytes) -> list[str]:
    return [line.text for line in log_lines(data)]


def test_colours_and_ends_of_lines_are_left_out() -> None:
    assert texts(b"\x1b[31mE: bad\x1b[0m\r\nI: good\r\n") == ["E: bad", "I: good"]


def test_encodings_are_recognised() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "latin-1"):
        assert texts("I: Müller\nI: end".encode(encoding)) == ["I: Müller", "I: end"]


def test_file_that_is_cut_off_in_a_character_is_read() -> None:
    assert texts("I: one\nI: Mü".encode()[:-1])[0] == "I: one"


def test_times_of_many_forms_are_seconds() -> None:
    forms = {
        "2026-12-01 10:00:01,500 INFO x": 36001.5,
        "I1201 10:00:01.500000 main.cpp:1] x": 36001.5,
        "[2026-12-01T10:00:01Z] x": 36001.0,
        "I: Requesting Association": None,
    }
    for line, seconds in forms.items():
        assert [one.t for one in log_lines(line.encode())] == [seconds]


def test_time_goes_on_over_midnight() -> None:
    first, second = log_lines(b"23:59:59 a\n00:00:01 b\n")
    assert first.t is not None and second.t == first.t + 2


def test_long_lines_are_bounded() -> None:
    assert len(texts(b"x" * 100_000)[0]) == LONGEST_LINE


def test_what_is_text() -> None:
    assert is_text(b"I: Requesting\r\n\x1b[0m") and is_text(b"\xff\xfeI\0")
    assert not is_text(b"\x01\x00\x00\x00") and not is_text(b"")


def test_names_of_logs_are_turned_into_uids() -> None:
    assert uid_of("CTImageStorage") == uid_of("CT Image Storage") == "1.2.840.10008.5.1.4.1.1.2"
    assert uid_of("FINDStudyRootQueryRetrieveInformationModel") == "1.2.840.10008.5.1.4.1.2.2.1"
    assert uid_of("LittleEndianImplicit") == uid_of("Implicit VR Little Endian") == "1.2.840.10008.1.2"
    assert uid_of("1.2.3.4 - Something") == "1.2.3.4"
    assert uid_of("NobodyKnows") == "NobodyKnows"


_PARTS = st.sampled_from(
    [
        b"I: Requesting Association\n",
        b"F: Association Rejected:\n",
        b"D:   Context ID:        1 (Accepted)\n",
        b"D: Calling Application Name:    ",
        b"E1201 10:00:00.0 a.cpp:1] ",
        b"\xff\xfe",
        b"\n",
    ]
)


@given(st.lists(_PARTS | st.binary(max_size=40), max_size=30))
def test_any_bytes_are_read_without_an_error(parts: list[bytes]) -> None:
    evidence_of_log(b"".join(parts))
