"""What was acknowledged is on disk whenever the power fails, however instances are synced together."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer._generated.commands import CStoreRq
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.dimse import command_set
from dulcimer.dimse.messages import Sink
from dulcimer.services.durable import HELD_LENGTH, FileSink
from dulcimer.services.group_commit import GroupPace
from dulcimer.services.instance_file import InstanceFile
from dulcimer.services.storage import InstanceDirectory
from dulcimer.services.syncing import SyncedTree, SyncMode
from support.instances import CT, EXPLICIT, encode
from support.lossy_disk import LossyDisk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the lossy disk reads files by their descriptor")
CONTEXT = AcceptedContext(1, CT, EXPLICIT)
Instance = tuple[str, bytes]
"""A UID and a data set."""
INSTANCES = st.lists(
    st.tuples(
        st.integers(1, 4).map("1.2.{}".format),
        st.builds(
            lambda name, size: encode(PatientName=name) + bytes(size),
            st.sampled_from(["A", "B"]),
            st.sampled_from([0, HELD_LENGTH, (1 << 20) + 1]),
        ),
    ),
    min_size=1,
    max_size=6,
)


def received(directory: InstanceDirectory, instance: Instance) -> tuple[CStoreRq, Sink]:
    uid, data = instance
    request = CStoreRq(affected_sop_class_uid=CT, message_id=1, priority=0, affected_sop_instance_uid=uid)
    sink = directory.open_sink(CONTEXT, command_set.decode(command_set.encode(request, has_data_set=True)), "ME")
    sink.write(data)
    return request, sink


async def status_of(directory: InstanceDirectory, instance: Instance) -> int | None:
    return (await directory.finish(*received(directory, instance))).status


def instances_in(root: Path) -> set[Instance]:
    """All instances there, also those that were superseded; other files that have such a name are (name, b"")."""
    found: set[Instance] = set()
    for path in [*root.rglob("*.dcm"), *root.rglob("*.superseded")]:
        content = path.read_bytes()
        if not content:
            found.add((path.name, b""))
            continue
        file = InstanceFile.inspect(path)
        found.add((file.sop_instance_uid, content[file.offset :]))
    return found


def lost(mode: SyncMode, instances: list[Instance], *, together: bool, names_survive: bool) -> set[Instance]:
    """What was acknowledged and is gone, or came to be there only in part, if the power fails at any answer."""
    gone: set[Instance] = set()
    acknowledged: set[Instance] = set()
    folder = Path(tempfile.mkdtemp())
    with pytest.MonkeyPatch.context() as patch:
        disk = LossyDisk(folder / "store", patch, together=together)
        directory = InstanceDirectory(folder / "store", fan_out=True, sync=mode)

        async def send(instance: Instance) -> None:
            assert await status_of(directory, instance) == 0x0000
            acknowledged.add(instance)
            disk.after_a_power_failure(folder / "copy", names_survive=names_survive)
            there = instances_in(folder / "copy")
            gone.update(acknowledged - there, there - set(instances))
            shutil.rmtree(folder / "copy", ignore_errors=True)  # nothing may be left

        async def all_at_once() -> None:
            await asyncio.gather(*map(send, instances))

        asyncio.run(all_at_once())
    shutil.rmtree(folder)
    return gone


@settings(max_examples=10)
@given(st.sampled_from([SyncMode.EACH, SyncMode.GROUP]), INSTANCES, st.booleans(), st.booleans())
def test_what_was_acknowledged_survives_a_power_failure_at_any_answer(
    mode: SyncMode, instances: list[Instance], together: bool, names_survive: bool
) -> None:
    assert lost(mode, instances, together=together, names_survive=names_survive) == set()


def test_without_syncs_a_power_failure_takes_what_was_acknowledged() -> None:
    instance = ("1.2.3", encode(PatientName="A"))
    assert lost(SyncMode.NEVER, [instance], together=True, names_survive=False) == {instance}
    assert ("1.2.3.dcm", b"") in lost(SyncMode.NEVER, [instance], together=True, names_survive=True)


class Gate:
    """Holds up the first sync until it is opened."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._reached, self._opened = threading.Event(), threading.Event()
        sync_files = SyncedTree.sync_files

        def late(tree: SyncedTree, descriptors: Sequence[int]) -> list[OSError | None]:
            self._reached.set()
            assert self._opened.wait(30)
            return sync_files(tree, descriptors)

        patch.setattr(SyncedTree, "sync_files", late)

    async def reached(self) -> None:
        """The first group is about to be synced."""
        assert await asyncio.to_thread(self._reached.wait, 30)

    def open(self) -> None:
        """Let it be synced."""
        self._opened.set()


