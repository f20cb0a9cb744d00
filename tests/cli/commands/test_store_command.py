"""`dulcimer store`: several associations, several files at a time, interrupted transfers, refusals."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

from dulcimer import AE, evt
from dulcimer.cli.scu.files import batches, contexts_of
from dulcimer.dimse.data_set import decode_data_set
from dulcimer.sop_class import CTImageStorage, MRImageStorage
from support.command_runs import invoke, lines_of, summary_of, words_of
from support.dicom_files import TEST_FILES
from support.entities import PATIENCE, Seen, ct, scp, serving
from support.peers.processes import DULCIMER

STUDY = "study"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Six CT instances in Explicit VR Little Endian."""
    (tmp_path / STUDY / "deep").mkdir(parents=True)
    for number in range(6):
        folder = tmp_path / STUDY / ("deep" if number > 3 else "")
        ct(f"1.2.3.{number}").save_as(folder / f"{number}.dcm", enforce_file_format=True)
    return tmp_path / STUDY


class Keeper:
    """A handler of C-STORE that keeps UIDs; `act` may do something else with the first `count` requests."""

    def __init__(self, act: Any = None, count: int = 0) -> None:
        self.uids: Counter[str] = Counter()
        self.syntaxes: list[str] = []
        self.names: list[str] = []
        self._act = act
        self._left = count
        self._lock = threading.Lock()

    def __call__(self, event: Any) -> int:
        with self._lock:
            self._left -= 1
            acting = self._left >= 0
        if acting:
            status = self._act(event)
            if status is not None:
                return int(status)
        with self._lock:
            self.uids[str(event.request.AffectedSOPInstanceUID)] += 1
            self.syntaxes.append(str(event.context.transfer_syntax))
            self.names.append(str(event.dataset.PatientName))
        return 0x0000


def meeting_at(barrier: threading.Barrier) -> Any:
    """Waits at the barrier, then leaves the answer to the next handler."""

    def meet(_: Any) -> None:
        barrier.wait(PATIENCE)

    return meet


