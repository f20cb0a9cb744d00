"""`dulcimer find` over loopback connections, with servers made of the library's own entities."""

from __future__ import annotations

import contextlib
import io
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import config, dcmread
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.valuerep import VR
from rich.cells import cell_len

from dulcimer import AE, evt
from dulcimer.cli.scu import interrupts
from dulcimer.cli.scu.columns import FIRST_ROWS, StreamedTable
from dulcimer.cli.scu.match_text import text_of
from dulcimer.pdu_primitives import SOPClassExtendedNegotiation
from dulcimer.sop_class import (
    ModalityWorklistInformationFind,
    PatientRootQueryRetrieveInformationModelFind,
    PatientStudyOnlyQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelFind,
    UnifiedProcedureStepPull,
)
from support.command_runs import invoke, lines_of, words_of
from support.entities import PATIENCE, Seen, query, scp, serving
from support.peers.processes import DULCIMER

SPS = "ScheduledProcedureStepSequence"
MODELS = {
    "-P": PatientRootQueryRetrieveInformationModelFind,
    "-S": StudyRootQueryRetrieveInformationModelFind,
    "-O": PatientStudyOnlyQueryRetrieveInformationModelFind,
    "-W": ModalityWorklistInformationFind,
    "-U": UnifiedProcedureStepPull,
}


class Source:
    """A handler of C-FIND: it answers with studies, and keeps the queries."""

    def __init__(self, count: int = 3, *, status: int = 0x0000, comment: str = "", pending: int = 0xFF00) -> None:
        self.count = count
        self.status = status
        self.comment = comment
        self.pending = pending
        self.asked: list[tuple[str, Dataset]] = []
        self.cancelled = threading.Event()

    def __call__(self, event: Any) -> Iterator[tuple[int | Dataset, Dataset | None]]:
        self.asked.append((str(event.request.AffectedSOPClassUID), event.identifier))
        for number in range(self.count):
            if event.is_cancelled:
                self.cancelled.set()
                yield 0xFE00, None
                return
            yield self.pending, query(PatientName=f"Doe^{number}", StudyInstanceUID=f"1.2.{number}", PatientID="Ä")
        if self.status:
            failure = Dataset()
            failure.Status = self.status
            failure.ErrorComment = self.comment
            yield failure, None


def finder() -> AE:
    return scp(*MODELS.values())


@pytest.mark.parametrize("option", MODELS)
def test_every_information_model_is_asked_by_its_own_sop_class(option: str) -> None:
    source = Source(1)
    with serving(finder(), [(evt.EVT_C_FIND, source)]) as address:
        result = invoke("find", address, option)
    assert result.exit_code == 0, result.output
    assert "1 match\n" in result.stdout
    (asked,) = source.asked
    assert asked[0] == MODELS[option]
    assert ("QueryRetrieveLevel" in asked[1]) == (option in ("-P", "-S", "-O"))


def test_matches_are_a_table_with_the_keys_as_columns() -> None:
    with serving(finder(), [(evt.EVT_C_FIND, Source())]) as address:
        result = invoke("find", address, "-k", "PatientName", "-k", "StudyInstanceUID", "-k", "AccessionNumber")
    assert result.stdout.splitlines() == [
        "PatientName  StudyInstanceUID  AccessionNumber",
        "-----------  ----------------  ---------------",
        "Doe^0        1.2.0",
        "Doe^1        1.2.1",
        "Doe^2        1.2.2",
        "3 matches",
    ]
    assert "using STUDY, which fits the keys" in result.stderr


def test_json_is_one_line_per_match_in_the_dicom_json_model() -> None:
    with serving(finder(), [(evt.EVT_C_FIND, Source())]) as address:
        result = invoke("find", address, "--json")
    assert result.stderr == ""
    found = [Dataset.from_json(line) for line in lines_of(result)]
    assert [match.StudyInstanceUID for match in found] == ["1.2.0", "1.2.1", "1.2.2"]


def test_nothing_found_is_no_failure() -> None:
    with serving(finder(), [(evt.EVT_C_FIND, Source(0))]) as address:
        result = invoke("find", address)
    assert (result.exit_code, result.stdout) == (0, "0 matches\n")


@pytest.mark.clause("PS3.7 9.3.2.3")
def test_cancel_after_n_matches_is_seen_by_the_peer_and_shows_no_more() -> None:
    source = Source(1 << 20)
    with serving(finder(), [(evt.EVT_C_FIND, source)]) as address:
        result = invoke("find", address, "--cancel", "2", "-k", "PatientName")
        assert source.cancelled.wait(PATIENCE)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[2:] == ["Doe^0", "Doe^1", "2 matches; then cancelled, as requested"]


