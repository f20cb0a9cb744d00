"""`dulcimer proxy` as a user sees it: its trace, its JSON, its exit statuses, and the examples of its page."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from threading import Thread
from unittest.mock import patch

import pytest
from typer.testing import Result

from dulcimer import AE
from dulcimer.ae.core.storage_scp import Server
from dulcimer.cli.main import app
from dulcimer.cli.proxying import run
from dulcimer.cli.proxying.run import ProxyOutput
from dulcimer.fuzz.proxy.serving import ProxySettings
from dulcimer.sop_class import Verification
from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.diagram import rows_of
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue
from support.command_runs import CommandRunner, lines_of, summary_of
from support.fuzz.targets.running import store_command
from support.loopback_stub import LoopbackStub
from support.peers.processes import HOST, free_port
from support.proxied import BYTES
from support.proxied_sockets import running_own

ROOT = Path(__file__).parents[3]
PAGES = "".join((ROOT / page).read_text(encoding="utf-8") for page in ("docs/guide/proxy.md", "README.md"))
EXAMPLES = re.findall(
    r"^```console\n\$ (dulcimer proxy (?:[^\n\\]|\\\n)*)\n(.*?)^```$", PAGES, re.MULTILINE | re.DOTALL
)
VARIABLE = re.compile(r"^( *\d+) +\d+\.\d{3} |127\.0\.0\.1:\d+|in \d+\.\d s|at \d+\.\d{3} s", re.MULTILINE)

announce = run._announce


def talk(*pdus: bytes) -> Callable[[int], None]:
    """A client that sends these PDUs, each after an answer, and closes."""

    def run(port: int) -> None:
        with socket.create_connection((HOST, port), timeout=20) as sock:
            for pdu in pdus:
                sock.sendall(pdu)
                sock.recv(4096)

    return run


def echo(port: int) -> None:
    """A client that is our own, whatever becomes of its C-ECHO."""
    ae = AE("TESTER")
    ae.acse_timeout = ae.dimse_timeout = 2
    ae.add_requested_context(Verification)
    association = ae.associate(HOST, port, ae_title="ANY-SCP")
    if association.is_established:
        association.send_c_echo()
        association.release()


def proxied(server: int, client: Callable[[int], None], *options: str) -> Result:
    """Run the command in front of a server while a client talks to it."""
    ports: Queue[int] = Queue()

    def listening(settings: ProxySettings, output: ProxyOutput, host: str, port: int) -> None:
        announce(settings, output, host, port)
        ports.put(port)

    thread = Thread(target=lambda: client(ports.get(timeout=60)))
    thread.start()
    words = ["proxy", "--listen", "0", HOST, str(server), "--connections", "1", *options]
    with patch.object(run, "_announce", listening):
        result = CommandRunner().invoke(app, words, env={"NO_COLOR": "1", "COLUMNS": "80"})
    thread.join(60)
    assert "Traceback" not in result.output
    return result


def test_each_line_of_the_trace_fits_into_80_columns_and_names_what_came() -> None:
    with running_own(Server(ae_title="ANY-SCP")) as port:
        result = proxied(port, echo)
    assert result.exit_code == 0, result.output
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    assert "P-DATA-TF C-ECHO-RSP 0000H     Sta6    Sta6    ok" in result.stdout
    assert "No deviation from the standard." in result.stdout


def test_a_deviation_fails_the_run_and_is_explained_once_live_and_once_in_the_summary() -> None:
    with LoopbackStub([BYTES["A-RELEASE-RP"]]) as stub:
        result = proxied(int(stub.address[1]), talk(BYTES["A-ASSOCIATE-RQ"]))
    assert result.exit_code == 1
    text = " ".join(result.stdout.split())
    assert text.count("server: A-RELEASE-RP where") == 2
    assert "WRONG" in text
    assert "clause PS3.8 Table 9-10" in text
    assert "advice compare its state machine" in text
    assert "1 deviation from the standard" in text
    assert "\n        meaning  in no state" in result.stdout
    assert "\n        clause   PS3.8" in result.stdout
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_json_has_an_object_in_each_line_and_the_sums_at_the_end() -> None:
    with LoopbackStub([BYTES["A-RELEASE-RP"]]) as stub:
        result = proxied(int(stub.address[1]), talk(BYTES["A-ASSOCIATE-RQ"]), "--json", "--drop", "A-ABORT")
    lines = lines_of(result)
    assert [line["event"] for line in lines[:-1]][:3] == ["opened", "pdu", "pdu"]
    assert (lines[1]["pdu"], lines[1]["client_states"], lines[1]["server_states"]) == (
        "A-ASSOCIATE-RQ",
        ["Sta5"],
        ["Sta3"],
    )
    assert (lines[2]["verdict"], lines[2]["deviations"][0]["end"]) == ("wrong", "server")
    summary = summary_of(result)
    assert (summary["client_pdus"], summary["server_pdus"]) == (1, 1)
    assert summary["deviations"][0]["first_connection"] == 1


def test_without_the_server_the_status_is_3_and_says_what_to_do() -> None:
    port = free_port()
    result = proxied(port, talk(BYTES["A-ASSOCIATE-RQ"]))
    assert result.exit_code == 3
    assert f"127.0.0.1 port {port} refuses connections" in result.stderr
    assert "the server refuses connections" in " ".join(result.stdout.split())
    assert "nothing listens there" in result.stderr
    assert "advice" in result.stderr


def test_with_json_the_failure_is_the_last_line() -> None:
    result = proxied(free_port(), talk(BYTES["A-ASSOCIATE-RQ"]), "--json")
    assert result.exit_code == 3
    assert lines_of(result)[0]["event"] == "not reached"
    assert lines_of(result)[-1]["error"]["status"] == 3


def test_quiet_prints_nothing_unless_something_is_wrong() -> None:
    with running_own(Server(ae_title="ANY-SCP")) as port:
        result = proxied(port, echo, "-q")
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)


def test_pieces_of_a_data_set_are_put_together_unless_all_are_wanted() -> None:
    pieces = b"".join(encode(PDataTf((PresentationDataValue(1, 0, bytes(10)),))) for _ in range(50))
    for options, count in (((), 3), (("-v",), 51)):
        with LoopbackStub([BYTES["A-ASSOCIATE-AC"], b""]) as stub:
            talked = talk(BYTES["A-ASSOCIATE-RQ"], store_command(number=1) + pieces)
            result = proxied(int(stub.address[1]), talked, *options)
        lines = [line for line in result.stdout.splitlines() if re.search(r"> .*P-DATA-TF|more pieces", line)]
        assert len(lines) == count, result.stdout


def test_a_signal_ends_it_in_good_order_with_its_summary(tmp_path: Path) -> None:
    file = tmp_path / "all.pcapng"

    def interrupt(port: int) -> None:
        with socket.create_connection((HOST, port), timeout=20) as sock:
            sock.sendall(BYTES["A-ASSOCIATE-RQ"])
            sock.recv(4096)
            os.kill(os.getpid(), signal.SIGINT)
            assert sock.recv(10) == b""

    with running_own(Server(ae_title="ANY-SCP")) as port:
        result = proxied(port, interrupt, "--pcap", str(file))
    assert result.exit_code == 0, result.output
    assert "the proxy was stopped" in " ".join(result.stdout.split())
    assert "1 connection in" in result.stdout
    assert file.read_bytes()[:4] == b"\n\r\r\n"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--fault", "A-ABORT: explode"], "actions are mutate"),
        (["--drop", "A-ABROT"], "did you mean A-ABORT"),
        (["--mutate", "A-ABORT/sauce"], "did you mean source"),
        (["--listen", "somewhere"], "give PORT or ADDRESS:PORT"),
        (["--listen-key", __file__], "needs --listen-cert"),
        (["--listen", "127.0.0.1:{taken}"], "cannot listen on"),
    ],
)
def test_options_that_cannot_be_used_are_usage_errors(options: list[str], told: str) -> None:
    with socket.create_server((HOST, 0)) as taken:
        words = [word.format(taken=taken.getsockname()[1]) for word in options]
        if "--listen" not in words:
            words += ["--listen", "0"]
        result = CommandRunner().invoke(app, ["proxy", *words, HOST, "104"], env={"NO_COLOR": "1", "COLUMNS": "200"})
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.replace("│", " ").split())


def test_another_machine_gets_faults_only_if_it_may_be_tested() -> None:
    words = ["proxy", "--listen", "0", "192.0.2.9", "104", "--drop", "A-ABORT"]
    result = CommandRunner().invoke(app, words, env={"NO_COLOR": "1", "COLUMNS": "200"})
    assert result.exit_code == 2
    assert "--i-may-test 192.0.2.9" in result.stderr


def test_the_operators_are_listed() -> None:
    result = CommandRunner().invoke(app, ["proxy", "--list-operators"])
    assert result.exit_code == 0
    assert "string-format" in result.stdout.splitlines()


def shown(text: str) -> str:
    """Text without times and ports."""
    return VARIABLE.sub(lambda found: found[1] or "", text)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example[0])[:60])
def test_examples_of_the_page_do_what_it_shows(
    example: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page "proxy.md" and the README: their commands, in front of our own server, with a C-ECHO through them."""
    monkeypatch.chdir(tmp_path)
    command, output = example
    words = shlex.split(command.replace("\\\n", " "))[2:]
    at = words.index("--listen")
    assert words[at + 1 : at + 4] == ["11113", "127.0.0.1", "11112"]
    del words[at : at + 4]
    with running_own(Server(ae_title="ANY-SCP", artim_timeout=1.0)) as port:
        result = proxied(port, echo, *words)
    assert result.exit_code in (0, 1), result.output
    wanted = [shown(line) for line in output.splitlines() if line != "..."]
    printed = [shown(line) for line in result.stdout.splitlines()]
    assert [line for line in wanted if line not in printed] == [], result.stdout


