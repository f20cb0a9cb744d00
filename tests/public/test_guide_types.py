"""The code of the guide and typical programs pass mypy in its strictest mode; wrong programs do not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

HABITS = """
import dulcimer
from dulcimer import AE, PYNETDICOM_IMPLEMENTATION_UID, PYNETDICOM_UID_PREFIX, AsyncAE, Association, evt
from dulcimer.events import Event
from dulcimer.transport import AssociationServer
from pydicom.dataset import Dataset
from pydicom.uid import UID


def noted(event: Event, log: list[str]) -> None:
    log.append(event.assoc.requestor.ae_title)


def echoed(event: Event) -> int:
    server_title: str = event.assoc.acceptor.ae_title
    event.assoc.abort()
    return len(server_title)


log: list[str] = []
mixed = [(evt.EVT_ESTABLISHED, noted, [log]), (evt.EVT_C_ECHO, echoed)]
pairs = [(evt.EVT_RELEASED, echoed), (evt.EVT_C_ECHO, echoed)]
ae = AE("TITLE")
ae.add_requested_context(dulcimer.sop_class.Verification)
server: AssociationServer = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=mixed)
address: tuple[str, int] = server.server_address
association: Association = ae.associate(*address, evt_handlers=pairs)
status: Dataset = association.send_c_echo()
seconds: float | None = association.network_timeout
uids: list[UID] = [PYNETDICOM_IMPLEMENTATION_UID, UID(PYNETDICOM_UID_PREFIX + "1")]
version: str = dulcimer.PYNETDICOM_IMPLEMENTATION_VERSION


async def serve() -> None:
    entity = AsyncAE()
    running = await entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=pairs)
    print(running.server_address)
"""

WRONG = """
from dulcimer import AE, PYNETDICOM_UID_PREFIX
from dulcimer.events import Event


def handle(event: Event) -> None:
    event.assoc.requestor.no_such_attribute  # wrong
    event.assoc.is_established.upper()  # wrong


ae = AE()
ae.start_server(("127.0.0.1", 0), block=False).no_such_method()  # wrong
ae.associate("127.0.0.1", "11112")  # wrong
ae.network_timeout = "soon"  # wrong
PYNETDICOM_UID_PREFIX + 1  # wrong
"""


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> dict[str, list[int]]:
    """The lines with errors of mypy, by program; one run for all of them."""
    folder = tmp_path_factory.mktemp("programs")
    programs = {page.stem: "\n".join(EXAMPLE.findall(page.read_text(encoding="utf-8"))) for page in GUIDE.glob("*.md")}
    for name, program in {**programs, "habits": HABITS, "wrong": WRONG}.items():
        if program:
            (folder / f"guide_{name}.py").write_text(program, encoding="utf-8")
    # construct has no types; its users must configure mypy for that.
    settings = "[mypy]\nstrict = true\n[mypy-construct.*]\nignore_missing_imports = true\n"
    (folder / "mypy.ini").write_text(settings, encoding="utf-8")
    assert pytestconfig.cache is not None
    cache = pytestconfig.cache.mkdir("guide_types")
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", str(cache)]
    files = sorted(path.name for path in folder.glob("guide_*.py"))
    done = subprocess.run([*command, *files], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found: dict[str, list[int]] = {file.removeprefix("guide_").removesuffix(".py"): [] for file in files}
    for name, line in re.findall(r"^guide_(\w+)\.py:(\d+): error", done.stdout, re.MULTILINE):
        found[name].append(int(line))
    print(done.stdout)
    return found


def test_code_of_the_guide_passes(complaints: dict[str, list[int]]) -> None:
    guide = {name: lines for name, lines in complaints.items() if name not in ("habits", "wrong")}
    assert len(guide) >= 7
    assert guide == {name: [] for name in guide}


def test_what_programs_write_passes(complaints: dict[str, list[int]]) -> None:
    assert complaints["habits"] == []


def test_what_is_wrong_is_found(complaints: dict[str, list[int]]) -> None:
    wrong = [number for number, line in enumerate(WRONG.splitlines(), 1) if line.endswith("# wrong")]
    assert complaints["wrong"] == wrong
