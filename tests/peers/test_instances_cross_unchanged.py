"""Every instance that comes with pydicom is transferred between dulcimer and its peers with its bytes unchanged.

What a peer cannot send, or changes before it sends, is listed here by name with the reason: a file that
is missing in such a list, or too many, is a failure.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from pydicom import dcmread

from support.dicom_files import (
    Instance,
    data_set,
    read_instance,
    rounds_without_doubles,
    sort_test_files,
    write_storescu_profile,
)
from support.peers.processes import (
    DULCIMER,
    HOST,
    PYNETDICOM_PEER,
    WITHOUT_NAGLE,
    PeerProcess,
    client,
    dulcimer_serve,
    pynetdicom_scp,
    storescp,
)

INSTANCES, OTHER_FILES = sort_test_files()
Arrival = tuple[str, str, int, str]
Receiver = Callable[[Path], contextlib.AbstractContextManager[PeerProcess]]

NOT_AN_INSTANCE = {
    "no file meta information": {
        "ExplVR_BigEndNoMeta.dcm",
        "ExplVR_LitEndNoMeta.dcm",
        "no_meta.dcm",
        "rtstruct.dcm",
    },
    "no transfer syntax, SOP class or SOP instance in the file meta information": {
        "empty_charset_LEI.dcm",
        "meta_missing_tsyntax.dcm",
        "nested_priv_SQ.dcm",
    },
    "a media directory, which no network service stores": {
        "dicomdirtests/DICOMDIR",
        "dicomdirtests/DICOMDIR-bigEnd",
        "dicomdirtests/DICOMDIR-empty.dcm",
        "dicomdirtests/DICOMDIR-implicit",
        "dicomdirtests/DICOMDIR-nooffset",
        "dicomdirtests/DICOMDIR-nopatient",
        "dicomdirtests/DICOMDIR-reordered",
        "dicomdirtests/TINY_ALPHA/DICOMDIR",
    },
    "not DICOM": {
        "README.txt",
        "crayons.icc",
        "dicomdirtests/README.txt",
        "dicomdirtests/TINY_ALPHA/README",
        "rtplan.dump",
        "rtstruct.dump",
        "test1.json",
        "test_PN.json",
        "zipMR.gz",
    },
}

ODD_LENGTH = {"image_dfl.dcm", "rtplan_truncated.dcm"}
"""Data sets of odd length. Fragments are even (PS3.8 E.1): a sender adds one 00H, else storescp aborts."""

STORESCU_DOES_NOT_SEND = {
    "the file ends before its last element does": {"MR_truncated.dcm", "rtplan_truncated.dcm"},
    "an element with an invalid VR": {"SC_rgb_jpeg.dcm"},
    "no valid SOP class or instance UID in the data set itself": {
        "UN_sequence.dcm",
        "no_meta_group_length.dcm",
        "priv_SQ.dcm",
        "rtdose_rle.dcm",
        "rtdose_rle_1frame.dcm",
    },
}

STORESCU_ENCODES_AGAIN = {
    "without the data set trailing padding (FFFCH,FFFCH)": {
        "CT_small.dcm",
        "MR_small.dcm",
        "MR_small_RLE.dcm",
        "MR_small_expb.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "MR_small_padded.dcm",
        "examples_rgb_color.dcm",
    },
    "with other sequence and group lengths, or a fragment padded otherwise": {
        "693_J2KI.dcm",
        "JPEG-lossy.dcm",
        "JPEG2000-embedded-sequence-delimiter.dcm",
        "JPEG2000.dcm",
        "JPGExtended.dcm",
        "SC_rgb_gdcm_KY.dcm",
        "SC_rgb_rle_16bit.dcm",
        "SC_rgb_rle_16bit_2frame.dcm",
        "dicomdirtests/98892001/CT2N/6293",
        "dicomdirtests/98892001/CT2N/6924",
        "dicomdirtests/98892001/CT5N/2062",
        "dicomdirtests/98892001/CT5N/2392",
        "dicomdirtests/98892001/CT5N/2693",
        "dicomdirtests/98892001/CT5N/3023",
        "dicomdirtests/98892001/CT5N/3353",
        "examples_jpeg2k.dcm",
        "examples_palette.dcm",
        "examples_ybr_color.dcm",
        "liver_1frame.dcm",
        "reportsi.dcm",
        "waveform_ecg.dcm",
    },
    "deflated by its own zlib": {"image_dfl.dcm"},
}


def names(groups: dict[str, set[str]]) -> set[str]:
    """All the file names of a table by reason."""
    return set().union(*groups.values())


def fingerprint(sop_instance: str, transfer_syntax: str, data: bytes) -> Arrival:
    """What is compared: as precise as the bytes, but short enough for the report of a failure."""
    return sop_instance, transfer_syntax, len(data), hashlib.sha256(data).hexdigest()


def arrivals(directory: Path) -> Counter[Arrival]:
    """SOP instance, transfer syntax and data set of each file that a receiver has written."""
    found: Counter[Arrival] = Counter()
    for path in directory.rglob("*"):
        if path.is_dir():
            continue
        with contextlib.suppress(ValueError):
            instance = read_instance(path)
            found[fingerprint(instance.sop_instance, instance.transfer_syntax, data_set(path))] += 1
    return found


def one_arrival(instance: Instance, *, even: bool = False) -> Arrival:
    """The instance as a receiver has it; ``even`` adds 00H where the length is odd."""
    data = data_set(instance.path)
    padding = bytes(len(data) % 2 if even else 0)
    return fingerprint(instance.sop_instance, instance.transfer_syntax, data + padding)


def expected(*, even: bool) -> Counter[Arrival]:
    """All the instances, each as a receiver has it."""
    return Counter(one_arrival(instance, even=even) for instance in INSTANCES)


def send_with_storescu(port: int, instances: Iterable[Instance], profile: Path) -> str:
    """Send the instances on one association, continuing after a refused file; returns the output."""
    instances = list(instances)
    options = write_storescu_profile(profile, instances)
    paths = [instance.path for instance in instances]
    done = client(["storescu", "-v", "-nh", *options, HOST, str(port), *paths], environment=WITHOUT_NAGLE)
    return done.stdout + done.stderr


NOT_FOUND_BY_QUERIES = 0xB007


def send_with_pynetdicom(port: int, instances: Iterable[Instance]) -> None:
    """Send the instances on one association; each is kept, those that queries cannot find with a warning."""
    paths = [instance.path for instance in instances]
    done = client([sys.executable, PYNETDICOM_PEER, "store", str(port), *paths, "--steady"])
    statuses = json.loads(done.stdout)["statuses"]
    told = {Path(path).name for path, status in statuses.items() if status == NOT_FOUND_BY_QUERIES}
    assert set(statuses.values()) <= {0x0000, NOT_FOUND_BY_QUERIES}, statuses
    assert told == {Path(path).name for path in statuses if not is_found(Path(path))}


def is_found(path: Path) -> bool:
    """Whether queries can find an instance: it has study and series UIDs, and its own UID is as sent."""
    found = dcmread(path, force=True, specific_tags=["SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"])
    own = found.get("SOPInstanceUID") == found.file_meta.get("MediaStorageSOPInstanceUID")
    return own and bool(found.get("StudyInstanceUID") and found.get("SeriesInstanceUID"))


def receive_in_rounds(directory: Path, send: Callable[[int, list[Instance]], object]) -> Counter[Arrival]:
    """What `dulcimer serve` stores. Files are named by SOP Instance UID: duplicates are sent in another round."""
    archive = directory / "archive"
    found: Counter[Arrival] = Counter()
    with dulcimer_serve(archive) as peer:
        for instances in rounds_without_doubles(INSTANCES):
            send(peer.port, instances)
            found += arrivals(archive)
            for path in archive.rglob("*.dcm"):
                path.unlink()
    return found


def test_every_file_of_pydicom_is_an_instance_or_listed_with_a_reason() -> None:
    assert set(OTHER_FILES) == names(NOT_AN_INSTANCE)
    assert {one.name for one in INSTANCES if len(data_set(one.path)) % 2} == ODD_LENGTH


@pytest.mark.peer("DCMTK")
def test_storescu_sends_all_but_the_listed_files_and_changes_only_the_listed_ones(tmp_path: Path) -> None:
    with storescp(tmp_path) as peer:
        log = send_with_storescu(peer.port, INSTANCES, tmp_path / "storescu.cfg")
    arrived = arrivals(tmp_path)
    unsent = {one.name for one in INSTANCES if any(_refuses(line, one) for line in log.splitlines())}
    assert unsent == names(STORESCU_DOES_NOT_SEND)
    assert arrived.total() == len(INSTANCES) - len(unsent)
    data_sets = {received[1:] for received in arrived}
    changed = {one.name for one in INSTANCES if one_arrival(one)[1:] not in data_sets}
    assert changed - unsent == names(STORESCU_ENCODES_AGAIN)


def _refuses(line: str, instance: Instance) -> bool:
    return line.startswith("E: ") and f": {instance.path}: " in f"{line}: "


@pytest.mark.peer("DCMTK")
def test_dulcimer_stores_from_storescu_what_storescp_stores(tmp_path: Path) -> None:
    reference = tmp_path / "reference"
    reference.mkdir()
    with storescp(reference) as peer:
        send_with_storescu(peer.port, INSTANCES, tmp_path / "storescu.cfg")
    arrived = receive_in_rounds(
        tmp_path, lambda port, instances: send_with_storescu(port, instances, tmp_path / "round.cfg")
    )
    assert arrived == arrivals(reference)


@pytest.mark.peer("pynetdicom")
def test_dulcimer_stores_every_instance_from_pynetdicom_unchanged(tmp_path: Path) -> None:
    assert receive_in_rounds(tmp_path, send_with_pynetdicom) == expected(even=False)


@pytest.mark.parametrize(
    "receiver",
    [
        pytest.param(storescp, marks=pytest.mark.peer("DCMTK")),
        pytest.param(pynetdicom_scp, marks=pytest.mark.peer("pynetdicom")),
    ],
)
def test_dulcimer_sends_every_instance_unchanged(receiver: Receiver, tmp_path: Path) -> None:
    with receiver(tmp_path) as peer:
        client([DULCIMER, "store", HOST, str(peer.port), *[instance.path for instance in INSTANCES]])
    assert arrivals(tmp_path) == expected(even=True)