def keeper(*syntaxes: str, **settings: Any) -> AE:
    ae = scp(**settings)
    ae.add_supported_context(CTImageStorage, list(syntaxes) or [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
    return ae


ALL = Counter({f"1.2.3.{number}": 1 for number in range(6)})


@pytest.mark.parametrize("option", [[], ["-r"], ["+r"], ["--recurse"], ["-cx"], ["-R"], ["--required-contexts"]])
def test_directories_are_sent_with_all_under_them_however_tools_call_that(option: list[str], study: Path) -> None:
    handler = Keeper()
    with serving(keeper(), [(evt.EVT_C_STORE, handler)]) as address:
        assert invoke("store", address, *option, str(study)).exit_code == 0
    assert handler.uids == ALL


def test_directories_can_be_sent_without_those_in_them(study: Path) -> None:
    handler = Keeper()
    with serving(keeper(), [(evt.EVT_C_STORE, handler)]) as address:
        assert invoke("store", address, "--no-recurse", str(study)).exit_code == 0
    assert handler.uids.total() == 4


def test_jobs_are_associations_side_by_side_and_each_file_goes_once(study: Path) -> None:
    meeting = threading.Barrier(3)
    handler = Keeper(meeting_at(meeting), 3)
    seen = Seen()
    with serving(keeper(), [(evt.EVT_C_STORE, handler), (evt.EVT_ACCEPTED, seen)]) as address:
        result = invoke("store", address, "--jobs", "3", str(study))
    assert result.exit_code == 0, result.output
    assert not meeting.broken
    assert handler.uids == ALL
    assert len(seen.names) == 3


def test_job_too_many_for_the_peer_does_no_harm(study: Path) -> None:
    handler = Keeper()
    with serving(keeper(maximum_associations=1), [(evt.EVT_C_STORE, handler)]) as address:
        result = invoke("store", address, "--jobs", "4", str(study))
    assert result.exit_code == 0, result.output
    assert handler.uids == ALL


@pytest.mark.clause("PS3.7 D.3.3.3")
def test_window_has_several_files_under_way_on_one_association(study: Path) -> None:
    meeting = threading.Barrier(3)
    handler = Keeper(meeting_at(meeting), 3)
    proposed: list[tuple[int, int]] = []

    def agree(event: Any) -> tuple[int, int]:
        proposed.append((event.nr_invoked, event.nr_performed))
        return 3, 1

    with serving(keeper(), [(evt.EVT_C_STORE, handler), (evt.EVT_ASYNC_OPS, agree)]) as address:
        result = invoke("store", address, "--window", "5", str(study))
    assert result.exit_code == 0, result.output
    assert proposed == [(5, 1)]
    assert not meeting.broken
    assert handler.uids == ALL
    assert "accepts only 3 operations" in result.stderr


def test_connection_that_is_lost_is_made_again_and_only_what_is_open_is_sent_again(study: Path) -> None:
    handler = Keeper(lambda event: event.assoc.abort(), 0)
    lost = Keeper(None, 0)

    def take(event: Any) -> int:
        if len(handler.uids) == 2 and not lost.uids:
            lost.uids[str(event.request.AffectedSOPInstanceUID)] += 1
            event.assoc.abort()
        return handler(event)

    with serving(keeper(), [(evt.EVT_C_STORE, take)]) as address:
        result = invoke("store", address, "--retries", "2", "--retry-delay", "0.01", "--json", str(study))
    assert result.exit_code == 0, result.output
    assert summary_of(result)["stored"] == 6
    (again,) = lost.uids
    assert handler.uids == ALL + Counter({again: 1})
    assert "trying again in 0.01 s" in result.stderr


def test_file_that_the_peer_dies_of_is_given_up_after_the_others(study: Path) -> None:
    handler = Keeper()

    def take(event: Any) -> int:
        if event.request.AffectedSOPInstanceUID == "1.2.3.0":
            event.assoc.abort()
            return 0x0000
        return handler(event)

    with serving(keeper(), [(evt.EVT_C_STORE, take)]) as address:
        result = invoke("store", address, "--retries", "1", "--retry-delay", "0.01", "--json", str(study))
    assert result.exit_code == 1
    assert handler.uids == ALL - Counter({"1.2.3.0": 1})
    by_name = {Path(line["path"]).name: line["kept"] for line in lines_of(result) if "path" in line}
    assert by_name == {f"{number}.dcm": number > 0 for number in range(6)}
    assert list(by_name)[-1] == "0.dcm"


def test_without_retries_the_rest_is_reported_as_not_sent(study: Path) -> None:
    with serving(keeper(), [(evt.EVT_C_STORE, Keeper(lambda event: event.assoc.abort(), 1))]) as address:
        result = invoke("store", address, str(study))
    assert result.exit_code == 1
    assert result.stdout.count("not sent") == 6
    assert result.stdout.count("the transfer ended first") == 5


def test_resume_passes_over_what_the_peer_has_acknowledged(study: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    handler = Keeper(lambda event: event.assoc.abort(), 0)

    def take(event: Any) -> int:
        if handler.uids.total() == 4:
            event.assoc.abort()
            return 0x0000
        return handler(event)

    server = keeper()
    with serving(server, [(evt.EVT_C_STORE, take)]) as address:
        first = invoke("store", address, "--resume", str(journal), "--json", str(study))
        assert first.exit_code == 1
        assert summary_of(first)["stored"] == 4
        journal.write_bytes(journal.read_bytes() + b'{"sop_instance_uid": "1.2')  # the machine stopped while writing
        ct("1.2.3.0", PatientName="Changed^Since").save_as(study / "0.dcm", enforce_file_format=True)
        handler.uids.clear()
        second = invoke("store", address, "--resume", str(journal), "--json", str(study))
        third = invoke("store", address, "--resume", str(journal), str(study))
    assert second.exit_code == 0, second.output
    assert handler.uids == Counter({"1.2.3.0": 1, "1.2.3.4": 1, "1.2.3.5": 1})
    assert summary_of(second)["stored_before"] == 3
    assert third.exit_code == 0
    assert "nothing left to send, 6 files stored before" in third.stdout


def test_ctrl_c_tells_what_was_stored_and_leaves_a_journal_to_go_on_with(study: Path, tmp_path: Path) -> None:
    third, go_on = threading.Event(), threading.Event()
    handler = Keeper()

    def take(event: Any) -> int:
        if handler.uids.total() == 2:
            third.set()
            go_on.wait(PATIENCE)
        return handler(event)

    journal = ["--resume", str(tmp_path / "journal"), str(study)]
    with serving(keeper(), [(evt.EVT_C_STORE, take)]) as (host, port):
        command = [str(DULCIMER), "store", host, str(port), *journal]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert third.wait(60.0)
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=60.0)
        go_on.set()
        rest = invoke("store", (host, port), *journal)
    assert (process.returncode, errors) == (130, "")
    assert output.count("stored    ") == 2
    assert "2 of 2 files stored" in output
    assert rest.exit_code == 0
    assert "2 files stored before" in rest.stdout


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo terminals")
def test_bar_is_for_the_terminal_and_results_go_where_standard_output_goes(study: Path) -> None:
    ours, theirs = os.openpty()
    with serving(keeper(), [(evt.EVT_C_STORE, Keeper())]) as (host, port):
        command = [str(DULCIMER), "store", host, str(port), str(study)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
            os.close(theirs)
            output, _ = process.communicate(timeout=60.0)
    shown = os.read(ours, 65536)
    os.close(ours)
    assert output.count("stored    ") == 6
    assert b"6/6" in shown
    assert b"stored" not in shown


def test_journal_of_another_peer_or_none_at_all_is_a_usage_error(study: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with serving(keeper(), [(evt.EVT_C_STORE, Keeper())]) as address:
        assert invoke("store", address, "--resume", str(journal), str(study)).exit_code == 0
        other = invoke("store", address, "--resume", str(journal), "-aec", "OTHER", str(study))
        no_journal = invoke("store", address, "--resume", str(study / "0.dcm"), str(study))
        (tmp_path / "other.json").write_text(json.dumps({"a": 1}))
        other_json = invoke("store", address, "--resume", str(tmp_path / "other.json"), str(study))
    assert (other.exit_code, no_journal.exit_code, other_json.exit_code) == (2, 2, 2)
    assert "another peer" in words_of(other.stderr)


def test_peer_that_takes_only_implicit_vr_gets_the_files_rewritten(study: Path) -> None:
    handler = Keeper()
    with serving(keeper(ImplicitVRLittleEndian), [(evt.EVT_C_STORE, handler)]) as address:
        assert invoke("store", address, str(study)).exit_code == 0
        strict = invoke("store", address, "--no-convert", str(study))
    assert handler.uids == ALL
    assert set(handler.names) == {"Test^Case"}
    assert strict.exit_code == 1
    assert "in Explicit VR Little Endian" in strict.stdout


@pytest.mark.parametrize(
    ("options", "taken", "used"),
    [
        ([], [ImplicitVRLittleEndian, ExplicitVRLittleEndian], ExplicitVRLittleEndian),
        (["-xi"], [ExplicitVRLittleEndian, ImplicitVRLittleEndian], ImplicitVRLittleEndian),
        (["-xe"], [ExplicitVRLittleEndian, ImplicitVRLittleEndian], ExplicitVRLittleEndian),
        (["-x="], [ImplicitVRLittleEndian], ImplicitVRLittleEndian),
        (["-xb"], [ExplicitVRBigEndian], ExplicitVRBigEndian),
    ],
)
def test_transfer_syntax_is_the_preferred_one(options: list[str], taken: Sequence[str], used: str, study: Path) -> None:
    handler = Keeper()
    with serving(keeper(*taken), [(evt.EVT_C_STORE, handler)]) as address:
        assert invoke("store", address, *options, str(study)).exit_code == 0
    assert set(handler.syntaxes) == {used}
    assert set(handler.names) == {"Test^Case"}


def test_deflated_file_is_rewritten_for_a_peer_that_inflates_nothing(tmp_path: Path) -> None:
    data_set = ct("1.2.3")
    data_set.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    data_set.save_as(tmp_path / "deflated.dcm", enforce_file_format=True)
    handler = Keeper()
    with serving(keeper(), [(evt.EVT_C_STORE, handler)]) as address:
        result = invoke("store", address, str(tmp_path / "deflated.dcm"))
    assert result.exit_code == 0, result.output
    assert handler.names == ["Test^Case"]


@pytest.mark.clause("PS3.5 7.3")
@pytest.mark.parametrize("taken", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("own", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_numbers_and_words_survive_a_change_of_byte_order(own: str, taken: str, tmp_path: Path) -> None:
    data_set = ct("1.2.3", Rows=300, ImagePositionPatient=[1.5, 2, 3])
    data_set.add_new("PixelData", "OW", struct.pack("<4H" if own != ExplicitVRBigEndian else ">4H", 1, 256, 3, 65534))
    data_set.add_new("FloatPixelData", "OF", struct.pack("<f" if own != ExplicitVRBigEndian else ">f", 1.5))
    item = Dataset()
    item.add_new("RedPaletteColorLookupTableData", "OW", b"\1\2" if own != ExplicitVRBigEndian else b"\2\1")
    data_set.IconImageSequence = [item]
    data_set.file_meta.TransferSyntaxUID = UID(own)
    data_set.save_as(tmp_path / "file.dcm", enforce_file_format=True)
    received: list[Dataset] = []

    def take(event: Any) -> int:
        received.append(event.dataset)
        return 0x0000

    with serving(keeper(taken), [(evt.EVT_C_STORE, take)]) as address:
        options = ["-xb"] if taken == ExplicitVRBigEndian else []
        assert invoke("store", address, *options, str(tmp_path)).exit_code == 0
    (found,) = received
    order = ">" if taken == ExplicitVRBigEndian else "<"
    assert struct.unpack(f"{order}4H", found.PixelData) == (1, 256, 3, 65534)
    assert struct.unpack(f"{order}f", found.FloatPixelData) == (1.5,)
    assert struct.unpack(f"{order}H", found.IconImageSequence[0].RedPaletteColorLookupTableData) == (0x0201,)
    assert (found.Rows, list(found.ImagePositionPatient)) == (300, [1.5, 2, 3])


def test_big_endian_image_of_another_maker_is_what_its_little_endian_twin_is(tmp_path: Path) -> None:
    received: list[Any] = []

    def take(event: Any) -> int:
        received.append(event.dataset.PixelData)
        return 0x0000

    server = scp()
    server.add_supported_context(MRImageStorage, [ExplicitVRLittleEndian])
    with serving(server, [(evt.EVT_C_STORE, take)]) as address:
        for name in ("MR_small_bigendian.dcm", "MR_small.dcm"):
            assert invoke("store", address, str(TEST_FILES / name)).exit_code == 0
    assert received[0] == received[1]


def test_refusal_says_what_the_peer_would_take_and_what_to_do(tmp_path: Path) -> None:
    data_set = ct("1.2.3")
    data_set.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    data_set.save_as(tmp_path / "jpeg.dcm", enforce_file_format=True)
    other = ct("1.2.4")
    other.SOPClassUID = MRImageStorage
    other.save_as(tmp_path / "mr.dcm", enforce_file_format=True)
    with serving(keeper()) as address:
        result = invoke("store", address, str(tmp_path))
        quiet = invoke("store", address, "-q", str(tmp_path))
    assert result.exit_code == 1
    assert "CT Image Storage in JPEG Baseline" in result.stdout
    told = words_of(result.stderr)
    assert "The peer accepts CT Image Storage in: Implicit VR Little Endian, Explicit VR Little Endian." in told
    assert "The peer does not accept MR Image Storage in any transfer syntax" in told
    assert "dcmdjpeg" in told
    assert quiet.stderr == ""
    assert quiet.stdout.count("not sent") == 2


def test_file_that_cannot_be_rewritten_fails_alone(tmp_path: Path) -> None:
    ct("1.2.3.1").save_as(tmp_path / "good.dcm", enforce_file_format=True)
    ct("1.2.3.2").save_as(tmp_path / "bad.dcm", enforce_file_format=True)
    with (tmp_path / "bad.dcm").open("ab") as file:
        file.write(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
    handler = Keeper()
    with serving(keeper(ImplicitVRLittleEndian), [(evt.EVT_C_STORE, handler)]) as address:
        result = invoke("store", address, "--json", str(tmp_path))
    assert handler.uids["1.2.3.1"] == 1
    assert summary_of(result)["stored"] >= 1


@pytest.mark.parametrize("own", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, JPEGBaseline8Bit])
def test_own_transfer_syntax_of_a_file_always_has_a_context_of_its_own(own: str, tmp_path: Path) -> None:
    from dulcimer.services.instance_file import InstanceFile

    instance = InstanceFile(tmp_path, CTImageStorage, "1.2", own, 0)
    contexts = contexts_of(instance, (), convert=True)
    assert contexts[0].transfer_syntaxes == (own,)
    assert (len(contexts) == 2) == (own != JPEGBaseline8Bit)


def test_no_group_has_more_contexts_than_an_association(tmp_path: Path) -> None:
    from dulcimer.services.instance_file import InstanceFile

    instances = [InstanceFile(tmp_path, f"1.2.{n}", f"1.3.{n}", ExplicitVRLittleEndian, 0) for n in range(200)]
    groups = list(batches(instances, convert=True))
    assert [len(contexts) for contexts, _ in groups] == [128, 128, 128, 16]
    assert [instance for _, group in groups for instance in group] == instances


@pytest.mark.parametrize(
    "arguments",
    [["--jobs", "0"], ["--window", "0"], ["--retries", "-1"], ["--retry-delay", "0"], ["-xi", "--no-convert"]],
)
def test_wrong_use_is_status_2(arguments: list[str], study: Path) -> None:
    assert invoke("store", ("127.0.0.1", 104), *arguments, str(study)).exit_code == 2


def test_rewritten_data_set_is_the_same_in_other_words(study: Path) -> None:
    received: list[bytes] = []

    def take(event: Any) -> int:
        received.append(event.encoded_dataset(include_meta=False))
        return 0x0000

    with serving(keeper(), [(evt.EVT_C_STORE, take)]) as address:
        assert invoke("store", address, str(study / "0.dcm")).exit_code == 0
        assert invoke("store", address, "-xi", str(study / "0.dcm")).exit_code == 0
    explicit, implicit = received
    assert (study / "0.dcm").read_bytes().endswith(explicit)
    assert decode_data_set(explicit, ExplicitVRLittleEndian) == decode_data_set(implicit, ImplicitVRLittleEndian)
    assert explicit != implicit
