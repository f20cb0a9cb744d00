"""What `import dulcimer` provides, and what it does not load."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
from pydicom.uid import UID

import dulcimer
from dulcimer.logging_setup import LOGGER, debug_logger


def in_a_new_process(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def test_import_of_the_package_loads_neither_pydicom_nor_transitions() -> None:
    program = "import sys, dulcimer; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = in_a_new_process(program).split()
    assert "dulcimer" in loaded
    assert not {"pydicom", "transitions", "construct", "logging", "asyncio"} & set(loaded)


def test_public_name_is_imported_when_it_is_asked_for() -> None:
    program = (
        "import sys\n"
        "from dulcimer import build_context\n"
        "print('pydicom' in sys.modules, 'transitions' in sys.modules, build_context.__module__)"
    )
    assert in_a_new_process(program).split() == ["True", "False", "dulcimer.presentation"]


@pytest.mark.parametrize("name", dulcimer.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(dulcimer, name) is not None
    assert name in dir(dulcimer)


def test_own_names_of_pynetdicom_have_the_types_that_type_checkers_are_given() -> None:
    assert type(dulcimer.PYNETDICOM_IMPLEMENTATION_UID) is UID
    assert type(dulcimer.PYNETDICOM_IMPLEMENTATION_VERSION) is str
    assert type(dulcimer.PYNETDICOM_UID_PREFIX) is str


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'build_contexts'"):
        dulcimer.build_contexts  # type: ignore[attr-defined]  # noqa: B018 - that it raises is the test


@pytest.mark.peer("pynetdicom")
def test_names_of_pynetdicom_are_there_too() -> None:
    import pynetdicom

    written_elsewhere = {"AE", "evt", "debug_logger"}
    its_own = {name for name in pynetdicom.__all__ if name.startswith("PYNETDICOM_")}
    assert set(pynetdicom.__all__) - its_own - written_elsewhere <= set(dulcimer.__all__)


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    handlers, level = LOGGER.handlers, LOGGER.level
    yield LOGGER
    LOGGER.handlers = handlers
    LOGGER.setLevel(level)


def test_debug_logger_shows_every_record_once(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    debug_logger()
    debug_logger()
    logging.getLogger("dulcimer.services").debug("C-STORE %s", "1.2.3")
    assert capsys.readouterr().err == "D: C-STORE 1.2.3\n"


def test_library_is_silent_unless_its_user_asks(capfd: pytest.CaptureFixture[str]) -> None:

    program = "from dulcimer import build_context; build_context('1.02.3', 'no transfer syntax')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
