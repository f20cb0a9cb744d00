"""Seeds of queries and retrievals: each model, level and kind of matching, on an instance that was stored just before.

So a target that keeps what it stores has something to find and to send, however fresh it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from dulcimer._generated import sop_classes
from dulcimer._generated.commands import CCancelRq, CFindRq, CGetRq, CMoveRq, CStoreRq, CStoreRsp, MessageBase, Priority
from dulcimer._generated.statuses import SUCCESS
from dulcimer.conformance.stimuli.dimse import STORED_CLASS, data_set, instance_uid
from dulcimer.conformance.stimuli.requests import SERVICE_CONTEXT_ID, Titles
from dulcimer.fuzz.corpus.associations import RELEASE, default_titles, proposed_context, request_of_tester, to_acceptor
from dulcimer.fuzz.corpus.every_element import data_set_with
from dulcimer.fuzz.corpus.messages import message_pdu
from dulcimer.fuzz.corpus.service_data_sets import in_implicit_vr
from dulcimer.fuzz.sequences.steps import FuzzSequence
from dulcimer.wire.model import ScpScuRoleSelection, SopClassExtendedNegotiation

_STORAGE_CONTEXT_ID = 5
_PATIENT, _STUDY, _SERIES, _IMAGE = "PATIENT", "STUDY", "SERIES", "IMAGE"
_LEVELS = (_PATIENT, _STUDY, _SERIES, _IMAGE)
_MODELS: dict[str, tuple[tuple[str, ...], tuple[Any, Any, Any]]] = {
    "patient root": (
        _LEVELS,
        (
            sop_classes.PatientRootQueryRetrieveInformationModelFind,
            sop_classes.PatientRootQueryRetrieveInformationModelGet,
            sop_classes.PatientRootQueryRetrieveInformationModelMove,
        ),
    ),
    "study root": (
        _LEVELS[1:],
        (
            sop_classes.StudyRootQueryRetrieveInformationModelFind,
            sop_classes.StudyRootQueryRetrieveInformationModelGet,
            sop_classes.StudyRootQueryRetrieveInformationModelMove,
        ),
    ),
    "patient/study only": (
        _LEVELS[:2],
        (
            sop_classes.PatientStudyOnlyQueryRetrieveInformationModelFind,
            sop_classes.PatientStudyOnlyQueryRetrieveInformationModelGet,
            sop_classes.PatientStudyOnlyQueryRetrieveInformationModelMove,
        ),
    ),
}
"""The levels of each model, and its SOP classes of C-FIND, C-GET and C-MOVE (PS3.4 C.6)."""

_UNIQUE = {
    _PATIENT: {"PatientID": "DULCIMER-CHECK"},
    _STUDY: {"StudyInstanceUID": instance_uid("study")},
    _SERIES: {"SeriesInstanceUID": instance_uid("series")},
    _IMAGE: {"SOPInstanceUID": instance_uid("instance")},
}
"""The unique key of each level, as the instance that is stored has it."""

_KEYS: dict[str, tuple[str, ...]] = {
    _PATIENT: ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "NumberOfPatientRelatedStudies"),
    _STUDY: (
        "StudyDate",
        "StudyTime",
        "AccessionNumber",
        "ModalitiesInStudy",
        "ReferringPhysicianName",
        "StudyDescription",
        "StudyInstanceUID",
        "StudyID",
        "NumberOfStudyRelatedInstances",
    ),
    _SERIES: ("Modality", "SeriesInstanceUID", "SeriesNumber", "SeriesDescription", "SpecificCharacterSet"),
    _IMAGE: ("SOPClassUID", "SOPInstanceUID", "InstanceNumber", "ContentDate"),
}
"""Keys that are asked for at each level, with no value: all match."""

_MATCHING: dict[str, dict[str, Any]] = {
    "a wild card": {"PatientName": "DULC*^CH?CK", "StudyInstanceUID": ""},
    "a wild card alone": {"PatientID": "*", "StudyInstanceUID": ""},
    "a range of dates": {"StudyDate": "20190101-20201231", "StudyInstanceUID": ""},
    "dates up to one": {"StudyDate": "-20201231", "StudyInstanceUID": ""},
    "dates from one on": {"StudyDate": "20190101-", "StudyTime": "000000-235959", "StudyInstanceUID": ""},
    "a list of UIDs": {"StudyInstanceUID": [instance_uid("study"), instance_uid("instance")]},
    "a value of a set": {"ModalitiesInStudy": "OT", "StudyInstanceUID": ""},
    "a sequence": {"ReferencedStudySequence": Sequence([Dataset()]), "StudyInstanceUID": ""},
    "a character set": {"SpecificCharacterSet": "ISO_IR 192", "PatientName": "D\u00dcLCIMER*", "StudyInstanceUID": ""},
    "a key of a lower level": {"SeriesInstanceUID": instance_uid("series"), "StudyInstanceUID": ""},
    "nothing that is there": {"PatientID": "DULCIMER-NOBODY", "StudyInstanceUID": ""},
}
"""Kinds of matching (PS3.4 C.2.2.2), at the level of studies."""

_WORKLIST = str(sop_classes.ModalityWorklistInformationModelFind)
_PRIORITY = Priority.MEDIUM


def query_seeds(titles: Titles | None = None) -> dict[str, FuzzSequence]:
    """The seeds for a target that accepts associations, by their names."""
    titles = titles or default_titles("acceptor")
    return dict([*_queries(titles), *_matchings(titles), *_retrievals(titles), *_worklists(titles)])


def _queries(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    for model, (levels, (find, _, _)) in _MODELS.items():
        for level in levels:
            asked = _find(find, _identifier(level, levels))
            yield f"C-FIND of {model} at {level}", _stored_then(titles, find, asked)
    find = _MODELS["study root"][1][0]
    relational = SopClassExtendedNegotiation(str(find), b"\1\1\1\1\1")
    keys = data_set_with(QueryRetrieveLevel=_IMAGE, SOPInstanceUID=_UNIQUE[_IMAGE]["SOPInstanceUID"])
    yield "C-FIND, relational", _stored_then(titles, find, _find(find, keys), further=(relational,))


def _matchings(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    find = _MODELS["study root"][1][0]
    for name, keys in _MATCHING.items():
        asked = _find(find, data_set_with(QueryRetrieveLevel=_STUDY, **keys))
        yield f"C-FIND by {name}", _stored_then(titles, find, asked)


def _retrievals(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    for model, (levels, (_, get, move)) in _MODELS.items():
        for level in levels:
            keys = _unique_keys(level, levels)
            taken = message_pdu(_STORAGE_CONTEXT_ID, _stored())
            yield f"C-GET of {model} at {level}", _stored_then(titles, get, _get(get, keys), taken)
            yield f"C-MOVE of {model} at {level}", _stored_then(titles, move, _move(move, keys, titles.calling))
    _, (find, get, move) = _MODELS["study root"]
    keys = _unique_keys(_STUDY, (_STUDY,))
    yield "C-MOVE to nobody", _stored_then(titles, move, _move(move, keys, "NOBODY"))
    failed = message_pdu(_STORAGE_CONTEXT_ID, _stored(0xA700))
    yield "C-GET, not stored", _stored_then(titles, get, _get(get, keys), failed)
    cancel = message_pdu(SERVICE_CONTEXT_ID, CCancelRq(message_id_being_responded_to=1))
    for name, service, asked in (
        ("C-FIND", find, _find(find, _identifier(_STUDY, (_STUDY,)))),
        ("C-GET", get, _get(get, keys)),
        ("C-MOVE", move, _move(move, keys, titles.calling)),
    ):
        yield f"{name} of what is stored, cancelled", _stored_then(titles, service, asked + cancel)
        yield f"{name} of what is stored, cancelled late", _stored_then(titles, service, asked, cancel)


def _worklists(titles: Titles) -> Iterator[tuple[str, FuzzSequence]]:
    for name, step in {
        "all": {"ScheduledProcedureStepStartDate": "", "ScheduledProcedureStepStartTime": ""},
        "by date and station": {
            "ScheduledStationAETitle": "DULCIMER",
            "ScheduledProcedureStepStartDate": "20200101-20291231",
            "ScheduledProcedureStepStartTime": "0800-1800",
        },
        "by modality": {"Modality": "CT", "ScheduledPerformingPhysicianName": "DULC*"},
    }.items():
        scheduled = data_set_with(ScheduledProcedureStepID="", **step)
        keys = data_set_with(
            PatientName="*",
            PatientID="",
            AccessionNumber="",
            StudyInstanceUID="",
            RequestedProcedureID="",
            RequestedProcedureCodeSequence=Sequence(),
            ScheduledProcedureStepSequence=Sequence([scheduled]),
        )
        contexts = (proposed_context(SERVICE_CONTEXT_ID, _WORKLIST),)
        asked = _find(_WORKLIST, keys)
        yield f"C-FIND of a worklist, {name}", to_acceptor(request_of_tester(titles, contexts=contexts), asked, RELEASE)


def _identifier(level: str, levels: tuple[str, ...]) -> Dataset:
    """All keys of a level, and the unique keys of those above it."""
    above = _unique_keys(level, levels)
    found = data_set_with(QueryRetrieveLevel=level, **dict.fromkeys(_KEYS[level], ""))
    for upper in levels[: levels.index(level)]:
        for keyword in _UNIQUE[upper]:
            setattr(found, keyword, above[keyword].value)
    return found


def _unique_keys(level: str, levels: tuple[str, ...]) -> Dataset:
    """The unique keys of a level and of those above it."""
    keys = {name: value for upper in levels[: levels.index(level) + 1] for name, value in _UNIQUE[upper].items()}
    return data_set_with(QueryRetrieveLevel=level, **keys)


def _find(sop_class: str, keys: Dataset) -> bytes:
    return _asked(CFindRq(affected_sop_class_uid=str(sop_class), message_id=1, priority=_PRIORITY), keys)


def _get(sop_class: str, keys: Dataset) -> bytes:
    return _asked(CGetRq(affected_sop_class_uid=str(sop_class), message_id=1, priority=_PRIORITY), keys)


def _move(sop_class: str, keys: Dataset, destination: str) -> bytes:
    message = CMoveRq(
        affected_sop_class_uid=str(sop_class), message_id=1, move_destination=destination, priority=_PRIORITY
    )
    return _asked(message, keys)


def _asked(message: MessageBase, keys: Dataset) -> bytes:
    return message_pdu(SERVICE_CONTEXT_ID, message, in_implicit_vr(keys))


def _stored(status: int = SUCCESS) -> CStoreRsp:
    """The answer to the first instance that a target sends in a retrieval."""
    return CStoreRsp(
        affected_sop_class_uid=STORED_CLASS,
        message_id_being_responded_to=1,
        status=status,
        affected_sop_instance_uid=instance_uid("instance"),
    )


def _stored_then(
    titles: Titles, service: str, *pdus: bytes, further: tuple[SopClassExtendedNegotiation, ...] = ()
) -> FuzzSequence:
    """An instance is stored, then comes what is asked of this service, in one association."""
    store = CStoreRq(
        affected_sop_class_uid=STORED_CLASS,
        message_id=1,
        priority=_PRIORITY,
        affected_sop_instance_uid=instance_uid("instance"),
    )
    contexts = (
        proposed_context(SERVICE_CONTEXT_ID, str(service)),
        proposed_context(_STORAGE_CONTEXT_ID, STORED_CLASS),
    )
    both_roles = ScpScuRoleSelection(STORED_CLASS, 1, 1)
    request = request_of_tester(titles, both_roles, *further, contexts=contexts)
    instance = message_pdu(_STORAGE_CONTEXT_ID, store, data_set("instance"))
    return to_acceptor(request, instance, *pdus, RELEASE)
