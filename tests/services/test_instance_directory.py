"""Instances on disk: durable, byte for byte, and none that was acknowledged is lost."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.commands import CStoreRq
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.services.durable import HELD_LENGTH, PART, WAITING_LOCK, FileSink, remove_leftovers
from dulcimer.services.instance_file import InstanceFile, NotADicomFile
from dulcimer.services.storage import InstanceDirectory, StoredInstance
from dulcimer.services.syncing import SyncMode
from support.instances import CT, EXPLICIT, MR, encode, instance_bytes, write


def names(root: Path, ending: str = "") -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file() and path.name.endswith(ending))


def keep(directory: InstanceDirectory, folder: Path, uid: str, **values: Any) -> StoredInstance:
    return directory.import_file(write(folder / f"import-{threading.get_ident()}", uid, **values))


def data_of(path: Path) -> bytes:
    return path.read_bytes()[InstanceFile.inspect(path).offset :]


def test_instance_is_kept_byte_for_byte(tmp_path: Path) -> None:
    directory = InstanceDirectory(tmp_path / "store", fan_out=True)
    stored = keep(directory, tmp_path, "1.2.3", PatientName="Doe", tail=b"\xe0\x7f\x10\0OW\0\0\2\0\0\0\1\2")
    assert stored.path == directory.path_of("1.2.3")
    assert data_of(stored.path) == data_of(next(tmp_path.glob("import-*")))
    assert stored.size == stored.path.stat().st_size
    assert names(tmp_path / "store") == ["1.2.3.dcm"]


@given(st.text(max_size=80) | st.text(alphabet="0123456789./\\", max_size=80))
def test_no_uid_leads_out_of_the_directory(uid: str) -> None:
    for fan_out in (False, True):
        directory = InstanceDirectory(None)
        directory._path, directory._fan_out = Path("/store"), fan_out
        path = directory.path_of(uid)
        if path is not None:
            assert Path(os.path.normpath(path)) == path
            assert path.is_relative_to("/store")
            assert path.name == f"{uid}.dcm"
            assert len(path.relative_to("/store").parts) == 1 + fan_out


@pytest.mark.parametrize("uid", ["../../1", "1.2/3", "..", "", "1" * 65, "01.2"])
def test_file_whose_uid_is_none_is_not_taken(tmp_path: Path, uid: str) -> None:
    directory = InstanceDirectory(tmp_path / "store", fan_out=True)
    with pytest.raises(NotADicomFile):
        keep(directory, tmp_path, uid)
    assert not names(tmp_path / "store")


def test_same_instance_again_changes_nothing_whoever_sends_it(tmp_path: Path) -> None:
    directory = InstanceDirectory(tmp_path / "store")
    first = keep(directory, tmp_path, "1.2.3", PatientName="Doe")
    before = first.path.stat()
    assert keep(directory, tmp_path, "1.2.3", PatientName="Doe").path == first.path
    assert first.path.stat().st_ino == before.st_ino
    assert names(tmp_path / "store") == ["1.2.3.dcm"]


@pytest.fixture(params=[True, False], ids=["second-names", "no-second-names"])
def any_file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system with hard links, and one without."""

    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    if not request.param:
        monkeypatch.setattr("os.link", no_links)


@pytest.mark.usefixtures("any_file_system")
@pytest.mark.parametrize(
    "other", [{"PatientName": "Roe"}, {"PatientName": "Doe", "sop_class": MR}, {"PatientName": "Longer"}]
)
def test_other_bytes_take_the_name_and_the_earlier_ones_stay_beside(tmp_path: Path, other: dict[str, str]) -> None:
    directory = InstanceDirectory(tmp_path / "store", fan_out=True)
    first = keep(directory, tmp_path, "1.2.3", PatientName="Doe")
    earlier = first.path.read_bytes()
    second = keep(directory, tmp_path, "1.2.3", **other)
    assert second.path == first.path
    assert second.path.read_bytes() != earlier
    [aside] = first.path.parent.glob("*.superseded")
    assert aside.read_bytes() == earlier
    for _ in range(3):
        keep(directory, tmp_path, "1.2.3", PatientName="Doe")
        keep(directory, tmp_path, "1.2.3", **other)
    assert len(names(tmp_path / "store", ".superseded")) == 2


def test_file_of_the_same_name_that_is_no_instance_stays_beside(tmp_path: Path) -> None:
    directory = InstanceDirectory(tmp_path / "store")
    (tmp_path / "store" / "1.2.3.dcm").write_bytes(b"something else")
    keep(directory, tmp_path, "1.2.3")
    [aside] = (tmp_path / "store").glob("*.superseded")
    assert aside.read_bytes() == b"something else"


