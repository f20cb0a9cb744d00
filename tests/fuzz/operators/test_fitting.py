"""P-DATA-TFs that are too long are cut so that their receiver takes them; what is in them stays the same."""

from __future__ import annotations

import pytest

from dulcimer._generated.codes import PduType
from dulcimer.fuzz.choices import OctetChoices
from dulcimer.fuzz.corpus.messages import message_pdu
from dulcimer.fuzz.findings.cooking import cook
from dulcimer.fuzz.findings.recipes import PduRecipe, RecipeChange
from dulcimer.fuzz.operators.fitting import FITTING, exceeds, fitting_choices
from dulcimer.fuzz.tree.any_pdus import tree_of_pdus
from dulcimer.fuzz.tree.cutting import whole_pdus
from dulcimer.wire.codec import decode
from dulcimer.wire.model import PDataTf, PresentationDataValue

COMMAND, DATA = b"command " * 10, bytes(range(256)) * 200
LONG = message_pdu(3, COMMAND, DATA)
MAXIMUM = 16_384


def values_of(data: bytes) -> list[PresentationDataValue]:
    pdus, end = whole_pdus(data)
    assert end == len(data)
    found = [decode(pdu) for pdu in pdus]
    return [value for pdu in found if isinstance(pdu, PDataTf) for value in pdu.presentation_data_value_items]


def fitted(data: bytes, maximum: int = MAXIMUM) -> bytes:
    choices = fitting_choices(maximum)
    assert choices is not None
    return FITTING.apply(tree_of_pdus(data), (), choices).octets


@pytest.mark.parametrize("maximum", [16, 128, 1024, MAXIMUM, MAXIMUM + 1000])
def test_each_pdu_fits_and_nothing_is_lost(maximum: int) -> None:
    made = fitted(LONG, maximum)
    assert exceeds(LONG, maximum)
    assert not exceeds(made, maximum)
    for is_command, whole in ((True, COMMAND), (False, DATA)):
        values = [value for value in values_of(made) if value.is_command == is_command]
        assert b"".join(value.fragment for value in values) == whole
        assert [value.is_last for value in values] == [False] * (len(values) - 1) + [True]
        assert {value.presentation_context_id for value in values} == {3}


def test_several_pdus_at_once_are_cut_each() -> None:
    made = fitted(LONG + LONG)
    assert made == fitted(LONG) * 2


def test_what_fits_is_left_as_it_is() -> None:
    short = message_pdu(3, b"command", b"")
    assert not FITTING.apply(tree_of_pdus(short), (), OctetChoices(b"")).changed


def test_what_fits_what_was_drawn_is_cut_for_less() -> None:
    application = FITTING.apply(tree_of_pdus(message_pdu(3, COMMAND, b"")), (), OctetChoices(b""))
    assert application.text == "in P-DATA-TFs of at most 32 bytes"


@pytest.mark.parametrize("at", [6, 6 + 6 + len(COMMAND)])
def test_what_has_a_wrong_length_is_left_as_it_is(at: int) -> None:
    """A length that lies is the change: nobody can say what it would be in fragments."""
    lying = LONG[:at] + b"\xff\xff\xff\xff" + LONG[at + 4 :]
    assert fitted(lying) == lying


def test_other_pdus_do_not_exceed() -> None:
    assert not exceeds(bytes((PduType.A_ASSOCIATE_RQ,)) + LONG[1:], MAXIMUM)
    assert not exceeds(LONG[:-1], MAXIMUM)


def test_too_low_a_maximum_cannot_be_met() -> None:
    assert fitting_choices(1) is None


def test_change_can_be_made_again() -> None:
    name = str(PduType.P_DATA_TF.label)
    made = cook(PduRecipe(LONG, (RecipeChange(FITTING.name, name, b""),)))
    assert made is not None
    assert made.data == fitted(LONG)
    assert made.operators == (f"{name}: in P-DATA-TFs of at most {MAXIMUM} bytes",)
