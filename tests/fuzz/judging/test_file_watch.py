"""Files outside the place where valid sequences put theirs are told once, and removed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dulcimer.fuzz.findings.finding import FindingOracle
from dulcimer.fuzz.judging.files import FileWatch


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"data")
    return path


@pytest.fixture
def watch(tmp_path: Path) -> FileWatch:
    """A watch that has seen where a target puts its files: below incoming."""
    found = FileWatch(tmp_path / "files")
    write(found.given / "incoming" / "one.dcm")
    found.learn()
    return found


def news(watch: FileWatch) -> list[str]:
    found = list(watch.news())
    assert all(each.oracle is FindingOracle.FILE for each in found)
    return [each.verdict for each in found]


@pytest.mark.parametrize(
    ("places", "home"),
    [
        ((), "."),
        (("one.dcm",), "."),
        (("incoming/one.dcm", "incoming/two.dcm"), "incoming"),
        (("data/1/one.dcm", "data/2/two.dcm"), "data"),
        (("index", "data/2/two.dcm"), "."),
    ],
)
def test_home_is_where_valid_files_are(tmp_path: Path, places: tuple[str, ...], home: str) -> None:
    watch = FileWatch(tmp_path)
    for place in places:
        write(watch.given / place)
    watch.learn()
    assert watch.home == home
    assert news(watch) == []


def test_files_at_home_are_no_news_and_are_cleared(watch: FileWatch) -> None:
    path = write(watch.given / "incoming" / "deep" / "two.dcm")
    assert news(watch) == []
    watch.clear()
    assert not path.exists()
    assert (watch.given / "incoming").is_dir()


@pytest.mark.parametrize("place", ["../x", "../../x", "../../../../../x", "../../other/x", "../../../y/x"])
def test_file_outside_is_told_once_and_removed(watch: FileWatch, place: str) -> None:
    path = write(watch.given / "incoming" / place)
    (told,) = news(watch)
    assert told.startswith("The target made a ")
    assert repr(place if path.parent.exists() else place.removesuffix("/x")) in told
    assert not path.exists()
    assert news(watch) == []
    write(path)
    assert len(news(watch)) == 1


@pytest.mark.parametrize(("place", "changes"), [("two.dcm", False), ("../x", True), ("../../other/x", True)])
def test_file_outside_is_noticed_without_a_look_at_all_directories(tmp_path: Path, place: str, changes: bool) -> None:
    watch = FileWatch(tmp_path / "files")
    home = write(watch.given / "incoming" / "one.dcm").parent
    for directory in (home, *home.parents[: len(home.relative_to(tmp_path).parts)]):
        os.utime(directory, (1, 1))  # the system counts in milliseconds
    watch.learn()
    assert not watch.has_changed
    write(home / place)
    assert watch.has_changed == changes
    assert len(news(watch)) == changes
    assert not watch.has_changed


def test_new_directory_is_told_without_what_is_in_it(watch: FileWatch) -> None:
    write(watch.given / "logs" / "a" / "x")
    assert news(watch) == ["The target made a directory outside its place: '../logs'"]


def test_what_was_there_before_is_known(tmp_path: Path) -> None:
    watch = FileWatch(tmp_path)
    write(watch.given / "index" / "deep" / "db")
    watch.use("incoming")
    assert news(watch) == []
    write(watch.given / "index" / "second")
    write(watch.given / "index" / "deep" / "db")
    assert news(watch) == ["The target made a file outside its place: '../index/second'"]


def test_link_is_not_followed(watch: FileWatch, tmp_path: Path) -> None:
    precious = write(tmp_path / "precious" / "x")
    (watch.given / "incoming" / "link").symlink_to(precious.parent)
    watch.clear()
    (watch.given / "link").symlink_to(precious.parent)
    assert len(news(watch)) == 1
    assert not (watch.given / "link").is_symlink()
    assert precious.exists()


def test_another_watch_can_use_what_one_has_learned(watch: FileWatch, tmp_path: Path) -> None:
    other = FileWatch(tmp_path / "other")
    other.use(watch.home)
    write(other.given / "incoming" / "one.dcm")
    assert news(other) == []
    write(other.given / "one.dcm")
    assert len(news(other)) == 1
