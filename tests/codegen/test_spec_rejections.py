"""What the loader refuses: each message names the file, the key, and what was expected."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.spec import SpecError, load

DAMAGES = tomllib.loads(Path(__file__).with_name("damages.toml").read_text(encoding="utf-8"))["damages"]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage["name"])
def test_damaged_specification_is_refused_in_one_line(
    copy_of_project: Path,
    edit: Callable[[str, str, str], None],
    capsys: pytest.CaptureFixture[str],
    damage: dict[str, str],
) -> None:
    edit(damage["file"], damage["old"], damage["new"])
    with pytest.raises(SpecError) as caught:
        load(copy_of_project)
    named = damage["file"] if damage["file"].startswith("spec/") else "spec/ps3_8/state_machine.toml"
    assert str(caught.value).startswith(f"{named}: ")
    assert damage["message"] in str(caught.value)
    assert main(["--root", str(copy_of_project)]) == 1
    assert capsys.readouterr().err.splitlines() == [str(caught.value)]


def test_missing_file_is_refused(copy_of_project: Path) -> None:
    (copy_of_project / "spec/ps3_8/codes.toml").unlink()
    with pytest.raises(SpecError, match=r"^spec/ps3_8/codes.toml: the file does not exist$"):
        load(copy_of_project)
