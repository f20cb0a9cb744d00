"""SOP classes by name: `dulcimer.sop_class` and `dulcimer.service_class`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydicom._uid_dict import UID_dictionary
from pydicom.uid import UID

from dulcimer import service_class, service_class_n, sop_class
from dulcimer._generated import sop_classes
from dulcimer._generated.services import SERVICE_CLASSES, WITHOUT_SERVICE
from dulcimer.service_class import QueryRetrieveServiceClass, ServiceClass, StorageServiceClass
from dulcimer.sop_class import SOPClass, register_uid, uid_to_service_class, uid_to_sop_class


@pytest.fixture
def unregistered() -> Iterator[None]:
    """Take back what a test registers."""
    tables: tuple[dict[str, Any], ...] = (sop_classes.SERVICE_CLASS_OF, sop_classes.MESSAGES_OF, vars(sop_class))
    before = [dict(table) for table in tables]
    yield
    for table, old in zip(tables, before, strict=True):
        for name in set(table) - set(old):
            del table[name]
        table.update(old)


@pytest.mark.peer("pynetdicom")
def test_every_name_of_pynetdicom_is_there_with_its_uid_and_service_class() -> None:
    import pynetdicom.sop_class as theirs

    named: dict[str, Any] = {name: uid for name, uid in vars(theirs).items() if isinstance(uid, theirs.SOPClass)}
    assert len(named) == 252
    assert {name: getattr(sop_class, name, None) for name in named} == named
    for name, uid in named.items():
        ours = getattr(sop_class, name)
        assert ours.service_class.__name__ == uid.service_class.__name__, name


@pytest.mark.peer("pynetdicom")
def test_every_well_known_instance_of_pynetdicom_is_there() -> None:
    import pynetdicom.sop_class as theirs

    instances = {name: uid for name, uid in vars(theirs).items() if type(uid) is UID and name.endswith("Instance")}
    assert len(instances) == 9
    assert {name: getattr(sop_class, name, None) for name in instances} == instances


@pytest.mark.peer("pynetdicom")
def test_service_class_of_any_uid_is_that_of_pynetdicom_except_for_retired_storage() -> None:
    from pynetdicom.sop_class import uid_to_service_class as theirs

    differing = {
        uid: uid_to_service_class(uid).__name__
        for uid in (*UID_dictionary, "1.2.3")
        if uid_to_service_class(uid).__name__ != theirs(UID(uid)).__name__
    }
    # PS3.6 Annex A lists them as storage SOP classes, retired: pynetdicom proposes them in
    # StoragePresentationContexts, but has no service class for them.
    retired = {row.uid for row in SERVICE_CLASSES["Storage"].retired}
    assert differing == dict.fromkeys(retired, "StorageServiceClass")


@pytest.mark.peer("pynetdicom")
def test_service_classes_are_where_pynetdicom_has_them() -> None:
    import pynetdicom.service_class
    import pynetdicom.service_class_n

    for theirs, ours in ((pynetdicom.service_class, service_class), (pynetdicom.service_class_n, service_class_n)):
        names = {
            name
            for name, kind in vars(theirs).items()
            if name.endswith("ServiceClass") and kind.__module__ == theirs.__name__
        }
        assert names <= set(ours.__all__)


def test_keyword_of_ps3_6_names_every_sop_class() -> None:
    for service in SERVICE_CLASSES.values():
        for row in service.sop_classes + service.retired:
            named = getattr(sop_class, row.keyword)
            assert (named, named.name, named.service_class.info) == (row.uid, row.name, service)
    assert [getattr(sop_class, row.keyword) for row in WITHOUT_SERVICE] == [row.uid for row in WITHOUT_SERVICE]


def test_uids_of_the_specification_are_those_of_pydicom() -> None:
    known = {keyword: uid for uid, (_, _, _, _, keyword) in UID_dictionary.items() if keyword}
    for service in SERVICE_CLASSES.values():
        for row in service.sop_classes + service.retired:
            assert known.get(row.keyword, row.uid) == row.uid


def test_sop_class_is_a_uid_that_knows_its_service_class() -> None:
    verification = SOPClass("1.2.840.10008.1.1")
    assert verification == sop_class.Verification == UID("1.2.840.10008.1.1")
    assert (verification.name, verification.keyword) == ("Verification SOP Class", "Verification")
    assert verification.service_class.info.messages == verification.messages == ("C-ECHO",)


def test_unknown_uid_has_the_base_service_class() -> None:
    unknown = uid_to_sop_class("1.2.3.4")
    assert (unknown, unknown.service_class, unknown.messages) == ("1.2.3.4", ServiceClass, ())
    assert uid_to_service_class("1.2.3.4") is ServiceClass


def test_uid_of_a_service_class_finds_it() -> None:
    assert uid_to_service_class("1.2.840.10008.4.2") is StorageServiceClass
    assert uid_to_service_class("1.2.840.10008.5.1.4.34.6") is service_class.UnifiedProcedureStepServiceClass


@pytest.mark.usefixtures("unregistered")
def test_registered_uid_can_be_imported_by_its_keyword() -> None:
    register_uid("1.2.246.352.70.1.70", "FooStorage", StorageServiceClass)
    from dulcimer.sop_class import FooStorage  # type: ignore[attr-defined]  # known at run time only

    assert FooStorage == "1.2.246.352.70.1.70"
    assert FooStorage.service_class is StorageServiceClass
    assert FooStorage.messages == ("C-STORE",)


@pytest.mark.usefixtures("unregistered")
def test_query_is_registered_for_one_dimse_service() -> None:
    register_uid("1.2.3.9", "PrivateFind", QueryRetrieveServiceClass, dimse_msg_type="C-FIND")
    assert uid_to_sop_class("1.2.3.9").messages == ("C-FIND",)
    register_uid("1.2.3.9", "PrivateFind", StorageServiceClass)
    assert uid_to_sop_class("1.2.3.9").messages == ("C-STORE",)


@pytest.mark.parametrize(
    ("keyword", "kind", "message", "error"),
    [
        ("Foo Storage", StorageServiceClass, "", ValueError),
        ("class", StorageServiceClass, "", ValueError),
        ("Foo", StorageServiceClass(), "", TypeError),
        ("Foo", int, "", TypeError),
        ("Foo", QueryRetrieveServiceClass, "", ValueError),
        ("Foo", QueryRetrieveServiceClass, "C-STORE", ValueError),
    ],
)
def test_what_cannot_be_registered_raises_and_changes_nothing(
    keyword: str, kind: type[ServiceClass], message: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        register_uid("1.2.3.8", keyword, kind, message)
    assert uid_to_service_class("1.2.3.8") is ServiceClass
    assert not hasattr(sop_class, keyword)
