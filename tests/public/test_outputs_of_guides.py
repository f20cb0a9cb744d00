"""What guides show of the output of commands is what is printed; every such output is compared by some test."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import tomllib
from pathlib import Path

import pytest
from rich.console import Console
from typer import testing

from codegen.site.made import MADE_FOLDERS
from dulcimer import AE
from dulcimer.cli.main import app
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.run.progress import Bar
from dulcimer.conformance.stimuli.messages import Titles
from dulcimer.sop_class import ModalityWorklistInformationFind
from support.command_runs import CommandRunner
from support.console_pages import ROOT, example, examples_of, is_as_shown, texts_of
from support.diagnosis.twenty_questions import TWENTY
from support.dicom_files import TEST_FILES
from support.peers.processes import HOST, dulcimer_serve, free_port, server

GUIDE = ROOT / "docs" / "guide"
ELSEWHERE = {
    "captures.md": "tests/cli/commands/test_trace_check_command.py",
    "fuzzing.md": "tests/cli/commands/test_fuzz_command.py",
    "labs.md": "tests/public/test_guide_to_labs.py",
    "learning.md": "tests/cli/commands/test_learning_commands.py",
    "listen.md": "tests/cli/commands/test_listen_command.py",
    "proxy.md": "tests/cli/commands/test_proxy_command.py",
    "serve.md": "tests/public/test_console_examples.py",
}
"""Guides whose outputs are compared by a test that belongs to the command, or which starts the same server anyway."""
TEXTS = {
    "README.md": ["tests/conformance/test_check_command.py"],
    "docs/conformance/check.md": ["tests/public/test_outputs_of_guides.py"],
    "docs/guide/command_line.md": ["tests/public/test_outputs_of_guides.py"] * 2,
    "docs/guide/learning.md": ["tests/cli/commands/test_learning_commands.py"],
    "docs/guide/serve.md": ["tests/public/test_outputs_of_guides.py"],
    "docs/guide/testing.md": ["tests/testing/test_testing_guide.py"] * 2,
}
"""The tests that compare the blocks of text which no example of Python prints: output that comes without a command."""
HERE = {"command_line.md", "diagnose.md", "survey.md", "traces.md"}


def run(words: list[str], columns: int = 80) -> testing.Result:
    result = CommandRunner().invoke(app, words, env={"NO_COLOR": "1", "COLUMNS": str(columns)})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_every_output_that_a_page_shows_is_compared() -> None:
    made = {"cookbook", "decisions", "learn", "reference", "_build", *MADE_FOLDERS}
    pages = [path for path in (ROOT / "docs").rglob("*.md") if path.relative_to(ROOT / "docs").parts[0] not in made]
    showing = {path.name for path in pages if any(one.shown.strip() for one in examples_of(path))}
    assert showing == HERE | set(ELSEWHERE)
    for page, test in ELSEWHERE.items():
        assert page in (ROOT / test).read_text(encoding="utf-8"), test


def test_every_block_of_text_of_a_page_for_users_is_compared() -> None:
    pages = ["README.md"]
    for folder in ("guide", "conformance", "fuzzing", "cookbook", "learn"):
        pages += [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs" / folder).rglob("*.md"))]
    assert {page: len(texts_of(page)) for page in pages if texts_of(page)} == {
        page: len(tests) for page, tests in TEXTS.items()
    }
    for page, tests in TEXTS.items():
        assert all(Path(page).name in (ROOT / test).read_text(encoding="utf-8") for test in tests)


def test_words_that_are_not_printed_are_noticed_and_what_is_left_out_is_marked() -> None:
    assert is_as_shown("one 3.4 ms\n...\nport 11112 ...\nlast\n", "one 10 ms\n\nport 2 and so\non\nlast")
    assert not is_as_shown("one\nlast\n", "one\nmore\nlast\n")
    assert not is_as_shown("one\n...\n", "zero\none\n")
    assert not is_as_shown("1.2.840.113 is new\n", "1.2.840.114 is new\n")


# ---------------------------------------------------------------------- command_line.md


def test_query_of_the_page_finds_what_it_shows(tmp_path: Path) -> None:
    shown = example("docs/guide/command_line.md", "dulcimer find ")
    with dulcimer_serve(tmp_path / "archive") as peer:
        assert run(["store", HOST, str(peer.port), str(TEST_FILES / "dicomdirtests" / "77654033")]).exit_code == 0
        words = shlex.split(shown.command)[1:]
        words[1:3] = [HOST, str(peer.port)]
        result = run(words, columns=100)
    assert is_as_shown(shown.shown, result.output), result.output


def test_rejection_of_the_page_is_told_as_it_shows(tmp_path: Path) -> None:
    shown = example("docs/guide/command_line.md", "dulcimer echo ")
    with dulcimer_serve(tmp_path / "archive", "--require-called-aet") as peer:
        result = run(["echo", HOST, str(peer.port)], columns=100)
        printed = result.output.replace(f"{HOST} {peer.port}", "pacs 104").replace(HOST, "pacs")
    assert is_as_shown(shown.shown, printed), printed


def test_diagnosis_of_the_page_is_that_of_its_capture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    diagnosis, decoded = texts_of("docs/guide/command_line.md")
    Path("q18.pcapng").write_bytes(TWENTY[18][1]())
    for command, shown in (("diagnose", diagnosis), ("decode", decoded)):
        result = run([command, "q18.pcapng"])
        assert is_as_shown(shown, result.output), result.output


# ---------------------------------------------------------------------- serve.md and check.md


def test_lines_of_the_server_are_those_of_the_page(tmp_path: Path) -> None:
    (shown,) = texts_of("docs/guide/serve.md")
    with dulcimer_serve(tmp_path / "archive", "-aet", "ARCHIVE", "--require-called-aet") as peer:
        run(["echo", HOST, str(peer.port), "-aet", "CT1", "-aec", "PACS"])
        modality = AE("CT1")
        modality.add_requested_context(ModalityWorklistInformationFind)
        with modality.associate(HOST, peer.port, ae_title="ARCHIVE"):
            pass
        with contextlib.suppress(OSError), socket.create_connection((HOST, peer.port)) as plain:
            ssl.create_default_context().wrap_socket(plain, server_hostname=HOST)
        peer.process.terminate()
        assert peer.process.wait(60.0) == 0
        printed = [line for line in peer.log().splitlines() if " from " in line]
    where = re.compile(r"[\d.]{7,} port \d+")
    assert [where.sub("#", line) for line in printed] == [where.sub("#", line) for line in shown.splitlines()]


def test_line_of_a_long_run_is_that_of_the_page() -> None:
    (shown,) = texts_of("docs/conformance/check.md")
    done, total, failed, left = map(int, re.findall(r"\d+", shown))
    cases = acceptor_cases(Titles())
    assert total == len(cases)
    seconds = 0.0

    async def line() -> str:
        nonlocal seconds
        bar = Bar(Console(file=io.StringIO()), clock=lambda: seconds)
        bar.begin(total)
        for number, case in enumerate(cases[:done]):
            bar.done(Result(case, Verdict.FAILED if number < failed else Verdict.OK, ""))
        bar.end()
        seconds = left * done / (total - done)
        return bar.line

    assert asyncio.run(line()) == shown.strip()


# ---------------------------------------------------------------------- pages with storescp of DCMTK


@pytest.mark.peer("DCMTK")
def test_diagnosis_of_storescp_is_as_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = example("docs/guide/diagnose.md", "dulcimer diagnose ")
    for name in ("CT_small.dcm", "JPEG2000.dcm"):
        shutil.copy(TEST_FILES / name, tmp_path)
    port = free_port()
    with server("storescp", ["storescp", "-od", tmp_path, str(port)], port):
        words = [str(port) if word == "11112" else word for word in shlex.split(shown.command)[1:]]
        result = run(words)
    printed = result.output.replace(f"{HOST} {port}", f"{HOST} 11112")
    assert is_as_shown(shown.shown, printed), printed


@pytest.mark.peer("DCMTK")
def test_survey_of_storescp_is_as_the_page_shows(tmp_path: Path) -> None:
    shown = example("docs/guide/survey.md", "dulcimer survey ")
    port = free_port()
    with server("storescp", ["storescp", "-od", tmp_path, str(port)], port):
        result = run(["survey", HOST, str(port)])
    assert is_as_shown(shown.shown, result.output), result.output


def test_failures_of_echoscu_in_the_readme_are_those_of_its_baseline() -> None:
    """The whole check of a client takes minutes; the tests of conformance compare it with this baseline."""
    shown = example("README.md", "dulcimer check --requestor ").shown
    rows = tomllib.loads((ROOT / "spec/baselines/dcmtk_echoscu.toml").read_text(encoding="utf-8"))["expected"]
    failed = {row["case"] for row in rows if row["case"].startswith("ul.fsm.") and row["verdict"] == "FAILED"}
    assert set(re.findall(r"S1 (\S+) failed", shown)) == failed


# ---------------------------------------------------------------------- traces.md


@pytest.mark.peer("tshark")
def test_trace_of_the_page_is_shown_and_exported_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (program, *_) = re.findall(
        r"^```python\n(.*?)^```$", (GUIDE / "traces.md").read_text(encoding="utf-8"), re.M | re.S
    )
    exec(compile(program, "traces.md", "exec"), {})
    shown = example("docs/guide/traces.md", "dulcimer trace show ")
    result = run(shlex.split(shown.command)[1:])
    assert is_as_shown(shown.shown, result.output), result.output
    assert run(["trace", "export", "echo.jsonl", "--to", "pcapng", "-o", "echo.pcapng"]).exit_code == 0
    comments = example("docs/guide/traces.md", "tshark ")
    printed = subprocess.run(shlex.split(comments.command), capture_output=True, text=True, check=True).stdout
    assert is_as_shown(comments.shown, printed), printed
