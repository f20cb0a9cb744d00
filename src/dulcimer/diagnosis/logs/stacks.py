"""Which software a log is of, and what its lines show."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from dulcimer._generated.diagnosis import STACKS, LogLinePattern
from dulcimer.diagnosis.logs.lines import LogLine

_SIGNS = {
    "dcmtk": re.compile(
        r"^[FEWID]: (\$dcmtk|Association Rejected:$|Association Request Failed|Context ID:.*\((Abstract Syntax Not)|"
        r"No Acceptable|Sending .* Request \(MsgID|Association Accepted \(Max|Received Final|Refusing Association|"
        r"Association Acknowledged \(Max|.*BEGIN A-ASSOCIATE|Association Release$|DULFSM|DIMSE)"
    ),
    "pynetdicom": re.compile(
        r"^[EWID]: (=+ (OUT|IN)GOING|.* PDU =+$|TCP Initialisation|Association Accepted$|Association Rejected$|"
        r"Sending .* Request: MsgID|(Find|Move|Get) SCP Re|No accepted presentation|Accepting Association|pydicom)|"
        r"gaierror"
    ),
    "orthanc": re.compile(r"^[EWIT][0-9]{4} [0-9:.]+ +(\S+ +)?\S+\.(cpp|h):[0-9]+\]"),
    "dcm4che": re.compile(r"org\.dcm4che|\S+(->|<-)\S*\([0-9]+\)|A-ASSOCIATE-RJ\[|A-ABORT\[|java\.net\."),
    "fo-dicom": re.compile(
        r"FellowOakDicom|(<-|->) Association (request|accept|reject|release)|(<-|->) C-[A-Z][a-z]+ re"
    ),
}
"""What only lines of this software have."""
_ENOUGH = 4000
"""Lines that are looked at to find out."""


@dataclass(frozen=True, slots=True)
class LineShown:
    """What a line shows: its pattern, the id of that with the stack, and what it names."""

    row: LogLinePattern
    line: str
    values: dict[str, str]


def stack_of(lines: Iterable[LogLine]) -> str:
    """The id of the software that has written these lines, "" if it is not known."""
    found = Counter[str]()
    for number, line in enumerate(lines):
        if number >= _ENOUGH:
            break
        for stack, sign in _SIGNS.items():
            found[stack] += sign.search(line.text) is not None
    best = found.most_common(1)
    return best[0][0] if best and best[0][1] else ""


@cache
def _patterns(stack: str) -> tuple[tuple[LogLinePattern, re.Pattern[str]], ...]:
    return tuple((row, re.compile(row.pattern)) for row in STACKS[stack].lines)


def shown(stack: str, text: str) -> LineShown | None:
    """What a line of this software shows, None if nothing."""
    for row, pattern in _patterns(stack):
        if (found := pattern.search(text)) is not None:
            named = {name: value for name, value in found.groupdict().items() if value is not None}
            return LineShown(row, f"{stack}.{row.id}", {**row.values, **named})
    return None
