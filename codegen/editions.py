"""Writes `_generated/editions.py`: the editions of the standard that links lead to."""

from __future__ import annotations

from codegen.emit import assign, dict_of, module, text
from codegen.spec import Spec
from codegen.spec.editions import FILE

_MODULE = '''
from __future__ import annotations

{edition}
"""That of the facts in `spec/`."""

{later}
"""Those of annexes that came afterwards."""
'''


def generate(spec: Spec) -> str:
    """The source of the module."""
    later = ((text(annex), text(edition)) for annex, edition in spec.editions.later.items())
    parts = {
        "edition": assign("EDITION", text(spec.editions.edition)),
        "later": assign("LATER_EDITIONS: dict[str, str]", dict_of(later)),
    }
    return module(FILE, "Editions of the standard that links lead to.", _MODULE.format(**parts))
