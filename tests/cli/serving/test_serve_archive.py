"""`dulcimer serve --dir` as a process: recovery after a crash, several workers, metrics, users, and shutdown."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from dulcimer import AE
from dulcimer.archive.operation.metrics import Metrics, text
from dulcimer.archive.scp.remotes import read_remotes
from dulcimer.archive.users import hashed
from dulcimer.cli.main import app, load
from dulcimer.dimse.messages import COMMAND, LAST
from dulcimer.learn.labs.messages import elements
from dulcimer.pdu_primitives import UserIdentityNegotiation
from dulcimer.sop_class import CTImageStorage, ModalityWorklistInformationFind, Verification
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort, PDataTf, PresentationDataValue
from support.archive_clients import association, images_of, store
from support.command_runs import CommandRunner
from support.peers.processes import DULCIMER, HOST, PeerProcess, dulcimer_serve, free_port
from support.raw_dimse import requesting
from support.studies import Image, write_image, write_order, write_study

PATIENCE = 60.0
several = pytest.mark.skipif(os.name != "posix", reason="several processes share a port on POSIX only")


def until(there: Callable[[], bool]) -> None:
    """Wait for an effect of another process."""
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def listens(port: int) -> bool:
    """Whether connections are accepted there."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1.0):
        return True
    return False


