"""Clients of a DICOM archive that store one image, or ask for those of a series."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from pydicom.dataset import Dataset

from dulcimer import AE
from dulcimer.sop_class import CTImageStorage
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from support.peers.processes import HOST
from support.studies import Image

PATIENCE = 60.0


def identifier(level: str, **values: str) -> Dataset:
    found = Dataset()
    found.QueryRetrieveLevel = level
    for keyword, value in values.items():
        setattr(found, keyword, value)
    return found


@contextlib.contextmanager
def association(port: int, *classes: str, **options: Any) -> Iterator[Any]:
    """An association, released at the end if it is still established."""
    ae = AE("TESTER")
    for uid in classes:
        ae.add_requested_context(uid)
    ae.connection_timeout = PATIENCE
    opened = ae.associate(HOST, port, **options)
    try:
        yield opened
    finally:
        opened.release()


def store(port: int, image: Image) -> int:
    """Send an image on a separate association; returns the status."""
    with association(port, CTImageStorage) as opened:
        return int(opened.send_c_store(image.path).Status)


def images_of(port: int, image: Image) -> list[str]:
    """The images of the series of this image that a query finds."""
    asked = identifier("IMAGE", StudyInstanceUID=image.study, SeriesInstanceUID=image.series, SOPInstanceUID="")
    with association(port, Find) as opened:
        answers = list(opened.send_c_find(asked, Find))
    assert answers[-1][0].Status == 0x0000, answers
    return sorted(found.SOPInstanceUID for _, found in answers[:-1])