def test_all_versions_survive_writers_at_the_same_time(tmp_path: Path) -> None:
    directory = InstanceDirectory(tmp_path / "store", fan_out=True)
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        for turn in range(10):
            keep(directory, tmp_path, "1.2.3", PatientName=f"Writer {number}", PatientID=f"{turn}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    path = directory.path_of("1.2.3")
    assert path is not None
    versions = {data_of(file) for file in path.parent.iterdir()}
    assert len(versions) == 80


def test_temporary_file_that_is_being_written_is_no_leftover(tmp_path: Path) -> None:
    async def body() -> None:
        first = InstanceDirectory(tmp_path)
        request = CStoreRq(affected_sop_class_uid=CT, message_id=1, priority=0, affected_sop_instance_uid="1.2.3")
        context = AcceptedContext(1, CT, EXPLICIT)

        class Command:
            def value(self, name: str) -> str:
                return str(getattr(request, name))

        sink = first.open_sink(context, Command(), "ME")  # type: ignore[arg-type]  # all that is asked of it
        data = encode(SOPClassUID=CT, SOPInstanceUID="1.2.3", EncapsulatedDocument=bytes(HELD_LENGTH))
        sink.write(data[:10])
        assert names(tmp_path) == []  # so far there is no file
        sink.write(data[10:-10])
        being_written = names(tmp_path)
        assert len(being_written) == 1
        (tmp_path / ".1-a-0.part").write_bytes(b"half")
        InstanceDirectory(tmp_path)
        assert names(tmp_path, PART) == being_written
        sink.write(data[-10:])
        assert (await first.finish(request, sink)).status == 0
        assert names(tmp_path, PART) == []
        assert names(tmp_path, ".dcm") == ["1.2.3.dcm"]
        assert data_of(tmp_path / "1.2.3.dcm") == data

    asyncio.run(body())


posix = pytest.mark.skipif(os.name != "posix", reason="leftovers are told by their locks, on POSIX")


@posix
def test_temporary_file_that_a_starting_process_removes_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = InstanceDirectory(tmp_path / "store")
    import fcntl

    lock = fcntl.flock
    removed: list[str] = []

    def flock(file: Any, how: int) -> None:
        if not removed:
            removed.extend(names(tmp_path / "store", PART))
            InstanceDirectory(tmp_path / "store")
            assert names(tmp_path / "store", PART) == []
        lock(file, how)

    monkeypatch.setattr("fcntl.flock", flock)
    stored = keep(directory, tmp_path, "1.2.3")
    assert len(removed) == 1
    assert data_of(stored.path) == data_of(next(tmp_path.glob("import-*")))


@posix
def test_no_file_begins_to_wait_while_leftovers_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".1-a-0.part").write_bytes(b"half")
    import fcntl

    unlink = Path.unlink

    def held(path: Path, **how: Any) -> None:
        with (tmp_path / WAITING_LOCK).open("ab") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        unlink(path, **how)

    monkeypatch.setattr(Path, "unlink", held)
    remove_leftovers(tmp_path)
    assert names(tmp_path, PART) == []


@pytest.mark.parametrize("mode", [SyncMode.EACH, SyncMode.GROUP])
@pytest.mark.parametrize("size", [10, 40_000])
def test_instances_that_wait_until_they_are_durable_hold_few_descriptors(
    size: int, mode: SyncMode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that wait; each is kept, and files of waiting instances are not taken for leftovers."""

    async def body() -> None:
        loop = asyncio.get_running_loop()
        gate = threading.Event()
        loop.set_default_executor(ThreadPoolExecutor(4))
        directory = InstanceDirectory(tmp_path, sync=mode)
        to_sync = FileSink.to_sync

        def late(sink: FileSink, target: Path) -> int:
            assert gate.wait(30)
            return to_sync(sink, target)

        monkeypatch.setattr(FileSink, "to_sync", late)
        context = AcceptedContext(1, CT, EXPLICIT)
        before = len(list(Path("/proc/self/fd").iterdir()))
        work = []
        for number in range(200):
            uid = f"1.2.{number}"
            request = CStoreRq(affected_sop_class_uid=CT, message_id=1, priority=0, affected_sop_instance_uid=uid)
            values = {"affected_sop_class_uid": CT, "affected_sop_instance_uid": uid}
            command = SimpleNamespace(value=values.get)
            sink = directory.open_sink(context, command, "ME")  # type: ignore[arg-type]  # all that is asked of it
            sink.write(bytes(size))
            work.append(asyncio.create_task(directory.finish(request, sink)))
            await asyncio.sleep(0)
        assert len(list(Path("/proc/self/fd").iterdir())) - before <= 40
        InstanceDirectory(tmp_path)
        gate.set()
        assert {response.status for response in await asyncio.gather(*work)} == {0}
        (tmp_path / ".1-a-0.part").write_bytes(b"half")
        InstanceDirectory(tmp_path)
        assert sum(name.endswith(".dcm") for name in names(tmp_path)) == 200
        assert not [name for name in names(tmp_path) if name.endswith(".part")]

    asyncio.run(body())


def test_import_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    directory = InstanceDirectory(tmp_path / "store")
    write(tmp_path / "a", "1.2.3")

    def no_space(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", no_space)
    with pytest.raises(OSError, match="No space"):
        directory.import_file(tmp_path / "a")
    assert not names(tmp_path / "store")


def test_helper_writes_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(instance_bytes("1.2.3"))
    instance = InstanceFile.inspect(tmp_path / "a")
    assert (instance.sop_class_uid, instance.sop_instance_uid, instance.transfer_syntax) == (CT, "1.2.3", EXPLICIT)
