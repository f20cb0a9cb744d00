"""The drawing of the machine: what the loader refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.drawing import generate
from codegen.spec import SpecError, load
from codegen.spec.drawing import FILE

DAMAGES = {
    "an unknown key": ("node_height = 38", "node_tall = 38", "unknown key 'node_tall'"),
    "a state that is missing": ('Sta13 = { x = 472, y = 430, words = "awaits close" }\n', "", "Sta13 is missing"),
    "a word for a PDU": ('Evt2  = { words = "connected" }', 'Evt3  = { words = "connected" }', "unknown value 'Evt3'"),
    "an unknown layer": ('layers = ["main"]', 'layers = ["maim"]', "unknown value 'maim'"),
    "a line that slants": ("[[74, 127], [74, 167]]", "[[74, 127], [75, 167]]", "a line across or down"),
    "an arrow that ends in the air": ("[[74, 127], [74, 167]]", "[[74, 127], [74, 160]]", "on the border of Sta5"),
    "a point outside": ("[[274, 80], [274, 49]]", "[[274, 800], [274, 49]]", "within the drawing"),
    "an action that leads elsewhere": ('actions = ["AE-1"]', 'actions = ["AE-1", "AE-2"]', "AE-2 does not lead"),
    "a cell on no arrow": ('actions = ["AA-6", "AA-7"]', 'actions = ["AA-6"]', "belongs to no arrow"),
    "a cell on two arrows": ('actions = ["AR-5"]', 'actions = ["AR-5", "AA-2"]', "belongs to the arrows"),
}


@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_damaged_drawing_is_refused(copy_of_project: Path, edit: Callable[[str, str, str], None], damage: str) -> None:
    old, new, message = DAMAGES[damage]
    edit(FILE, old, new)
    with pytest.raises(SpecError) as caught:
        generate(load(copy_of_project))
    assert str(caught.value).startswith(FILE)
    assert message in str(caught.value)
