"""The index in PostgreSQL."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from dulcimer.archive import Archive
from dulcimer.archive.index.tables import metadata
from support.archive_clients import images_of, store
from support.awkward_values import ENTITIES, NAMES, PATTERN, PLAIN, expected
from support.instances import add, found, keys, populate, put, write
from support.peers.postgresql_server import postgresql_server
from support.peers.processes import dulcimer_serve
from support.studies import write_image, write_study

pytestmark = pytest.mark.peer("PostgreSQL")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a database."""
    with postgresql_server() as url:
        yield url


@pytest.fixture
def database(server: str) -> str:
    """The URL of the database, after its tables were removed."""
    engine = create_engine(server)
    metadata.drop_all(engine)
    engine.dispose()
    return server


def test_archive_is_filled_queried_and_kept_in_step(tmp_path: Path, database: str) -> None:
    populate(tmp_path / "archive", 300)
    with Archive(tmp_path / "archive", database) as archive:
        answers = archive.find("STUDY", keys(PatientName="*0001^*", ModalitiesInStudy="CT", StudyInstanceUID=""))
        assert found(answers, "StudyInstanceUID") == ["1.2.826.1.2", "1.2.826.1.3"]
        archive.import_file(write(tmp_path / "a", "1.2.3", PatientName="M\0ueller"))
        assert len(list(archive.find("PATIENT", keys(PatientName="mueller")))) == 1
        assert archive.instances(keys("PATIENT", PatientID="ID00001")).count == 20
        for path in (tmp_path / "archive").rglob("1.2.826.1.3.*.dcm"):
            path.unlink()
        assert archive.reindex().removed == 10
        assert archive.instances(keys("PATIENT", PatientID="ID00001")).count == 10


def test_archives_write_at_the_same_time(tmp_path: Path, database: str) -> None:
    roots = [Archive(tmp_path / "archive", database) for _ in range(3)]

    def work(number: int) -> None:
        for turn in range(30):
            path = write(tmp_path / f"{number}", f"1.2.3.{number}.{turn}", StudyInstanceUID=f"1.{turn % 5}")
            roots[number].import_file(path)
        roots[number].flush()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(roots[0].find("IMAGE", keys(SOPInstanceUID="")))) == 90
    assert len(list(roots[0].find("STUDY", keys(StudyInstanceUID="")))) == 5
    for archive in roots:
        archive.close()


@pytest.fixture
def awkward(tmp_path: Path, database: str) -> Iterator[Archive]:
    """An archive of texts that are difficult for a database."""
    for number, values in enumerate(ENTITIES):
        put(tmp_path, f"1.2.{number}.1.1", encoding="utf-8", SpecificCharacterSet="ISO_IR 192", **values)
    with Archive(tmp_path, database) as archive:
        yield archive


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.sampled_from(PLAIN + NAMES), PATTERN)
@example("PatientID", "*%*")
@example("PatientName", "é*")
def test_text_matches_as_it_does_without_a_database(awkward: Archive, key: str, value: str) -> None:
    if key in NAMES and value.count("=") > 2:
        return
    vr = {"ImageComments": "LT", "StudyDescription": "LO", "PatientID": "LO"}.get(key, "PN" if key in NAMES else "SH")
    identifier = keys(StudyInstanceUID="")
    add(identifier, key, value)
    assert found(awkward.find("IMAGE", identifier), "StudyInstanceUID") == expected(key, vr, value)


def test_two_servers_on_one_index_find_what_either_has_acknowledged(tmp_path: Path, database: str) -> None:
    studies = [write_study(tmp_path / f"{number}", number, 6) for number in (1, 2)]
    (tmp_path / "archive").mkdir()
    shared = (tmp_path / "archive", "--database", database)
    with dulcimer_serve(*shared) as first, dulcimer_serve(*shared) as second:
        servers = (first, second)

        def fill(number: int) -> None:
            """Store a study on one of them; after each answer the other one finds what was stored so far."""
            for count, image in enumerate(studies[number], 1):
                assert store(servers[number].port, image) == 0x0000
                assert len(images_of(servers[1 - number].port, image)) == count

        with ThreadPoolExecutor() as threads:
            list(threads.map(fill, (0, 1)))
        last = write_image(tmp_path / "last.dcm", 1, 7)
        assert store(first.port, last) == 0x0000
        os.kill(first.pid, signal.SIGKILL)
        first.process.wait()
        assert len(images_of(second.port, last)) == 7
