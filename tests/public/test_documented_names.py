"""Every name in the reference of pynetdicom exists, or the guide says why not, and what to use instead."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path

import pytest

import dulcimer

LISTED = tomllib.loads((Path(__file__).parent / "documented_names.toml").read_text(encoding="utf-8"))
PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "from_pynetdicom.md").read_text(encoding="utf-8")
ABSENT = re.findall(r"`([\w.*?\[\]]+)`", "".join(re.findall(r"^\|([^|]*)\|", PAGE.partition("## Names that")[2], re.M)))
"""Patterns of the first column of the page's table."""

OF_THEIR_OWN = {
    "_globals": "APPLICATION_CONTEXT_NAME DEFAULT_MAX_LENGTH MODE_ACCEPTOR MODE_REQUESTOR OptionalUIDType "
    "STATUS_CANCEL STATUS_FAILURE STATUS_PENDING STATUS_SUCCESS STATUS_UNKNOWN STATUS_WARNING",
    "_version": "__version__",
    "sop_class": "_STORAGE_CLASSES _QR_CLASSES _VERIFICATION_CLASSES _BASIC_WORKLIST_CLASSES",
}
"""Names that are not listed, and that programs import nevertheless."""


def names() -> Iterator[tuple[str, str]]:
    for module, listed in LISTED.items():
        for name in listed["names"].split():
            yield module.removeprefix("pynetdicom").removeprefix("."), name
    for module, others in OF_THEIR_OWN.items():
        yield from ((module, name) for name in others.split())


def missing() -> set[str]:
    found = set()
    for module, name in names():
        try:
            getattr(import_module(f"dulcimer.{module}".rstrip(".")), name)
        except (ImportError, AttributeError):
            found.add(f"{module}.{name}")
    return found


def test_listed_name_is_there_or_the_guide_says_what_is() -> None:
    assert len(list(names())) > 500
    assert sorted(name for name in missing() if not any(fnmatchcase(name, pattern) for pattern in ABSENT)) == []


def test_guide_says_of_no_name_that_it_is_absent_while_it_is_there() -> None:
    absent = missing()
    assert sorted(pattern for pattern in ABSENT if not any(fnmatchcase(name, pattern) for name in absent)) == []


@pytest.mark.peer("pynetdicom")
def test_listed_names_are_those_of_pynetdicom() -> None:
    unknown = []
    for module, name in names():
        home = import_module(f"pynetdicom.{module}".rstrip("."))
        unknown += [] if hasattr(home, name) else [f"{module}.{name}"]
    assert unknown == []


MODULES = sorted({module for module, _ in names() if module and hasattr(dulcimer, module)} | {"ae", "association"})


def test_modules_are_attributes_of_the_package_without_an_import_of_their_own() -> None:
    is_that_module = "getattr(dulcimer, name) is sys.modules[f'dulcimer.{name}']"
    program = f"import sys, dulcimer\nfor name in {MODULES}:\n    print({is_that_module})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * len(MODULES)
    assert set(MODULES) <= set(dir(dulcimer))
    with pytest.raises(AttributeError, match="no attribute 'no_such_module'"):
        dulcimer.no_such_module  # type: ignore[attr-defined]  # noqa: B018 - that it raises is the test


@pytest.mark.peer("pynetdicom")
def test_private_dictionaries_of_sop_classes_are_the_same() -> None:
    from pynetdicom import sop_class as theirs

    from dulcimer import sop_class as ours

    for name in vars(theirs):
        if re.fullmatch(r"_[A-Z_]+_CLASSES", name) and name != "_SERVICE_CLASSES":
            assert getattr(ours, name) == getattr(theirs, name), name
