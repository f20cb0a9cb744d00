"""The modules for programs of pynetdicom are in one package; both names of each give the same module."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from pkgutil import iter_modules
from unittest.mock import patch

import pytest

import dulcimer
from dulcimer import _config, habits, utils
from dulcimer.habits import config
from dulcimer.switches import PROCESS_SWITCHES, Switches
from dulcimer.values import set_uid

ROOM = [module.name for module in iter_modules(habits.__path__)]
UNDERSCORED = ("config", "globals", "handlers", "version")
PROGRAM = """
from dulcimer import _config, utils
from dulcimer._globals import DEFAULT_MAX_LENGTH
from dulcimer.association import Association, ServiceUser
from dulcimer.utils import set_uid

_config.LOG_HANDLER_LEVEL = "none"
_config.CODECS = ("ascii", "utf-8")
_config.USE_SHORT_DIMSE_AET = "yes"  # wrong
_config.NO_SUCH_SWITCH  # wrong
utils.no_such_function()  # wrong
size: int = DEFAULT_MAX_LENGTH
"""


@pytest.mark.parametrize("name", ROOM)
def test_module_of_the_room_is_the_one_where_programs_look_for_it(name: str) -> None:
    known = f"_{name}" if name in UNDERSCORED else name
    there = importlib.import_module(f"dulcimer.{known}")
    assert there is importlib.import_module(f"dulcimer.habits.{name}")
    assert there is getattr(dulcimer, known)


def test_what_programs_put_in_place_of_a_function_is_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(utils, "pretty_bytes", lambda _: ["replaced"])
    assert importlib.import_module("dulcimer.habits.utils").pretty_bytes(b"") == ["replaced"]


def test_switch_is_set_for_the_process_and_read_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set_uid("1.02", "uid") == "1.02"
    monkeypatch.setattr(_config, "ENFORCE_UID_CONFORMANCE", True)
    assert PROCESS_SWITCHES.enforce_uid_conformance
    assert config.ENFORCE_UID_CONFORMANCE
    with pytest.raises(ValueError, match="non-conformant"):
        set_uid("1.02", "uid")
    monkeypatch.undo()
    with patch.object(_config, "LOG_HANDLER_LEVEL", "none"):
        assert PROCESS_SWITCHES.log_handler_level == "none"
    assert PROCESS_SWITCHES.log_handler_level == "standard"
    assert not _config.ENFORCE_UID_CONFORMANCE
    assert set_uid("1.02", "uid") == "1.02"


def test_every_switch_has_its_name_in_capitals() -> None:
    names = {name.upper() for name in vars(Switches())}
    assert names <= set(dir(_config))
    assert {name: getattr(_config, name) for name in names - {"VALIDATORS"}} == {
        name: getattr(Switches(), name.lower()) for name in names - {"VALIDATORS"}
    }


def test_what_is_no_switch_stays_on_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_config, "PASS_CONTEXTVARS", True)
    assert config.PASS_CONTEXTVARS
    assert not hasattr(PROCESS_SWITCHES, "pass_contextvars")


def test_type_checker_knows_what_is_there(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = true\n", encoding="utf-8")
    assert pytestconfig.cache is not None
    cache = pytestconfig.cache.mkdir("habits_types")
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", str(cache), "program.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    complaints = [int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error" in line]
    wrong = [number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith("# wrong")]
    assert complaints == wrong, done.stdout
