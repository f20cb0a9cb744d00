"""The decoder of the page finds the fields that ours finds: in legal, wrong, damaged and recorded PDUs."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import strategies as st

from codegen.illustrated.moments import played
from codegen.illustrated.sessions import SESSIONS
from dulcimer.conformance.report.exhibits import Exhibits
from dulcimer.conformance.report.narrative import WirePdu
from dulcimer.conformance.report.page import byte_script, page_file
from dulcimer.learn.explorer.layouts import layouts_json
from dulcimer.wire import model, problems
from dulcimer.wire.codec import decode, encode
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.pdus import PDU_SCHEMAS
from support.drawn_examples import drawn
from support.wire_strategies import any_bytes

RUNNER: Final = Path(__file__).parents[2] / "support" / "browser" / "explorer_decoder.mjs"
DCMTK: Final = (
    "0100000000cd00010000415243484956452020202020202020205343414e4e455220202020202020202000000000000000000000"
    "0000000000000000000000000000000000000000000010000015312e322e3834302e31303030382e332e312e312e312000002e01"
    "00ff0030000011312e322e3834302e31303030382e312e3140000011312e322e3834302e31303030382e312e325000003a510000"
    "04000040005200001b312e322e3237362e302e373233303031302e332e302e332e362e375500000f4f464649535f44434d544b5f"
    "333637",
    "0200000000b800010000415243484956452020202020202020205343414e4e455220202020202020202000000000000000000000"
    "0000000000000000000000000000000000000000000010000015312e322e3834302e31303030382e332e312e312e312100001901"
    "00000040000011312e322e3834302e31303030382e312e325000003a51000004000040005200001b312e322e3237362e302e3732"
    "33303031302e332e302e332e362e375500000f4f464649535f44434d544b5f333637",
    "04000000004a0000004601030000000004000000380000000000020012000000312e322e3834302e31303030382e312e31000000"
    "00010200000030000000100102000000010000000008020000000101",
    "06000000000400000000",
)
"""PDUs of echoscu and storescp of DCMTK 3.6.7, recorded between them."""
WRONG: Final = (
    ("calling_ae_title", ""),
    ("called_ae_title", "ARCH\\IVE"),
    ("variable_items[0].application_context_name", "1.2.840.10008.3.1.1.1 "),
    ("variable_items[0].application_context_name", "1." * 32 + "10"),
    ("variable_items[0].application_context_name", "1.02"),
    ("variable_items[0].application_context_name", "1.2.x"),
    ("variable_items[2].user_data[2].implementation_version_name", "a version of seventeen"),
    ("variable_items[2].user_data[2].implementation_version_name", "a\tversion"),
)
"""Values that damage at random seldom makes."""
ANSWER: Final = (model.UserIdentityResponse(b"a response in a request"),)
UNSEEN: Final = {"NOT_THE_TYPE", "NO_BYTES"}
"""The layout is chosen by the type, which is never another one then; and no bytes are no fields."""
COUNT: Final = 600


def decoded_by_the_page(pdus: Sequence[tuple[bytes, int]]) -> list[dict[str, Any]]:
    """Fields of each PDU, after which so many bytes are missing; and the same in words."""
    files = (page_file("dulcimer.learn.explorer", f"script/{name}.js") for name in ("leaves", "decoder", "recorded"))
    asked = {
        "scripts": byte_script() + "".join(files),
        "schemas": layouts_json(),
        "pdus": [{"hex": data.hex(), "missing": missing} for data, missing in pdus],
    }
    done = subprocess.run(
        ["node", str(RUNNER)], input=json.dumps(asked), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def decoded_by_us(data: bytes) -> list[dict[str, Any]]:
    return [
        {
            "path": field.path,
            "name": field.name,
            "kind": field.kind,
            "clause": field.clause,
            "doc": field.doc,
            "offset": field.offset,
            "length": field.size,
            "value": [field.value.hex()] if isinstance(field.value, bytes) else field.value,
            "meaning": field.meaning,
            "problem": field.problem or "",
        }
        for field in field_map(data)
    ]


def told_by_us(data: bytes, missing: int) -> list[list[Any]]:
    exhibits = Exhibits()
    number = exhibits.pdu(WirePdu(data, missing))
    found = exhibits.as_json()
    texts, leaves = found["texts"], found["leaves"]
    return [
        [row[0], *(texts[one] for one in row[1:5]), texts[leaves[row[5]][0]], texts[leaves[row[5]][1]],
         texts[leaves[row[5]][2]]]
        for row in found["pdus"][number][4]
    ]  # fmt: skip


def recorded() -> list[bytes]:
    sessions = [moment.data for session in SESSIONS for moment in played(session).moments]
    return [*map(bytes.fromhex, DCMTK), *sessions]


def spoiled() -> list[bytes]:
    request = decode(bytes.fromhex(DCMTK[0]))
    assert isinstance(request, model.AssociateRq)
    name, context, user = request.variable_items
    others = (name, context, context), (context, name, user, user), (name, context, model.UserInformation(ANSWER))
    pdvs = [model.PresentationDataValue(number, header, b"12") for number, header in ((1, 2), (1, 3), (3, 3), (3, 3))]
    return [
        b"",
        *(encode(request, overrides={path: value}) for path, value in WRONG),
        *(encode(replace(request, variable_items=items)) for items in others),
        encode(model.PDataTf(tuple(pdvs))),
        bytes.fromhex(DCMTK[0])[:-3],
        bytes.fromhex(DCMTK[3]) + b"1",
    ]


@pytest.mark.peer("Node.js")
def test_page_finds_the_fields_that_we_find_in_whatever_bytes() -> None:
    real = recorded()
    missing = st.integers(0, 3).map(lambda number: 40 * (number == 1))
    cut = st.tuples(st.sampled_from(real), st.integers(0, 300)).map(
        lambda one: (one[0][: one[1]], len(one[0][one[1] :]))
    )
    pdus = [(data, 0) for data in (*real, *spoiled())] + drawn(st.tuples(any_bytes(), missing) | cut, COUNT)
    ours = [decoded_by_us(data) for data, _ in pdus]
    assert {data[0] for data, _ in pdus if data} >= set(PDU_SCHEMAS)
    said = "\n".join({field[key] for fields in ours for field in fields for key in ("problem", "meaning")})
    for name, text in vars(problems).items():
        if name.isupper() and name not in UNSEEN:
            pattern = re.sub(r"\\\{.*?\\\}", ".*", re.escape(text))
            assert re.search(pattern, said), name
    for (data, left), found, wanted in zip(pdus, decoded_by_the_page(pdus), ours, strict=True):
        told = told_by_us(data, left)
        for theirs, own in zip_longest([*found["fields"], *found["words"]], [*wanted, *told]):
            assert theirs == own, data.hex()
