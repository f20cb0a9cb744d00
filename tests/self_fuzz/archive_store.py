"""The archive (`dulcimer.archive`): hostile instances and UIDs are stored, hostile Identifiers ask for them."""

from __future__ import annotations

import asyncio
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from dulcimer._generated.commands import CStoreRq, CStoreRsp
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.archive.query.commitment import CommitmentRequestError
from dulcimer.archive.store import Archive
from dulcimer.archive.values.datasets import IdentifierError
from dulcimer.conformance.stimuli.dimse import data_set
from dulcimer.dimse import command_set
from dulcimer.dimse.data_set import DEFLATED, EXPLICIT_BIG, decode_data_set, encode_data_set
from dulcimer.errors import DIMSEProcessingError
from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.corpus.associations import STUDY_ROOT_FIND, STUDY_ROOT_GET
from dulcimer.fuzz.tree.data_sets import data_set_tree
from dulcimer.fuzz.tree.nodes import Node
from dulcimer.limits import DEFAULTS
from dulcimer.services.instance_file import InstanceFile
from dulcimer.services.storage import InstanceDirectory
from self_fuzz.material import changed
from self_fuzz.surface import Allowance, Surface, demand, joined, parted
from support.instances import CT, encode, put
from support.tree_samples import every_element

_SYNTAXES = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", EXPLICIT_BIG, DEFLATED, "1.2.840.10008.1.2.4.50", "1.2.3")
_UIDS = (
    "1.2.826.0.1.1", "1.2.826.0.1.1", "1.2.826.0.1.1", "", ".", "..", "../../../tmp/x", "1.2/../../3", "1.2.3\0.4",
    "1" * 64, "1" * 65, "1." * 40, "01.2", "1.2.3 ", "%n%s", "1.2.3\n4", "2.25." + "9" * 39, "C:\\x", "\xe9", "1..2",
)  # fmt: skip
_MODELS = (STUDY_ROOT_FIND, "1.2.840.10008.5.1.4.1.2.1.1", "1.2.840.10008.5.1.4.1.2.3.1", "1.2.840.10008.5.1.4.31")
_LEVELS = ("PATIENT", "STUDY", "SERIES", "IMAGE")
_PRESENT = "1.2.826.0.1.9"
_SUCCESS, _IN_DOUBT = 0x0000, 0xB007
_INVALID = 0x0117
_NOT_KEPT = (_INVALID, 0xA900, 0xC000)
_MOST_ANSWERS = 5
_FURTHER = 8
"""Changes of one Identifier: its elements are read one by one, so that one change does not hide the others."""


def make(choices: Choices) -> bytes:
    """The UID and the transfer syntax of an instance, its data set, and an Identifier, the two of them changed."""
    uid = choices.pick(_UIDS).encode("latin-1")
    instance, syntax = _changed(_instances(), choices, 1)
    identifier, other_syntax = _changed(_identifiers(), choices, _FURTHER)
    return joined(uid, bytes((syntax, other_syntax, choices.integer(0, 15))), instance, identifier)


def _changed(bases: tuple[tuple[bytes, bool], ...], choices: Choices, further: int) -> tuple[bytes, int]:
    """A changed data set, and the number of its transfer syntax, sometimes of another one."""
    base, explicit = choices.pick(bases)
    found = changed(base, choices, _explicit_tree if explicit else _implicit_tree, further)
    return found, int(explicit) if choices.integer(0, 3) else choices.integer(0, len(_SYNTAXES) - 1)


def _explicit_tree(data: bytes) -> Node:
    return data_set_tree(data, explicit=True)


def _implicit_tree(data: bytes) -> Node:
    return data_set_tree(data, explicit=False)