def page(port: int, path: str) -> tuple[int, str]:
    """Status and body of a page."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def workers_of(peer: PeerProcess) -> list[int]:
    """The processes that the supervisor has started."""
    done = subprocess.run(["pgrep", "-P", str(peer.pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in done.stdout.split()]


def refused(*arguments: str) -> str:
    """The message of a usage error, in one line."""
    result = CommandRunner().invoke(app, ["serve", "--port", "0", *arguments], env={"NO_COLOR": "1", "COLUMNS": "200"})
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.stderr).split())


# Acknowledged instances


def test_instances_acknowledged_before_a_kill_are_found_after_the_next_start(tmp_path: Path) -> None:
    studies = [write_study(tmp_path / f"{study}", study, 20) for study in range(1, 5)]
    acknowledged: list[Image] = []
    with dulcimer_serve(tmp_path / "archive") as peer:

        def send(images: list[Image]) -> None:
            with association(peer.port, CTImageStorage) as opened:
                for image in images:
                    if opened.is_established and getattr(opened.send_c_store(image.path), "Status", None) == 0x0000:
                        acknowledged.append(image)
                        # The others are being synced.
                        if len(acknowledged) == 30:
                            os.kill(peer.pid, signal.SIGKILL)

        senders = [threading.Thread(target=send, args=(images,)) for images in studies]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join(PATIENCE)
        peer.process.wait(PATIENCE)
    assert len(acknowledged) >= 30
    with dulcimer_serve(tmp_path / "archive") as peer:
        for images in studies:
            found = set(images_of(peer.port, images[0]))
            assert {image.instance for image in acknowledged if image in images} <= found
            assert found <= {image.instance for image in images}


def test_instance_is_found_as_soon_as_it_is_acknowledged(tmp_path: Path) -> None:
    images = write_study(tmp_path / "files", 1, 20)
    with dulcimer_serve(tmp_path / "archive") as peer, association(peer.port, CTImageStorage) as opened:
        for number, image in enumerate(images, 1):
            assert opened.send_c_store(image.path).Status == 0x0000
            assert len(images_of(peer.port, image)) == number


def test_instance_is_kept_when_nobody_reads_what_is_printed(tmp_path: Path) -> None:
    image = write_image(tmp_path / "1.dcm", 1)
    command = [str(DULCIMER), "serve", "--port", "0", "--dir", str(tmp_path / "archive")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        process.stdout.readline()
        process.stdout.close()
        assert store(port, image) == 0x0000
        assert images_of(port, image) == [image.instance]
        process.terminate()
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_files_put_there_by_hand_are_found_with_reindex(tmp_path: Path) -> None:
    with dulcimer_serve(tmp_path / "archive") as peer:
        assert store(peer.port, write_image(tmp_path / "1.dcm", 1)) == 0x0000
    image = write_image(tmp_path / "archive" / "by-hand.dcm", 2)
    with dulcimer_serve(tmp_path / "archive", "--reindex") as peer:
        assert images_of(peer.port, image) == [image.instance]
        assert "2 files indexed, 0 unreadable, 0 gone" in peer.log()


# Several workers


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[PeerProcess, int]]:
    """A server of two workers, and the port of its metrics."""
    port = free_port()
    with dulcimer_serve(tmp_path / "archive", "--workers", "2", "--metrics-port", str(port)) as peer:
        until(lambda: "listening on" in peer.log())
        yield peer, port
        assert "Traceback" not in peer.log()


@several
def test_what_one_worker_has_acknowledged_every_worker_finds(two: tuple[PeerProcess, int], tmp_path: Path) -> None:
    peer, port = two
    images = write_study(tmp_path / "files", 1, 12)
    for number, image in enumerate(images, 1):
        assert store(peer.port, image) == 0x0000
        assert len(images_of(peer.port, image)) == number
    lines = page(port, "/metrics")[1].splitlines()
    assert 'dulcimer_responses_total{service="C-STORE",status="Success"} 12' in lines
    assert "dulcimer_process_starts_total 2" in lines
    assert "dulcimer_index_backlog 0" in lines


@several
def test_workers_that_are_killed_are_started_again_and_lose_nothing(
    two: tuple[PeerProcess, int], tmp_path: Path
) -> None:
    peer, port = two
    image = write_image(tmp_path / "1.dcm", 1)
    before = workers_of(peer)
    assert len(before) == 2
    with association(peer.port, CTImageStorage) as opened:
        assert opened.send_c_store(image.path).Status == 0x0000
        for worker in before:
            os.kill(worker, signal.SIGKILL)
    until(lambda: "dulcimer_process_starts_total 4" in page(port, "/metrics")[1])
    until(lambda: page(port, "/healthz") == (200, "ok\n"))
    assert set(workers_of(peer)).isdisjoint(before)
    assert images_of(peer.port, image) == [image.instance]
    assert "ended with status -9; it is restarted" in peer.log()


@several
def test_all_workers_end_in_order_with_the_supervisor(tmp_path: Path) -> None:
    with dulcimer_serve(tmp_path / "archive", "--workers", "2") as peer:
        until(lambda: "listening on" in peer.log())
        workers = workers_of(peer)
        peer.process.send_signal(signal.SIGTERM)
        assert peer.process.wait(PATIENCE) == 0
        assert peer.log().endswith("stopped\n")
        assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    assert not list((tmp_path / "archive" / ".pending").glob("[0-9]*"))


@several
def test_workers_do_not_outlive_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    with dulcimer_serve(tmp_path / "archive", "--workers", "2") as peer:
        until(lambda: "listening on" in peer.log())
        workers = workers_of(peer)
        assert len(workers) == 2
        os.kill(peer.pid, signal.SIGKILL)
        until(lambda: not any(_is_alive(worker) for worker in workers))


def _is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@several
def test_worker_that_cannot_serve_is_reported_once_and_ends_all(tmp_path: Path) -> None:
    (tmp_path / "users").write_text("nobody\n")
    command = [str(DULCIMER), "serve", "--port", "0", "--workers", "2", "--user-file", str(tmp_path / "users")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2
    assert "line 1 is not NAME:HASH" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


# Metrics, health, access


def test_numbers_and_health_are_shown_and_tell_of_no_patient(tmp_path: Path) -> None:
    port = free_port()
    image = write_image(tmp_path / "1.dcm", 1)
    with dulcimer_serve(tmp_path / "archive", "--metrics-port", str(port)) as peer:
        assert store(peer.port, image) == 0x0000
        assert images_of(peer.port, image) == [image.instance]
        status, body = page(port, "/metrics")
        assert status == 200
        lines = body.splitlines()
        assert 'dulcimer_requests_total{service="C-STORE"} 1' in lines
        assert "dulcimer_store_seconds_count 1" in lines
        received = next(line for line in lines if line.startswith("dulcimer_received_bytes_total"))
        assert int(received.split()[1]) > image.path.stat().st_size
        for secret in ("FAMILY", image.instance, image.study, "TESTER"):
            assert secret not in body
        assert page(port, "/healthz") == (200, "ok\n")
        assert page(port, "/")[0] == 404


def test_users_calling_titles_and_the_limit_are_minded(tmp_path: Path) -> None:
    (tmp_path / "users").write_text(f"anna:{hashed('secret')}\n")
    options = ["--user-file", str(tmp_path / "users"), "--accept-calling", "TESTER", "--max-associations", "1"]
    with dulcimer_serve(tmp_path / "archive", *options) as peer:
        item = UserIdentityNegotiation()
        item.user_identity_type, item.primary_field, item.secondary_field = 2, b"anna", b"secret"
        with association(peer.port, Verification) as opened:
            assert opened.is_rejected
        with association(peer.port, Verification, ext_neg=[item]) as opened:
            assert opened.is_established
            with association(peer.port, Verification, ext_neg=[item]) as another:
                assert another.is_rejected
                assert "local limit exceeded" in str(another.error)
        stranger = AE("STRANGER")
        stranger.add_requested_context(Verification)
        opened = stranger.associate(HOST, peer.port, ext_neg=[item])
        assert opened.is_rejected
        assert "calling AE title not recognized" in str(opened.error)


def test_worklist_is_offered_without_an_archive(tmp_path: Path) -> None:
    write_order(tmp_path / "1.wl", 1)
    command = [str(DULCIMER), "serve", "--port", "0", "--worklist", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        assert "no instances; worklist of" in process.stdout.readline()
        asked = Dataset()
        asked.PatientID = ""
        with association(port, ModalityWorklistInformationFind) as opened:
            [(_, found), (final, _)] = opened.send_c_find(asked, ModalityWorklistInformationFind)
        assert (found.PatientID, final.Status) == ("W1", 0x0000)
        process.terminate()


# Shutdown


def test_association_in_progress_is_finished_after_sigterm(tmp_path: Path) -> None:
    images = write_study(tmp_path / "files", 1, 5)
    with dulcimer_serve(tmp_path / "archive", "--grace", "60") as peer:
        with association(peer.port, CTImageStorage) as opened:
            assert opened.send_c_store(images[0].path).Status == 0x0000
            peer.process.send_signal(signal.SIGTERM)
            assert [opened.send_c_store(image.path).Status for image in images[1:]] == [0x0000] * 4
        assert peer.process.wait(PATIENCE) == 0
        assert peer.log().endswith("released\nstopped\n")


def test_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    over = threading.Event()

    def trickle(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while not over.wait(0.05):
                connection.sendall(b"\x00")

    with dulcimer_serve(tmp_path / "archive", "--grace", "600") as peer:
        with socket.create_connection((HOST, peer.port)) as connection:
            connection.sendall(b"\x01\x00\x00\x00\x10\x00")  # a PDU that is sent byte by byte
            talking = threading.Thread(target=trickle, args=(connection,))
            talking.start()
            peer.process.send_signal(signal.SIGINT)
            with pytest.raises(subprocess.TimeoutExpired):
                peer.process.wait(3.0)
            peer.process.send_signal(signal.SIGINT)
            assert peer.process.wait(PATIENCE) == 0
            over.set()
            talking.join(PATIENCE)


@several
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_second_signal_ends_workers_at_once_and_in_order(tmp_path: Path, number: signal.Signals) -> None:
    directory = tmp_path / "archive"
    command = elements(
        {
            "affected_sop_class_uid": CTImageStorage,
            "command_field": 0x0001,
            "message_id": 1,
            "priority": 0,
            "command_data_set_type": 0,
            "affected_sop_instance_uid": "1.2.3",
        }
    )
    begun = PresentationDataValue(1, COMMAND | LAST, command), PresentationDataValue(1, 0, bytes(70_000))
    with dulcimer_serve(directory, "--workers", "2", "--grace", "600") as peer:
        until(lambda: "listening on" in peer.log())
        with contextlib.ExitStack() as stack:
            opened = [stack.enter_context(requesting((HOST, peer.port), CTImageStorage)) for _ in range(6)]
            for raw in opened:
                raw.connection.sendall(b"".join(encode(PDataTf((value,))) for value in begun))
            until(lambda: len(list(directory.rglob("*.part"))) == len(opened))
            peer.process.send_signal(number)
            until(lambda: not listens(peer.port))
            peer.process.send_signal(number)
            assert [raw.receive() for raw in opened] == [Abort(0, 0)] * len(opened)
            assert peer.process.wait(PATIENCE) == 0
        assert list(directory.rglob("*.part")) == []
        assert "killed" not in peer.log()
        assert peer.log().endswith("stopped\n")


# Usage errors


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--database", "sqlite:///x"], "'--database': this needs --dir DIRECTORY"),
        (["--reindex"], "'--reindex': this needs --dir DIRECTORY"),
        (["--remote", "STORE"], "'--remote': 'STORE' is not AET=HOST:PORT"),
        (["--remote", "A=h:1", "--remote", "A=h:2"], "A is given twice, with different addresses"),
        (["--accept-calling", "SEVENTEEN LETTERS"], "an AE title at most 16"),
        (["--ignore", "--dir", "."], "choose one"),
        (["--dir", "{here}", "--database", "nonsense"], "'--database': the index cannot be used"),
        (["--dir", "{here}", "--database", "mysql://x/y"], "'--database': the index cannot be used"),
        (["--dir", "{here}", "--database", "sqlite:////no/such/folder/x"], "unable to open database file"),
        (["--dir", "/proc/no"], "/proc/no cannot be used"),
        (["--remotes", "{here}/remotes.toml"], "has no table [remotes]"),
        (["--user-file", "{here}/users"], "line 1 is not NAME:HASH"),
        (["--workers", "0"], "--workers"),
        (["--metrics-port", "{taken}"], "cannot listen"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_used_is_named_with_its_option(tmp_path: Path, arguments: list[str], told: str) -> None:
    (tmp_path / "remotes.toml").write_text("")
    (tmp_path / "users").write_text("nobody\n")
    with socket.create_server((HOST, 0)) as taken:
        words = [word.format(here=tmp_path, taken=taken.getsockname()[1]) for word in arguments]
        assert told in refused(*words)


def test_help_shows_the_options_and_examples() -> None:
    result = CommandRunner().invoke(app, ["serve", "--help"], env={"NO_COLOR": "1", "COLUMNS": "200"})
    for word in (
        "--sync",
        "--worklist",
        "--remote ",
        "--remotes",
        "--workers",
        "--metrics-port",
        "--user-file",
        "Examples:",
    ):
        assert word in result.output


def test_guide_names_options_and_numbers_that_there_are(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guide" / "serve.md").read_text(encoding="utf-8")
    command = load("serve")
    options = {name for parameter in command.params for name in parameter.opts}
    named = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", re.sub(r"python -m \S+|`dulcimer (?!serve)[^`]*`", "", guide)))
    assert named <= options
    own = {
        "--dir",
        "--database",
        "--reindex",
        "--sync",
        "--worklist",
        "--ignore",
        "--host",
        "--remote",
        "--remotes",
        "--grace",
    }
    own |= {"--require-called-aet", "--accept-calling", "--user-file", "--max-associations", "--workers"}
    assert own | {"--metrics-port", "--artim", "-ta", "-td", "-tn", "-pdu"} <= named
    numbers = set(re.findall(r"^# TYPE (\S+)", text([Metrics()]), re.MULTILINE))
    assert numbers == set(re.findall(r"`(dulcimer_\w+)`", guide))
    [toml] = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "remotes.toml").write_text(toml)
    assert [remote.ae_title for remote in read_remotes(tmp_path / "remotes.toml")] == ["VIEWER", "WORKSTATION"]


@pytest.mark.long
def test_report_of_a_check_of_the_archive_has_no_failure(tmp_path: Path) -> None:
    with dulcimer_serve(tmp_path / "archive", "--worklist", str(tmp_path)) as peer:
        command = [str(DULCIMER), "check", HOST, str(peer.port), "-k", "dimse", "--json", str(tmp_path / "report.json")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=4 * PATIENCE, check=False)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    summary = json.loads((tmp_path / "report.json").read_text())["summary"]
    assert not summary.get("FAILED")
    assert summary["OK"] > 80
