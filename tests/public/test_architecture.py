"""The names in the pages for contributors exist, and calls have the order that docs/architecture.md says."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from codegen.pages.rooms import PACKAGE, rooms_in
from dulcimer import AsyncAE, evt
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.sop_class import CTImageStorage
from support.conformance.checking import check
from support.entities import ct

ROOT = Path(__file__).parents[2]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
PAGES = (
    ARCHITECTURE,
    ROOT / "docs" / "style.md",
    ROOT / ".github" / "CONTRIBUTING.md",
    ROOT / ".github" / "SECURITY.md",
)
NAME = re.compile(r"`([a-z_]+(?:\.[a-z_0-9]+)+):([A-Za-z_]+(?:\.[A-Za-z_]+)*)`")
PATH = re.compile(r"`((?:spec|src|codegen|tests|docs|\.ci|\.github)/[A-Za-z0-9_./-]*)`")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
HOP = re.compile(r"^\| \d+ \| (.*?) \|", re.MULTILINE)


def named(module: str, name: str) -> object:
    found: object = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def hops(heading: str) -> list[str]:
    """The functions of the table below a heading."""
    text = ARCHITECTURE.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [f"{found[1]}:{found[2]}" for row in HOP.findall(text) if (found := NAME.search(row))]


@contextmanager
def calls(wanted: list[str]) -> Iterator[list[str]]:
    """The order in which these functions are called in this thread, inside the block."""
    codes = {inspect.unwrap(named(*name.split(":"))).__code__: name for name in wanted}  # type: ignore[arg-type]  # they are functions
    seen: list[str] = []

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in codes:
            seen.append(codes[frame.f_code])

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield seen
    finally:
        sys.setprofile(before)


def missing(wanted: list[str], seen: list[str]) -> list[str]:
    """The functions that are not called after the one before them."""
    left, rest = list(wanted), iter(seen)
    while left and left[0] in rest:
        del left[0]
    return left


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_name_path_and_link_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for module, name in NAME.findall(text):
        assert named(module, name) is not None
    assert [path for path in PATH.findall(text) if not (ROOT / path).exists()] == []
    assert [link for link in LINK.findall(text) if not (page.parent / link).exists()] == []


def test_every_room_has_a_row() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8").partition("## The rooms\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == rooms_in(PACKAGE)


def test_instance_goes_from_the_socket_to_the_handler_and_back_as_described() -> None:
    wanted = hops("From a socket to a handler and back")
    assert 10 <= len(wanted) <= 15
    told: list[str] = []

    async def main() -> None:
        async def store(_: evt.Event) -> int:
            told.append("handler")
            return 0x0000

        async with AsyncAE("EVERYTHING") as ae:
            ae.add_supported_context(CTImageStorage)
            ae.add_requested_context(CTImageStorage)
            server = await ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
            assert server is not None
            async with await ae.associate(*server.server_address) as association:
                with calls(wanted) as seen:
                    assert (await association.send_c_store(ct())).Status == 0x0000
        assert missing(wanted, seen) == []

    asyncio.run(main())
    assert told == ["handler"]


def test_case_goes_from_its_row_to_the_page_as_described(tmp_path: Path) -> None:
    wanted = [name for name in hops("From a row of TOML to a page of HTML") if name.startswith("dulcimer.")]
    assert len(wanted) == 7
    acceptor_cases.cache_clear()
    with calls(wanted) as seen:
        check("--embedded", "--case", "enc.version.0003", "--html", tmp_path / "page.html")
    assert missing(wanted, seen) == []
    assert "enc.version.0003" in (tmp_path / "page.html").read_text(encoding="utf-8")
