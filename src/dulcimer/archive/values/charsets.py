"""The Specific Character Set of an answer (PS3.3 C.12.1.1.2): that of the request if it is enough, else UTF-8."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydicom.dataset import Dataset

from dulcimer.archive.values.datasets import SPECIFIC_CHARACTER_SET, texts
from dulcimer.dimse.charsets import CHARACTER_SET_VRS, can_encode

UTF_8 = "ISO_IR 192"


def character_set_of(data_set: Dataset) -> tuple[str, ...]:
    """The values of Specific Character Set; none for the default repertoire."""
    return texts(data_set, SPECIFIC_CHARACTER_SET)


def set_character_set(answer: Dataset, requested: Sequence[str]) -> None:
    """Give the answer a Specific Character Set in which it can be written.

    It gets the requested one, UTF-8 if that cannot encode everything, none if the default repertoire is enough.
    """
    beyond = [text for text in _texts_of(answer) if not text.isascii()]
    if not beyond:
        if SPECIFIC_CHARACTER_SET in answer:
            del answer[SPECIFIC_CHARACTER_SET]
        return
    chosen = list(requested) if all(can_encode(text, requested) for text in beyond) else [UTF_8]
    answer.SpecificCharacterSet = chosen if len(chosen) > 1 else chosen[0]


def _texts_of(data_set: Dataset) -> Iterator[str]:
    for element in data_set:
        if element.VR == "SQ":
            for item in element.value:
                yield from _texts_of(item)
        elif element.VR in CHARACTER_SET_VRS and element.value:
            yield str(element.value)
