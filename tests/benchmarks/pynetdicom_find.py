"""pynetdicom as a server with the same matches for each C-FIND, in memory: `pynetdicom_find.py PORT COUNT`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import AE, evt

STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"


def main() -> None:
    """Serve until ended."""
    port, count = map(int, sys.argv[1:])
    matches = []
    for number in range(count):
        match = Dataset()
        match.QueryRetrieveLevel, match.RetrieveAETitle, match.InstanceAvailability = "IMAGE", "BENCH", "ONLINE"
        match.StudyInstanceUID, match.SeriesInstanceUID = "1.2.826.1.0", "1.2.826.1.0.0"
        match.SOPInstanceUID, match.InstanceNumber = f"1.2.826.1.0.0.{number}", number
        matches.append(match)

    def find(_: Any) -> Iterator[tuple[int, Dataset]]:
        for match in matches:
            yield 0xFF00, match

    ae = AE()
    ae.add_supported_context(STUDY_ROOT_FIND, "1.2.840.10008.1.2.1")
    ae.start_server(("127.0.0.1", port), block=True, evt_handlers=[(evt.EVT_C_FIND, find)])


if __name__ == "__main__":
    main()