@cache
def _instances() -> tuple[tuple[bytes, bool], ...]:
    """Data sets, and whether they are explicit."""
    place = {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.2.3", "PatientID": "P", "PatientName": "A^B=C^D"}
    plain = encode(SOPClassUID=CT, SOPInstanceUID="1.2.826.0.1.1", **place, StudyDate="20240101", SeriesNumber="1")
    named = encode(
        "utf-8", SpecificCharacterSet="ISO_IR 192", SOPClassUID=CT, **{**place, "PatientName": "\xe9^\u5c71"}
    )
    return (
        (plain, True),
        (named, True),
        (data_set("instance"), False),
        (every_element(explicit=True), True),
        (every_element(explicit=False), False),
    )


@cache
def _identifiers() -> tuple[tuple[bytes, bool], ...]:
    found = [(data_set("identifier"), False), (every_element(explicit=True), True)]
    for level in _LEVELS:
        found.append(
            (
                encode(
                    QueryRetrieveLevel=level,
                    PatientID="P*",
                    PatientName="a?*^b" if level == "STUDY" else "",
                    StudyInstanceUID="1.2",
                    SeriesInstanceUID="1.2.3",
                    SOPInstanceUID="1.2.826.0.1.1\\" + _PRESENT,
                    StudyDate="20200101-20301231",
                    StudyTime="-235959.999999" if level == "STUDY" else "",
                    ModalitiesInStudy="CT\\MR" if level == "STUDY" else "",
                    NumberOfStudyRelatedInstances="",
                    InstanceNumber="",
                ),
                True,
            )
        )
    return (*found, _empty_keys(), _information(), _steps())


def _empty_keys() -> tuple[bytes, bool]:
    """Keys without values, which ask for all there is."""
    names = ("StudyDate", "AccessionNumber", "PatientName", "PatientID", "StudyInstanceUID", "StudyID", "PatientAge")
    return encode(QueryRetrieveLevel="STUDY", **dict.fromkeys(names, "")), True


def _information() -> tuple[bytes, bool]:
    """The Action Information of a storage commitment request."""
    asked, item = Dataset(), Dataset()
    asked.TransactionUID = "1.2.3.4"
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CT, _PRESENT
    asked.ReferencedSOPSequence = [item]
    return encode_data_set(asked, _SYNTAXES[1]), True


def _steps() -> tuple[bytes, bool]:
    """The Identifier of a worklist query."""
    asked, item = Dataset(), Dataset()
    item.Modality, item.ScheduledProcedureStepStartDate = "CT", "20200101-"
    asked.PatientName, asked.ScheduledProcedureStepSequence = "*", [item]
    return encode_data_set(asked, _SYNTAXES[1]), True


# ---------------------------------------------------------------------- what must hold


def check(given: bytes) -> None:
    """Files stay in the archive as they were received; what was acknowledged is found; only documented errors."""
    uid_bytes, numbers, instance, identifier = parted(given, 4)
    uid = uid_bytes.decode("latin-1")
    first, second, third = numbers.ljust(3, b"\0")[:3]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _cleaned_up() as archive:
            everywhere = third >> 2 & 3 == 0
            kept = _store(archive, uid, _SYNTAXES[first % len(_SYNTAXES)], instance, everywhere=everywhere)
            _ask(archive, identifier, _SYNTAXES[second % 4], third)
            _remove(archive, kept)


def _store(archive: Archive, uid: str, syntax: str, data: bytes, *, everywhere: bool) -> list[Path]:
    """The files in the archive after an instance was sent to it; not `everywhere`: in the folders that may have any.

    To look into all folders takes longer than all else.
    """
    response = _stored(archive.storage, uid, syntax, data)
    uid = str(response.affected_sop_instance_uid)
    paths = (archive.storage.path_of(name) for name in (uid, _PRESENT))
    folders = {archive.directory} if everywhere else {path.parent for path in paths if path is not None}
    files = [path for folder in folders for path in folder.rglob("*.dcm")]
    kept = sorted(path.name for path in files)
    if response.status in (_SUCCESS, _IN_DOUBT):
        demand(kept == sorted((f"{_PRESENT}.dcm", f"{uid}.dcm")), f"the archive has {kept} after {uid!r}")
        path = archive.file_of(uid)
        demand(path is not None, f"{uid!r} is acknowledged, and not there")
        assert path is not None
        demand(path.read_bytes()[InstanceFile.inspect(path).offset :] == data, f"{uid!r} has other bytes")
    else:
        demand(response.status in _NOT_KEPT, f"status {response.status:04X}H: {response.error_comment}")
        demand(kept == [f"{_PRESENT}.dcm"], f"the archive has {kept} after status {response.status:04X}H")
    wanted = Dataset()
    wanted.SOPInstanceUID = uid if response.status == _SUCCESS else _PRESENT
    found = [match.SOPInstanceUID for match in archive.find("IMAGE", wanted)]
    demand(found == [wanted.SOPInstanceUID], f"{wanted.SOPInstanceUID!r} is acknowledged, and queries find {found}")
    return files


def _stored(directory: InstanceDirectory, uid: str, syntax: str, data: bytes) -> CStoreRsp:
    """As the service does it; in this thread, where its work is counted."""
    sent = CStoreRq(affected_sop_class_uid=CT, message_id=1, priority=0, affected_sop_instance_uid=uid)
    command = command_set.decode(command_set.encode(sent, has_data_set=True))
    try:
        request = command.message()
    except DIMSEProcessingError as error:
        return CStoreRsp(message_id_being_responded_to=1, status=_INVALID, error_comment=str(error))
    sink = directory.open_sink(AcceptedContext(1, CT, syntax, as_scu=False, as_scp=True), command, "US")
    for start in range(0, len(data), 1000):
        sink.write(data[start : start + 1000])
    return asyncio.run(directory.finish(request, sink))


def _ask(archive: Archive, identifier: bytes, syntax: str, number: int) -> None:
    try:
        asked = decode_data_set(identifier, syntax, limits=DEFAULTS.identifier)
    except DIMSEProcessingError:
        return
    options = {"relational": bool(number & 1), "combined_datetime": bool(number & 2)}
    for model in _MODELS:
        _answers(archive, model, asked, options)
    for sop_class in (STUDY_ROOT_GET, None):
        try:
            selection = archive.instances(asked, sop_class)
        except IdentifierError as error:
            demand(error.comment, "an error without a comment")
        else:
            demand(len(list(selection)) == len(selection), "another number of instances than was said")
    try:
        commitment = archive.commit(asked)
    except CommitmentRequestError as error:
        demand(str(error), "an error without words")
    else:
        encode_data_set(commitment.information, _SYNTAXES[1])


def _answers(archive: Archive, model: str, asked: Dataset, options: dict[str, Any]) -> None:
    try:
        matches = archive.find(model, asked, **options)
    except IdentifierError as error:
        demand(0 < len(error.comment) <= 64, "an error without a comment, or with one that is too long")
        return
    answers = [encode_data_set(answer, _SYNTAXES[1]) for answer in matches]
    demand(len(answers) <= _MOST_ANSWERS, f"{len(answers)} answers from an archive with two instances")


# ---------------------------------------------------------------------- one archive for many executions


@cache
def _opened() -> tuple[tempfile.TemporaryDirectory[str], Archive]:
    directory = tempfile.TemporaryDirectory(prefix="self-fuzz-")
    root, worklist = Path(directory.name, "archive"), Path(directory.name, "worklist")
    root.mkdir()
    worklist.mkdir()
    step = '{"00400100": {"vr": "SQ", "Value": [{"00080060": {"vr": "CS", "Value": ["CT"]}}]}}'
    (worklist / "one.json").write_text(step, encoding="utf-8")
    put(root, _PRESENT)
    archive = Archive(root, worklist=worklist, retrieve_ae_title="HERE")
    return directory, archive


def close() -> None:
    """Close the archive, if it is open; another execution opens a new one."""
    if _opened.cache_info().currsize:
        directory, archive = _opened()
        _opened.cache_clear()
        archive.close()
        directory.cleanup()


@contextmanager
def _cleaned_up() -> Iterator[Archive]:
    """The archive with one instance in it; afterwards it has no other one, and nothing is beside it."""
    directory, archive = _opened()
    before = sorted(path.name for path in archive.directory.iterdir())
    try:
        yield archive
    except BaseException:
        _remove(archive, archive.directory.rglob("*.dcm"))
        raise
    else:
        beside = sorted(path.name for path in Path(directory.name).iterdir())
        demand(beside == ["archive", "worklist"], f"beside the archive there is {beside}")
        after = sorted(path.name for path in archive.directory.iterdir())
        demand(after == before, f"in the archive there is {sorted(set(after) ^ set(before))}")


def _remove(archive: Archive, paths: Iterable[Path]) -> None:
    gone = [path for path in paths if path.stem != _PRESENT]
    archive.flush()
    archive.index.remove(path.relative_to(archive.directory).as_posix() for path in gone)
    for path in gone:
        path.unlink()


SURFACE = Surface(
    "archive",
    "the archive: instances, UIDs, the index, Identifiers of queries, retrieval, commitment and worklist",
    make,
    check,
    Allowance(calls=2_000_000, calls_per_byte=3000, memory=32 << 20, memory_per_byte=4000),
)