@pytest.mark.parametrize("together", [True, False], ids=["with-syncfs", "without"])
def test_instances_that_come_while_one_is_synced_are_synced_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    disk = LossyDisk(tmp_path, monkeypatch, together=together)
    # Without folders by hash: all names are in one folder.
    directory = InstanceDirectory(tmp_path)
    gate = Gate(monkeypatch)

    async def body() -> None:
        first = asyncio.create_task(status_of(directory, ("1.2.0", b"")))
        await gate.reached()
        others = [asyncio.create_task(status_of(directory, (f"1.2.{number}", b""))) for number in range(1, 21)]
        await asyncio.sleep(0)
        gate.open()
        assert await asyncio.gather(first, *others) == [0x0000] * 21

    asyncio.run(body())
    of_group = {"file": 0, "file system": 1} if together else {"file": 20, "file system": 0}
    assert disk.syncs == {"file": 1 + of_group["file"], "folder": 2, "file system": of_group["file system"]}


def test_after_a_group_the_next_one_waits_a_moment_for_as_many() -> None:
    pace = GroupPace()
    assert pace.wanted(0.0) == (1, 0.0)
    pace.done(1, 0.0, 1.0)
    assert pace.wanted(1.0) == (1, 0.0)  # one sender is alone
    pace.done(8, 1.0, 1.00390625)
    assert pace.wanted(1.00390625) == (8, 0.0009765625)  # a quarter
    assert pace.wanted(1.0055) == (1, 0.0)
    pace.done(8, 0.0, 1.0)
    count, seconds = pace.wanted(1.0)
    assert count == 8
    assert 0 < seconds <= 0.0021  # however long it took


def test_instance_that_comes_alone_is_synced_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = LossyDisk(tmp_path, monkeypatch, together=True)
    directory = InstanceDirectory(tmp_path)
    for number in range(3):
        assert asyncio.run(status_of(directory, (f"1.2.{number}", b""))) == 0x0000
        assert disk.syncs == {"file": number + 1, "folder": number + 1, "file system": 0}


def test_no_instance_waits_for_a_long_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = InstanceDirectory(tmp_path)
    small_is_answered = threading.Event()
    commit = FileSink.commit

    def late(sink: FileSink, target: Path, **how: bool) -> None:
        assert small_is_answered.wait(30)
        commit(sink, target, **how)

    monkeypatch.setattr(FileSink, "commit", late)

    async def body() -> None:
        long = asyncio.create_task(status_of(directory, ("1.2.0", bytes(1 << 21))))
        await asyncio.sleep(0)
        assert await status_of(directory, ("1.2.1", b"")) == 0x0000
        small_is_answered.set()
        assert await long == 0x0000

    asyncio.run(body())


def test_instance_that_cannot_be_synced_is_refused_and_the_others_of_its_group_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = LossyDisk(tmp_path, monkeypatch, together=True)
    directory = InstanceDirectory(tmp_path)
    gate = Gate(monkeypatch)

    def broken(descriptor: int) -> None:
        content = Path(f"/proc/self/fd/{descriptor}").read_bytes()
        if b"BROKEN" in content:
            raise OSError(5, "Input/output error")
        disk.syncs["file"] += 1

    def failed(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", broken)
    monkeypatch.setattr("dulcimer.services.syncing.sync_file_system", failed)

    async def body() -> None:
        good = [encode(PatientName=name) for name in ("A", "B", "C")]
        data = [good[0], good[1], encode(PatientName="BROKEN"), good[2]]
        tasks = []
        for number, content in enumerate(data):
            tasks.append(asyncio.create_task(status_of(directory, (f"1.2.{number}", content))))
            await gate.reached()
        await asyncio.sleep(0)
        gate.open()
        assert await asyncio.gather(*tasks) == [0x0000, 0x0000, 0xA700, 0x0000]

    asyncio.run(body())
    assert sorted(path.name for path in tmp_path.glob("*.dcm")) == ["1.2.0.dcm", "1.2.1.dcm", "1.2.3.dcm"]
    assert not list(tmp_path.glob("*.part"))
