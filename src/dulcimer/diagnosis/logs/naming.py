"""SOP classes and transfer syntaxes by the names that logs give them."""

from __future__ import annotations

import re
from functools import cache

from pydicom._uid_dict import UID_dictionary

_SYNTAXES = {
    "littleendianimplicit": "1.2.840.10008.1.2",
    "littleendianexplicit": "1.2.840.10008.1.2.1",
    "bigendianexplicit": "1.2.840.10008.1.2.2",
    "deflatedlittleendianexplicit": "1.2.840.10008.1.2.1.99",
    "jpegbaseline": "1.2.840.10008.1.2.4.50",
    "jpegextendedprocess24": "1.2.840.10008.1.2.4.51",
    "jpeglosslessnonhierarchical14": "1.2.840.10008.1.2.4.57",
    "jpeglosslessnonhierarchical1stordprediction": "1.2.840.10008.1.2.4.70",
    "jpeglslossless": "1.2.840.10008.1.2.4.80",
    "jpeglslossy": "1.2.840.10008.1.2.4.81",
    "jpeg2000losslessonly": "1.2.840.10008.1.2.4.90",
    "jpeg2000": "1.2.840.10008.1.2.4.91",
    "jpeg2000losslessorlossy": "1.2.840.10008.1.2.4.91",
    "mpeg2mainprofilemainlevel": "1.2.840.10008.1.2.4.100",
    "rlelossless": "1.2.840.10008.1.2.5",
}
"""Names of DCMTK, without anything but letters and digits."""
_UID = re.compile(r"[0-9]+(\.[0-9]+)+")
_MODEL = re.compile(r"(find|move|get)(.*)")


def uid_of(name: str) -> str:
    """The UID that a name stands for; the name itself if it is not known."""
    if (found := _UID.search(name)) is not None:
        return found[0]
    bare = _bare(name)
    known = _names()
    if bare in known:
        return known[bare]
    turned = _MODEL.fullmatch(bare)
    return known.get(turned[2] + turned[1], name) if turned else name


@cache
def _names() -> dict[str, str]:
    found = dict(_SYNTAXES)
    for uid, (name, _, _, _, keyword) in UID_dictionary.items():
        for word in (name, keyword):
            found.setdefault(_bare(word), uid)
    return found


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower()).removesuffix("sopclass")
