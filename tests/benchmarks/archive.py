"""How fast the archive indexes and answers: `python tests/benchmarks/archive.py [INSTANCES] [DATABASE_URL]`.

Times are medians of several runs, in milliseconds; the instances are small, without pixel data.
"""

from __future__ import annotations

import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pydicom.dataset import Dataset

from dulcimer.archive import Archive
from support.instances import keys, populate

RUNS = 9
QUERIES: dict[str, tuple[str, dict[str, str]]] = {
    "study, name with wild card in the middle": ("STUDY", {"PatientName": "*Y0*1^*", "StudyInstanceUID": ""}),
    "study, name by its beginning": ("STUDY", {"PatientName": "FAMILY0003*", "StudyInstanceUID": ""}),
    "study, description with wild card": ("STUDY", {"StudyDescription": "*9", "StudyInstanceUID": ""}),
    "study, date range, modalities and counts": (
        "STUDY",
        {"StudyDate": "20240601-20240930", "ModalitiesInStudy": "CT", "NumberOfStudyRelatedInstances": ""},
    ),
    "study, patient ID": ("STUDY", {"PatientID": "ID00042", "StudyInstanceUID": ""}),
    "all instances": ("IMAGE", {"SOPInstanceUID": "", "InstanceNumber": ""}),
}


def timed(work: Callable[[], object]) -> float:
    """Seconds that the work takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def measure(archive: Archive, level: str, identifier: Dataset) -> tuple[float, float, int]:
    """Median seconds to the first answer and to the last, and the number of answers."""
    first: list[float] = []
    whole: list[float] = []
    count = 0
    for _ in range(RUNS):
        start = perf_counter()
        answers = archive.find(level, identifier)
        next(answers, None)
        first.append(perf_counter() - start)
        count = 1 + sum(1 for _ in answers)
        whole.append(perf_counter() - start)
    return median(first), median(whole), count


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    url = sys.argv[2] if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        populate(root, count)
        start = perf_counter()
        archive = Archive(root, url)
        seconds = perf_counter() - start
        print(f"indexed {count} instances in {seconds:.2f} s, {count / seconds:.0f}/s")
        print(f"compared with their files again in {timed(archive.reindex):.2f} s")
        print(f"{'query':45}{'first ms':>10}{'all ms':>10}{'answers':>9}")
        for name, (level, values) in QUERIES.items():
            first, whole, answers = measure(archive, level, keys(**values))
            print(f"{name:45}{first * 1000:10.1f}{whole * 1000:10.1f}{answers:9}")
        tracemalloc.start()
        for _ in archive.find("IMAGE", keys(SOPInstanceUID="")):
            pass
        print(f"memory at the most while all instances are read: {tracemalloc.get_traced_memory()[1] / 1024:.0f} KiB")
        archive.close()


if __name__ == "__main__":
    main()
