"""The parts of `dulcimer serve`: remotes, users, metrics and their page, contexts for a destination."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.ae.core.acceptance import Congestion
from dulcimer.archive.index.statuses import explained, status_of
from dulcimer.archive.operation.metrics import SIZE, Metrics, text
from dulcimer.archive.operation.metrics_page import metrics_page
from dulcimer.archive.operation.workers import reserved
from dulcimer.archive.scp.destination import grouped
from dulcimer.archive.scp.remotes import Remote, RemoteError, by_title, read_remotes
from dulcimer.archive.users import UserFileError, Users, hashed, main
from dulcimer.errors import TransportError
from dulcimer.services.data_sources import NATIVE

# Remotes


@pytest.mark.parametrize(
    ("written", "remote"),
    [
        ("A=host:104", Remote("A", "host", 104)),
        ("STORE SCP=10.0.0.1:11112", Remote("STORE SCP", "10.0.0.1", 11112)),
        ("A=[::1]:104", Remote("A", "::1", 104)),
    ],
)
def test_remote_is_read(written: str, remote: Remote) -> None:
    assert Remote.parse(written) == remote


@pytest.mark.parametrize(
    "written",
    [
        "",
        "A",
        "A=",
        "A=host",
        "A=host:",
        "A=host:0",
        "A=host:65536",
        "A=host:x",
        "=host:104",
        "A=::1:104",
        "SEVENTEEN LETTERS=host:1",
        "A\\B=host:1",
        "A=:104",
    ],
)
def test_what_is_no_remote_is_reported(written: str) -> None:
    with pytest.raises(RemoteError):
        Remote.parse(written)


def test_remotes_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "remotes.toml"
    path.write_text('[remotes]\nA = "host:104"\nB = { host = "::1", port = 2762, tls = true }\n')
    assert read_remotes(path) == [Remote("A", "host", 104), Remote("B", "::1", 2762, tls=True)]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "remotes = 1",
        "[remotes",
        "[remotes]\nA = 1",
        "[remotes]\nA = {host = 'h'}",
        "ÿ",
        "[remotes]\nA = {host = 'h', port = 1, tsl = true}",
        "[remotes]\nA = {host = 'h', port = true}",
    ],
)
def test_file_that_has_no_remotes_is_reported(tmp_path: Path, content: str) -> None:
    path = tmp_path / "remotes.toml"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(RemoteError):
        read_remotes(path)


def test_title_stands_for_one_place() -> None:
    here, there = Remote("A", "here", 1), Remote("A", "there", 1)
    assert by_title([here, here]) == {"A": here}
    with pytest.raises(RemoteError, match="given twice"):
        by_title([here, there])


# Users


def identity(name: str, password: str, kind: int = 2) -> Any:
    return SimpleNamespace(user_id_type=kind, primary_field=name.encode(), secondary_field=password.encode() or None)


def test_user_is_let_in_with_his_password_only(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_text(f"# who may\n\nanna:{hashed('secret')}\nc:d:{hashed('other')}\n")
    users = Users.read(path)
    assert asyncio.run(users.accept(identity("anna", "secret"))) == (True, None)
    assert asyncio.run(users.accept(identity("c:d", "other")))[0]
    assert not asyncio.run(users.accept(identity("anna", "other")))[0]
    assert not asyncio.run(users.accept(identity("anna", "")))[0]
    assert not asyncio.run(users.accept(identity("bert", "secret")))[0]
    assert not asyncio.run(users.accept(identity("anna", "secret", kind=1)))[0]


def test_passwords_are_compared_two_at_a_time_and_a_bounded_number_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = threading.Lock()
    running: list[int] = [0]
    most: list[int] = []
    names: set[str] = set()
    go = threading.Event()

    def slow(_password: bytes, _encoded: str) -> bool:
        with lock:
            running[0] += 1
            most.append(running[0])
            names.add(threading.current_thread().name.rpartition("_")[0])
        go.wait(10)
        with lock:
            running[0] -= 1
        return True

    async def flood() -> list[Any]:
        users = Users({"anna": hashed("secret")}, most=6)
        monkeypatch.setattr("dulcimer.archive.users.matches", slow)
        logins = [asyncio.create_task(users.accept(identity("anna", str(number)))) for number in range(40)]
        while sum(login.done() for login in logins) < 34:
            await asyncio.sleep(0)
        # In the meantime the threads that sync files are free.
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "synced"), 10) == "synced"
        go.set()
        return await asyncio.gather(*logins, return_exceptions=True)

    answers = asyncio.run(flood())
    assert [isinstance(answer, Congestion) for answer in answers] == [False] * 6 + [True] * 34
    assert max(most) <= 2
    assert names == {"dulcimer-password"}


@pytest.mark.parametrize(
    "line", ["anna", "anna:", ":x", "anna:secret", "anna:scrypt$3$8$1$AAAA$AAAA", "anna:scrypt$1$1"]
)
def test_line_that_is_no_user_is_reported_by_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "users"
    path.write_text(f"\n{line}\n")
    with pytest.raises(UserFileError, match="line 2"):
        Users.read(path)


def test_user_who_stands_there_twice_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_text(f"anna:{hashed('a')}\nanna:{hashed('b')}\n")
    with pytest.raises(UserFileError, match="twice"):
        Users.read(path)


def test_line_for_a_user_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dulcimer.archive.users.getpass", lambda *_: "secret")
    assert main(["anna"]) == 0
    path = tmp_path / "users"
    path.write_text(capsys.readouterr().out)
    assert asyncio.run(Users.read(path).accept(identity("anna", "secret")))[0]
    assert main([]) == 2


# Metrics


def test_numbers_of_all_processes_are_added() -> None:
    memory = memoryview(bytearray(2 * SIZE))
    one, other = Metrics(memory[:SIZE]), Metrics(memory[SIZE:])
    for metrics in (one, other):
        metrics.started()
        metrics.accepted()
        metrics.received(10)
        metrics.asked("C-STORE")
        metrics.answered("C-STORE", "Success")
    one.stored(0.004)
    other.stored(20.0)
    other.backlog(7)
    other.ended()
    lines = text([one, other]).splitlines()
    assert "dulcimer_associations_open 1" in lines
    assert "dulcimer_associations_total 2" in lines
    assert "dulcimer_received_bytes_total 20" in lines
    assert "dulcimer_index_backlog 7" in lines
    assert 'dulcimer_responses_total{service="C-STORE",status="Success"} 2' in lines
    assert 'dulcimer_store_seconds_bucket{le="0.0025"} 0' in lines
    assert 'dulcimer_store_seconds_bucket{le="0.005"} 1' in lines
    assert 'dulcimer_store_seconds_bucket{le="10"} 1' in lines
    assert 'dulcimer_store_seconds_bucket{le="+Inf"} 2' in lines
    assert "dulcimer_store_seconds_count 2" in lines


def test_numbers_of_a_process_that_died_count_on_but_nothing_is_open() -> None:
    metrics = Metrics()
    metrics.started()
    metrics.accepted()
    metrics.backlog(3)
    metrics.lost()
    metrics.started()
    lines = text([metrics]).splitlines()
    assert "dulcimer_associations_open 0" in lines
    assert "dulcimer_index_backlog 0" in lines
    assert "dulcimer_associations_total 1" in lines
    assert "dulcimer_process_starts_total 2" in lines


def asked(request: bytes, problem: str = "") -> bytes:
    async def ask() -> bytes:
        async with metrics_page(0, lambda: "numbers\n", lambda: problem) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            return answer

    return asyncio.run(asyncio.wait_for(ask(), 30.0))


@pytest.mark.parametrize(
    ("request_line", "problem", "status", "body"),
    [
        (b"GET /metrics HTTP/1.1", "", b"200", b"numbers\n"),
        (b"GET /healthz HTTP/1.1", "", b"200", b"ok\n"),
        (b"GET /healthz HTTP/1.1", "too few", b"503", b"too few\n"),
        (b"HEAD /metrics HTTP/1.1", "", b"200", b""),
        (b"GET /else HTTP/1.1", "", b"404", b"the pages are /metrics and /healthz\n"),
        (b"POST /metrics HTTP/1.1", "", b"405", b"only GET is supported\n"),
        (b"nonsense", "", b"400", b"this is an HTTP server\n"),
    ],
)
def test_page_answers(request_line: bytes, problem: str, status: bytes, body: bytes) -> None:
    head, _, found = asked(request_line + b"\r\nHost: x\r\n\r\n", problem).partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == status
    assert found == body


@pytest.mark.parametrize("request_line", [b"", b"GET", b"A" * 100_000])
def test_page_does_not_mind_half_a_request(request_line: bytes) -> None:
    assert asked(request_line) == b""


# Contexts for a destination


@given(st.sets(st.tuples(st.integers(1, 300).map(str), st.sampled_from([*NATIVE, "1.2.840.10008.1.2.4.50"]))))
def test_every_pair_is_proposed_in_groups_that_fit_an_association(pairs: set[tuple[str, str]]) -> None:
    groups = grouped(pairs)
    assert all(len(group) <= 128 for group in groups)
    where: dict[str, set[int]] = {}
    for number, group in enumerate(groups):
        for context in group:
            where.setdefault(context.abstract_syntax, set()).add(number)
    assert all(len(numbers) == 1 for numbers in where.values())
    single = {(one.abstract_syntax, one.transfer_syntaxes[0]) for group in groups for one in group}
    assert pairs <= single


# Statuses, and a port for several


def test_status_of_a_failed_query_says_nothing_of_its_values(caplog: pytest.LogCaptureFixture) -> None:
    from sqlalchemy.exc import OperationalError

    error = OperationalError("SELECT ... WHERE name = ?", ("DOE^JOHN",), Exception("disk I/O error\nmore"))
    status = status_of(error, "C-FIND")
    assert status.Status == 0xC000
    assert "DOE" not in status.ErrorComment
    assert caplog.messages == ["C-FIND failed: disk I/O error"]


def test_comment_of_a_status_fits_its_element() -> None:
    status = explained(0xA900, "ä" * 100, 0x00100020)
    assert status.ErrorComment == "?" * 64
    assert status.OffendingElement == 0x00100020


@pytest.mark.skipif(not hasattr(socket, "SO_REUSEPORT"), reason="no SO_REUSEPORT here")
def test_port_on_which_somebody_listens_is_not_shared_with_him() -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(TransportError, match="cannot listen"), reserved("127.0.0.1", taken.getsockname()[1]):
            pass
    with reserved("127.0.0.1", 0) as (host, port):
        assert (host, port > 0) == ("127.0.0.1", True)
