"""What the loader refuses in the files on service classes, their statuses and UIDs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.spec import SpecError, load

CLASSES, STATUSES, UIDS = "spec/ps3_4/service_classes.toml", "spec/ps3_4/statuses.toml", "spec/ps3_6/uids.toml"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (CLASSES, '"VLImageStorageTrial"', '"CTImageStorage"', "duplicate SOP class 'CTImageStorage', Storage has it"),
        (CLASSES, '["DisplaySystemInstance"]', '["CTImageStorage"]', "instances: unknown keyword 'CTImageStorage'"),
        (CLASSES, 'service_class_uid = "Storage"', 'service_class_uid = "Store"', "unknown keyword 'Store'"),
        (CLASSES, '    "AcquisitionContextSRStorage",\n    "Adv', '    "Verification",\n    "Adv', "leaves_out"),
        (CLASSES, '["MediaStorageDirectoryStorage"]', '["MediaStorage"]', "without_service: unknown keyword"),
        (STATUSES, '"Storage Management".N-ACTION', '"Storage Manager".N-ACTION', "unknown service class"),
        (STATUSES, '"Storage Management".N-ACTION', '"Storage Management".N-GET', "does not use this DIMSE service"),
        (STATUSES, "B010 =", "0xB1 =", "expected hexadecimal digits"),
        (STATUSES, "B010 =", "D010 =", "expected a value of one of the [classes]"),
        (UIDS, '= "ModalityWorklistInformationModelFind"', '= "Worklist"', "unknown keyword 'Worklist'"),
        (UIDS, '= "ModalityWorklistInformationModelFind"', '= "VOILUTBox"', "no service class has VOILUTBox"),
        (UIDS, "ModalityWorklistInformationFind ", "CTImageStorage ", "expected a Python name that PS3.6 does not use"),
        (UIDS, '"1.2.840.10008.1.2.4.111"', '"1.2.840.10008.1.2.4.110"', "duplicate UID"),
        (UIDS, '    "RLELossless",', '    "RLELoss",', "unknown keyword 'RLELoss'"),
        (UIDS, '    "RLELossless",', '    "JPEGXL",', "duplicate keyword 'JPEGXL'"),
        (UIDS, 'kind = "SOP Class", ', 'kind = "Class", ', "unknown value 'Class'"),
        (UIDS, "default_transfer_syntaxes = [", 'default_transfer_syntaxes = ["CTImageStorage",', "is not one of"),
    ],
)
def test_damaged_file_is_refused(
    copy_of_project: Path, edit: Callable[[str, str, str], None], file: str, old: str, new: str, message: str
) -> None:
    edit(file, old, new)
    with pytest.raises(SpecError) as caught:
        load(copy_of_project)
    assert str(caught.value).startswith("spec/")
    assert message in str(caught.value)


def test_storage_selection_must_fit_into_one_association(
    copy_of_project: Path, edit: Callable[[str, str, str], None]
) -> None:
    path = copy_of_project / CLASSES
    text = path.read_text(encoding="utf-8")
    start = text.index("leaves_out = [")
    end = text.index("]", start)
    path.write_text(text[:start] + "leaves_out = [" + text[end:], encoding="utf-8")
    with pytest.raises(SpecError, match="184 SOP classes are left, expected at most 128"):
        load(copy_of_project)