def test_trace_has_what_passed_seen_from_between_the_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with running_own(Server()) as port:
        assert proxied(port, echo, "--trace", str(path)).exit_code == 0
    trace = RecordedTrace.read(path)
    (association,) = trace.associations
    assert (trace.header.vantage, association.role) == ("network", "network")
    rows = [(row.label, row.states["requestor"], row.states["acceptor"]) for row in rows_of(association) if row.size]
    assert rows[:4] == [
        ("A-ASSOCIATE-RQ", "Sta5", "Sta3"),
        ("A-ASSOCIATE-AC", "Sta6", "Sta6"),
        ("P-DATA-TF", "Sta6", "Sta6"),
        ("P-DATA-TF", "Sta6", "Sta6"),
    ]
    assert [label for label, *_ in rows[4:]] == ["A-RELEASE-RQ", "A-RELEASE-RP"]


def test_trace_with_rules_has_both_sides_of_the_proxy(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with running_own(Server()) as port:
        proxied(port, echo, "--trace", str(path), "--fault", "A-RELEASE-RQ from client: duplicate")
    trace = RecordedTrace.read(path)
    assert [one.group for one in trace.associations] == ["1 client", "1 server"]
    names = [[row.label for row in rows_of(one)].count("A-RELEASE-RQ") for one in trace.associations]
    assert names == [1, 2]