def test_first_match_is_shown_although_the_next_one_takes_its_time() -> None:
    seen = threading.Event()

    def answer(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        yield 0xFF00, query(PatientName="First")
        seen.wait(60.0)
        yield 0xFF00, query(PatientName="Second")

    with serving(finder(), [(evt.EVT_C_FIND, answer)]) as (host, port):
        command = [str(DULCIMER), "find", host, str(port), "-k", "PatientName", "-td", "90"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout is not None
            assert [process.stdout.readline() for _ in range(3)][2] == "First\n"
            seen.set()
            rest, _ = process.communicate(timeout=60.0)
    assert rest == "Second\n2 matches\n"


@pytest.mark.clause("PS3.7 9.3.2.3")
def test_ctrl_c_cancels_in_order_and_exits_with_130() -> None:
    source = Source(1 << 20)
    with serving(finder(), [(evt.EVT_C_FIND, source)]) as (host, port):
        command = [str(DULCIMER), "find", host, str(port), "-k", "PatientName"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("PatientName")
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60.0)
        assert source.cancelled.wait(PATIENCE)
    assert process.returncode == 130
    assert "asking the peer to stop" in errors
    assert "Traceback" not in errors


def never_ending(_: Any) -> Iterator[tuple[int, Dataset | None]]:
    """A handler that ignores a cancel."""
    while True:
        yield 0xFF00, query(PatientName="Again")


def test_peer_that_does_not_heed_a_cancel_is_aborted_with_what_it_has_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "PATIENCE", 0.2)
    with serving(finder(), [(evt.EVT_C_FIND, never_ending)]) as address:
        result = invoke("find", address, "--cancel", "2", "-k", "PatientName")
    assert result.exit_code == 1, result.output
    assert result.stdout.splitlines()[2:] == ["Again", "Again"]
    assert "after it was asked to stop" in words_of(result.stderr)


def test_second_ctrl_c_aborts() -> None:
    seen = Seen()
    with serving(finder(), [(evt.EVT_C_FIND, never_ending), (evt.EVT_ABORTED, seen)]) as (host, port):
        command = [str(DULCIMER), "find", host, str(port), "-k", "PatientName"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline().startswith("PatientName")
            process.send_signal(signal.SIGINT)
            reader = threading.Thread(target=process.stdout.read)  # so that the pipe does not fill
            reader.start()
            while "asking the peer" not in process.stderr.readline():
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            assert process.wait(60.0) == 130
            reader.join(PATIENCE)
        seen.until("EVT_ABORTED")


def test_matches_that_came_before_the_connection_was_lost_are_shown() -> None:
    def answer(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        yield 0xFF00, query(PatientName="Before")
        event.assoc.abort()

    with serving(finder(), [(evt.EVT_C_FIND, answer)]) as address:
        result = invoke("find", address, "-k", "PatientName")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[2:] == ["Before"]
    assert "aborted" in result.stderr


@pytest.mark.parametrize("as_json", [False, True])
def test_failure_of_the_peer_is_status_1_with_its_own_words(as_json: bool) -> None:
    source = Source(1, status=0xA900, comment="no \x1b[31msuch key")
    with serving(finder(), [(evt.EVT_C_FIND, source)]) as address:
        result = invoke("find", address, *(["--json"] if as_json else []))
    assert result.exit_code == 1
    if as_json:
        assert "such key" in lines_of(result)[-1]["error"]["came"]
    else:
        assert "A900H Failure" in result.stderr
        assert "no [31msuch key" in words_of(result.stderr)  # comments are sent without control characters


def test_peer_that_does_not_take_the_model_is_reported_with_the_model() -> None:
    with serving(scp(MODELS["-P"])) as address:
        result = invoke("find", address, "-S")
    assert result.exit_code == 1
    assert "Study Root" in result.stderr


def test_keys_that_the_peer_does_not_support_are_reported() -> None:
    with serving(finder(), [(evt.EVT_C_FIND, Source(1, pending=0xFF01))]) as address:
        assert "FF01H" in invoke("find", address).stderr
        assert "FF01H" not in invoke("find", address, "-q").stderr


def test_quiet_prints_nothing_unless_something_failed() -> None:
    with serving(finder(), [(evt.EVT_C_FIND, Source())]) as address:
        result = invoke("find", address, "-q")
    assert (result.exit_code, result.output) == (0, "")


def test_matches_are_written_as_dicom_files(tmp_path: Path) -> None:
    with serving(finder(), [(evt.EVT_C_FIND, Source())]) as address:
        assert invoke("find", address, "-w", str(tmp_path / "new" / "here")).exit_code == 0
    found = [dcmread(path) for path in sorted((tmp_path / "new" / "here").iterdir())]
    assert [match.PatientName for match in found] == ["Doe^0", "Doe^1", "Doe^2"]
    assert found[0].file_meta.MediaStorageSOPClassUID == MODELS["-S"]


def test_directory_that_cannot_be_made_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with serving(finder(), [(evt.EVT_C_FIND, Source())]) as address:
        assert invoke("find", address, "-w", str(tmp_path / "file" / "under")).exit_code == 2


@pytest.mark.clause("PS3.4 C.5.1.1")
@pytest.mark.parametrize(
    ("options", "model", "information", "refused"),
    [
        (["--relational"], "-S", b"\x01", []),
        (["--relational-query", "--fuzzy-names"], "-S", b"\x01\0\x01", ["--fuzzy"]),
        (["--fuzzy"], "-S", b"\0\0\x01", ["--fuzzy"]),
        (["--relational", "--enhanced-conversion"], "-P", b"\x01\0\0\0\x01", ["--enhanced-conversion"]),
        (["--fuzzy"], "-W", b"\x01\x01\x01", ["--fuzzy"]),
        (["--timezone-adj"], "-W", b"\x01\x01\0\x01", ["--timezone-adj"]),
    ],
)
def test_extended_negotiation_is_proposed_and_a_refusal_reported(
    options: list[str], model: str, information: bytes, refused: list[str]
) -> None:
    proposed: list[dict[str, bytes]] = []

    def relational_only(event: Any) -> dict[str, bytes]:
        proposed.append({str(uid): value for uid, value in event.app_info.items()})
        return {uid: value[:1] for uid, value in event.app_info.items()}

    handlers = [(evt.EVT_C_FIND, Source(1)), (evt.EVT_SOP_EXTENDED, relational_only)]
    with serving(finder(), handlers) as address:
        result = invoke("find", address, model, *options)
    assert result.exit_code == 0, result.output
    assert proposed == [{MODELS[model]: information}]
    told = [line for line in result.stderr.splitlines() if "does not support" in line]
    assert [name for name in refused if any(name in line for line in told)] == refused
    assert len(told) == len(refused)


def test_without_such_options_nothing_is_proposed() -> None:
    seen = Seen()
    with serving(finder(), [(evt.EVT_C_FIND, Source(1)), (evt.EVT_REQUESTED, seen)]) as address:
        invoke("find", address)
        (requested,) = seen.of("EVT_REQUESTED")
        items = requested.assoc.requestor.user_information
    assert not [item for item in items if isinstance(item, SOPClassExtendedNegotiation)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["-P", "-S"],
        ["-W", "--level", "STUDY"],
        ["-W", "--relational"],
        ["--level", "BED"],
        ["-k", "NoSuchKeyword"],
        ["--cancel", "0"],
        ["-f", "/no/such/file"],
        ["-xe", "-xi"],
        ["--bind", "1.2.3.4:99999"],
        ["--user", "A", "--jwt-file", __file__],
        ["--expect-identity-response"],
        ["--password-file", __file__],
    ],
)
def test_wrong_use_is_status_2_before_anything_is_sent(arguments: list[str]) -> None:
    assert invoke("find", ("127.0.0.1", 104), *arguments).exit_code == 2


@pytest.mark.parametrize(
    ("option", "first"),
    [("-xe", "1.2.840.10008.1.2.1"), ("-xb", "1.2.840.10008.1.2.2"), ("-xi", "1.2.840.10008.1.2"), ("-x=", None)],
)
def test_transfer_syntaxes_are_proposed_in_the_order_asked_for(option: str, first: str | None) -> None:
    seen = Seen()
    with serving(finder(), [(evt.EVT_C_FIND, Source(1)), (evt.EVT_REQUESTED, seen)]) as address:
        assert invoke("find", address, option).exit_code == 0
        (requested,) = seen.of("EVT_REQUESTED")
        primitive = requested.assoc.requestor.primitive
        assert primitive is not None
        (context,) = primitive.presentation_context_definition_list
    proposed = [str(uid) for uid in context.transfer_syntax]
    assert proposed[0] == (first or "1.2.840.10008.1.2.1")
    assert "1.2.840.10008.1.2" in proposed
    assert len(proposed) == {"-xe": 2, "-xb": 3, "-xi": 1, "-x=": 3}[option]


def test_bind_chooses_the_address_that_the_peer_sees() -> None:
    seen = Seen()
    with serving(finder(), [(evt.EVT_C_FIND, Source(1)), (evt.EVT_CONN_OPEN, seen)]) as address:
        assert invoke("find", address, "--bind", "127.0.0.3").exit_code == 0
        assert seen.of("EVT_CONN_OPEN")[0].address[0] == "127.0.0.3"


def test_table_prints_rows_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    table = StreamedTable(["Name", "Number"], None)
    for number in range(FIRST_ROWS):
        assert capsys.readouterr().out == ""
        table.add([f"{number}" * 10, "1"])
    assert len(capsys.readouterr().out.splitlines()) == 2 + FIRST_ROWS
    table.add(["日本", "1"])
    assert capsys.readouterr().out == "日本" + " " * 18 + "1\n"


def test_table_folds_between_words_and_puts_uids_below_where_there_is_no_room(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = StreamedTable(["PatientName", "StudyDescription", "UID"], 30, {2})
    table.add(["Doe^Jane", "A rather long description of it", "1.2.840.10008.1.2.3.4.5.6.7.8.9.10"])
    table.flush()
    assert capsys.readouterr().out.splitlines() == [
        "Patient   StudyDescription",
        "Name",
        "--------  --------------------",
        "Doe^Jane  A rather long",
        "          description of it",
        "    UID  1.2.840.10008.1.2.3.4.5.6.7.8.9.10",
    ]


@pytest.mark.parametrize("width", [20, 40, 60])
def test_columns_that_cannot_stand_side_by_side_stand_below(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    table = StreamedTable([f"Heading{number}" for number in range(7)], width)
    table.add([f"value{number}" for number in range(7)])
    table.flush()
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= max(width, len("    Heading6  value6")) for line in lines)
    assert sum("value" in line for line in _body(lines)) > 1
    assert all(f"value{number}" in "".join(lines) for number in range(7))


@given(st.lists(st.lists(st.text("ab ^.日", max_size=30), min_size=3, max_size=3), max_size=4), st.integers(30, 60))
def test_nothing_is_lost_and_no_line_is_too_long_at_any_width(rows: list[list[str]], width: int) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        table = StreamedTable(["One", "TwoWords", "ThreeLongWords"], width)
        for row in rows:
            table.add(row)
        table.flush()
    lines = printed.getvalue().splitlines()
    assert all(cell_len(line) <= width for line in lines)
    for character in "ab^.日":
        assert sum(line.count(character) for line in _body(lines)) == sum(
            value.count(character) for row in rows for value in row
        )


def _body(lines: list[str]) -> list[str]:
    rule = next((number for number, line in enumerate(lines) if set(line) <= {"-", " "} and "-" in line), -1)
    return lines[rule + 1 :]


def test_values_that_are_no_values_are_shown_and_not_taken_for_a_fault_of_ours(tmp_path: Path) -> None:
    def answer(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        match = query(PatientID="Ä")
        for keyword, value in (("InstanceNumber", "many"), ("StudyDate", "yesterday"), ("Rows", "x")):
            tag = tag_for_keyword(keyword)
            assert tag is not None
            match.add(DataElement(tag, "LO", value, validation_mode=config.IGNORE))
        yield 0xFF00, match

    keys = [word for name in ("PatientID", "InstanceNumber", "StudyDate", "Rows") for word in ("-k", name)]
    with serving(finder(), [(evt.EVT_C_FIND, answer)]) as address:
        table = invoke("find", address, "-xi", *keys, "-w", str(tmp_path))
        as_json = invoke("find", address, "-xi", *keys, "--json")
    assert (table.exit_code, as_json.exit_code) == (0, 0), table.output + as_json.output
    assert "many" in table.stdout
    assert "yesterday" in table.stdout
    assert len(lines_of(as_json)) == 1
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(st.sampled_from(sorted(VR)), st.binary(max_size=12))
def test_any_bytes_of_a_peer_are_shown_in_printable_text(vr: str, value: bytes) -> None:
    match = Dataset()
    tag = BaseTag(0x00200013)
    match[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
    assert text_of(match, ((tag, None),)).isprintable()


def test_identifier_that_is_no_data_set_is_a_failure_of_the_peer(tmp_path: Path) -> None:
    def answer(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        broken = Dataset()
        for tag, vr, value in (
            (0x00080005, "CS", b"NO_SUCH_SET "),
            (0x00100010, "PN", b"\xff\xfe\x1b$B="),
            (0x00200013, "IS", b"many"),
            (0x00400100, "SQ", b"\xfe\xff\x00\xe0\xff\xff"),
        ):
            broken[tag] = RawDataElement(BaseTag(tag), vr, len(value), value, 0, False, True)
        yield 0xFF00, broken

    with serving(finder(), [(evt.EVT_C_FIND, answer)]) as address:
        for options in ([], ["--json"], ["-w", str(tmp_path)]):
            for syntax in ("-xi", "-xe"):
                keys = ["-k", "PatientName", "-k", "InstanceNumber", "-k", SPS]
                result = invoke("find", address, syntax, *options, *keys)
                assert result.exit_code in (0, 1), result.output
                assert "UserWarning" not in result.stderr
