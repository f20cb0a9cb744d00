"""A command that failed leads to the one that finds out why."""

from __future__ import annotations

import json

import pytest

from dulcimer.cli.failures.names_in_use import Names
from support.command_runs import invoke, words_of
from support.peers.processes import HOST, free_port


@pytest.mark.parametrize(
    ("names", "command"),
    [
        (Names("pacs", 104), "dulcimer diagnose pacs 104"),
        (Names("pacs", 104, called="MY PACS", calling="ME"), "dulcimer diagnose pacs 104 -aec 'MY PACS' -aet ME"),
        (Names("pacs", 2762, tls=True), "dulcimer diagnose pacs 2762, with the TLS options"),
    ],
)
def test_the_next_command_has_the_same_names(names: Names, command: str) -> None:
    assert names.next_command == command


def test_a_failure_names_the_next_command() -> None:
    port = free_port()
    text = invoke("echo", (HOST, port), "-aec", "PACS").stderr
    assert f"next dulcimer diagnose {HOST} {port} -aec PACS" in words_of(text)
    found = json.loads(invoke("echo", (HOST, port), "--json").stdout)
    assert found["error"]["next"] == f"dulcimer diagnose {HOST} {port}"
